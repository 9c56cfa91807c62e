//! Metrics of Amazon CloudWatch: how much of the quotas of Cognito is used.
//!
//! AWS rejects requests if an account sends more requests per second than the quota of their
//! [category](crate::attempt::QuotaCategory) allows. [`CloudWatch`] returns the rates of the last
//! hour. The quotas are in the response of `Operation::GetProvisionedLimit`
//! ([`document`](crate::administration::Admin::document)).
//!
//! ```no_run
//! # async fn example(pool: cognito::config::PoolConfig) -> cognito::Result<()> {
//! use cognito::monitoring::CloudWatch;
//!
//! let cloud_watch = CloudWatch::builder(&pool).load().await?;
//! for usage in cloud_watch.quota_use().await? {
//!     let (category, throttled) = (usage.category.name(), usage.throttled);
//!     println!("{category}: up to {:.1} per second, {throttled} throttled", usage.peak);
//! }
//! # Ok(()) }
//! ```

pub use cognito_aws::{CloudWatch, CloudWatchBuilder, QuotaUse};
