//! A source that fetches JWKS documents over HTTPS.

mod exchange;
mod tls;

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cognito_core::Error;
use http::Uri;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use tokio::runtime::Handle;
use tower_service::Service;

use self::tls::Tls;
use crate::endpoint;
use crate::error::configuration;
use crate::jwks::key_set::MAX_DOCUMENT_LENGTH;
use crate::jwks::source::{JwksSource, SourceError, SourceErrorKind};

/// A source that fetches JWKS documents over HTTPS.
///
/// It follows no redirects, decompresses nothing, keeps no connections open and uses no proxy (see
/// [below](#proxies)). The [builder](Self::builder) sets the timeouts, the number of attempts and
/// the maximum size of a JWKS.
///
/// One source can serve any number of pools. Clones share the TLS configuration. URLs must be
/// `https`, or `http` on a loopback host (`localhost`, `127.0.0.0/8`, `[::1]`).
/// [`danger_allow_http`](HttpJwksBuilder::danger_allow_http) also allows `http` on other hosts. For
/// all other URLs, the source returns an error. If no root certificates are configured, the root
/// certificates of the operating system are read at the first fetch over `https`. The source
/// requires a Tokio runtime with I/O and time enabled.
///
/// # Proxies
///
/// `HTTPS_PROXY` and `NO_PROXY` are not read. A service behind a proxy has two options:
///
/// - implement [`JwksSource`] with an HTTP client that uses the proxy;
/// - let another process fetch the JWKS into a file, and read it with
///   [`FileJwks`](crate::FileJwks).
#[derive(Clone)]
pub struct HttpJwks {
    tls: Arc<Tls>,
    limits: Limits,
}

/// The limits of a fetch: time, attempts and size.
#[derive(Clone, Copy, Debug)]
struct Limits {
    deadline: Duration,
    step: Duration,
    max_attempts: usize,
    document: usize,
    allow_http: bool,
}

/// A builder for an [`HttpJwks`].
///
/// ```
/// use std::time::Duration;
///
/// use cognito_jwt::{CognitoVerifier, HttpJwks};
///
/// # fn run() -> Result<CognitoVerifier, Box<dyn std::error::Error>> {
/// // For a slow network.
/// let source = HttpJwks::builder()
///     .step_timeout(Duration::from_secs(8))
///     .deadline(Duration::from_secs(20))
///     .build()?;
/// let verifier = CognitoVerifier::builder("eu-central-1_aBcDeFgHi".parse()?)
///     .client_id("1example23456789")
///     .jwks_source(source)
///     .build()?;
/// # Ok(verifier) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is built"]
pub struct HttpJwksBuilder {
    roots: Option<Vec<u8>>,
    limits: Limits,
}

impl HttpJwksBuilder {
    cognito_core::setters! {
        /// Sets the deadline of a fetch with all its attempts, from the first DNS lookup to the
        /// last byte of the JWKS.
        ///
        /// Default: 5 seconds. It must be more than zero. Maximum: 25 seconds, because the verifier
        /// aborts a fetch after 30 seconds.
        pub fn deadline(deadline: Duration) { limits.deadline = deadline }

        /// Sets the timeout of each step of an attempt: connecting, waiting for the head of the
        /// response, and waiting for each further part of the JWKS. Default: 3 seconds. It must be
        /// more than zero.
        pub fn step_timeout(timeout: Duration) { limits.step = timeout }

        /// Sets the maximum number of attempts within the deadline. Only a failed or broken
        /// connection and a timeout of a step are retried. Default: 2. Zero counts as 1.
        pub fn max_attempts(max_attempts: usize) { limits.max_attempts = max_attempts }

        /// Sets the maximum size of a JWKS, in bytes. Default and maximum: 64 KiB. The JWKS of a
        /// Cognito pool has about 900 bytes.
        pub fn max_document_length(bytes: usize) { limits.document = bytes }

        /// Sets the trusted root certificates, in PEM. They replace the default, which is the root
        /// certificates of the operating system. Use this setting for an endpoint whose certificate
        /// is from a private certificate authority.
        pub fn root_certificates(pem: impl AsRef<[u8]>) { roots = Some(pem.as_ref().to_vec()) }
    }

    /// Allows `http` URLs on any host. Use it for an emulator in another container.
    ///
    /// # Security
    ///
    /// An attacker on the network path can replace the keys and forge tokens. Never use this
    /// setting in production.
    pub const fn danger_allow_http(mut self) -> Self {
        self.limits.allow_http = true;
        self
    }

    /// Creates the source. Nothing is fetched yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`](cognito_core::ErrorKind::Configuration) in these cases:
    ///
    /// - the deadline, the step timeout or the maximum size of a JWKS is zero;
    /// - the deadline is more than 25 seconds, or the maximum size is more than 64 KiB;
    /// - a configured root certificate is invalid, or there is none in the PEM;
    /// - TLS cannot be set up.
    pub fn build(self) -> Result<HttpJwks, Error> {
        let limits = self.limits;
        if limits.step.is_zero() || limits.deadline.is_zero() || limits.deadline > MAX_DEADLINE {
            return Err(configuration(
                "`deadline` must be more than zero and at most 25 seconds, and `step_timeout` more \
                 than zero",
            ));
        }
        if !(1..=MAX_DOCUMENT_LENGTH).contains(&limits.document) {
            return Err(configuration(
                "`max_document_length` must be 1 to 65536 bytes",
            ));
        }
        let tls = match self.roots {
            Some(pem) => Tls::with_roots(&pem)?,
            None => Tls::of_the_system()?,
        };
        Ok(HttpJwks {
            tls: Arc::new(tls),
            limits,
        })
    }
}

/// The maximum deadline of a fetch. It is shorter than the 30 seconds after which a verifier aborts
/// a fetch.
const MAX_DEADLINE: Duration = Duration::from_secs(25);

impl HttpJwks {
    /// Creates a source with the default settings.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`](cognito_core::ErrorKind::Configuration) if TLS cannot be set
    /// up.
    pub fn new() -> Result<Self, Error> {
        Self::builder().build()
    }

    /// Returns a builder with the default settings.
    pub const fn builder() -> HttpJwksBuilder {
        HttpJwksBuilder {
            roots: None,
            limits: Limits {
                deadline: Duration::from_secs(5),
                step: Duration::from_secs(3),
                max_attempts: 2,
                document: MAX_DOCUMENT_LENGTH,
                allow_http: false,
            },
        }
    }

    /// Creates a JWKS source that trusts only these root certificates, in PEM.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`](cognito_core::ErrorKind::Configuration) if a certificate is
    /// invalid, if `pem` contains no certificate, or if TLS cannot be set up.
    pub fn with_root_certificates(pem: impl AsRef<[u8]>) -> Result<Self, Error> {
        Self::builder().root_certificates(pem).build()
    }

    async fn fetch_with_retry(&self, uri: &Uri) -> Result<Vec<u8>, SourceError> {
        let mut attempt = 1;
        loop {
            match self.fetch_once(uri).await {
                Err(error)
                    if attempt < self.limits.max_attempts && is_worth_a_retry(error.kind()) =>
                {
                    attempt += 1;
                }
                outcome => return outcome,
            }
        }
    }

    /// Makes one attempt over a new connection. The connection is polled by this future and closed
    /// at its end, so no connection pool and no task remain.
    async fn fetch_once(&self, uri: &Uri) -> Result<Vec<u8>, SourceError> {
        let Limits { step, document, .. } = self.limits;
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        // The timeout is divided among the addresses of the host, so that an unreachable address
        // leaves time for the others.
        connector.set_connect_timeout(Some(step));
        if uri.scheme_str() == Some("https") {
            let configuration = self.tls.configuration().await?;
            let connector = HttpsConnector::from((connector, configuration));
            let stream = connect(connector, uri, step).await?;
            exchange::get(stream, uri, step, document).await
        } else {
            let stream = connect(connector, uri, step).await?;
            exchange::get(stream, uri, step, document).await
        }
    }
}

#[async_trait]
impl JwksSource for HttpJwks {
    async fn fetch(&self, jwks_uri: &str) -> Result<Vec<u8>, SourceError> {
        let unacceptable = || {
            SourceError::new(
                SourceErrorKind::Other,
                "the URL must be https, without query (http only for loopback hosts)",
            )
        };
        if !endpoint::is_acceptable(jwks_uri, self.limits.allow_http) {
            return Err(unacceptable());
        }
        let uri = jwks_uri.parse().map_err(|_| unacceptable())?;
        if Handle::try_current().is_err() {
            return Err(SourceError::new(
                SourceErrorKind::Other,
                "there is no Tokio runtime: verify within one",
            ));
        }
        match tokio::time::timeout(self.limits.deadline, self.fetch_with_retry(&uri)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(timeout()),
        }
    }

    fn may_be_shared(&self) -> bool {
        true
    }
}

cognito_core::impl_debug!(HttpJwks { limits });

async fn connect<C>(
    mut connector: C,
    uri: &Uri,
    limit: Duration,
) -> Result<C::Response, SourceError>
where
    C: Service<Uri>,
    C::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let connection = async {
        poll_fn(|cx| connector.poll_ready(cx)).await?;
        connector.call(uri.clone()).await
    };
    within(limit, connection).await?.map_err(|error| {
        let error = error.into();
        let (kind, what) = if tls::is_at_fault(&*error) {
            (
                SourceErrorKind::Tls,
                "the server is not trusted: check its certificate, or set `root_certificates`",
            )
        } else {
            (
                SourceErrorKind::Connection,
                "the server cannot be reached: allow HTTPS to the JWKS URI",
            )
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
        "the server timed out: check the network to the JWKS URI",
    )
}
