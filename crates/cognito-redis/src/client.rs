//! A client that sends commands over one connection. If the connection breaks, the client opens a
//! new connection.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use cognito_core::{Error, Result};
use redis::{Cmd, Pipeline, Value};
use tokio::sync::Mutex;
use tokio::time::{Duration, Instant, timeout};

use crate::config::RedisConfig;
use crate::error::{Redirect, invalid_response, redirected_too_often, timed_out};
use crate::link::{Failure, Link, Question};

/// How many redirects of a cluster are followed for one command.
const MAX_REDIRECTS: usize = 5;

/// Whether a command may be sent again if its connection broke. The Redis server may have executed
/// the command before the connection broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retry {
    Never,
    Once,
}

/// A client that sends commands to Redis.
pub(crate) struct Client {
    config: RedisConfig,
    links: Slot,
    /// The connection to a cluster for commands that must not be sent twice. The Redis driver
    /// retries no command on this connection.
    careful: Slot,
}

/// A connection that is opened on first use, and again after it broke.
#[derive(Default)]
struct Slot {
    state: Mutex<State>,
    /// The number of attempts to connect that have ended. It is atomic, so that it can be read
    /// without locking `state`.
    attempts: AtomicU64,
}

#[derive(Default)]
struct State {
    /// The open connection, and the sequence number of the attempt that opened it.
    link: Option<(u64, Link)>,
    /// The last attempt to connect, if it failed. `None` if it succeeded, or if there was none.
    failed: Option<Failed>,
}

/// A failed attempt to connect.
struct Failed {
    error: Error,
    at: Instant,
    took: Duration,
}

impl Failed {
    /// Returns `true` if less time has passed since the failure than the attempt took. For example,
    /// an attempt that failed after one second is recent for one second. During this time, callers
    /// get the error of this attempt, and no new attempt is made. A caller that sends several
    /// commands to an unresponsive Redis server therefore waits only once.
    fn is_recent(&self) -> bool {
        self.at.elapsed() < self.took
    }
}

impl Client {
    pub(crate) fn new(config: RedisConfig) -> Self {
        Self {
            config,
            links: Slot::default(),
            careful: Slot::default(),
        }
    }

    pub(crate) const fn config(&self) -> &RedisConfig {
        &self.config
    }

    pub(crate) async fn query(&self, command: &Cmd, retry: Retry) -> Result<Value> {
        self.ask(Question::One(command), retry).await
    }

    /// Sends several commands over the same connection, and returns their responses in order.
    pub(crate) async fn query_all(&self, commands: &Pipeline, retry: Retry) -> Result<Vec<Value>> {
        match self.ask(Question::Several(commands), retry).await? {
            Value::Array(answers) => Ok(answers),
            _ => Err(invalid_response()),
        }
    }

    async fn ask(&self, question: Question<'_>, retry: Retry) -> Result<Value> {
        let failure = match self.try_once(question, retry).await? {
            Ok(answer) => return Ok(answer),
            Err(failure) => failure,
        };
        match retry {
            // A server closes connections that are idle for a long time. The client detects this
            // only at the next command.
            Retry::Once if failure.was_cut => {
                let answer = self.try_once(question, retry).await?;
                answer.map_err(|failure| failure.error)
            }
            Retry::Never if self.config.is_cluster() => {
                let longest = self.config.connect_timeout;
                let longest = longest.saturating_add(self.config.command_timeout);
                let answer = timeout(longest, self.follow(question, failure)).await;
                answer.map_err(|_| timed_out())?
            }
            _ => Err(failure.error),
        }
    }

    /// Sends a command again if `failure` is a redirect of a cluster node; otherwise returns the
    /// error of `failure`. A node that redirects a command has not executed it, so no command is
    /// executed twice. At most [`MAX_REDIRECTS`] redirects are followed.
    ///
    /// If the redirect contains no address, the cluster client of the Redis driver sends the
    /// command again. If it contains an address, the command is sent to this address over a new
    /// connection. The cluster client is not used then, for two reasons:
    ///
    /// - It reads the owner of each slot from any node. This node may not know the new owner yet,
    ///   so the command could be sent to the wrong node again.
    /// - It sends no `ASKING` if its retries are disabled.
    async fn follow(&self, question: Question<'_>, mut failure: Failure) -> Result<Value> {
        for _ in 0..MAX_REDIRECTS {
            let answer = match &failure.redirect {
                None => return Err(failure.error),
                Some(Redirect::Unnamed) => self.try_once(question, Retry::Never).await?,
                Some(Redirect::Address {
                    host,
                    port,
                    needs_asking,
                }) => {
                    let mut link = Link::connect_to_node(&self.config, host, *port).await?;
                    if *needs_asking {
                        let asking = redis::cmd("ASKING");
                        let asked = link.ask(Question::One(&asking), self.config.command_timeout);
                        asked.await.map_err(|failure| failure.error)?;
                    }
                    link.ask(question, self.config.command_timeout).await
                }
            };
            match answer {
                Ok(answer) => return Ok(answer),
                Err(next) => failure = next,
            }
        }
        Err(redirected_too_often())
    }

    async fn try_once(
        &self,
        question: Question<'_>,
        retry: Retry,
    ) -> Result<std::result::Result<Value, Failure>> {
        let slot = match retry {
            Retry::Never if self.config.is_cluster() => &self.careful,
            _ => &self.links,
        };
        let (number, mut link) = slot.link(&self.config, retry).await?;
        let answer = link.ask(question, self.config.command_timeout).await;
        if let Err(failure) = &answer
            && failure.needs_new_link
        {
            slot.forget(number).await;
        }
        Ok(answer)
    }
}

impl Slot {
    /// Returns the open connection, or opens one. The number in the result is the sequence number
    /// of the attempt that opened the connection.
    ///
    /// Callers that arrive during an attempt to connect share the result of this attempt. If an
    /// attempt failed recently, returns its error. Therefore no caller waits longer than one
    /// attempt takes.
    async fn link(&self, config: &RedisConfig, retry: Retry) -> Result<(u64, Link)> {
        let seen = self.attempts.load(Ordering::Acquire);
        let mut state = self.state.lock().await;
        if let Some((number, link)) = &state.link {
            return Ok((*number, link.clone()));
        }
        let was_tried_meanwhile = self.attempts.load(Ordering::Acquire) != seen;
        if let Some(failed) = &state.failed
            && (was_tried_meanwhile || failed.is_recent())
        {
            return Err(failed.error.clone());
        }
        let begun = Instant::now();
        let connected = Link::connect(config, config.command_timeout, retry).await;
        let number = self.attempts.fetch_add(1, Ordering::AcqRel) + 1;
        match connected {
            Ok(link) => {
                state.link = Some((number, link.clone()));
                state.failed = None;
                Ok((number, link))
            }
            Err(error) => {
                state.failed = Some(Failed {
                    error: error.clone(),
                    at: Instant::now(),
                    took: begun.elapsed(),
                });
                Err(error)
            }
        }
    }

    async fn forget(&self, number: u64) {
        let mut state = self.state.lock().await;
        if state.link.as_ref().is_some_and(|(one, _)| *one == number) {
            state.link = None;
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.config.fmt(f)
    }
}
