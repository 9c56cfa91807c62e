//! Client data as it is sent.

use std::collections::BTreeMap;

use cognito_core::authentication::challenge::ChallengeStep;
use cognito_core::authentication::password::{ConfirmForgotPasswordRequest, ForgotPasswordRequest};
use cognito_core::authentication::sign_in::{ChallengeApi, SignInRequest};
use cognito_core::authentication::sign_up::{
    ConfirmSignUpRequest, ResendConfirmationCodeRequest, SignUpRequest,
};
use cognito_core::ports::Authentication;
use cognito_core::{
    Challenge, ChallengeAnswer, ChallengeName, ErrorKind, Password, RequestContext, Session,
    SignInFlow, Username,
};
use serde_json::json;

use crate::fake::{self, FakeCognito};

fn name() -> Username {
    Username::new("ann@example.com").unwrap()
}

fn password() -> Password {
    "SecurePass123!".parse().unwrap()
}

fn context() -> RequestContext {
    RequestContext::new()
        .ip_address([203, 0, 113, 9].into())
        .encoded_data("fingerprint")
        .server("api.example.com", "/login")
        .http_header("User-Agent", "a browser")
        .analytics_endpoint_id("endpoint-1")
}

fn answer(api: ChallengeApi) -> ChallengeAnswer {
    let session = Session::new("s".repeat(40)).unwrap();
    let parameters = BTreeMap::new();
    let step = ChallengeStep::new(
        ChallengeName::SmsMfa,
        name(),
        Some(session),
        parameters,
        api,
    );
    let answer = Challenge::from(step).answer_with([("SMS_MFA_CODE", "123456")]);
    answer.with_context(context())
}

#[tokio::test]
async fn trap_31_unsigned_steps_send_client_address() {
    let fake = FakeCognito::default();
    let aws = fake.adapter().await;

    let mut request = SignUpRequest::new(name(), password());
    request.context = context();
    aws.sign_up(request).await.unwrap_err();
    let mut request = ConfirmSignUpRequest::new(name(), "123456".parse().unwrap());
    request.context = context();
    aws.confirm_sign_up(request).await.unwrap_err();
    let mut request = ResendConfirmationCodeRequest::new(name());
    request.context = context();
    aws.resend_confirmation_code(request).await.unwrap_err();
    let mut request = ForgotPasswordRequest::new(name());
    request.context = context();
    aws.forgot_password(request).await.unwrap_err();
    let code = "123456".parse().unwrap();
    let mut request = ConfirmForgotPasswordRequest::new(name(), code, password());
    request.context = context();
    aws.confirm_forgot_password(request).await.unwrap_err();
    let answer = answer(ChallengeApi::Public);
    aws.respond_to_challenge(&answer).await.unwrap_err();
    is_told(&fake, "RespondToAuthChallenge");
    for flow in [SignInFlow::UserPassword, SignInFlow::UserSrp] {
        let mut request = SignInRequest::password(name(), password(), flow);
        request.context = context();
        aws.sign_in(request).await.unwrap_err();
        let seen = fake.last("InitiateAuth");
        assert_eq!(
            seen["UserContextData"]["IpAddress"], "203.0.113.9",
            "{flow:?}"
        );
    }
    for operation in [
        "SignUp",
        "ConfirmSignUp",
        "ResendConfirmationCode",
        "ForgotPassword",
        "ConfirmForgotPassword",
        "InitiateAuth",
    ] {
        is_told(&fake, operation);
    }
    // Both calls of a login by SRP.
    let fake = FakeCognito::default();
    fake.answer("InitiateAuth", fake::password_verifier());
    let aws = fake.adapter().await;
    let mut request = SignInRequest::password(name(), password(), SignInFlow::UserSrp);
    request.context = context();
    aws.sign_in(request).await.unwrap_err();
    is_told(&fake, "InitiateAuth");
    is_told(&fake, "RespondToAuthChallenge");
}

/// Checks that the last request of an operation contains client data, as in unsigned calls.
fn is_told(fake: &FakeCognito, operation: &str) {
    let seen = fake.last(operation);
    let expected = json!({ "IpAddress": "203.0.113.9", "EncodedData": "fingerprint" });
    assert_eq!(seen["UserContextData"], expected, "{operation}");
    let expected = json!({ "AnalyticsEndpointId": "endpoint-1" });
    assert_eq!(seen["AnalyticsMetadata"], expected, "{operation}");
    assert!(seen.get("ContextData").is_none(), "{operation}");
}

#[tokio::test]
async fn signed_steps_send_the_whole_context() {
    let fake = FakeCognito::default();
    let aws = fake.adapter().await;
    let mut request = SignInRequest::password(name(), password(), SignInFlow::AdminUserPassword);
    request.context = context();
    aws.sign_in(request).await.unwrap_err();
    let answer = answer(ChallengeApi::Admin);
    aws.respond_to_challenge(&answer).await.unwrap_err();
    for operation in ["AdminInitiateAuth", "AdminRespondToAuthChallenge"] {
        let seen = fake.last(operation);
        assert_eq!(
            seen["ContextData"],
            json!({
                "IpAddress": "203.0.113.9",
                "EncodedData": "fingerprint",
                "ServerName": "api.example.com",
                "ServerPath": "/login",
                "HttpHeaders": [{ "headerName": "User-Agent", "headerValue": "a browser" }],
            }),
            "{operation}"
        );
        assert!(seen.get("UserContextData").is_none(), "{operation}");
    }
}

#[tokio::test]
async fn empty_context_sends_nothing() {
    // A signed call requires the address.
    let fake = FakeCognito::default();
    let aws = fake.adapter().await;
    for flow in [SignInFlow::UserPassword, SignInFlow::AdminUserPassword] {
        let request = SignInRequest::password(name(), password(), flow);
        aws.sign_in(request).await.unwrap_err();
    }
    for operation in ["InitiateAuth", "AdminInitiateAuth"] {
        let seen = fake.last(operation);
        for part in ["UserContextData", "ContextData", "AnalyticsMetadata"] {
            assert!(seen.get(part).is_none(), "{operation} {part}");
        }
    }
    let mut request = SignInRequest::password(name(), password(), SignInFlow::AdminUserPassword);
    request.context = RequestContext::new().server("api.example.com", "/login");
    let error = aws.sign_in(request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    assert_eq!(fake.count("AdminInitiateAuth"), 1);
}

#[tokio::test]
async fn invalid_setup_context_uses_no_code() {
    let fake = FakeCognito::default();
    let aws = fake.adapter().await;
    let session = Session::new("s".repeat(40)).unwrap();
    let name_of_it = ChallengeName::MfaSetup;
    let (parameters, api) = (BTreeMap::new(), ChallengeApi::Admin);
    let step = ChallengeStep::new(name_of_it, name(), Some(session), parameters, api);
    let Challenge::MfaSetup(setup) = Challenge::from(step) else {
        panic!("another challenge");
    };
    let nowhere = RequestContext::new().server("api.example.com", "/login");
    let answer = setup.totp_code("123456").with_context(nowhere);
    let error = aws.respond_to_challenge(&answer).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    assert_eq!(fake.count("VerifySoftwareToken"), 0);
}
