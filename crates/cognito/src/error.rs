//! The types for the details of an [`Error`](crate::Error). They describe AWS exceptions, invalid
//! values, and the errors that a response to the public shows instead of an error that reveals
//! whether an account exists.

pub use cognito_core::InvalidInput;
#[doc(hidden)]
pub use cognito_core::error::sources;
pub use cognito_core::error::{
    Audience, Exception, GuessedSecret, HiddenStep, Substitute, exception, exceptions,
};
