//! The details of an [`Error`](crate::Error): exceptions of AWS, invalid values, HTTP responses.

pub use cognito_core::{
    Audience, EnumerationPolicy, ErrorBody, Exception, GuessedSecret, HiddenStep, InvalidInput,
    PublicOutcome, exception, exceptions,
};
