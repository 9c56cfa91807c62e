//! Responses to rejected requests.

pub(crate) mod grpc;
pub(crate) mod json;
pub(crate) mod problem;

use std::sync::Arc;

use http::Response;

use crate::rejection::Rejection;

/// A format for responses to rejected requests.
///
/// These types implement it: [`JsonBody`](crate::JsonBody),
/// [`ProblemDetails`](crate::ProblemDetails), [`GrpcStatus`](crate::GrpcStatus), and closures:
///
/// ```
/// # fn layer(verifier: impl cognito_core::TokenVerifier) {
/// use cognito_tower::{Rejection, RequireToken};
/// use http::Response;
///
/// let layer = RequireToken::access(verifier).rejection_response(|rejection: &Rejection| {
///     let mut response = Response::new(rejection.message().to_owned());
///     *response.status_mut() = rejection.status();
///     *response.headers_mut() = rejection.headers();
///     response
/// });
/// # }
/// ```
///
/// # Custom implementations
///
/// Use the status and the headers of the rejection. The challenge contains the type of credentials
/// that the client must send (RFC 6750 section 3), and `Retry-After` the time to wait before a
/// retry. Do not change the status 503 to 401, because clients would then sign out users whose
/// tokens are valid.
pub trait RejectionResponse<B>: Send + Sync + 'static {
    /// Creates the response to a rejected request.
    fn response(&self, rejection: &Rejection) -> Response<B>;
}

impl<B, F> RejectionResponse<B> for F
where
    F: Fn(&Rejection) -> Response<B> + Send + Sync + 'static,
{
    fn response(&self, rejection: &Rejection) -> Response<B> {
        self(rejection)
    }
}

impl<B, T: RejectionResponse<B> + ?Sized> RejectionResponse<B> for Arc<T> {
    fn response(&self, rejection: &Rejection) -> Response<B> {
        (**self).response(rejection)
    }
}
