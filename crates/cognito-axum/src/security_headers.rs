//! A layer that adds security headers for browsers.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use cognito_core::InvalidInput;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderName, HeaderValue, Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

/// A layer that adds security headers to every response. Headers that a response already has are
/// not changed.
///
/// | header | value | why |
/// |---|---|---|
/// | `Cache-Control` | `no-store` | tokens and personal data are not cached |
/// | `Content-Security-Policy` | `default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'` | a browser runs no script and loads nothing if it shows the response as a page; [replace](Self::content_security_policy) it for pages |
/// | `Cross-Origin-Opener-Policy` | `same-origin` | pages of other origins that open the page, or that it opens, cannot access its window |
/// | `Cross-Origin-Resource-Policy` | `same-origin` | pages of other origins cannot embed the response |
/// | `Referrer-Policy` | `same-origin` | URLs are not sent to other origins; `no-referrer` would set the `Origin` of your own forms to `null` |
/// | `X-Content-Type-Options` | `nosniff` | browsers do not guess the type |
/// | `X-Frame-Options` | `DENY` | for browsers without `frame-ancestors` |
/// | `Strict-Transport-Security` | [optional](Self::strict_transport_security) | it affects the whole host for a long time |
///
/// ```
/// use std::time::Duration;
///
/// use cognito_axum::SecurityHeaders;
///
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let headers = SecurityHeaders::new()
///     .content_security_policy("default-src 'self'; frame-ancestors 'none'")?
///     .strict_transport_security(Duration::from_secs(365 * 24 * 60 * 60));
/// # drop(headers); Ok(()) }
/// ```
#[derive(Clone)]
#[must_use = "a setter returns the changed value"]
pub struct SecurityHeaders {
    headers: Arc<[(HeaderName, HeaderValue)]>,
}

impl SecurityHeaders {
    /// Creates a layer with the default headers (see [`SecurityHeaders`]), without
    /// `Strict-Transport-Security`.
    pub fn new() -> Self {
        let fixed = [
            (CACHE_CONTROL, "no-store"),
            (CONTENT_SECURITY_POLICY, NO_PAGE),
            (CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
            (CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"),
            (REFERRER_POLICY, "same-origin"),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (X_FRAME_OPTIONS, "DENY"),
        ];
        Self {
            headers: fixed
                .into_iter()
                .map(|(name, value)| (name, HeaderValue::from_static(value)))
                .collect(),
        }
    }

    /// Sets the value of the header `Content-Security-Policy`, for services that return pages. The
    /// layer adds the header to every response that does not have this header yet. Default: a
    /// policy that forbids everything. The new policy replaces the default completely, so include
    /// `frame-ancestors`.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if the policy is empty, or has characters that are invalid in a header,
    /// such as a line break.
    pub fn content_security_policy(self, policy: &str) -> Result<Self, InvalidInput> {
        let value = HeaderValue::from_str(policy).ok();
        let value = value.filter(|_| !policy.trim().is_empty()).ok_or_else(|| {
            InvalidInput::new(
                "content security policy",
                "must be one line of visible text",
            )
        })?;
        Ok(self.with(&CONTENT_SECURITY_POLICY, value))
    }

    /// Adds the header `Strict-Transport-Security` (RFC 6797) to every response that does not have
    /// this header yet. Browsers then use only TLS for this host during `lifetime`. Default: the
    /// header is not sent. The header affects all services on the host, and stays in effect in
    /// browsers that have received it.
    pub fn strict_transport_security(self, lifetime: Duration) -> Self {
        self.strict_transport(format!("max-age={}", lifetime.as_secs()))
    }

    /// Adds the header `Strict-Transport-Security` for the host and all its subdomains
    /// (`includeSubDomains`). See [`strict_transport_security`](Self::strict_transport_security).
    pub fn strict_transport_security_below(self, lifetime: Duration) -> Self {
        self.strict_transport(format!("max-age={}; includeSubDomains", lifetime.as_secs()))
    }

    fn strict_transport(self, value: String) -> Self {
        match HeaderValue::try_from(value) {
            Ok(value) => self.with(&STRICT_TRANSPORT_SECURITY, value),
            // Digits and letters are always valid.
            Err(_) => self,
        }
    }

    fn with(self, name: &HeaderName, value: HeaderValue) -> Self {
        let others = self.headers.iter().filter(|(known, _)| known != name);
        Self {
            headers: others.cloned().chain([(name.clone(), value)]).collect(),
        }
    }
}

const NO_PAGE: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const CROSS_ORIGIN_OPENER_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-opener-policy");
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

impl Default for SecurityHeaders {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for SecurityHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.headers.iter().map(|(name, value)| (name, value)))
            .finish()
    }
}

impl<S> Layer<S> for SecurityHeaders {
    type Service = SecurityHeadersService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        SecurityHeadersService {
            inner,
            headers: self.clone(),
        }
    }
}

/// The service that [`SecurityHeaders`] creates.
#[derive(Clone)]
pub struct SecurityHeadersService<S> {
    inner: S,
    headers: SecurityHeaders,
}

cognito_core::impl_debug!(SecurityHeadersService<S> { headers });

impl<S, B, R> Service<Request<B>> for SecurityHeadersService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = SecurityHeadersFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        SecurityHeadersFuture {
            future: self.inner.call(request),
            headers: self.headers.clone(),
        }
    }
}

pin_project! {
    /// The future of a [`SecurityHeadersService`].
    pub struct SecurityHeadersFuture<F> {
        #[pin]
        future: F,
        headers: SecurityHeaders,
    }
}

impl<F, R, E> Future for SecurityHeadersFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<R>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut answer = ready!(this.future.poll(context))?;
        for (name, value) in &*this.headers.headers {
            let said = answer.headers_mut().entry(name);
            said.or_insert_with(|| value.clone());
        }
        Poll::Ready(Ok(answer))
    }
}

cognito_core::impl_debug!(SecurityHeadersFuture<F>);
