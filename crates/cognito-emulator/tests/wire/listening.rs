//! An emulator that other hosts can reach.

use std::net::Ipv4Addr;

use crate::http::status_of;
use crate::support::pool_with;

/// DNS rebinding needs a name, so an IP address as `Host` is safe. The addresses are reserved for
/// documentation.
#[tokio::test]
async fn addresses_are_allowed_and_unknown_names_rejected() {
    let pool = pool_with(|builder| {
        builder
            .host(Ipv4Addr::UNSPECIFIED.into())
            .allow_host("cognito")
    })
    .await;
    let endpoint = pool.emulator.endpoint();
    assert!(endpoint.starts_with("http://127.0.0.1:"), "{endpoint}");
    let health = "GET /_emulator/health";
    for host in [
        "192.0.2.7:9229",
        "[2001:db8::1]:9229",
        "cognito:9229",
        "localhost",
    ] {
        let status = status_of(&pool, health, &[("Host", host)]).await;
        assert_eq!(status, 200, "{host}");
    }
    for host in [
        "evil.example",
        "192.0.2.7.evil.example",
        "192.0.2.7@evil.example",
        "x@192.0.2.7",
        "0x7f000001",
        "cognito.evil.example",
    ] {
        for head in [health, "POST /", "GET /login", "POST /_emulator/reset"] {
            let status = status_of(&pool, head, &[("Host", host)]).await;
            assert!(matches!(status, 400 | 403), "{head} at {host}: {status}");
        }
    }
    let absolute = "GET http://evil.example/_emulator/health";
    let status = status_of(&pool, absolute, &[("Host", "192.0.2.7")]).await;
    assert_eq!(status, 403);
}

#[tokio::test]
async fn pages_of_addresses_are_rejected() {
    let pool = pool_with(|builder| builder.host(Ipv4Addr::UNSPECIFIED.into())).await;
    for (origin, expected) in [("http://192.0.2.7:9229", 403), ("http://127.0.0.1:80", 200)] {
        let headers = [("Host", "192.0.2.7:9229"), ("Origin", origin)];
        let status = status_of(&pool, "POST /_emulator/reset", &headers).await;
        assert_eq!(status, expected, "{origin}");
    }
}
