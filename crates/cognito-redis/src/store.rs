//! A store on Redis or Valkey that instances share.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cognito_core::store::{CounterLimit, Reservation, StoreKey};
use cognito_core::{Error, ErrorKind, Result, Store};
use futures_util::future::try_join_all;
use redis::Value;

use crate::client::{Client, Retry};
use crate::config::RedisConfig;
use crate::error::{invalid_response, store_unavailable};
use crate::script::{ADD, RESERVE, SUBTRACT};

/// The maximum size of a value in the store, in bytes.
const MAX_VALUE: usize = 128 * 1024;

/// The maximum length of a key in the store, in bytes.
const MAX_KEY: usize = 1024;

/// The maximum time to live: a hundred years. Redis rejects a time to live whose end it cannot
/// represent.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// A [`Store`] on Redis or Valkey that instances share.
///
/// A key in Redis is named `prefix:namespace:key`. Times to live are rounded up to milliseconds. A
/// value may have up to 128 KiB, and a key up to 1 KiB.
///
/// [`reserve`](Store::reserve) is one script, so it is atomic. In a cluster, the counters of one
/// call are on several nodes, so `reserve` has several steps. First it reads all counters. If none
/// is at its limit, it adds 1 to each counter that is still below its limit, one after the other.
/// If another caller has filled a counter in the meantime, or if an addition fails, it subtracts 1
/// from the counters to which it has added. Until then, these counters are too high by 1. No
/// counter ever exceeds its limit.
///
/// # Errors
///
/// - [`StoreUnavailable`](ErrorKind::StoreUnavailable) if the Redis server is unreachable, returns
///   an error, or does not respond within the timeouts of the [`RedisConfig`].
/// - [`InvalidParameter`](ErrorKind::InvalidParameter) if a value or a key is too long.
///
/// If the connection broke, a command is retried once, except for a subtraction from a counter. An
/// addition may therefore be counted twice, so that a user has one attempt less. In a cluster, the
/// driver also retries commands. Subtractions use a separate connection, on which the driver
/// retries nothing. If a node redirects a subtraction, the node did not execute it. The subtraction
/// is then sent to the node that the redirect names. At most five redirects are followed.
///
/// # Security
///
/// An attacker who can write to the Redis server can remove the lock of any user. Run the Redis
/// server in a private network, with a password and TLS. Set `maxmemory-policy noeviction`, because
/// a server that evicts entries loses counters.
#[derive(Clone)]
pub struct RedisStore {
    client: Arc<Client>,
}

impl RedisStore {
    /// Creates a store on the Redis server of `config`. The connection is opened by the first
    /// command.
    pub fn new(config: RedisConfig) -> Self {
        Self {
            client: Arc::new(Client::new(config)),
        }
    }

    fn key(&self, key: &StoreKey) -> Result<String> {
        if key.key().len() > MAX_KEY {
            return Err(Error::new(ErrorKind::InvalidParameter)
                .with_detail("a key of the store must be at most 1 KiB"));
        }
        Ok(self.client.config().key(key))
    }
}

#[async_trait]
impl Store for RedisStore {
    async fn read(&self, key: &StoreKey) -> Result<Option<Vec<u8>>> {
        let mut command = redis::cmd("GET");
        command.arg(self.key(key)?);
        match self.client.query(&command, Retry::Once).await? {
            Value::Nil => Ok(None),
            Value::BulkString(value) => Ok(Some(value)),
            _ => Err(invalid_response()),
        }
    }

    async fn write(&self, key: &StoreKey, value: Vec<u8>, time_to_live: Duration) -> Result<()> {
        if value.len() > MAX_VALUE {
            return Err(Error::new(ErrorKind::InvalidParameter)
                .with_detail("a value of the store must be at most 128 KiB"));
        }
        let Some(milliseconds) = milliseconds(time_to_live) else {
            return self.delete(key).await;
        };
        let mut command = redis::cmd("SET");
        command.arg(self.key(key)?).arg(value);
        command.arg("PX").arg(milliseconds);
        match self.client.query(&command, Retry::Once).await? {
            Value::Okay => Ok(()),
            _ => Err(invalid_response()),
        }
    }

    async fn delete(&self, key: &StoreKey) -> Result<()> {
        let mut command = redis::cmd("DEL");
        command.arg(self.key(key)?);
        self.client.query(&command, Retry::Once).await?;
        Ok(())
    }

    async fn add(&self, key: &StoreKey, delta: i64, time_to_live: Duration) -> Result<i64> {
        let name = self.key(key)?;
        // Reading must work if writing does not, for example on a server that is out of memory.
        if delta == 0 {
            let mut command = redis::cmd("GET");
            command.arg(name);
            return match self.client.query(&command, Retry::Once).await? {
                Value::Nil => Ok(0),
                sum => number(&sum),
            };
        }
        let retry = if delta > 0 { Retry::Once } else { Retry::Never };
        let mut command = redis::cmd("EVAL");
        command.arg(ADD).arg(1).arg(name).arg(delta);
        command.arg(milliseconds(time_to_live).unwrap_or(0));
        number(&self.client.query(&command, retry).await?)
    }

    async fn subtract(&self, key: &StoreKey, amount: u32) -> Result<i64> {
        let mut command = redis::cmd("EVAL");
        command.arg(SUBTRACT).arg(1).arg(self.key(key)?).arg(amount);
        number(&self.client.query(&command, Retry::Never).await?)
    }

    async fn reserve(
        &self,
        limits: &[CounterLimit],
        time_to_live: Duration,
    ) -> Result<Reservation> {
        if self.client.config().is_cluster() {
            return self.reserve_in_steps(limits, time_to_live).await;
        }
        self.reserve_at_once(limits, time_to_live).await
    }
}

impl RedisStore {
    /// Adds 1 to every counter. If one of the counters is at its limit, changes none of them. One
    /// script does this, so in a cluster all keys must be on the same node.
    async fn reserve_at_once(
        &self,
        limits: &[CounterLimit],
        time_to_live: Duration,
    ) -> Result<Reservation> {
        let mut command = redis::cmd("EVAL");
        command.arg(RESERVE).arg(limits.len());
        for limit in limits {
            command.arg(self.key(&limit.key)?);
        }
        // A counter with a time to live of zero would count nothing.
        command.arg(milliseconds(time_to_live).unwrap_or(1));
        for limit in limits {
            command.arg(limit.limit);
        }
        match self.client.query(&command, Retry::Once).await? {
            Value::Int(position) => {
                let index = usize::try_from(position).map_err(|_| invalid_response())?;
                let index = index.checked_sub(1).ok_or_else(invalid_response)?;
                Ok(Reservation::full(index))
            }
            Value::Array(sums) => {
                let sums = sums.iter().map(|sum| match sum {
                    Value::Int(sum) => Ok(*sum),
                    _ => Err(invalid_response()),
                });
                Ok(Reservation::reserved(sums.collect::<Result<_>>()?))
            }
            other => number(&other).and_then(|_| Err(invalid_response())),
        }
    }

    /// Adds 1 to each counter with its own script, because the counters may be on several nodes of
    /// a cluster. If a counter is at its limit or an addition fails, subtracts 1 from the counters
    /// to which it has added.
    async fn reserve_in_steps(
        &self,
        limits: &[CounterLimit],
        time_to_live: Duration,
    ) -> Result<Reservation> {
        let values = limits
            .iter()
            .map(|limit| self.add(&limit.key, 0, time_to_live));
        let values = try_join_all(values).await?;
        let is_full = |(value, limit): (i64, &CounterLimit)| value >= limit.limit;
        if let Some(index) = values.into_iter().zip(limits).position(is_full) {
            return Ok(Reservation::full(index));
        }
        let mut sums = Vec::with_capacity(limits.len());
        for (index, limit) in limits.iter().enumerate() {
            let one = std::slice::from_ref(limit);
            let reserved = self.reserve_at_once(one, time_to_live).await;
            let rejected = match reserved.map(Reservation::outcome) {
                Ok(Ok(sum)) => {
                    sums.extend(sum);
                    continue;
                }
                Ok(Err(_)) => Ok(Reservation::full(index)),
                Err(error) => Err(error),
            };
            let raised = limits.iter().take(index);
            try_join_all(raised.map(|raised| self.subtract(&raised.key, 1))).await?;
            return rejected;
        }
        Ok(Reservation::reserved(sums))
    }
}

/// Returns a time to live in milliseconds, rounded up, and a hundred years at most. Returns `None`
/// if it is zero.
fn milliseconds(time_to_live: Duration) -> Option<u64> {
    let nanos = time_to_live.min(LONGEST).as_nanos();
    let milliseconds = u64::try_from(nanos.div_ceil(1_000_000)).ok()?;
    (milliseconds > 0).then_some(milliseconds)
}

fn number(sum: &Value) -> Result<i64> {
    let text = match sum {
        Value::BulkString(text) => std::str::from_utf8(text).ok(),
        _ => None,
    };
    text.and_then(|text| text.parse().ok()).ok_or_else(|| {
        store_unavailable(
            "an entry in Redis is not a counter: use a prefix that no other program uses",
        )
    })
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore")
            .field("client", &self.client)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_up_to_milliseconds_and_keeps_zero() {
        assert_eq!(milliseconds(Duration::ZERO), None);
        assert_eq!(milliseconds(Duration::from_nanos(1)), Some(1));
        assert_eq!(milliseconds(Duration::from_micros(1001)), Some(2));
        let century = Some(100 * 365 * 24 * 60 * 60 * 1000);
        assert_eq!(milliseconds(Duration::MAX), century);
    }
}
