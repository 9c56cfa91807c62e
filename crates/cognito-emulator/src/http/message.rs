//! The requests and responses of [`Emulator::respond`](crate::Emulator::respond).

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use http::{Extensions, Method, StatusCode};
use http_body_util::Full;

use crate::state::call::LOOPBACK;

/// The IP address of the client that sent a request, as an extension of the request. A request that
/// is handled in memory has no such extension.
#[derive(Clone, Copy)]
pub(crate) struct Peer(IpAddr);

impl Peer {
    /// Returns the IP address of the client that sent a request. If the request is handled in
    /// memory, returns 127.0.0.1.
    pub(crate) fn of(extensions: &Extensions) -> IpAddr {
        extensions.get::<Self>().map_or(LOOPBACK, |peer| peer.0)
    }
}

impl From<SocketAddr> for Peer {
    fn from(address: SocketAddr) -> Self {
        Self(address.ip().to_canonical())
    }
}

/// An HTTP request to [`Emulator::respond`](crate::Emulator::respond).
///
/// If the method, the URL or a header is invalid in HTTP, the response has status 400.
#[must_use = "a request does nothing until `Emulator::respond`"]
pub struct Request {
    head: http::request::Builder,
    body: Vec<u8>,
}

impl Request {
    /// Creates a request without headers and without a body. `url` is a path with an optional
    /// query, or an absolute URL.
    pub fn new(method: &str, url: &str) -> Self {
        Self {
            head: http::Request::builder().method(method).uri(url),
            body: Vec::new(),
        }
    }

    /// Adds a header to the request. Earlier headers are kept, even if they have the same name.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.head = self.head.header(name, value);
        self
    }

    /// Sets the body of the request. Default: empty.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn into_http(self) -> Result<http::Request<Full<Bytes>>, http::Error> {
        self.head.body(Full::new(Bytes::from(self.body)))
    }
}

/// Security: `Debug` shows only the method of the request, because the URL, the headers and the
/// body may contain passwords and tokens.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.head.method_ref().map(Method::as_str))
            .finish_non_exhaustive()
    }
}

/// The response of [`Emulator::respond`](crate::Emulator::respond).
pub struct Response(http::Response<Vec<u8>>);

impl Response {
    pub(crate) const fn new(response: http::Response<Vec<u8>>) -> Self {
        Self(response)
    }

    /// Returns a response with status 400 and an empty body.
    pub(crate) fn bad_request() -> Self {
        let mut response = http::Response::new(Vec::new());
        *response.status_mut() = StatusCode::BAD_REQUEST;
        Self(response)
    }

    /// Returns the HTTP status of the response.
    pub fn status(&self) -> u16 {
        self.0.status().as_u16()
    }

    /// Returns the value of the first header with this name. The case of the name does not matter.
    /// Returns `None` if the header is missing, or if its value is not ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.0.headers().get(name)?.to_str().ok()
    }

    /// Returns the names and values of all headers of the response. The names are in lower case.
    /// Headers whose value is not ASCII are skipped.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let headers = self.0.headers().iter();
        headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
    }

    /// Returns the body of the response.
    pub fn body(&self) -> &[u8] {
        self.0.body()
    }

    /// Returns the body of the response without copying it.
    pub fn into_body(self) -> Vec<u8> {
        self.0.into_body()
    }
}

/// Security: `Debug` shows only the status of the response, because the headers and the body may
/// contain codes and tokens.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}
