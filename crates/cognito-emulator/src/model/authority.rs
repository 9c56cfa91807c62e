//! Checks of the authority of a URL ([`Authority`]): its host and port.

use http::uri::{Authority, Uri};

/// Returns `true` if the authority is a host and, optionally, a port. The crate `http` also accepts
/// a user name before the host, any characters after an IPv6 address and a port that is not a
/// number. Browsers send none of these in `Host` or `Origin`.
pub(crate) fn is_host_and_port(authority: &Authority) -> bool {
    let rest = authority.as_str().strip_prefix(authority.host());
    match rest.map(|rest| rest.strip_prefix(':').ok_or(rest)) {
        Some(Ok(port)) => {
            port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok()
        }
        Some(Err(rest)) => rest.is_empty(),
        None => false,
    }
}

/// Returns `true` if the authority of a URL is a host with an optional port, and the URL can be
/// parsed.
pub(crate) fn is_web_address(uri: &str, authority: &str) -> bool {
    let parsed = uri.parse::<Uri>();
    let is_whole = |found: &Authority| found.as_str() == authority && is_host_and_port(found);
    parsed.is_ok_and(|uri| uri.authority().is_some_and(is_whole))
}

/// Returns `true` if a URI can contain this byte without an escape (RFC 3986 section 2).
pub(crate) fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte)
}
