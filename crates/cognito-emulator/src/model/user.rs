//! A user of the pool.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use serde_json::{Value, json};

use crate::model::attributes::standard::{ADDRESSES, is_true};
use crate::model::auth_events::AuthEvents;
use crate::model::code::{Attempts, Codes, Proof};
use crate::model::device::Devices;
use crate::model::failure::Failure;
use crate::model::identity::Identity;
use crate::model::named::named;
use crate::model::options::Factor;
use crate::model::passkeys::Passkeys;
use crate::model::password::{Lockout, StoredPassword};
use crate::model::time::timestamp;
use crate::model::user_sessions::UserSessions;

#[derive(Clone)]
pub(crate) struct User {
    pub(crate) username: String,
    pub(crate) sub: String,
    pub(crate) status: Status,
    pub(crate) enabled: bool,
    /// All attributes except `sub`.
    pub(crate) attributes: BTreeMap<String, String>,
    /// Addresses that take effect only when their code is entered.
    pub(crate) pending: BTreeMap<&'static str, String>,
    pub(crate) password: Option<StoredPassword>,
    /// The expiry of the temporary password.
    pub(crate) password_expires: Option<SystemTime>,
    pub(crate) created: SystemTime,
    pub(crate) modified: SystemTime,
    pub(crate) mfa: Mfa,
    pub(crate) devices: Devices,
    pub(crate) passkeys: Passkeys,
    pub(crate) groups: BTreeSet<String>,
    /// The linked accounts at identity providers.
    pub(crate) identities: Vec<Identity>,
    /// The sessions of the user, if the pool tracks them.
    pub(crate) sessions: UserSessions,
    /// The recorded events of threat protection.
    pub(crate) events: AuthEvents,
    pub(crate) codes: Codes,
    pub(crate) attempts: Attempts,
    pub(crate) lockout: Lockout,
    /// The number of times that this user was signed out everywhere. Tokens of an earlier
    /// generation are revoked.
    pub(crate) generation: u64,
    /// The time of the last sign-out everywhere, for tokens without `origin_jti`.
    pub(crate) signed_out: Option<SystemTime>,
}

#[derive(Clone, Default)]
pub(crate) struct Mfa {
    /// A secret that was returned but is not yet verified.
    pub(crate) pending_totp: Option<String>,
    /// The verified secret.
    pub(crate) totp: Option<String>,
    /// The newest time step with an accepted code.
    pub(crate) totp_used: Option<u64>,
    pub(crate) totp_enabled: bool,
    pub(crate) email_enabled: bool,
    pub(crate) sms_enabled: bool,
    pub(crate) preferred: Option<Factor>,
}

named! {
    /// `UserStatus`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) enum Status {
        Confirmed = "CONFIRMED",
        ForceChangePassword = "FORCE_CHANGE_PASSWORD",
        ResetRequired = "RESET_REQUIRED",
        Unconfirmed = "UNCONFIRMED",
    }
}

impl User {
    pub(crate) fn new(username: String, sub: String, status: Status, now: SystemTime) -> Self {
        Self {
            username,
            sub,
            status,
            enabled: true,
            attributes: BTreeMap::new(),
            pending: BTreeMap::new(),
            password: None,
            password_expires: None,
            created: now,
            modified: now,
            mfa: Mfa::default(),
            devices: Devices::default(),
            passkeys: Passkeys::default(),
            groups: BTreeSet::new(),
            identities: Vec::new(),
            sessions: UserSessions::default(),
            events: AuthEvents::default(),
            codes: Codes::default(),
            attempts: Attempts::default(),
            lockout: Lockout::default(),
            generation: 0,
            signed_out: None,
        }
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }

    /// Returns the address, if it is verified.
    pub(crate) fn verified(&self, name: &str) -> Option<&str> {
        let verified = self.attribute(&format!("{name}_verified"));
        self.attribute(name)
            .filter(|_| verified.is_some_and(is_true))
    }

    pub(crate) fn mark_verified(&mut self, name: &str) {
        self.attributes
            .insert(format!("{name}_verified"), "true".to_owned());
    }

    /// Returns the attribute that a right code verifies. If the address was changed after the code
    /// was sent, the code verifies nothing.
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

    /// Returns the address to which the code for an attribute is sent: the pending new address, or
    /// the current one.
    pub(crate) fn to_prove(&self, attribute: &str) -> Option<&str> {
        let pending = self.pending.get(attribute).map(String::as_str);
        pending.or_else(|| self.attribute(attribute))
    }

    /// Removes pending changes and codes of an address before it is changed or removed.
    pub(crate) fn forget_address(&mut self, attribute: &str) {
        let waiting = self.pending.remove(attribute);
        let current = self.attributes.get(attribute);
        for address in waiting.iter().chain(current) {
            self.codes.forget(address);
        }
    }

    pub(crate) fn sign_out(&mut self, now: SystemTime) {
        self.generation += 1;
        self.signed_out = Some(now);
    }

    /// Sets a password and ends the lockout.
    pub(crate) fn set_password(&mut self, password: StoredPassword, expires: Option<SystemTime>) {
        self.password = Some(password);
        self.password_expires = expires;
        self.lockout.succeed();
    }

    /// Returns the second factors that are enabled and for which the user has an address or a
    /// secret.
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

    /// Fails if the user may not use tokens at present.
    pub(crate) fn check_usable(&self) -> Result<(), Failure> {
        if !self.enabled {
            return Err(Failure::disabled());
        }
        match self.status {
            Status::ResetRequired => Err(reset_required()),
            Status::Unconfirmed => Err(not_confirmed()),
            Status::Confirmed | Status::ForceChangePassword => Ok(()),
        }
    }

    /// Returns `[{"Name": …, "Value": …}]`, `sub` first.
    pub(crate) fn attribute_list(&self, shown: impl Fn(&str) -> bool) -> Value {
        let sub = ("sub", self.sub.as_str());
        let rest = self.attributes.iter();
        let identities = self.identities.iter().map(Identity::attribute);
        let identities = identities.collect::<Value>().to_string();
        let linked = (!self.identities.is_empty()).then_some(("identities", identities.as_str()));
        std::iter::once(sub)
            .chain(rest.map(|(name, value)| (name.as_str(), value.as_str())))
            .chain(linked)
            .filter(|(name, _)| shown(name))
            .map(|(name, value)| json!({ "Name": name, "Value": value }))
            .collect()
    }

    /// Returns `UserType`, as in `ListUsers` and `AdminCreateUser`.
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

    /// Adds the settings of the second factors to a response.
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
