//! What a refused request is answered with.

pub(crate) mod document;
pub(crate) mod grpc;
pub(crate) mod problem;

use std::sync::Arc;

use http::Response;

use crate::refusal::Refusal;

/// Makes the answer to a request that was not let in.
///
/// [`DocumentBody`](crate::DocumentBody), [`ProblemDetails`](crate::ProblemDetails) and
/// [`GrpcStatus`](crate::GrpcStatus) are here. A closure will do for anything else:
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
/// Take status and headers from the refusal: without the challenge a client does not know what it
/// must bring (RFC 6750 section 3), and without `Retry-After` it does not know when to come back. A
/// 503 must not become a 401: it would sign people out whose tokens are good.
pub trait Answer<B>: Send + Sync + 'static {
    /// The answer.
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
