//! The limits on set-ups of a factor by one user.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use cognito::account::OwnAccount;
use cognito::attempt::{QuotaCategory, RateLimiter};
use cognito::{Challenge, ErrorKind, Tokens};
use cognito_emulator::{EmulatorBuilder, MfaMode};
use cognito_testkit::FixedClock;

use crate::fixture::{EMAIL, Fixture, NOW, PASSWORD, challenge, complete, refused};

/// The address of the attacker, who has the access token of the user.
const AWAY: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1));
const HOME: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

async fn pool(settings: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder) -> Fixture {
    let optional =
        |builder: EmulatorBuilder| settings(builder.mfa(MfaMode::Optional).passkeys("example.com"));
    let fixture = Fixture::ours_with(optional, |cognito| cognito).await;
    fixture.confirmed_user(EMAIL).await;
    fixture
}

/// Signs the user in at home.
async fn tokens(fixture: &Fixture) -> Tokens {
    let login = fixture.cognito.login(EMAIL, PASSWORD);
    complete(login.client_address(HOME).await.unwrap())
}

/// Starts set-ups from an address until the attempt guard rejects one. Returns how many it admits.
async fn admitted(account: &OwnAccount) -> usize {
    let mut admitted = 0;
    loop {
        let begun = match admitted % 2 {
            0 => account.setup_totp().await.map(drop),
            _ => account.register_passkey().await.map(drop),
        };
        match begun {
            Ok(()) => admitted += 1,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::AttemptLimit);
                return admitted;
            }
        }
    }
}

#[tokio::test]
async fn stolen_token_cannot_start_many_setups() {
    let fixture = pool(|emulator| emulator).await;
    let account = fixture
        .cognito
        .account(&tokens(&fixture).await.access_token);
    assert_eq!(admitted(&account.clone().client_address(AWAY)).await, 30);
    let calls = ["AssociateSoftwareToken", "StartWebAuthnRegistration"];
    assert_eq!(calls.map(|call| fixture.emulator().calls(call)), [15; 2]);
    // The user has signed in at home, and is not locked out there.
    let home = account.client_address(HOME);
    assert_eq!(admitted(&home).await, 30);
    fixture.pass(Duration::from_secs(15 * 60));
    home.setup_totp().await.unwrap();
}

#[tokio::test]
async fn setups_of_user_are_limited_everywhere() {
    let fixture = pool(|emulator| emulator).await;
    let account = fixture
        .cognito
        .account(&tokens(&fixture).await.access_token);
    let mut sum = 0;
    for last in 1..=5 {
        let address = Ipv4Addr::new(198, 51, 100, last).into();
        sum += admitted(&account.clone().client_address(address)).await;
    }
    assert_eq!(sum, 60);
}

#[tokio::test]
async fn setups_without_address_are_limited() {
    let fixture = pool(|emulator| emulator).await;
    let account = fixture
        .cognito
        .account(&tokens(&fixture).await.access_token);
    assert_eq!(admitted(&account).await, 30);
}

#[tokio::test]
async fn forged_tokens_do_not_lock_setups() {
    let fixture = pool(|emulator| emulator).await;
    let token = tokens(&fixture).await.access_token.expose().to_owned();
    let (signed, _) = token.rsplit_once('.').unwrap();
    let forged = fixture.cognito.account(format!("{signed}.Zm9yZ2Vk"));
    for _ in 0..70 {
        let forged = forged.clone().client_address(AWAY);
        assert_eq!(refused(forged.setup_totp().await), ErrorKind::TokenInvalid);
    }
    let account = fixture.cognito.account(token.as_str());
    account.client_address(AWAY).setup_totp().await.unwrap();
}

#[tokio::test]
async fn unsent_setups_do_not_count() {
    // One call uses the quota of this second, and the others are not sent.
    let limiter = RateLimiter::builder(Arc::new(FixedClock::at_unix(NOW)))
        .rate(QuotaCategory::UserResourceUpdate, 1)
        .longest_wait(Duration::ZERO)
        .build()
        .unwrap();
    let optional = |builder: EmulatorBuilder| builder.mfa(MfaMode::Optional);
    let fixture = Fixture::ours_with(optional, |cognito| cognito.rate_limiter(limiter)).await;
    fixture.confirmed_user(EMAIL).await;
    let token = tokens(&fixture).await.access_token;
    let account = fixture.cognito.account(&token).client_address(AWAY);
    account.setup_totp().await.unwrap();
    for _ in 0..70 {
        assert_eq!(refused(account.setup_totp().await), ErrorKind::Throttled);
    }
    assert_eq!(fixture.emulator().calls("AssociateSoftwareToken"), 1);
}

#[tokio::test]
async fn setups_during_sign_in_are_limited() {
    let fixture = pool(|emulator| emulator.mfa(MfaMode::On)).await;
    let mut kinds = Vec::new();
    for _ in 0..31 {
        let login = fixture.cognito.login(EMAIL, PASSWORD).await.unwrap();
        let Challenge::MfaSetup(setup) = challenge(login) else {
            panic!("the set-up was expected");
        };
        let enroll = fixture.cognito.enroll_totp(setup).client_address(AWAY);
        kinds.push(enroll.await.err().map(|rejection| rejection.error().kind()));
    }
    assert_eq!(kinds[29..], [None, Some(ErrorKind::AttemptLimit)]);
}
