//! Passes requests to the emulator in memory.

use std::sync::Arc;

use async_trait::async_trait;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use cognito_emulator::{Emulator, Request};
use cognito_jwt::{JwksSource, SourceError, SourceErrorKind};

/// A connector that passes requests to an emulator in memory. Clones share the emulator.
#[derive(Clone, Debug)]
pub(super) struct InMemory(Arc<Emulator>);

impl InMemory {
    pub(super) fn new(emulator: Emulator) -> Self {
        Self(Arc::new(emulator))
    }

    pub(super) fn emulator(&self) -> &Emulator {
        &self.0
    }

    async fn exchange(&self, request: &HttpRequest) -> Result<HttpResponse, ConnectorError> {
        // A lost connection, as the connector of the adapter reports it.
        let lost = |error| ConnectorError::io(Box::new(std::io::Error::other(error)));
        let received = self.0.respond(converted(request)).await.map_err(lost)?;
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

/// Converts a request of the SDK to a request of the emulator. The body of each request is in
/// memory.
fn converted(request: &HttpRequest) -> Request {
    let mut converted = Request::new(request.method(), request.uri());
    for (name, value) in request.headers() {
        converted = converted.header(name, value);
    }
    converted.body(request.body().bytes().unwrap_or_default())
}

impl HttpConnector for InMemory {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let this = self.clone();
        HttpConnectorFuture::new(async move { this.exchange(&request).await })
    }
}

#[async_trait]
impl JwksSource for InMemory {
    async fn fetch(&self, jwks_uri: &str) -> Result<Vec<u8>, SourceError> {
        let request = Request::new("GET", jwks_uri);
        let response = self.0.respond(request).await.map_err(|error| {
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
