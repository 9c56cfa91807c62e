//! The stored snapshots of the data ([`Snapshots`]).

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::model::error::SnapshotError;
use crate::state::entries::Entry;

/// The maximum number of snapshots.
const MOST: usize = 20;

/// The maximum length of the name of a snapshot.
const LONGEST_NAME: usize = 64;

/// The snapshots, by name.
#[derive(Default)]
pub(crate) struct Snapshots(Mutex<BTreeMap<String, Arc<Vec<Entry>>>>);

impl Snapshots {
    pub(super) fn insert(&self, name: &str, entries: Vec<Entry>) -> Result<(), SnapshotError> {
        let mut all = self.0.lock();
        if all.len() >= MOST && !all.contains_key(name) {
            return Err(SnapshotError::TooMany);
        }
        all.insert(name.to_owned(), Arc::new(entries));
        Ok(())
    }

    pub(super) fn find(&self, name: &str) -> Result<Arc<Vec<Entry>>, SnapshotError> {
        let found = self.0.lock().get(name).cloned();
        found.ok_or(SnapshotError::NotFound)
    }

    /// Returns the name of each snapshot, with the number and the size in bytes of its entries.
    pub(super) fn list(&self) -> Value {
        let all = self.0.lock();
        let list = all.iter().map(|(name, entries)| {
            let bytes: usize = entries.iter().map(|entry| entry.value.len()).sum();
            json!({ "name": name, "entries": entries.len(), "bytes": bytes })
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
