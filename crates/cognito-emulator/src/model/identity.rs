//! Linked accounts at identity providers.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::model::options::ProviderType;

/// An account at an identity provider.
#[derive(Clone)]
pub(crate) struct Identity {
    pub(crate) provider: String,
    pub(crate) kind: ProviderType,
    pub(crate) attribute: String,
    pub(crate) value: String,
    pub(crate) linked: SystemTime,
}

impl Identity {
    /// Returns an entry of the attribute `identities`.
    pub(crate) fn attribute(&self) -> Value {
        json!({
            "userId": self.value,
            "providerName": self.provider,
            "providerType": self.kind.name(),
            "issuer": null,
            "primary": false,
            "dateCreated": self.milliseconds(),
        })
    }

    /// Returns an entry of the claim `identities`, in which all values are strings.
    pub(crate) fn claim(&self) -> Value {
        let mut entry = self.attribute();
        entry["primary"] = json!("false");
        entry["dateCreated"] = json!(self.milliseconds().to_string());
        entry
    }

    fn milliseconds(&self) -> u64 {
        let since = self.linked.duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or_default()
    }

    /// Returns `true` if this is the account at the provider with this value of the attribute.
    pub(crate) fn is(&self, provider: &str, attribute: &str, value: &str) -> bool {
        (&*self.provider, &*self.attribute, &*self.value) == (provider, attribute, value)
    }
}
