//! The attempt guard, which limits failed attempts by user and address, and the rate limiter, which
//! limits the calls to Cognito.
//!
//! [`CognitoBuilder::attempt_guard`](crate::CognitoBuilder::attempt_guard) and
//! [`CognitoBuilder::rate_limiter`](crate::CognitoBuilder::rate_limiter) set a custom guard and the
//! limiter.

pub use cognito_cache::{
    Attempt, AttemptGuard, AttemptPolicy, AttemptSubject, Budget, BudgetPolicy, CaseRule, Purpose,
    RateLimiter, RateLimiterBuilder, StoreFailure,
};
pub use cognito_core::operations::QuotaCategory;
