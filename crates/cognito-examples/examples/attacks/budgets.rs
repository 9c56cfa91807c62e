//! Simulates attackers who do not guess secrets, but make Cognito send messages or use up its
//! quotas.

use std::net::IpAddr;

use cognito_examples::{ANN, Fixture, PASSWORD};

use super::{Figure, Size, count};

const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

/// Simulates a caller with one IP address. The caller signs up invented users, requests their
/// confirmation codes again, and requests password reset codes for an existing user. Returns the
/// number of messages that Cognito sends.
pub(crate) async fn messages(size: Size) -> Vec<Figure> {
    let fixture = Fixture::start().await.expect("the emulator starts");
    let cognito = fixture.cognito();
    let before = fixture.emulator().inbox().len();
    for number in 0..size.of(60, 300) {
        let name = format!("invented{number}@example.com");
        let sign_up = cognito.sign_up(&name, PASSWORD);
        drop(sign_up.client_address(ADDRESS).await);
        let resend = cognito.resend_confirmation_code(&name);
        drop(resend.client_address(ADDRESS).await);
        let forgot = cognito.forgot_password(ANN);
        drop(forgot.client_address(ADDRESS).await);
    }
    let sent = fixture.emulator().inbox().len() - before;
    vec![Figure::new("messages sent", count(sent), 30.0)]
}

/// Simulates a caller who sends forged refresh tokens and access tokens from one IP address.
/// Returns the number of requests that reach Cognito.
pub(crate) async fn forged_tokens(size: Size) -> Vec<Figure> {
    let fixture = Fixture::start().await.expect("the emulator starts");
    let cognito = fixture.cognito();
    let operations = ["GetTokensFromRefreshToken", "RevokeToken", "GlobalSignOut"];
    let calls = || {
        operations
            .map(|it| fixture.emulator().calls(it))
            .iter()
            .sum::<u64>()
    };
    let before = calls();
    for number in 0..size.of(350, 1_000) {
        let forged = format!("forged{number}");
        let refresh = cognito.refresh(forged.as_str());
        drop(refresh.client_address(ADDRESS).await);
        let revoke = cognito.revoke(forged.as_str());
        drop(revoke.client_address(ADDRESS).await);
        let account = cognito.account(forged.as_str()).client_address(ADDRESS);
        drop(account.sign_out_everywhere().await);
    }
    let sent = calls() - before;
    vec![Figure::new(
        "requests that reach Cognito",
        count(sent),
        300.0,
    )]
}
