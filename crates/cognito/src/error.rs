//! The details of an [`Error`](crate::Error): AWS exceptions, invalid values, and the public
//! substitutes of errors that reveal whether an account exists.

pub use cognito_core::InvalidInput;
pub use cognito_core::error::{
    Audience, Exception, GuessedSecret, HiddenStep, Substitute, exception, exceptions,
};
