//! Headers with bytes that are not UTF-8.

use std::net::IpAddr;

use cognito_axum::{SessionCookies, TrustedProxies};
use http::header::COOKIE;
use http::{HeaderMap, HeaderName, HeaderValue};

fn headers(name: &HeaderName, lines: &[&[u8]]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(name, HeaderValue::from_bytes(line).unwrap());
    }
    headers
}

#[test]
fn foreign_cookie_does_not_hide_ours() {
    let cookies = SessionCookies::new();
    for line in [
        &b"theme=caf\xe9; __Host-refresh_token=a.b.c"[..],
        b"__Host-refresh_token=a.b.c; theme=caf\xc3\xa9",
        b"caf\xe9=x; \xff\xff; __Host-refresh_token = a.b.c ; =",
    ] {
        let request = headers(&COOKIE, &[line]);
        let token = cookies.refresh_token(&request).unwrap().unwrap();
        assert_eq!(token.expose(), "a.b.c");
    }
    // A second cookie with this name is found too, and deleted.
    let twice = headers(
        &COOKIE,
        &[
            b"__Host-refresh_token=a.b.c",
            b"x=\xe9; __Host-refresh_token=d",
        ],
    );
    assert!(cookies.refresh_token(&twice).is_err());
    let parts = headers(&COOKIE, &[b"x=\xe9; __Host-access_token.7=d"]);
    let forgotten = cookies.clear(&parts);
    let names = format!("{forgotten:?}");
    assert!(names.contains("__Host-access_token.7"), "{names}");
}

#[test]
fn rejects_own_cookie_with_invalid_bytes() {
    let cookies = SessionCookies::new();
    for line in [
        &b"__Host-refresh_token=a.\xe9.c"[..],
        b"__Host-refresh_token.0=a; __Host-refresh_token.1=\xff",
    ] {
        assert!(cookies.refresh_token(&headers(&COOKIE, &[line])).is_err());
    }
}

fn client(lines: &[&[u8]]) -> String {
    let proxies = TrustedProxies::none().network("10.0.0.0/8").unwrap();
    let proxy: IpAddr = [10, 0, 0, 7].into();
    let name = HeaderName::from_static("x-forwarded-for");
    proxies
        .client_address(proxy, &headers(&name, lines))
        .to_string()
}

#[test]
fn foreign_bytes_do_not_hide_proxy_entry() {
    assert_eq!(client(&[b"caf\xe9, 203.0.113.9"]), "203.0.113.9");
    assert_eq!(client(&[b"\xff,203.0.113.9, 10.0.0.1"]), "203.0.113.9");
    assert_eq!(client(&[b"\xff", b"203.0.113.9"]), "203.0.113.9");
    // Entries with invalid bytes are not ignored.
    assert_eq!(client(&[b"203.0.113.9, \xff, 10.0.0.1"]), "10.0.0.1");
    assert_eq!(client(&[b"203.0.113.9", b"\xff"]), "10.0.0.7");
}
