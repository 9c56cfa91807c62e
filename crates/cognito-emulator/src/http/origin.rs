//! The web pages and host names that may access the emulator.
//!
//! A browser allows any web page to send requests to a server on the developer's computer. `Origin`
//! is the page that made a request. `Host` is the name that the page used for the server. If an
//! attacker's host name resolves to 127.0.0.1 (DNS rebinding), its page has the same origin as the
//! emulator. Only `Host` reveals this.

use http::Method;
use http::header::{HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN};
use http::uri::{Authority, Uri};

const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Additional allowed host names. `localhost`, names that end in `.localhost` and loopback
/// addresses are always allowed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hosts(Vec<String>);

impl Hosts {
    pub(crate) fn allow(&mut self, host: impl Into<String>) {
        self.0.push(host.into());
    }

    /// Returns `true` if the request addresses the emulator by an allowed name. A request without a
    /// name is allowed, because it is not from a browser.
    pub(crate) fn is_addressed(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let named = headers.get_all(HOST).iter();
        let mut named = named.map(|host| Authority::try_from(host.as_bytes()).ok());
        named.all(|host| host.is_some_and(|host| self.is_allowed(&host)))
            && uri.authority().is_none_or(|host| self.is_allowed(host))
    }

    /// Returns `true` if a page of another site made the request.
    ///
    /// The header `Origin` is checked. Browsers omit it in requests for images, scripts and links;
    /// then `Sec-Fetch-Site` is checked. A link that the user follows is allowed, because the page
    /// with the link cannot read the response.
    pub(crate) fn is_foreign(&self, method: &Method, headers: &HeaderMap) -> bool {
        if headers.contains_key(ORIGIN) {
            let mut origins = headers.get_all(ORIGIN).iter();
            return origins.any(|origin| !self.is_own(origin));
        }
        let is =
            |name: HeaderName, value: &str| headers.get(name).is_some_and(|given| given == value);
        let is_link = method == Method::GET && is(FETCH_MODE, "navigate");
        is(FETCH_SITE, "cross-site") && !is_link
    }

    fn is_own(&self, origin: &HeaderValue) -> bool {
        let Ok(origin) = Uri::try_from(origin.as_bytes()) else {
            return false;
        };
        let host = origin.authority();
        origin.scheme().is_some() && host.is_some_and(|host| self.is_allowed(host))
    }

    fn is_allowed(&self, authority: &Authority) -> bool {
        // A user name before an `@` is not part of a host, and browsers send none.
        if authority.as_str().contains('@') {
            return false;
        }
        let host = authority.host().to_ascii_lowercase();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let is_loopback = bare
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback());
        is_loopback
            || host == "localhost"
            || host.ends_with(".localhost")
            || self
                .0
                .iter()
                .any(|allowed| allowed.eq_ignore_ascii_case(&host))
    }
}
