//! Faults that tests inject: errors, delays and closed connections.

use std::time::Duration;

use http::StatusCode;
use parking_lot::Mutex;

use crate::model::aws;
use crate::model::error::FaultError;
use crate::operations::Operation;

/// The maximum length of the code of an exception, in characters.
const LONGEST_CODE: usize = 128;

/// The maximum length of the message of an exception, in characters.
const LONGEST_MESSAGE: usize = 8192;

/// A fault that a test injects into an operation or an endpoint: an error, a delay or a closed
/// connection.
///
/// The fault applies to one name, which is one of these:
///
/// - an operation, such as `InitiateAuth` or `GetParameters`. If an operation of another service
///   has the same name as an operation of user pools, use the value of its header `X-Amz-Target`,
///   such as `AmazonSSM.ListTagsForResource`;
/// - the path of a managed login page or an OAuth 2.0 endpoint, such as `/oauth2/token`;
/// - `jwks.json`, for the public keys of all pools.
///
/// [`Emulator::inject`](crate::Emulator::inject) rejects any other name.
///
/// A fault applies to the next [`times`](Self::times) calls. Without this limit, it applies to
/// every call until [`clear_faults`](crate::Emulator::clear_faults) or
/// [`reset`](crate::Emulator::reset). If several faults have one name, the oldest active fault is
/// used. A call with a fault is counted like any other call.
#[derive(Clone, Debug)]
pub struct Fault {
    pub(crate) operation: String,
    kind: FaultKind,
    remaining: Option<u64>,
}

impl Fault {
    /// Creates a fault that returns an exception of AWS instead of running the operation or
    /// endpoint. The code and the message are in the JSON body and in the headers. The status is
    /// 500 for an internal error such as `InternalErrorException`, otherwise 400.
    ///
    /// An operation of IAM or STS returns the exception as XML, with the status that these services
    /// use. If the fault applies to a path or to `jwks.json`, the response has status 400 and the
    /// body `{"error": code, "error_description": message}`.
    ///
    /// [`Emulator::inject`](crate::Emulator::inject) rejects a code with more than 128 characters,
    /// and a message with more than 8,192. If the fault applies to an operation, the code must be
    /// the exact name of an exception: one of the service of the operation, or one that all
    /// services have, such as `ThrottlingException`. Any other code is rejected.
    pub fn error(
        operation: impl Into<String>,
        code: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        let (code, message) = (code.into(), message.into());
        Self::new(operation.into(), FaultKind::Error { code, message })
    }

    /// Creates a fault that delays the call. The delay is in real time: the emulator's clock has no
    /// influence.
    pub fn delay(operation: impl Into<String>, delay: Duration) -> Self {
        Self::new(operation.into(), FaultKind::Delay(delay))
    }

    /// Creates a fault that simulates a lost response: the call takes effect, then the connection
    /// is closed without a response.
    pub fn cut(operation: impl Into<String>) -> Self {
        Self::new(operation.into(), FaultKind::Cut)
    }

    /// Creates a fault that closes the connection before the call takes effect.
    pub fn refuse(operation: impl Into<String>) -> Self {
        Self::new(operation.into(), FaultKind::Refuse)
    }

    /// Creates a fault that returns an HTTP status without an exception, as a proxy might, instead
    /// of running the operation or endpoint. The body is `{"message": "503"}` for the status 503.
    /// If `status` is not a valid HTTP status, the response has status 500.
    pub fn status(operation: impl Into<String>, status: u16) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self::new(operation.into(), FaultKind::Status(status))
    }

    /// Limits the fault to the next `calls` calls. Default: no limit.
    pub const fn times(mut self, calls: u64) -> Self {
        self.remaining = Some(calls);
        self
    }

    /// Returns a description of what the fault does, for the emulator's window (its web interface).
    pub(crate) fn summary(&self) -> String {
        match &self.kind {
            FaultKind::Cut => "runs the call, then closes the connection".to_owned(),
            FaultKind::Delay(delay) => format!("delays the call by {} ms", delay.as_millis()),
            FaultKind::Error { code, .. } => format!("returns {code}"),
            FaultKind::Refuse => "closes the connection before the call".to_owned(),
            FaultKind::Status(status) => format!("returns status {}", status.as_u16()),
        }
    }

    /// Returns the number of calls to which the fault still applies. `None` if there is no limit.
    pub(crate) const fn remaining(&self) -> Option<u64> {
        self.remaining
    }

    /// Fails if the code or the message of the exception is too long, or if `operation` cannot
    /// return the exception. `operation` is `None` if the fault applies to an endpoint.
    pub(crate) fn check(&self, operation: Option<&Operation>) -> Result<(), FaultError> {
        let FaultKind::Error { code, message } = &self.kind else {
            return Ok(());
        };
        let is_long = |text: &str, most| text.chars().nth(most).is_some();
        if is_long(code, LONGEST_CODE) || is_long(message, LONGEST_MESSAGE) {
            return Err(FaultError::LongException);
        }
        if operation.is_some_and(|operation| !aws::has_exception(operation.api, code)) {
            let code = code.clone();
            return Err(FaultError::UnknownException { code });
        }
        Ok(())
    }

    fn is_active(&self) -> bool {
        self.remaining != Some(0)
    }

    const fn new(operation: String, kind: FaultKind) -> Self {
        Self {
            operation,
            kind,
            remaining: None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FaultKind {
    Cut,
    Delay(Duration),
    Error { code: String, message: String },
    Refuse,
    Status(StatusCode),
}

#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    pub(crate) fn inject(&self, fault: Fault) {
        self.0.lock().push(fault);
    }

    pub(crate) fn clear(&self) {
        self.0.lock().clear();
    }

    /// Returns all active faults, the oldest first.
    pub(crate) fn all(&self) -> Vec<Fault> {
        let faults = self.0.lock();
        faults.iter().filter(|it| it.is_active()).cloned().collect()
    }

    /// Returns the number of active faults.
    pub(crate) fn len(&self) -> usize {
        let faults = self.0.lock();
        faults.iter().filter(|it| it.is_active()).count()
    }

    /// Returns the effect of the oldest active fault for the operation or endpoint `operation`, and
    /// counts this use of the fault. Returns `None` if no active fault has this name.
    pub(crate) fn take(&self, operation: &str) -> Option<FaultKind> {
        let mut faults = self.0.lock();
        faults.retain(Fault::is_active);
        let fault = faults
            .iter_mut()
            .find(|fault| fault.operation == operation)?;
        if let Some(remaining) = &mut fault.remaining {
            *remaining -= 1;
        }
        Some(fault.kind.clone())
    }
}
