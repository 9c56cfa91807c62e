//! Responses to rejected requests.

pub(crate) mod document;
pub(crate) mod grpc;
pub(crate) mod problem;

use std::sync::Arc;

use http::Response;

use crate::refusal::Refusal;

/// Creates the response to a rejected request.
///
/// Implemented by [`DocumentBody`](crate::DocumentBody), [`ProblemDetails`](crate::ProblemDetails),
/// [`GrpcStatus`](crate::GrpcStatus), and closures:
///
/// ```
/// # fn layer(verifier: impl cognito_core::TokenVerifier) {
/// use cognito_tower::{Refusal, RequireToken};
/// use http::Response;
///
/// let layer = RequireToken::access(verifier).answers(|refusal: &Refusal| {
///     let mut answer = Response::new(refusal.message().to_owned());
///     *answer.status_mut() = refusal.status();
///     *answer.headers_mut() = refusal.headers();
///     answer
/// });
/// # }
/// ```
///
/// # Implementing your own
///
/// Use status and headers of the refusal: without the challenge a client does not know what to send
/// (RFC 6750 section 3), and without `Retry-After` it does not know when to retry. A 503 must not
/// become a 401, because clients would sign out users whose tokens are valid.
pub trait Answer<B>: Send + Sync + 'static {
    /// Returns the response.
    fn answer(&self, refusal: &Refusal) -> Response<B>;
}

impl<B, F> Answer<B> for F
where
    F: Fn(&Refusal) -> Response<B> + Send + Sync + 'static,
{
    fn answer(&self, refusal: &Refusal) -> Response<B> {
        self(refusal)
    }
}

impl<B, T: Answer<B> + ?Sized> Answer<B> for Arc<T> {
    fn answer(&self, refusal: &Refusal) -> Response<B> {
        (**self).answer(refusal)
    }
}
