//! The result of an operation that returns no data.

use derive_new::new;
use serde::Serialize;

/// The result of an operation that returns no data. It serializes to `{"success": true, "message":
/// "…"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, new)]
#[non_exhaustive]
pub struct Done {
    /// Always `true`, because a failed operation returns an error.
    #[new(value = "true")]
    pub success: bool,
    /// The completed action in words. It is safe to show to any caller.
    pub message: &'static str,
}
