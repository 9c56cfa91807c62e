//! Settings and objects of a pool that the emulator stores and returns, without an effect.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde_json::{Map, Value, json};

use crate::model::time::timestamp;

/// The stored settings and objects of a pool and its clients.
#[derive(Clone, Default)]
pub(crate) struct Stored {
    /// `LogConfigurations`.
    pub(crate) logs: Vec<Value>,
    /// The risk configurations, each with the time of its last change. The key is the id of the
    /// client, or `None` for the configuration of the pool.
    pub(crate) risks: BTreeMap<Option<String>, (Map<String, Value>, SystemTime)>,
    /// Classic hosted UI customizations by client id. The key `ALL` is the default of the pool.
    pub(crate) customizations: BTreeMap<String, Item>,
    /// Managed login styles by `ManagedLoginBrandingId`.
    pub(crate) styles: BTreeMap<String, Item>,
    /// Terms documents by `TermsId`.
    pub(crate) terms: BTreeMap<String, Item>,
    /// Policies for client id metadata documents by `CIMDPolicyId`.
    pub(crate) metadata_policies: BTreeMap<String, Item>,
    /// The replicas in other regions. The value is `true` if the replica is active.
    pub(crate) replicas: BTreeMap<String, bool>,
    /// The maximum age in minutes of an SSO session, by client id.
    pub(crate) sso_minutes: BTreeMap<String, u64>,
}

/// An object that an operation created, such as a managed login style.
#[derive(Clone)]
pub(crate) struct Item {
    created: SystemTime,
    modified: SystemTime,
    pub(crate) members: Map<String, Value>,
}

impl Item {
    pub(crate) fn new(members: Map<String, Value>, now: SystemTime) -> Self {
        Self {
            created: now,
            modified: now,
            members,
        }
    }

    /// Replaces the members that a request contains. Other members do not change.
    pub(crate) fn update(&mut self, members: Map<String, Value>, now: SystemTime) {
        self.members.extend(members);
        self.modified = now;
    }

    /// Returns a member that is a string.
    pub(crate) fn text(&self, member: &str) -> Option<&str> {
        self.members.get(member).and_then(Value::as_str)
    }

    /// Returns the members and the dates.
    pub(crate) fn describe(&self) -> Map<String, Value> {
        let mut described = self.members.clone();
        described.insert("CreationDate".to_owned(), timestamp(self.created));
        described.insert("LastModifiedDate".to_owned(), timestamp(self.modified));
        described
    }

    /// Returns the members, the dates, the id of the object and the id of the pool.
    pub(crate) fn describe_with(&self, id: (&str, &str), pool_id: &str) -> Map<String, Value> {
        let mut described = self.describe();
        described.insert(id.0.to_owned(), json!(id.1));
        described.insert("UserPoolId".to_owned(), json!(pool_id));
        described
    }
}
