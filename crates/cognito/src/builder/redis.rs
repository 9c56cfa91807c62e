//! What several machines share, on Redis or Valkey.

use std::sync::Arc;

use cognito_cache::{AttemptGuard, Seal, SealKey, SealedStore, StoreFailure};
use cognito_core::{Error, ErrorKind, PoolConfig, Result, RevocationList};
use cognito_redis::{RedisConfig, RedisRevocations, RedisStore, WhenStale};

use super::CognitoBuilder;
use crate::events::Events;

/// Where the shared truth is, and what to do without it.
pub(super) struct Shared {
    config: RedisConfig,
    when_stale: WhenStale,
}

impl CognitoBuilder {
    /// Shares revocations and the counters of failed attempts with the other machines, through Redis
    /// or Valkey. What happens to tokens while the server is away must be chosen. Attempts go
    /// uncounted then, and people can sign in, unless
    /// [`attempt_store_failure`](Self::attempt_store_failure) says otherwise: nothing but Cognito's own
    /// lock slows down whoever guesses meanwhile.
    ///
    /// Machines that count together must name the counters alike: give them one
    /// [`attempt_key`](Self::attempt_key). Keys in the server begin with `cognito:` and the pool's
    /// id, unless a prefix was chosen.
    ///
    /// ```no_run
    /// use cognito::{Cognito, RedisConfig, WhenStale};
    ///
    /// # async fn example(key: [u8; 32]) -> cognito::Result<()> {
    /// let redis = RedisConfig::server("rediss://:password@cache.example.com:6379")?;
    /// let cognito = Cognito::builder()
    ///     .config_source(cognito::EnvConfigSource::new())
    ///     .redis(redis, WhenStale::FailClosed)
    ///     .attempt_key(&key)
    ///     .build()
    ///     .await?;
    /// # drop(cognito); Ok(()) }
    /// ```
    ///
    /// One guard may decide otherwise while the server is away: [`Cognito::with_when_stale`](crate::Cognito::with_when_stale).
    ///
    /// A [`revocation_list`](Self::revocation_list) or an
    /// [`attempt_guard`](Self::attempt_guard) of your own stays what it is. For more replicas, other
    /// bounds or another eviction policy, make a [`RedisRevocations`] and give it to
    /// `revocation_list`.
    #[cfg_attr(docsrs, doc(cfg(feature = "redis")))]
    pub fn redis(mut self, config: RedisConfig, when_stale: WhenStale) -> Self {
        self.shared = Some(Shared { config, when_stale });
        self
    }

    /// What becomes of sign-ins and codes while the server that [`redis`](Self::redis) names does not
    /// answer: they [go on uncounted](StoreFailure::CarryOn), unless this says to
    /// [refuse](StoreFailure::Refuse) them (503). It does not concern an
    /// [`attempt_guard`](Self::attempt_guard) of your own.
    #[cfg_attr(docsrs, doc(cfg(feature = "redis")))]
    pub const fn attempt_store_failure(mut self, what: StoreFailure) -> Self {
        self.attempt_store_failure = what;
        self
    }

    /// Returns the shared list, which other instances feed, if there is one. `view` is its local copy.
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
            .with_clock(Arc::clone(&self.clock))
            .with_event_sink(Arc::clone(events) as _)
            .connect()
            .await?;
        Ok(Some(Arc::new(list)))
    }

    /// The guard that counts with others, if one is to be had from here.
    pub(super) fn shared_guard(&self, pool: &PoolConfig) -> Result<Option<AttemptGuard>> {
        let Some(shared) = &self.shared else {
            return Ok(None);
        };
        let Some(key) = &self.attempt_limits.key else {
            return Err(Error::new(ErrorKind::Misuse).with_detail(
                "machines that share their counters need one key to name them: give all of them \
                 the same attempt_key",
            ));
        };
        let store = Arc::new(RedisStore::new(shared.config(pool)));
        let guard = AttemptGuard::builder(store, Arc::clone(&self.clock)).with_key(key);
        self.attempt_limits
            .apply(guard)
            .on_store_failure(self.attempt_store_failure)
            .build()
            .map(Some)
    }
}

impl CognitoBuilder {
    /// A store on the server that seals documents with this key, if there is a server. The pool is
    /// not known yet, nor needed: each document has a name of its own.
    pub(super) fn sealed_on_redis(&self, key: SealKey) -> Option<SealedStore> {
        let shared = self.shared.as_ref()?;
        let store = Arc::new(RedisStore::new(shared.config.clone()));
        Some(SealedStore::new(
            store,
            Seal::new(Arc::clone(&self.clock), key),
        ))
    }
}

impl Shared {
    fn config(&self, pool: &PoolConfig) -> RedisConfig {
        let config = self.config.clone();
        config.with_default_prefix(format!("cognito:{}", pool.user_pool_id))
    }
}
