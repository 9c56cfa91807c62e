//! The response of operations without a result.

use derive_new::new;
use serde::Serialize;

/// The response of an operation without a result: `{"success": true, "message": "…"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, new)]
#[non_exhaustive]
pub struct Done {
    /// Always `true`: a failure is an error.
    #[new(value = "true")]
    pub success: bool,
    /// A description of the completed action. It is safe to show to any caller.
    pub message: &'static str,
}
