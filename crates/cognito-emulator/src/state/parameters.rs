//! The parameters of the emulated SSM Parameter Store ([`ParameterStore`]).

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use parking_lot::{Mutex, MutexGuard};

use serde::{Deserialize, Serialize};

use crate::model::json::{Name, name};
use crate::model::settings::DEFAULT_ACCOUNT;
use crate::state::entries::kind::Kind;
use crate::state::entries::marks::Scope;
use crate::state::entries::watched::Accounts;

/// The maximum number of stored versions of a parameter.
pub(crate) const MOST_VERSIONS: usize = 100;

/// The parameters of the emulated SSM Parameter Store. Clones share the parameters.
///
/// The methods read and change the parameters of the emulator's default account, 123456789012.
#[derive(Clone)]
pub struct ParameterStore(Arc<Mutex<Accounts<Parameter>>>);

/// A parameter of the SSM Parameter Store.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Parameter {
    /// The stored versions of the parameter, oldest first. There is at least one.
    versions: VecDeque<Version>,
    pub(crate) tags: BTreeMap<String, String>,
}

/// A version of a parameter.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Version {
    /// The sequence number of the version. The first version has 1.
    pub(crate) number: u64,
    pub(crate) content: Content,
    pub(crate) modified: SystemTime,
    /// The labels of the version, which `LabelParameterVersion` sets.
    pub(crate) labels: Vec<String>,
}

/// The type, the value and the settings of one version of a parameter.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Content {
    /// The type of the parameter: `String`, `StringList` or `SecureString`.
    #[serde(deserialize_with = "name")]
    pub(crate) kind: Name,
    pub(crate) value: String,
    pub(crate) is_advanced: bool,
    pub(crate) data_type: String,
    pub(crate) description: Option<String>,
    pub(crate) allowed_pattern: Option<String>,
    pub(crate) key_id: Option<String>,
}

impl Content {
    pub(crate) fn new(kind: &'static str, value: String) -> Self {
        Self {
            kind,
            value,
            is_advanced: false,
            data_type: "text".to_owned(),
            description: None,
            allowed_pattern: None,
            key_id: None,
        }
    }
}

impl Parameter {
    /// Creates a parameter with one version.
    pub(crate) fn new(content: Content, now: SystemTime) -> Self {
        let mut versions = VecDeque::new();
        versions.push_back(Version::new(1, content, now));
        let tags = BTreeMap::new();
        Self { versions, tags }
    }

    /// Returns `true` if the parameter has a version. Only a changed state file can contain a
    /// parameter without one.
    pub(super) fn is_valid(&self) -> bool {
        !self.versions.is_empty()
    }

    /// Returns the newest version of the parameter.
    #[allow(clippy::indexing_slicing, reason = "there is at least one version")]
    pub(crate) fn latest(&self) -> &Version {
        &self.versions[self.versions.len() - 1]
    }

    /// Returns the stored versions of the parameter, oldest first.
    pub(crate) fn versions(&self) -> impl Iterator<Item = &Version> {
        self.versions.iter()
    }

    pub(crate) fn versions_mut(&mut self) -> impl Iterator<Item = &mut Version> {
        self.versions.iter_mut()
    }

    /// Returns the version of the parameter with this number or label. Returns `None` if there is
    /// none.
    pub(crate) fn find(&self, selector: &str) -> Option<&Version> {
        let number = selector.parse::<u64>().ok();
        self.versions.iter().find(|version| match number {
            Some(number) => version.number == number,
            None => version.labels.iter().any(|label| label == selector),
        })
    }

    /// Adds a version of the parameter, and returns the number of the version. If the parameter
    /// already has [`MOST_VERSIONS`] versions, the oldest version is removed. A version with a
    /// label cannot be removed. If the oldest version has a label, no version is added, and the
    /// method fails with the number of the oldest version.
    pub(crate) fn add(&mut self, content: Content, now: SystemTime) -> Result<u64, u64> {
        let oldest = self.versions.front();
        let is_full = self.versions.len() >= MOST_VERSIONS;
        if let Some(oldest) = oldest.filter(|oldest| is_full && !oldest.labels.is_empty()) {
            return Err(oldest.number);
        }
        Ok(self.push(content, now))
    }

    fn push(&mut self, content: Content, now: SystemTime) -> u64 {
        let number = self.latest().number.saturating_add(1);
        self.versions.push_back(Version::new(number, content, now));
        if self.versions.len() > MOST_VERSIONS {
            self.versions.pop_front();
        }
        number
    }
}

impl Version {
    fn new(number: u64, content: Content, modified: SystemTime) -> Self {
        Self {
            number,
            content,
            modified,
            labels: Vec::new(),
        }
    }
}

impl Default for ParameterStore {
    fn default() -> Self {
        Self::new(Scope::default())
    }
}

impl ParameterStore {
    pub(crate) fn new(scope: Scope) -> Self {
        let accounts = Accounts::new(scope, Kind::Parameter);
        Self(Arc::new(Mutex::new(accounts)))
    }

    /// Writes a parameter of the type `String`, or replaces it. The store has no clock, so
    /// `LastModifiedDate` of the parameter is then 1970-01-01.
    pub fn put(&self, name: impl Into<String>, value: impl Into<String>) {
        self.write(name.into(), Content::new("String", value.into()));
    }

    /// Writes a parameter of the type `SecureString`, or replaces it. Only requests with
    /// `WithDecryption` receive its value. The store has no clock, so `LastModifiedDate` of the
    /// parameter is then 1970-01-01.
    pub fn put_secure(&self, name: impl Into<String>, value: impl Into<String>) {
        self.write(name.into(), Content::new("SecureString", value.into()));
    }

    /// Removes a parameter. Returns `true` if it existed.
    pub fn remove(&self, name: &str) -> bool {
        let mut accounts = self.0.lock();
        accounts.of(DEFAULT_ACCOUNT).remove(name).is_some()
    }

    pub(crate) fn clear(&self) {
        self.0.lock().retain(|_| false);
    }

    /// Writes a parameter of the default account. If the parameter exists, adds a version.
    fn write(&self, name: String, content: Content) {
        let mut accounts = self.0.lock();
        let parameters = accounts.of(DEFAULT_ACCOUNT);
        match parameters.get_mut(&name) {
            Some(parameter) => {
                parameter.push(content, UNIX_EPOCH);
            }
            None => {
                parameters.insert(name, Parameter::new(content, UNIX_EPOCH));
            }
        }
    }

    /// Locks the parameters of all accounts.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Accounts<Parameter>> {
        self.0.lock()
    }
}

/// Security: `Debug` shows the number of parameters, not their names and values.
impl fmt::Debug for ParameterStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let len: usize = self.0.lock().iter().map(|(_, values)| values.len()).sum();
        f.debug_struct("ParameterStore").field("len", &len).finish()
    }
}
