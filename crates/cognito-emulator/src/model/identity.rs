//! The links between users and their accounts at identity providers ([`Identity`]).

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::options::ProviderType;

/// The value of `ProviderAttributeName` that stands for the user's id at an identity provider, and
/// not for an attribute.
pub(crate) const SUBJECT: &str = "Cognito_Subject";

/// A user's account at an identity provider (`ProviderUserIdentifierType`).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) provider: String,
    /// The name of the attribute that identifies the account at the identity provider.
    pub(crate) attribute: String,
    /// The value that the attribute `attribute` has at the identity provider, such as the user's id
    /// there.
    pub(crate) value: String,
}

impl Account {
    /// Creates the account of the user whose id at the identity provider `provider` is `subject`.
    pub(crate) fn of_subject(provider: &str, subject: &str) -> Self {
        Self {
            provider: provider.to_owned(),
            attribute: SUBJECT.to_owned(),
            value: subject.to_owned(),
        }
    }
}

/// A link from a user to an account at an identity provider.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) account: Account,
    pub(crate) kind: ProviderType,
    /// The entity id of the SAML provider. `None` for other types of providers. Also `None` until
    /// the user first signs in with the account.
    pub(crate) issuer: Option<String>,
    pub(crate) linked: SystemTime,
    /// `true` if the first sign-in with this account of the identity provider created the user.
    /// `false` if the account was linked to an existing user.
    pub(crate) is_primary: bool,
}

impl Identity {
    /// Returns this linked account as an element of the user attribute `identities`.
    pub(crate) fn attribute(&self) -> Value {
        json!({
            "userId": self.account.value,
            "providerName": self.account.provider,
            "providerType": self.kind.name(),
            "issuer": self.issuer,
            "primary": self.is_primary,
            "dateCreated": self.milliseconds(),
        })
    }

    /// Returns this linked account as an element of the claim `identities`. There, `primary` and
    /// `dateCreated` are strings. In the user attribute `identities`, they are a boolean and a
    /// number.
    pub(crate) fn claim(&self) -> Value {
        let mut entry = self.attribute();
        entry["primary"] = json!(self.is_primary.to_string());
        entry["dateCreated"] = json!(self.milliseconds().to_string());
        entry
    }

    /// Returns the time when the account was linked, in milliseconds since 1970.
    fn milliseconds(&self) -> u64 {
        let since = self.linked.duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or_default()
    }
}
