//! The identity providers of a pool ([`IdentityProvider`]): their types and settings.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::model::acr::Level;
use crate::model::federation::defaults;
use crate::model::options::ProviderType;
use crate::model::time::timestamp;

/// An identity provider of a pool, with its type and settings.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct IdentityProvider {
    pub(crate) kind: ProviderType,
    created: SystemTime,
    pub(crate) modified: SystemTime,
    /// The settings of the provider, such as `ProviderDetails`, by their AWS names. An update
    /// replaces only the members that it contains.
    pub(crate) members: Map<String, Value>,
}

impl IdentityProvider {
    /// Creates an identity provider without settings.
    pub(crate) fn new(kind: ProviderType, now: SystemTime) -> Self {
        Self {
            kind,
            created: now,
            modified: now,
            members: Map::new(),
        }
    }

    /// Returns the provider as AWS's `ProviderDescription`, an element of the response to
    /// `ListIdentityProviders`. `name` is the name of the provider.
    pub(crate) fn summary(&self, name: &str) -> Value {
        json!({
            "ProviderName": name,
            "ProviderType": self.kind.name(),
            "CreationDate": timestamp(self.created),
            "LastModifiedDate": timestamp(self.modified),
        })
    }

    /// Returns the provider as AWS's `IdentityProviderType`. `name` is the name of the provider.
    pub(crate) fn describe(&self, pool_id: &str, name: &str) -> Value {
        let mut described = self.summary(name);
        described["UserPoolId"] = json!(pool_id);
        for (member, value) in &self.members {
            described[member] = value.clone();
        }
        described
    }

    /// Adds the default provider details that Cognito adds, such as the URLs of Google.
    pub(crate) fn add_defaults(&mut self) {
        let details = self.members.get_mut("ProviderDetails");
        if let Some(details) = details.and_then(Value::as_object_mut) {
            defaults::add(self.kind, details);
        }
    }

    /// Returns a value of `ProviderDetails`. Returns `None` if the value is missing, empty or not a
    /// string.
    pub(crate) fn detail(&self, name: &str) -> Option<&str> {
        let detail = self.members.get("ProviderDetails")?.get(name)?.as_str();
        detail.filter(|detail| !detail.is_empty())
    }

    /// Returns the parameter `acr_values` for a request to the provider. It contains the provider's
    /// names (`AcrMapping`) for the authentication levels in `levels`, in the same order and
    /// separated by spaces. Levels for which the provider has no name are omitted. Returns `None`
    /// if the provider has no name for any of them.
    pub(crate) fn acr_values(&self, levels: &[Level]) -> Option<String> {
        let names = levels.iter().filter_map(|level| self.acr(*level));
        let names: Vec<_> = names.collect();
        (!names.is_empty()).then(|| names.join(" "))
    }

    /// Returns the level for a value of the claim `acr` in the provider's ID token. If `AcrMapping`
    /// has this value for several levels, returns the lowest of them. Returns `None` if
    /// `AcrMapping` does not contain the value. The sign-in then has the lowest level.
    pub(crate) fn level(&self, acr: &str) -> Option<Level> {
        let mut levels = Level::ALL.iter().copied();
        levels.find(|level| self.acr(*level) == Some(acr))
    }

    /// Returns the first of these levels for which the provider has a name (`AcrMapping`).
    pub(crate) fn first_named(&self, levels: &[Level]) -> Option<Level> {
        let mut levels = levels.iter().copied();
        levels.find(|level| self.acr(*level).is_some())
    }

    /// Returns the provider's name (`AcrMapping`) for an authentication level. Returns `None` if
    /// the provider has no name for it.
    fn acr(&self, level: Level) -> Option<&str> {
        self.members.get("AcrMapping")?.get(level.name())?.as_str()
    }

    /// Returns the identifiers of the provider (`IdpIdentifiers`).
    pub(crate) fn identifiers(&self) -> impl Iterator<Item = &str> {
        let identifiers = self.members.get("IdpIdentifiers").and_then(Value::as_array);
        identifiers.into_iter().flatten().filter_map(Value::as_str)
    }

    /// Returns `true` if the provider has this identifier.
    pub(crate) fn has_identifier(&self, identifier: &str) -> bool {
        self.identifiers().any(|known| known == identifier)
    }
}
