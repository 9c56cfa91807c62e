//! JWKS documents over HTTPS.

mod exchange;
mod tls;

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cognito_core::{Error, ErrorKind};
use http::Uri;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use tokio::runtime::Handle;
use tower_service::Service;

use self::tls::Tls;
use crate::endpoint;
use crate::jwks::source::{JwksSource, SourceError, SourceErrorKind};

/// From the first look-up of a name to the last byte of the document, all attempts together.
const DEADLINE: Duration = Duration::from_secs(3);

/// How long each step may take: to connect, to answer, to send the next piece of the document.
const IDLE: Duration = Duration::from_millis(1500);

/// Connections that break or stall are tried once more, within the same deadline.
const ATTEMPTS: usize = 2;

/// Fetches JWKS documents over HTTPS, and does nothing else: no redirect is followed, nothing is
/// decompressed, no proxy is used, no connection is kept, and no more than 64 KiB are read. After a
/// second and a half without a sign of life, or three in all, it gives up.
///
/// One serves any number of pools, and clones share their TLS set-up. Addresses must be `https`, or
/// `http` on this machine (`localhost`, `127.0.0.0/8`, `[::1]`); no other is asked. The operating
/// system's root certificates are read at the first fetch over `https`. It needs a Tokio runtime
/// with I/O and time enabled.
#[derive(Clone)]
pub struct HttpJwks(Arc<Tls>);

impl HttpJwks {
    /// Trusts the servers that the operating system does.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`] if TLS cannot be set up.
    pub fn new() -> Result<Self, Error> {
        Ok(Self(Arc::new(Tls::of_the_system()?)))
    }

    /// Trusts these root certificates, in PEM, and no others: for private endpoints.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`] if there is no certificate, or one cannot be used.
    pub fn with_root_certificates(pem: impl AsRef<[u8]>) -> Result<Self, Error> {
        Ok(Self(Arc::new(Tls::with_roots(pem.as_ref())?)))
    }

    async fn fetch_with_retry(&self, uri: &Uri) -> Result<Vec<u8>, SourceError> {
        let mut attempt = 1;
        loop {
            match self.fetch_once(uri).await {
                Err(error) if attempt < ATTEMPTS && is_worth_a_retry(error.kind()) => attempt += 1,
                outcome => return outcome,
            }
        }
    }

    /// Each fetch has a connection of its own, driven by the one who fetches: with the fetch it
    /// ends, and so there is no pool of connections, and no task, to be left over.
    async fn fetch_once(&self, uri: &Uri) -> Result<Vec<u8>, SourceError> {
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        // Shared out among the addresses of a host, so that one that is dead leaves time for others.
        connector.set_connect_timeout(Some(IDLE));
        if uri.scheme_str() == Some("https") {
            let configuration = self.0.configuration().await?;
            let stream = connect(HttpsConnector::from((connector, configuration)), uri).await?;
            exchange::get(stream, uri, IDLE).await
        } else {
            exchange::get(connect(connector, uri).await?, uri, IDLE).await
        }
    }
}

#[async_trait]
impl JwksSource for HttpJwks {
    async fn fetch(&self, jwks_uri: &str) -> Result<Vec<u8>, SourceError> {
        let refused = |what: &'static str| SourceError::new(SourceErrorKind::Other, what);
        if !endpoint::is_acceptable(jwks_uri) {
            return Err(refused("the address is not acceptable"));
        }
        let uri = jwks_uri
            .parse()
            .map_err(|_| refused("the address is not acceptable"))?;
        if Handle::try_current().is_err() {
            return Err(refused("there is no Tokio runtime"));
        }
        match tokio::time::timeout(DEADLINE, self.fetch_with_retry(&uri)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(timeout()),
        }
    }

    fn may_be_shared(&self) -> bool {
        true
    }
}

impl fmt::Debug for HttpJwks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpJwks").finish_non_exhaustive()
    }
}

async fn connect<C>(mut connector: C, uri: &Uri) -> Result<C::Response, SourceError>
where
    C: Service<Uri>,
    C::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let connection = async {
        poll_fn(|cx| connector.poll_ready(cx)).await?;
        connector.call(uri.clone()).await
    };
    within(IDLE, connection).await?.map_err(|error| {
        let error = error.into();
        let (kind, what) = if tls::is_at_fault(&*error) {
            (SourceErrorKind::Tls, "the server cannot be trusted")
        } else {
            (SourceErrorKind::Connection, "the server cannot be reached")
        };
        SourceError::new(kind, what).with_source(error)
    })
}

fn is_worth_a_retry(kind: SourceErrorKind) -> bool {
    matches!(kind, SourceErrorKind::Connection | SourceErrorKind::Timeout)
}

async fn within<T>(limit: Duration, step: impl Future<Output = T>) -> Result<T, SourceError> {
    tokio::time::timeout(limit, step)
        .await
        .map_err(|_| timeout())
}

fn timeout() -> SourceError {
    SourceError::new(
        SourceErrorKind::Timeout,
        "the server did not answer in time",
    )
}

fn configuration(detail: &'static str) -> Error {
    Error::new(ErrorKind::Configuration).with_detail(detail)
}
