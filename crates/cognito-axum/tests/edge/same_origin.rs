//! Requests that change something are accepted only from pages of the same origin.

use axum::Router;
use axum::body::Body;
use axum::routing::{get, post};
use cognito_axum::SameOrigin;
use http::{Method, Request, StatusCode};
use tower::ServiceExt;

fn app() -> Router {
    Router::new()
        .route("/", post(async || "changed").get(async || "read"))
        .route("/other", get(async || "read"))
        .layer(
            SameOrigin::new()
                .allow_origin("https://admin.example.com:8443")
                .unwrap(),
        )
}

async fn status(method: Method, headers: &[(&str, &str)]) -> StatusCode {
    let mut request = Request::builder().method(method).uri("/");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).unwrap();
    app().oneshot(request).await.unwrap().status()
}

async fn post_with(headers: &[(&str, &str)]) -> StatusCode {
    let host = [("host", "shop.example.com")];
    status(Method::POST, &[&host, headers].concat()).await
}

#[tokio::test]
async fn the_browser_s_own_word_decides() {
    let site = "sec-fetch-site";
    assert_eq!(post_with(&[(site, "same-origin")]).await, StatusCode::OK);
    for other in [
        "cross-site",
        "same-site",
        "none",
        "",
        "Same-Origin",
        "\u{e9}",
    ] {
        let status = post_with(&[(site, other)]).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{other}");
        // A similar origin is rejected: the scheme or the port may be different.
        let origin = ("origin", "https://shop.example.com");
        let status = post_with(&[(site, other), origin]).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{other}");
    }
    let twice = [(site, "same-origin"), (site, "cross-site")];
    assert_eq!(post_with(&twice).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn origin_must_equal_host_and_port() {
    // Older browsers send no `Sec-Fetch-Site`.
    for origin in ["https://shop.example.com", "http://SHOP.example.com"] {
        assert_eq!(
            post_with(&[("origin", origin)]).await,
            StatusCode::OK,
            "{origin}"
        );
    }
    for origin in [
        "https://shop.example.com:8443",
        "https://example.com",
        "https://evil.shop.example.com",
        "https://shop.example.com.evil.example",
        "https://shop.example.com/path",
        "https://shop.example.com@evil.example",
        "https://user@shop.example.com",
        "shop.example.com",
        "file://shop.example.com",
        "null",
        "",
    ] {
        let status = post_with(&[("origin", origin)]).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{origin}");
    }
    let twice = [
        ("origin", "https://shop.example.com"),
        ("origin", "https://evil.example"),
    ];
    assert_eq!(post_with(&twice).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn default_port_may_be_omitted() {
    for (host, origin, passes) in [
        ("localhost:3000", "http://localhost:3000", true),
        ("localhost:3000", "http://localhost:3001", false),
        ("localhost:3000", "http://localhost", false),
        ("shop.example.com:443", "https://shop.example.com", true),
        ("shop.example.com:443", "http://shop.example.com", false),
        ("[::1]:3000", "http://[::1]:3000", true),
        ("[::1]:3000", "http://[::2]:3000", false),
    ] {
        let headers = [("host", host), ("origin", origin)];
        let passed = status(Method::POST, &headers).await == StatusCode::OK;
        assert_eq!(passed, passes, "{host} {origin}");
    }
}

#[tokio::test]
async fn rejects_request_without_origin() {
    assert_eq!(post_with(&[]).await, StatusCode::FORBIDDEN);
    let no_host = [("origin", "https://shop.example.com")];
    assert_eq!(status(Method::POST, &no_host).await, StatusCode::FORBIDDEN);
    // The host in a header of a proxy or of an attacker is ignored.
    let forwarded = [
        ("origin", "https://evil.example"),
        ("x-forwarded-host", "evil.example"),
    ];
    assert_eq!(post_with(&forwarded).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn configured_origin_passes_any_fetch_site() {
    let named = ("origin", "https://admin.example.com:8443");
    assert_eq!(post_with(&[named]).await, StatusCode::OK);
    let same_site = ("sec-fetch-site", "same-site");
    assert_eq!(post_with(&[named, same_site]).await, StatusCode::OK);
    let other_port = ("origin", "https://admin.example.com");
    assert_eq!(post_with(&[other_port]).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn only_safe_methods_pass_unchecked() {
    let cross = [("sec-fetch-site", "cross-site")];
    for method in [Method::GET, Method::HEAD, Method::OPTIONS, Method::TRACE] {
        let status = status(method.clone(), &cross).await;
        assert_ne!(status, StatusCode::FORBIDDEN, "{method}");
    }
    let own = Method::from_bytes(b"QUERY").unwrap();
    for method in [
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        own,
    ] {
        let status = status(method.clone(), &cross).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{method}");
    }
}

#[test]
fn rejects_invalid_origin() {
    for text in [
        "",
        "null",
        "*",
        "admin.example.com",
        "https://",
        "https://admin.example.com/",
        "https://a@admin.example.com",
        "ftp://admin.example.com",
        "https://admin.example.com:port",
    ] {
        assert!(SameOrigin::new().allow_origin(text).is_err(), "{text}");
    }
}
