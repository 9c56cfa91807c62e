//! The JWKS document over HTTPS.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use cognito_core::{Error, ErrorKind};
use http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap, USER_AGENT};
use http::{Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::crypto::aws_lc_rs;

use crate::endpoint;
use crate::jwks::key_set::MAX_DOCUMENT_LENGTH;
use crate::jwks::source::{JwksSource, SourceError, SourceErrorKind};

/// From the first look-up of a name to the last byte of the document.
const DEADLINE: Duration = Duration::from_secs(3);

/// Connections that break are tried once more, within the same deadline.
const ATTEMPTS: usize = 2;

/// Fetches a JWKS document over HTTPS, and does nothing else: no redirect is followed, nothing is
/// decompressed, no proxy is used and no more than 64 KiB are read. After three seconds it gives up.
///
/// It needs a Tokio runtime with I/O and time enabled.
pub struct HttpJwks {
    client: Client<HttpsConnector<HttpConnector>, Empty<Bytes>>,
    uri: Uri,
}

impl HttpJwks {
    /// Fetches from this address. Plain `http` is for this machine (`localhost`, `127.0.0.0/8`,
    /// `[::1]`) only.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`] if the address is not acceptable, or if the operating system
    /// has no root certificates to check a server by.
    pub fn new(uri: &str) -> Result<Self, Error> {
        let configuration =
            |detail: &'static str| move || Error::new(ErrorKind::Configuration).with_detail(detail);
        let refused = configuration(
            "the JWKS URI must be https (http only for loopback hosts), without query",
        );
        if !endpoint::is_acceptable(uri) {
            return Err(refused());
        }
        let uri: Uri = uri.parse().map_err(|_| refused())?;
        // The provider is named: a process default would be another crate's to choose.
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(aws_lc_rs::default_provider())
            .map_err(|error| {
                configuration("the system's root certificates cannot be read")().with_source(error)
            })?;
        let connector = if uri.scheme_str() == Some("https") {
            connector.https_only()
        } else {
            connector.https_or_http()
        };
        let client = Client::builder(TokioExecutor::new())
            // A fetch every ten minutes needs no connection kept open.
            .pool_max_idle_per_host(0)
            .build(connector.enable_http1().build());
        Ok(Self { client, uri })
    }

    async fn fetch_with_retry(&self) -> Result<Vec<u8>, SourceError> {
        let mut attempt = 1;
        loop {
            match self.fetch_once().await {
                Err(error) if error.kind() == SourceErrorKind::Connection && attempt < ATTEMPTS => {
                    attempt += 1;
                }
                outcome => return outcome,
            }
        }
    }

    async fn fetch_once(&self) -> Result<Vec<u8>, SourceError> {
        let request = Request::get(self.uri.clone())
            .header(ACCEPT, "application/json")
            .header(
                USER_AGENT,
                concat!("cognito-jwt/", env!("CARGO_PKG_VERSION")),
            )
            .body(Empty::new())
            .map_err(|error| {
                SourceError::new(SourceErrorKind::Other, "the request cannot be made")
                    .with_source(error)
            })?;
        let response = self.client.request(request).await.map_err(|error| {
            SourceError::new(SourceErrorKind::Connection, "the server cannot be reached")
                .with_source(error)
        })?;
        check_head(&response)?;
        let body = Limited::new(response.into_body(), MAX_DOCUMENT_LENGTH);
        match body.collect().await {
            Ok(document) => Ok(document.to_bytes().to_vec()),
            Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
            Err(error) => Err(SourceError::new(
                SourceErrorKind::Connection,
                "the connection broke",
            )
            .with_source(error)),
        }
    }
}

#[async_trait]
impl JwksSource for HttpJwks {
    async fn fetch(&self) -> Result<Vec<u8>, SourceError> {
        match tokio::time::timeout(DEADLINE, self.fetch_with_retry()).await {
            Ok(outcome) => outcome,
            Err(_) => Err(SourceError::new(
                SourceErrorKind::Timeout,
                "the server did not answer in time",
            )),
        }
    }
}

impl fmt::Debug for HttpJwks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpJwks({})", self.uri)
    }
}

/// Refuses by the head of a response what need not be read.
fn check_head(response: &Response<Incoming>) -> Result<(), SourceError> {
    if response.status() != StatusCode::OK {
        return Err(SourceError::new(
            SourceErrorKind::Status,
            format!("the server answered {}", response.status().as_u16()),
        ));
    }
    if is_encoded(response.headers()) {
        return Err(SourceError::new(
            SourceErrorKind::Document,
            "the document is compressed, which nobody asked for",
        ));
    }
    let length = response.headers().get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > MAX_DOCUMENT_LENGTH as u64) {
        return Err(too_large());
    }
    Ok(())
}

fn is_encoded(headers: &HeaderMap) -> bool {
    headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

fn too_large() -> SourceError {
    SourceError::new(SourceErrorKind::TooLarge, "the document is too large")
}
