//! The URLs of triggers: `http` URLs of this host.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use http::Uri;

/// Returns `true` for an `http` URL of this host. Events are not sent to other hosts.
pub(crate) fn is_local(text: &str) -> bool {
    text.parse().is_ok_and(|uri| addresses(&uri).is_some())
}

/// Returns the socket addresses of a URL. Returns `None` for a URL that is not an `http` URL of
/// this host.
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
