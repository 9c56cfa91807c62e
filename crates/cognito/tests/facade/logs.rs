//! The log of the whole tour at level TRACE contains no secret.

#[allow(dead_code, reason = "shared with the example, which uses all of it")]
#[path = "../../examples/quickstart/guide.rs"]
mod guide;
#[allow(dead_code, reason = "shared with the example, which uses all of it")]
#[allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "as in the example"
)]
#[path = "../../examples/quickstart/tour.rs"]
mod tour;

use cognito_testkit::LogCapture;

use crate::passkey_browser as browser;
use guide::Guide;
use tour::Stage;

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

#[tokio::test]
async fn debug_of_public_types_hides_secrets() {
    use cognito::Cognito;
    use cognito::administration::Filter;
    use cognito::config::{Setting, Settings};
    const EMAIL: &str = "user@example.com";
    const PASSWORD: &str = "SecurePass123!";
    const SECRET: &str = "abcdefghijklmnopqrstuvwxyz0123456789";
    let stage = crate::stage::Stage::ours_with_secret().await;
    let cognito = &stage.cognito;
    let mut shown = Vec::new();
    let mut show = |value: &dyn std::fmt::Debug| shown.push(format!("{value:?}"));
    show(cognito);
    show(&cognito.config());
    show(&stage.emulator());
    show(&Cognito::builder().config(crate::stage::pool_of(stage.emulator())));
    show(
        &cognito
            .sign_up(EMAIL, PASSWORD)
            .attribute("name", "Very Secret"),
    );
    show(&cognito.confirm_sign_up(EMAIL, "246810"));
    show(&cognito.resend_confirmation_code(EMAIL));
    show(
        &cognito
            .login(EMAIL, PASSWORD)
            .client_metadata("k", "Very Secret"),
    );
    show(&cognito.forgot_password(EMAIL));
    show(&cognito.confirm_forgot_password(EMAIL, "246810", PASSWORD));
    show(&cognito.admin().user(EMAIL));
    show(
        &cognito
            .admin()
            .create_user(EMAIL)
            .temporary_password(PASSWORD),
    );
    let filter = Filter::email().equals(EMAIL);
    show(&cognito.admin().users().filter(filter));
    show(
        &cognito
            .admin()
            .user(EMAIL)
            .update_attributes()
            .attribute("name", "Very Secret"),
    );
    let tokens = stage.signed_in().await;
    show(&tokens);
    let account = cognito.account(&tokens.access_token);
    show(&account);
    show(&account.confirm_totp("246810"));
    show(&account.update_attributes().attribute("name", "Very Secret"));
    show(&account.details().await.unwrap());
    show(&cognito.refresh(&tokens.refresh_token));
    show(
        &cognito
            .revoke(&tokens.refresh_token)
            .access_token(&tokens.access_token),
    );
    show(&cognito.decode_token(tokens.id_token.expose()).unwrap());
    show(
        &cognito
            .verify_id_token(tokens.id_token.expose())
            .await
            .unwrap(),
    );
    show(
        &cognito
            .verify_access_token(tokens.access_token.expose())
            .await
            .unwrap(),
    );
    show(&cognito.admin().user(EMAIL).details().await.unwrap());
    show(&cognito.admin().users().await.unwrap());
    show(&cognito.login(EMAIL, "WrongPass123!").await.unwrap_err());
    show(&Settings::new().with(Setting::ClientSecret, SECRET));
    let setup = account.setup_totp().await.unwrap();
    show(&setup);
    let step = serde_json::json!({"session": "a-session-of-twenty-chars"});
    let challenge = cognito
        .resume_challenge("SMS_MFA", EMAIL, step["session"].as_str().unwrap())
        .unwrap();
    show(&challenge);
    show(&challenge.answer_with([("SMS_MFA_CODE", "246810")]));

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
