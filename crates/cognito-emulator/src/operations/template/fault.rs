//! The error of a template, with the path of the invalid value ([`Fault`]).

use std::fmt;

use crate::model::aws::Mismatch;
use crate::model::error::StartError;
use crate::model::failure::Failure;

/// The reason why a template is invalid, and the path of the invalid value.
#[derive(Debug)]
pub(super) struct Fault {
    /// The steps of the path from the template to the value, last step first.
    steps: Vec<String>,
    /// The message for the user. Security: it contains no values of the template, because they may
    /// be secrets. Only AWS's own messages contain values, and only values that are not sensitive.
    reason: String,
    /// `true` if the value is valid in AWS, but the emulator cannot evaluate it.
    pub(super) is_unsupported: bool,
    /// `true` if the path to the invalid value is complete. Further steps are then ignored. For
    /// example, an error in a parameter has the path of the parameter, and not the path of the
    /// value that refers to the parameter.
    is_complete: bool,
}

impl Fault {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self {
            steps: Vec::new(),
            reason: reason.into(),
            is_unsupported: false,
            is_complete: false,
        }
    }

    /// Creates the error for a value that AWS accepts, but the emulator cannot evaluate.
    pub(super) fn unsupported(reason: impl Into<String>) -> Self {
        Self {
            is_unsupported: true,
            ..Self::new(reason)
        }
    }

    /// Adds a step at the start of the path to the invalid value: the name of a member, or an index
    /// such as `[0]`. Does nothing if [`of_entry`](Self::of_entry) has completed the path.
    pub(super) fn within(mut self, step: impl Into<String>) -> Self {
        if !self.is_complete {
            self.steps.push(step.into());
        }
        self
    }

    /// Adds the section and the name of an entry, such as `Parameters.Stage`, at the start of the
    /// path to the invalid value. Call this method last: it completes the path, and later calls of
    /// [`within`](Self::within) do nothing.
    pub(super) fn of_entry(self, section: &str, name: &str) -> Self {
        Self {
            is_complete: true,
            ..self.within(name).within(section)
        }
    }

    /// Creates the error of a request to AWS that the emulator has rejected.
    pub(super) fn rejected(failure: Failure) -> Self {
        let (code, message) = failure.into_parts();
        Self::new(format!("{code}: {}", message.trim_end()))
    }

    pub(super) fn reason(&self) -> &str {
        &self.reason
    }

    /// Returns the path of the faulty value in the template, such as
    /// `Resources.Pool.Properties.Schema[0].Name`.
    pub(super) fn path(&self) -> String {
        let mut path = String::new();
        for step in self.steps.iter().rev() {
            if !path.is_empty() && !step.starts_with('[') {
                path.push('.');
            }
            path.push_str(step);
        }
        path
    }
}

impl From<Mismatch> for Fault {
    fn from(mismatch: Mismatch) -> Self {
        Self {
            steps: mismatch.steps,
            ..Self::new(mismatch.reason)
        }
    }
}

impl From<Fault> for StartError {
    fn from(fault: Fault) -> Self {
        let path = fault.path();
        Self::Template {
            path: if path.is_empty() {
                "the document".to_owned()
            } else {
                path
            },
            reason: fault.reason,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path();
        if !path.is_empty() {
            write!(f, "{path}: ")?;
        }
        f.write_str(&self.reason)
    }
}
