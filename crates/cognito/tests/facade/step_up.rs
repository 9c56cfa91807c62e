//! Authentication levels: sign-ins that must reach a level, and the step-up of a signed-in user.

use std::time::Duration;

use cognito::account::{FactorChange, MfaPreference, TotpSecret};
use cognito::authentication::{FirstFactor, OfferedFactors, StepUp};
use cognito::hosted_login::PendingLogin;
use cognito::requests::ChoiceRequest;
use cognito::{AccessClaims, Call, Challenge, ErrorKind, SignIn, Tokens};
use cognito_testkit::LogCapture;
use cognito_tower::{Guard, RejectionKind};
use http::{HeaderMap, HeaderValue, header};

use crate::browser::{Browser, parameter, with_parameter};
use crate::fixture::{EMAIL, Fixture, PASSWORD, challenge, complete, refused};
use crate::hosted_login;
use crate::scenarios::hosted_login::CALLBACK;
use crate::scenarios::mfa::{next_code, with_totp};

in_memory_too! {
    challenge_of_api_leads_to_step_up
}

const LEVEL_1: &str = "urn:cognito:loa:1";
const LEVEL_4: &str = "urn:cognito:loa:4";

/// Creates a pool with a user who has an authenticator app, which a sign-in does not need.
async fn with_app() -> (Fixture, TotpSecret) {
    let fixture = Fixture::ours().await;
    let secret = with_totp(&fixture).await;
    let off = MfaPreference::new().totp(FactorChange::Off);
    let user = fixture.cognito.admin().user(EMAIL);
    user.set_mfa_preference(off).await.unwrap();
    fixture.pass(Duration::from_secs(60));
    (fixture, secret)
}

fn password() -> FirstFactor {
    FirstFactor::Password(PASSWORD.parse().unwrap())
}

/// Signs in with the password only.
async fn at_level_1(fixture: &Fixture) -> Tokens {
    let login = fixture.cognito.login_by_choice(EMAIL).prefer(password());
    complete(login.require_level(LEVEL_1).await.unwrap())
}

async fn claims(fixture: &Fixture, tokens: &Tokens) -> AccessClaims {
    let access = tokens.access_token.expose();
    let claims = fixture.cognito.verify_access_token(access).await;
    (*claims.unwrap()).clone()
}

/// Sends the code of the app, and returns the tokens.
async fn prove_app(fixture: &Fixture, secret: &TotpSecret, step: SignIn) -> Tokens {
    let Challenge::SoftwareTokenMfa(mfa) = challenge(step) else {
        panic!("a TOTP challenge was expected");
    };
    let answer = mfa.code(next_code(fixture, secret));
    complete(fixture.cognito.respond(answer).await.unwrap())
}

fn bearer(tokens: &Tokens) -> HeaderMap {
    let value = format!("Bearer {}", tokens.access_token.expose());
    let value = HeaderValue::try_from(value).unwrap();
    HeaderMap::from_iter([(header::AUTHORIZATION, value)])
}

#[tokio::test]
async fn tokens_have_required_level() {
    let (fixture, secret) = with_app().await;
    let tokens = at_level_1(&fixture).await;
    let found = claims(&fixture, &tokens).await;
    assert_eq!(found.acr.as_deref(), Some(LEVEL_1));
    assert_eq!(found.amr, ["pwd"]);
    // The user cannot reach the first level of the list.
    let login = fixture.cognito.login_by_choice(EMAIL).prefer(password());
    let login = login
        .require_level("urn:cognito:loa:3")
        .require_level(LEVEL_4);
    let tokens = prove_app(&fixture, &secret, login.await.unwrap()).await;
    assert_eq!(
        claims(&fixture, &tokens).await.acr.as_deref(),
        Some(LEVEL_4)
    );
    let plain = fixture.login().await;
    assert_eq!(claims(&fixture, &plain).await.acr, None);
}

/// A guard rejects the token, and its challenge contains everything for the step-up.
#[tokio::test]
async fn challenge_of_api_leads_to_step_up() {
    let (fixture, secret) = with_app().await;
    let tokens = at_level_1(&fixture).await;
    let guard = Guard::access(fixture.cognito.clone()).clock(fixture.clock());
    let guard = guard.least_acr_level(3).max_age(Duration::from_secs(600));
    let rejection = guard.authenticate(&bearer(&tokens)).await.unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::InsufficientAuthentication);
    let headers = rejection.headers();
    let header = headers[header::WWW_AUTHENTICATE].to_str().unwrap();

    let step_up = StepUp::from_challenge(header).unwrap();
    let login = fixture.cognito.login_by_choice(EMAIL).step_up(&step_up);
    let login = login.from_access_token(&tokens.access_token);
    let stronger = prove_app(&fixture, &secret, login.await.unwrap()).await;

    let accepted = guard.authenticate(&bearer(&stronger)).await.unwrap();
    assert_eq!(accepted.acr.as_deref(), Some(LEVEL_4));
    // Time passes, and the same tokens are too old.
    fixture.pass(Duration::from_secs(1_200));
    let rejection = guard.authenticate(&bearer(&stronger)).await.unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::InsufficientAuthentication);
    // The first sign-in has not ended.
    let account = fixture.cognito.account(&tokens.access_token);
    account.details().await.unwrap();
}

#[tokio::test]
async fn old_token_proves_no_factor() {
    let (fixture, _) = with_app().await;
    let tokens = at_level_1(&fixture).await;
    fixture.pass(Duration::from_secs(100));
    for (age, is_password_needed) in [(100, false), (99, true)] {
        let login = fixture.cognito.login_by_choice(EMAIL);
        let login = login
            .require_level(LEVEL_4)
            .max_age(Duration::from_secs(age));
        let step = login.from_access_token(&tokens.access_token).await;
        let asked = challenge(step.unwrap());
        let selects = matches!(asked, Challenge::SelectChallenge(_));
        assert_eq!(selects, is_password_needed, "{age}");
    }
}

#[tokio::test]
async fn rejects_invalid_step_ups() {
    let (fixture, _) = with_app().await;
    let tokens = at_level_1(&fixture).await;
    let other = [("email", "other@example.com"), ("email_verified", "true")];
    let emulator = fixture.emulator();
    emulator
        .create_user("other@example.com", PASSWORD, &other)
        .unwrap();
    let choice = || fixture.cognito.login_by_choice(EMAIL);
    let with_token =
        |call: Call<ChoiceRequest, SignIn>| call.from_access_token(&tokens.access_token);
    let before = emulator.calls("InitiateAuth");
    // These requests are not sent.
    let kind = refused(with_token(choice()).await);
    assert_eq!(kind, ErrorKind::InvalidParameter);
    let offered = OfferedFactors::passwords();
    let hidden = choice().require_level(LEVEL_4).hide_account(&offered);
    let error = with_token(hidden).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    assert!(error.to_string().contains("`hide_account`"), "{error}");
    let session = "a-session-of-a-sign-up-with-enough-characters";
    let new = choice().require_level(LEVEL_4);
    let new = new.session(session.parse().unwrap());
    assert_eq!(refused(with_token(new).await), ErrorKind::InvalidParameter);
    for level in ["", "two words", "a\"b", &"x".repeat(65)] {
        let kind = refused(choice().require_level(level).await);
        assert_eq!(kind, ErrorKind::InvalidParameter, "{level}");
    }
    assert_eq!(emulator.calls("InitiateAuth"), before);
    // Unknown levels, levels without factors, and tokens of other users.
    for level in ["urn:other", "urn:cognito:loa:2"] {
        let error = choice().require_level(level).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidParameter, "{level}");
        // The error depends on the user, so the public does not see it.
        assert_eq!(error.public_kind(), ErrorKind::InvalidCredentials);
    }
    let theirs = fixture.cognito.login_by_choice("other@example.com");
    let kind = refused(with_token(theirs.require_level(LEVEL_4)).await);
    assert_eq!(kind, ErrorKind::NotAuthorized);
    fixture
        .cognito
        .admin()
        .user(EMAIL)
        .sign_out_everywhere()
        .await
        .unwrap();
    let kind = refused(with_token(choice().require_level(LEVEL_4)).await);
    assert_eq!(kind, ErrorKind::AccessRevoked);
}

#[tokio::test]
async fn access_token_is_not_logged() {
    let (fixture, _) = with_app().await;
    let tokens = at_level_1(&fixture).await;
    let logs = LogCapture::start();
    let login = fixture
        .cognito
        .login_by_choice(EMAIL)
        .require_level(LEVEL_4);
    let login = login.from_access_token(&tokens.access_token);
    let shown = format!("{login:?}");
    drop(login.await.unwrap());
    let token = tokens.access_token.expose();
    assert!(shown.contains(LEVEL_4) && !shown.contains(token), "{shown}");
    logs.assert_free_of(&[token, EMAIL]);
}

#[tokio::test]
async fn managed_login_asks_for_level_and_age() {
    let fixture = hosted_login::fixture(hosted_login::web()).await;
    fixture.confirmed_user(EMAIL).await;
    let login = fixture.cognito.hosted_login();
    let start = login.sign_in(CALLBACK).require_level(LEVEL_1);
    let start = start.max_age(Duration::from_secs(60)).start().unwrap();
    assert_eq!(
        parameter(&start.url, "acr_values").as_deref(),
        Some(LEVEL_1)
    );
    assert_eq!(parameter(&start.url, "max_age").as_deref(), Some("60"));
    let mut browser = Browser::of(&fixture);
    let back = browser.signed_in(&start.url, EMAIL, PASSWORD).await;
    let tokens = login.finish(start.pending, &back).await.unwrap().tokens;
    assert_eq!(
        claims(&fixture, &tokens).await.acr.as_deref(),
        Some(LEVEL_1)
    );

    fixture.pass(Duration::from_secs(61));
    let mut step_up = StepUp::new();
    step_up.max_age = Some(Duration::from_secs(60));
    let again = || login.sign_in(CALLBACK).step_up(&step_up).start().unwrap();
    let page = browser.go(&again().url).await;
    assert!(page.is_ok(), "the user must sign in again");
    step_up.max_age = Some(Duration::from_secs(61));
    let start = login.sign_in(CALLBACK).step_up(&step_up).start().unwrap();
    assert!(
        browser.go(&start.url).await.is_err(),
        "the sign-in is recent"
    );
    // The age is checked again when the browser returns.
    fixture.pass(Duration::from_secs(600));
    let start = login.sign_in(CALLBACK).step_up(&step_up).start().unwrap();
    let url = with_parameter(&start.url, "max_age", None);
    let Err(back) = browser.go(&url).await else {
        panic!("the browser stayed");
    };
    let error = login.finish(start.pending, &back).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InsufficientAuthentication);
    assert!(error.to_string().contains("requested maximum"), "{error}");
    let invalid = login.sign_in(CALLBACK).require_level("two words").start();
    assert_eq!(refused(invalid), ErrorKind::InvalidParameter);
}

/// The user can change the request to managed login in the browser.
#[tokio::test]
async fn removed_level_is_detected() {
    let fixture = hosted_login::fixture(hosted_login::web()).await;
    fixture.confirmed_user(EMAIL).await;
    let login = fixture.cognito.hosted_login();
    let start = login.sign_in(CALLBACK).require_level(LEVEL_4);
    let start = start.start().unwrap();
    let stored = start.pending.to_secret_string().unwrap();
    for changed in [None, Some(LEVEL_1)] {
        let url = with_parameter(&start.url, "acr_values", changed);
        let mut browser = Browser::of(&fixture);
        let back = browser.signed_in(&url, EMAIL, PASSWORD).await;
        let pending = PendingLogin::from_secret_string(&stored).unwrap();
        let error = login.finish(pending, &back).await.unwrap_err();
        assert_eq!(
            error.kind(),
            ErrorKind::InsufficientAuthentication,
            "{changed:?}"
        );
        assert!(error.to_string().contains("a requested level"), "{error}");
    }
    assert_eq!(fixture.emulator().calls("/oauth2/revoke"), 2);
}
