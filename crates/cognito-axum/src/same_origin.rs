//! Protection against requests that another site makes a browser send.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum_core::response::{IntoResponse, Response};
use cognito_core::InvalidInput;
use http::header::{HOST, ORIGIN};
use http::{HeaderMap, HeaderName, Method, Request, StatusCode, Uri};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::ApiError;

/// A layer that lets a request change something only if a page of the same origin made it.
///
/// Whoever keeps tokens in cookies needs it on every route that takes them: the browser sends the
/// cookies whoever made the request. `SameSite` helps, and does not keep out another port or
/// another name below the same domain.
///
/// ```
/// use axum::Router;
/// use axum::routing::post;
/// use cognito_axum::SameOrigin;
///
/// # fn example() -> Result<Router, Box<dyn std::error::Error>> {
/// let app = Router::new()
///     .route("/orders", post(async || "ordered"))
///     .layer(SameOrigin::new().allow_origin("https://admin.example.com")?);
/// # Ok(app) }
/// ```
///
/// `GET`, `HEAD`, `OPTIONS` and `TRACE` pass: they must not change anything (RFC 9110 section
/// 9.2.1). Of any other method:
///
/// 1. An `Origin` that was [named](Self::allow_origin) passes.
/// 2. Where the browser says `Sec-Fetch-Site` (all do since 2023, to `https` and to localhost),
///    `same-origin` passes and anything else is refused.
/// 3. Where it does not, an `Origin` that is the request's own host and port passes.
/// 4. Everything else is refused with 403: `Origin: null`, no header at all, a header twice.
///
/// A client that is no browser has no cookies that another site could use; it should send its
/// token in a header, to routes without this layer.
///
/// The host is that of the request. Behind a proxy that changes `Host`, name the public origin;
/// `X-Forwarded-Host` is not read.
#[derive(Clone, Debug, Default)]
pub struct SameOrigin {
    allowed: Arc<[Origin]>,
}

impl SameOrigin {
    /// No other origin than the service's own.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets pages of one more origin in: `https://admin.example.com`, with the port unless it is
    /// the scheme's own.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if it is no origin: it has a path, say, or no scheme.
    pub fn allow_origin(mut self, origin: &str) -> Result<Self, InvalidInput> {
        let origin = Origin::parse(origin).ok_or_else(|| {
            InvalidInput::new("origin", "must be a scheme and a host: https://example.com")
        })?;
        self.allowed = self.allowed.iter().cloned().chain([origin]).collect();
        Ok(self)
    }

    /// Whether a request may change something.
    ///
    /// # Errors
    ///
    /// [`ApiError`] (403) if it may not.
    pub fn check(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), ApiError> {
        if changes_nothing(method) || self.is_ours(uri, headers) == Some(true) {
            return Ok(());
        }
        Err(ApiError::refused(
            StatusCode::FORBIDDEN,
            "The request came from another site",
        ))
    }

    fn is_ours(&self, uri: &Uri, headers: &HeaderMap) -> Option<bool> {
        let origin = match one(headers, &ORIGIN)? {
            Some(text) => Origin::parse(text),
            None => None,
        };
        if let Some(origin) = &origin
            && self.allowed.contains(origin)
        {
            return Some(true);
        }
        if let Some(site) = one(headers, &SEC_FETCH_SITE)? {
            return Some(site == "same-origin");
        }
        let authority = match uri.authority() {
            Some(authority) => authority.as_str(),
            None => one(headers, &HOST)??,
        };
        Some(origin?.is_at(authority))
    }
}

const fn changes_nothing(method: &Method) -> bool {
    matches!(
        *method,
        Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE
    )
}

/// The one value of a header; `None` if it is there twice or is no text.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<Option<&'a str>> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().map(|value| value.to_str()).transpose();
    values.next().is_none().then_some(value.ok()).flatten()
}

static SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Scheme, host and port (RFC 6454), in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Origin {
    scheme: Box<str>,
    host: Box<str>,
    port: u16,
}

impl Origin {
    fn parse(text: &str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        let standard = match scheme.as_str() {
            "http" => 80,
            "https" => 443,
            _ => return None,
        };
        let (host, port) = host_and_port(authority, standard)?;
        Some(Self {
            scheme: scheme.into(),
            host: host.into(),
            port,
        })
    }

    /// Whether a request to this host and port is one to this origin. The scheme is not seen: TLS
    /// may have ended at a proxy. A browser that cares says `Sec-Fetch-Site`.
    fn is_at(&self, authority: &str) -> bool {
        let standard = if &*self.scheme == "http" { 80 } else { 443 };
        host_and_port(authority, standard)
            .is_some_and(|(host, port)| *host == *self.host && port == self.port)
    }
}

fn host_and_port(authority: &str, standard: u16) -> Option<(String, u16)> {
    let authority: http::uri::Authority = authority.parse().ok()?;
    if authority.as_str().contains('@') || authority.host().is_empty() {
        return None;
    }
    let named = &authority.as_str()[authority.host().len()..];
    let port = match named {
        "" => standard,
        _ => named.strip_prefix(':')?.parse().ok()?,
    };
    Some((authority.host().to_ascii_lowercase(), port))
}

impl<S> Layer<S> for SameOrigin {
    type Service = SameOriginService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        SameOriginService {
            inner,
            rule: self.clone(),
        }
    }
}

/// What [`SameOrigin`] makes of a service.
#[derive(Clone)]
pub struct SameOriginService<S> {
    inner: S,
    rule: SameOrigin,
}

impl<S> fmt::Debug for SameOriginService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SameOriginService")
            .field("rule", &self.rule)
            .finish_non_exhaustive()
    }
}

impl<S, B> Service<Request<B>> for SameOriginService<S>
where
    S: Service<Request<B>, Response: IntoResponse>,
{
    type Response = Response;
    type Error = S::Error;
    type Future = SameOriginFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let verdict = self
            .rule
            .check(request.method(), request.uri(), request.headers());
        SameOriginFuture {
            state: match verdict {
                Ok(()) => State::Passed {
                    future: self.inner.call(request),
                },
                Err(refused) => State::Refused {
                    answer: Some(refused),
                },
            },
        }
    }
}

pin_project! {
    /// The answer of a [`SameOriginService`].
    pub struct SameOriginFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[project = Projected]
    enum State<F> {
        Passed { #[pin] future: F },
        Refused { answer: Option<ApiError> },
    }
}

impl<F, R, E> Future for SameOriginFuture<F>
where
    F: Future<Output = Result<R, E>>,
    R: IntoResponse,
{
    type Output = Result<Response, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            Projected::Passed { future } => {
                let answer = ready!(future.poll(context))?;
                Poll::Ready(Ok(answer.into_response()))
            }
            Projected::Refused { answer } => match answer.take() {
                Some(refused) => Poll::Ready(Ok(refused.into_response())),
                // Polled after its end.
                None => Poll::Pending,
            },
        }
    }
}

impl<F> fmt::Debug for SameOriginFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SameOriginFuture").finish_non_exhaustive()
    }
}
