//! The values of all metrics at one time ([`MetricsSnapshot`]).

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use cognito_core::clock::rfc3339;
use serde::{Serialize, Serializer};

/// The values of all metrics since the start or the last reset.
///
/// Later versions may add members. A snapshot serializes to this JSON:
///
/// ```json
/// {
///   "totalRequests": 1234,
///   "totalErrors": 12,
///   "errorRate": "0.97%",
///   "errorsByType": { "NotAuthorizedException": 8, "UserNotFoundException": 4 },
///   "lastError": { "type": "NotAuthorizedException", "time": "2024-01-01T12:00:00.000Z" },
///   "averageRequestTime": "234.56ms",
///   "cache": { "configCached": true, "secretHashCacheSize": 45, "tokenBlacklistSize": 3,
///              "revocationsAgeSeconds": 0.21, "revocationsPendingWrites": 0,
///              "revocationsCapacity": 1000000, "revocationsOverflowed": 0 },
///   "client": { "initialized": true },
///   "security": { "lockedAccounts": 2, "revokedTokens": 3, "refusedAttempts": 5,
///                 "admittedUnchecked": 0, "refusedUnchecked": 0,
///                 "tokensFromFuture": 0, "rejectedRequests": 0 },
///   "operations": { "InitiateAuth": { "count": 1234, "errors": 12, "p50Ms": 234.881, "p99Ms": 469.762 } },
///   "quotas": { "UserAuthentication": { "requests": 1234, "throttled": 2 } },
///   "refreshes": { "config": 7, "configFailed": 0, "keys": 3, "keysFailed": 1 }
/// }
/// ```
///
/// The crate `cognito` sets `cache`, `client`, and `lockedAccounts` and `revokedTokens` of
/// `security`. In a snapshot of [`Metrics`](crate::Metrics) alone, they have their default values.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MetricsSnapshot {
    /// The number of completed operations.
    pub total_requests: u64,
    /// The number of failed operations.
    pub total_errors: u64,
    /// The percentage of failed operations; 0 without operations. In JSON: `"0.97%"`.
    #[serde(serialize_with = "percent")]
    pub error_rate: f64,
    /// The number of failures by error type ([`cognito_core::Error::type_name`]).
    pub errors_by_type: BTreeMap<&'static str, u64>,
    /// The last error since the start or the last reset. `None` if there was none.
    pub last_error: Option<LastError>,
    /// The average duration of an operation; 0 without operations. In JSON: `"234.56ms"`.
    #[serde(serialize_with = "milliseconds_text")]
    pub average_request_time: Duration,
    /// The sizes of the caches and of the revocation list.
    pub cache: CacheStats,
    /// The state of the `Cognito` client of the crate `cognito`: whether it accepts operations. It
    /// accepts none after a shutdown.
    pub client: ClientStats,
    /// The numbers of locked users, revocations, and rejected attempts and tokens.
    pub security: SecurityStats,
    /// Statistics of each operation that completed at least once.
    pub operations: BTreeMap<&'static str, OperationStats>,
    /// The requests to Cognito by the name of their quota category
    /// ([`cognito_core::operations::QuotaCategory::name`]). A category without a request is omitted.
    pub quotas: BTreeMap<&'static str, QuotaStats>,
    /// The numbers of reads of the settings and of fetches of the signing keys.
    pub refreshes: RefreshStats,
}

/// The type and time of the last error.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct LastError {
    /// The error's type ([`cognito_core::Error::type_name`]). In JSON: `type`.
    #[serde(rename = "type")]
    pub error_type: &'static str,
    /// The time at which the error occurred, with a resolution of one millisecond. In JSON: RFC
    /// 3339.
    #[serde(serialize_with = "moment")]
    pub time: SystemTime,
}

/// The sizes of the caches and of the revocation list, at the time of the snapshot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CacheStats {
    /// `true` if the settings are loaded. Always `true` in a snapshot that `Cognito::metrics()` has
    /// returned.
    pub config_cached: bool,
    /// The number of cached secret hashes.
    pub secret_hash_cache_size: usize,
    /// The number of unexpired revocations.
    pub token_blacklist_size: usize,
    /// The time since this process last read the shared revocation list. Newer revocations of other
    /// instances may be missing. In JSON: seconds, as `revocationsAgeSeconds`. If the list is not
    /// shared, or was not read yet, it is `None`, and the member is omitted.
    #[serde(
        rename = "revocationsAgeSeconds",
        serialize_with = "seconds_if_any",
        skip_serializing_if = "Option::is_none"
    )]
    pub revocations_age: Option<Duration>,
    /// The number of this process's revocations that are not yet written to the shared store.
    pub revocations_pending_writes: usize,
    /// The capacity of the revocation list. When the list is full, it merges revocations into
    /// broader revocations, which also reject tokens that were not revoked. If the capacity is not
    /// limited, it is `None`, and the member is omitted in JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revocations_capacity: Option<usize>,
    /// The number of unexpired entries that several users share, because the list was full. If one
    /// of these users is revoked, such an entry can also reject tokens of the other users.
    pub revocations_overflowed: usize,
}

/// The state of the `Cognito` client of the crate `cognito`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ClientStats {
    /// `true` until the shutdown of the client.
    pub initialized: bool,
}

/// The numbers of locked users, revocations, and rejected attempts and tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SecurityStats {
    /// The number of currently locked users that this process has seen, at most 10,000.
    pub locked_accounts: usize,
    /// The number of unexpired revocations.
    pub revoked_tokens: usize,
    /// The number of attempts that were rejected before a request was sent.
    pub refused_attempts: u64,
    /// The number of tokens that were accepted while this process's copy of the shared revocations
    /// was stale. Another instance may have revoked these tokens.
    pub admitted_unchecked: u64,
    /// The number of tokens that were rejected because this process's copy of the shared
    /// revocations was stale.
    pub refused_unchecked: u64,
    /// The number of verified tokens whose `iat` is in the future. If it is not 0, the clock of
    /// this process is behind Cognito's clock.
    pub tokens_from_future: u64,
    /// The number of requests that a guard rejected because of their token.
    pub rejected_requests: u64,
}

/// Statistics of one operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct OperationStats {
    /// The number of completed calls, including failed ones.
    pub count: u64,
    /// The number of calls that failed.
    pub errors: u64,
    /// The median duration of a call, rounded up by at most 25 %. In JSON: milliseconds, as
    /// `p50Ms`.
    #[serde(rename = "p50Ms", serialize_with = "milliseconds")]
    pub p50: Duration,
    /// The 99th percentile of the duration of a call, rounded up by at most 25 %. In JSON:
    /// milliseconds, as `p99Ms`.
    #[serde(rename = "p99Ms", serialize_with = "milliseconds")]
    pub p99: Duration,
}

/// The requests of one quota category.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct QuotaStats {
    /// The number of requests, including requests that were sent again.
    pub requests: u64,
    /// The number of requests that AWS rejected because the quota was used up.
    pub throttled: u64,
}

/// The numbers of reads of the settings and of fetches of the signing keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RefreshStats {
    /// The number of successful reads of the settings, including the first read.
    pub config: u64,
    /// The number of failed reads of the settings.
    pub config_failed: u64,
    /// The number of successful fetches of the signing keys.
    pub keys: u64,
    /// The number of failed fetches of the signing keys.
    pub keys_failed: u64,
}

fn percent<S: Serializer>(rate: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{rate:.2}%"))
}

fn milliseconds_text<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{:.2}ms", time.as_secs_f64() * 1000.0))
}

/// Serializes milliseconds with three decimals, because the verification of a token takes less than
/// one millisecond.
fn milliseconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((time.as_secs_f64() * 1_000_000.0).round() / 1000.0)
}

fn seconds_if_any<S: Serializer>(
    time: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.unwrap_or_default().as_millis() as f64 / 1000.0)
}

fn moment<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&rfc3339(*time))
}
