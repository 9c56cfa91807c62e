//! The settings and objects of a pool that the emulator only stores and returns.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde_json::{Map, Value, json};

use crate::model::time::timestamp;

/// The settings and objects of a pool and its clients that have no effect.
#[derive(Clone, Default)]
pub(crate) struct Stored {
    /// `LogConfigurations`.
    pub(crate) logs: Vec<Value>,
    /// The risk configurations, each with the time of its last change. The key is the id of the
    /// client, or `None` for the configuration of the pool.
    pub(crate) risks: BTreeMap<Option<String>, (Map<String, Value>, SystemTime)>,
    /// The customizations of the classic hosted UI, by client id. The key `ALL` is the default of
    /// the pool.
    pub(crate) customizations: BTreeMap<String, Item>,
    /// The managed login styles, by `ManagedLoginBrandingId`.
    pub(crate) styles: BTreeMap<String, Item>,
    /// The terms documents, by `TermsId`.
    pub(crate) terms: BTreeMap<String, Item>,
    /// The policies for client id metadata documents, by `CIMDPolicyId`.
    pub(crate) metadata_policies: BTreeMap<String, Item>,
    /// The replicas, by region. The value is `true` if the replica is active.
    pub(crate) replicas: BTreeMap<String, bool>,
    /// The maximum age of an SSO session in minutes, by client id.
    pub(crate) sso_minutes: BTreeMap<String, u64>,
}

impl Stored {
    /// Removes the settings and objects of an app client, except metadata policies.
    pub(crate) fn remove_client(&mut self, id: &str) {
        let is_of_other = |item: &Item| item.text("ClientId") != Some(id);
        self.styles.retain(|_, style| is_of_other(style));
        self.terms.retain(|_, terms| is_of_other(terms));
        self.risks.remove(&Some(id.to_owned()));
        self.customizations.remove(id);
        self.sso_minutes.remove(id);
    }
}

/// An object that an operation has created, such as a managed login style.
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

    /// Returns a string member.
    pub(crate) fn text(&self, member: &str) -> Option<&str> {
        self.members.get(member).and_then(Value::as_str)
    }

    /// Returns the members, `CreationDate` and `LastModifiedDate`.
    pub(crate) fn describe(&self) -> Map<String, Value> {
        let mut described = self.members.clone();
        described.insert("CreationDate".to_owned(), timestamp(self.created));
        described.insert("LastModifiedDate".to_owned(), timestamp(self.modified));
        described
    }

    /// Returns the result of [`describe`](Self::describe), with the id of the pool and the object's
    /// own id. `id` is the name of the member, with the id of the object.
    pub(crate) fn describe_with(&self, id: (&str, &str), pool_id: &str) -> Map<String, Value> {
        let mut described = self.describe();
        described.insert(id.0.to_owned(), json!(id.1));
        described.insert("UserPoolId".to_owned(), json!(pool_id));
        described
    }
}
