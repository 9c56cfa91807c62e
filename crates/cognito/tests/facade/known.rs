//! Attackers who guess at a user do not lock out the user at known addresses.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use cognito::authentication::FirstFactor;
use cognito::challenge::SoftwareTokenMfa;
use cognito::{Challenge, Cognito, ErrorKind, SignIn};
use cognito_emulator::Fault;
use cognito_tower::public::{EnumerationPolicy, ErrorBody};

use crate::devices::{person_with_device, standing};
use crate::fixture::{EMAIL, Fixture, PASSWORD, challenge, complete, refused};
use crate::passkeys::{account, answered, passkey_challenge, registered};
use crate::scenarios::mfa::{next_code, with_totp};

const GUESS: &str = "WrongPass123!";
const HOME: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
const AWAY: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1));

async fn open_stage() -> Fixture {
    Fixture::ours_with(|emulator| emulator.attempt_limits(false), |cognito| cognito).await
}

fn stranger(number: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(198, 51, 100, number))
}

/// Uses up the user's limit for all addresses, from five addresses. The pool is not called, because
/// its own lock after five wrong passwords would affect all addresses.
async fn storm(fixture: &Fixture, name: &str) {
    let wrong = "Incorrect username or password.";
    let fault = Fault::error("InitiateAuth", "NotAuthorizedException", wrong);
    fixture.emulator().inject(fault).unwrap();
    for number in 0..20 {
        let guess = fixture.cognito.login(name, GUESS);
        let guess = guess.client_address(stranger(number / 4)).await;
        assert_eq!(refused(guess), ErrorKind::InvalidCredentials);
    }
    fixture.emulator().clear_faults();
    assert!(is_locked(&fixture.cognito, name, AWAY).await);
}

/// Returns `true` if a sign-in from this address fails even with the right password.
async fn is_locked(cognito: &Cognito, name: &str, from: IpAddr) -> bool {
    match cognito.login(name, PASSWORD).client_address(from).await {
        Ok(_) => false,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::AttemptLimit);
            true
        }
    }
}

fn totp(signed_in: SignIn) -> SoftwareTokenMfa {
    match challenge(signed_in) {
        Challenge::SoftwareTokenMfa(mfa) => mfa,
        other => panic!("a code of an app was to be asked for, not {other:?}"),
    }
}

#[tokio::test]
async fn known_user_signs_in_despite_guessing() {
    let fixture = open_stage().await;
    let cognito = &fixture.cognito;
    fixture.confirmed_user(EMAIL).await;
    let login = || cognito.login(EMAIL, PASSWORD).client_address(HOME);
    drop(complete(login().await.unwrap()));
    storm(&fixture, EMAIL).await;
    for _ in 0..25 {
        drop(complete(login().await.unwrap()));
    }
    // This gives the attackers no further attempts.
    for number in 0..100 {
        assert!(is_locked(cognito, EMAIL, stranger(number)).await);
    }
}

#[tokio::test]
async fn unknown_address_is_locked_for_all() {
    let fixture = open_stage().await;
    fixture.confirmed_user(EMAIL).await;
    // Without an address, no address can be marked as known.
    drop(fixture.login().await);
    storm(&fixture, EMAIL).await;
    assert!(is_locked(&fixture.cognito, EMAIL, HOME).await);
}

#[tokio::test]
async fn second_factor_makes_known_for_both() {
    // A known address applies to the password and to the code.
    let fixture = open_stage().await;
    let cognito = &fixture.cognito;
    let secret = with_totp(&fixture).await;
    // The name in the challenge differs from the name that the user enters.
    let at_home = || async {
        let login = cognito.login(EMAIL, PASSWORD).client_address(HOME);
        totp(login.await.unwrap())
    };
    let asked = at_home().await;
    assert_ne!(asked.step().username().as_str(), EMAIL);
    let answer = asked.code(next_code(&fixture, &secret));
    drop(complete(
        cognito.respond(answer).client_address(HOME).await.unwrap(),
    ));
    fixture.pass(Duration::from_secs(60));

    // Attackers who have the password use up the limit for the code. The pool is not called, because
    // its own lock after five wrong codes would affect all addresses.
    for number in 0..10 {
        let from = stranger(100 + number);
        let login = cognito.login(EMAIL, PASSWORD).client_address(from).await;
        let guess = totp(login.unwrap()).code("000000");
        let wrong = "Invalid code received for user";
        let fault = Fault::error("RespondToAuthChallenge", "CodeMismatchException", wrong).times(1);
        fixture.emulator().inject(fault).unwrap();
        let guess = cognito.respond(guess).client_address(from).await;
        assert_eq!(refused(guess), ErrorKind::CodeMismatch);
    }
    let login = cognito.login(EMAIL, PASSWORD).client_address(AWAY).await;
    let guess = totp(login.unwrap()).code(next_code(&fixture, &secret));
    let guess = cognito.respond(guess).client_address(AWAY).await;
    assert_eq!(refused(guess), ErrorKind::AttemptLimit);
    storm(&fixture, EMAIL).await;

    let answer = at_home().await.code(next_code(&fixture, &secret));
    drop(complete(
        cognito.respond(answer).client_address(HOME).await.unwrap(),
    ));
}

#[tokio::test]
async fn password_alone_does_not_make_known() {
    // In a sign-in that requires a code.
    let fixture = open_stage().await;
    let cognito = &fixture.cognito;
    with_totp(&fixture).await;
    for _ in 0..3 {
        let login = cognito.login(EMAIL, PASSWORD).client_address(HOME);
        drop(totp(login.await.unwrap()));
    }
    storm(&fixture, EMAIL).await;
    assert!(is_locked(cognito, EMAIL, HOME).await);
}

#[tokio::test]
async fn unverified_email_does_not_make_known() {
    let fixture = open_stage().await;
    let cognito = &fixture.cognito;
    let other = "mallory@example.com";
    fixture.confirmed_user(EMAIL).await;
    fixture.confirmed_user(other).await;
    let tokens = complete(cognito.login(other, PASSWORD).await.unwrap());
    let access = cognito
        .verify_access_token(tokens.access_token.expose())
        .await;
    let username = access.unwrap().sub.clone();
    for (verified, locked) in [("false", true), ("true", false)] {
        let claimed = format!("{verified}-victim@example.com");
        cognito
            .admin()
            .user(&*username)
            .update_attributes()
            .attribute("email", &claimed)
            .attribute("email_verified", verified)
            .await
            .unwrap();
        let login = cognito.login(&*username, PASSWORD);
        drop(complete(login.client_address(HOME).await.unwrap()));
        storm(&fixture, &claimed).await;
        let guess = cognito.login(&claimed, GUESS).client_address(HOME).await;
        assert_eq!(
            refused(guess) == ErrorKind::AttemptLimit,
            locked,
            "{verified}"
        );
    }
}

#[tokio::test]
async fn passkey_makes_its_user_known() {
    let fixture = Fixture::ours_with(
        |emulator| emulator.attempt_limits(false).passkeys("example.com"),
        |cognito| cognito,
    )
    .await;
    let cognito = &fixture.cognito;
    fixture.confirmed_user(EMAIL).await;
    let mut browser = registered(&account(&fixture, EMAIL).await).await;
    let login = cognito.login_by_choice(EMAIL).prefer(FirstFactor::WebAuthn);
    let asked = passkey_challenge(challenge(login.await.unwrap()));
    let answer = answered(asked, &mut browser).await;
    drop(complete(
        cognito.respond(answer).client_address(HOME).await.unwrap(),
    ));
    storm(&fixture, EMAIL).await;
    assert!(!is_locked(cognito, EMAIL, HOME).await);
}

#[tokio::test]
async fn remembered_device_signs_in_despite_guessing() {
    let fixture = Fixture::ours_with(
        |emulator| {
            emulator
                .attempt_limits(false)
                .device_configuration(standing())
        },
        |cognito| cognito,
    )
    .await;
    let cognito = &fixture.cognito;
    let (device, _) = person_with_device(&fixture).await;
    let on_device = |from| {
        let login = cognito.login(EMAIL, PASSWORD).client_address(from);
        login.device(&device)
    };
    drop(complete(on_device(HOME).await.unwrap()));
    storm(&fixture, EMAIL).await;
    for _ in 0..4 {
        let guess = cognito.login(EMAIL, GUESS).client_address(HOME).await;
        assert_eq!(refused(guess), ErrorKind::InvalidCredentials);
    }
    assert!(is_locked(cognito, EMAIL, HOME).await);
    for from in [HOME, AWAY] {
        drop(complete(on_device(from).await.unwrap()));
    }
    // The device is not known for any other user.
    fixture.confirmed_user("bob@example.com").await;
    storm(&fixture, "bob@example.com").await;
    let login = cognito.login("bob@example.com", PASSWORD).device(&device);
    assert_eq!(
        refused(login.client_address(AWAY).await),
        ErrorKind::AttemptLimit
    );
}

#[tokio::test]
async fn stranger_cannot_detect_known_users() {
    let hiding = cognito_emulator::Client::new("client1").prevent_user_existence_errors(true);
    let fixture = Fixture::ours_with(
        |emulator| emulator.attempt_limits(false).client(hiding),
        |cognito| cognito,
    )
    .await;
    let cognito = &fixture.cognito;
    let known = "known@example.com";
    fixture.confirmed_user(known).await;
    let login = || cognito.login(known, PASSWORD).client_address(HOME);
    drop(complete(login().await.unwrap()));
    fixture.pass(Duration::from_secs(16 * 60));
    let mut seen = Vec::new();
    for name in [known, "nobody@example.com"] {
        let mut answers = Vec::new();
        for number in 0..40 {
            fixture.pass(Duration::from_secs(1));
            if name == known {
                drop(complete(login().await.unwrap()));
            }
            let guess = cognito
                .login(name, GUESS)
                .client_address(stranger(number / 3));
            let error = guess.await.unwrap_err();
            let body = ErrorBody::new(&error, EnumerationPolicy::Hide, fixture.now());
            answers.push((body.status_code, body.message, error.retry_after()));
        }
        seen.push(answers);
        fixture.pass(Duration::from_secs(16 * 60));
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0].iter().filter(|answer| answer.0 == 401).count(), 20);
}

#[tokio::test]
async fn lost_replies_to_reset_codes_count() {
    // A right code sets the new password even if the response is lost. If these guesses did not
    // count, one sign-in would check any number of them.
    let fixture = open_stage().await;
    fixture.confirmed_user(EMAIL).await;
    let fault = Fault::cut("ConfirmForgotPassword");
    fixture.emulator().inject(fault).unwrap();
    let mut last = None;
    for _ in 0..20 {
        let reset = fixture
            .cognito
            .confirm_forgot_password(EMAIL, "000000", "Another-Pass-1");
        last = Some(refused(reset.client_address(AWAY).await));
    }
    assert_eq!(last, Some(ErrorKind::AttemptLimit));
    let calls = fixture.emulator().calls("ConfirmForgotPassword");
    assert!(calls <= 5, "{calls}");
}
