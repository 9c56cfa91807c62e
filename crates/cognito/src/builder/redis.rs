//! The options for instances that share revocations and counters through Redis or Valkey.

use std::sync::Arc;

use cognito_cache::{AttemptGuard, EncryptedStore, Seal, SealKey, StoreFailure};
use cognito_core::{PoolConfig, Result, RevocationList};
use cognito_redis::{RedisConfig, RedisRevocations, RedisStore, WhenStale};

use super::{CognitoBuilder, misuse};
use crate::events::Events;

/// The settings of the shared Redis or Valkey server, and whether tokens are accepted while the
/// server is unavailable.
pub(super) struct Shared {
    config: RedisConfig,
    when_stale: WhenStale,
}

impl CognitoBuilder {
    /// Shares revocations and the counters of failed attempts with other instances, through Redis
    /// or Valkey. `when_stale` sets what happens to tokens while the Redis server is unavailable.
    /// [`attempt_store_failure`](Self::attempt_store_failure) sets what happens to attempts during
    /// that time. Default: revocations and counters are not shared.
    ///
    /// Instances that share counters need the same [`attempt_key`](Self::attempt_key). Without it,
    /// [`build`](Self::build) fails.
    ///
    /// Keys of revocations and counters on the Redis server begin with `cognito:` and the pool id.
    /// Keys of [shared documents](Self::share_documents) begin with `cognito:`.
    /// [`RedisConfig::with_prefix`](crate::store::RedisConfig::with_prefix) replaces the two
    /// prefixes.
    ///
    /// ```no_run
    /// use cognito::Cognito;
    /// use cognito::revocation::WhenStale;
    /// use cognito::store::RedisConfig;
    ///
    /// # async fn example(key: [u8; 32]) -> cognito::Result<()> {
    /// let redis = RedisConfig::server("rediss://:password@cache.example.com:6379")?;
    /// let cognito = Cognito::builder()
    ///     .config_source(cognito::config::EnvConfigSource::new())
    ///     .redis(redis, WhenStale::FailClosed)
    ///     .attempt_key(&key)
    ///     .build()
    ///     .await?;
    /// # drop(cognito); Ok(()) }
    /// ```
    ///
    /// A clone of the client can have another `when_stale`: see
    /// [`Cognito::with_when_stale`](crate::Cognito::with_when_stale).
    ///
    /// A custom [`revocation_list`](Self::revocation_list) and a custom
    /// [`attempt_guard`](Self::attempt_guard) ignore this option. To wait for replicas, to set the
    /// age from which the list is stale, or to accept another eviction policy, create a
    /// [`RedisRevocations`] and pass it to `revocation_list`.
    #[cfg_attr(docsrs, doc(cfg(feature = "redis")))]
    pub fn redis(mut self, config: RedisConfig, when_stale: WhenStale) -> Self {
        self.shared = Some(Shared { config, when_stale });
        self
    }

    /// Sets what happens to attempts while the Redis server of [`redis`](Self::redis) is
    /// unavailable. Default: [`StoreFailure::CarryOn`]. Attempts are then not counted, and only the
    /// lockout of Cognito protects passwords. With [`StoreFailure::Refuse`], attempts are rejected
    /// (HTTP 503).
    ///
    /// A custom [`attempt_guard`](Self::attempt_guard) ignores this option.
    #[cfg_attr(docsrs, doc(cfg(feature = "redis")))]
    pub const fn attempt_store_failure(mut self, what: StoreFailure) -> Self {
        self.attempt_store_failure = what;
        self
    }

    /// Returns the shared revocation list, or `None` if [`redis`](Self::redis) is not set. `view`
    /// is the local copy of the list.
    pub(super) async fn shared_revocations(
        &self,
        pool: &PoolConfig,
        view: &Arc<dyn RevocationList>,
        events: &Arc<Events>,
    ) -> Result<Option<Arc<dyn RevocationList>>> {
        let Some(shared) = &self.shared else {
            return Ok(None);
        };
        let (view, config) = (Arc::clone(view), shared.config(pool));
        let list = RedisRevocations::builder(config, view, shared.when_stale)
            .clock(Arc::clone(&self.clock))
            .event_sink(Arc::clone(events) as _)
            .connect()
            .await?;
        Ok(Some(Arc::new(list)))
    }

    pub(super) fn shared_guard_fault(&self) -> Option<&'static str> {
        let limits = &self.attempt_limits;
        let needs_key = self.shared.is_some() && limits.guard.is_none() && limits.key.is_none();
        needs_key.then_some(NO_ATTEMPT_KEY)
    }

    pub(super) fn shared_guard(&self, pool: &PoolConfig) -> Result<Option<AttemptGuard>> {
        let Some(shared) = &self.shared else {
            return Ok(None);
        };
        let Some(key) = &self.attempt_limits.key else {
            return Err(misuse(NO_ATTEMPT_KEY));
        };
        let store = Arc::new(RedisStore::new(shared.config(pool)));
        let guard = AttemptGuard::builder(store, Arc::clone(&self.clock)).key(key);
        self.attempt_limits
            .apply(guard)
            .store_failure(self.attempt_store_failure)
            .build()
            .map(Some)
    }

    /// Returns the encrypted store for documents (settings and signing keys) on the Redis server,
    /// or `None` if [`redis`](Self::redis) is not set. All user pools use the same store, because
    /// each document has its own name.
    pub(super) fn sealed_on_redis(&self, key: SealKey) -> Option<EncryptedStore> {
        let shared = self.shared.as_ref()?;
        let store = Arc::new(RedisStore::new(shared.config.clone()));
        Some(EncryptedStore::new(
            store,
            Seal::new(Arc::clone(&self.clock), key),
        ))
    }
}

const NO_ATTEMPT_KEY: &str = "redis needs an attempt_key: set the same one on all instances that share \
     the server";

impl Shared {
    fn config(&self, pool: &PoolConfig) -> RedisConfig {
        let config = self.config.clone();
        config.with_default_prefix(format!("cognito:{}", pool.user_pool_id))
    }
}
