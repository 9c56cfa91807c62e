//! Settings of a pool that are stored and returned without an effect.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde_json::{Map, Value};

/// The stored settings of a pool and its clients.
#[derive(Clone, Default)]
pub(crate) struct Stored {
    pub(crate) logs: Vec<Value>,
    /// Risk configurations by client id. The key of the pool's configuration is `None`.
    pub(crate) risks: BTreeMap<Option<String>, (Map<String, Value>, SystemTime)>,
}
