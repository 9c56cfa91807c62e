//! What the counters stood at, as operators read it.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use cognito_core::rfc3339;
use serde::{Serialize, Serializer};

/// What the counters stood at, since the start or the last reset.
///
/// It serializes to this JSON, to which later versions may add:
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
///                 "tokensFromFuture": 0 },
///   "operations": { "SignIn": { "count": 1234, "errors": 12, "p50Ms": 234.881, "p99Ms": 469.762 } },
///   "refreshes": { "config": 7, "configFailed": 0, "keys": 3, "keysFailed": 1 }
/// }
/// ```
///
/// `cache`, `client` and the first two numbers of `security` are not counted here: whoever owns
/// what they speak of sets them.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MetricsSnapshot {
    /// How many operations ended.
    pub total_requests: u64,
    /// How many of them failed.
    pub total_errors: u64,
    /// How many of a hundred failed; 0 if there were none. In JSON `"0.97%"`.
    #[serde(serialize_with = "percent")]
    pub error_rate: f64,
    /// How many failed with which error ([`cognito_core::Error::type_name`]).
    pub errors_by_type: BTreeMap<&'static str, u64>,
    /// The error that happened last.
    pub last_error: Option<LastError>,
    /// How long an operation took on average; 0 if there were none. In JSON `"234.56ms"`.
    #[serde(serialize_with = "milliseconds_text")]
    pub average_request_time: Duration,
    /// What is cached.
    pub cache: CacheStats,
    /// The state of the client.
    pub client: ClientStats,
    /// Locks and revocations.
    pub security: SecurityStats,
    /// Each operation that ended at least once.
    pub operations: BTreeMap<&'static str, OperationStats>,
    /// What was read anew in the background.
    pub refreshes: RefreshStats,
}

/// An error that happened.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct LastError {
    /// Its type ([`cognito_core::Error::type_name`]). In JSON `type`.
    #[serde(rename = "type")]
    pub error_type: &'static str,
    /// When it happened, to the millisecond. In JSON as RFC 3339 text.
    #[serde(serialize_with = "moment")]
    pub time: SystemTime,
}

/// What is cached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CacheStats {
    /// Whether the settings are loaded.
    pub config_cached: bool,
    /// How many secret hashes are cached.
    pub secret_hash_cache_size: usize,
    /// How many revocations are live.
    pub token_blacklist_size: usize,
    /// How old the view of the revocations is, where other machines feed it: all that was revoked
    /// anywhere up to this long ago is in it. In JSON in seconds as `revocationsAgeSeconds`, and
    /// left out where there is none.
    #[serde(
        rename = "revocationsAgeSeconds",
        serialize_with = "seconds_if_any",
        skip_serializing_if = "Option::is_none"
    )]
    pub revocations_age: Option<Duration>,
    /// How many revocations of this process wait to be written to the shared store.
    pub revocations_pending_writes: usize,
    /// How many revocations the list holds before it replaces entries by wider ones. In JSON left out
    /// if there is no such bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revocations_capacity: Option<usize>,
    /// How many live revocations reject tokens of other users, too, because the list was full.
    pub revocations_overflowed: usize,
}

/// The state of the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ClientStats {
    /// Whether the client is ready for requests.
    pub initialized: bool,
}

/// Locks and revocations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SecurityStats {
    /// How many users are locked now.
    pub locked_accounts: usize,
    /// How many revocations are live.
    pub revoked_tokens: usize,
    /// How many attempts were refused before anything was sent.
    pub refused_attempts: u64,
    /// How many tokens were let through while the view of the revocations was stale.
    pub admitted_unchecked: u64,
    /// How many tokens got no verdict because the view of the revocations was stale.
    pub refused_unchecked: u64,
    /// How many verified tokens were issued later than the clock of this process says: it is behind
    /// Cognito's.
    pub tokens_from_future: u64,
}

/// One operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct OperationStats {
    /// How often it ended.
    pub count: u64,
    /// How often it failed.
    pub errors: u64,
    /// How long it took at most in half of all cases. In JSON in milliseconds as `p50Ms`. Rounded
    /// up by at most a quarter.
    #[serde(rename = "p50Ms", serialize_with = "milliseconds")]
    pub p50: Duration,
    /// How long it took at most in 99 of a hundred cases. In JSON in milliseconds as `p99Ms`.
    /// Rounded up by at most a quarter.
    #[serde(rename = "p99Ms", serialize_with = "milliseconds")]
    pub p99: Duration,
}

/// What was read anew in the background.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RefreshStats {
    /// How often the settings were read with success.
    pub config: u64,
    /// How often the settings could not be read.
    pub config_failed: u64,
    /// How often the pool's keys were fetched with success.
    pub keys: u64,
    /// How often the pool's keys could not be fetched.
    pub keys_failed: u64,
}

fn percent<S: Serializer>(rate: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{rate:.2}%"))
}

fn milliseconds_text<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{:.2}ms", time.as_secs_f64() * 1000.0))
}

/// To the microsecond: a check of a token takes less than one millisecond.
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
