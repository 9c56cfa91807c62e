//! Requests that no route accepts get the standard error response.

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use cognito_axum::{AuthRoutes, SecurityHeaders};
use http::header::{ALLOW, CONTENT_TYPE};
use http::{Method, Request};
use serde_json::json;

use super::{EMAIL, Fixture, PASSWORD};

async fn sent(
    fixture: &Fixture,
    content_type: Option<&str>,
    body: impl Into<Body>,
) -> super::Reply {
    let mut request = Request::post("/auth/login");
    if let Some(content_type) = content_type {
        request = request.header(CONTENT_TYPE, content_type);
    }
    fixture.send(request.body(body.into()).unwrap()).await
}

#[tokio::test]
async fn unknown_paths_and_methods_are_rejected() {
    let fixture = Fixture::json().await;
    for path in [
        "/auth",
        "/auth/",
        "/auth/nothing",
        "/auth/login/",
        "/auth/me/x",
    ] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        fixture.send(request).await.refused(404, "Not found");
    }
    let message = "This path does not take that method";
    for (method, path, allow) in [
        (Method::GET, "/auth/login", "POST"),
        (Method::DELETE, "/auth/logout", "POST"),
        (Method::POST, "/auth/me", "GET,HEAD"),
    ] {
        let request = Request::builder().method(method).uri(path);
        let reply = fixture.send(request.body(Body::empty()).unwrap()).await;
        let reply = reply.refused(405, message);
        // RFC 9110 section 15.5.6 requires this header.
        assert_eq!(reply.headers[ALLOW], allow, "{path}");
    }
}

#[tokio::test]
async fn rejects_body_of_another_type() {
    let fixture = Fixture::json().await;
    let body = json!({"email": EMAIL, "password": PASSWORD}).to_string();
    let form = "email=user%40example.com&password=x";
    for (content_type, body) in [
        (None, body.as_str()),
        (Some("text/plain"), &body),
        (Some("application/x-www-form-urlencoded"), form),
        (Some("application/jsonx"), &body),
        (Some("text/plain; application/json"), &body),
        (Some(""), &body),
    ] {
        let refused = sent(&fixture, content_type, body.to_owned()).await;
        refused.refused(415, "The body must be application/json");
    }
    fixture.person();
    let charset = Some("Application/JSON; charset=utf-8");
    sent(&fixture, charset, body.clone()).await.ok();
}

#[tokio::test]
async fn rejects_malformed_body_without_repeating_it() {
    let fixture = Fixture::json().await;
    let json = Some("application/json");
    for body in [
        "",
        "{",
        "not json",
        "{\"email\":\"a\",}",
        "\u{feff}{}",
        "{}{}",
    ] {
        let refused = sent(&fixture, json, body.to_owned()).await;
        assert_eq!(refused.status, 400, "{body}");
    }
    let refused = sent(&fixture, json, b"\xff\xfe".to_vec()).await;
    refused.refused(400, "The body is not valid JSON");
    for body in [
        "{}",
        r#"{"email":"SecurePass123!"}"#,
        r#"{"email":["SecurePass123!"],"password":"x"}"#,
        r#"{"email":1,"password":"SecurePass123!"}"#,
    ] {
        let refused = sent(&fixture, json, body.to_owned()).await;
        assert!(!refused.text.contains("SecurePass"), "{}", refused.text);
        refused.refused(400, "The body lacks a field, or one is of another type");
    }
    assert_eq!(fixture.emulator.calls("InitiateAuth"), 0);
}

#[tokio::test]
async fn rejects_sequences_where_an_object_is_expected() {
    let fixture = Fixture::json().await;
    let json = Some("application/json");
    for body in [
        json!([EMAIL, PASSWORD]).to_string(),
        json!([]).to_string(),
        json!("text").to_string(),
        "1".to_owned(),
        "null".to_owned(),
    ] {
        let refused = sent(&fixture, json, body.clone()).await;
        assert_eq!(refused.status, 400, "{body}");
        refused.refused(400, "The body must be a JSON object");
    }
    let path = Request::post("/auth/refresh").header("content-type", "application/json");
    let refresh = path.body(Body::from(r#"["token",null]"#)).unwrap();
    let refused = fixture.send(refresh).await;
    refused.refused(400, "The body must be a JSON object");
}

#[tokio::test]
async fn rejects_duplicate_names_at_every_depth() {
    let fixture = Fixture::json().await;
    let json = Some("application/json");
    let login = format!(r#""email":"{EMAIL}","password":"{PASSWORD}""#);
    for more in [
        r#""password":"x""#,
        r#""x":1,"x":2"#,
        // The same name, written with an escape.
        r#""x":1,"\u0078":1"#,
        r#""x":{"y":1,"y":1}"#,
        r#""x":[{"y":[{"z":1,"z":1}]}]"#,
    ] {
        let body = format!("{{{login},{more}}}");
        let refused = sent(&fixture, json, body.clone()).await;
        assert_eq!(refused.status, 400, "{body}");
        refused.refused(400, "The body has a field twice");
    }
    let body = format!(r#"{{{login},"x":{{"y":1}},"z":{{"y":1}}}}"#);
    // Read as a login; the user does not exist.
    assert_eq!(sent(&fixture, json, body).await.status, 401);
}

#[tokio::test]
async fn rejects_oversized_body() {
    let json = Some("application/json");
    let body = |length: usize| {
        let bare = json!({"email": EMAIL, "password": PASSWORD, "more": ""}).to_string();
        let filled = "x".repeat(length - bare.len());
        json!({"email": EMAIL, "password": PASSWORD, "more": filled}).to_string()
    };
    let fixture = Fixture::json().await;
    fixture.person();
    sent(&fixture, json, body(16 * 1024)).await.ok();
    let refused = sent(&fixture, json, body(16 * 1024 + 1)).await;
    refused.refused(413, "The body is too long");
    let fixture = Fixture::with(|emulator| emulator, |routes| routes.body_limit(100)).await;
    fixture.person();
    sent(&fixture, json, body(100)).await.ok();
    let refused = sent(&fixture, json, body(101)).await;
    refused.refused(413, "The body is too long");
}

#[tokio::test]
async fn every_response_has_security_headers() {
    let fixture = Fixture::json().await;
    for path in ["/auth/me", "/auth/nothing", "/auth/login"] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let headers = fixture.send(request).await.headers;
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["cache-control"], "no-store", "{path}");
    }
    let own = SecurityHeaders::new()
        .content_security_policy("default-src 'self'")
        .unwrap();
    let fixture = Fixture::with(|emulator| emulator, |routes| routes.security_headers(own)).await;
    let headers = fixture.login().await.headers;
    assert_eq!(headers["content-security-policy"], "default-src 'self'");
}

#[tokio::test]
async fn router_nests_with_custom_fallback() {
    let fixture = Fixture::json().await;
    let routes = AuthRoutes::new(fixture.cognito.clone())
        .probes()
        .into_router();
    let router = Router::new()
        .route("/", get(async || "home"))
        .fallback(async || "the application's own")
        .merge(routes);
    let fixture = Fixture { router, ..fixture };
    let ask = async |path: &str| {
        let request = Request::get(path).body(Body::empty()).unwrap();
        fixture.send(request).await
    };
    assert_eq!(ask("/").await.text, "home");
    assert_eq!(ask("/elsewhere").await.text, "the application's own");
    let nothing = ask("/auth/nothing").await;
    assert_eq!(nothing.status, 404);
    assert_eq!(nothing.body()["message"], "Not found");
}
