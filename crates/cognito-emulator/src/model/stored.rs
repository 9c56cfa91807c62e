//! Settings and objects of a pool, such as terms documents and replicas ([`Stored`]).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::model::failure::Failure;
use crate::model::json::{pairs, shared};
use crate::model::replica::Replica;
use crate::model::time::timestamp;

/// The key of the customization for all app clients of the pool.
pub(crate) const ALL_CLIENTS: &str = "ALL";

/// Settings and objects of a pool and its clients, such as terms documents and replicas.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Stored {
    /// The log configurations of the pool (`LogConfigurations`).
    pub(crate) logs: Vec<Value>,
    /// The risk configurations. The key is the id of an app client, or `None` for the configuration
    /// of the whole pool.
    #[serde(with = "pairs")]
    pub(crate) risks: BTreeMap<Option<String>, Item>,
    /// The customizations of the classic hosted pages, by app client id. The key `ALL` has the
    /// customization for app clients without an entry.
    pub(crate) customizations: BTreeMap<String, Item>,
    /// The managed login styles of the pool, by `ManagedLoginBrandingId`.
    pub(crate) styles: BTreeMap<String, Item>,
    /// The terms documents of the pool, by `TermsId`.
    pub(crate) terms: BTreeMap<String, Item>,
    /// The pool's policies for client id metadata documents, by `CIMDPolicyId`.
    pub(crate) metadata_policies: BTreeMap<String, Item>,
    /// The replicas of the pool, by region.
    pub(crate) replicas: BTreeMap<String, Replica>,
    /// The maximum age in minutes of a sign-in that an app client reuses (`MaxValidityMinutes`), by
    /// app client id. A client without an entry has the default.
    pub(crate) sso_minutes: BTreeMap<String, u64>,
}

impl Stored {
    /// Returns `true` if a setting or an object belongs to the app client with this id. The method
    /// [`remove_client`](Self::remove_client) removes them.
    pub(crate) fn has_client(&self, id: &str) -> bool {
        let is_of_client = |item: &Item| item.text("ClientId") == Some(id);
        self.styles.values().any(is_of_client)
            || self.terms.values().any(is_of_client)
            || self.risks.contains_key(&Some(id.to_owned()))
            || self.customizations.contains_key(id)
            || self.sso_minutes.contains_key(id)
    }

    /// Removes the settings and objects that belong to an app client. Policies for client id
    /// metadata documents belong to the pool and stay.
    pub(crate) fn remove_client(&mut self, id: &str) {
        let is_of_other = |item: &Item| item.text("ClientId") != Some(id);
        self.styles.retain(|_, style| is_of_other(style));
        self.terms.retain(|_, terms| is_of_other(terms));
        self.risks.remove(&Some(id.to_owned()));
        self.customizations.remove(id);
        self.sso_minutes.remove(id);
    }
}

/// A stored object, such as a managed login style, with the times of its creation and of its last
/// change.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Item {
    created: SystemTime,
    modified: SystemTime,
    /// The members of the object, by name. They are in an `Arc`, because a change of the settings
    /// copies all objects.
    #[serde(with = "shared")]
    members: Arc<Map<String, Value>>,
}

impl Item {
    pub(crate) fn new(members: Map<String, Value>, now: SystemTime) -> Self {
        Self {
            created: now,
            modified: now,
            members: Arc::new(members),
        }
    }

    /// Adds `members` to the object. A member that already exists is replaced. Other members do not
    /// change. Sets the time of the last change.
    pub(crate) fn update(&mut self, members: Map<String, Value>, now: SystemTime) {
        self.members_mut().extend(members);
        self.modified = now;
    }

    pub(crate) fn members(&self) -> &Map<String, Value> {
        &self.members
    }

    pub(crate) const fn created(&self) -> SystemTime {
        self.created
    }

    pub(crate) fn members_mut(&mut self) -> &mut Map<String, Value> {
        Arc::make_mut(&mut self.members)
    }

    /// Fails with `LimitExceededException` and this message if the members of the object are larger
    /// than `most` bytes of JSON.
    pub(crate) fn check_size(&self, most: usize, message: &'static str) -> Result<(), Failure> {
        let size = serde_json::to_vec(&*self.members).map_or(usize::MAX, |json| json.len());
        if size > most {
            return Err(Failure::new("LimitExceededException", message));
        }
        Ok(())
    }

    /// Returns the value of a member of the object. Returns `None` if the object does not have the
    /// member.
    pub(crate) fn member(&self, name: &str) -> Option<&Value> {
        self.members.get(name)
    }

    /// Returns the value of a member of the object if it is a string, otherwise `None`.
    pub(crate) fn text(&self, member: &str) -> Option<&str> {
        self.members.get(member).and_then(Value::as_str)
    }

    /// Returns the members of the object, and the members `CreationDate` and `LastModifiedDate`.
    pub(crate) fn describe(&self) -> Map<String, Value> {
        let mut described = Map::clone(&self.members);
        described.insert("CreationDate".to_owned(), timestamp(self.created));
        described.insert("LastModifiedDate".to_owned(), timestamp(self.modified));
        described
    }

    /// Returns the result of [`describe`](Self::describe), with two more members: `id`, which is a
    /// name and a value, such as `TermsId` and the id of the object; and `UserPoolId` with the
    /// value `pool_id`.
    pub(crate) fn describe_with(&self, id: (&str, &str), pool_id: &str) -> Map<String, Value> {
        let mut described = self.describe();
        described.insert(id.0.to_owned(), json!(id.1));
        described.insert("UserPoolId".to_owned(), json!(pool_id));
        described
    }
}

/// Fails with `LimitExceededException` and this message if a pool already has `most` objects of a
/// kind. `count` is the number of objects that it has.
pub(crate) fn check_count(count: usize, most: usize, message: &'static str) -> Result<(), Failure> {
    if count >= most {
        return Err(Failure::new("LimitExceededException", message));
    }
    Ok(())
}
