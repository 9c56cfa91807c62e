//! Checks which web pages and host names may access the emulator.
//!
//! A browser allows any web page to send requests to a server on the developer's computer. The
//! header `Origin` names the page that sent a request. The header `Host` contains the name that the
//! page used for the server. If a host name of an attacker resolves to 127.0.0.1 (DNS rebinding),
//! the attacker's page has the same origin as the emulator. In that case only `Host` shows the
//! attacker's name.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use cognito_core::Region;
use http::Method;
use http::header::{HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN};
use http::request::Parts;
use http::uri::{Authority, Uri};

use crate::http::signature;
use crate::model::authority::is_host_and_port;

const FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");
const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The hosts that are allowed in the headers `Host` and `Origin`. In addition, `localhost`, names
/// that end in `.localhost` and loopback addresses are always allowed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hosts {
    names: Vec<String>,
    /// `true` if `Host` may be any IP address. An IP address is safe, because DNS rebinding needs a
    /// host name.
    addresses: bool,
}

impl Hosts {
    /// Returns the host names that were allowed with [`allow`](Self::allow).
    #[cfg(feature = "https")]
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    pub(crate) fn allow(&mut self, host: impl Into<String>) {
        self.names.push(host.into());
    }

    /// Allows any IP address in the header `Host`, for an emulator that other computers can reach.
    /// Requests from web pages at these addresses are still rejected.
    pub(crate) fn allow_addresses(&mut self) {
        self.addresses = true;
    }

    /// Returns `true` if the host in the URL and in the header `Host` is allowed. A request without
    /// a host is allowed: browsers always send a host, so the request is not from a browser.
    pub(crate) fn is_addressed(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let named = headers.get_all(HOST).iter();
        let mut named = named.map(|host| Authority::try_from(host.as_bytes()).ok());
        named.all(|host| host.is_some_and(|host| self.is_own_host(&host)))
            && uri.authority().is_none_or(|host| self.is_own_host(host))
    }

    fn is_own_host(&self, host: &Authority) -> bool {
        self.is_allowed(host) || (self.addresses && address_of(host).is_some())
    }

    /// Returns `true` if a page of another site sent the request.
    ///
    /// Checks the header `Origin`. Browsers omit it in requests for images, scripts and links. For
    /// these requests, checks `Sec-Fetch-Site` instead. A link that the user follows is allowed,
    /// because the page with the link cannot read the response.
    pub(crate) fn is_foreign(&self, method: &Method, headers: &HeaderMap) -> bool {
        if headers.contains_key(ORIGIN) {
            let mut origins = headers.get_all(ORIGIN).iter();
            return origins.any(|origin| !self.is_own(origin));
        }
        let mode = headers.get(FETCH_MODE);
        let is_link = method == Method::GET && mode.is_some_and(|mode| mode == "navigate");
        is_cross_site(headers) && !is_link
    }

    fn is_own(&self, origin: &HeaderValue) -> bool {
        self.has_own_host(origin.as_bytes())
    }

    /// Returns `true` if a URL is an `http` or `https` URL of an allowed host.
    pub(crate) fn has_own_host(&self, url: &[u8]) -> bool {
        let Ok(url) = Uri::try_from(url) else {
            return false;
        };
        let is_web = matches!(url.scheme_str(), Some("http" | "https"));
        let host = url.authority();
        is_web && host.is_some_and(|host| self.is_allowed(host))
    }

    fn is_allowed(&self, authority: &Authority) -> bool {
        let host = authority.host();
        let mut names = self.names.iter();
        let is_named = names.any(|allowed| allowed.eq_ignore_ascii_case(host));
        is_local(authority) || (is_named && is_host_and_port(authority))
    }
}

/// Returns the region to which a request is sent. It is the region of the signature. If the request
/// has no signature with a valid region, it is the region in the host name, which must have a form
/// of AWS's endpoints: `cognito-idp.REGION.…` or `DOMAIN.auth.REGION.…`. Returns `None` if neither
/// the signature nor the host name contains a region.
pub(crate) fn region(head: &Parts) -> Option<&str> {
    signature::region(&head.headers).or_else(|| {
        let named = || head.headers.get(HOST)?.to_str().ok();
        let host = head.uri.host().or_else(named)?;
        let labels: Vec<_> = host.split([':', '.']).collect();
        match labels.as_slice() {
            ["cognito-idp", region, _, ..] | [_, "auth", region, _, ..] => {
                Region::new(*region).is_ok().then_some(*region)
            }
            _ => None,
        }
    })
}

/// Returns `true` if the host of the authority is `localhost`, a name that ends in `.localhost`, or
/// a loopback address. The authority can have any port.
pub(crate) fn is_local(authority: &Authority) -> bool {
    let host = authority.host().to_ascii_lowercase();
    let is_named = host == "localhost" || host.ends_with(".localhost");
    (is_named && is_host_and_port(authority))
        || address_of(authority).is_some_and(|address| address.is_loopback())
}

/// Returns the IP address in an authority (the part of a URL with the host and the port). Returns
/// `None` if the host is a name, or if the authority contains anything else.
fn address_of(authority: &Authority) -> Option<IpAddr> {
    if !is_host_and_port(authority) {
        return None;
    }
    let host = authority.host();
    match host.strip_prefix('[') {
        Some(rest) => {
            let address: Ipv6Addr = rest.strip_suffix(']')?.parse().ok()?;
            Some(address.into())
        }
        None => host.parse::<Ipv4Addr>().ok().map(Into::into),
    }
}

/// Returns `true` if a page of another site embeds the response, for example as an image or in a
/// frame, or fetches it with a script. Returns `false` if a browser opens the URL in a tab or a
/// window.
pub(crate) fn is_embedded(headers: &HeaderMap) -> bool {
    let is = |name: HeaderName, value: &str| headers.get(name).is_some_and(|given| given == value);
    let is_window = is(FETCH_MODE, "navigate") && is(FETCH_DEST, "document");
    is_cross_site(headers) && !is_window
}

/// Returns `true` if a page of another site caused the request: the page has embedded or fetched
/// the URL, or the user has followed a link on the page.
pub(crate) fn is_cross_site(headers: &HeaderMap) -> bool {
    let site = headers.get(FETCH_SITE);
    site.is_some_and(|site| site == "cross-site")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_with_valid_ports_are_allowed() {
        let hosts = Hosts::default();
        let is_allowed = |host: &str| {
            let authority = Authority::try_from(host);
            authority.is_ok_and(|authority| hosts.is_own_host(&authority))
        };
        for host in [
            "localhost",
            "localhost:9229",
            "a.localhost:1",
            "127.0.0.1",
            "[::1]:65535",
        ] {
            assert!(is_allowed(host), "{host}");
        }
        for host in [
            "[::1]evil.com",
            "[::1]evil.com:80",
            "[::1].localhost",
            "[[::1]]",
            "::1",
            "localhost:abc",
            "localhost:",
            "localhost:65536",
            "localhost:+1",
            "localhost:1:2",
            "user@localhost",
            "evil.com#localhost",
            "127.0.0.1.evil.com",
        ] {
            assert!(!is_allowed(host), "{host}");
        }
    }

    #[test]
    fn only_web_pages_have_an_own_origin() {
        let hosts = Hosts::default();
        for (origin, expected) in [
            ("http://localhost:3000", true),
            ("https://localhost", true),
            ("HTTP://localhost", true),
            ("chrome-extension://localhost", false),
            ("file://localhost", false),
            ("null", false),
            ("localhost", false),
            ("http://[::1]evil.com", false),
        ] {
            let value = HeaderValue::from_static(origin);
            assert_eq!(hosts.is_own(&value), expected, "{origin}");
        }
    }
}
