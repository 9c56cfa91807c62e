//! The secrets of the emulated Secrets Manager.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::model::json::{Name, optional_name};
use crate::state::entries::watched::Accounts;

/// The maximum number of secrets of an account. AWS allows 500,000. The emulator allows fewer,
/// because it keeps all secrets in memory.
pub(crate) const MOST_SECRETS: usize = 10_000;

/// The maximum number of stored versions of a secret. Versions with a staging label are never
/// removed, so a secret can have more.
const MOST_VERSIONS: usize = 100;

/// The staging label of the current version, which requests without a version receive.
pub(crate) const CURRENT: &str = "AWSCURRENT";
/// The staging label of the version that was `AWSCURRENT` before.
const PREVIOUS: &str = "AWSPREVIOUS";

/// The secrets by account and name.
pub(crate) type Secrets = Accounts<Secret>;

/// A secret with its versions.
#[derive(Serialize, Deserialize)]
pub(crate) struct Secret {
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) description: Option<String>,
    pub(crate) key_id: Option<String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) created: SystemTime,
    pub(crate) changed: SystemTime,
    /// The time when a value of the secret was last returned. `None` if it was never returned.
    pub(crate) accessed: Option<SystemTime>,
    /// The time at which the secret will be deleted. `None` if no deletion is scheduled.
    pub(crate) deletion: Option<SystemTime>,
    /// The name of the AWS service that manages the secret. `None` if a caller created the
    /// secret.
    #[serde(deserialize_with = "optional_name")]
    pub(crate) owner: Option<Name>,
    /// The versions of the secret, oldest first.
    pub(crate) versions: VecDeque<Version>,
}

/// A version of a secret in Secrets Manager: one value that the secret has or had.
#[derive(Serialize, Deserialize)]
pub(crate) struct Version {
    pub(crate) id: String,
    pub(crate) value: SecretValue,
    pub(crate) created: SystemTime,
    /// The staging labels of the version, such as `AWSCURRENT`.
    pub(crate) stages: BTreeSet<String>,
}

/// The value of a secret.
///
/// Security: the type has no `Debug`, so that no log contains a value.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum SecretValue {
    /// Bytes in base64 (`SecretBinary`).
    Binary(String),
    /// A string (`SecretString`).
    Text(String),
}

impl Secret {
    pub(crate) fn new(name: String, arn: String, now: SystemTime) -> Self {
        Self {
            name,
            arn,
            description: None,
            key_id: None,
            tags: BTreeMap::new(),
            created: now,
            changed: now,
            accessed: None,
            deletion: None,
            owner: None,
            versions: VecDeque::new(),
        }
    }

    /// Returns the secret's version with this id. Returns `None` if there is none.
    pub(crate) fn version(&self, id: &str) -> Option<&Version> {
        self.versions.iter().find(|version| version.id == id)
    }

    /// Returns the secret's version with this staging label. Returns `None` if there is none.
    pub(crate) fn staged(&self, stage: &str) -> Option<&Version> {
        let mut versions = self.versions.iter();
        versions.find(|version| version.stages.contains(stage))
    }

    /// Adds a version of the secret without a staging label. If there are more than 100 versions,
    /// the oldest versions without a staging label are removed.
    pub(crate) fn add(&mut self, id: String, value: SecretValue, now: SystemTime) {
        self.changed = now;
        self.versions.push_back(Version {
            id,
            value,
            created: now,
            stages: BTreeSet::new(),
        });
        let newest = self.versions.len() - 1;
        let mut surplus = self.versions.len().saturating_sub(MOST_VERSIONS);
        let mut place = 0;
        self.versions.retain(|version| {
            let is_surplus = surplus > 0 && place < newest && version.stages.is_empty();
            surplus -= usize::from(is_surplus);
            place += 1;
            !is_surplus
        });
    }

    /// Moves a staging label to the version with this id. If the label is `AWSCURRENT`, the version
    /// from which it is removed gets the label `AWSPREVIOUS`.
    pub(crate) fn stage(&mut self, id: &str, stage: &str) {
        let before = self.staged(stage).map(|version| version.id.clone());
        if before.as_deref() == Some(id) {
            return;
        }
        for version in &mut self.versions {
            version.stages.remove(stage);
            if version.id == id {
                version.stages.insert(stage.to_owned());
            }
        }
        if let Some(before) = before.filter(|_| stage == CURRENT) {
            self.stage(&before, PREVIOUS);
        }
    }

    /// Removes a staging label from the version that has it.
    pub(crate) fn unstage(&mut self, stage: &str) {
        for version in &mut self.versions {
            version.stages.remove(stage);
        }
    }
}
