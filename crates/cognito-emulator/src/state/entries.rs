//! The data of an emulator as entries of a state file ([`Entry`]), and the changes of the entries
//! ([`Change`]).
//!
//! An entry is the JSON of one user, one app client and so on ([`Kind`]). The types of the data
//! derive `Serialize` and `Deserialize`. A newer version must read the entries of an older one: a
//! new field needs `#[serde(default)]`, and a field or name of the JSON must not be renamed.
//!
//! The methods that can change data mark the entries of this data as changed
//! ([`Scope::mark`](marks::Scope::mark), [`Watched`](watched::Watched),
//! [`WatchedMap`](watched::WatchedMap)). [`take_changes`](Pools::take_changes) then reads only the
//! marked entries. If an operation changes several entries, another thread can take the first
//! changes before the operation makes the others.
//!
//! These data are not part of a state file: sign-ins in progress (challenge sessions, SRP
//! exchanges, authorization codes), attempts of names that belong to no user, counters of requests,
//! injected faults, the request log, and the discovery documents and SAML metadata of providers.

pub(crate) mod kind;
mod load;
mod loaded;
pub(crate) mod marks;
mod read;
pub(crate) mod reading;
pub(crate) mod watched;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::state::entries::kind::Kind;
use crate::state::entries::marks::{Mark, Taken};
use crate::state::pools::Pools;

/// A change of one entry of the state file.
///
/// Security: the value holds secrets, so the type does not implement `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// The id of the pool. Empty for data that all pools share.
    pub(crate) scope: String,
    /// The kind of the changed state file entry, such as `user`, `group`, `client`, `settings`.
    pub(crate) kind: &'static str,
    /// The key of the changed state file entry. It is unique in the scope and the kind.
    pub(crate) key: String,
    /// The new value of the entry, as JSON. `None` if the entry was removed.
    pub(crate) value: Option<String>,
}

/// One entry of a state file.
///
/// Security: the value holds secrets, so the type does not implement `Debug`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    /// The id of the pool. Empty for data that all pools share.
    pub(crate) scope: String,
    /// The kind of the state file entry, such as `user`, `group`, `client`, `settings`.
    pub(crate) kind: String,
    /// The key of the state file entry. It is unique in the scope and the kind.
    pub(crate) key: String,
    /// The value of the entry, as JSON.
    pub(crate) value: String,
}

/// The error for an entry of the state file that cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "cannot read the entry {kind:?} {key:?} of {scope:?} in the state: use the version of the \
     emulator that wrote it, or start with a new state file"
)]
pub(crate) struct LoadError {
    /// The id of the pool. Empty for data that all pools share.
    pub(crate) scope: String,
    /// The kind of the entry that cannot be read, such as `user`.
    pub(crate) kind: String,
    /// The key of the entry that cannot be read.
    pub(crate) key: String,
}

/// The error for data that cannot be written as an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a value, such as a time before 1970, cannot be stored")]
pub(crate) struct Unwritable;

impl Pools {
    /// Starts to track changes. Before this call, [`take_changes`](Self::take_changes) returns
    /// nothing.
    ///
    /// The next call of [`take_changes`](Self::take_changes) returns the entries that differ from
    /// the entries of the last [`load`](Self::load). Without a `load`, it returns all entries.
    pub(crate) fn track_changes(&self) {
        let marks = self.scope.marks();
        marks.track();
        // Keys that are created later would not be marked.
        for pool in self.all() {
            pool.tokens.random.create(&self.random);
        }
        self.identity_pools.lock().ids.create_key(&self.random);
        let taken = marks.taken.lock();
        if taken.is_empty() {
            self.mark_everything(&taken);
            return;
        }
        for scope in taken.scopes() {
            // Entries without settings are not loaded.
            if self.get(&scope).is_err() {
                self.scope.of_pool(&scope).mark_pool();
            }
        }
        // There can be many entries of the other kinds.
        self.scope.mark_shared();
        for pool in self.all() {
            let scope = self.scope.of_pool(&pool.settings.pool_id);
            let kinds = Kind::ALL.iter().filter(|kind| kind.is_of_pool());
            for kind in kinds.filter(|kind| !kind.is_loaded_unchanged()) {
                scope.mark_all(*kind);
            }
        }
    }

    /// Returns `true` if data may have changed since the last [`take_changes`](Self::take_changes).
    /// This check is cheap, because it does not read the data.
    pub(crate) fn may_have_changed(&self) -> bool {
        let marks = self.scope.marks();
        marks.is_tracking() && (self.random.position().is_some() || marks.is_marked())
    }

    /// Returns the entries that changed since the last call. Returns nothing if changes are not
    /// tracked. Reads only entries that may have changed.
    ///
    /// Each change is returned only once, to the first thread that calls this method. The caller
    /// must hold a lock from before this call until it has stored the changes. Without the lock, a
    /// second thread could take the changes of a request. The request would then find no changes,
    /// and could send its response before the second thread has stored them.
    ///
    /// An entry that cannot be written as JSON is not returned, and stays marked
    /// ([`has_unwritable`](Self::has_unwritable)).
    pub(crate) fn take_changes(&self) -> Vec<Change> {
        let marks = self.scope.marks();
        if !marks.is_tracking() {
            return Vec::new();
        }
        let mut taken = marks.taken.lock();
        taken.has_failed = false;
        let mut changes = Vec::new();
        let shared = self.scope.id();
        if self.random.position().is_some() {
            let mark = Mark {
                scope: Arc::clone(shared),
                kind: Kind::Random,
                key: None,
            };
            self.take(&mark, &mut taken, &mut changes);
        }
        let mut found = marks.take();
        if found.is_empty() {
            return changes;
        }
        self.settle(&found);
        found.extend(marks.take());
        let of_jobs = |mark: &Mark| mark.kind == Kind::ImportJob;
        if found.iter().any(of_jobs) {
            // A job that ends removes its file. A file that is still there is the same as before, or
            // has its own mark. It can be very large, so it is not read for each change of the job.
            let files = taken.keys(shared, Kind::ImportFile).into_iter();
            let removed = files.filter(|key| !self.imports.has_file(key));
            found.extend(removed.map(|key| Mark {
                scope: Arc::clone(shared),
                kind: Kind::ImportFile,
                key: Some(key),
            }));
        }
        let mut whole: Option<&Mark> = None;
        for mark in &found {
            let is_covered =
                whole.is_some_and(|whole| whole.scope == mark.scope && whole.kind == mark.kind);
            if is_covered {
                continue;
            }
            if mark.key.is_none() {
                whole = Some(mark);
            }
            self.take(mark, &mut taken, &mut changes);
        }
        changes
    }

    /// Returns `true` if the last call of [`take_changes`](Self::take_changes) could not return a
    /// change, because the entry cannot be written as JSON.
    pub(crate) fn has_unwritable(&self) -> bool {
        self.scope.marks().taken.lock().has_failed
    }

    /// Adds a change to `changes` for each state entry that `mark` selects and that has changed.
    /// `taken` contains the hash of the last value of each entry.
    fn take(&self, mark: &Mark, taken: &mut Taken, changes: &mut Vec<Change>) {
        let (scope, kind) = (&mark.scope, mark.kind);
        let mut known: BTreeSet<_> = match &mark.key {
            Some(key) => [key.clone()].into(),
            None => taken.keys(scope, kind).into_iter().collect(),
        };
        let change = |key, value| Change {
            scope: scope.to_string(),
            kind: kind.name(),
            key,
            value,
        };
        for (key, value) in self.entries_of(scope, kind, mark.key.as_deref()) {
            known.remove(&key);
            let Some(value) = value else {
                taken.has_failed = true;
                self.scope.marks().insert(scope, kind, Some(&key));
                continue;
            };
            debug_assert!(
                is_readable(scope, kind, &key, &value),
                "an entry of the kind {} cannot be read again",
                kind.name()
            );
            if taken.put((scope, kind, &key), &value) {
                changes.push(change(key, Some(value)));
            }
        }
        for key in known {
            if taken.remove(scope, kind, &key) {
                changes.push(change(key, None));
            }
        }
    }

    /// Returns all entries, sorted by scope, kind and key. Fails if an entry cannot be written as
    /// JSON.
    pub(crate) fn all_entries(&self) -> Result<Vec<Entry>, Unwritable> {
        let (mut entries, mut result) = (Vec::new(), Ok(()));
        let mut add = |scope: &str, kind: Kind| {
            for (key, value) in self.entries_of(scope, kind, None) {
                let Some(value) = value else {
                    result = Err(Unwritable);
                    continue;
                };
                entries.push(Entry {
                    scope: scope.to_owned(),
                    kind: kind.name().to_owned(),
                    key,
                    value,
                });
            }
        };
        for kind in Kind::ALL.iter().filter(|kind| !kind.is_of_pool()) {
            add("", *kind);
        }
        for pool in self.all() {
            pool.state.lock().settle_changes();
            for kind in Kind::ALL.iter().filter(|kind| kind.is_of_pool()) {
                add(&pool.settings.pool_id, *kind);
            }
        }
        entries.sort();
        result.map(|()| entries)
    }

    /// If users or groups of a pool are marked, stores their changes in the history of the pool:
    /// the earlier user data for point-in-time recoveries. The history has its own entries. The
    /// entries of the history that this call changes are marked too.
    fn settle(&self, marks: &BTreeSet<Mark>) {
        let is_of_history = |mark: &&Mark| matches!(mark.kind, Kind::Group | Kind::User);
        let scopes = marks.iter().filter(is_of_history).map(|mark| &mark.scope);
        for scope in scopes.collect::<BTreeSet<_>>() {
            if let Ok(pool) = self.get(scope) {
                pool.state.lock().settle_changes();
            }
        }
    }

    /// Marks all entries as possibly changed, so that the next call of
    /// [`take_changes`](Self::take_changes) checks each of them. `taken` contains the entries that
    /// existed at the last call of `take_changes`. They are marked too, so that the next call also
    /// finds the entries whose data was removed since then.
    fn mark_everything(&self, taken: &Taken) {
        self.scope.mark_shared();
        let open = self.all();
        for pool in &open {
            self.scope.of_pool(&pool.settings.pool_id).mark_pool();
        }
        for scope in taken.scopes() {
            self.scope.of_pool(&scope).mark_pool();
        }
    }
}

/// Returns `true` if [`load`](Pools::load) can read the entry.
fn is_readable(scope: &str, kind: Kind, key: &str, value: &str) -> bool {
    let entry = Entry {
        scope: scope.to_owned(),
        kind: kind.name().to_owned(),
        key: key.to_owned(),
        value: value.to_owned(),
    };
    loaded::is_readable(kind, &entry)
}
