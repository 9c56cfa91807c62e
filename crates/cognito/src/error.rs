//! The details of an [`Error`](crate::Error): exceptions of AWS, invalid values, HTTP responses.

pub use cognito_core::InvalidInput;
pub use cognito_core::error::{
    Audience, EnumerationPolicy, ErrorBody, Exception, GuessedSecret, HiddenStep, PublicOutcome,
    exception, exceptions,
};
