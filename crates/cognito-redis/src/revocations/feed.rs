//! The background task that reads new revocations from the Redis stream into this process's copy of
//! the revocation list.

use std::sync::Arc;
use std::time::Duration;

use cognito_core::{Error, ErrorKind, Result, Revocation};
use redis::Value;
use tokio::sync::oneshot;
use tokio::time::sleep;

use super::entry::{EntryId, Page, entries, news, text};
use super::view::{CLOCK_TOLERANCE, LIFE, View};
use crate::client::Retry;
use crate::error::{array, invalid_response};
use crate::link::{Link, Question};
use crate::script::{LOOK, PREPARE};

/// The maximum number of entries in one response of the Redis server.
const PAGE: usize = 2_000;

/// The delay between the first failed attempt to connect to Redis and the next attempt. The delay
/// doubles with each further failure.
const FIRST_WAIT: Duration = Duration::from_millis(50);

/// The maximum delay before the next attempt to connect to Redis.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// The state of the task that reads the Redis stream (the feed).
pub(super) struct Feed {
    view: Arc<View>,
    /// The id of the last entry of the Redis stream that this process has read.
    last: EntryId,
    /// The time of the last check whether the Redis server still has the entry `last`. It is from
    /// the clock of the server, in seconds since 1970-01-01T00:00:00Z.
    server_time: u64,
    /// The delay before the next attempt to connect to Redis, if an attempt fails. It is
    /// [`FIRST_WAIT`] again after new entries were read successfully.
    wait: Duration,
}

/// Whether the last stream entry that this process has read is still on the Redis server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
    /// The Redis server still has the last entry that this process has read, or this process has
    /// not read an entry yet.
    There,
    /// The Redis server does not have the last entry that this process has read. The entry has
    /// expired by the clock of the Redis server.
    Over,
    /// The Redis server does not have the last entry that this process has read, although the entry
    /// has not expired: the Redis server has lost data.
    Lost,
}

impl Feed {
    pub(super) const fn new(view: Arc<View>) -> Self {
        Self {
            view,
            last: EntryId::START,
            server_time: 0,
            wait: FIRST_WAIT,
        }
    }

    /// Reads the Redis stream until the task is aborted. After an error, connects again. `first`
    /// receives the result of the first attempt to connect and read. If this attempt fails, the
    /// task ends.
    pub(super) async fn run(mut self, first: oneshot::Sender<Result<()>>) {
        let mut first = Some(first);
        loop {
            let error = match self.catch_up().await {
                Ok(link) => {
                    if let Some(first) = first.take() {
                        drop(first.send(Ok(())));
                    }
                    self.follow(link).await
                }
                Err(error) => error,
            };
            if let Some(first) = first.take() {
                drop(first.send(Err(error)));
                return;
            }
            if self.wait == FIRST_WAIT {
                tracing::warn!(%error, "the revocations cannot be read from Redis");
            }
            sleep(self.wait).await;
            self.wait = (self.wait * 2).min(LONGEST_WAIT);
        }
    }

    /// Connects, checks the Redis server, and reads the entries that were written since the last
    /// read.
    async fn catch_up(&mut self) -> Result<Link> {
        let mut link = Link::connect(&self.view.config, self.patience(), Retry::Once).await?;
        self.prepare(&mut link).await?;
        self.check_permission(&mut link).await?;
        self.read_existing(&mut link).await?;
        Ok(link)
    }

    /// Checks that the Redis user may read the Redis stream: sends `XREAD` without waiting for new
    /// entries. Fails if the user lacks the permission.
    async fn check_permission(&self, link: &mut Link) -> Result<()> {
        let mut command = redis::cmd("XREAD");
        command.arg("STREAMS").arg(self.view.stream()).arg("$");
        news(&self.ask(link, &command).await?).map(drop)
    }

    /// Returns the timeout for a response: the time for which the Redis server waits for new
    /// entries, plus the command timeout.
    fn patience(&self) -> Duration {
        self.view.options.block + self.view.config.command_timeout
    }

    async fn prepare(&self, link: &mut Link) -> Result<()> {
        let mut command = redis::cmd("EVAL");
        command.arg(PREPARE).arg(1).arg(self.view.stream());
        command.arg(LIFE.as_secs());
        let answer = self.ask(link, &command).await?;
        let policy = text(&answer)?;
        let allowed = &self.view.options.allowed;
        if policy == "noeviction" || allowed.iter().any(|allowed| allowed == policy) {
            return Ok(());
        }
        let policies = [
            "allkeys-lru",
            "allkeys-lfu",
            "allkeys-random",
            "volatile-lru",
            "volatile-lfu",
            "volatile-random",
            "volatile-ttl",
        ];
        let named = policies.iter().find(|known| **known == policy);
        let named = named.map_or("of an unknown kind", |known| *known);
        Err(Error::new(ErrorKind::Configuration).with_detail(format!(
            "the maxmemory-policy of Redis is {named}, so it may drop revocations: set it to \
             noeviction (CONFIG SET maxmemory-policy noeviction), or allow it with \
             RedisRevocations::builder(…).allow_eviction_policy and pass that list to \
             CognitoBuilder::revocation_list"
        )))
    }

    /// Reads all entries after the last entry that this process has read. If this entry is no
    /// longer on the Redis server, reads all entries. If the server has lost revocations that this
    /// process made, changes their state to pending, so that they are written again.
    async fn read_existing(&mut self, link: &mut Link) -> Result<()> {
        let last = self.look_for_the_last(link).await?;
        if last != Last::There {
            // The entry may also have expired, if no other entry was written after it.
            if last == Last::Lost {
                tracing::warn!(
                    "Redis no longer has the last revocation that was read; all revocations are read again"
                );
            }
            self.last = EntryId::START;
            self.view.known.lock().forget_all();
        }
        let asked_at = self.view.clock.monotonic();
        let expected = self.view.pending.lock().begin_round(self.last);
        loop {
            let mut command = redis::cmd("XRANGE");
            command.arg(self.view.stream());
            command.arg(format!("({}", self.last)).arg("+");
            command.arg("COUNT").arg(PAGE);
            let page = entries(&self.ask(link, &command).await?)?;
            let is_last = page.len() < PAGE;
            self.take(page).await?;
            if is_last {
                break;
            }
        }
        {
            let mut pending = self.view.pending.lock();
            pending.look_for(expected, &self.view.known.lock());
        }
        self.view.set_known_until(asked_at);
        self.view.wake_writer();
        Ok(())
    }

    /// Checks whether the last entry that this process has read is still on the Redis server. Fails
    /// if the Redis server is a replica.
    ///
    /// Checking the last entry is sufficient: a restart from a file or a failover can lose only the
    /// newest entries. A server that has this entry therefore has all earlier entries too.
    async fn look_for_the_last(&mut self, link: &mut Link) -> Result<Last> {
        let mut command = redis::cmd("EVAL");
        command.arg(LOOK).arg(1).arg(self.view.stream());
        command.arg(self.last.to_string());
        let answer = self.ask(link, &command).await?;
        let [Value::Int(found), Value::Int(now)] = array(&answer)? else {
            return Err(invalid_response());
        };
        let now = u64::try_from(*now).map_err(|_| invalid_response())?;
        self.server_time = now;
        let over = self.last.seconds().saturating_add(LIFE.as_secs());
        Ok(match found {
            0 if self.last == EntryId::START => Last::There,
            0 if over <= now => Last::Over,
            0 => Last::Lost,
            _ => Last::There,
        })
    }

    /// Reads the new entries of the Redis stream until a read fails, and returns its error.
    async fn follow(&mut self, mut link: Link) -> Error {
        loop {
            if let Err(error) = self.follow_once(&mut link).await {
                return error;
            }
            // Logged only after a repeated failure, because connecting may succeed while reading
            // new entries fails.
            if self.wait > FIRST_WAIT {
                self.wait = FIRST_WAIT;
                tracing::info!("the revocations are read from Redis again");
            }
        }
    }

    async fn follow_once(&mut self, link: &mut Link) -> Result<()> {
        // The response may not contain entries that are written after this time.
        let asked_at = self.view.clock.monotonic();
        let mut command = redis::cmd("XREAD");
        command.arg("COUNT").arg(PAGE).arg("BLOCK");
        command.arg(u64::try_from(self.view.options.block.as_millis()).unwrap_or(u64::MAX));
        command.arg("STREAMS").arg(self.view.stream());
        command.arg(self.last.to_string());
        let page = news(&self.ask(link, &command).await?)?;
        // Another client may have deleted the data of the server, and instances may have written
        // entries since. Or the server may have become a replica with stale data.
        if self.look_for_the_last(link).await? != Last::There {
            return self.read_existing(link).await;
        }
        let is_all = page.len() < PAGE;
        self.take(page).await?;
        if is_all {
            self.view.set_known_until(asked_at);
        }
        self.view.wake_writer();
        Ok(())
    }

    /// Adds the revocations of a page of the stream to this process's copy. Entries in an unknown
    /// format, entries whose tokens have expired, and entries with an invalid identifier are
    /// skipped. Fails if the local list fails.
    async fn take(&mut self, page: Page) -> Result<()> {
        for (id, revocation) in page {
            let Some(revocation) = revocation else {
                if self.view.may_log() {
                    tracing::warn!("a revocation in Redis has an unknown format; it is ignored");
                }
                self.last = id;
                continue;
            };
            if self.is_over(id, &revocation) {
                self.last = id;
                continue;
            }
            match self.view.local.revoke(revocation.clone()).await {
                Ok(()) => self.view.record_read(id, &revocation),
                // An identifier that no Cognito token can have rejects no token.
                Err(error) if error.kind() == ErrorKind::InvalidParameter => {}
                Err(error) => return Err(error),
            }
            self.last = id;
        }
        Ok(())
    }

    /// Returns `true` if all tokens that the entry rejects have expired. Returns `false` if the
    /// time of the revocation is unknown.
    ///
    /// The lifetime of a revocation is the time from the revocation until the last of these tokens
    /// expires. The result is `true` if the entry is older than this lifetime plus one hour. The
    /// hour is needed because the clocks of the instances may differ. The age of the entry is
    /// measured with the clock of the Redis server, so the clock of this process has no effect.
    fn is_over(&self, id: EntryId, revocation: &Revocation) -> bool {
        let life = revocation
            .subject()
            .map(|(_, at)| revocation.expires_at().saturating_sub(at));
        let age = self.server_time.saturating_sub(id.seconds());
        life.is_some_and(|life| age > life.saturating_add(CLOCK_TOLERANCE))
    }

    async fn ask(&self, link: &mut Link, command: &redis::Cmd) -> Result<Value> {
        let answer = link.ask(Question::One(command), self.patience()).await;
        answer.map_err(|failure| failure.error)
    }
}
