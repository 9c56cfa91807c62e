//! The error responses of the routes, with changes of cookies.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use cognito_core::Error;
use http::StatusCode;
use serde::Serialize;

use crate::routes::{Routes, Shared};
use crate::{ApiError, CookieChanges, TokenRejection};

pub(super) type RouteResult = Result<Response, Failure>;

/// An error response, and the cookies that it changes.
#[derive(Debug)]
pub(super) struct Failure {
    what: What,
    changes: CookieChanges,
}

#[derive(Debug)]
enum What {
    Error(ApiError),
    Token(TokenRejection),
}

impl Failure {
    pub(super) fn with(mut self, changes: CookieChanges) -> Self {
        self.changes = self.changes.and(changes);
        self
    }
}

impl Shared {
    /// Returns the response for this result: the body as JSON, or the error.
    pub(super) fn json(&self, body: Result<impl Serialize, Error>) -> RouteResult {
        match body {
            Ok(body) => Ok(Json(body).into_response()),
            Err(error) => Err(self.error(error).into()),
        }
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self {
            what: What::Error(error),
            changes: CookieChanges::default(),
        }
    }
}

impl From<TokenRejection> for Failure {
    fn from(rejection: TokenRejection) -> Self {
        Self {
            what: What::Token(rejection),
            changes: CookieChanges::default(),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self.what {
            What::Error(error) => (self.changes, error).into_response(),
            What::Token(rejection) => (self.changes, rejection).into_response(),
        }
    }
}

pub(super) async fn not_found(State(routes): State<Routes>) -> ApiError {
    routes.rejected(StatusCode::NOT_FOUND, "Not found")
}

pub(super) async fn method_not_allowed(State(routes): State<Routes>) -> ApiError {
    routes.rejected(
        StatusCode::METHOD_NOT_ALLOWED,
        "This path does not take that method",
    )
}
