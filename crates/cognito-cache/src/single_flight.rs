//! Single flight: concurrent calls with the same name are executed once.

use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use aws_lc_rs::{digest::SHA256_OUTPUT_LEN, hmac};
use cognito_core::Result;
use futures_util::FutureExt;
use futures_util::future::{Shared, WeakShared};
use parking_lot::Mutex;
use tracing::{Instrument, Span};

use crate::keyed_hash::{keyed_hash, random_key};

/// A group of calls in which concurrent calls with the same name are executed once. If a call with
/// the same name is in flight, the caller waits for it and gets its result, errors included.
///
/// Results are not cached: after a call has ended, the next call with this name is executed. A call
/// continues while at least one caller waits for it. If the last waiting caller is dropped, the
/// call is dropped too. Memory is bounded by the number of calls in flight.
///
/// A call runs in the tracing span of its first caller. The spans of the other callers have a link to
/// this span (`follows_from`).
///
/// # Security
///
/// The name of a call is an HMAC-SHA256 of its parts, with a random key of this process. Names
/// therefore contain no token, and the duration of a lookup reveals nothing about a token.
pub struct SingleFlight<T: Clone> {
    key: hmac::Key,
    calls: Arc<Calls<T>>,
}

/// The name of a call, created by [`SingleFlight::name`]. It does not reveal the parts from which
/// it was created.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CallName([u8; SHA256_OUTPUT_LEN]);

type Call<T> = Shared<Pin<Box<dyn Future<Output = T> + Send>>>;
type WeakCall<T> = WeakShared<Pin<Box<dyn Future<Output = T> + Send>>>;
type Calls<T> = Mutex<HashMap<CallName, UnderWay<T>>>;

/// The entry of a call in flight. It contains a weak reference to the call, so that the call is
/// dropped when no caller waits for it.
struct UnderWay<T: Clone> {
    call: WeakCall<T>,
    /// A pointer that only this call has. It differs from the pointer of a later call with the
    /// same name.
    mark: Arc<()>,
    /// The span of the caller that started the call.
    span: Span,
}

impl<T: Clone + Send + Sync + 'static> SingleFlight<T> {
    /// Creates a `SingleFlight` without calls in flight. Generates the random key with which the
    /// names of its calls are hashed ([`name`](Self::name)).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unknown`](cognito_core::ErrorKind::Unknown): the operating system returned no
    /// random numbers.
    pub fn new() -> Result<Self> {
        Ok(Self {
            key: random_key()?,
            calls: Arc::default(),
        })
    }

    /// Returns the name of the call that these parts identify, such as an operation and a token.
    /// Only calls with the same parts in the same order have the same name.
    pub fn name(&self, parts: impl IntoIterator<Item = impl AsRef<[u8]>>) -> CallName {
        CallName(keyed_hash(&self.key, parts))
    }

    /// Returns the result of the call that is in flight with this name. If no such call is in
    /// flight, executes `call` and returns its result.
    pub async fn join(&self, name: CallName, call: impl Future<Output = T> + Send + 'static) -> T {
        // No lock is held while a caller waits.
        let joined = self.enter(name, call);
        joined.await
    }

    /// Returns the number of calls in flight.
    pub fn len(&self) -> usize {
        self.calls.lock().len()
    }

    /// Returns `true` if no call is in flight.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn enter(&self, name: CallName, call: impl Future<Output = T> + Send + 'static) -> Call<T> {
        let mark = Arc::new(());
        let entry = Entry {
            calls: Arc::clone(&self.calls),
            name,
            mark: Arc::clone(&mark),
        };
        let span = Span::current();
        let ours = async move {
            // Removed before the result is available, so a later caller makes a new call.
            let _entry = entry;
            call.await
        };
        let ours = ours.instrument(span.clone());
        let ours: Call<T> = FutureExt::shared(Box::pin(ours));
        let mut calls = self.calls.lock();
        let theirs = calls
            .get(&name)
            .and_then(|found| Some((found.call.upgrade()?, found.span.clone())));
        if theirs.is_none()
            && let Some(call) = ours.downgrade()
        {
            let span = span.clone();
            calls.insert(name, UnderWay { call, mark, span });
        }
        drop(calls);
        // The rest runs outside of the lock: dropping an entry takes the lock again, and a
        // subscriber may do anything.
        match theirs {
            Some((call, their_span)) => {
                // A subscriber can deadlock if a span follows from itself.
                if span.id() != their_span.id() {
                    span.follows_from(&their_span);
                }
                call
            }
            None => ours,
        }
    }
}

impl<T: Clone> fmt::Debug for SingleFlight<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Security: neither the key nor a result is shown.
        f.debug_struct("SingleFlight")
            .field("len", &self.calls.lock().len())
            .finish_non_exhaustive()
    }
}

/// A guard that removes the entry of a call when the call ends or is dropped.
struct Entry<T: Clone> {
    calls: Arc<Calls<T>>,
    name: CallName,
    mark: Arc<()>,
}

impl<T: Clone> Drop for Entry<T> {
    fn drop(&mut self) {
        let mut calls = self.calls.lock();
        let is_ours = |found: &UnderWay<T>| Arc::ptr_eq(&found.mark, &self.mark);
        if calls.get(&self.name).is_some_and(is_ours) {
            calls.remove(&self.name);
        }
    }
}
