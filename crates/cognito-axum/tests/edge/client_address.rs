//! The client's address behind proxies.

use std::net::{IpAddr, SocketAddr};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::routing::get;
use cognito_axum::{ClientAddress, TrustedProxies};
use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode};
use http_body_util::BodyExt;
use tower::ServiceExt;

const PROXY: &str = "10.0.0.7";
const CLIENT: &str = "203.0.113.9";

fn proxies() -> TrustedProxies {
    TrustedProxies::none()
        .network("10.0.0.0/8")
        .and_then(|proxies| proxies.network("fd00::/8"))
        .and_then(|proxies| proxies.network("192.0.2.1"))
        .unwrap()
}

fn found(proxies: &TrustedProxies, peer: &str, name: &str, lines: &[&str]) -> String {
    let mut headers = HeaderMap::new();
    for line in lines {
        let name: HeaderName = name.parse().unwrap();
        headers.append(name, HeaderValue::from_bytes(line.as_bytes()).unwrap());
    }
    let peer: IpAddr = peer.parse().unwrap();
    proxies.client_address(peer, &headers).to_string()
}

fn x_forwarded_for(peer: &str, lines: &[&str]) -> String {
    found(&proxies(), peer, "x-forwarded-for", lines)
}

#[test]
fn proxy_headers_are_ignored_by_default() {
    assert_eq!(x_forwarded_for(CLIENT, &["198.51.100.1"]), CLIENT);
    let none = TrustedProxies::none();
    let told = found(&none, PROXY, "x-forwarded-for", &["198.51.100.1"]);
    assert_eq!(told, PROXY);
}

#[test]
fn address_before_trusted_proxy_is_ignored() {
    assert_eq!(x_forwarded_for(PROXY, &[CLIENT]), CLIENT);
    let spoofed = "198.51.100.1, 10.9.9.9, 203.0.113.9";
    assert_eq!(x_forwarded_for(PROXY, &[spoofed]), CLIENT);
    // In two header lines.
    assert_eq!(x_forwarded_for(PROXY, &["198.51.100.1", CLIENT]), CLIENT);
}

#[test]
fn several_proxies_are_passed_over_from_the_right() {
    let chain = "198.51.100.1, 203.0.113.9, 192.0.2.1,10.0.0.1 , fd00::1";
    assert_eq!(x_forwarded_for(PROXY, &[chain]), CLIENT);
    assert_eq!(x_forwarded_for("fd00::2", &[CLIENT, "192.0.2.1"]), CLIENT);
    // A client inside the network.
    assert_eq!(x_forwarded_for(PROXY, &["10.1.1.1, 10.0.0.1"]), "10.1.1.1");
    assert_eq!(x_forwarded_for(PROXY, &[]), PROXY);
}

#[test]
fn addresses_of_version_6_and_ports_are_understood() {
    for (entry, address) in [
        ("2001:db8::9", "2001:db8::9"),
        ("[2001:db8::9]", "2001:db8::9"),
        ("[2001:db8::9]:443", "2001:db8::9"),
        ("203.0.113.9:50123", CLIENT),
        ("::ffff:203.0.113.9", CLIENT),
        ("::ffff:10.0.0.1", "10.0.0.1"),
    ] {
        assert_eq!(x_forwarded_for(PROXY, &[entry]), address, "{entry}");
    }
    // A socket for both versions calls a proxy of version 4 by an address of version 6.
    assert_eq!(x_forwarded_for("::ffff:10.0.0.7", &[CLIENT]), CLIENT);
}

#[test]
fn invalid_address_ends_search_at_last_proxy() {
    for entry in [
        "unknown",
        "",
        "203.0.113.9.",
        "<script>",
        "203.0.113.9:x",
        "[::1",
    ] {
        let line = format!("198.51.100.1, {entry}, 10.0.0.1");
        assert_eq!(x_forwarded_for(PROXY, &[&line]), "10.0.0.1", "{entry}");
        assert_eq!(x_forwarded_for(PROXY, &[entry]), PROXY, "{entry}");
    }
    assert_eq!(
        x_forwarded_for(PROXY, &["198.51.100.1", "caf\u{e9}"]),
        PROXY
    );
}

#[test]
fn forwarded_header_is_read_only_if_configured() {
    let by_forwarded = proxies().by_forwarded();
    for (line, address) in [
        ("for=203.0.113.9", CLIENT),
        ("For=\"203.0.113.9:47011\";proto=https;by=10.0.0.7", CLIENT),
        ("proto=https; for=\"[2001:db8::9]:4711\"", "2001:db8::9"),
        ("for=198.51.100.1, for=203.0.113.9, for=10.0.0.1", CLIENT),
        ("for=_hidden", PROXY),
        ("for=unknown", PROXY),
        ("for=\"203.0.113.9", PROXY),
        ("for=203.0.113.9;for=198.51.100.1", PROXY),
        ("proto=https", PROXY),
    ] {
        assert_eq!(
            found(&by_forwarded, PROXY, "forwarded", &[line]),
            address,
            "{line}"
        );
    }
    let other = found(&by_forwarded, PROXY, "x-forwarded-for", &["198.51.100.1"]);
    assert_eq!(other, PROXY);
    assert_eq!(
        found(&proxies(), PROXY, "forwarded", &["for=198.51.100.1"]),
        PROXY
    );
}

#[test]
fn rejects_networks_of_all_addresses() {
    for network in [
        "0.0.0.0/0",
        "::/0",
        "",
        "10.0.0.0/33",
        "example.com",
        "10.0.0",
    ] {
        assert!(
            TrustedProxies::none().network(network).is_err(),
            "{network}"
        );
    }
}

#[tokio::test]
async fn handler_receives_address_or_server_error() {
    let app = Router::new()
        .route("/", get(async |from: ClientAddress| from.to_string()))
        .with_state(proxies());
    let request = Request::get("/")
        .extension(ConnectInfo(SocketAddr::from(([10, 0, 0, 7], 443))))
        .header("x-forwarded-for", CLIENT)
        .body(Body::empty())
        .unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, CLIENT);

    let request = Request::get("/").body(Body::empty()).unwrap();
    let response = app.oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

#[test]
fn debug_does_not_show_the_address() {
    let address = ClientAddress(CLIENT.parse().unwrap());
    assert_eq!(format!("{address:?}"), "ClientAddress(**)");
}
