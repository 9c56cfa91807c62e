//! Invalid input is rejected before anything is sent, with a typed error that names the field and
//! never contains the value.

use cognito::config::{ConfigSource, Setting, Settings};
use cognito::{Cognito, ErrorKind};

use crate::fixture::{EMAIL, Fixture, PASSWORD};

/// Checks that the input was rejected here and not sent to Cognito.
#[track_caller]
fn refused_unsent<T>(fixture: &Fixture, field: &str, result: Result<T, impl Into<cognito::Error>>) {
    let Err(error) = result else {
        panic!("{field}: went through");
    };
    let error = error.into();
    assert_eq!(error.kind(), ErrorKind::InvalidParameter, "{error}");
    assert_eq!(error.status(), 400);
    assert!(
        error.to_string().contains(field),
        "{error} should name the {field}"
    );
    for operation in [
        "SignUp",
        "ConfirmSignUp",
        "InitiateAuth",
        "ListUsers",
        "AdminGetUser",
    ] {
        assert_eq!(
            fixture.emulator().calls(operation),
            0,
            "{operation} was sent"
        );
    }
}

#[tokio::test]
async fn names_and_addresses() {
    let fixture = Fixture::ours().await;
    let cognito = &fixture.cognito;
    let long = "a".repeat(129);
    for name in [
        "",
        "has space",
        "line\nbreak",
        "zero\u{200b}width",
        long.as_str(),
    ] {
        refused_unsent(&fixture, "user name", cognito.login(name, PASSWORD).await);
        refused_unsent(&fixture, "user name", cognito.sign_up(name, PASSWORD).await);
        refused_unsent(&fixture, "user name", cognito.forgot_password(name).await);
        refused_unsent(
            &fixture,
            "user name",
            cognito.resend_confirmation_code(name).await,
        );
        refused_unsent(
            &fixture,
            "user name",
            cognito.admin().user(name).details().await,
        );
        refused_unsent(
            &fixture,
            "user name",
            cognito.admin().create_user(name).await,
        );
    }
    for address in [
        "nonsense",
        "@example.com",
        "a@",
        "a b@example.com",
        "a@b\r\nBcc: c@d",
    ] {
        let sign_up = cognito.sign_up("ann", PASSWORD).attribute("email", address);
        refused_unsent(&fixture, "email", sign_up.await);
    }
    for number in ["12345", "+0123", "+12 34", "tel:+123"] {
        let sign_up = cognito
            .sign_up("ann", PASSWORD)
            .attribute("phone_number", number);
        refused_unsent(&fixture, "phone number", sign_up.await);
    }
}

#[tokio::test]
async fn passwords_and_codes() {
    let fixture = Fixture::ours().await;
    let cognito = &fixture.cognito;
    let long = "a".repeat(257);
    for password in ["", " leading", "trailing ", long.as_str()] {
        refused_unsent(&fixture, "password", cognito.login(EMAIL, password).await);
        refused_unsent(&fixture, "password", cognito.sign_up(EMAIL, password).await);
        let user = cognito.admin().user(EMAIL);
        refused_unsent(
            &fixture,
            "password",
            user.set_permanent_password(password).await,
        );
        let reset = cognito.confirm_forgot_password(EMAIL, "123456", password);
        refused_unsent(&fixture, "password", reset.await);
    }
    let long = "1".repeat(2049);
    for code in ["", "12 34", "123456\n", long.as_str()] {
        let confirm = cognito.confirm_sign_up(EMAIL, code).await;
        refused_unsent(&fixture, "confirmation code", confirm);
        let reset = cognito.confirm_forgot_password(EMAIL, code, PASSWORD);
        refused_unsent(&fixture, "confirmation code", reset.await);
    }
    for code in ["", "12345", "1234567", "12345a", "１２３４５６"] {
        let confirm = cognito.account("a.b.c").confirm_totp(code);
        refused_unsent(&fixture, "TOTP code", confirm.await);
    }
}

#[tokio::test]
async fn attributes_filters_and_pages() {
    let fixture = Fixture::ours().await;
    let cognito = &fixture.cognito;
    let long = "x".repeat(2049);
    let sign_up = cognito.sign_up(EMAIL, PASSWORD).attribute("name", long);
    refused_unsent(&fixture, "attribute value", sign_up.await);
    let sign_up = cognito
        .sign_up(EMAIL, PASSWORD)
        .attribute("x".repeat(33), "y");
    refused_unsent(&fixture, "attribute name", sign_up.await);
    let nothing = cognito.account("a.b.c").update_attributes().await;
    refused_unsent(&fixture, "attributes", nothing);
    let nothing = cognito.admin().user(EMAIL).update_attributes().await;
    refused_unsent(&fixture, "attributes", nothing);

    let users = || cognito.admin().users();
    refused_unsent(&fixture, "page size", users().limit(0).await);
    refused_unsent(&fixture, "page size", users().limit(61).await);
    refused_unsent(&fixture, "page token", users().page_token("").await);
    let filter = cognito::administration::Filter::email().equals(&"x".repeat(300));
    refused_unsent(&fixture, "filter", users().filter(filter).await);
}

#[tokio::test]
async fn tokens_and_sessions() {
    let fixture = Fixture::ours().await;
    let cognito = &fixture.cognito;
    let long = "a".repeat(cognito::verifier::MAX_TOKEN_LENGTH + 1);
    for token in ["", "with space", "line\n", long.as_str()] {
        refused_unsent(
            &fixture,
            "access token",
            cognito.account(token).details().await,
        );
        refused_unsent(&fixture, "refresh token", cognito.refresh(token).await);
        refused_unsent(&fixture, "refresh token", cognito.revoke(token).await);
        let verified = cognito.verify_access_token(token).await.unwrap_err();
        assert_eq!(verified.kind(), ErrorKind::TokenInvalid, "{verified}");
        assert!(cognito.is_token_expired(token));
    }
    let short = cognito
        .verify_mfa(EMAIL, "short", "123456", "SOFTWARE_TOKEN_MFA")
        .await;
    refused_unsent(&fixture, "session", short);
    let session = "s".repeat(20);
    let mfa = cognito.verify_mfa(EMAIL, session.as_str(), "12345", "SOFTWARE_TOKEN_MFA");
    refused_unsent(&fixture, "TOTP code", mfa.await);
    let not_a_code = cognito
        .verify_mfa(EMAIL, session, "123456", "WEB_AUTHN")
        .await;
    assert_eq!(not_a_code.unwrap_err().error().kind(), ErrorKind::Misuse);
    assert_eq!(fixture.emulator().calls("RespondToAuthChallenge"), 0);
}

/// A source with the settings of a test.
#[derive(Debug)]
struct Given(Settings);

#[async_trait::async_trait]
impl ConfigSource for Given {
    async fn load(&self) -> cognito::Result<Settings> {
        Ok(self.0.clone())
    }

    fn locations(&self, setting: Setting) -> Vec<String> {
        vec![format!("{} in the test", setting.name())]
    }
}

#[tokio::test]
async fn pool_ids_that_are_none() {
    for id in [
        "us-east-1",
        "us-east-1_",
        "us-east-1_x@evil.example/",
        "../etc",
        "us-east-1_A?b",
    ] {
        let settings = Settings::new()
            .with(Setting::UserPoolId, id)
            .with(Setting::ClientId, "client");
        let built = Cognito::builder()
            .config_source(Given(settings))
            .build()
            .await;
        let error = built.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
        let text = error.to_string();
        assert!(
            text.contains("user pool id") && !text.contains("evil"),
            "{text}"
        );
    }
}
