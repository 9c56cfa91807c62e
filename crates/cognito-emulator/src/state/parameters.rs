//! The parameters of the emulated SSM Parameter Store ([`ParameterStore`]).

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;

/// The parameters of the emulated SSM Parameter Store. Clones share the parameters.
#[derive(Clone, Default)]
pub struct ParameterStore(Arc<Mutex<BTreeMap<String, Parameter>>>);

/// A parameter of the SSM Parameter Store.
#[derive(Clone)]
pub(crate) struct Parameter {
    /// The type: `String`, `StringList` or `SecureString`.
    pub(crate) kind: &'static str,
    pub(crate) value: String,
    /// The number of times that the parameter was written. It is 1 after the parameter was created.
    pub(crate) version: u64,
    pub(crate) modified: SystemTime,
}

impl ParameterStore {
    /// Writes a parameter of the type `String`, or replaces it. `LastModifiedDate` of the parameter
    /// is then 1970-01-01.
    pub fn put(&self, name: impl Into<String>, value: impl Into<String>) {
        self.write(name.into(), "String", value.into(), UNIX_EPOCH);
    }

    /// Writes a parameter of the type `SecureString`, or replaces it. Only requests with
    /// `WithDecryption` receive its value. `LastModifiedDate` of the parameter is then 1970-01-01.
    pub fn put_secure(&self, name: impl Into<String>, value: impl Into<String>) {
        self.write(name.into(), "SecureString", value.into(), UNIX_EPOCH);
    }

    /// Removes a parameter. Returns `true` if it existed.
    pub fn remove(&self, name: &str) -> bool {
        self.0.lock().remove(name).is_some()
    }

    pub(crate) fn clear(&self) {
        self.0.lock().clear();
    }

    /// Writes or replaces a parameter. Returns its version, which is 1 for a new parameter.
    pub(crate) fn write(
        &self,
        name: String,
        kind: &'static str,
        value: String,
        now: SystemTime,
    ) -> u64 {
        let mut parameters = self.0.lock();
        let version = parameters.get(&name).map_or(1, |old| old.version + 1);
        let parameter = Parameter {
            kind,
            value,
            version,
            modified: now,
        };
        parameters.insert(name, parameter);
        version
    }

    pub(crate) fn read(&self, name: &str) -> Option<Parameter> {
        self.0.lock().get(name).cloned()
    }
}

/// Security: shows the number of parameters, not their names and values.
impl fmt::Debug for ParameterStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParameterStore")
            .field("len", &self.0.lock().len())
            .finish()
    }
}
