//! Tests of session cookies.

use super::*;

#[test]
fn oversized_value_removes_earlier_cookies() {
    let (cookies, mut changes) = (SessionCookies::new(), CookieChanges::default());
    let mut request = HeaderMap::new();
    let earlier = http::HeaderValue::from_static("__Host-access_token.0=a");
    request.insert(http::header::COOKIE, earlier);
    let text = "a".repeat(19_001);
    let (kind, lifetime) = (CookieKind::AccessToken, Duration::from_secs(60));
    assert!(!cookies.keep(&mut changes, kind, &text, lifetime, &request));
    let shown = format!("{changes:?}");
    let expected = r#"{"__Host-access_token", "__Host-access_token.0"}"#;
    assert_eq!(shown, expected);
    assert!(
        changes
            .iter()
            .all(|line| line.as_bytes().ends_with(b"Max-Age=0"))
    );
}
