//! The response of operations without a result.

use serde::Serialize;

/// The response of an operation without a result: `{"success": true, "message": "…"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Done {
    /// Always `true`: a failure is an error.
    pub success: bool,
    /// A description of the completed action. It is safe to show to any caller.
    pub message: &'static str,
}

impl Done {
    /// Creates a response with this message.
    pub const fn new(message: &'static str) -> Self {
        Self {
            success: true,
            message,
        }
    }
}
