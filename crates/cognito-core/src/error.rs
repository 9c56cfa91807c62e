//! The error type of these crates.

mod attempt;
mod exceptions;
mod kind;
mod messages;
mod oauth;
mod report;
mod substitute;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use attempt::{Attempt, Attempts};
pub use exceptions::{Exception, exception, exceptions};
pub use kind::ErrorKind;
pub use report::Audience;
pub use substitute::{GuessedSecret, HiddenStep, Substitute};

use crate::input::InvalidInput;
use crate::operations::Operation;
use crate::replied_at::RepliedAt;

/// The result of an operation: a value or an [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Returns the error, its source, the source of its source, and so on.
#[doc(hidden)]
pub fn sources<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

/// The error type of all operations.
///
/// Match on [`kind`](Self::kind) to handle an error. `Display` is for the operator. It shows the
/// operation, the kind, the detail that this library wrote and the AWS code, and never a password,
/// code, token, session or name. For responses to the public, use the module `public` of
/// `cognito-tower`.
///
/// An error can be cloned, for example for all callers of one in-flight call. Clones share the
/// source.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    operation: Option<Operation>,
    exception: Option<&'static Exception>,
    code: Option<Box<str>>,
    detail: Option<Cow<'static, str>>,
    aws_message: Option<Box<str>>,
    request_id: Option<Box<str>>,
    retry_after: Option<Duration>,
    guessed: Option<GuessedSecret>,
    hidden_step: Option<HiddenStep>,
    /// `true` if managed login sent the error through a browser. The error may then be forged.
    via_browser: bool,
    replied_at: RepliedAt,
    attempts: Box<[Attempt]>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    /// Creates an error of this kind.
    pub fn new(kind: ErrorKind) -> Self {
        Self(Box::new(Inner {
            kind,
            operation: None,
            exception: None,
            code: None,
            detail: None,
            aws_message: None,
            request_id: None,
            retry_after: None,
            guessed: None,
            hidden_step: None,
            via_browser: false,
            replied_at: RepliedAt::unknown(),
            attempts: Box::default(),
            source: None,
        }))
    }

    /// Creates an error from the exception code and message of an AWS response.
    ///
    /// The code determines the kind. For exceptions with several meanings, such as
    /// `NotAuthorizedException`, known messages determine a more specific kind, and may add a
    /// detail for operators. A code that is not one of the 59 [`exceptions`](fn@exceptions) of
    /// Cognito's service model is kept too. Its kind is [`ErrorKind::Unknown`], or a specific kind
    /// for codes that every AWS service may return.
    pub fn from_aws(code: &str, message: &str) -> Self {
        let exception = exception(code);
        let (kind, hint) = exceptions::classify(exception, code, message);
        let mut error = Self::new(kind);
        error.0.exception = exception;
        error.0.code = Some(bounded(code, 128).into());
        error.0.detail = hint.map(Cow::Borrowed);
        error.0.aws_message = Some(bounded(message, MOST_MESSAGE).into());
        error
    }

    /// Replaces the kind. Use it if the operation determines the kind more precisely than AWS's
    /// code.
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Sets the detail for operators. It replaces an earlier detail. It must not contain user
    /// input, such as a name or a secret.
    pub fn with_detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// Adds the operation that failed. An operation that is already set is kept.
    ///
    /// For some operations, `LimitExceededException` is a quota of resources (groups of a pool;
    /// group memberships, links and passkeys of a user), not a limit of attempts. The kind then
    /// becomes [`ErrorKind::Quota`].
    pub fn with_operation(mut self, operation: Operation) -> Self {
        self.0.operation.get_or_insert(operation);
        let is_limit = self.code() == Some("LimitExceededException");
        if is_limit && self.0.kind == ErrorKind::AttemptLimit && operation.limits_resources() {
            self.0.kind = ErrorKind::Quota;
        }
        self
    }

    /// Records that managed login sent the error through a browser. The error may then be forged.
    pub(crate) fn via_browser(mut self) -> Self {
        self.0.via_browser = true;
        self
    }

    /// Sets AWS's request id. AWS support needs it.
    pub fn with_request_id(mut self, request_id: &str) -> Self {
        self.0.request_id = Some(bounded(request_id, 128).into());
        self
    }

    /// Sets the time to wait before a retry can succeed. Default: `None`.
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// Sets the time of the response by Cognito's clock. Default: unknown.
    pub fn with_replied_at(mut self, replied_at: RepliedAt) -> Self {
        self.0.replied_at = replied_at;
        self
    }

    /// Sets the source of this error, which [`source`](StdError::source) returns.
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// Returns the kind of error. Match on the kind to handle the error.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns the operation that failed, or `None` if the error is not from an operation.
    pub fn operation(&self) -> Option<Operation> {
        self.0.operation
    }

    /// Returns AWS's exception code, such as `NotAuthorizedException`, or the `error` of an OAuth
    /// 2.0 endpoint, such as `invalid_grant`. Returns `None` if the error is not from a response of
    /// Cognito.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// Returns AWS's message, or the `error_description` of an OAuth 2.0 endpoint. Returns `None`
    /// if there is none. The message may contain user input and the message of a Lambda trigger. Do
    /// not show it to callers. For logs, use [`operator_message`](Self::operator_message).
    pub fn aws_message(&self) -> Option<&str> {
        self.0.aws_message.as_deref()
    }

    /// Returns `true` if Cognito rejected the secret of the app client. Cognito checks the secret
    /// before anything else, so the request has had no effect, and can be sent again with another
    /// secret of the app client.
    pub fn rejects_client_secret(&self) -> bool {
        match self.kind() {
            // `unauthorized_client` says that the app client does not have the grant.
            ErrorKind::ClientAuth => self.code() != Some("unauthorized_client"),
            ErrorKind::Configuration => {
                messages::is_about_wrong_secret(self.aws_message().unwrap_or_default())
            }
            _ => false,
        }
    }

    /// Returns AWS's request id, if the response had one.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// Returns the HTTP status for a response with this error. The status may reveal whether an
    /// account exists; see [`substitute`](Self::substitute).
    pub fn status(&self) -> u16 {
        match self.0.exception {
            // The kind may be narrower than the exception (a lockout, a disabled user).
            Some(exception) if exception.kind == self.0.kind => exception.status,
            _ => self.0.kind.status(),
        }
    }

    /// Returns the name of the error for metrics: the AWS exception if Cognito's service model has
    /// it, otherwise the kind. The names are a closed set, so an attacker cannot choose a metric
    /// label.
    pub fn type_name(&self) -> &'static str {
        self.0
            .exception
            .map_or_else(|| self.0.kind.name(), |exception| exception.code)
    }

    /// Returns `true` if the same call may succeed later without a change.
    ///
    /// An error about a limit on a user's attempts (wrong codes, too many resets) is not retryable,
    /// because further attempts extend the limit. An error after which the request [may have taken
    /// effect](Self::may_have_taken_effect) is not retryable either.
    pub fn is_retryable(&self) -> bool {
        self.0.kind.is_retryable()
    }

    /// Returns the time to wait before a retry can succeed, or `None` if it is unknown.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns the time of the response by Cognito's clock. It is [unknown](RepliedAt::unknown) if
    /// there was no response.
    pub fn replied_at(&self) -> RepliedAt {
        self.0.replied_at
    }

    /// Returns `true` if the request may have taken effect although it failed. For example, the
    /// response was lost, or Cognito created the user but could not send the code.
    pub fn may_have_taken_effect(&self) -> bool {
        self.code() == Some("CodeDeliveryFailureException")
            || matches!(
                self.0.kind,
                ErrorKind::Delivery
                    | ErrorKind::DeliveryQuota
                    | ErrorKind::Timeout
                    | ErrorKind::ReplyLost
            )
    }
}

/// The maximum number of characters of AWS's message that an error keeps.
const MOST_MESSAGE: usize = 1024;

fn bounded(text: &str, max: usize) -> &str {
    // No string has more characters than bytes, and counting takes time.
    if text.len() <= max {
        return text;
    }
    match text.char_indices().nth(max) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(operation) = self.0.operation {
            write!(f, "{}: ", operation.name())?;
        }
        f.write_str(self.0.kind.description())?;
        if let Some(detail) = &self.0.detail {
            write!(f, ": {detail}")?;
        }
        if let Some(code) = &self.0.code {
            write!(f, " ({})", code.escape_debug())?;
        }
        Ok(())
    }
}

// Security: AWS's message is not shown, because it can contain user input.
impl_debug!(Error.0 { kind, operation, code, detail, request_id, source });

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.0.source {
            Some(source) => Some(&**source),
            None => None,
        }
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self::new(kind)
    }
}

impl From<InvalidInput> for Error {
    fn from(invalid: InvalidInput) -> Self {
        Self::new(ErrorKind::InvalidParameter).with_detail(invalid.to_string())
    }
}
