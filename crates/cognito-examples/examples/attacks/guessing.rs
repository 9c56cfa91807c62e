//! Attackers who guess passwords.

use std::net::IpAddr;

use cognito_examples::{ANN, Stage};

use super::{Figure, Size};

/// One address guesses the password of one account.
pub(crate) async fn one_address_one_account(size: Size) -> Vec<Figure> {
    let stage = Stage::start().await.expect("the emulator starts");
    let address = IpAddr::from([192, 0, 2, 1]);
    let before = stage.emulator().calls("InitiateAuth");
    for number in 0..size.of(50, 1_000) {
        let guess = format!("WrongPass{number}!");
        let login = stage.cognito().login(ANN, &guess);
        let signed_in = login.client_address(address).await.is_ok();
        assert!(!signed_in, "a wrong password signs in");
    }
    let sent = stage.emulator().calls("InitiateAuth") - before;
    vec![Figure::new(
        "guesses that reach Cognito",
        f64::from(u32::try_from(sent).unwrap_or(u32::MAX)),
        4.0,
    )]
}
