//! A layer that protects against cross-site request forgery (CSRF).

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

/// A layer that protects against cross-site request forgery (CSRF). A request that changes data is
/// accepted only if it comes from a page of the same origin.
///
/// If tokens are in cookies, every route that uses these cookies needs this layer. The reason is
/// that a browser can also send the cookies with requests that other origins cause. The cookie
/// attribute `SameSite` is not enough: it does not protect against other ports and other hosts of
/// the same domain.
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
/// `GET`, `HEAD`, `OPTIONS` and `TRACE` are accepted, because they must not change data (RFC 9110
/// section 9.2.1). For other methods, these rules apply in order:
///
/// 1. If the `Origin` is [allowed](Self::allow_origin), the request is accepted.
/// 2. If the browser sends `Sec-Fetch-Site`, the request is accepted if the value is `same-origin`,
///    and rejected otherwise. All browsers since 2023 send this header to `https` URLs and to
///    localhost.
/// 3. If the `Origin` has the host and port of the request, the request is accepted.
/// 4. All other requests are rejected with 403. Examples are requests with neither of the two
///    headers, and `Origin: null` without `Sec-Fetch-Site`. A request in which one of these headers
///    occurs twice is rejected too.
///
/// Clients that are not browsers cannot be misused in this way. They should send the token in the
/// header `Authorization`, to routes without this layer.
///
/// The host and port of the request are taken from its URI, or from `Host` if the URI has none. If
/// a proxy changes `Host`, [allow](Self::allow_origin) the public origin. `X-Forwarded-Host` is
/// ignored.
#[derive(Clone, Debug, Default)]
pub struct SameOrigin {
    allowed: Arc<[Origin]>,
}

impl SameOrigin {
    /// Creates a layer that accepts only the service's own origin.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an origin whose pages may send requests, such as `https://admin.example.com`. Default:
    /// only the service's own origin. If the port is not the default of the scheme, `origin` must
    /// contain it.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if the string is not an origin with the scheme `http` or `https`, for
    /// example because it has a path.
    pub fn allow_origin(mut self, origin: &str) -> Result<Self, InvalidInput> {
        let origin = Origin::parse(origin).ok_or_else(|| {
            InvalidInput::new("origin", "must be a scheme and a host: https://example.com")
        })?;
        self.allowed = self.allowed.iter().cloned().chain([origin]).collect();
        Ok(self)
    }

    /// Checks whether a request with this method, URI and headers is accepted.
    ///
    /// # Errors
    ///
    /// [`ApiError`] (403) if the request is rejected.
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

/// Returns the value of a header. `Some(None)` means that the header is absent. `None` means that
/// the header occurs twice, or that its value has characters other than visible ASCII, space and
/// tab.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<Option<&'a str>> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().map(|value| value.to_str()).transpose();
    values.next().is_none().then_some(value.ok()).flatten()
}

static SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// An origin: scheme, host and port (RFC 6454), in lower case.
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

    /// Returns `true` if this origin has the host and port in `authority`. The schemes are not
    /// compared, because TLS may end at a proxy. This check is used only if the browser does not
    /// send `Sec-Fetch-Site`.
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

/// The service that [`SameOrigin`] creates.
#[derive(Clone)]
pub struct SameOriginService<S> {
    inner: S,
    rule: SameOrigin,
}

cognito_core::impl_debug!(SameOriginService<S> { rule });

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
        let result = self
            .rule
            .check(request.method(), request.uri(), request.headers());
        match result {
            Ok(()) => SameOriginFuture {
                future: Some(self.inner.call(request)),
                rejection: None,
            },
            Err(rejection) => SameOriginFuture {
                future: None,
                rejection: Some(rejection),
            },
        }
    }
}

pin_project! {
    /// The future of a [`SameOriginService`].
    pub struct SameOriginFuture<F> {
        #[pin]
        future: Option<F>,
        rejection: Option<ApiError>,
    }
}

impl<F, R, E> Future for SameOriginFuture<F>
where
    F: Future<Output = Result<R, E>>,
    R: IntoResponse,
{
    type Output = Result<Response, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Some(future) = this.future.as_pin_mut() {
            let response = ready!(future.poll(context))?;
            return Poll::Ready(Ok(response.into_response()));
        }
        match this.rejection.take() {
            Some(rejection) => Poll::Ready(Ok(rejection.into_response())),
            // Polled after completion.
            None => Poll::Pending,
        }
    }
}

cognito_core::impl_debug!(SameOriginFuture<F>);
