//! The port through which JWKS documents come.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use cognito_core::Error;
#[cfg(not(feature = "http"))]
use cognito_core::ErrorKind;

/// Where JWKS documents come from. One source may serve many pools.
///
/// # Implementing your own
///
/// Return the document as it was served; it is not trusted, and what is wrong with it is found out
/// here. `jwks_uri` is the pool's own: made of its checked region and id, or named by the
/// application, but never taken from a token. A source that knows only one document may ignore it.
///
/// `fetch` is called once at a time for each pool. Within a Tokio runtime (feature `http`) it runs
/// in a task of its own, to its end even if the request that asked for it is dropped; elsewhere
/// those who wait for it drive it. It must have a deadline of its own (five seconds is the
/// default of `HttpJwks`); after half a minute it is given up on.
///
/// After an error, or a panic, the last good document stays in use. The next attempt is made after
/// one to two seconds, and after twice as long with each further failure, up to a minute.
///
/// # Security
///
/// Whoever chooses the document chooses who is let in: it must come over a channel that proves its
/// origin, from an address that no token can change.
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
pub trait JwksSource: Debug + Send + Sync + 'static {
    /// The document at this address as it is now.
    async fn fetch(&self, jwks_uri: &str) -> Result<Vec<u8>, SourceError>;

    /// Returns the document if the source has it without I/O, as [`StaticJwks`] does.
    ///
    /// [`verify_access_sync`](crate::CognitoVerifier::verify_access_sync) then needs no
    /// [`hydrate`](crate::CognitoVerifier::hydrate). Default: `None`. It must not block.
    fn document(&self) -> Option<Vec<u8>> {
        None
    }

    /// Returns `true` if instances may share the documents of this source through a
    /// [`document_store`](crate::CognitoVerifierBuilder::document_store).
    ///
    /// Return `true` only if the address alone decides the document, so that each instance would get
    /// the same one. Default: `false`.
    fn may_be_shared(&self) -> bool {
        false
    }
}

#[async_trait]
impl<T: JwksSource + ?Sized> JwksSource for Arc<T> {
    async fn fetch(&self, jwks_uri: &str) -> Result<Vec<u8>, SourceError> {
        (**self).fetch(jwks_uri).await
    }

    fn document(&self) -> Option<Vec<u8>> {
        (**self).document()
    }

    fn may_be_shared(&self) -> bool {
        (**self).may_be_shared()
    }
}

#[async_trait]
impl<T: JwksSource + ?Sized> JwksSource for Box<T> {
    async fn fetch(&self, jwks_uri: &str) -> Result<Vec<u8>, SourceError> {
        (**self).fetch(jwks_uri).await
    }

    fn document(&self) -> Option<Vec<u8>> {
        (**self).document()
    }

    fn may_be_shared(&self) -> bool {
        (**self).may_be_shared()
    }
}

/// Returns the source that is used if none is configured: over HTTPS, and with `allow_http` also over
/// HTTP.
#[cfg(feature = "http")]
pub(crate) fn default(allow_http: bool) -> Result<Arc<dyn JwksSource>, Error> {
    let mut source = crate::jwks::http::HttpJwks::builder();
    if allow_http {
        source = source.danger_allow_http();
    }
    Ok(Arc::new(source.build()?))
}

/// Fails: without the feature `http` there is no source that could be used if none is configured.
#[cfg(not(feature = "http"))]
pub(crate) fn default(_allow_http: bool) -> Result<Arc<dyn JwksSource>, Error> {
    Err(Error::new(ErrorKind::Configuration)
        .with_detail("a source of the keys is needed, because the feature http is off"))
}

/// A document that is at hand and never changes: for tests, and for services without a way out.
///
/// It serves every address it is asked for, so it is for a verifier of one pool. A pool that changes
/// its keys needs a new document.
#[derive(Clone)]
pub struct StaticJwks(Arc<[u8]>);

impl StaticJwks {
    /// A document as text or bytes.
    #[must_use]
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

/// Why there is no document.
pub struct SourceError {
    kind: SourceErrorKind,
    message: Cow<'static, str>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What kept a document from coming. From a closed set, so fit for a metric label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SourceErrorKind {
    /// No connection, or it broke.
    Connection,
    /// It came and is no good.
    Document,
    /// The server answered 403: AWS's answer for a form of the issuer that the pool does not use.
    Forbidden,
    /// Something else.
    Other,
    /// The server answered with another status than 200 or 403; a redirect is one too.
    Status,
    /// It did not come in time.
    Timeout,
    /// The server could not prove who it is, or no TLS connection could be agreed upon.
    Tls,
    /// It is too large.
    TooLarge,
    /// The file cannot be read.
    Unreadable,
}

impl SourceError {
    /// An error with a lower-case clause of your own. It ends up in logs: it must hold no secret.
    #[must_use]
    pub fn new(kind: SourceErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
        }
    }

    /// Adds the error behind this one.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What kept the document from coming.
    #[must_use]
    pub fn kind(&self) -> SourceErrorKind {
        self.kind
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no JWKS document: {}", self.message)
    }
}

impl Debug for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceError")
            .field("kind", &self.kind)
            .field("message", &self.message)
            .field("source", &self.source)
            .finish()
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
