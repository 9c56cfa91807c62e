//! The error responses of the routes. A response can also set and delete cookies.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use cognito_core::Error;
use http::StatusCode;
use serde::Serialize;

use crate::routes::hooks::SignUpRejection;
use crate::routes::shared::{Routes, Shared};
use crate::{ApiError, CookieChanges, TokenRejection};

pub(super) type RouteResult = Result<Response, Failure>;

/// An error response, and the cookies that it changes.
#[derive(Debug)]
pub(super) struct Failure {
    what: What,
    changes: CookieChanges,
    /// The reason of the application, if it has rejected a sign-up.
    sign_up_rejection: Option<SignUpRejection>,
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

    pub(super) fn with_sign_up_rejection(mut self, rejection: SignUpRejection) -> Self {
        self.sign_up_rejection = Some(rejection);
        self
    }

    const fn of(what: What, changes: CookieChanges) -> Self {
        Self {
            what,
            changes,
            sign_up_rejection: None,
        }
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
        Self::of(What::Error(error), CookieChanges::default())
    }
}

impl From<TokenRejection> for Failure {
    fn from(rejection: TokenRejection) -> Self {
        Self::of(What::Token(rejection), CookieChanges::default())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = match self.what {
            What::Error(error) => (self.changes, error).into_response(),
            What::Token(rejection) => (self.changes, rejection).into_response(),
        };
        if let Some(sign_up_rejection) = self.sign_up_rejection {
            response.extensions_mut().insert(sign_up_rejection);
        }
        response
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
