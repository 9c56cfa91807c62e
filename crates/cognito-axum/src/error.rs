//! The conversion of errors to HTTP responses.

use std::borrow::Cow;
use std::fmt;
use std::time::SystemTime;

use axum_core::body::Body;
use axum_core::response::{IntoResponse, Response};
use cognito_core::{Clock, Error, ErrorKind, InvalidInput, SystemClock};
use cognito_tower::public::{EnumerationPolicy, ErrorBody};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};

/// An error that a handler returns. The response has the JSON body
/// `{"statusCode", "message", "error", "timestamp"}`.
///
/// ```
/// use cognito_axum::ApiError;
/// use cognito_core::{Error, ErrorKind};
///
/// async fn handler() -> Result<&'static str, ApiError> {
///     let signed_in: Result<(), Error> = Err(ErrorKind::UserNotFound.into());
///     signed_in?; // Responds 401, as for a wrong password.
///     Ok("hello")
/// }
/// # drop(handler());
/// ```
///
/// [`Error::substitute`] determines the status, the headers and the message. By default the
/// response does not reveal whether an account exists ([`policy`](Self::policy)). Errors of
/// operations for operators (`Cognito::admin`) are not hidden, so offer routes with these
/// operations to operators only.
///
/// Every response has `Cache-Control: no-store`. A 401, and a 403 for a missing scope, has a
/// challenge (`WWW-Authenticate: Bearer realm="api"`, RFC 6750 section 3). If the error has a time
/// after which a retry is possible and is not hidden, `Retry-After` contains this time in seconds.
#[derive(Clone)]
#[must_use = "an error must be returned to be sent"]
pub struct ApiError {
    what: What,
    policy: EnumerationPolicy,
    at: Option<SystemTime>,
}

#[derive(Clone, Debug)]
enum What {
    Failed(Error),
    Custom(StatusCode, Cow<'static, str>),
}

impl ApiError {
    /// Creates the response to an error of a Cognito crate.
    pub const fn new(error: Error) -> Self {
        Self::of(What::Failed(error))
    }

    /// Creates a custom error response with this status and message. `message` must be safe to show
    /// to any caller.
    ///
    /// ```
    /// use cognito_axum::ApiError;
    /// use http::StatusCode;
    ///
    /// let sold_out = ApiError::refused(StatusCode::CONFLICT, "There are no seats left");
    /// assert_eq!(sold_out.status(), StatusCode::CONFLICT);
    /// ```
    pub fn refused(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self::of(What::Custom(status, message.into()))
    }

    const fn of(what: What) -> Self {
        Self {
            what,
            policy: EnumerationPolicy::Hide,
            at: None,
        }
    }

    cognito_core::setters! {
        /// Sets whether the response may reveal whether an account exists. Default: it does not.
        pub fn policy(policy: EnumerationPolicy) { policy = policy }

        /// Sets the time of the error, which is the `timestamp` in the body. Default: the system
        /// time when the response is created.
        pub fn at(moment: SystemTime) { at = Some(moment) }
    }

    /// Returns the status of the response.
    pub fn status(&self) -> StatusCode {
        status_of(&self.body())
    }

    /// Returns the original error, for your log. Returns `None` for a [custom
    /// response](Self::refused). Do not send the error to the client: it can contain more than the
    /// response.
    pub const fn error(&self) -> Option<&Error> {
        match &self.what {
            What::Failed(error) => Some(error),
            What::Custom(..) => None,
        }
    }

    fn body(&self) -> ErrorBody {
        let at = self.at.unwrap_or_else(|| SystemClock::new().now());
        match &self.what {
            What::Failed(error) => ErrorBody::new(error, self.policy, at),
            What::Custom(status, message) => {
                ErrorBody::with_message(status.as_u16(), message.clone(), at)
            }
        }
    }

    /// Returns the value of the header `WWW-Authenticate`. Only two responses have this header:
    /// status 401, and status 403 if the token lacks a scope. If the error is about a token, the
    /// value has the parameter `error`.
    fn challenge(&self, status: StatusCode) -> Option<HeaderValue> {
        let kind = self.error().map(|error| self.policy.kind(error));
        let challenge = match (status, kind) {
            (StatusCode::UNAUTHORIZED, Some(ErrorKind::InsufficientAuthentication)) => {
                "Bearer realm=\"api\", error=\"insufficient_user_authentication\""
            }
            (StatusCode::UNAUTHORIZED, Some(kind)) if is_about_a_token(kind) => {
                "Bearer realm=\"api\", error=\"invalid_token\""
            }
            // RFC 6750 section 3 requires at least one parameter in every challenge.
            (StatusCode::UNAUTHORIZED, _) => "Bearer realm=\"api\"",
            (StatusCode::FORBIDDEN, Some(ErrorKind::InsufficientScope)) => {
                "Bearer realm=\"api\", error=\"insufficient_scope\""
            }
            _ => return None,
        };
        Some(HeaderValue::from_static(challenge))
    }

    /// Returns the value of `Retry-After`: the seconds until a retry is possible, rounded up.
    /// Returns `None` if the error has no such time, or if the policy hides the error.
    fn retry_after(&self) -> Option<HeaderValue> {
        let wait = self.policy.retry_after(self.error()?)?;
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        Some(HeaderValue::from(seconds))
    }
}

const fn is_about_a_token(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::AccessRevoked
            | ErrorKind::TokenExpired
            | ErrorKind::TokenInvalid
            | ErrorKind::TokenRevoked
    )
}

fn status_of(body: &ErrorBody) -> StatusCode {
    StatusCode::from_u16(body.status_code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = self.body();
        let status = status_of(&body);
        // Serializing strings and numbers cannot fail.
        let json = serde_json::to_string(&body).unwrap_or_default();
        let mut response = Response::new(Body::from(json));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let further = [
            (WWW_AUTHENTICATE, self.challenge(status)),
            (RETRY_AFTER, self.retry_after()),
        ];
        for (name, value) in further {
            if let Some(value) = value {
                headers.insert(name, value);
            }
        }
        // For `AuthRoutes::answers`. Security: it is the kind that the response may show.
        #[cfg(feature = "routes")]
        if let Some(error) = self.error() {
            let kind = crate::shown::ShownKind(self.policy.kind(error));
            response.extensions_mut().insert(kind);
        }
        response
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        Self::new(error)
    }
}

impl From<InvalidInput> for ApiError {
    fn from(invalid: InvalidInput) -> Self {
        Self::new(invalid.into())
    }
}

#[cfg(feature = "routes")]
impl From<cognito::RespondError> for ApiError {
    fn from(error: cognito::RespondError) -> Self {
        Self::new(error.into())
    }
}

cognito_core::impl_debug!(ApiError { what, policy });

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Failed(error) => fmt::Display::fmt(error, f),
            What::Custom(_, message) => f.write_str(message),
        }
    }
}

impl std::error::Error for ApiError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(self.error()?)
    }
}
