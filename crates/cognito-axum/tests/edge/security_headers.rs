//! Security headers for browsers.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use cognito_axum::SecurityHeaders;
use http::{HeaderMap, Request};
use tower::ServiceExt;

async fn headers(layer: SecurityHeaders, path: &str) -> HeaderMap {
    let app = Router::new()
        .route("/", get(async || "page"))
        .route(
            "/script.js",
            get(async || ([("cache-control", "max-age=60")], "")),
        )
        .layer(layer);
    let request = Request::get(path).body(Body::empty()).unwrap();
    app.oneshot(request).await.unwrap().headers().clone()
}

#[tokio::test]
async fn responses_have_headers_of_table() {
    let headers = headers(SecurityHeaders::new(), "/").await;
    for (name, value) in [
        ("cache-control", "no-store"),
        (
            "content-security-policy",
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("referrer-policy", "same-origin"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
    ] {
        assert_eq!(headers[name], value);
    }
    assert!(!headers.contains_key("strict-transport-security"));
}

#[tokio::test]
async fn existing_headers_are_kept() {
    let headers = headers(SecurityHeaders::new(), "/script.js").await;
    let said: Vec<_> = headers.get_all("cache-control").iter().collect();
    assert_eq!(said, ["max-age=60"]);
    assert_eq!(headers["x-content-type-options"], "nosniff");
}

#[tokio::test]
async fn policy_and_hsts_are_configurable() {
    let year = Duration::from_secs(31_536_000);
    let layer = SecurityHeaders::new()
        .content_security_policy("default-src 'self'")
        .unwrap()
        .strict_transport_security(year);
    let first = headers(layer.clone(), "/").await;
    let policies: Vec<_> = first.get_all("content-security-policy").iter().collect();
    assert_eq!(policies, ["default-src 'self'"]);
    assert_eq!(first["strict-transport-security"], "max-age=31536000");
    let below = headers(layer.strict_transport_security_below(year), "/").await;
    assert_eq!(
        below["strict-transport-security"],
        "max-age=31536000; includeSubDomains"
    );
}

#[test]
fn a_policy_cannot_bring_another_header_along() {
    for policy in ["", " ", "default-src 'self'\r\nset-cookie: a=b", "\u{0}"] {
        let layer = SecurityHeaders::new().content_security_policy(policy);
        assert!(layer.is_err(), "{policy:?}");
    }
}
