//! Settings of a pool that are stored and described, and have no effect.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde_json::{Map, Value};

/// The stored settings of a pool and its clients.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stored {
    pub(crate) logs: Vec<Value>,
    /// Risk configurations; that of the pool has no client id.
    pub(crate) risks: BTreeMap<Option<String>, (Map<String, Value>, SystemTime)>,
}
