//! What the sources of settings in AWS services have in common: timeouts, the errors of calls, and
//! the rejection of plain `http`.

pub(crate) mod failure;
pub(crate) mod plain_http;

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;

/// Returns the timeouts of the sources: 3 seconds to connect, 5 seconds to the first byte.
pub(crate) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3))
        .read_timeout(Duration::from_secs(5))
        .build()
}

/// Returns the retry configuration of the sources: at most 3 attempts.
pub(crate) fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(3)
}
