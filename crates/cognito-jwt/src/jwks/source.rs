//! The trait for sources of JWKS documents, and its error.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::fmt::Debug;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use async_trait::async_trait;
use auto_impl::auto_impl;
use cognito_core::Error;
#[cfg(not(feature = "http"))]
use cognito_core::ErrorKind;
use futures_util::FutureExt;

/// A source of JWKS documents. One source can serve many pools.
///
/// # Custom sources
///
/// Return the JWKS as the server sent it. The verifier validates it. A source with only one JWKS
/// may ignore the URL.
///
/// - A [`CognitoVerifier`](crate::CognitoVerifier) derives `jwks_uri` from the validated pool id,
///   or takes it from the configuration, but never from a token.
/// - An `AlbVerifier` passes the URL of one key, and requires this key in PEM. The URL ends with
///   the key id in the token, which consists of ASCII letters, digits and hyphens.
///
/// A verifier makes only one call of `fetch` for each URL at a time. For a `CognitoVerifier` in a
/// Tokio runtime (feature `http`), the call runs in a separate task, and continues if the caller is
/// dropped. Otherwise the waiting callers poll the future. `fetch` must have a deadline
/// (`HttpJwks`: 5 seconds). After 30 seconds, another call may start.
///
/// After an error or a panic, the keys of the last valid JWKS stay in use until they expire. A
/// `CognitoVerifier` makes the next attempt after one to two seconds. The delay doubles with each
/// further failure, up to one minute. An `AlbVerifier` makes the next attempt after ten seconds.
///
/// # Security
///
/// An attacker who controls the JWKS can forge tokens. Fetch it over an authenticated channel, from
/// a URL whose host no token can change.
///
/// ```
/// use async_trait::async_trait;
/// use cognito_jwt::{JwksSource, SourceError, SourceErrorKind};
///
/// /// Documents that were compiled in.
/// #[derive(Debug)]
/// struct Embedded;
///
/// #[async_trait]
/// impl JwksSource for Embedded {
///     async fn fetch(&self, jwks_uri: &str) -> Result<Vec<u8>, SourceError> {
///         match jwks_uri {
///             "https://issuer.example/.well-known/jwks.json" => Ok(br#"{"keys":[]}"#.to_vec()),
///             _ => Err(SourceError::new(SourceErrorKind::Other, "there is none for this pool")),
///         }
///     }
/// }
/// ```
#[async_trait]
#[auto_impl(Arc, Box)]
pub trait JwksSource: Debug + Send + Sync + 'static {
    /// Fetches the JWKS at this URL.
    ///
    /// # Errors
    ///
    /// [`SourceError`] if the JWKS is unavailable.
    async fn fetch(&self, jwks_uri: &str) -> Result<Vec<u8>, SourceError>;

    /// Returns the JWKS if the source has it in memory, as [`StaticJwks`] does. Default: `None`.
    ///
    /// If a JWKS is returned, [`verify_access_sync`](crate::CognitoVerifier::verify_access_sync)
    /// needs no earlier [`hydrate`](crate::CognitoVerifier::hydrate). The method must not block.
    fn document(&self) -> Option<Vec<u8>> {
        None
    }

    /// Returns `true` if instances may share the JWKS of this source through a
    /// [`document_store`](crate::CognitoVerifierBuilder::document_store).
    ///
    /// Return `true` only if the URL alone determines the JWKS, so that each instance would fetch
    /// the same JWKS. Default: `false`.
    fn may_be_shared(&self) -> bool {
        false
    }
}

/// Calls `fetch` of `source`. If the call panics, returns an error.
pub(crate) async fn fetch(source: &dyn JwksSource, uri: &str) -> Result<Vec<u8>, SourceError> {
    let fetch = AssertUnwindSafe(async { source.fetch(uri).await });
    fetch.catch_unwind().await.unwrap_or_else(|_| {
        Err(SourceError::new(
            SourceErrorKind::Other,
            "the source panicked: correct the custom source",
        ))
    })
}

/// Creates the default source, which fetches over HTTPS. If `allow_http` is `true`, it also accepts
/// `http` URLs on any host.
#[cfg(feature = "http")]
pub(crate) fn default(allow_http: bool) -> Result<Arc<dyn JwksSource>, Error> {
    let mut source = crate::jwks::http::HttpJwks::builder();
    if allow_http {
        source = source.danger_allow_http();
    }
    Ok(Arc::new(source.build()?))
}

/// Returns an error, because without the feature `http` there is no default source.
#[cfg(not(feature = "http"))]
pub(crate) fn default(_allow_http: bool) -> Result<Arc<dyn JwksSource>, Error> {
    Err(Error::new(ErrorKind::Configuration)
        .with_detail("no source of keys is set: turn on the feature `http`, or call `jwks_source`"))
}

/// A source with a fixed JWKS, for tests and for services without internet access.
///
/// The source returns the same JWKS for every URL, so use it for one pool only. If the pool rotates
/// its keys, create a new source and a new verifier.
#[derive(Clone)]
pub struct StaticJwks(Arc<[u8]>);

impl StaticJwks {
    /// Creates a source from a JWKS, which is a string or bytes. The JWKS is validated when the
    /// verifier uses it.
    pub fn new(document: impl Into<Vec<u8>>) -> Self {
        Self(document.into().into())
    }
}

#[async_trait]
impl JwksSource for StaticJwks {
    async fn fetch(&self, _jwks_uri: &str) -> Result<Vec<u8>, SourceError> {
        Ok(self.0.to_vec())
    }

    fn document(&self) -> Option<Vec<u8>> {
        Some(self.0.to_vec())
    }
}

impl Debug for StaticJwks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StaticJwks({} bytes)", self.0.len())
    }
}

/// The error of a [`JwksSource`] that could not return a JWKS.
#[derive(Debug)]
pub struct SourceError {
    kind: SourceErrorKind,
    message: Cow<'static, str>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The reason why a JWKS could not be fetched. The set of kinds is fixed in each version, so a kind
/// can be a metric label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SourceErrorKind {
    /// The key server is unreachable, or the connection broke.
    Connection,
    /// A response was received, but it is not a valid JWKS.
    Document,
    /// The key server responded 403. AWS responds 403 for an issuer that the pool does not use.
    Forbidden,
    /// The JWKS could not be fetched for another reason, such as a panic of the source.
    Other,
    /// The key server responded with a status other than 200 and 403, such as a redirect.
    Status,
    /// The fetch of the JWKS, or a step of it, timed out.
    Timeout,
    /// The certificate of the key server is not trusted, or the TLS handshake failed.
    Tls,
    /// The JWKS is larger than the maximum size.
    TooLarge,
    /// The file of a [`FileJwks`](crate::FileJwks) cannot be read.
    Unreadable,
}

impl SourceError {
    /// Creates an error with a message. The message is one clause in lower case. It must contain no
    /// secret, because errors are logged.
    pub fn new(kind: SourceErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
        }
    }

    /// Adds the error that caused this error. It becomes the [`source`](StdError::source).
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Returns the kind of the error.
    pub fn kind(&self) -> SourceErrorKind {
        self.kind
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no JWKS document: {}", self.message)
    }
}

impl StdError for SourceError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.source {
            Some(source) => Some(&**source),
            None => None,
        }
    }
}
