//! The stored snapshots of the emulator's data ([`Snapshots`]).

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::model::error::SnapshotError;
use crate::state::entries::Entry;

/// The maximum number of stored snapshots of the emulator's data.
const MOST: usize = 20;

/// The maximum size of all snapshots, in bytes.
const MOST_BYTES: usize = 256 * 1024 * 1024;

/// The maximum length of the name of a snapshot.
const LONGEST_NAME: usize = 64;

/// The stored snapshots of the emulator's data, by snapshot name.
#[derive(Default)]
pub(crate) struct Snapshots(Mutex<BTreeMap<String, Snapshot>>);

struct Snapshot {
    entries: Arc<Vec<Entry>>,
    /// The size of the snapshot's entries, in bytes.
    bytes: usize,
}

impl Snapshot {
    fn new(entries: Vec<Entry>) -> Self {
        let bytes = |it: &Entry| it.scope.len() + it.kind.len() + it.key.len() + it.value.len();
        Self {
            bytes: entries.iter().map(bytes).sum(),
            entries: Arc::new(entries),
        }
    }
}

impl Snapshots {
    pub(super) fn insert(&self, name: &str, entries: Vec<Entry>) -> Result<(), SnapshotError> {
        self.insert_within(MOST_BYTES, name, Snapshot::new(entries))
    }

    fn insert_within(
        &self,
        most: usize,
        name: &str,
        snapshot: Snapshot,
    ) -> Result<(), SnapshotError> {
        let mut all = self.0.lock();
        if all.len() >= MOST && !all.contains_key(name) {
            return Err(SnapshotError::TooMany);
        }
        let others = all.iter().filter(|(other, _)| *other != name);
        let bytes: usize = others.map(|(_, other)| other.bytes).sum();
        if bytes + snapshot.bytes > most {
            return Err(SnapshotError::TooLarge);
        }
        all.insert(name.to_owned(), snapshot);
        Ok(())
    }

    pub(super) fn find(&self, name: &str) -> Result<Arc<Vec<Entry>>, SnapshotError> {
        let all = self.0.lock();
        let found = all.get(name).map(|snapshot| Arc::clone(&snapshot.entries));
        found.ok_or(SnapshotError::NotFound)
    }

    /// Returns the name of each snapshot, with the number and the size in bytes of its entries.
    pub(super) fn list(&self) -> Value {
        let all = self.0.lock();
        let list = all.iter().map(|(name, snapshot)| {
            let entries = snapshot.entries.len();
            json!({ "name": name, "entries": entries, "bytes": snapshot.bytes })
        });
        json!({ "snapshots": list.collect::<Vec<_>>() })
    }

    pub(super) fn remove(&self, name: &str) -> Result<(), SnapshotError> {
        let removed = self.0.lock().remove(name);
        removed.map(drop).ok_or(SnapshotError::NotFound)
    }
}

pub(super) fn check_name(name: &str) -> Result<(), SnapshotError> {
    let is_allowed = |letter: u8| letter.is_ascii_alphanumeric() || b"-_.".contains(&letter);
    if (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(is_allowed) {
        Ok(())
    } else {
        Err(SnapshotError::InvalidName)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_of_all_snapshots_is_limited() {
        let snapshots = Snapshots::default();
        let insert = |name: &str, size: usize| {
            let entry = Entry {
                scope: "s".to_owned(),
                kind: "k".to_owned(),
                key: "x".to_owned(),
                value: "v".repeat(size - 3),
            };
            snapshots.insert_within(100, name, Snapshot::new(vec![entry]))
        };
        assert_eq!(insert("one", 60), Ok(()));
        assert_eq!(insert("two", 41), Err(SnapshotError::TooLarge));
        assert_eq!(insert("two", 40), Ok(()));
        // A snapshot replaces the one with the same name.
        assert_eq!(insert("one", 61), Err(SnapshotError::TooLarge));
        assert_eq!(insert("one", 60), Ok(()));
        assert_eq!(snapshots.remove("two"), Ok(()));
        assert_eq!(insert("one", 100), Ok(()));
    }
}
