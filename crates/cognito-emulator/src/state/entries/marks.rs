//! Records which entries of the state file may have changed, so that they are written again. The
//! record of a possible change is a mark, also known as a dirty flag ([`Marks`], [`Scope`]).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use crate::state::entries::kind::Kind;

/// A mark (dirty flag): one entry of the state file, or all entries of one scope and kind, may have
/// changed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mark {
    /// The id of the pool. Empty for shared data.
    pub(super) scope: Arc<str>,
    pub(super) kind: Kind,
    /// The key of the marked state file entry. `None` if all entries with this scope and kind are
    /// marked.
    pub(super) key: Option<String>,
}

/// The marks (dirty flags) of the state file entries that may have changed. All data of an emulator
/// has the same `Marks`.
///
/// A thread that changes data sets the mark before the change, while it holds the lock of the data.
/// A thread that stores changes first takes the marks, and then locks the data. It therefore waits
/// until the change of each taken mark is complete, and reads the changed data.
#[derive(Default)]
pub(crate) struct Marks {
    is_tracking: AtomicBool,
    marks: Mutex<BTreeSet<Mark>>,
    /// The hash of the value that each entry had at the last call of `take_changes`. A different
    /// hash shows that a marked entry has changed.
    pub(super) taken: Mutex<Taken>,
}

/// The hashes of the values that the state file entries had at the last call of `take_changes`.
#[derive(Default)]
pub(super) struct Taken {
    /// The hash of each entry's value. The outer key is the scope and the kind of the entry, and
    /// the inner key is its key.
    hashes: BTreeMap<(Arc<str>, Kind), HashMap<Arc<str>, u64>>,
    /// `true` if the last call of `take_changes` could not return a marked entry, because the entry
    /// cannot be written as JSON.
    pub(super) has_failed: bool,
    state: RandomState,
}

impl Marks {
    pub(super) fn is_tracking(&self) -> bool {
        self.is_tracking.load(Ordering::Acquire)
    }

    pub(super) fn track(&self) {
        self.is_tracking.store(true, Ordering::Release);
    }

    /// Returns `true` if any entry is marked as possibly changed.
    pub(super) fn is_marked(&self) -> bool {
        !self.marks.lock().is_empty()
    }

    /// Removes and returns all marks, in order. A mark on all entries of a kind precedes the marks
    /// on single entries of this kind.
    pub(super) fn take(&self) -> BTreeSet<Mark> {
        std::mem::take(&mut *self.marks.lock())
    }

    pub(super) fn insert(&self, scope: &Arc<str>, kind: Kind, key: Option<&str>) {
        if self.is_tracking() {
            self.marks.lock().insert(Mark {
                scope: Arc::clone(scope),
                kind,
                key: key.map(ToOwned::to_owned),
            });
        }
    }

    /// Marks all entries of a scope whose kind `is_meant` accepts. The marks are added together, so
    /// that no other thread can take only some of them.
    fn insert_all(&self, scope: &Arc<str>, is_meant: impl Fn(Kind) -> bool) {
        if !self.is_tracking() {
            return;
        }
        let kinds = Kind::ALL.iter().copied().filter(|kind| is_meant(*kind));
        self.marks.lock().extend(kinds.map(|kind| Mark {
            scope: Arc::clone(scope),
            kind,
            key: None,
        }));
    }
}

impl Taken {
    /// Stores the hash of the value of an entry. Returns `false` if the value is the same as
    /// before.
    pub(super) fn put(&mut self, (scope, kind, key): (&Arc<str>, Kind, &str), value: &str) -> bool {
        let hash = self.state.hash_one(value);
        let place = (Arc::clone(scope), kind);
        let hashes = self.hashes.entry(place).or_default();
        hashes.insert(key.into(), hash) != Some(hash)
    }

    /// Stores the hashes of entries of one kind in one scope, by key. The hashes must be computed
    /// with the state that was passed to [`clear`](Self::clear).
    pub(super) fn put_all(
        &mut self,
        (scope, kind): (&str, Kind),
        hashes: impl ExactSizeIterator<Item = (Arc<str>, u64)>,
    ) {
        let known = self.hashes.entry((scope.into(), kind)).or_default();
        known.reserve(hashes.len());
        known.extend(hashes);
    }

    /// Removes all hashes. Later hashes are computed with `state`.
    pub(super) fn clear(&mut self, state: RandomState) {
        self.hashes.clear();
        self.state = state;
    }

    /// Removes the hash of an entry that no longer exists. Returns `false` if no hash was stored
    /// for the entry.
    pub(super) fn remove(&mut self, scope: &Arc<str>, kind: Kind, key: &str) -> bool {
        let hashes = self.hashes.get_mut(&(Arc::clone(scope), kind));
        hashes.is_some_and(|hashes| hashes.remove(key).is_some())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// Returns the keys of the entries of this kind in this scope that have a stored hash.
    pub(super) fn keys(&self, scope: &Arc<str>, kind: Kind) -> Vec<String> {
        let hashes = self.hashes.get(&(Arc::clone(scope), kind));
        let keys = hashes.into_iter().flat_map(HashMap::keys);
        keys.map(ToString::to_string).collect()
    }

    /// Returns the scopes whose entries have a stored hash. A scope is the id of a pool, or an
    /// empty string for the data that all pools share.
    pub(super) fn scopes(&self) -> BTreeSet<Arc<str>> {
        self.hashes
            .keys()
            .map(|(scope, _)| Arc::clone(scope))
            .collect()
    }
}

/// A handle that marks state file entries as possibly changed: the entries of one pool, or the
/// entries of the data that all pools share. Clones share the marks.
///
/// The default value belongs to no emulator: its marks have no effect.
#[derive(Clone)]
pub(crate) struct Scope {
    marks: Arc<Marks>,
    id: Arc<str>,
}

impl Default for Scope {
    fn default() -> Self {
        Self::shared(Arc::default())
    }
}

impl Scope {
    /// Creates the scope for the data that all pools share. The scope marks changes in `marks`.
    pub(crate) fn shared(marks: Arc<Marks>) -> Self {
        Self {
            marks,
            id: Arc::from(""),
        }
    }

    /// Creates the scope for the data of the pool with this id. It marks changes in the same
    /// [`Marks`] as this scope.
    pub(crate) fn of_pool(&self, id: &str) -> Self {
        Self {
            marks: Arc::clone(&self.marks),
            id: Arc::from(id),
        }
    }

    pub(crate) fn is_tracking(&self) -> bool {
        self.marks.is_tracking()
    }

    pub(super) fn marks(&self) -> &Marks {
        &self.marks
    }

    pub(super) fn id(&self) -> &Arc<str> {
        &self.id
    }

    /// Marks an entry of the state file as changed. Call this method before the entry changes,
    /// while the lock of the entry is held.
    pub(crate) fn mark(&self, kind: Kind, key: &str) {
        self.marks.insert(&self.id, kind, Some(key));
    }

    /// Marks all entries of a kind in the state file as changed: those of this pool, or the shared
    /// entries if this scope belongs to no pool.
    pub(crate) fn mark_all(&self, kind: Kind) {
        self.marks.insert(&self.id, kind, None);
    }

    /// Marks all entries of the pool in the state file as changed.
    pub(crate) fn mark_pool(&self) {
        self.marks.insert_all(&self.id, Kind::is_of_pool);
    }

    /// Marks all entries in the state file that belong to no pool as changed.
    pub(super) fn mark_shared(&self) {
        self.marks.insert_all(&self.id, |kind| !kind.is_of_pool());
    }
}
