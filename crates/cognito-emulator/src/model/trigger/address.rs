//! The URLs to which events of triggers are sent: `http` URLs of this host.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use http::Uri;

/// Returns `true` for an `http` URL whose host is `localhost`, `127.0.0.1` or `[::1]`.
pub(crate) fn is_local(text: &str) -> bool {
    text.parse().is_ok_and(|uri| addresses(&uri).is_some())
}

/// Returns the socket addresses of a URL. Returns `None` if the URL is not an `http` URL of
/// `localhost`, `127.0.0.1` or `[::1]`. Default port: 80.
///
/// Security: `localhost` is not resolved, because a resolver could return an address of another
/// host.
pub(crate) fn addresses(uri: &Uri) -> Option<Vec<SocketAddr>> {
    const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
    const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);
    let host = uri.host()?.to_ascii_lowercase();
    let addresses: &[IpAddr] = match host.as_str() {
        "127.0.0.1" => &[V4],
        "[::1]" => &[V6],
        "localhost" => &[V4, V6],
        _ => return None,
    };
    let port = uri.port_u16().unwrap_or(80);
    let addresses = addresses.iter().map(|address| (*address, port).into());
    (uri.scheme_str() == Some("http")).then(|| addresses.collect())
}
