//! An HTTP client that passes requests to an emulator in memory.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::byte_stream::ByteStream;
use cognito_emulator::{ConnectionClosed, Emulator, Request, Response};
use cognito_jwt::{JwksSource, SourceError, SourceErrorKind};

/// An HTTP client for the AWS SDK that passes each request to an [`Emulator`] in a function call.
///
/// The requests need no TCP port and no network. The responses and errors are those of the
/// emulator's server: triggers are called, injected faults take effect, and the emulator uses its
/// own clock. Clones share the emulator. A request never completes at the first poll, so requests of
/// several tasks overlap, but for a shorter time than with a socket.
///
/// The client is also a [`JwksSource`], so a verifier gets the signing keys from the emulator.
///
/// The scheme, host and port of a URL have no effect: every request reaches the emulator. The
/// configuration of the SDK therefore needs no endpoint, only a region and credentials.
///
/// A Tokio runtime with time enabled is required; I/O may be off.
///
/// ```
/// use aws_config::BehaviorVersion;
/// use aws_sdk_cognitoidentityprovider::Client;
/// use cognito_testkit::InMemoryHttpClient;
/// use cognito_testkit::emulator::Emulator;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let http = InMemoryHttpClient::new(Emulator::builder().build()?);
/// let config = aws_config::defaults(BehaviorVersion::latest()).region("us-east-1").no_credentials();
/// let sdk = Client::new(&config.http_client(http.clone()).load().await);
///
/// let request = sdk.sign_up().client_id(http.emulator().client_id());
/// request.username("ann@example.com").password("SecurePass123!").send().await?;
/// assert_eq!(http.emulator().calls("SignUp"), 1);
/// # Ok(()) }
/// ```
///
/// # Bodies, timeouts and dropped requests
///
/// - The client reads a request body that is a stream completely, and then passes it to the
///   emulator. An error of the stream fails the request. Response bodies are in memory.
/// - The read timeout of the SDK limits a request, including the body of the request. The connect
///   timeout has no effect. The SDK measures its other timeouts, and the pauses between its
///   attempts, in Tokio's time. The clock of the emulator has no effect on them.
/// - If the caller drops a request, its operation is executed completely or not at all. The same
///   applies if a client closes its connection to the emulator's server.
#[derive(Clone, Debug)]
pub struct InMemoryHttpClient {
    emulator: Arc<Emulator>,
    /// The time after which a request fails. `None` if requests never time out.
    read_timeout: Option<Duration>,
}

impl InMemoryHttpClient {
    /// Creates a client for an emulator. The emulator needs no server ([`EmulatorBuilder::build`]).
    ///
    /// [`EmulatorBuilder::build`]: cognito_emulator::EmulatorBuilder::build
    pub fn new(emulator: impl Into<Arc<Emulator>>) -> Self {
        Self {
            emulator: emulator.into(),
            read_timeout: None,
        }
    }

    /// Returns the emulator. It gives access to the inbox, the users, the faults and the call
    /// counts.
    pub fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    /// Passes a request to the emulator. Yields to the runtime before and after the request, so
    /// that other tasks can run, as during a request over a socket. Without these yields, the
    /// requests of several tasks would never overlap.
    async fn respond(&self, request: Request) -> Result<Response, ConnectionClosed> {
        tokio::task::yield_now().await;
        let response = self.emulator.respond(request).await;
        tokio::task::yield_now().await;
        response
    }

    /// Passes a request to the emulator. Fails if this takes longer than the read timeout.
    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let exchange = self.exchange_without_timeout(request);
        match self.read_timeout {
            Some(limit) => tokio::time::timeout(limit, exchange)
                .await
                .map_err(|elapsed| ConnectorError::timeout(elapsed.into()))?,
            None => exchange.await,
        }
    }

    async fn exchange_without_timeout(
        &self,
        mut request: HttpRequest,
    ) -> Result<HttpResponse, ConnectorError> {
        let body = ByteStream::new(request.take_body()).collect().await;
        let body = body.map_err(|error| ConnectorError::user(error.into()))?;
        let response = self.respond(converted(&request, body.to_vec())).await;
        // A lost connection, as connectors with a socket report it.
        let lost = |error| ConnectorError::io(io::Error::other(error).into());
        let received = response.map_err(lost)?;
        let status = StatusCode::try_from(received.status());
        let status = status.map_err(|error| ConnectorError::user(error.into()))?;
        let mut response = HttpResponse::new(status, received.body().to_vec().into());
        for (name, value) in received.headers() {
            let (name, value) = (name.to_owned(), value.to_owned());
            response.headers_mut().append(name, value);
        }
        Ok(response)
    }
}

/// Converts a request of the SDK to a request of the emulator.
fn converted(request: &HttpRequest, body: Vec<u8>) -> Request {
    let mut converted = Request::new(request.method(), target(request.uri()));
    for (name, value) in request.headers() {
        // The emulator rejects names of other hosts.
        if !name.eq_ignore_ascii_case("host") {
            converted = converted.header(name, value);
        }
    }
    converted.body(body)
}

/// Returns the path and the query of a URL.
fn target(url: &str) -> &str {
    let Some((_, rest)) = url.split_once("://") else {
        return url;
    };
    rest.find('/').map_or("/", |start| &rest[start..])
}

impl HttpConnector for InMemoryHttpClient {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let this = self.clone();
        HttpConnectorFuture::new(async move { this.exchange(request).await })
    }
}

impl HttpClient for InMemoryHttpClient {
    /// Returns a connector that passes requests to the emulator. The read timeout in `settings`
    /// applies. The connect timeout has no effect, because there are no connections.
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Self {
            emulator: Arc::clone(&self.emulator),
            read_timeout: settings.read_timeout(),
        })
    }
}

#[async_trait]
impl JwksSource for InMemoryHttpClient {
    async fn fetch(&self, jwks_uri: &str) -> Result<Vec<u8>, SourceError> {
        let request = Request::new("GET", target(jwks_uri));
        let response = self.respond(request).await.map_err(|error| {
            SourceError::new(SourceErrorKind::Connection, "the connection was closed")
                .with_source(error)
        })?;
        match response.status() {
            200 => Ok(response.into_body()),
            403 => Err(SourceError::new(SourceErrorKind::Forbidden, "status 403")),
            _ => Err(SourceError::new(
                SourceErrorKind::Status,
                "another status than 200",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn target_is_path_with_query() {
        for (url, expected) in [
            ("https://cognito-idp.us-east-1.amazonaws.com/", "/"),
            ("http://localhost:9229", "/"),
            ("http://localhost/a/b?c=/d://e", "/a/b?c=/d://e"),
            ("/a?b=c", "/a?b=c"),
        ] {
            assert_eq!(target(url), expected, "{url}");
        }
    }
}
