//! Which web pages and host names may reach the emulator.
//!
//! A browser lets any web page send requests to a server on the developer's computer. `Origin`
//! names the page that made a request. `Host` is the name that the page used for the server. A page
//! at another name that resolves to 127.0.0.1 (DNS rebinding) has the same origin as the emulator,
//! so only the name in `Host` reveals it.

use http::Method;
use http::header::{HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN};
use http::uri::{Authority, Uri};

const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The host names that are allowed besides `localhost`, names that end in `.localhost`, and loopback
/// addresses.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hosts(Vec<String>);

impl Hosts {
    pub(crate) fn allow(&mut self, host: impl Into<String>) {
        self.0.push(host.into());
    }

    /// Returns `true` if the request addresses the emulator by an allowed name. A request without a
    /// name was not made by a browser.
    pub(crate) fn is_addressed(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let named = headers.get_all(HOST).iter();
        let mut named = named.map(|host| Authority::try_from(host.as_bytes()).ok());
        named.all(|host| host.is_some_and(|host| self.is_allowed(&host)))
            && uri.authority().is_none_or(|host| self.is_allowed(host))
    }

    /// Returns `true` if the request was made by a page of another site.
    ///
    /// `Origin` decides. Browsers leave it out of requests for images, scripts and links: then
    /// `Sec-Fetch-Site` decides. A link that the user follows is allowed, because the page with the
    /// link cannot read the response.
    pub(crate) fn is_foreign(&self, method: &Method, headers: &HeaderMap) -> bool {
        if headers.contains_key(ORIGIN) {
            let mut origins = headers.get_all(ORIGIN).iter();
            return origins.any(|origin| !self.is_own(origin));
        }
        let is =
            |name: HeaderName, value: &str| headers.get(name).is_some_and(|told| told == value);
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
