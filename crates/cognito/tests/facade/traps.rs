//! The pitfalls of Cognito, each as a test of the solution. The number is that of the table in
//! `docs/reference/tested-features.md`, "Known problems of other libraries".

use std::time::Duration;

use cognito::account::{FactorChange, MfaPreference};
use cognito::{Challenge, ChallengeName, ErrorKind, SignInFlow, UserPoolId, UserSession};
use cognito_emulator::{AuthFlow, Client, EmulatorBuilder, Fault, totp_code};
use cognito_testkit::FixedClock;
use cognito_tower::public::{EnumerationPolicy, ErrorBody};

use crate::devices;
use crate::fixture::{EMAIL, Fixture, NOW, OTHER_PASSWORD, PASSWORD, challenge, complete, refused};
use crate::scenarios::mfa::{next_code, with_totp};

async fn pool(settings: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder) -> Fixture {
    Fixture::ours_with(settings, |cognito| cognito).await
}

async fn client(client: Client) -> Fixture {
    pool(|emulator| emulator.client(client)).await
}

async fn login(fixture: &Fixture) -> Challenge {
    challenge(fixture.cognito.login(EMAIL, PASSWORD).await.unwrap())
}

fn latest(fixture: &Fixture, address: &str) -> String {
    fixture.emulator().inbox().latest_code(address).unwrap()
}

fn other(code: &str) -> &'static str {
    if code == "000000" { "111111" } else { "000000" }
}

#[tokio::test]
async fn trap_01_secret_hash_uses_returned_username() {
    let fixture = Fixture::ours_with_secret().await;
    let secret = with_totp(&fixture).await;
    // The sign-in uses an address; the response uses the name in the pool, which is the `sub`.
    let Challenge::SoftwareTokenMfa(mfa) = login(&fixture).await else {
        panic!("a TOTP challenge was expected");
    };
    assert_ne!(mfa.step().username().as_str(), EMAIL);
    let answer = mfa.code(next_code(&fixture, &secret));
    drop(complete(fixture.cognito.respond(answer).await.unwrap()));
}

#[tokio::test]
async fn trap_02_refresh_with_secret_needs_no_username() {
    let fixture = Fixture::ours_with_secret().await;
    let tokens = fixture.signed_in().await;
    drop(
        fixture
            .cognito
            .refresh(&tokens.refresh_token)
            .await
            .unwrap(),
    );
    assert_eq!(fixture.emulator().calls("GetTokensFromRefreshToken"), 1);
}

#[tokio::test]
async fn trap_03_rotated_refresh_token_is_returned() {
    let fixture = client(Client::new("rotating").refresh_rotation(Duration::ZERO)).await;
    let first = fixture.signed_in().await;
    let second = fixture.cognito.refresh(&first.refresh_token).await.unwrap();
    assert_ne!(second.refresh_token.expose(), first.refresh_token.expose());
    drop(
        fixture
            .cognito
            .refresh(&second.refresh_token)
            .await
            .unwrap(),
    );
    let reused = fixture.cognito.refresh(&first.refresh_token).await;
    assert_eq!(refused(reused), ErrorKind::RefreshReuse);
}

#[tokio::test]
async fn trap_04_concurrent_refreshes_share_one_rotation() {
    let fixture = client(Client::new("rotating").refresh_rotation(Duration::ZERO)).await;
    let tokens = fixture.signed_in().await;
    let refresh = || async { fixture.cognito.refresh(&tokens.refresh_token).await };
    let (one, two, three) = tokio::join!(refresh(), refresh(), refresh());
    let (one, two, three) = (one.unwrap(), two.unwrap(), three.unwrap());
    assert_eq!(one.refresh_token.expose(), two.refresh_token.expose());
    assert_eq!(one.refresh_token.expose(), three.refresh_token.expose());
}

#[tokio::test]
async fn trap_05_expired_session_requires_new_sign_in() {
    let fixture = Fixture::ours().await;
    let secret = with_totp(&fixture).await;
    let Challenge::SoftwareTokenMfa(mfa) = login(&fixture).await else {
        panic!("a TOTP challenge was expected");
    };
    fixture.pass(Duration::from_secs(180));
    let answer = mfa.code(totp_code(secret.expose(), fixture.now()));
    let rejection = fixture.cognito.respond(answer).await.unwrap_err();
    assert_eq!(rejection.error().kind(), ErrorKind::ChallengeExpired);
    assert!(rejection.into_challenge().is_none());
}

#[tokio::test]
async fn trap_06_wrong_code_keeps_challenge() {
    // After the end of a session, no further attempt is possible.
    let fixture = Fixture::ours().await;
    let secret = with_totp(&fixture).await;
    let Challenge::SoftwareTokenMfa(mfa) = login(&fixture).await else {
        panic!("a TOTP challenge was expected");
    };
    let right = next_code(&fixture, &secret);
    let rejection = fixture.cognito.respond(mfa.code(other(&right))).await;
    let again = rejection.unwrap_err().into_challenge();
    let Some(Challenge::SoftwareTokenMfa(mfa)) = again else {
        panic!("the challenge was lost");
    };
    let session = mfa.step().session().unwrap().expose().to_owned();
    let username = mfa.step().username().as_str().to_owned();
    let answer = mfa.code(right);
    drop(complete(fixture.cognito.respond(answer).await.unwrap()));
    // The session is used up now, whatever the code is.
    fixture.pass(Duration::from_secs(60));
    let code = totp_code(secret.expose(), fixture.now());
    let name = ChallengeName::SoftwareTokenMfa;
    let again = fixture.cognito.verify_mfa(username, session, code, name);
    let rejection = again.await.unwrap_err();
    assert_eq!(rejection.error().kind(), ErrorKind::ChallengeExpired);
    assert!(rejection.into_challenge().is_none());
}

#[tokio::test]
async fn trap_07_not_authorized_is_narrowed() {
    let fixture = Fixture::ours().await;
    let tokens = fixture.signed_in().await;
    let admin = fixture.cognito.admin();
    let wrong = fixture.cognito.login(EMAIL, OTHER_PASSWORD).await;
    assert_eq!(refused(wrong), ErrorKind::InvalidCredentials);
    admin
        .create_user("late@example.com")
        .temporary_password(PASSWORD)
        .await
        .unwrap();
    fixture.pass(Duration::from_secs(8 * 24 * 3600));
    let late = fixture.cognito.login("late@example.com", PASSWORD).await;
    assert_eq!(refused(late), ErrorKind::TemporaryPasswordExpired);
    let account = fixture.cognito.account(&tokens.access_token);
    assert_eq!(refused(account.details().await), ErrorKind::TokenExpired);
    admin.user(EMAIL).disable().await.unwrap();
    let disabled = fixture.cognito.login(EMAIL, PASSWORD).await;
    assert_eq!(refused(disabled), ErrorKind::UserDisabled);
}

#[tokio::test]
async fn trap_08_user_limit_is_not_retried() {
    let fixture = Fixture::ours().await;
    fixture.confirmed_user(EMAIL).await;
    let fault = Fault::error(
        "GetUser",
        "LimitExceededException",
        "Attempt limit exceeded",
    );
    let tokens = fixture.login().await;
    fixture.emulator().inject(fault).unwrap();
    let account = fixture.cognito.account(&tokens.access_token);
    assert_eq!(refused(account.details().await), ErrorKind::AttemptLimit);
    assert_eq!(fixture.emulator().calls("GetUser"), 1);
}

#[tokio::test]
async fn trap_09_lost_reply_repeats_nothing() {
    let fixture = Fixture::ours().await;
    fixture.cognito.sign_up(EMAIL, PASSWORD).await.unwrap();
    let code = latest(&fixture, EMAIL);
    fixture
        .emulator()
        .inject(Fault::cut("ConfirmSignUp").times(1))
        .unwrap();
    let lost = fixture.cognito.confirm_sign_up(EMAIL, code.as_str()).await;
    assert_eq!(refused(lost), ErrorKind::ReplyLost);
    assert_eq!(fixture.emulator().calls("ConfirmSignUp"), 1);
    // A second request by the caller shows that the first one took effect.
    let again = fixture.cognito.confirm_sign_up(EMAIL, code).await;
    assert_eq!(refused(again), ErrorKind::AlreadyConfirmed);
}

#[tokio::test]
async fn trap_10_many_srp_logins_succeed() {
    // The test vectors of other projects in `cognito-srp6a` check that leading zeros are kept.
    let fixture = pool(|emulator| emulator.attempt_limits(false)).await;
    fixture.confirmed_user(EMAIL).await;
    for _ in 0..20 {
        drop(complete(
            fixture.cognito.login(EMAIL, PASSWORD).await.unwrap(),
        ));
    }
}

#[tokio::test]
async fn trap_11_proof_works_at_any_time() {
    // The test vectors of `cognito-srp6a` check the format of the time.
    let fixture = pool(|emulator| emulator.attempt_limits(false)).await;
    fixture.confirmed_user(EMAIL).await;
    // Midnight, one-digit days, afternoons, the end of the year.
    for hours in [0, 16, 1, 12, 24 * 17, 24 * 330, 7, 13] {
        fixture.pass(Duration::from_secs(hours * 3600));
        drop(complete(
            fixture.cognito.login(EMAIL, PASSWORD).await.unwrap(),
        ));
    }
}

#[tokio::test]
async fn trap_12_wrong_clock_does_not_break_proof() {
    let fixture = Fixture::ours().await;
    fixture.confirmed_user(EMAIL).await;
    // Another instance of the service, whose clock is a day behind the pool's.
    let behind = FixedClock::at_unix(NOW - 24 * 3600);
    let late = fixture.facade().clock(behind).build().await.unwrap();
    drop(complete(late.login(EMAIL, PASSWORD).await.unwrap()));
}

#[test]
fn trap_13_pool_id_is_validated_on_parse() {
    for broken in ["", "eu-central-1", "eu-central-1_", "_abc", "eu central_1"] {
        let parsed = broken.parse::<UserPoolId>();
        assert!(parsed.is_err(), "{broken}");
    }
    let id: UserPoolId = "eu-central-1_aBcDeFgHi".parse().unwrap();
    assert_eq!(id.region().as_str(), "eu-central-1");
}

#[tokio::test]
async fn trap_14_refreshed_session_names_its_device() {
    let fixture = devices::pool_of(devices::standing()).await;
    let session = UserSession::new(fixture.signed_in().await);
    let alone = fixture.cognito.refresh(&session.tokens.refresh_token).await;
    assert_eq!(refused(alone), ErrorKind::RefreshInvalid);
    drop(fixture.cognito.refresh_session(&session).await.unwrap());
}

#[tokio::test]
async fn trap_15_stale_device_restarts_sign_in_once() {
    let fixture = devices::pool_of(devices::standing()).await;
    fixture.confirmed_user(EMAIL).await;
    let (tokens, device) = devices::remembered(&fixture).await;
    let account = fixture.cognito.account(&tokens.access_token);
    account.forget_device(&device.key).await.unwrap();
    let calls = || fixture.emulator().calls("InitiateAuth");
    for flow in [SignInFlow::UserSrp, SignInFlow::UserPassword] {
        let before = calls();
        let login = fixture.cognito.login(EMAIL, PASSWORD).flow(flow);
        let tokens = complete(login.device(&device).await.unwrap());
        assert_eq!(tokens.stale_device.as_ref(), Some(&device.key));
        assert_eq!(calls() - before, 2, "{flow:?}");
    }
}

#[tokio::test]
async fn trap_16_device_numbers_are_sign_padded() {
    let fixture = devices::pool_of(devices::standing()).await;
    fixture.confirmed_user(EMAIL).await;
    // Without a leading zero, half of all salts and verifiers would be negative numbers.
    for _ in 0..8 {
        let (_, device) = devices::remembered(&fixture).await;
        let login = fixture.cognito.login(EMAIL, PASSWORD).device(&device);
        let tokens = complete(login.await.unwrap());
        assert_eq!(tokens.device_key, Some(device.key));
    }
    assert_eq!(fixture.emulator().calls("ConfirmDevice"), 8);
}

#[tokio::test]
async fn trap_17_verified_totp_is_also_enabled() {
    let fixture = Fixture::ours().await;
    with_totp(&fixture).await;
    assert_eq!(
        *login(&fixture).await.name(),
        ChallengeName::SoftwareTokenMfa
    );
}

#[tokio::test]
async fn trap_18_unnamed_factor_stays_unchanged() {
    let fixture = Fixture::ours().await;
    let secret = with_totp(&fixture).await;
    let Challenge::SoftwareTokenMfa(mfa) = login(&fixture).await else {
        panic!("a TOTP challenge was expected");
    };
    let answer = mfa.code(next_code(&fixture, &secret));
    let tokens = complete(fixture.cognito.respond(answer).await.unwrap());
    let account = fixture.cognito.account(&tokens.access_token);
    // The user has no phone number, so any value for SMS would be rejected.
    let preference = MfaPreference::new().totp(FactorChange::On);
    account.set_mfa_preference(preference).await.unwrap();
    let sms = MfaPreference::new().sms(FactorChange::On);
    let rejection = account.set_mfa_preference(sms).await;
    assert_eq!(refused(rejection), ErrorKind::MfaNotSetUp);
    let factors = account.auth_factors().await.unwrap();
    assert_eq!(factors.mfa_factors, ["SOFTWARE_TOKEN_MFA"]);
}

#[tokio::test]
async fn trap_19_new_password_omits_existing_attributes() {
    let fixture = Fixture::ours().await;
    let admin = fixture.cognito.admin();
    admin
        .create_user(EMAIL)
        .temporary_password(PASSWORD)
        .attribute("name", "Ann")
        .await
        .unwrap();
    let Challenge::NewPasswordRequired(step) = login(&fixture).await else {
        panic!("a new password was expected");
    };
    assert!(step.required_attributes().is_empty());
    let flag = step.attribute("email_verified", "true");
    let rejection = fixture.cognito.respond(flag.new_password(OTHER_PASSWORD));
    let rejection = rejection.await.unwrap_err();
    assert_eq!(rejection.error().kind(), ErrorKind::InvalidParameter);
    let Some(Challenge::NewPasswordRequired(step)) = rejection.into_challenge() else {
        panic!("the challenge was lost");
    };
    let answer = step.new_password(OTHER_PASSWORD);
    drop(complete(fixture.cognito.respond(answer).await.unwrap()));
}

#[tokio::test]
async fn trap_20_invited_users_password_reset_is_explained() {
    let fixture = Fixture::ours().await;
    let admin = fixture.cognito.admin();
    admin.create_user(EMAIL).await.unwrap();
    let rejection = fixture.cognito.forgot_password(EMAIL).await;
    assert_eq!(refused(rejection), ErrorKind::UserState);
    // The operator sends the invitation again.
    admin.user(EMAIL).resend_invitation().await.unwrap();
    let password = latest(&fixture, EMAIL);
    let signed_in = fixture
        .cognito
        .login(EMAIL, password.as_str())
        .await
        .unwrap();
    assert_eq!(
        *challenge(signed_in).name(),
        ChallengeName::NewPasswordRequired
    );
}

#[tokio::test]
async fn trap_21_undelivered_code_leaves_account() {
    let fixture = Fixture::ours().await;
    let fault = Fault::error("SignUp", "CodeDeliveryFailureException", "Failed to send.");
    fixture.emulator().inject(fault).unwrap();
    let rejection = fixture.cognito.sign_up(EMAIL, PASSWORD).await.unwrap_err();
    assert_eq!(rejection.kind(), ErrorKind::Delivery);
    assert!(rejection.may_have_taken_effect());
}

#[tokio::test]
async fn trap_22_unknown_user_looks_like_wrong_password() {
    let fixture = Fixture::ours().await;
    fixture.confirmed_user(EMAIL).await;
    let body = |error: cognito::Error| {
        let body = ErrorBody::new(&error, EnumerationPolicy::Hide, fixture.now());
        let mut body = serde_json::to_value(&body).unwrap();
        body["timestamp"] = serde_json::Value::Null;
        body
    };
    let wrong = fixture.cognito.login(EMAIL, OTHER_PASSWORD).await;
    let unknown = fixture.cognito.login("nobody@example.com", PASSWORD).await;
    assert_eq!(body(wrong.unwrap_err()), body(unknown.unwrap_err()));
}

#[tokio::test]
async fn trap_25_global_sign_out_reaches_offline_check() {
    let fixture = Fixture::ours().await;
    let tokens = fixture.signed_in().await;
    let access = tokens.access_token.expose();
    fixture.cognito.verify_access_token(access).await.unwrap();
    let account = fixture.cognito.account(&tokens.access_token);
    account.sign_out_everywhere().await.unwrap();
    let verdict = fixture.cognito.verify_access_token(access).await;
    assert_eq!(refused(verdict), ErrorKind::TokenRevoked);
}

#[tokio::test]
async fn trap_27_changed_email_returns_code_destination() {
    let fixture = Fixture::ours().await;
    let tokens = fixture.signed_in().await;
    let account = fixture.cognito.account(&tokens.access_token);
    let change = account.update_attributes();
    let sent = change.attribute("email", "new@example.com").await.unwrap();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].destination, "n***@e***");
}

#[tokio::test]
async fn trap_28_username_is_sent_unchanged() {
    let fixture = Fixture::ours().await;
    fixture
        .cognito
        .sign_up("Ann@Example.com", PASSWORD)
        .await
        .unwrap();
    let code = latest(&fixture, "Ann@Example.com");
    let confirm = fixture.cognito.confirm_sign_up("Ann@Example.com", code);
    confirm.await.unwrap();
    let user = fixture.cognito.admin().user("ann@example.com");
    let details = user.details().await.unwrap();
    assert_eq!(details.attributes.value("email"), Some("Ann@Example.com"));
}

#[tokio::test]
async fn trap_29_disabled_flow_names_its_setting() {
    for (flow, allowed, setting) in [
        (
            SignInFlow::UserSrp,
            AuthFlow::UserPassword,
            "ALLOW_USER_SRP_AUTH",
        ),
        (
            SignInFlow::UserPassword,
            AuthFlow::UserSrp,
            "ALLOW_USER_PASSWORD_AUTH",
        ),
        (
            SignInFlow::AdminUserPassword,
            AuthFlow::UserSrp,
            "ALLOW_ADMIN_USER_PASSWORD_AUTH",
        ),
    ] {
        let fixture = client(Client::new("narrow").flow(allowed)).await;
        fixture.confirmed_user(EMAIL).await;
        let error = fixture.cognito.login(EMAIL, PASSWORD).flow(flow).await;
        let error = error.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::FlowNotEnabled);
        assert!(error.to_string().contains(setting), "{error}");
    }
}

#[tokio::test]
async fn trap_32_no_input_shows_in_debug() {
    let fixture = Fixture::ours().await;
    let login = fixture.cognito.login(EMAIL, PASSWORD);
    let confirm = fixture.cognito.confirm_sign_up(EMAIL, "482913");
    let shown = format!("{login:?} {confirm:?}");
    for secret in [EMAIL, PASSWORD, "482913"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn trap_33_undeclared_exception_is_mapped() {
    let fixture = Fixture::ours().await;
    let tokens = fixture.signed_in().await;
    // The SDK does not list the first exception for the first operation, nor the second exception
    // for the second operation.
    let fault = Fault::error("GetUser", "AccessDeniedException", "User is not authorized");
    fixture.emulator().inject(fault).unwrap();
    let account = fixture.cognito.account(&tokens.access_token);
    assert_eq!(refused(account.details().await), ErrorKind::Configuration);
    let fault = Fault::error(
        "SetUserMFAPreference",
        "TooManyRequestsException",
        "Slow down",
    );
    fixture.emulator().inject(fault).unwrap();
    let preference = MfaPreference::new().totp(FactorChange::Off);
    let rejection = account.set_mfa_preference(preference).await;
    assert_eq!(refused(rejection), ErrorKind::Throttled);
}
