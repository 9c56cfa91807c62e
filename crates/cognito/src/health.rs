//! Health reports, metrics, caches and shutdown of [`Cognito`].

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use cognito_core::clock::rfc3339;
use cognito_core::config::CurrentConfig;
use cognito_core::revocation::WhenStale;
use cognito_core::{Region, RevocationList};
use cognito_metrics::MetricsSnapshot;
use serde::{Serialize, Serializer};

use crate::Cognito;
use crate::faults::HealthFault;

/// A health report of [`Cognito::health`] or [`Cognito::public_health`]. It is created from local
/// state, without a network call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Health {
    /// The overall status of the service.
    pub status: HealthStatus,
    /// Always `CognitoService`.
    pub service: &'static str,
    /// The time at which the report was created, in RFC 3339 in UTC.
    pub timestamp: String,
    /// The masked id and the region of the user pool that the service uses.
    pub config: HealthConfig,
    /// The state of the revocation list.
    pub revocations: HealthRevocations,
    /// Descriptions of the known problems of the service, for operators. Empty if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<&'static str>,
    /// Operations that fail until an operator changes a setting, a permission or a quota.
    ///
    /// A fault ends when the operation succeeds, or if the fault does not occur again for 15
    /// minutes. A [hidden](HealthFault::is_hidden) fault and a used-up quota of messages end only
    /// after 15 minutes, because a success does not prove that they have ended: for a user who does
    /// not exist, Cognito returns success without sending a message.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<HealthFault>,
}

/// The overall status in a [`Health`] report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum HealthStatus {
    /// There is no known problem.
    Healthy,
    /// The service works, but there is a problem; see [`problems`](Health::problems). For example,
    /// a renewal of settings or signing keys failed, an operation fails, or the revocation list is
    /// almost full.
    Degraded,
    /// The service cannot work: it is shutting down, it could never fetch signing keys, or it
    /// rejects all tokens because its revocations are stale ([`WhenStale::FailClosed`]).
    Unhealthy,
}

/// The user pool in a [`Health`] report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct HealthConfig {
    /// The id of the user pool in masked form, such as `us-east-1_***`.
    pub user_pool_id: String,
    /// The region of the user pool.
    pub region: Region,
}

/// The state of the revocation list in a [`Health`] report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct HealthRevocations {
    /// The time since this process read the shared revocations. Newer revocations of other
    /// instances may be missing. `None` if revocations are not shared, or were not read yet. In
    /// JSON: `ageSeconds`.
    #[serde(
        rename = "ageSeconds",
        serialize_with = "seconds",
        skip_serializing_if = "Option::is_none"
    )]
    pub age: Option<Duration>,
    /// The number of unexpired entries in the revocation list.
    pub live: usize,
    /// The maximum number of entries. If the list is full, it replaces entries with broader
    /// entries, which reject more tokens. `None` if the list has no maximum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capacity: Option<usize>,
    /// The number of unexpired entries that several users share. If one of these users is revoked,
    /// such an entry can also reject tokens of the other users. Zero if the list was never full.
    pub overflowed: usize,
    /// The number of this process's revocations that are not yet written to the shared store.
    pub pending_writes: usize,
}

fn seconds<S: Serializer>(age: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(age.unwrap_or_default().as_millis() as f64 / 1000.0)
}

/// Returns `true` if the list has a capacity and is filled to at least 80 % of it.
fn is_nearly_full(list: &dyn RevocationList) -> bool {
    let capacity = list.capacity().map(NonZeroUsize::get);
    capacity.is_some_and(|capacity| list.len() >= capacity - capacity / 5)
}

impl Cognito {
    /// Returns a health report for operators. No call to Cognito is made, because frequent probes
    /// would use up the quota for sign-ins.
    ///
    /// # Security
    ///
    /// Do not publish the report. Some of its [faults](Health::faults) occur only if the account in
    /// a request exists, so they reveal which accounts exist. Use
    /// [`public_health`](Self::public_health) for a public route.
    pub fn health(&self) -> Health {
        self.report(self.faults())
    }

    /// Returns a health report without [hidden](HealthFault::is_hidden) faults. It does not reveal
    /// which accounts exist, so it can be published.
    pub fn public_health(&self) -> Health {
        let mut faults = self.faults();
        faults.retain(|fault| !fault.is_hidden);
        self.report(faults)
    }

    fn faults(&self) -> Vec<HealthFault> {
        let inner = &self.inner;
        inner.faults.current(inner.clock.monotonic())
    }

    fn report(&self, faults: Vec<HealthFault>) -> Health {
        let inner = &self.inner;
        let pool = inner.config.current();
        let mut problems = Vec::new();
        if inner.events.config_failed() {
            problems.push("the settings could not be renewed; the last valid settings are used");
        }
        let no_keys = inner.events.keys_failed() && !inner.events.had_keys();
        if no_keys {
            problems.push("the signing keys could not be fetched; no token can be verified");
        } else if inner.events.keys_failed() {
            problems
                .push("the signing keys could not be renewed; the cached keys are used for a day");
        }
        let rejects_all = self.add_revocation_problems(&mut problems);
        if !faults.is_empty() {
            problems.push(
                "operations fail because of a setting, a permission or a quota; see the faults",
            );
        }
        let mut status = match (problems.is_empty(), no_keys || rejects_all) {
            (true, _) => HealthStatus::Healthy,
            (false, false) => HealthStatus::Degraded,
            (false, true) => HealthStatus::Unhealthy,
        };
        if inner.closed.load(Ordering::Acquire) {
            problems.push("the service is shutting down");
            status = HealthStatus::Unhealthy;
        }
        Health {
            status,
            service: "CognitoService",
            timestamp: rfc3339(self.now()),
            config: HealthConfig {
                user_pool_id: pool.user_pool_id.masked(),
                region: pool.user_pool_id.region(),
            },
            revocations: HealthRevocations {
                age: inner.revocations.age(),
                live: inner.revocations.len(),
                capacity: inner.revocations.capacity().map(NonZeroUsize::get),
                overflowed: inner.revocations.overflowed(),
                pending_writes: inner.revocations.pending_writes(),
            },
            problems,
            faults,
        }
    }

    /// Adds the problems of the revocation list to `problems`. Returns `true` if every token is
    /// rejected because the revocations are stale.
    fn add_revocation_problems(&self, problems: &mut Vec<&'static str>) -> bool {
        let inner = &self.inner;
        let list = &inner.revocations;
        if list.pending_writes() > 0 {
            problems.push("revocations of this instance are not yet known to other instances");
        }
        if list.overflowed() > 0 {
            problems.push(
                "the revocation list is full: some users must refresh or sign in again; \
                 raise its capacity",
            );
        } else if is_nearly_full(&**list) {
            problems.push("the revocation list is 80 % full; raise its capacity");
        }
        if inner.future_tokens.were_seen(inner.clock.monotonic()) {
            problems.push(
                "tokens were issued later than the clock of this instance says; set the clock",
            );
        }
        if list.is_fresh() {
            return false;
        }
        // The setting of this clone is used only if the list has one, which it replaces.
        let choice = list.when_stale().map(|own| self.when_stale.unwrap_or(own));
        problems.push(match choice {
            None => "the revocations of other instances are unknown: the view is stale",
            Some(WhenStale::FailOpen) => {
                "the revocations of other instances are unknown: the view is stale, \
                 tokens are accepted"
            }
            Some(_) => {
                "the revocations of other instances are unknown: the view is stale, \
                 no token is accepted"
            }
        });
        choice.is_some_and(|choice| choice != WhenStale::FailOpen)
    }

    /// Returns the metrics. Counters and durations begin when the client is built, and again with
    /// each call of [`reset_metrics`](Self::reset_metrics). Sizes, such as the number of
    /// revocations, are current.
    pub fn metrics(&self) -> MetricsSnapshot {
        let inner = &self.inner;
        let mut snapshot = inner.events.metrics.snapshot();
        let revoked = inner.revocations.len();
        snapshot.cache.config_cached = true;
        snapshot.cache.secret_hash_cache_size = inner
            .aws
            .as_ref()
            .map_or(0, |aws| aws.secret_hash_cache_len());
        snapshot.cache.token_blacklist_size = revoked;
        snapshot.cache.revocations_age = inner.revocations.age();
        snapshot.cache.revocations_pending_writes = inner.revocations.pending_writes();
        snapshot.cache.revocations_capacity = inner.revocations.capacity().map(NonZeroUsize::get);
        snapshot.cache.revocations_overflowed = inner.revocations.overflowed();
        snapshot.client.initialized = !inner.closed.load(Ordering::Acquire);
        snapshot.security.locked_accounts = inner.attempts.locked_accounts();
        snapshot.security.revoked_tokens = revoked;
        snapshot
    }

    /// Sets all counters and durations of the [`metrics`](Self::metrics) to zero, and removes the
    /// last error.
    pub fn reset_metrics(&self) {
        self.inner.events.metrics.reset();
    }

    /// Clears the cached secret hashes, and reads the settings again in the background. Revocations
    /// and attempt counters are kept, because they exist nowhere else. The signing keys are kept,
    /// because they are renewed automatically.
    pub fn clear_caches(&self) {
        if let Some(aws) = &self.inner.aws {
            aws.clear_secret_hash_cache();
        }
        if let Some(cache) = &self.inner.config_cache {
            let cache = Arc::clone(cache);
            // Without a runtime there is no background task. The settings are renewed at the usual
            // time.
            if let Ok(runtime) = tokio::runtime::Handle::try_current() {
                runtime.spawn(async move { drop(cache.refresh().await) });
            }
        }
    }

    /// Stops the client and its clones. New operations fail with
    /// [`ShuttingDown`](crate::ErrorKind::ShuttingDown). Operations in flight are completed. The
    /// settings are no longer renewed.
    pub async fn shutdown(&self) {
        self.inner.closed.store(true, Ordering::Release);
        if let Some(cache) = &self.inner.config_cache {
            cache.shutdown().await;
        }
    }
}
