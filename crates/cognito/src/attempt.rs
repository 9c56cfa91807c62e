//! Limits: how many attempts a user or an address may make, and how many requests Cognito gets.
//!
//! [`CognitoBuilder::attempt_guard`](crate::CognitoBuilder::attempt_guard) and
//! [`CognitoBuilder::rate_limiter`](crate::CognitoBuilder::rate_limiter) configure them.

pub use cognito_cache::{
    Attempt, AttemptGuard, AttemptPolicy, AttemptSubject, Budget, BudgetPolicy, CaseRule, Purpose,
    RateLimiter, RateLimiterBuilder, StoreFailure,
};
pub use cognito_core::operations::QuotaCategory;
