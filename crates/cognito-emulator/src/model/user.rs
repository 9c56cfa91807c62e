//! A user of a pool ([`User`]): the account, the password, the factors and everything else that
//! belongs to the user.

pub(crate) mod attributes;
mod recovery;
pub(crate) mod search;

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::attributes::standard::{ADDRESSES, is_true};
use crate::model::auth_events::{Addresses, AuthEvents};
use crate::model::code::{Attempts, Codes, Proof};
use crate::model::device::Devices;
use crate::model::failure::Failure;
use crate::model::identity::Identity;
use crate::model::json::named_values;
use crate::model::named::named;
use crate::model::options::Factor;
use crate::model::passkeys::Passkeys;
use crate::model::password::{Lockout, StoredPassword};
use crate::model::risk::RiskLevel;
use crate::model::thin::{Empty, Thin};
use crate::model::time::timestamp;
use crate::model::user::attributes::Attributes;
use crate::model::user_sessions::UserSessions;

/// A user of a pool, with all data that belongs to the user.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) username: String,
    pub(crate) sub: String,
    pub(crate) status: Status,
    pub(crate) enabled: bool,
    /// The values of the user's attributes, by name. `sub` and `identities` are not included.
    pub(crate) attributes: Attributes,
    /// New values of `email` and `phone_number` that take effect after the user has entered the
    /// code. The key is the name of the attribute.
    #[serde(default, skip_serializing_if = "Thin::is_unset")]
    pub(crate) pending: Thin<Pending>,
    /// The password of the user. `None` if the user cannot sign in with a password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) password: Option<StoredPassword>,
    /// The time when the temporary password expires. `None` if the password is permanent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) password_expires: Option<SystemTime>,
    pub(crate) created: SystemTime,
    pub(crate) modified: SystemTime,
    #[serde(default, skip_serializing_if = "Thin::is_unset")]
    pub(crate) mfa: Thin<Mfa>,
    #[serde(default, skip_serializing_if = "Thin::is_unset")]
    pub(crate) devices: Thin<Devices>,
    #[serde(default, skip_serializing_if = "Thin::is_unset")]
    pub(crate) passkeys: Thin<Passkeys>,
    /// The names of the groups of the user.
    #[serde(default, skip_serializing_if = "Thin::is_unset")]
    pub(crate) groups: Thin<BTreeSet<String>>,
    /// The links to the user's accounts at identity providers.
    #[serde(default, skip_serializing_if = "Thin::is_unset")]
    pub(crate) identities: Thin<Vec<Identity>>,
    /// `true` if a sign-in through an identity provider has created the user.
    pub(crate) is_federated: bool,
    /// The recorded sessions of the user. Empty if the pool does not record sessions.
    #[serde(default, skip_serializing_if = "Thin::is_unset")]
    pub(crate) sessions: Thin<UserSessions>,
    /// The authentication events that threat protection has recorded for the user.
    #[serde(default, skip_serializing_if = "Thin::is_unset")]
    pub(crate) events: Thin<AuthEvents>,
    /// The IP addresses from which the user has signed in while threat protection was on.
    #[serde(default, skip_serializing_if = "Thin::is_unset")]
    pub(crate) addresses: Thin<Addresses>,
    /// The risk level that a test has set for the user's sign-ins. `None` if no risk level was set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) risk: Option<RiskLevel>,
    /// The codes that were sent to the user and can still be used.
    #[serde(default, skip_serializing_if = "Thin::is_unset")]
    pub(crate) codes: Thin<Codes>,
    #[serde(default, skip_serializing_if = "Thin::is_unset")]
    pub(crate) attempts: Thin<Attempts>,
    /// The lockout after wrong passwords and wrong codes of a first factor.
    #[serde(default, skip_serializing_if = "Thin::is_unset")]
    pub(crate) lockout: Thin<Lockout>,
    /// The lockout after wrong codes of a second factor.
    #[serde(default, skip_serializing_if = "Thin::is_unset")]
    pub(crate) second_factor_lockout: Thin<Lockout>,
    /// The lockout after wrong codes at the set-up of a second factor.
    #[serde(default, skip_serializing_if = "Thin::is_unset")]
    pub(crate) set_up_lockout: Thin<Lockout>,
    /// The current generation of the user's tokens. Signing the user out everywhere starts a new
    /// generation. Tokens of earlier generations are revoked.
    pub(crate) generation: u64,
    /// The time when the user was last signed out everywhere. Tokens that were issued earlier and
    /// have no `origin_jti` are revoked. `None` if the user was never signed out everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) signed_out: Option<SystemTime>,
}

/// The new addresses that a user has not verified with a code yet, by the name of the attribute.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Pending(
    #[serde(deserialize_with = "named_values")] pub(crate) BTreeMap<&'static str, String>,
);

/// The second factors that a user has set up or enabled.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Mfa {
    /// The secret of an authenticator app that the user has not verified yet. `None` if there is
    /// none.
    pub(crate) pending_totp: Option<String>,
    /// The secret of the authenticator app that the user has verified. `None` if there is none.
    pub(crate) totp: Option<String>,
    /// The time step of the last accepted code of the authenticator app. Codes of this step and of
    /// earlier steps are rejected. `None` if no code was accepted.
    pub(crate) totp_used: Option<u64>,
    pub(crate) totp_enabled: bool,
    pub(crate) email_enabled: bool,
    pub(crate) sms_enabled: bool,
    pub(crate) preferred: Option<Factor>,
}

named! {
    /// The status of a user (`UserStatus`).
    pub(crate) enum Status {
        Confirmed = "CONFIRMED",
        ExternalProvider = "EXTERNAL_PROVIDER",
        ForceChangePassword = "FORCE_CHANGE_PASSWORD",
        ResetRequired = "RESET_REQUIRED",
        Unconfirmed = "UNCONFIRMED",
    }
}

impl Empty for Pending {
    const EMPTY: &'static Self = &Self(BTreeMap::new());
}

impl Empty for Mfa {
    const EMPTY: &'static Self = &Self {
        pending_totp: None,
        totp: None,
        totp_used: None,
        totp_enabled: false,
        email_enabled: false,
        sms_enabled: false,
        preferred: None,
    };
}

impl User {
    pub(crate) fn new(username: String, sub: String, status: Status, now: SystemTime) -> Self {
        Self {
            username,
            sub,
            status,
            enabled: true,
            attributes: Attributes::default(),
            pending: Thin::default(),
            password: None,
            password_expires: None,
            created: now,
            modified: now,
            mfa: Thin::default(),
            devices: Thin::default(),
            passkeys: Thin::default(),
            groups: Thin::default(),
            identities: Thin::default(),
            is_federated: false,
            sessions: Thin::default(),
            events: Thin::default(),
            addresses: Thin::default(),
            risk: None,
            codes: Thin::default(),
            attempts: Thin::default(),
            lockout: Thin::default(),
            second_factor_lockout: Thin::default(),
            set_up_lockout: Thin::default(),
            generation: 0,
            signed_out: None,
        }
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name)
    }

    /// Returns the address in an attribute, such as `email`. Returns `None` if it is missing or not
    /// verified.
    pub(crate) fn verified(&self, name: &str) -> Option<&str> {
        let verified = self.attribute(&format!("{name}_verified"));
        self.attribute(name)
            .filter(|_| verified.is_some_and(is_true))
    }

    /// Marks the address in an attribute, such as `email`, as verified.
    pub(crate) fn mark_verified(&mut self, name: &str) {
        self.attributes.insert(&format!("{name}_verified"), "true");
    }

    /// Checks a code of the user. Returns the name of the attribute with the address to which the
    /// code was sent.
    ///
    /// If the address of the user has changed since then, the code counts as expired.
    pub(crate) fn check_code(
        &self,
        proof: &Proof,
        given: &str,
        now: SystemTime,
    ) -> Result<&'static str, Failure> {
        let to = self.codes.check(proof, given, now)?;
        let is_meant = |attribute: &&'static str| match proof {
            Proof::Attribute(wanted) => attribute == wanted && self.to_prove(attribute) == Some(to),
            Proof::PasswordReset | Proof::SignUp => self.attribute(attribute) == Some(to),
        };
        let attribute = ADDRESSES.into_iter().find(is_meant);
        attribute.ok_or_else(Failure::code_expired)
    }

    /// Returns the address to which the code for an attribute is sent: the new address if the user
    /// has not verified it yet, otherwise the current address. Returns `None` if the user has
    /// neither.
    pub(crate) fn to_prove(&self, attribute: &str) -> Option<&str> {
        let pending = self.pending.0.get(attribute).map(String::as_str);
        pending.or_else(|| self.attribute(attribute))
    }

    /// Removes the new address of an attribute that the user has not verified yet. Also removes the
    /// codes that were sent to this address or to the current address.
    pub(crate) fn forget_address(&mut self, attribute: &str) {
        let waiting = self.pending.0.remove(attribute);
        let current = self.attributes.get(attribute);
        for address in waiting.as_deref().into_iter().chain(current) {
            self.codes.forget(address);
        }
    }

    /// Signs the user out everywhere: revokes all tokens of the user.
    pub(crate) fn sign_out(&mut self, now: SystemTime) {
        // A changed state file can contain the maximum.
        self.generation = self.generation.wrapping_add(1);
        self.signed_out = Some(now);
    }

    /// Sets the password of the user, and ends the lockout. `expires` is the time when a temporary
    /// password expires, or `None` for a permanent password.
    pub(crate) fn set_password(&mut self, password: StoredPassword, expires: Option<SystemTime>) {
        self.password = Some(password);
        self.password_expires = expires;
        self.lockout.reset();
    }

    /// Returns the second factors that the user has enabled. A factor whose address or secret is
    /// missing is omitted.
    pub(crate) fn factors(&self) -> Vec<Factor> {
        let sms = self.mfa.sms_enabled && self.attribute("phone_number").is_some();
        let totp = self.mfa.totp_enabled && self.mfa.totp.is_some();
        let email = self.mfa.email_enabled && self.attribute("email").is_some();
        [
            sms.then_some(Factor::Sms),
            totp.then_some(Factor::SoftwareToken),
            email.then_some(Factor::Email),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Fails if the user is disabled, is not confirmed, or must reset the password.
    pub(crate) fn check_usable(&self) -> Result<(), Failure> {
        if !self.enabled {
            return Err(Failure::disabled());
        }
        match self.status {
            Status::ResetRequired => Err(reset_required()),
            Status::Unconfirmed => Err(not_confirmed()),
            Status::Confirmed | Status::ExternalProvider | Status::ForceChangePassword => Ok(()),
        }
    }

    /// Returns the user's attributes as a list of `AttributeType`. `sub` is the first, `identities`
    /// the last. An attribute is included only if `shown` returns `true` for its name.
    pub(crate) fn attribute_list(&self, shown: impl Fn(&str) -> bool) -> Value {
        let identities = self.identities_text();
        let linked = identities.as_deref().map(|text| ("identities", text));
        let sub = ("sub", self.sub.as_str());
        let rest = self.attributes.iter();
        std::iter::once(sub)
            .chain(rest)
            .chain(linked)
            .filter(|(name, _)| shown(name))
            .map(|(name, value)| json!({ "Name": name, "Value": value }))
            .collect()
    }

    /// Returns the value of the user attribute `identities`, a list in JSON. Returns `None` if the
    /// user is not linked to an account at an identity provider.
    pub(crate) fn identities_text(&self) -> Option<String> {
        let identities = self.identities.iter().map(Identity::attribute);
        (!self.identities.is_empty()).then(|| identities.collect::<Value>().to_string())
    }

    /// Returns the user as AWS's `UserType`. An attribute is included only if `shown` returns
    /// `true` for its name.
    pub(crate) fn summary(&self, shown: impl Fn(&str) -> bool) -> Value {
        json!({
            "Username": self.username,
            "Attributes": self.attribute_list(shown),
            "UserCreateDate": timestamp(self.created),
            "UserLastModifiedDate": timestamp(self.modified),
            "Enabled": self.enabled,
            "UserStatus": self.status.name(),
        })
    }

    /// Adds `UserMFASettingList` and `PreferredMfaSetting` to a response. Does nothing if the user
    /// has no second factor.
    pub(crate) fn describe_mfa(&self, answer: &mut Value) {
        let factors = self.factors();
        if factors.is_empty() {
            return;
        }
        let names: Vec<_> = factors.iter().map(|factor| factor.name()).collect();
        answer["UserMFASettingList"] = json!(names);
        if let Some(preferred) = self.mfa.preferred.filter(|factor| factors.contains(factor)) {
            answer["PreferredMfaSetting"] = json!(preferred.name());
        }
    }
}

pub(crate) fn not_confirmed() -> Failure {
    Failure::new("UserNotConfirmedException", "User is not confirmed.")
}

pub(crate) fn reset_required() -> Failure {
    Failure::new(
        "PasswordResetRequiredException",
        "Password reset required for the user",
    )
}
