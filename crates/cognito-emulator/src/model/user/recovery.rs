//! The user data that a point-in-time recovery restores: profile, group memberships, MFA settings
//! and passkeys. The password is restored only if the user was deleted.

use std::collections::BTreeSet;

use crate::model::identity::Identity;
use crate::model::user::{Mfa, User};

impl User {
    /// Returns a copy of the user with only the data that a recovery restores.
    pub(crate) fn for_recovery(&self) -> Self {
        let (username, sub) = (self.username.clone(), self.sub.clone());
        let mut copy = Self::new(username, sub, self.status, self.created);
        copy.enabled = self.enabled;
        copy.attributes.clone_from(&self.attributes);
        copy.password.clone_from(&self.password);
        copy.password_expires = self.password_expires;
        copy.modified = self.modified;
        copy.mfa.clone_from(&self.mfa);
        copy.passkeys.clone_from(&self.passkeys);
        copy.groups.clone_from(&self.groups);
        copy.identities.clone_from(&self.identities);
        copy.is_federated = self.is_federated;
        copy.generation = self.generation;
        copy
    }

    /// Returns the approximate size in bytes of the result of [`for_recovery`](Self::for_recovery).
    pub(crate) fn recovery_bytes(&self) -> usize {
        let attributes = self.attributes.iter();
        let attributes: usize = attributes
            .map(|(name, value)| name.len() + value.len())
            .sum();
        let groups: usize = self.groups.iter().map(String::len).sum();
        attributes + groups + 1024 * (self.passkeys.registered.len() + self.identities.len())
    }

    /// Returns `true` if a recovery would not change this user. `earlier` is the data of the user
    /// at the recovery point.
    pub(crate) fn is_as_in(&self, earlier: &Self) -> bool {
        self.has_profile_of(earlier)
            && self.mfa.is_as_in(&earlier.mfa)
            && self.passkey_ids() == earlier.passkey_ids()
    }

    pub(crate) fn has_profile_of(&self, earlier: &Self) -> bool {
        let links = |user: &Self| {
            let links = user.identities.iter();
            links.map(Identity::attribute).collect::<Vec<_>>()
        };
        self.sub == earlier.sub
            && self.enabled == earlier.enabled
            && self.attributes == earlier.attributes
            && *self.groups == *earlier.groups
            && links(self) == links(earlier)
    }

    pub(crate) fn passkey_ids(&self) -> BTreeSet<&str> {
        let passkeys = self.passkeys.registered.iter();
        passkeys.map(|passkey| passkey.record.id.as_str()).collect()
    }

    /// Restores `earlier`, the user's data of an earlier time. The password and its status remain:
    /// "Users who changed their password after the recovery point keep their current password" (AWS
    /// API reference).
    pub(crate) fn restore(&mut self, earlier: Self) {
        self.enabled = earlier.enabled;
        self.attributes = earlier.attributes;
        self.pending.reset();
        self.groups = earlier.groups;
        self.identities = earlier.identities;
        let mut passkeys = earlier.passkeys;
        for passkey in &mut passkeys.registered {
            let mut current = self.passkeys.registered.iter();
            // A signature counter never decreases.
            if let Some(current) = current.find(|current| current.record.id == passkey.record.id) {
                let counter = &mut passkey.record.counter;
                *counter = current.record.counter.max(*counter);
            }
        }
        self.passkeys = passkeys;
        self.modified = earlier.modified;
        // A code that was used stays used.
        let used = self.mfa.totp_used.max(earlier.mfa.totp_used);
        self.mfa = earlier.mfa;
        self.mfa.totp_used = used;
    }
}

impl Mfa {
    /// Returns `true` if the user has set up a second factor.
    pub(crate) const fn is_set_up(&self) -> bool {
        self.totp.is_some() || self.email_enabled || self.sms_enabled
    }

    pub(crate) fn is_as_in(&self, earlier: &Self) -> bool {
        let data = |mfa: &Self| {
            let enabled = (mfa.totp_enabled, mfa.email_enabled, mfa.sms_enabled);
            (mfa.totp.clone(), enabled, mfa.preferred)
        };
        data(self) == data(earlier)
    }
}
