//! The answer of operations that give nothing back.

use serde::Serialize;

/// What an operation that gives nothing back answers: `{"success": true, "message": "…"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Done {
    /// Always `true`: a failure is an error.
    pub success: bool,
    /// What was done, in words that are safe to show.
    pub message: &'static str,
}

impl Done {
    /// Something was done.
    #[must_use]
    pub const fn new(message: &'static str) -> Self {
        Self {
            success: true,
            message,
        }
    }
}
