//! Commands over one connection. A broken connection is replaced.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use cognito_core::{Error, Result};
use redis::{Cmd, Pipeline, Value};
use tokio::sync::Mutex;
use tokio::time::{Duration, Instant};

use crate::config::RedisConfig;
use crate::error::nonsense;
use crate::link::{Failure, Link, Question};

/// Whether a command may be retried after its connection broke. The command may already have been
/// executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    Never,
    Once,
}

/// A client that sends commands. It is shared, not cloned.
pub(crate) struct Client {
    config: RedisConfig,
    links: Slot,
    /// For a cluster: the connection for commands that must not be retried. Its driver does not
    /// retry.
    careful: Slot,
}

/// A connection, or the result of the last attempt to connect.
#[derive(Default)]
struct Slot {
    state: Mutex<State>,
    /// The number of attempts to connect. Waiting callers read it without the lock.
    attempts: AtomicU64,
}

#[derive(Default)]
struct State {
    /// The connection, with its number.
    link: Option<(u64, Link)>,
    /// The last attempt to connect, if it failed.
    failed: Option<Failed>,
}

/// A failed attempt to connect.
struct Failed {
    error: Error,
    at: Instant,
    took: Duration,
}

impl Failed {
    /// Returns `true` if the failure is still returned to callers. This lasts as long as the
    /// attempt took. So a caller that sends several commands to an unresponsive server waits only
    /// once, and a server that is available again is noticed after the same time.
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

    /// Sends a command and returns the response.
    pub(crate) async fn query(&self, command: &Cmd, again: Again) -> Result<Value> {
        self.ask(Question::One(command), again).await
    }

    /// Sends several commands over the same connection and returns the responses.
    pub(crate) async fn query_all(&self, commands: &Pipeline, again: Again) -> Result<Vec<Value>> {
        match self.ask(Question::Several(commands), again).await? {
            Value::Array(answers) => Ok(answers),
            _ => Err(nonsense()),
        }
    }

    async fn ask(&self, question: Question<'_>, again: Again) -> Result<Value> {
        let failure = match self.try_once(question, again).await? {
            Ok(answer) => return Ok(answer),
            Err(failure) => failure,
        };
        let is_to_be_sent_again = match again {
            // The command had no effect, and the driver now has the right node.
            Again::Never => failure.was_sent_on && self.config.is_cluster(),
            // A server closes connections that are idle for a long time. This is detected only at
            // the next use.
            Again::Once => failure.was_cut,
        };
        if !is_to_be_sent_again {
            return Err(failure.error);
        }
        let answer = self.try_once(question, again).await?;
        answer.map_err(|failure| failure.error)
    }

    async fn try_once(
        &self,
        question: Question<'_>,
        again: Again,
    ) -> Result<std::result::Result<Value, Failure>> {
        let slot = match again {
            Again::Never if self.config.is_cluster() => &self.careful,
            _ => &self.links,
        };
        let (number, mut link) = slot.link(&self.config, again).await?;
        let answer = link.ask(question, self.config.command_timeout).await;
        if let Err(failure) = &answer
            && failure.is_the_links
        {
            slot.forget(number).await;
        }
        Ok(answer)
    }
}

impl Slot {
    /// Returns the connection, or a new one. Callers that arrive during an attempt to connect, or
    /// shortly after it, share its failure. So no caller waits longer than one attempt, and a
    /// caller with several commands waits only once.
    async fn link(&self, config: &RedisConfig, again: Again) -> Result<(u64, Link)> {
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
        let connected = Link::connect(config, config.command_timeout, again).await;
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
