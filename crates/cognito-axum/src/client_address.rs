//! The client's address: the peer of the connection, or the address that trusted proxies report.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::ops::Deref;
use std::sync::Arc;

use axum::extract::ConnectInfo;
use axum_core::extract::{FromRef, FromRequestParts};
use cognito_core::{Error, ErrorKind, InvalidInput};
use http::header::FORWARDED;
use http::request::Parts;
use http::{Extensions, HeaderMap, HeaderName};
use ipnet::IpNet;

use crate::ApiError;

/// The networks of the trusted proxies. Only these proxies may report the client's address, in
/// `X-Forwarded-For` or `Forwarded`.
///
/// ```
/// use cognito_axum::TrustedProxies;
///
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let proxies = TrustedProxies::none().network("10.0.0.0/8")?.network("fd00::/8")?;
/// # drop(proxies); Ok(()) }
/// ```
///
/// Each proxy appends the address of its peer to `X-Forwarded-For`. If the peer of the connection
/// is a trusted proxy, the header is read from right to left. The first address that is not a
/// trusted proxy is the client's address. All entries to the left of the client's address are
/// ignored, because the client can forge them. If an entry is not an address, the client's address
/// is the entry to the right of it. If there is no such entry, it is the peer of the connection. If
/// all entries are trusted proxies, the leftmost entry is the client's address.
#[derive(Clone, Debug, Default)]
#[must_use = "a setter returns the changed value"]
pub struct TrustedProxies {
    networks: Arc<[IpNet]>,
    header: Header,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Header {
    Forwarded,
    #[default]
    XForwardedFor,
}

impl TrustedProxies {
    /// Creates a value that trusts no proxies: the client is the peer of the connection.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds trusted proxies: a network such as `10.0.0.0/8`, or a single address.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if `network` is neither a network nor an address, or if it contains all
    /// addresses (`0.0.0.0/0` or `::/0`). With such a network, any client could forge its address.
    pub fn network(mut self, network: &str) -> Result<Self, InvalidInput> {
        let parsed: Option<IpNet> = match network.parse() {
            Ok(network) => Some(network),
            Err(_) => network.parse::<IpAddr>().ok().map(IpNet::from),
        };
        let network = parsed.filter(|network| network.prefix_len() > 0);
        let network = network.ok_or_else(|| {
            InvalidInput::new(
                "trusted network",
                "must be an address or a network: 10.0.0.0/8",
            )
        })?;
        self.networks = self.networks.iter().copied().chain([network]).collect();
        Ok(self)
    }

    /// Reads `Forwarded` (RFC 7239) instead of `X-Forwarded-For`. `X-Forwarded-For` is then
    /// ignored, because a proxy usually writes only one of the two headers, and forwards the other
    /// header unchanged from the client.
    pub const fn by_forwarded(mut self) -> Self {
        self.header = Header::Forwarded;
        self
    }

    /// Returns the client's address. If `peer`, the peer of the connection, is a trusted proxy, the
    /// address comes from the header that trusted proxies write. If `peer` is not a trusted proxy,
    /// or the header is absent, the address is `peer`.
    pub fn client_address(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut nearest = peer.to_canonical();
        if !self.trusts(nearest) {
            return nearest;
        }
        let lines: Vec<_> = headers.get_all(self.header.name()).iter().collect();
        for line in lines.into_iter().rev() {
            // Entries are read as bytes, because our proxies append to what the client sent.
            // Entries that are not UTF-8 must not hide those of the proxies.
            for entry in line.as_bytes().rsplit(|byte| *byte == b',') {
                let text = std::str::from_utf8(entry).ok();
                let Some(address) = text.and_then(|text| self.header.address(text)) else {
                    return nearest;
                };
                nearest = address.to_canonical();
                if !self.trusts(nearest) {
                    return nearest;
                }
            }
        }
        nearest
    }

    /// Returns `true` if the address belongs to a trusted proxy.
    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.networks
            .iter()
            .any(|network| network.contains(&address))
    }

    /// Returns the client's address. Returns `None` if the server does not provide the peer's
    /// address (`ConnectInfo`).
    pub(crate) fn find(&self, extensions: &Extensions, headers: &HeaderMap) -> Option<IpAddr> {
        let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
        Some(self.client_address(peer.ip(), headers))
    }
}

impl Header {
    const fn name(self) -> HeaderName {
        match self {
            Self::Forwarded => FORWARDED,
            Self::XForwardedFor => HeaderName::from_static("x-forwarded-for"),
        }
    }

    fn address(self, entry: &str) -> Option<IpAddr> {
        match self {
            Self::Forwarded => address(forwarded_for(entry)?),
            Self::XForwardedFor => address(entry.trim()),
        }
    }
}

/// Returns the value of `for` in one element of `Forwarded`, without its quotes. Returns `None` if
/// the element has no `for`, or has several.
fn forwarded_for(element: &str) -> Option<&str> {
    let mut found = element.split(';').filter_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        name.eq_ignore_ascii_case("for").then_some(value)
    });
    let value = found.next()?;
    if found.next().is_some() {
        return None;
    }
    match value.strip_prefix('"') {
        Some(quoted) => quoted.strip_suffix('"'),
        None => Some(value),
    }
}

/// Parses an IP address, which can be followed by a port. An IPv6 address may be in brackets. If a
/// port follows, the brackets are required.
fn address(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address);
    }
    if let Ok(with_port) = text.parse::<SocketAddr>() {
        return Some(with_port.ip());
    }
    let bare = text.strip_prefix('[')?.strip_suffix(']')?;
    bare.parse().ok().map(IpAddr::V6)
}

/// An extractor for the client's address. It requires [`TrustedProxies`] in the router's state, and
/// a server that provides the peer's address: [`Server`](crate::Server), or `axum::serve` with
/// `into_make_service_with_connect_info::<SocketAddr>()`. Without a peer address, requests are
/// rejected with 500.
///
/// ```
/// use axum::Router;
/// use axum::routing::get;
/// use cognito_axum::{ClientAddress, TrustedProxies};
///
/// let app: Router = Router::new()
///     .route("/", get(async |from: ClientAddress| from.to_string()))
///     .with_state(TrustedProxies::none());
/// ```
///
/// `Debug` does not show the address, because it is personal data.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[allow(
    clippy::exhaustive_structs,
    reason = "taken apart in a handler's arguments"
)]
pub struct ClientAddress(pub IpAddr);

impl<S> FromRequestParts<S> for ClientAddress
where
    TrustedProxies: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let proxies = TrustedProxies::from_ref(state);
        let address = proxies.find(&parts.extensions, &parts.headers);
        address.map(Self).ok_or_else(|| {
            let error = Error::new(ErrorKind::Misuse)
                .with_detail("no peer address: serve with cognito_axum::Server");
            ApiError::new(error)
        })
    }
}

impl Deref for ClientAddress {
    type Target = IpAddr;

    fn deref(&self) -> &IpAddr {
        &self.0
    }
}

impl fmt::Debug for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientAddress(**)")
    }
}
