//! Custom responses of the routes.

use axum::Json;
use axum::body::Body;
use axum::response::{IntoResponse, Redirect, Response};
use cognito_axum::{AuthRoutes, HostedLoginRoutes, Outcome, SessionCookies, SignUpRejection};
use cognito_core::ErrorKind;
use cognito_tower::RejectionKind;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, WWW_AUTHENTICATE};
use http::{Method, Request, StatusCode};
use serde_json::json;

use super::managed_login::{CALLBACK, HOME};
use super::{Browser, EMAIL, Fixture, OTHER_PASSWORD, PASSWORD, posted};

/// Describes the outcome in another body.
fn described(outcome: &Outcome) -> Response {
    let body = json!({
        "path": outcome.path(),
        "ok": outcome.is_success(),
        "kind": outcome.kind().map(ErrorKind::name),
        "token": outcome.token_rejection().map(RejectionKind::name),
        "signUp": outcome.sign_up_rejection().map(SignUpRejection::name),
        "message": outcome.message(),
        "body": outcome.body(),
    });
    (outcome.status(), Json(body)).into_response()
}

async fn custom(routes: impl FnOnce(AuthRoutes) -> AuthRoutes) -> Fixture {
    let fixture = Fixture::with(
        |emulator| emulator,
        |built| routes(built.answers(described)),
    )
    .await;
    fixture.person();
    fixture
}

#[tokio::test]
async fn successes_and_errors_have_custom_bodies() {
    let fixture = custom(|routes| routes).await;
    let login = fixture.login().await.ok();
    assert_eq!(
        (&login["path"], &login["ok"]),
        (&json!("/auth/login"), &json!(true))
    );
    let token = login["body"]["accessToken"].as_str().unwrap();
    let me = fixture.get("/auth/me", token).await.ok();
    assert_eq!(me["body"]["attributes"]["email"], EMAIL);

    // An unknown user looks like a wrong password.
    let mut texts = Vec::new();
    for email in [EMAIL, "unknown@example.com"] {
        let body = json!({"email": email, "password": OTHER_PASSWORD});
        let refused = fixture.post("/auth/login", body).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        assert!(refused.headers.contains_key(WWW_AUTHENTICATE));
        assert_eq!(refused.body()["kind"], "InvalidCredentials");
        texts.push(refused.text);
    }
    assert_eq!(texts[0], texts[1]);
}

#[tokio::test]
async fn rejections_have_custom_bodies_and_headers() {
    let fixture = custom(|routes| routes.cookies(SessionCookies::new())).await;
    let refused = Browser::default().get(&fixture, "/auth/me").await;
    assert_eq!(refused.body()["token"], "MissingToken");
    assert_eq!(refused.headers[CACHE_CONTROL], "no-store");
    assert!(refused.headers.contains_key(WWW_AUTHENTICATE));
    // The origin, an unknown path, another method and a malformed body.
    let refused = fixture.send(posted("/auth/login", &json!({}))).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(
        refused.body()["message"],
        "The request came from another site"
    );
    for (path, status) in [
        ("/auth/unknown", 404),
        ("/auth/", 404),
        ("/auth/login", 405),
    ] {
        let refused = Browser::default().get(&fixture, path).await;
        assert_eq!(
            (refused.status.as_u16(), &refused.body()["ok"]),
            (status, &json!(false))
        );
    }
    let refused = Browser::default()
        .post(&fixture, "/auth/login", json!([]))
        .await;
    assert_eq!(refused.body()["message"], "The body must be a JSON object");
}

#[tokio::test]
async fn custom_response_keeps_cookies() {
    let fixture = custom(|routes| routes.cookies(SessionCookies::new())).await;
    let mut browser = Browser::default();
    let login = browser.login(&fixture).await;
    assert!(!login.text.contains("Token"), "{}", login.text);
    assert_eq!(browser.names().len(), 3);
    browser.get(&fixture, "/auth/me").await.ok();
    browser.press(&fixture, "/auth/logout").await.ok();
    assert_eq!(browser.names(), [""; 0]);
}

#[tokio::test]
async fn sign_up_rejection_is_typed() {
    let closed =
        |routes: AuthRoutes| routes.before_sign_up(|_| async { Err(SignUpRejection::Closed) });
    let fixture = custom(closed).await;
    let body = json!({"email": EMAIL, "password": PASSWORD});
    let refused = fixture.post("/auth/signup", body).await;
    assert_eq!(
        (refused.status.as_u16(), &refused.body()["signUp"]),
        (403, &json!("Closed"))
    );
}

#[tokio::test]
async fn responses_without_json_are_not_changed() {
    let fixture = custom(|routes| routes.probes().health()).await;
    let request = |method: Method, path: &str| {
        let request = Request::builder().method(method).uri(path);
        request.body(Body::empty()).unwrap()
    };
    let live = fixture.send(request(Method::GET, "/livez")).await;
    assert_eq!((live.status, live.text.as_str()), (StatusCode::OK, ""));
    let health = fixture.send(request(Method::GET, "/auth/health")).await;
    assert_eq!(health.ok()["body"]["status"], "healthy");
    let head = fixture.send(request(Method::HEAD, "/auth/health")).await;
    assert_eq!((head.status, head.text.as_str()), (StatusCode::OK, ""));
    assert_eq!(head.headers[CONTENT_TYPE], "application/json");
}

#[tokio::test]
async fn failed_callback_can_redirect() {
    let hosted = HostedLoginRoutes::new(CALLBACK, HOME).unwrap();
    let fixture = Fixture::with(
        |emulator| emulator,
        |routes| {
            let routes = routes.cookies(SessionCookies::new()).hosted_login(hosted);
            routes.answers(|outcome: &Outcome| -> Response {
                match (outcome.path(), outcome.is_success()) {
                    (Some("/auth/hosted-login/callback"), false) => {
                        Redirect::to("/login?failed").into_response()
                    }
                    _ => (outcome.status(), Json(outcome.body())).into_response(),
                }
            })
        },
    )
    .await;
    let mut browser = Browser::default();
    let started = browser
        .post(&fixture, "/auth/hosted-login/start", json!({}))
        .await;
    assert!(started.ok()["url"].is_string());
    let path = "/auth/hosted-login/callback?error=access_denied&state=x";
    let reply = browser.get(&fixture, path).await;
    assert_eq!(
        (reply.status, &reply.headers[LOCATION]),
        (StatusCode::SEE_OTHER, &"/login?failed".parse().unwrap())
    );
    assert!(browser.jar.is_empty(), "{:?}", browser.names());
}
