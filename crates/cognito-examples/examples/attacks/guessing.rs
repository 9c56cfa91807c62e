//! Simulates attackers who guess passwords.

use std::net::IpAddr;

use cognito_examples::{ANN, Fixture};

use super::{Figure, Size};

/// Simulates an attacker who guesses the password of one account from one IP address. Returns the
/// number of guesses that reach Cognito.
pub(crate) async fn one_address_one_account(size: Size) -> Vec<Figure> {
    let fixture = Fixture::start().await.expect("the emulator starts");
    let address = IpAddr::from([192, 0, 2, 1]);
    let before = fixture.emulator().calls("InitiateAuth");
    for number in 0..size.of(50, 1_000) {
        let guess = format!("WrongPass{number}!");
        let login = fixture.cognito().login(ANN, &guess);
        let signed_in = login.client_address(address).await.is_ok();
        assert!(!signed_in, "a wrong password signs in");
    }
    let sent = fixture.emulator().calls("InitiateAuth") - before;
    vec![Figure::new(
        "guesses that reach Cognito",
        f64::from(u32::try_from(sent).unwrap_or(u32::MAX)),
        4.0,
    )]
}
