//! Helpers that most tests need.

use std::sync::Arc;

use cognito_cache::MemoryRevocationList;
use cognito_core::revocation::TokenIdentity;
use cognito_core::{Clock, Revocation, RevocationList, SystemClock};
use cognito_redis::{RedisConfig, RedisRevocations, RedisRevocationsBuilder, WhenStale};

use crate::server::LONG;

/// Waits until a condition is true. Fails if it never is.
pub(crate) async fn until(what: &str, is_so: impl Fn() -> bool) {
    let wait = async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(LONG, wait).await;
    assert!(waited.is_ok(), "it never came: {what}");
}

/// Returns a configuration with long timeouts, for hosts that are busy with other tests.
pub(crate) fn config(url: &str) -> RedisConfig {
    patient(RedisConfig::server(url).unwrap())
}

pub(crate) fn patient(config: RedisConfig) -> RedisConfig {
    config
        .with_connect_timeout(LONG / 2)
        .with_command_timeout(LONG / 4)
}

/// Returns a configuration with the timeouts for users, so that a silent server costs little time.
pub(crate) fn hasty(url: &str) -> RedisConfig {
    RedisConfig::server(url).unwrap()
}

/// Returns the builder of a separate instance: a list with its own view.
pub(crate) fn machine(url: &str, when_stale: WhenStale) -> RedisRevocationsBuilder {
    // Tests advance the clock that determines whether a view is fresh. A busy host has no effect.
    machine_at(url, when_stale, Arc::new(SystemClock::new())).stale_after(LONG)
}

pub(crate) fn machine_at(
    url: &str,
    when_stale: WhenStale,
    clock: Arc<dyn Clock>,
) -> RedisRevocationsBuilder {
    machine_of(config(url), when_stale, clock)
}

pub(crate) fn machine_of(
    config: RedisConfig,
    when_stale: WhenStale,
    clock: Arc<dyn Clock>,
) -> RedisRevocationsBuilder {
    let view = Arc::new(MemoryRevocationList::new(Arc::clone(&clock)));
    RedisRevocations::builder(config, view, when_stale).clock(clock)
}

pub(crate) async fn connected(url: &str) -> RedisRevocations {
    let machine = machine(url, WhenStale::FailClosed);
    machine.connect().await.unwrap()
}

/// Returns the time in an hour.
pub(crate) fn soon() -> u64 {
    SystemClock::new().unix_seconds() + 3600
}

pub(crate) fn revocation(jti: &str) -> Revocation {
    Revocation::token(jti, soon())
}

pub(crate) fn token(jti: &str) -> TokenIdentity<'_> {
    TokenIdentity::new("somebody", 1, Some(jti), None)
}

/// Waits until an instance rejects the token.
pub(crate) async fn refused(list: &RedisRevocations, jti: &str) {
    // Not `is_revoked`: with a stale view it would reject every token.
    let is_refused = || list.check(&token(jti)).is_ok_and(|revoked| revoked);
    until(&format!("{jti} is refused"), is_refused).await;
}

pub(crate) fn is_let_in(list: &RedisRevocations, jti: &str) -> bool {
    list.check(&token(jti)).is_ok_and(|revoked| !revoked)
}
