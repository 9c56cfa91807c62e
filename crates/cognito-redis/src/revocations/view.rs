//! This process's copy of the revocations in the Redis stream (the view). The handles of a
//! revocation list and the background tasks of the list share it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cognito_core::{Clock, Error, ErrorKind, EventSink, Result, Revocation, RevocationList};
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::LogLimit;
use super::entry::{EntryId, details, encode, ids};
use super::known_entries::{KnownEntries, Names};
use super::pending_writes::{Entry, PendingWrites};
use super::replicas::Replicas;
use crate::client::{Client, Retry};
use crate::config::RedisConfig;
use crate::error::invalid_response;
use crate::script::APPEND;

/// The maximum lifetime of an access token or ID token of Cognito, in seconds.
pub(super) const DAY: u64 = 24 * 60 * 60;

/// The maximum tolerated difference between the clocks of the instances and of the Redis server, in
/// seconds. If the clocks differ by more, a revocation can end before its tokens have expired.
pub(super) const CLOCK_TOLERANCE: u64 = 60 * 60;

/// The time for which the Redis server keeps an entry: a day, and an hour for clock differences.
pub(super) const LIFE: Duration = Duration::from_secs(DAY + CLOCK_TOLERANCE);

/// The maximum number of pending revocations that one Redis command writes.
const BATCH: usize = 256;

pub(super) struct Options {
    pub(super) stale_after: Duration,
    pub(super) block: Duration,
    pub(super) allowed: Vec<String>,
    pub(super) replicas: u32,
}

pub(super) struct View {
    pub(super) config: RedisConfig,
    pub(super) local: Arc<dyn RevocationList>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) sink: Arc<dyn EventSink>,
    pub(super) options: Options,
    pub(super) pending: Mutex<PendingWrites>,
    pub(super) known: Mutex<KnownEntries>,
    /// The signal that wakes the task that writes pending revocations. A pending revocation waits
    /// to be written to the Redis server.
    pub(super) rest: Notify,
    names: Names,
    client: Client,
    replicas: Replicas,
    /// The time up to which this process has read the Redis stream. Its copy of the revocations
    /// contains every revocation that was written to the stream before this time. The value is in
    /// nanoseconds of the monotonic clock, plus one. Zero if the stream was not read yet.
    known_until: AtomicU64,
    log_limit: LogLimit,
}

impl View {
    pub(super) fn new(
        config: RedisConfig,
        local: Arc<dyn RevocationList>,
        clock: Arc<dyn Clock>,
        sink: Arc<dyn EventSink>,
        options: Options,
    ) -> Self {
        Self {
            client: Client::new(config.clone()),
            replicas: Replicas::new(config.clone(), options.replicas),
            config,
            local,
            clock,
            sink,
            options,
            pending: Mutex::default(),
            known: Mutex::default(),
            rest: Notify::new(),
            names: Names::default(),
            known_until: AtomicU64::new(0),
            log_limit: LogLimit::default(),
        }
    }

    pub(super) fn stream(&self) -> String {
        self.config.key("revocations")
    }

    /// Records that this process's copy contains all revocations that were written to the Redis
    /// stream before `moment`, a time of the monotonic clock.
    pub(super) fn set_known_until(&self, moment: Duration) {
        let nanos = u64::try_from(moment.as_nanos()).unwrap_or(u64::MAX - 1);
        self.known_until.fetch_max(nanos + 1, Ordering::Release);
    }

    pub(super) fn age(&self) -> Option<Duration> {
        let known = self.known_until.load(Ordering::Acquire).checked_sub(1)?;
        let known = Duration::from_nanos(known);
        Some(self.clock.monotonic().saturating_sub(known))
    }

    pub(super) fn is_fresh(&self) -> bool {
        self.age().is_some_and(|age| age < self.options.stale_after)
    }

    /// Returns `true` if another warning may be logged; see [`LogLimit`].
    pub(super) fn may_log(&self) -> bool {
        self.log_limit.is_due(self.clock.monotonic())
    }

    /// Records that this process has read this entry from the Redis stream.
    pub(super) fn record_read(&self, id: EntryId, revocation: &Revocation) {
        if let Some((kind, name, extent)) = encode(revocation) {
            let name = self.names.of(kind, name);
            let now = self.clock.unix_seconds();
            self.known
                .lock()
                .note(name, extent, revocation.expires_at(), id, now);
        }
    }

    /// Writes a revocation to the Redis stream, and waits for the configured number of replicas. If
    /// the write fails, the background task writes the revocation later.
    ///
    /// Writes nothing if the revoked tokens have expired. Also writes nothing if this process's
    /// copy of the stream is fresh, and an entry on the Redis server already rejects the same
    /// tokens.
    pub(super) async fn write(&self, revocation: Revocation) -> Result<()> {
        let Some((kind, name, extent)) = encode(&revocation) else {
            return Err(Error::new(ErrorKind::Misuse)
                .with_detail("this revocation list does not support this kind of revocation: update the crate of the list"));
        };
        let (now, expires_at) = (self.clock.unix_seconds(), revocation.expires_at());
        // If the time of the revocation is known, the lifetime of the entry does not depend on the
        // clock of this host.
        let life = revocation
            .subject()
            .map(|(_, at)| expires_at.saturating_sub(at));
        let left = expires_at.saturating_add(CLOCK_TOLERANCE).checked_sub(now);
        let Some(left) = left.max(life.map(|life| life.saturating_add(CLOCK_TOLERANCE))) else {
            return Ok(());
        };
        let over = self.clock.monotonic() + LIFE.min(Duration::from_secs(left));
        let name = self.names.of(kind, name);
        let entry = Entry::new(revocation.clone(), name, extent, over);
        let under_way = match self.begin(entry, expires_at, now) {
            Ok(under_way) => under_way,
            Err(id) => return self.replicas.have(id).await,
        };
        let ids = self.append(std::slice::from_ref(&revocation)).await?;
        let id = *ids.first().ok_or_else(invalid_response)?;
        under_way.succeeded(id);
        self.replicas.have(id).await
    }

    /// Records a revocation before it is written. Returns `Ok` if it must be written. Returns `Err`
    /// with the id of an entry on the Redis server if that entry already rejects the same tokens,
    /// so that no write is needed. While this process's copy of the stream is stale, the result is
    /// always `Ok`.
    fn begin(
        &self,
        entry: Entry,
        expires_at: u64,
        now: u64,
    ) -> std::result::Result<UnderWay<'_>, EntryId> {
        let (is_fresh, since) = (self.is_fresh(), self.clock.monotonic());
        let mut pending = self.pending.lock();
        let known = self.known.lock();
        let (name, extent) = entry.scope();
        let there = known
            .makes_needless(name, extent, expires_at, now)
            .or_else(|| pending.makes_needless(name, extent, expires_at));
        if let Some(id) = there.filter(|_| is_fresh) {
            // If the server loses that entry, this process writes the revocation.
            pending.add(entry.written_as(id), since);
            return Err(id);
        }
        Ok(UnderWay {
            view: self,
            number: pending.add(entry, since),
            round: pending.round(),
        })
    }

    /// Wakes the background task that writes pending revocations to the Redis server. Does nothing
    /// if no revocation is pending.
    pub(super) fn wake_writer(&self) {
        if self.pending.lock().count() > 0 {
            self.rest.notify_one();
        }
    }

    /// Waits until [`rest`](Self::rest) is notified, then writes pending revocations, the oldest
    /// first, until there are none or a write fails. Repeats this, and never returns.
    pub(super) async fn write_pending(self: Arc<Self>) {
        let mut many = BATCH;
        loop {
            self.rest.notified().await;
            loop {
                match self.write_some(many).await {
                    Ok(0) => break,
                    Ok(_) => many = (many * 2).min(BATCH),
                    Err(error) => {
                        // The batch may have been too large for the command timeout.
                        many = (many / 4).max(1);
                        if self.may_log() {
                            tracing::warn!(%error, "revocations wait to be written to Redis");
                        }
                        break;
                    }
                }
            }
        }
    }

    /// Writes up to `many` pending revocations. Returns the number of these revocations that are on
    /// the Redis server now. It is less than `many` if fewer revocations are pending, or if some of
    /// them could not be written.
    async fn write_some(&self, many: usize) -> Result<usize> {
        let (batch, there, round) = self.next_batch(many);
        if batch.is_empty() {
            return Ok(there);
        }
        let (numbers, revocations): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
        let ids = self.append(&revocations).await?;
        if ids.is_empty() {
            return Err(invalid_response());
        }
        let mut pending = self.pending.lock();
        let known = self.known.lock();
        for (number, id) in numbers.into_iter().zip(&ids) {
            pending.written(number, *id, round, &known);
        }
        Ok(there + ids.len())
    }

    /// Selects up to `many` pending revocations and returns three values:
    ///
    /// - the selected revocations that must be written, each with its sequence number;
    /// - the number of selected revocations that need not be written;
    /// - the number of the current round, for [`written`](PendingWrites::written).
    ///
    /// A revocation need not be written if an entry on the Redis server rejects the same tokens.
    /// That entry may be the revocation itself, if the server wrote it but the response timed out.
    /// If the view (this process's copy of the revocations) is stale, all selected revocations must
    /// be written.
    fn next_batch(&self, many: usize) -> (Vec<(u64, Revocation)>, usize, u64) {
        let (is_fresh, now) = (self.is_fresh(), self.clock.unix_seconds());
        let mut pending = self.pending.lock();
        let known = self.known.lock();
        let round = pending.round();
        let mut batch = pending.next_pending(many, self.clock.monotonic());
        let waiting = batch.len();
        batch.retain(|(number, revocation)| {
            let there = encode(revocation).filter(|_| is_fresh).and_then(|it| {
                let (kind, name, extent) = it;
                let name = self.names.of(kind, name);
                known.makes_needless(name, extent, revocation.expires_at(), now)
            });
            if let Some(id) = there {
                pending.written(*number, id, round, &known);
            }
            there.is_none()
        });
        let there = waiting - batch.len();
        drop((pending, known));
        (batch, there, round)
    }

    /// Appends revocations to the Redis stream, and returns the ids of the written entries. If
    /// there are fewer ids than revocations, the last revocations were not written.
    async fn append(&self, revocations: &[Revocation]) -> Result<Vec<EntryId>> {
        let mut command = redis::cmd("EVAL");
        command.arg(APPEND).arg(1).arg(self.stream());
        command.arg(LIFE.as_secs());
        for revocation in revocations {
            let (kind, id, number) = encode(revocation).ok_or_else(invalid_response)?;
            let (sub, second) = details(revocation);
            command.arg(kind).arg(id).arg(number).arg(sub).arg(second);
        }
        ids(&self.client.query(&command, Retry::Once).await?)
    }
}

/// A revocation that a call of `revoke` is writing. If this value is dropped before the write
/// succeeded, the background task writes the revocation later.
struct UnderWay<'a> {
    view: &'a View,
    number: u64,
    round: u64,
}

impl UnderWay<'_> {
    fn succeeded(self, id: EntryId) {
        let mut pending = self.view.pending.lock();
        let known = self.view.known.lock();
        if !pending.written(self.number, id, self.round, &known) {
            self.view.rest.notify_one();
        }
        drop((pending, known));
        std::mem::forget(self);
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.view.pending.lock().set_pending(self.number);
    }
}
