//! Calls that are under way, so that equal ones are made once.

use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::{digest::SHA256_OUTPUT_LEN, hmac};
use cognito_core::{Error, ErrorKind, Result};
use futures_util::FutureExt;
use futures_util::future::{Shared, WeakShared};
use parking_lot::Mutex;

/// Makes equal calls once: who asks while one is under way waits for it and gets the same result,
/// errors included.
///
/// Nothing is remembered beyond the call: who asks after its end makes a new one. A call goes on
/// for as long as anybody waits for it, whoever began it, and is dropped when nobody does. Memory
/// is bounded by the calls under way.
///
/// # Security
///
/// What names a call is kept as an HMAC-SHA256 under a random key of this process: no token
/// lies here in clear, and how long a look-up takes says nothing about one.
pub struct CallsInFlight<T: Clone> {
    key: hmac::Key,
    calls: Arc<Calls<T>>,
}

/// What a call is known by; see [`CallsInFlight::name`]. It does not tell what it was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CallName([u8; SHA256_OUTPUT_LEN]);

type Call<T> = Shared<Pin<Box<dyn Future<Output = T> + Send>>>;
type WeakCall<T> = WeakShared<Pin<Box<dyn Future<Output = T> + Send>>>;
type Calls<T> = Mutex<HashMap<CallName, UnderWay<T>>>;

/// A call as others find it. Weak, so that it ends when nobody waits for it.
struct UnderWay<T: Clone> {
    call: WeakCall<T>,
    /// Tells it from a later call of the same name.
    mark: Arc<()>,
}

impl<T: Clone + Send + Sync + 'static> CallsInFlight<T> {
    /// No call is under way.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unknown`]: the operating system gave no random key.
    pub fn new() -> Result<Self> {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new()).map_err(|_| {
            Error::new(ErrorKind::Unknown)
                .with_detail("the operating system gave no random numbers")
        })?;
        Ok(Self {
            key,
            calls: Arc::default(),
        })
    }

    /// The name of a call: the same for the same parts in the same order, and for nothing else.
    pub fn name(&self, parts: impl IntoIterator<Item = impl AsRef<[u8]>>) -> CallName {
        let mut context = hmac::Context::with_key(&self.key);
        for part in parts {
            // The length in front keeps ("ab", "c") apart from ("a", "bc").
            context.update(&(part.as_ref().len() as u64).to_be_bytes());
            context.update(part.as_ref());
        }
        let mut digest = [0; SHA256_OUTPUT_LEN];
        let tag = context.sign();
        for (to, from) in digest.iter_mut().zip(tag.as_ref()) {
            *to = *from;
        }
        CallName(digest)
    }

    /// The result of the call that is under way under this name, or else of this one.
    pub async fn join(&self, name: CallName, call: impl Future<Output = T> + Send + 'static) -> T {
        // No lock is held while anything waits.
        let joined = self.enter(name, call);
        joined.await
    }

    /// How many calls are under way.
    #[must_use]
    pub fn len(&self) -> usize {
        self.calls.lock().len()
    }

    /// Whether no call is under way.
    #[must_use]
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
        let ours = async move {
            // Gone before the result is there: whoever comes now makes a call of their own.
            let _entry = entry;
            call.await
        };
        let ours: Call<T> = FutureExt::shared(Box::pin(ours));
        let mut calls = self.calls.lock();
        let theirs = calls.get(&name).and_then(|found| found.call.upgrade());
        if theirs.is_none()
            && let Some(call) = ours.downgrade()
        {
            calls.insert(name, UnderWay { call, mark });
        }
        drop(calls);
        // What is dropped here takes the lock again: its entry looks whether it was entered.
        theirs.unwrap_or(ours)
    }
}

impl<T: Clone> fmt::Debug for CallsInFlight<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Security: neither the key nor any result.
        f.debug_struct("CallsInFlight")
            .field("len", &self.calls.lock().len())
            .finish_non_exhaustive()
    }
}

/// The place of a call among those under way: given up when the call ends or is dropped.
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
