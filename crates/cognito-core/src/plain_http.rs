//! The rule for endpoints with plain `http`: only loopback hosts are allowed.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::error::{Error, ErrorKind, Result};

/// Returns `true` if `host` is a loopback host: `localhost`, an address in `127.0.0.0/8`, or
/// `[::1]`.
///
/// ```
/// assert!(cognito_core::plain_http::is_loopback_host("127.0.0.1"));
/// assert!(!cognito_core::plain_http::is_loopback_host("localhost.example.com"));
/// ```
pub fn is_loopback_host(host: &str) -> bool {
    match host.strip_prefix('[').and_then(|v6| v6.strip_suffix(']')) {
        Some(v6) => v6.parse::<Ipv6Addr>().is_ok_and(|ip| ip.is_loopback()),
        None => {
            host.eq_ignore_ascii_case("localhost")
                || host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
        }
    }
}

/// Rejects an endpoint to which secrets would be sent unencrypted: plain `http` to a host that is
/// not a [loopback host](is_loopback_host).
///
/// `setting` is the name of the setting that contains the endpoint, such as `AWS_ENDPOINT_URL`. The
/// error contains this name. It does not contain the URL, because the URL may contain a user name
/// and a password.
///
/// # Errors
///
/// [`ErrorKind::Configuration`] if the scheme is `http` and the host is not a loopback host, or the
/// host cannot be parsed.
pub fn reject_plain_http(url: &str, setting: &str) -> Result<()> {
    const PLAIN: &str = "http://";
    let Some((scheme, rest)) = url.split_at_checked(PLAIN.len()) else {
        return Ok(());
    };
    if !scheme.eq_ignore_ascii_case(PLAIN) || host_of(rest).is_some_and(is_loopback_host) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Configuration).with_detail(format!(
        "the endpoint in {setting} must be https (http only for loopback hosts; for an emulator in \
         another container, see danger_allow_http)"
    )))
}

/// Returns the host of a URL whose scheme has been removed. Returns `None` if the port is invalid.
fn host_of(rest: &str) -> Option<&str> {
    let authority = rest.split(['/', '?', '#']).next()?;
    // The colons of an IPv6 address are within brackets.
    let end = authority.rfind(']').map_or(0, |bracket| bracket + 1);
    let (host, port) = match authority[end..].find(':') {
        Some(colon) => authority.split_at(end + colon),
        None => (authority, ":0"),
    };
    port[1..].parse::<u16>().is_ok().then_some(host)
}
