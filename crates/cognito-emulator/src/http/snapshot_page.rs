//! The endpoints of the snapshots: `/_emulator/snapshots`. A test suite can take one snapshot and
//! restore it before each test.

use std::sync::Arc;

use http::{Method, Request, StatusCode};
use serde_json::json;

use crate::http::admin::foreign;
use crate::http::instance::Instance;
use crate::http::page::{Page, not_allowed, unsaved};
use crate::http::snapshots::check_name;
use crate::http::wire::document;
use crate::model::error::SnapshotError;

const PATH: &str = "/_emulator/snapshots";

impl Instance {
    /// Stores a copy of the data under a name. Replaces an earlier snapshot with the same name.
    pub(crate) async fn snapshot(self: &Arc<Self>, name: &str) -> Result<(), SnapshotError> {
        check_name(name)?;
        let instance = Arc::clone(self);
        let entries = self.gate.alone(move || instance.pools.all_entries()).await;
        let entries = entries.ok_or(SnapshotError::Busy)?;
        let entries = entries.map_err(|error| SnapshotError::Unwritable(error.to_string()))?;
        self.snapshots.insert(name, entries)
    }

    /// Replaces the data with a snapshot, and writes the change to the state file.
    pub(crate) async fn restore(self: &Arc<Self>, name: &str) -> Result<(), SnapshotError> {
        check_name(name)?;
        let entries = self.snapshots.find(name)?;
        let instance = Arc::clone(self);
        let load = move || {
            let loaded = instance.pools.load(&entries);
            loaded.map_err(|error| SnapshotError::Unsaved(error.to_string()))?;
            let saved = instance.journal.commit_now(&instance.pools);
            saved.map_err(|error| SnapshotError::Unsaved(error.to_string()))
        };
        let done = self.gate.alone(load).await;
        done.ok_or(SnapshotError::Busy)?
    }
}

/// Returns `true` if a path belongs to the endpoints of the snapshots.
pub(super) fn has(path: &str) -> bool {
    let rest = path.strip_prefix(PATH);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Handles a request to the endpoints of the snapshots.
///
/// A request that takes or restores a snapshot waits until no other request is in progress
/// ([`Gate::alone`](crate::http::gate::Gate::alone)). Therefore the caller must not call
/// [`Gate::enter`](crate::http::gate::Gate::enter) for this request. Otherwise the request would
/// wait for its own end, and fail after ten seconds.
pub(super) async fn page<B>(instance: &Arc<Instance>, request: &Request<B>) -> Page {
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

async fn one(instance: &Arc<Instance>, method: &Method, name: &str) -> Page {
    match *method {
        Method::POST => result(instance.snapshot(name).await),
        Method::DELETE => result(instance.snapshots.remove(name)),
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
        SnapshotError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        SnapshotError::Unsaved(reason) | SnapshotError::Unwritable(reason) => {
            return unsaved(reason);
        }
    };
    document(status, &json!({ "message": error.to_string() }))
}
