//! Custom responses of the routes.

use std::fmt;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use cognito_core::ErrorKind;
use cognito_tower::RejectionKind;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::Value;

use crate::routes::hooks::SignUpRejection;
use crate::shown::{ShownKind, ShownRejection};

/// A format for the responses of the routes; see [`AuthRoutes::answers`](crate::AuthRoutes::answers).
///
/// It corresponds to [`RejectionResponse`](cognito_tower::RejectionResponse), the format for the
/// rejections of a guard. Closures implement it:
///
/// ```
/// use axum::response::{IntoResponse, Response};
/// use axum::Json;
/// use cognito_axum::{AuthRoutes, Outcome};
/// use serde_json::json;
///
/// # fn example(cognito: cognito::Cognito) {
/// let routes = AuthRoutes::new(cognito).answers(|outcome: &Outcome| -> Response {
///     let body = match outcome.is_success() {
///         true => json!({ "data": outcome.body() }),
///         false => json!({ "errors": [outcome.message()] }),
///     };
///     (outcome.status(), Json(body)).into_response()
/// });
/// # drop(routes); }
/// ```
///
/// # Custom implementations
///
/// Use the status of the outcome. Do not change the status 503 to 401, because clients would then
/// sign out users whose tokens are valid.
pub trait OutcomeResponse: Send + Sync + 'static {
    /// Creates the response for an outcome.
    fn response(&self, outcome: &Outcome) -> Response;
}

impl<F> OutcomeResponse for F
where
    F: Fn(&Outcome) -> Response + Send + Sync + 'static,
{
    fn response(&self, outcome: &Outcome) -> Response {
        self(outcome)
    }
}

impl<T: OutcomeResponse + ?Sized> OutcomeResponse for Arc<T> {
    fn response(&self, outcome: &Outcome) -> Response {
        (**self).response(outcome)
    }
}

/// The outcome of a request to a route: a success, an error, or the rejection of a token. It
/// contains the default response.
///
/// Security: it does not contain the original error, so a custom response cannot reveal whether an
/// account exists.
pub struct Outcome {
    path: Option<String>,
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
    kind: Option<ErrorKind>,
    token_rejection: Option<RejectionKind>,
    sign_up_rejection: Option<SignUpRejection>,
}

impl Outcome {
    /// Returns the path of the route, such as `/auth/login`. Returns `None` if the request matched
    /// no route.
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// Returns `true` if the request succeeded. A challenge is a success too.
    pub fn is_success(&self) -> bool {
        self.status.is_success()
    }

    /// Returns the status of the default response.
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the JSON body of the default response. Without cookies, it can contain tokens.
    pub const fn body(&self) -> &Value {
        &self.body
    }

    /// Returns the member `message` of the default response, or an empty string if there is none.
    /// It is safe to show to any caller.
    pub fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }

    /// Returns the kind of the error, or `None` if it is not an error of Cognito. By default it
    /// does not reveal whether an account exists
    /// ([`enumeration_policy`](crate::AuthRoutes::enumeration_policy)).
    pub const fn kind(&self) -> Option<ErrorKind> {
        self.kind
    }

    /// Returns the reason why the access token was rejected, or `None` if it was not.
    pub const fn token_rejection(&self) -> Option<RejectionKind> {
        self.token_rejection
    }

    /// Returns the reason for which [`before_sign_up`](crate::AuthRoutes::before_sign_up) has
    /// rejected the sign-up, or `None` if it has not.
    pub const fn sign_up_rejection(&self) -> Option<&SignUpRejection> {
        self.sign_up_rejection.as_ref()
    }

    /// Adds the headers of the default response, such as `WWW-Authenticate`, `Retry-After` and
    /// `Set-Cookie`. Headers of the custom response are not replaced. Cookies are always added.
    fn complete(self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        let mut kept = HeaderMap::new();
        for name in self.headers.keys() {
            let is_of_body = [CONTENT_LENGTH, CONTENT_TYPE].contains(name);
            if is_of_body || (*name != SET_COOKIE && headers.contains_key(name)) {
                continue;
            }
            for value in self.headers.get_all(name) {
                kept.append(name, value.clone());
            }
        }
        for (name, value) in kept.iter() {
            headers.append(name, value.clone());
        }
        response
    }
}

// Security: the body can contain tokens, and the headers contain cookies.
impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outcome")
            .field("path", &self.path)
            .field("status", &self.status)
            .field("kind", &self.kind)
            .field("token_rejection", &self.token_rejection)
            .field("sign_up_rejection", &self.sign_up_rejection)
            .finish_non_exhaustive()
    }
}

/// A layer that replaces the JSON responses of the routes by custom responses.
pub(super) async fn answer(
    State(answers): State<Arc<dyn OutcomeResponse>>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.extensions().get::<MatchedPath>();
    let path = path.map(|path| path.as_str().to_owned());
    let response = next.run(request).await;
    let json = HeaderValue::from_static("application/json");
    if response.headers().get(CONTENT_TYPE) != Some(&json) {
        return response;
    }
    let (parts, body) = response.into_parts();
    // The body is in memory, and its size is limited by the responses of Cognito.
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let Ok(body) = serde_json::from_slice(&bytes) else {
        // The response to a `HEAD` request has no body.
        return Response::from_parts(parts, Body::from(bytes));
    };
    let extensions = &parts.extensions;
    let outcome = Outcome {
        path,
        status: parts.status,
        body,
        kind: extensions.get::<ShownKind>().map(|shown| shown.0),
        token_rejection: extensions.get::<ShownRejection>().map(|shown| shown.0),
        sign_up_rejection: extensions.get::<SignUpRejection>().cloned(),
        headers: parts.headers,
    };
    let response = answers.response(&outcome);
    outcome.complete(response)
}
