//! Single flight: concurrent callers share one fetch.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use cognito_core::{ErrorKind, Event};
use futures_util::FutureExt;
use futures_util::future::{AbortHandle, BoxFuture, Shared, abortable};

use super::fetch::{Fetched, Origin, Request};
use super::renewer;
use super::schedule::ABANDONED_AFTER;
use super::state::{Fetching, Purpose, State};
use crate::jwks::key_set::KeySet;
use crate::jwks::runtime::{Runtime, Task};
use crate::jwks::source::{SourceError, SourceErrorKind};
use crate::span::FetchSpan;

pub(super) type Outcome = Result<(), Arc<SourceError>>;

/// A future that completes when a fetch ends. Its value is `None` if the fetch did not complete: it
/// was aborted because it took too long, it panicked, or its runtime ended.
pub(super) type Completion = Shared<BoxFuture<'static, Option<Outcome>>>;

pub(super) struct Flight {
    number: u64,
    started_at: Duration,
    cool_down: CoolDown,
    completion: Completion,
    span: FetchSpan,
    /// A handle that aborts the fetch. The futures of the callers that wait for the fetch then
    /// complete. Without this handle, callers could wait forever for a runtime that has stopped.
    abort: AbortHandle,
    /// The task that runs the fetch. `None` if there is no Tokio runtime: the callers that wait for
    /// the fetch then poll it.
    task: Option<Task>,
}

/// Whether a successful fetch from the source starts the cool-down: the time during which unknown
/// key ids cause no further fetch.
enum CoolDown {
    /// A successful fetch starts the cool-down. Used if a token has a key id that is not in the
    /// cached key set.
    Always,
    /// A successful fetch starts the cool-down only if the fetched key set does not contain this
    /// key id. Used if a token with this key id arrives while the cache has no usable keys.
    IfAbsent(Box<str>),
    /// A fetch never starts the cool-down. Used for renewals of the cached key set.
    Never,
}

/// The decision for a caller that needs keys: wait for a fetch, or use a result without a fetch.
pub(super) enum Join {
    /// The fetch to wait for. It was already in flight, or has just been started.
    InFlight(Completion),
    /// The result without a fetch: `Ok` if no fetch is needed, or the outcome of the last fetch if
    /// no fetch is allowed now.
    Finished(Outcome),
}

impl Flight {
    fn is_overdue(&self, now: Duration) -> bool {
        now.saturating_sub(self.started_at) >= ABANDONED_AFTER
    }

    /// Returns `true` if the Tokio runtime was shut down before the fetch completed: the task has
    /// ended, but this `Flight` still exists. A completed fetch removes its `Flight`.
    fn is_torn_down(&self) -> bool {
        self.task.as_ref().is_some_and(Task::has_ended)
    }

    pub(super) fn end(&self) {
        self.abort.abort();
        if let Some(task) = &self.task {
            task.end();
        }
    }
}

impl Fetching {
    /// Returns the fetch in flight. Returns `None` if no fetch is in flight, if it started at least
    /// [`ABANDONED_AFTER`] ago, or if its runtime was shut down.
    pub(super) fn under_way(&self, now: Duration) -> Option<&Flight> {
        let flight = self.flight.as_ref()?;
        (!flight.is_overdue(now) && !flight.is_torn_down()).then_some(flight)
    }
}

impl State {
    /// Joins the fetch in flight or starts one, and waits for its end. Returns the outcome
    /// immediately if no fetch is needed or allowed. If the fetch is aborted, for example because
    /// its runtime has ended, tries once more. If the second fetch is aborted too, returns
    /// `Err(None)`, because there is no error of the source.
    pub(super) async fn fetch(
        self: &Arc<Self>,
        purpose: Purpose<'_>,
    ) -> Result<(), Option<Arc<SourceError>>> {
        // If several runtimes share a verifier, as in tests, the runtime of a fetch may end before
        // it.
        for _ in 0..2 {
            let outcome = match self.join(purpose) {
                Join::InFlight(completion) => completion.await,
                Join::Finished(outcome) => Some(outcome),
            };
            if let Some(outcome) = outcome {
                return outcome.map_err(Some);
            }
        }
        Err(None)
    }

    /// Starts a fetch if one is needed and allowed, and there is a runtime. Does not wait for it.
    pub(super) fn fetch_in_background(self: &Arc<Self>, purpose: Purpose<'_>) {
        if Runtime::current().is_some() {
            drop(self.join(purpose));
        }
    }

    /// Joins the fetch in flight, or starts a fetch. Starts no fetch if none is needed, or if none
    /// is allowed now. The lock is held during the decision, so concurrent callers start only one
    /// fetch. In a runtime, the fetch is a separate task, which continues if the caller is dropped.
    pub(super) fn join(self: &Arc<Self>, purpose: Purpose<'_>) -> Join {
        let now = self.now();
        let mut fetching = self.lock();
        if let Some(flight) = fetching.under_way(now) {
            let (completion, span) = (flight.completion.clone(), flight.span.clone());
            drop(fetching);
            span.link();
            return Join::InFlight(completion);
        }
        let lost = fetching.flight.take();
        let given_up = lost
            .as_ref()
            .filter(|flight| !flight.is_torn_down())
            .map(|_| {
                let error = SourceError::new(
                    SourceErrorKind::Timeout,
                    "the source timed out: give it a deadline of less than 30 seconds",
                );
                let outcome = Err(Arc::new(error));
                // The abandoned fetch counts as a failed one.
                fetching.note(outcome.clone(), None, now, now);
                outcome
            });
        let join = match self.standing(&fetching, purpose, now) {
            Some(outcome) => {
                self.renew_at(self.next_renewal(&fetching));
                Join::Finished(outcome)
            }
            None => Join::InFlight(self.start(&mut fetching, purpose, now)),
        };
        let started = match &join {
            Join::InFlight(_) => fetching.flight.as_ref().map(|flight| flight.span.clone()),
            Join::Finished(_) => None,
        };
        drop(fetching);
        // The subscriber runs outside of the lock.
        if let Some(span) = started {
            span.link();
        }
        if let Some(flight) = &lost {
            flight.end();
        }
        if let Some(outcome) = &given_up {
            self.report(outcome, None);
        }
        join
    }

    fn start(
        self: &Arc<Self>,
        fetching: &mut Fetching,
        purpose: Purpose<'_>,
        now: Duration,
    ) -> Completion {
        fetching.flights_started += 1;
        let number = fetching.flights_started;
        let span = FetchSpan::new(&self.settings.uri);
        let flight = run(
            Arc::downgrade(self),
            self.request(purpose, now),
            number,
            now,
            span.clone(),
        );
        let (task, completion) = match Runtime::current() {
            Some(runtime) => {
                let may_renew = !self.timer_is_missing.load(Ordering::Relaxed);
                if may_renew && fetching.renewer.as_ref().is_none_or(Task::has_ended) {
                    let renewer = renewer::renew(runtime.clone(), Arc::downgrade(self));
                    fetching.renewer = Some(runtime.spawn(renewer).0);
                }
                let (task, completion) = runtime.spawn(flight);
                (Some(task), completion)
            }
            None => {
                let guarded = AssertUnwindSafe(flight).catch_unwind();
                (None, guarded.map(Result::ok).boxed())
            }
        };
        let (completion, abort) = abortable(completion);
        let completion = completion.map(|arrived| arrived.ok().flatten());
        let completion = completion.boxed().shared();
        fetching.flight = Some(Flight {
            number,
            started_at: now,
            cool_down: self.cool_down(purpose, now),
            completion: completion.clone(),
            span,
            abort,
            task,
        });
        // Until the fetch ends, no caller needs to check whether a renewal is due.
        self.renew_at(now.saturating_add(ABANDONED_AFTER));
        completion
    }

    fn cool_down(&self, purpose: Purpose<'_>, now: Duration) -> CoolDown {
        match purpose {
            Purpose::Renewal => CoolDown::Never,
            Purpose::Demand { .. } if self.usable(now).is_some() => CoolDown::Always,
            Purpose::Demand { kid } => CoolDown::IfAbsent(kid.into()),
        }
    }

    /// Returns the parameters of a fetch. By default, a fetch reads the JWKS in the shared store
    /// first, and uses the JWKS source only if the shared JWKS is missing or too old.
    ///
    /// If the cache has usable keys but not the requested key, the order is reversed, because the
    /// shared JWKS may be older than the requested key. The shared JWKS is then used only if the
    /// source fails.
    fn request(&self, purpose: Purpose<'_>, now: Duration) -> Request {
        let is_demand = matches!(purpose, Purpose::Demand { .. });
        let past_the_store = is_demand && self.usable(now).is_some();
        Request {
            settings: self.settings.clone(),
            shared_will_do: (!past_the_store).then_some(self.refresh_ahead),
        }
    }

    /// Records the end of a fetch: stores its keys, and reports the outcome. A fetch for an unknown
    /// key id can also start the cool-down, the time during which unknown key ids cause no further
    /// fetch. `number` is the sequence number of the fetch, and `started_at` is the time at which
    /// it started.
    fn finish(&self, number: u64, started_at: Duration, fetched: Fetched) -> Outcome {
        let Fetched { keys, outcome } = fetched;
        let mut fetching = self.lock();
        if let Some((keys, age)) = keys {
            self.replace(keys, started_at, age);
        }
        let origin = outcome.as_ref().ok().copied();
        let outcome = outcome.map(drop).map_err(Arc::new);
        let is_ours = |flight: &mut Flight| flight.number == number;
        if let Some(flight) = fetching.flight.take_if(is_ours) {
            let now = self.now();
            if origin == Some(Origin::Source) && self.starts_cool_down(&flight.cool_down) {
                fetching.looked_up(now);
            }
            let retry_at = now.saturating_add(fetching.back_off(&outcome));
            fetching.note(outcome.clone(), origin, now, retry_at);
            self.renew_at(self.next_renewal(&fetching));
        }
        drop(fetching);
        self.report(&outcome, origin);
        outcome
    }

    fn starts_cool_down(&self, cool_down: &CoolDown) -> bool {
        let current = self.current.load();
        let has = |kid| {
            (*current)
                .as_ref()
                .is_some_and(|now| now.keys.key(kid).is_some())
        };
        match cool_down {
            CoolDown::Always => true,
            CoolDown::IfAbsent(kid) => !has(kid),
            CoolDown::Never => false,
        }
    }

    /// Stores the keys of a JWKS that the source has in memory, such as
    /// [`StaticJwks`](crate::StaticJwks). No fetch is needed. The outcome is recorded like the
    /// outcome of a fetch, and the cool-down starts.
    pub(super) fn load(&self, document: &[u8]) -> Outcome {
        let now = self.now();
        let keys = KeySet::parse(document)
            .map_err(|what| Arc::new(SourceError::new(SourceErrorKind::Document, what)));
        let mut fetching = self.lock();
        let outcome = keys.map(|keys| self.replace(keys, now, Duration::ZERO));
        let retry_at = now.saturating_add(fetching.back_off(&outcome));
        fetching.note(outcome.clone(), Some(Origin::Source), now, retry_at);
        // The JWKS never changes, so no fetch can find another key id: the cool-down starts.
        fetching.looked_up(now);
        self.renew_at(self.next_renewal(&fetching));
        drop(fetching);
        self.report(&outcome, Some(Origin::Source));
        outcome
    }

    fn report(&self, outcome: &Outcome, origin: Option<Origin>) {
        match outcome {
            Ok(()) if origin == Some(Origin::Shared) => {
                tracing::debug!("used the signing keys that another instance fetched");
            }
            Ok(()) => tracing::debug!("fetched the signing keys"),
            Err(error) => {
                tracing::warn!(kind = ?error.kind(), "could not fetch the signing keys");
            }
        }
        let error = outcome.as_ref().err().map(|_| ErrorKind::KeysUnavailable);
        let event = match error {
            Some(error) if self.usable(self.now()).is_some() => Event::keys_not_renewed(error),
            error => Event::keys_refreshed(error),
        };
        self.settings.events.record(&event);
    }
}

/// Runs the fetch, and stores the keys if the cache still exists. The weak reference does not keep
/// the cache alive.
async fn run(
    state: Weak<State>,
    request: Request,
    number: u64,
    started_at: Duration,
    span: FetchSpan,
) -> Outcome {
    let fetched = span.during(request.fetch(), |fetched: &Fetched| {
        fetched.outcome.as_ref().err()
    });
    let fetched = fetched.await;
    match state.upgrade() {
        Some(state) => state.finish(number, started_at, fetched),
        None => fetched.outcome.map(drop).map_err(Arc::new),
    }
}
