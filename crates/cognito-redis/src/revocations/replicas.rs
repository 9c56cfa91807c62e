//! Waits until replicas of the Redis server have the revocations that this process has written.

use std::sync::atomic::{AtomicU64, Ordering};

use cognito_core::Result;
use parking_lot::Mutex;
use redis::Value;

use super::entry::EntryId;
use crate::client::{Client, Retry};
use crate::config::RedisConfig;
use crate::error::{invalid_response, store_unavailable};
use crate::script::MARK;

/// A client that waits until the configured number of replicas have the written entries (Redis
/// command `WAIT`). It has its own connection, because `WAIT` blocks all later commands of a
/// connection. Callers that arrive during a wait share the next wait.
pub(super) struct Replicas {
    client: Client,
    /// The configured number of Redis replicas that must acknowledge a stream entry.
    count: u32,
    /// The number of waits (`WAIT` commands) that were started. It is atomic, so that it can be
    /// read without a lock.
    begun: AtomicU64,
    /// The highest entry id that callers have passed to [`have`](Self::have) since the newest wait
    /// (`WAIT` command) began. The next wait covers this entry.
    asked: Mutex<EntryId>,
    /// The number and the result of the last completed wait (`WAIT` command). The first wait has
    /// the number 1. Until a wait has completed, the value is `(0, Ok(()))`. Each wait holds this
    /// lock while it runs, so only one wait runs at a time.
    ended: tokio::sync::Mutex<(u64, Result<()>)>,
}

impl Replicas {
    pub(super) fn new(config: RedisConfig, count: u32) -> Self {
        Self {
            client: Client::new(config),
            count,
            begun: AtomicU64::new(0),
            asked: Mutex::new(EntryId::START),
            ended: tokio::sync::Mutex::new((0, Ok(()))),
        }
    }

    /// Waits until enough replicas have all entries that the Redis server acknowledged before this
    /// call, including the entry `id`. Returns immediately if the configured number of replicas is
    /// 0. Fails if too few replicas have the entries in time, or if the Redis server does not have
    /// the entry any more.
    pub(super) async fn have(&self, id: EntryId) -> Result<()> {
        if self.count == 0 {
            return Ok(());
        }
        {
            let mut asked = self.asked.lock();
            *asked = id.max(*asked);
        }
        let seen = self.begun.load(Ordering::Acquire);
        let mut ended = self.ended.lock().await;
        if ended.0 > seen {
            return ended.1.clone();
        }
        let number = self.begun.fetch_add(1, Ordering::AcqRel) + 1;
        let asked = std::mem::replace(&mut *self.asked.lock(), EntryId::START);
        // The caller that started the previous wait may have been dropped, together with the ids
        // that other callers had passed.
        let outcome = self.wait(asked.max(id)).await;
        *ended = (number, outcome.clone());
        outcome
    }

    async fn wait(&self, id: EntryId) -> Result<()> {
        let config = self.client.config();
        let patience = config.command_timeout / 2;
        let mut both = redis::pipe();
        both.cmd("EVAL").arg(MARK).arg(2);
        both.arg(config.key("revocations"));
        both.arg(config.key("revocations-waited-for"));
        both.arg(id.to_string());
        both.cmd("WAIT").arg(self.count);
        both.arg(u64::try_from(patience.as_millis()).unwrap_or(u64::MAX));
        match self.client.query_all(&both, Retry::Once).await?.as_slice() {
            // The server that acknowledged the entry was replaced by another one.
            [Value::Int(0), _] if id != EntryId::START => Err(store_unavailable(
                "Redis does not have the revocation any more: revoke again",
            )),
            [Value::Int(_), Value::Int(have)] if *have >= i64::from(self.count) => Ok(()),
            [Value::Int(_), Value::Int(_)] => Err(store_unavailable(
                "too few Redis replicas have the revocation: check them, or lower the number of replicas",
            )),
            _ => Err(invalid_response()),
        }
    }
}
