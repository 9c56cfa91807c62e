//! Snapshots of the data: `/_emulator/snapshots`. A test suite can take one snapshot and restore it
//! before each test.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::{Method, Request, StatusCode};
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::http::admin::foreign;
use crate::http::instance::Instance;
use crate::http::page::{Page, not_allowed};
use crate::http::server::unsaved;
use crate::http::wire::document;
use crate::model::error::SnapshotError;
use crate::state::entries::Entry;

const PATH: &str = "/_emulator/snapshots";

/// The maximum number of snapshots.
const MOST: usize = 20;

/// The maximum length of the name of a snapshot.
const LONGEST_NAME: usize = 64;

/// The snapshots, by name.
#[derive(Default)]
pub(crate) struct Snapshots(Mutex<BTreeMap<String, Arc<Vec<Entry>>>>);

impl Snapshots {
    fn insert(&self, name: &str, entries: Vec<Entry>) -> Result<(), SnapshotError> {
        let mut all = self.0.lock();
        if all.len() >= MOST && !all.contains_key(name) {
            return Err(SnapshotError::TooMany);
        }
        all.insert(name.to_owned(), Arc::new(entries));
        Ok(())
    }

    fn find(&self, name: &str) -> Result<Arc<Vec<Entry>>, SnapshotError> {
        let found = self.0.lock().get(name).cloned();
        found.ok_or(SnapshotError::NotFound)
    }

    /// Returns the name of each snapshot, with the number and the size in bytes of its entries.
    fn list(&self) -> Value {
        let all = self.0.lock();
        let list = all.iter().map(|(name, entries)| {
            let bytes: usize = entries.iter().map(|entry| entry.value.len()).sum();
            json!({ "name": name, "entries": entries.len(), "bytes": bytes })
        });
        json!({ "snapshots": list.collect::<Vec<_>>() })
    }
}

impl Instance {
    /// Stores a copy of the data under a name. Replaces an earlier snapshot with the same name.
    pub(crate) async fn snapshot(&self, name: &str) -> Result<(), SnapshotError> {
        check_name(name)?;
        let entries = self.gate.alone(|| self.pools.all_entries()).await;
        self.snapshots
            .insert(name, entries.ok_or(SnapshotError::Busy)?)
    }

    /// Replaces the data by a snapshot, and writes the change to the state file.
    pub(crate) async fn restore(&self, name: &str) -> Result<(), SnapshotError> {
        check_name(name)?;
        let entries = self.snapshots.find(name)?;
        let load = || {
            let loaded = self.pools.load(entries.to_vec());
            loaded.map_err(|error| SnapshotError::Unsaved(error.to_string()))?;
            let saved = self.journal.commit_now(&self.pools);
            saved.map_err(|error| SnapshotError::Unsaved(error.to_string()))
        };
        let done = self.gate.alone(load).await;
        done.ok_or(SnapshotError::Busy)?
    }
}

fn check_name(name: &str) -> Result<(), SnapshotError> {
    let is_allowed = |letter: u8| letter.is_ascii_alphanumeric() || b"-_.".contains(&letter);
    if (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(is_allowed) {
        Ok(())
    } else {
        Err(SnapshotError::InvalidName)
    }
}

/// Returns `true` if a path belongs to the snapshots.
pub(super) fn has(path: &str) -> bool {
    let rest = path.strip_prefix(PATH);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Handles a request for the snapshots. The caller has not [entered](crate::http::gate::Gate::enter)
/// the gate.
pub(super) async fn page<B>(instance: &Instance, request: &Request<B>) -> Page {
    if instance
        .hosts
        .is_foreign(request.method(), request.headers())
    {
        return foreign();
    }
    let rest = request.uri().path().strip_prefix(PATH).unwrap_or_default();
    match rest.strip_prefix('/') {
        None => list(instance, request.method()),
        Some(rest) => match rest.strip_suffix("/restore") {
            Some(name) if *request.method() == Method::POST => result(instance.restore(name).await),
            Some(_) => not_allowed("POST"),
            None => one(instance, request.method(), rest).await,
        },
    }
}

fn list(instance: &Instance, method: &Method) -> Page {
    match *method {
        Method::GET | Method::HEAD => document(StatusCode::OK, &instance.snapshots.list()),
        _ => not_allowed("GET"),
    }
}

async fn one(instance: &Instance, method: &Method, name: &str) -> Page {
    match *method {
        Method::POST => result(instance.snapshot(name).await),
        Method::DELETE => {
            let removed = instance.snapshots.0.lock().remove(name);
            result(removed.map(drop).ok_or(SnapshotError::NotFound))
        }
        _ => not_allowed("DELETE, POST"),
    }
}

fn result(done: Result<(), SnapshotError>) -> Page {
    let error = match done {
        Ok(()) => return document(StatusCode::OK, &json!({ "status": "ok" })),
        Err(error) => error,
    };
    let status = match &error {
        SnapshotError::Busy => StatusCode::CONFLICT,
        SnapshotError::InvalidName | SnapshotError::TooMany => StatusCode::BAD_REQUEST,
        SnapshotError::NotFound => StatusCode::NOT_FOUND,
        SnapshotError::Unsaved(reason) => return unsaved(reason),
    };
    document(status, &json!({ "message": error.to_string() }))
}
