//! Choice-based sign-in (`USER_AUTH`), and the sign-in directly after a sign-up.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use cognito::account::{FactorChange, MfaPreference};
use cognito::authentication::{AuthFactor, ChallengeApi, FirstFactor};
use cognito::{Challenge, ChallengeName, Cognito, ErrorKind, Password, SignIn};
use cognito_emulator::{AuthFlow, Client, EmulatorBuilder, FirstFactor as Allowed, MfaMode};

use crate::fixture::{
    EMAIL, Fixture, OTHER_PASSWORD, PASSWORD, SECRET, challenge, complete, refused,
};
use crate::scenarios::mfa::{next_code, with_totp};

const PHONE: &str = "+15551234567";

async fn pool(settings: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder) -> Fixture {
    Fixture::ours_with(settings, |cognito| cognito).await
}

/// Creates a pool in which users can sign in by codes, with a user who has verified both addresses.
async fn with_codes(client: Client) -> Fixture {
    let fixture = pool(|emulator| {
        emulator
            .client(client)
            .first_factor(Allowed::EmailOtp)
            .first_factor(Allowed::SmsOtp)
    })
    .await;
    fixture.confirmed_user(EMAIL).await;
    let admin = fixture.cognito.admin();
    let user = admin.user(EMAIL);
    user.update_attributes()
        .attribute("phone_number", PHONE)
        .attribute("phone_number_verified", "true")
        .await
        .unwrap();
    fixture
}

async fn open_stage() -> Fixture {
    with_codes(Client::new("open")).await
}

fn password() -> Password {
    PASSWORD.parse().unwrap()
}

fn latest(fixture: &Fixture, address: &str) -> String {
    fixture.emulator().inbox().latest_code(address).unwrap()
}

fn other(code: &str) -> &'static str {
    if code == "000000" { "111111" } else { "000000" }
}

async fn select(cognito: &Cognito) -> cognito::challenge::SelectChallenge {
    match challenge(cognito.login_by_choice(EMAIL).await.unwrap()) {
        Challenge::SelectChallenge(select) => select,
        other => panic!("a choice was expected, not {other:?}"),
    }
}

#[tokio::test]
async fn user_is_offered_available_factors() {
    let fixture = open_stage().await;
    assert_eq!(
        select(&fixture.cognito).await.options(),
        [
            ChallengeName::PasswordChallenge,
            ChallengeName::PasswordSrp,
            ChallengeName::EmailOtp,
            ChallengeName::SmsOtp,
        ]
    );
    let tokens = complete(fixture.cognito.login(EMAIL, PASSWORD).await.unwrap());
    let own = fixture.cognito.account(&tokens.access_token);
    assert_eq!(
        own.auth_factors().await.unwrap().factors,
        [
            AuthFactor::Password,
            AuthFactor::EmailOtp,
            AuthFactor::SmsOtp
        ]
    );
}

#[tokio::test]
async fn each_choice_signs_in() {
    // With and without a client secret.
    for client in [Client::new("open"), Client::new("with").secret(SECRET)] {
        let fixture = with_codes(client).await;
        for factor in [
            FirstFactor::Password(password()),
            FirstFactor::PasswordSrp(password()),
        ] {
            let choice = select(&fixture.cognito).await.choose(factor);
            drop(complete(fixture.cognito.respond(choice).await.unwrap()));
        }
        for (factor, address) in [(FirstFactor::EmailOtp, EMAIL), (FirstFactor::SmsOtp, PHONE)] {
            let choice = select(&fixture.cognito).await.choose(factor);
            let asked = challenge(fixture.cognito.respond(choice).await.unwrap());
            let code = latest(&fixture, address);
            let answer = match asked {
                Challenge::EmailOtp(otp) => otp.code(code),
                Challenge::SmsOtp(otp) => otp.code(code),
                other => panic!("a code was expected, not {other:?}"),
            };
            let tokens = complete(fixture.cognito.respond(answer).await.unwrap());
            let claims = fixture.cognito.verify_id_token(tokens.id_token.expose());
            assert_eq!(claims.await.unwrap().email.as_deref(), Some(EMAIL));
        }
    }
}

#[tokio::test]
async fn preferred_factor_needs_no_choice() {
    let fixture = open_stage().await;
    for factor in [
        FirstFactor::Password(password()),
        FirstFactor::PasswordSrp(password()),
    ] {
        let login = fixture.cognito.login_by_choice(EMAIL).prefer(factor);
        drop(complete(login.await.unwrap()));
    }
    let login = fixture.cognito.login_by_choice(EMAIL);
    let asked = challenge(login.prefer(FirstFactor::EmailOtp).await.unwrap());
    let Challenge::EmailOtp(otp) = asked else {
        panic!("a code was expected, not {asked:?}");
    };
    assert_eq!(otp.destination(), Some("u***@e***"));
    let answer = otp.code(latest(&fixture, EMAIL));
    drop(complete(fixture.cognito.respond(answer).await.unwrap()));
}

#[tokio::test]
async fn a_choice_works_through_the_signed_api() {
    let fixture = open_stage().await;
    let login = fixture
        .cognito
        .login_by_choice(EMAIL)
        .api(ChallengeApi::Admin);
    let Challenge::SelectChallenge(select) = challenge(login.await.unwrap()) else {
        panic!("a choice was expected");
    };
    let choice = select.choose(FirstFactor::PasswordSrp(password()));
    drop(complete(fixture.cognito.respond(choice).await.unwrap()));
    assert_eq!(fixture.emulator().calls("AdminInitiateAuth"), 1);
    assert_eq!(fixture.emulator().calls("AdminRespondToAuthChallenge"), 2);
    assert_eq!(fixture.emulator().calls("InitiateAuth"), 0);
}

#[tokio::test]
async fn missing_preference_offers_available_factors() {
    let fixture = pool(|emulator| emulator.first_factor(Allowed::EmailOtp)).await;
    fixture.confirmed_user(EMAIL).await;
    for factor in [FirstFactor::SmsOtp, FirstFactor::WebAuthn] {
        let login = fixture.cognito.login_by_choice(EMAIL).prefer(factor);
        let Challenge::SelectChallenge(select) = challenge(login.await.unwrap()) else {
            panic!("a choice was expected");
        };
        assert_eq!(select.options().len(), 3);
    }
    let choice = select(&fixture.cognito).await.choose(FirstFactor::SmsOtp);
    let rejection = fixture.cognito.respond(choice).await.unwrap_err();
    assert_eq!(rejection.error().kind(), ErrorKind::InvalidParameter);
    // This does not use up the session.
    let Some(Challenge::SelectChallenge(select)) = rejection.into_challenge() else {
        panic!("the choice was lost");
    };
    let choice = select.choose(FirstFactor::PasswordSrp(password()));
    drop(complete(fixture.cognito.respond(choice).await.unwrap()));
}

#[tokio::test]
async fn password_challenges_are_answered() {
    // Our adapter sends a preferred factor with the request. A user who chose in a browser has
    // none.
    let fixture = open_stage().await;
    for name in ["PASSWORD", "PASSWORD_SRP"] {
        let choice = select(&fixture.cognito).await;
        let choice = choice.answer_with([("ANSWER", name)]);
        let answer = match challenge(fixture.cognito.respond(choice).await.unwrap()) {
            Challenge::PasswordChallenge(asked) => asked.password(PASSWORD),
            Challenge::PasswordSrp(asked) => asked.password(PASSWORD),
            other => panic!("a password was expected, not {other:?}"),
        };
        drop(complete(fixture.cognito.respond(answer).await.unwrap()));
    }
}

#[tokio::test]
async fn rejects_wrong_password_in_any_flow() {
    let fixture = open_stage().await;
    let wrong: Password = OTHER_PASSWORD.parse().unwrap();
    for factor in [
        FirstFactor::Password(wrong.clone()),
        FirstFactor::PasswordSrp(wrong),
    ] {
        let login = fixture
            .cognito
            .login_by_choice(EMAIL)
            .prefer(factor.clone());
        assert_eq!(refused(login.await), ErrorKind::InvalidCredentials);
        let choice = select(&fixture.cognito).await.choose(factor);
        let rejection = fixture.cognito.respond(choice).await.unwrap_err();
        assert_eq!(rejection.error().kind(), ErrorKind::InvalidCredentials);
        assert!(rejection.into_challenge().is_none());
    }
}

#[tokio::test]
async fn guessing_a_password_by_choices_is_stopped_here() {
    let fixture = open_stage().await;
    let address = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    let wrong: Password = OTHER_PASSWORD.parse().unwrap();
    for turn in 0..5 {
        let choice = select(&fixture.cognito).await;
        let choice = choice.choose(FirstFactor::Password(wrong.clone()));
        let answer = fixture
            .cognito
            .respond(choice)
            .client_address(address)
            .await;
        let expected = if turn < 4 {
            ErrorKind::InvalidCredentials
        } else {
            ErrorKind::AttemptLimit
        };
        assert_eq!(answer.unwrap_err().error().kind(), expected, "{turn}");
    }
    assert_eq!(fixture.emulator().calls("RespondToAuthChallenge"), 4);
    // A preferred password and a login use the same budget.
    let factor = FirstFactor::PasswordSrp(password());
    let login = fixture.cognito.login_by_choice(EMAIL).prefer(factor);
    let login = login.client_address(address).await;
    assert_eq!(refused(login), ErrorKind::AttemptLimit);
    let login = fixture
        .cognito
        .login(EMAIL, PASSWORD)
        .client_address(address);
    assert_eq!(refused(login.await), ErrorKind::AttemptLimit);
    // A request for the list of factors is not a guess.
    let login = fixture
        .cognito
        .login_by_choice(EMAIL)
        .client_address(address);
    drop(challenge(login.await.unwrap()));
}

#[tokio::test]
async fn wrong_code_returns_challenge_and_finally_locks() {
    let fixture = open_stage().await;
    let login = fixture.cognito.login_by_choice(EMAIL);
    let mut asked = challenge(login.prefer(FirstFactor::EmailOtp).await.unwrap());
    let code = latest(&fixture, EMAIL);
    for _ in 0..4 {
        let Challenge::EmailOtp(otp) = asked else {
            panic!("a code was expected, not {asked:?}");
        };
        let rejection = fixture
            .cognito
            .respond(otp.code(other(&code)))
            .await
            .unwrap_err();
        assert_eq!(rejection.error().kind(), ErrorKind::CodeMismatch);
        asked = rejection.into_challenge().expect("the challenge");
    }
    let Challenge::EmailOtp(otp) = asked else {
        panic!("a code was expected, not {asked:?}");
    };
    drop(complete(
        fixture.cognito.respond(otp.code(code)).await.unwrap(),
    ));
}

#[tokio::test]
async fn a_first_code_expires_with_its_session() {
    let fixture = open_stage().await;
    let login = fixture.cognito.login_by_choice(EMAIL);
    let Challenge::EmailOtp(otp) = challenge(login.prefer(FirstFactor::EmailOtp).await.unwrap())
    else {
        panic!("a code was expected");
    };
    fixture.pass(Duration::from_secs(180));
    let late = fixture
        .cognito
        .respond(otp.code(latest(&fixture, EMAIL)))
        .await;
    let rejection = late.unwrap_err();
    assert_eq!(rejection.error().kind(), ErrorKind::ChallengeExpired);
    assert!(rejection.into_challenge().is_none());
}

#[tokio::test]
async fn choice_keeps_options_through_browser() {
    let fixture = open_stage().await;
    let before = Challenge::from(select(&fixture.cognito).await);
    let json = serde_json::to_value(&before).unwrap();
    assert_eq!(
        json["availableChallenges"],
        serde_json::json!(["PASSWORD", "PASSWORD_SRP", "EMAIL_OTP", "SMS_OTP"])
    );
    let state = fixture.cognito.challenge_to_state(&before).unwrap();
    let Challenge::SelectChallenge(select) = fixture.cognito.challenge_from_state(&state).unwrap()
    else {
        panic!("another challenge came back");
    };
    assert_eq!(select.options().len(), 4);
    let choice = select.choose(FirstFactor::PasswordSrp(password()));
    drop(complete(fixture.cognito.respond(choice).await.unwrap()));
}

#[tokio::test]
async fn codes_are_not_offered_with_second_factor() {
    let fixture = open_stage().await;
    let tokens = complete(fixture.cognito.login(EMAIL, PASSWORD).await.unwrap());
    let own = fixture.cognito.account(&tokens.access_token);
    let preference = MfaPreference::new().sms(FactorChange::Preferred);
    own.set_mfa_preference(preference).await.unwrap();
    assert_eq!(
        select(&fixture.cognito).await.options(),
        [ChallengeName::PasswordChallenge, ChallengeName::PasswordSrp]
    );
    let factor = FirstFactor::PasswordSrp(password());
    let login = fixture.cognito.login_by_choice(EMAIL).prefer(factor).await;
    let Challenge::SmsMfa(mfa) = challenge(login.unwrap()) else {
        panic!("the second factor was expected");
    };
    let answer = mfa.code(latest(&fixture, PHONE));
    drop(complete(fixture.cognito.respond(answer).await.unwrap()));
}

#[tokio::test]
async fn chosen_password_is_followed_by_totp() {
    let fixture = pool(|emulator| emulator).await;
    let secret = with_totp(&fixture).await;
    let choice = select(&fixture.cognito).await;
    let choice = choice.choose(FirstFactor::Password(password()));
    let Challenge::SoftwareTokenMfa(mfa) =
        challenge(fixture.cognito.respond(choice).await.unwrap())
    else {
        panic!("the second factor was expected");
    };
    let code = next_code(&fixture, &secret);
    drop(complete(
        fixture.cognito.respond(mfa.code(code)).await.unwrap(),
    ));
}

#[tokio::test]
async fn choice_hides_account_existence() {
    let hiding = Client::new("hiding").prevent_user_existence_errors(true);
    let fixture = with_codes(hiding).await;
    let nobody = "nobody@example.com";
    for preferred in [None, Some(FirstFactor::EmailOtp)] {
        let mut login = fixture.cognito.login_by_choice(nobody);
        if let Some(factor) = preferred {
            login = login.prefer(factor);
        }
        let Challenge::SelectChallenge(select) = challenge(login.await.unwrap()) else {
            panic!("a choice was expected");
        };
        for factor in [
            FirstFactor::Password(password()),
            FirstFactor::PasswordSrp(password()),
        ] {
            let login = fixture.cognito.login_by_choice(nobody).prefer(factor).await;
            assert_eq!(refused(login), ErrorKind::InvalidCredentials);
        }
        let choice = select.choose(FirstFactor::PasswordSrp(password()));
        let rejection = fixture.cognito.respond(choice).await.unwrap_err();
        assert_eq!(rejection.error().kind(), ErrorKind::InvalidCredentials);
    }
    let telling = open_stage().await;
    assert_eq!(
        refused(telling.cognito.login_by_choice(nobody).await),
        ErrorKind::UserNotFound
    );
}

#[tokio::test]
async fn disabled_choice_names_missing_setting() {
    let client = Client::new("narrow").flow(AuthFlow::UserSrp);
    let fixture = with_codes(client).await;
    let error = fixture.cognito.login_by_choice(EMAIL).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FlowNotEnabled);
    assert!(error.to_string().contains("ALLOW_USER_AUTH"), "{error}");
}

#[tokio::test]
async fn sign_up_continues_into_sign_in() {
    for client in [Client::new("open"), Client::new("with").secret(SECRET)] {
        let fixture = pool(|emulator| emulator.client(client).mfa(MfaMode::On)).await;
        let signed_up = fixture.cognito.sign_up(EMAIL, PASSWORD).await.unwrap();
        let code = fixture.sign_up_code(EMAIL);
        let confirm = fixture.cognito.confirm_sign_up(EMAIL, code);
        let session = signed_up.session.expect("a session");
        let confirmed = confirm.session(session).await.unwrap();
        let session = confirmed.session.expect("a session");
        let login = fixture
            .cognito
            .login_by_choice(EMAIL)
            .session(session.clone());
        // A code was just entered, so no second factor is required.
        drop(complete(login.await.unwrap()));
        // The session alone signs the user in. A password in the same request would be ignored.
        let factor = FirstFactor::Password(OTHER_PASSWORD.parse().unwrap());
        let login = fixture.cognito.login_by_choice(EMAIL).prefer(factor);
        let both = login.session(session.clone()).await;
        assert_eq!(refused(both), ErrorKind::InvalidParameter);
        let again = fixture.cognito.login_by_choice(EMAIL).session(session);
        assert_eq!(refused(again.await), ErrorKind::ChallengeExpired);
    }
}

#[tokio::test]
async fn sign_up_session_serves_only_sign_in() {
    let fixture = pool(|emulator| emulator).await;
    let signed_up = fixture.cognito.sign_up(EMAIL, PASSWORD).await.unwrap();
    let session = signed_up.session.expect("a session");
    // The account is unconfirmed and then confirmed by an operator, so no code was entered.
    let early = fixture
        .cognito
        .login_by_choice(EMAIL)
        .session(session.clone());
    assert_eq!(refused(early.await), ErrorKind::ChallengeExpired);
    let admin = fixture.cognito.admin();
    admin.user(EMAIL).confirm_sign_up().await.unwrap();
    let late = fixture
        .cognito
        .login_by_choice(EMAIL)
        .session(session.clone());
    assert_eq!(refused(late.await), ErrorKind::ChallengeExpired);
    // The session of another user.
    let other = "other@example.com";
    fixture.cognito.sign_up(other, PASSWORD).await.unwrap();
    let code = fixture.sign_up_code(other);
    let confirm = fixture
        .cognito
        .confirm_sign_up(other, code)
        .session(session);
    assert!(confirm.await.unwrap().session.is_none());
}

#[tokio::test]
async fn late_confirmation_needs_normal_sign_in() {
    let fixture = pool(|emulator| emulator).await;
    let signed_up = fixture.cognito.sign_up(EMAIL, PASSWORD).await.unwrap();
    fixture.pass(Duration::from_secs(600));
    let code = fixture.sign_up_code(EMAIL);
    let confirm = fixture.cognito.confirm_sign_up(EMAIL, code);
    let confirmed = confirm.session(signed_up.session.expect("a session")).await;
    assert!(confirmed.unwrap().session.is_none());
    drop(complete(
        fixture.cognito.login(EMAIL, PASSWORD).await.unwrap(),
    ));
}

#[tokio::test]
async fn account_needs_no_password_for_codes() {
    let fixture = pool(|emulator| emulator.first_factor(Allowed::EmailOtp)).await;
    let sign_up = fixture.cognito.sign_up_without_password(EMAIL);
    sign_up.attribute("name", "Ann").await.unwrap();
    let code = fixture.sign_up_code(EMAIL);
    fixture.cognito.confirm_sign_up(EMAIL, code).await.unwrap();
    assert_eq!(
        select(&fixture.cognito).await.options(),
        [ChallengeName::EmailOtp]
    );
    let login = fixture.cognito.login_by_choice(EMAIL);
    let SignIn::Challenge(Challenge::EmailOtp(otp)) =
        login.prefer(FirstFactor::EmailOtp).await.unwrap()
    else {
        panic!("a code was expected");
    };
    let answer = otp.code(latest(&fixture, EMAIL));
    drop(complete(fixture.cognito.respond(answer).await.unwrap()));
    assert_eq!(
        refused(fixture.cognito.login(EMAIL, PASSWORD).await),
        ErrorKind::InvalidCredentials
    );

    let strict = pool(|emulator| emulator).await;
    let sign_up = strict.cognito.sign_up_without_password(EMAIL).await;
    assert_eq!(refused(sign_up), ErrorKind::InvalidParameter);
}
