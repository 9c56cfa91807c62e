//! HTTP requests of the emulator: to triggers, and to identity providers.

#[cfg(feature = "remote-providers")]
mod tls;

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, HeaderName};
use http::response::Parts;
use http::{Method, Request, Uri};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::client::conn::http1;
use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::runtime::Handle;

use crate::model::trigger::address::addresses;

/// The usual maximum size of a response, in bytes. AWS allows 6 MB for triggers, but the responses of
/// triggers and identity providers are much smaller.
pub(crate) const MOST_BODY: usize = 1024 * 1024;

/// The header that an emulator adds to its requests to identity providers and to its requests for
/// client id metadata documents. While an emulator handles a request with this header, it sends no
/// request to an identity provider and none for a client id metadata document.
///
/// Security: the details of a provider and the id of a client can contain a URL of the emulator
/// itself, such as `/oauth2/authorize`. Without the header, the emulator could send a request to
/// itself, and while it handles this request, send another one, and so on. Each thread would then
/// wait for the next one, until no thread is left.
pub(crate) const NESTED: &str = "x-cognito-emulator-nested";

/// A request to another server.
pub(crate) struct Outgoing<'a> {
    pub(crate) method: Method,
    pub(crate) url: &'a str,
    pub(crate) headers: &'a [(HeaderName, &'a str)],
    pub(crate) body: Vec<u8>,
    /// The maximum size of the response, in bytes.
    pub(crate) most_body: usize,
}

impl<'a> Outgoing<'a> {
    /// Creates a `POST` request whose body is JSON. The maximum size of the response is
    /// [`MOST_BODY`].
    pub(crate) fn json(url: &'a str, body: Vec<u8>) -> Self {
        static HEADERS: [(HeaderName, &str); 1] = [(CONTENT_TYPE, "application/json")];
        Self {
            method: Method::POST,
            url,
            headers: &HEADERS,
            body,
            most_body: MOST_BODY,
        }
    }
}

/// The servers to which the emulator may send a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Only servers on the host of the emulator: `http` URLs with the host `localhost`, `127.0.0.1`
    /// or `[::1]`.
    ThisHost,
    /// Servers on any host: all `http` and `https` URLs.
    Everywhere,
}

/// The reason why a request has no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoResponse {
    #[error("the pool has changed during the request: send the request again")]
    Changed,
    #[error("the URL is not a URL of this host")]
    Elsewhere,
    #[error("a page of another site cannot make the emulator read a document")]
    Embedded,
    #[error(
        "an https URL needs the feature `remote-providers` and the option \
         `--allow-remote-providers`: use both, or an http URL of this host"
    )]
    Https,
    #[error("the response is too long or incomplete")]
    Incomplete,
    #[error("this build of the emulator has no TLS: enable the feature `remote-providers`")]
    #[cfg_attr(feature = "remote-providers", allow(dead_code))]
    NoTls,
    #[error(
        "the emulator sends no request for a request of an emulator: use the URL of another server"
    )]
    Nested,
    #[error("the server did not respond in time")]
    TimedOut,
    #[error("the URL is unreachable")]
    Unreachable,
}

impl Reach {
    /// Fails if this setting does not allow the emulator to send requests to `url`.
    pub(crate) fn check(self, url: &str) -> Result<(), NoResponse> {
        let uri: Uri = url.parse().map_err(|_| NoResponse::Elsewhere)?;
        match (self, uri.scheme_str()) {
            (Self::ThisHost, Some("https")) => Err(NoResponse::Https),
            (Self::ThisHost, _) if addresses(&uri).is_some() => Ok(()),
            (Self::Everywhere, Some("http" | "https")) => Ok(()),
            _ => Err(NoResponse::Elsewhere),
        }
    }
}

/// Fails if the emulator must not send a request to another server: if the incoming request has the
/// header [`NESTED`], or if it runs on a thread that must not wait.
pub(crate) const fn may_send(is_nested: bool, may_wait: bool) -> Result<(), NoResponse> {
    match (is_nested, may_wait) {
        (true, _) => Err(NoResponse::Nested),
        (false, false) => Err(NoResponse::Changed),
        (false, true) => Ok(()),
    }
}

/// Sends a request and returns the head and the body of the response. Redirects are not followed.
/// Blocks the thread until the response arrives. Fails if `reach` does not allow the URL, or if
/// there is no complete response after `timeout`.
pub(crate) fn send(
    request: Outgoing<'_>,
    reach: Reach,
    timeout: Duration,
) -> Result<(Parts, Bytes), NoResponse> {
    Handle::current().block_on(sent(request, reach, timeout))
}

/// Sends a request like [`send`], without blocking the thread.
pub(crate) async fn sent(
    request: Outgoing<'_>,
    reach: Reach,
    timeout: Duration,
) -> Result<(Parts, Bytes), NoResponse> {
    reach.check(request.url)?;
    let response = tokio::time::timeout(timeout, exchange(request)).await;
    response.map_err(|_| NoResponse::TimedOut).flatten()
}

async fn exchange(request: Outgoing<'_>) -> Result<(Parts, Bytes), NoResponse> {
    let uri: Uri = request.url.parse().map_err(|_| NoResponse::Unreachable)?;
    let host = uri.host().ok_or(NoResponse::Unreachable)?;
    if uri.scheme_str() == Some("https") {
        #[cfg(feature = "remote-providers")]
        return over(tls::connect(&uri).await?, &uri, request).await;
        #[cfg(not(feature = "remote-providers"))]
        return Err(NoResponse::NoTls);
    }
    let stream = match addresses(&uri) {
        Some(addresses) => TcpStream::connect(addresses.as_slice()).await,
        None => TcpStream::connect((bare(host), uri.port_u16().unwrap_or(80))).await,
    };
    let stream = stream.map_err(|_| NoResponse::Unreachable)?;
    over(TokioIo::new(stream), &uri, request).await
}

/// Returns the host without the brackets of an IPv6 address.
fn bare(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

/// Sends a request over the connection `stream`, and returns the head and the body of the response.
async fn over<S>(stream: S, uri: &Uri, request: Outgoing<'_>) -> Result<(Parts, Bytes), NoResponse>
where
    S: Read + Write + Send + Unpin + 'static,
{
    let unreachable = |_| NoResponse::Unreachable;
    let (mut sender, connection) = http1::handshake(stream).await.map_err(unreachable)?;
    // The task ends when the sender is dropped.
    tokio::spawn(connection);
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let headers = request.headers.iter();
    let head = Request::builder().method(request.method).uri(path);
    let head = headers.fold(head.header(HOST, authority), |head, (name, value)| {
        head.header(name, *value)
    });
    let most_body = request.most_body;
    let body = Full::new(Bytes::from(request.body));
    let request = head.body(body).map_err(|_| NoResponse::Unreachable)?;
    let answer = sender.send_request(request).await.map_err(unreachable)?;
    let (head, body) = answer.into_parts();
    let body = Limited::new(body, most_body).collect().await;
    let body = body.map_err(|error| {
        tracing::debug!(
            is_too_long = error.is::<LengthLimitError>(),
            "a response of another server was not read"
        );
        NoResponse::Incomplete
    })?;
    Ok((head, body.to_bytes()))
}
