//! Simulates attackers who send large cookie headers. A server needs more time to read such a
//! header than an attacker needs to send it.

use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use cognito_axum::{AuthRoutes, SessionCookies};
use cognito_examples::Fixture;
use http::Request;
use http::header::{COOKIE, ORIGIN};
use tower::ServiceExt;

use super::{Figure, Size};

/// Simulates a client that sends a header with 195,000 cookies to three routes that read cookies.
/// Returns the fastest of three response times for each route, in milliseconds.
pub(crate) async fn many_cookies(size: Size) -> Vec<Figure> {
    let fixture = Fixture::start().await.expect("the emulator starts");
    let routes = AuthRoutes::new(fixture.cognito().clone());
    let app = routes.cookies(SessionCookies::new()).into_router();
    let header = "=;".repeat(195_000);
    let mut figures = Vec::new();
    for (method, path) in [
        ("POST", "/auth/logout"),
        ("POST", "/auth/refresh"),
        ("GET", "/auth/me"),
    ] {
        let mut fastest = Duration::MAX;
        for _ in 0..3 {
            fastest = fastest.min(time_of(&app, method, path, &header).await);
        }
        figures.push(Figure::new(
            format!("ms for 390 KB of cookies at {path}"),
            fastest.as_secs_f64() * 1000.0,
            // The reduced size runs without optimization, at the same time as other tests.
            f64::from(size.of(60, 3)),
        ));
    }
    figures
}

async fn time_of(app: &Router, method: &str, path: &str, cookies: &str) -> Duration {
    let request = Request::builder().method(method).uri(path);
    let request = request.header("host", "shop.example");
    let request = request.header(ORIGIN, "https://shop.example");
    let request = request.header(COOKIE, cookies).body(Body::empty());
    let request = request.expect("a request");
    let start = Instant::now();
    let response = app.clone().oneshot(request).await;
    let took = start.elapsed();
    let status = response.expect("a response").status();
    assert!(status.is_client_error() || status.is_success(), "{status}");
    took
}
