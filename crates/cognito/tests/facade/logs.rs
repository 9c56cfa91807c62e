//! The log of the whole tour at level TRACE contains no secret.

#[allow(dead_code, reason = "shared with the example, which uses all of it")]
#[path = "../../examples/quickstart/guide.rs"]
mod guide;
#[allow(dead_code, reason = "shared with the example, which uses all of it")]
#[path = "../../examples/quickstart/stage.rs"]
mod stage;
#[allow(clippy::disallowed_methods, reason = "as in the example")]
#[path = "../../examples/quickstart/tour.rs"]
mod tour;

use cognito::administration::Filter;
use cognito::config::{Setting, Settings};
use cognito::{Cognito, Tokens};
use cognito_testkit::LogCapture;

use guide::Guide;
use stage::Stage;

#[tokio::test]
async fn the_tour_logs_no_secret() {
    let logs = LogCapture::start();
    let stage = Stage::emulator().await.unwrap();
    tour::run(&stage, &Guide::silent()).await.unwrap();
    let text = logs.text();
    for operation in [
        "SignUp",
        "InitiateAuth",
        "RespondToAuthChallenge",
        "ListUsers",
    ] {
        assert!(
            text.contains(operation),
            "nothing was logged of {operation}"
        );
    }
    assert!(text.contains("u***@***"), "names are logged masked");
    let secrets = stage.secrets.borrow();
    assert!(
        secrets.len() > 20,
        "the tour kept {} secrets",
        secrets.len()
    );
    let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
    logs.assert_free_of(&secrets);
}

const EMAIL: &str = "user@example.com";
const PASSWORD: &str = "SecurePass123!";
const SECRET: &str = "abcdefghijklmnopqrstuvwxyz0123456789";

macro_rules! debug_of {
    ($($value:expr),* $(,)?) => { vec![$(format!("{:?}", $value)),*] };
}

#[tokio::test]
async fn debug_of_public_types_hides_secrets() {
    let fixture = crate::fixture::Fixture::ours_with_secret().await;
    let tokens = fixture.signed_in().await;
    let setup = fixture.cognito.account(&tokens.access_token).setup_totp();
    let setup = setup.await.unwrap();
    let mut shown = debug_of![fixture.emulator(), setup];
    shown.extend(configuration(&fixture));
    shown.extend(operations(&fixture.cognito));
    shown.extend(operations_of_signed_in_user(&fixture.cognito, &tokens));
    shown.extend(results(&fixture.cognito, &tokens).await);
    shown.extend(challenge(&fixture.cognito));

    let secrets = [
        EMAIL,
        PASSWORD,
        "WrongPass123!",
        SECRET,
        "246810",
        "Very Secret",
        "a-session-of",
        tokens.access_token.expose(),
        tokens.id_token.expose(),
        tokens.refresh_token.expose(),
        setup.secret.expose(),
    ];
    for text in shown {
        for secret in secrets {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}

fn configuration(fixture: &crate::fixture::Fixture) -> Vec<String> {
    debug_of![
        fixture.cognito,
        fixture.cognito.config(),
        Cognito::builder()
            .config(crate::fixture::pool_of(fixture.emulator()))
            .endpoint_url(format!("https://user:{SECRET}@proxy.example")),
        Settings::new().with(Setting::ClientSecret, SECRET),
    ]
}

fn operations(cognito: &Cognito) -> Vec<String> {
    let admin = cognito.admin();
    let user = admin.user(EMAIL);
    debug_of![
        cognito
            .sign_up(EMAIL, PASSWORD)
            .attribute("name", "Very Secret"),
        cognito.confirm_sign_up(EMAIL, "246810"),
        cognito.resend_confirmation_code(EMAIL),
        cognito
            .login(EMAIL, PASSWORD)
            .client_metadata("k", "Very Secret"),
        cognito.forgot_password(EMAIL),
        cognito.confirm_forgot_password(EMAIL, "246810", PASSWORD),
        user,
        admin.create_user(EMAIL).temporary_password(PASSWORD),
        admin.users().filter(Filter::email().equals(EMAIL)),
        user.update_attributes().attribute("name", "Very Secret"),
    ]
}

fn operations_of_signed_in_user(cognito: &Cognito, tokens: &Tokens) -> Vec<String> {
    let account = cognito.account(&tokens.access_token);
    let revoke = cognito.revoke(&tokens.refresh_token);
    debug_of![
        account,
        account.confirm_totp("246810"),
        account.update_attributes().attribute("name", "Very Secret"),
        cognito.refresh(&tokens.refresh_token),
        revoke.access_token(&tokens.access_token),
    ]
}

async fn results(cognito: &Cognito, tokens: &Tokens) -> Vec<String> {
    let (id, access) = (tokens.id_token.expose(), tokens.access_token.expose());
    let account = cognito.account(&tokens.access_token);
    let admin = cognito.admin();
    debug_of![
        tokens,
        account.details().await.unwrap(),
        cognito.decode_token(id).unwrap(),
        cognito.verify_id_token(id).await.unwrap(),
        cognito.verify_access_token(access).await.unwrap(),
        admin.user(EMAIL).details().await.unwrap(),
        admin.users().await.unwrap(),
        cognito.login(EMAIL, "WrongPass123!").await.unwrap_err(),
    ]
}

fn challenge(cognito: &Cognito) -> Vec<String> {
    let session = "a-session-of-twenty-chars";
    let challenge = cognito.resume_challenge("SMS_MFA", EMAIL, session);
    let challenge = challenge.unwrap();
    debug_of![
        challenge,
        challenge.answer_with([("SMS_MFA_CODE", "246810")])
    ]
}
