//! The response format for gRPC services.

use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Response};

use crate::rejection::{Rejection, RejectionKind};
use crate::response::RejectionResponse;

/// A response for gRPC services: HTTP status 200, no body, and the gRPC status in the headers
/// (*Trailers-Only*, gRPC over HTTP/2). 401 becomes `UNAUTHENTICATED`, 403 `PERMISSION_DENIED`, 400
/// `INVALID_ARGUMENT` and 503 `UNAVAILABLE`.
///
/// The response also has the headers `WWW-Authenticate` and `Retry-After`, if the rejection has
/// values for them. gRPC clients receive these headers as metadata.
///
/// This format works with every body type that implements `Default`, such as tonic's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct GrpcStatus;

impl GrpcStatus {
    /// Creates the response format for gRPC services.
    pub const fn new() -> Self {
        Self
    }
}

impl<B: Default> RejectionResponse<B> for GrpcStatus {
    fn response(&self, rejection: &Rejection) -> Response<B> {
        // Codes of google.rpc.Code.
        let code = match rejection.kind() {
            RejectionKind::InvalidRequest => 3,
            RejectionKind::Denied
            | RejectionKind::InsufficientScope
            | RejectionKind::NotInGroup => 7,
            RejectionKind::Unavailable => 14,
            RejectionKind::InsufficientAuthentication
            | RejectionKind::InvalidToken
            | RejectionKind::MissingToken => 16,
        };
        let mut response = Response::new(B::default());
        let headers = response.headers_mut();
        *headers = rejection.headers();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        headers.insert(STATUS, code.into());
        // The messages are ASCII without `%`, so no percent-encoding is needed.
        headers.insert(MESSAGE, HeaderValue::from_static(rejection.message()));
        response
    }
}

const STATUS: HeaderName = HeaderName::from_static("grpc-status");
const MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
