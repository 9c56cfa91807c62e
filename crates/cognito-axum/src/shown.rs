//! The kinds of errors and rejections, as extensions of a response. The custom responses of
//! `AuthRoutes` read them.

use axum::response::Response;
use cognito_core::ErrorKind;
use cognito_tower::{Rejection, RejectionKind};

/// The kind of the error that a response shows.
#[derive(Clone, Copy)]
pub(crate) struct ShownKind(pub(crate) ErrorKind);

/// The kind of the rejection that a response shows.
#[derive(Clone, Copy)]
pub(crate) struct ShownRejection(pub(crate) RejectionKind);

impl ShownRejection {
    /// Adds the kind of the rejection to its response.
    pub(crate) fn added(mut response: Response, rejection: &Rejection) -> Response {
        response.extensions_mut().insert(Self(rejection.kind()));
        response
    }
}
