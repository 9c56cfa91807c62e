//! The details of an [`Error`](crate::Error): exceptions of AWS, invalid values, and
//! what replaces an error that reveals an account.

pub use cognito_core::InvalidInput;
pub use cognito_core::error::{
    Audience, Exception, GuessedSecret, HiddenStep, Substitute, exception, exceptions,
};
