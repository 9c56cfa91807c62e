//! What the handles and the feed have in common.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cognito_core::{Clock, Error, ErrorKind, EventSink, Result, Revocation, RevocationList};
use parking_lot::Mutex;
use redis::Value;

use super::OnceInAWhile;
use super::entry::{EntryId, encode};
use super::own::Own;
use crate::client::{Again, Client};
use crate::config::RedisConfig;
use crate::error::{because, nonsense};

/// How long an entry is kept: the day that a token of Cognito's lives at most, and an hour for clocks
/// that disagree.
pub(super) const LIFE: Duration = Duration::from_secs(25 * 60 * 60);

/// Writes an entry, and drops what is older than the life of an entry by the server's own clock: a
/// machine whose clock is wrong must not drop what others need.
const ADD: &str = "\
local now = redis.call('TIME')
local oldest = string.format('%.0f', (now[1] - ARGV[4]) * 1000)
return redis.call('XADD', KEYS[1], 'MINID', '~', oldest, '*', 'k', ARGV[1], 'i', ARGV[2], 'e', ARGV[3])";

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
    pub(super) own: Mutex<Own>,
    client: Client,
    /// Up to when all that was revoked is here, in nanoseconds of the clock's monotonic time and one
    /// more; 0 for never.
    known_until: AtomicU64,
    spoke: OnceInAWhile,
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
            config,
            local,
            clock,
            sink,
            options,
            own: Mutex::default(),
            known_until: AtomicU64::new(0),
            spoke: OnceInAWhile::default(),
        }
    }

    /// The name of the stream.
    pub(super) fn stream(&self) -> String {
        self.config.key("revocations")
    }

    /// All that was revoked before `moment` is here.
    pub(super) fn is_known_until(&self, moment: Duration) {
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

    /// Whether it is time for another line in the log.
    pub(super) fn may_speak(&self) -> bool {
        self.spoke.is_due(self.clock.monotonic())
    }

    /// Writes a revocation to the stream. One that cannot be written is kept for later.
    pub(super) async fn write(&self, revocation: Revocation) -> Result<()> {
        if encode(&revocation).is_none() {
            return Err(Error::new(ErrorKind::Misuse)
                .with_detail("this revocation list does not know this form of revocation"));
        }
        if self.is_over(&revocation) {
            return Ok(());
        }
        let now = self.clock.monotonic();
        let under_way = UnderWay {
            own: &self.own,
            number: self.own.lock().add(revocation.clone(), now),
        };
        let (id, replicas) = self.append(&revocation).await?;
        under_way.succeeded(id);
        if replicas < i64::from(self.options.replicas) {
            return Err(because("too few Redis replicas have the revocation yet"));
        }
        Ok(())
    }

    /// Writes what could not be written before, the oldest first, until something fails.
    pub(super) async fn write_the_rest(&self) {
        let mut from = 0;
        loop {
            let next = self.own.lock().first_unwritten(from);
            let Some((number, revocation)) = next else {
                return;
            };
            from = number + 1;
            if self.is_over(&revocation) {
                self.own.lock().forget(number);
                continue;
            }
            match self.append(&revocation).await {
                Ok((id, _)) => self.own.lock().written(number, id),
                Err(error) => {
                    if self.may_speak() {
                        tracing::warn!(%error, "revocations wait to be written to Redis");
                    }
                    return;
                }
            }
        }
    }

    /// Appends to the stream: the id, and how many replicas have it if that was asked.
    async fn append(&self, revocation: &Revocation) -> Result<(EntryId, i64)> {
        let (kind, id, number) = encode(revocation).ok_or_else(nonsense)?;
        let mut add = redis::cmd("EVAL");
        add.arg(ADD).arg(1).arg(self.stream());
        add.arg(kind).arg(id).arg(number).arg(LIFE.as_secs());
        if self.options.replicas == 0 {
            let answer = self.client.query(&add, Again::Once).await?;
            return Ok((EntryId::parse(&answer)?, 0));
        }
        let patience = self.config.command_timeout / 2;
        let mut both = redis::pipe();
        both.add_command(add);
        both.cmd("WAIT").arg(self.options.replicas);
        both.arg(u64::try_from(patience.as_millis()).unwrap_or(u64::MAX));
        let answers = self.client.query_all(&both, Again::Once).await?;
        match answers.as_slice() {
            [id, Value::Int(replicas)] => Ok((EntryId::parse(id)?, *replicas)),
            _ => Err(nonsense()),
        }
    }

    /// Whether all tokens that it concerns have expired.
    fn is_over(&self, revocation: &Revocation) -> bool {
        let kept = match revocation {
            Revocation::User { issued_until, .. } => issued_until.saturating_add(LIFE.as_secs()),
            Revocation::Session { expires_at, .. } | Revocation::Token { expires_at, .. } => {
                // The hour is for clocks that disagree.
                expires_at.saturating_add(60 * 60)
            }
            _ => return false,
        };
        kept < self.clock.unix_seconds()
    }
}

/// A revocation that is being written. If that fails, or whoever revoked goes away, the feed writes it.
struct UnderWay<'a> {
    own: &'a Mutex<Own>,
    number: u64,
}

impl UnderWay<'_> {
    fn succeeded(self, id: EntryId) {
        self.own.lock().written(self.number, id);
        std::mem::forget(self);
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.own.lock().unwritten_is(self.number);
    }
}
