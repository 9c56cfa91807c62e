//! The data of an emulator as entries of a state file ([`Entry`]), and the changes of the entries
//! ([`Change`]).

use crate::state::pools::Pools;

/// A change of one entry of the state file.
///
/// Security: the value holds secrets, so the type does not implement `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// The id of the pool. Empty for data that all pools share.
    pub(crate) scope: String,
    /// The kind of the entry, such as `user`, `group`, `client`, `settings`.
    pub(crate) kind: &'static str,
    /// The key of the entry. It is unique in the scope and the kind.
    pub(crate) key: String,
    /// The data as JSON. `None` if the entry was removed.
    pub(crate) value: Option<String>,
}

/// One entry of a state file.
///
/// Security: the value holds secrets, so the type does not implement `Debug`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    /// The id of the pool. Empty for data that all pools share.
    pub(crate) scope: String,
    /// The kind of the entry, such as `user`, `group`, `client`, `settings`.
    pub(crate) kind: String,
    /// The key of the entry. It is unique in the scope and the kind.
    pub(crate) key: String,
    /// The data as JSON.
    pub(crate) value: String,
}

/// An error of an entry that cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "cannot read the entry {kind:?} {key:?} of {scope:?} in the state file: \
     start with the version of the emulator that wrote the file, or with a new state file"
)]
pub(crate) struct LoadError {
    /// The id of the pool. Empty for data that all pools share.
    pub(crate) scope: String,
    /// The kind of the entry.
    pub(crate) kind: String,
    /// The key of the entry.
    pub(crate) key: String,
}

impl Pools {
    /// Starts to track changes. Without it, [`take_changes`](Self::take_changes) returns nothing.
    pub(crate) fn track_changes(&self) {}

    /// Returns the entries that changed since the last call. Returns nothing if changes are not
    /// tracked. Only changed data is read.
    pub(crate) fn take_changes(&self) -> Vec<Change> {
        Vec::new()
    }

    /// Returns all entries, sorted by scope, kind and key.
    pub(crate) fn all_entries(&self) -> Vec<Entry> {
        Vec::new()
    }

    /// Replaces all data by these entries. If an entry cannot be read, fails, and no data changes.
    pub(crate) fn load(&self, _entries: Vec<Entry>) -> Result<(), LoadError> {
        Ok(())
    }
}
