//! The hooks of the application: before a sign-up and after a sign-in.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use cognito_axum::{
    AuthRoutes, CompletedSignIn, EnumerationPolicy, HostedLoginRoutes, SessionCookies,
    SignInMethod, SignUpRejection,
};
use cognito_core::{ChallengeName, Clock};
use cognito_emulator::{Fault, MfaMode, totp_code};
use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::json;

use super::managed_login::{CALLBACK, HOME, ManagedLogin, web};
use super::{Browser, EMAIL, Fixture, OTHER_PASSWORD, PASSWORD};

const SIGN_UP: &str = "/auth/signup";

async fn refusing(rejection: SignUpRejection) -> Fixture {
    let routes = move |routes: AuthRoutes| {
        routes.before_sign_up(move |_| {
            let rejection = rejection.clone();
            async move { Err(rejection) }
        })
    };
    Fixture::with(|emulator| emulator, routes).await
}

#[tokio::test]
async fn hook_rejects_sign_up_with_reason() {
    let teapot = |status| SignUpRejection::Other {
        status,
        message: "Ask your administrator".into(),
    };
    for (rejection, status, message) in [
        (SignUpRejection::Closed, 403, "Sign-up is closed"),
        (
            SignUpRejection::NotAllowed,
            403,
            "This sign-up is not allowed",
        ),
        (
            SignUpRejection::InvalidAttribute("name".into()),
            400,
            "The attribute name is not valid",
        ),
        (
            SignUpRejection::Unavailable,
            503,
            "The service is temporarily unavailable",
        ),
        (teapot(StatusCode::CONFLICT), 409, "Ask your administrator"),
        // A rejection is never a success.
        (teapot(StatusCode::OK), 403, "Ask your administrator"),
    ] {
        let fixture = refusing(rejection).await;
        let body = json!({"email": EMAIL, "password": PASSWORD});
        let refused = fixture.post(SIGN_UP, body).await;
        refused.refused(status, message);
        assert_eq!(fixture.emulator.calls("SignUp"), 0);
    }
}

#[tokio::test]
async fn rejected_sign_up_hides_existing_account() {
    let fixture = refusing(SignUpRejection::NotAllowed).await;
    fixture.person();
    let mut texts = Vec::new();
    for email in [EMAIL, "unknown@example.com"] {
        let body = json!({"email": email, "password": PASSWORD});
        texts.push(fixture.post(SIGN_UP, body).await.text);
    }
    assert_eq!(texts[0], texts[1]);
}

#[tokio::test]
async fn hook_changes_attributes_of_sign_up() {
    let fixture = Fixture::with(
        |emulator| emulator,
        |routes| {
            routes.before_sign_up(|mut attempt| async move {
                assert_eq!(attempt.username(), EMAIL);
                assert_eq!(attempt.attributes()["name"], "Jo");
                assert!(attempt.headers().contains_key("content-type"));
                assert_eq!(attempt.client_address(), None);
                let shown = format!("{attempt:?}");
                assert!(!shown.contains(EMAIL) && !shown.contains("Jo"), "{shown}");
                assert_eq!(attempt.remove_attribute("nickname").as_deref(), Some("J"));
                attempt.set_attribute("name", "Jo Doe");
                // Users cannot set this attribute themselves.
                attempt.set_attribute("custom:plan", "trial");
                Ok(attempt)
            })
        },
    )
    .await;
    let attributes = json!({"name": "Jo", "nickname": "J"});
    let body = json!({"email": EMAIL, "password": PASSWORD, "attributes": attributes});
    fixture.post(SIGN_UP, body).await.ok();
    let body = json!({"email": EMAIL, "code": fixture.code()});
    fixture.post("/auth/confirm", body).await.ok();
    let (token, _) = fixture.tokens().await;
    let me = fixture.get("/auth/me", &token).await.ok();
    assert_eq!(me["attributes"]["name"], "Jo Doe");
    assert_eq!(me["attributes"]["custom:plan"], "trial");
    assert_eq!(me["attributes"].get("nickname"), None);
    // The attributes of the request are checked before.
    let body = json!({"email": EMAIL, "password": PASSWORD, "attributes": {"custom:plan": "gold"}});
    let refused = fixture.post(SIGN_UP, body).await;
    refused.refused(400, "The attribute custom:plan cannot be set here");
}

type Seen = Arc<Mutex<Vec<SignInMethod>>>;

/// Records each sign-in, and adds a header and cookies to the response.
fn recording(seen: &Seen, routes: AuthRoutes) -> AuthRoutes {
    let seen = Arc::clone(seen);
    routes.after_sign_in(move |signed_in: CompletedSignIn| {
        assert_eq!(signed_in.claims.email.as_deref(), Some(EMAIL));
        assert!(!format!("{signed_in:?}").contains("Cookie"));
        seen.lock().unwrap().push(signed_in.method);
        let header = HeaderValue::from_static;
        let mut headers = HeaderMap::new();
        headers.insert("x-tour", header("new"));
        headers.insert("content-type", header("text/html"));
        headers.append(SET_COOKIE, header("tour=new; Path=/"));
        headers.append(SET_COOKIE, header("theme=dark; Path=/"));
        async move { headers }
    })
}

#[tokio::test]
async fn hook_sees_every_way_to_sign_in() {
    let seen = Seen::default();
    let hosted = HostedLoginRoutes::new(CALLBACK, HOME).unwrap();
    let fixture = Fixture::with(
        |emulator| emulator.mfa(MfaMode::Optional).client(web()),
        |routes| {
            let routes = routes.cookies(SessionCookies::new()).hosted_login(hosted);
            recording(&seen, routes)
        },
    )
    .await;
    fixture.person();
    let mut browser = Browser::default();
    let reply = browser.login(&fixture).await;
    assert_eq!(reply.headers["x-tour"], "new");
    assert_eq!(reply.headers["content-type"], "application/json");
    assert_eq!(reply.ok()["success"], true);
    for name in ["tour", "theme", "__Host-access_token"] {
        assert!(browser.jar.contains_key(name), "{name}");
    }
    // A refresh is not a sign-in.
    let reply = browser.press(&fixture, "/auth/refresh").await;
    assert!(!reply.headers.contains_key("x-tour"));

    let body = json!({});
    let started = browser
        .post(&fixture, "/auth/hosted-login/start", body)
        .await;
    let url = started.ok()["url"].as_str().unwrap().to_owned();
    let back = ManagedLogin::default()
        .sign_in(&fixture.emulator, &url)
        .await;
    let reply = browser.get(&fixture, &back).await;
    assert_eq!(
        (reply.status, &reply.headers["x-tour"]),
        (StatusCode::OK, &HeaderValue::from_static("new"))
    );

    let tokens = fixture.cognito.login(EMAIL, PASSWORD).await.unwrap();
    let account = fixture
        .cognito
        .account(tokens.into_tokens().unwrap().access_token);
    let secret = account.setup_totp().await.unwrap().secret;
    let code = || totp_code(secret.expose(), fixture.clock.now());
    account.confirm_totp(code()).await.unwrap();
    fixture.clock.advance(Duration::from_secs(30));
    let asked = browser.login(&fixture).await;
    assert!(
        !asked.headers.contains_key("x-tour"),
        "a challenge is no sign-in"
    );
    let body = json!({"code": code()});
    browser.post(&fixture, "/auth/verify-mfa", body).await.ok();
    assert_eq!(
        *seen.lock().unwrap(),
        [
            SignInMethod::Password,
            SignInMethod::ManagedLogin,
            SignInMethod::Challenge(ChallengeName::SoftwareTokenMfa),
        ]
    );
}

#[tokio::test]
async fn hook_is_not_called_for_failed_sign_in() {
    let seen = Seen::default();
    let routes = |routes: AuthRoutes| {
        let routes = routes.enumeration_policy(EnumerationPolicy::Reveal);
        recording(&seen, routes)
    };
    let fixture = Fixture::with(|emulator| emulator, routes).await;
    fixture.person();
    let body = json!({"email": EMAIL, "password": OTHER_PASSWORD});
    let refused = fixture.post("/auth/login", body).await;
    assert!(!refused.headers.contains_key("x-tour"));
    refused.refused(401, "Invalid credentials or unauthorized access");
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn unverifiable_sign_in_fails_and_is_revoked() {
    let seen = Seen::default();
    let routes = |routes: AuthRoutes| recording(&seen, routes.cookies(SessionCookies::new()));
    let fixture = Fixture::with(|emulator| emulator, routes).await;
    fixture.person();
    fixture
        .emulator
        .inject(Fault::status("jwks.json", 503))
        .unwrap();
    let mut browser = Browser::default();
    let refused = browser.login(&fixture).await;
    assert_eq!(
        refused.status,
        StatusCode::SERVICE_UNAVAILABLE,
        "{}",
        refused.text
    );
    assert!(browser.jar.is_empty(), "{:?}", browser.names());
    assert!(seen.lock().unwrap().is_empty());
    assert_eq!(fixture.emulator.calls("RevokeToken"), 1);
}
