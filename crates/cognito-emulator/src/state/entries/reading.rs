//! Parses the entries of a state file while the file is read ([`Reading`]).

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};

use parking_lot::Mutex;
use serde::Deserialize;

use crate::model::user::User;
use crate::state::entries::kind::Kind;
use crate::state::entries::{Entry, LoadError};
use crate::state::users::Restored;

/// The size from which a [`Batch`] is full, in bytes. A full batch is parsed.
const BATCH: usize = 256 * 1024;
/// The maximum number of batches that wait for a thread. It limits the memory for these batches. It
/// is so high that a thread rarely has to wait for the next batch.
const WAITING: usize = 8;
/// The maximum number of threads that parse batches. More threads would have to wait for the thread
/// that reads the file.
const MOST_THREADS: usize = 3;

/// The entries of a state file or a snapshot, while they are read.
///
/// There can be very many users. Their entries are collected in batches, and other threads parse
/// the batches while the next entries are read. If these threads are busy, the thread that reads
/// parses a batch too. The strings of the entries are not kept, because they take as much memory as
/// the users.
#[derive(Default)]
pub(crate) struct Reading {
    entries: Vec<Entry>,
    /// The batches that are not full yet, by the id of the pool.
    batches: BTreeMap<Arc<str>, Batch>,
    threads: Option<Threads>,
    parsed: Vec<Parsed>,
    hasher: RandomState,
}

/// The entries of a state file or a snapshot. The entries of users are already parsed.
pub(crate) struct Entries {
    /// The entries that are not entries of users, sorted.
    pub(super) others: Vec<Entry>,
    /// The users of each pool, in any order, by the id of the pool.
    pub(super) users: BTreeMap<Arc<str>, Vec<Restored>>,
    /// The random state with which the hashes of the users' entries were computed.
    pub(super) hasher: RandomState,
}

/// The entries of some users of one pool, not parsed yet. `text` contains the key and the value of
/// each entry, one after the other.
#[derive(Default)]
struct Batch {
    text: String,
    /// For each entry, the positions in `text` where its key and its value end.
    ends: Vec<(usize, usize)>,
}

/// The result of parsing a [`Batch`]: the id of the pool, and the users or an error.
type Parsed = (Arc<str>, Result<Vec<Restored>, LoadError>);

/// The threads that parse batches.
struct Threads {
    batches: SyncSender<(Arc<str>, Batch)>,
    threads: Vec<JoinHandle<Vec<Parsed>>>,
}

/// The parsed value of a state file entry for a user.
#[derive(Deserialize)]
struct Value {
    user: User,
    #[serde(default)]
    lost_aliases: Vec<String>,
}

impl Reading {
    /// Adds an entry of the state file or snapshot. The entry of a user is added to the batch of
    /// the pool. If the batch is then full, it is parsed.
    pub(crate) fn add(&mut self, (scope, kind, key): (&str, &str, &str), value: &str) {
        if kind != Kind::User.name() || scope.is_empty() {
            self.entries.push(Entry {
                scope: scope.to_owned(),
                kind: kind.to_owned(),
                key: key.to_owned(),
                value: value.to_owned(),
            });
            return;
        }
        if !self.batches.contains_key(scope) {
            self.batches.insert(scope.into(), Batch::default());
        }
        let Some(batch) = self.batches.get_mut(scope) else {
            return;
        };
        batch.push(key, value);
        if batch.text.len() >= BATCH {
            let batch = std::mem::take(batch);
            self.parse(scope.into(), batch);
        }
    }

    /// Parses a batch on another thread. If [`WAITING`] batches already wait for a thread, parses
    /// it on the current thread. `scope` is the id of the pool.
    fn parse(&mut self, scope: Arc<str>, batch: Batch) {
        let threads = self
            .threads
            .get_or_insert_with(|| Threads::start(&self.hasher));
        if let Err(
            TrySendError::Full((scope, batch)) | TrySendError::Disconnected((scope, batch)),
        ) = threads.batches.try_send((scope, batch))
        {
            let users = batch.parse(&scope, &self.hasher);
            self.parsed.push((scope, users));
        }
    }

    /// Parses the last batches, and returns all entries that were added. Fails if the entry of a
    /// user cannot be read.
    pub(crate) fn finish(mut self) -> Result<Entries, LoadError> {
        let mut users: BTreeMap<Arc<str>, Vec<Restored>> = BTreeMap::new();
        for (scope, batch) in std::mem::take(&mut self.batches) {
            let parsed = batch.parse(&scope, &self.hasher);
            self.parsed.push((scope, parsed));
        }
        let parsed = self.threads.map_or_else(Vec::new, Threads::finish);
        for (scope, part) in self.parsed.into_iter().chain(parsed) {
            users.entry(scope).or_default().append(&mut part?);
        }
        self.entries.sort();
        Ok(Entries {
            others: self.entries,
            users,
            hasher: self.hasher,
        })
    }
}

impl Entries {
    /// Returns `true` if there are no entries.
    #[cfg(feature = "state")]
    pub(crate) fn is_empty(&self) -> bool {
        self.others.is_empty() && self.users.is_empty()
    }

    /// Returns the ids of the pools whose settings are in these entries.
    pub(crate) fn pools(&self) -> impl Iterator<Item = &str> {
        let is_pool = |entry: &&Entry| entry.kind == Kind::Settings.name();
        let pools = self.others.iter().filter(is_pool);
        pools.map(|entry| entry.scope.as_str())
    }
}

impl Threads {
    fn start(hasher: &RandomState) -> Self {
        let (sender, receiver) = sync_channel(WAITING);
        let receiver = Arc::new(Mutex::new(receiver));
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let start = |_| {
            let (receiver, hasher) = (Arc::clone(&receiver), hasher.clone());
            let work = move || parse_all(&receiver, &hasher);
            thread::Builder::new().spawn(work).ok()
        };
        Self {
            batches: sender,
            threads: (1..cores.min(MOST_THREADS + 1)).filter_map(start).collect(),
        }
    }

    fn finish(self) -> Vec<Parsed> {
        drop(self.batches);
        let threads = self.threads.into_iter();
        let parsed =
            threads.map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        parsed.flatten().collect()
    }
}

/// Receives and parses batches until the channel is closed. Returns the result of each batch.
fn parse_all(batches: &Mutex<Receiver<(Arc<str>, Batch)>>, hasher: &RandomState) -> Vec<Parsed> {
    let mut parsed = Vec::new();
    loop {
        let next = batches.lock().recv();
        let Ok((scope, batch)) = next else {
            return parsed;
        };
        let users = batch.parse(&scope, hasher);
        parsed.push((scope, users));
    }
}

impl Batch {
    fn push(&mut self, key: &str, value: &str) {
        self.text.push_str(key);
        let end = self.text.len();
        self.text.push_str(value);
        self.ends.push((end, self.text.len()));
    }

    fn parse(&self, scope: &str, hasher: &RandomState) -> Result<Vec<Restored>, LoadError> {
        let mut start = 0;
        let users = self.ends.iter().map(|(middle, end)| {
            let key = self.text.get(start..*middle).unwrap_or_default();
            let value = self.text.get(*middle..*end).unwrap_or_default();
            start = *end;
            parse(value).map_or_else(
                || Err(unreadable(scope, key)),
                |Value { user, lost_aliases }| {
                    let hash = hasher.hash_one(value);
                    Ok(Restored::new(key, user, lost_aliases, hash))
                },
            )
        });
        users.collect()
    }
}

fn parse(value: &str) -> Option<Value> {
    serde_json::from_str(value).ok()
}

/// Returns `true` if `value` can be parsed as the value of a state file entry for a user.
pub(super) fn is_user(value: &str) -> bool {
    parse(value).is_some()
}

/// Returns the error for a state file entry of a user that cannot be read.
pub(super) fn unreadable(scope: &str, key: &str) -> LoadError {
    LoadError {
        scope: scope.to_owned(),
        kind: Kind::User.name().to_owned(),
        key: key.to_owned(),
    }
}
