//! The identity providers of a pool ([`IdentityProvider`]).

use std::time::SystemTime;

use serde_json::{Map, Value, json};

use crate::model::options::ProviderType;
use crate::model::time::timestamp;

/// An identity provider of a pool, with its settings.
#[derive(Clone)]
pub(crate) struct IdentityProvider {
    pub(crate) kind: ProviderType,
    created: SystemTime,
    pub(crate) modified: SystemTime,
    /// The settings in the request, such as `ProviderDetails`. An update replaces only the members
    /// in its request.
    pub(crate) members: Map<String, Value>,
}

impl IdentityProvider {
    /// Creates a provider without settings.
    pub(crate) fn new(kind: ProviderType, now: SystemTime) -> Self {
        Self {
            kind,
            created: now,
            modified: now,
            members: Map::new(),
        }
    }

    /// Returns `ProviderDescription`, an element of `ListIdentityProviders`.
    pub(crate) fn summary(&self, name: &str) -> Value {
        json!({
            "ProviderName": name,
            "ProviderType": self.kind.name(),
            "CreationDate": timestamp(self.created),
            "LastModifiedDate": timestamp(self.modified),
        })
    }

    /// Returns `IdentityProviderType`.
    pub(crate) fn describe(&self, pool_id: &str, name: &str) -> Value {
        let mut described = self.summary(name);
        described["UserPoolId"] = json!(pool_id);
        for (member, value) in &self.members {
            described[member] = value.clone();
        }
        described
    }

    /// Returns `true` if the identifier is one of `IdpIdentifiers`.
    pub(crate) fn has_identifier(&self, identifier: &str) -> bool {
        let identifiers = self.members.get("IdpIdentifiers").and_then(Value::as_array);
        identifiers.is_some_and(|known| known.iter().any(|known| known == identifier))
    }
}
