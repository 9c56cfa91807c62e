//! Authentication levels and authentication methods of sign-ins: the claims `acr` and `amr`.
//!
//! The AWS developer guide defines the levels, and the methods for each level ("Authentication
//! levels with ACR and AMR claims").

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::model::failure::Failure;
use crate::model::named::named;
use crate::model::options::Factor;

named! {
    /// An authentication level. The variants are in order, from the lowest to the highest level. In
    /// AWS, their names are the keys of `AcrConfiguration`.
    #[derive(PartialOrd, Ord)]
    pub(crate) enum Level {
        /// The level of a sign-in with a password.
        Level1,
        /// The level of a sign-in with a one-time code by SMS or e-mail.
        Level2,
        /// The level of a sign-in with a passkey, or with a password and a one-time code by SMS or
        /// e-mail.
        Level3,
        /// The level of a sign-in with a password and a code of an authenticator app.
        Level4,
    }

    /// An authentication method. In AWS, its name is a value in the claim `amr`.
    #[derive(PartialOrd, Ord)]
    pub(crate) enum Method {
        Password = "pwd",
        SoftwareToken = "otp",
        Sms = "sms",
        Email = "email_otp",
        /// A passkey of a platform authenticator.
        PlatformPasskey = "swk",
        /// A passkey of a roaming authenticator, such as a security key.
        RoamingPasskey = "hwk",
        /// A sign-in through an identity provider.
        Federated = "fed",
    }
}

impl Method {
    /// Returns the authentication method that a code of this second factor counts as.
    pub(crate) const fn of(factor: Factor) -> Self {
        match factor {
            Factor::Email => Self::Email,
            Factor::Sms => Self::Sms,
            Factor::SoftwareToken => Self::SoftwareToken,
        }
    }

    /// Returns the authentication method that a sign-in with a passkey counts as. `attachment` is
    /// the `authenticatorAttachment` from the registration of the passkey.
    pub(crate) fn of_passkey(attachment: Option<&str>) -> Self {
        match attachment {
            Some("cross-platform") => Self::RoamingPasskey,
            _ => Self::PlatformPasskey,
        }
    }

    /// Returns the second factor whose codes count as this method. Returns `None` if the method
    /// uses no codes: a password, a passkey or an identity provider.
    pub(crate) const fn factor(self) -> Option<Factor> {
        match self {
            Self::Email => Some(Factor::Email),
            Self::Sms => Some(Factor::Sms),
            Self::SoftwareToken => Some(Factor::SoftwareToken),
            Self::Password | Self::PlatformPasskey | Self::RoamingPasskey | Self::Federated => None,
        }
    }

    const fn is_passkey(self) -> bool {
        matches!(self, Self::PlatformPasskey | Self::RoamingPasskey)
    }
}

/// A set of authentication methods.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Methods(BTreeSet<Method>);

impl Methods {
    /// Returns the methods whose names are in a claim `amr`. Unknown names are ignored.
    pub(crate) fn read(amr: &[String]) -> Self {
        amr.iter().filter_map(|name| Method::named(name)).collect()
    }

    pub(crate) fn insert(&mut self, method: Method) {
        self.0.insert(method);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns `true` if the set contains at least two factors. A sign-in through an identity
    /// provider does not count as a factor.
    pub(crate) fn are_several(&self) -> bool {
        let factors = self.iter().filter(|method| *method != Method::Federated);
        factors.count() > 1
    }

    /// Returns `true` if the set contains the method. Both kinds of passkeys count as the same
    /// method.
    pub(crate) fn has(&self, method: Method) -> bool {
        let mut all = self.0.iter();
        all.any(|one| *one == method || (one.is_passkey() && method.is_passkey()))
    }

    /// Returns the methods of this set that `done` does not contain.
    pub(crate) fn without(&self, done: &Self) -> Self {
        let rest = self.0.iter().copied();
        rest.filter(|method| !done.has(*method)).collect()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Method> {
        self.0.iter().copied()
    }

    /// Returns the highest level that the methods reach. Returns `None` if there are no methods.
    ///
    /// A sign-in through an identity provider counts as the lowest level. The claim `acr` of the
    /// provider, which can give a higher level, is not taken into account.
    pub(crate) fn level(&self) -> Option<Level> {
        use Method::{Email, Federated, Password, PlatformPasskey, Sms, SoftwareToken};
        let has = |method| self.has(method);
        let has_code = has(Sms) || has(Email);
        [
            (has(Password) && has(SoftwareToken), Level::Level4),
            (
                has(PlatformPasskey) || (has(Password) && has_code),
                Level::Level3,
            ),
            (has_code, Level::Level2),
            (has(Password) || has(Federated), Level::Level1),
        ]
        .into_iter()
        .find_map(|(is_reached, level)| is_reached.then_some(level))
    }

    /// Returns the claim `amr`: the methods, and `mfa` if there are several factors. A sign-in through
    /// an identity provider is not a factor.
    pub(crate) fn amr(&self) -> Vec<&'static str> {
        let several = self.are_several().then_some("mfa");
        self.iter().map(Method::name).chain(several).collect()
    }
}

impl FromIterator<Method> for Methods {
    fn from_iter<I: IntoIterator<Item = Method>>(methods: I) -> Self {
        Self(methods.into_iter().collect())
    }
}

/// The names of the authentication levels of a pool (`AcrConfiguration`).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AcrNames([String; 4]);

impl Default for AcrNames {
    fn default() -> Self {
        Self([1, 2, 3, 4].map(|level| format!("urn:cognito:loa:{level}")))
    }
}

impl AcrNames {
    /// Reads the names of the authentication levels from `AcrConfiguration`. A level that the
    /// configuration omits has its default name. Fails if two levels have the same name.
    pub(crate) fn configured(configuration: &Value) -> Result<Self, Failure> {
        let mut names = Self::default();
        for (name, level) in names.0.iter_mut().zip(Level::ALL) {
            if let Some(custom) = configuration[level.name()]["AcrValue"].as_str() {
                custom.clone_into(name);
            }
        }
        let distinct: BTreeSet<_> = names.0.iter().collect();
        if distinct.len() < names.0.len() {
            return Err(Failure::invalid_parameter(
                "Each AcrValue must be unique across all levels.",
            ));
        }
        Ok(names)
    }

    /// Returns the authentication level with this name, or `None` if the pool has no such level.
    pub(crate) fn level(&self, name: &str) -> Option<Level> {
        let mut all = self.all();
        all.find_map(|(level, known)| (known == name).then_some(level))
    }

    /// Parses `names`, a list of authentication levels that are separated by spaces, and returns the
    /// levels. Ignores unknown names.
    pub(crate) fn levels(&self, names: &str) -> Vec<Level> {
        let names = names.split_whitespace();
        names.filter_map(|name| self.level(name)).collect()
    }

    pub(crate) fn name(&self, level: Level) -> &str {
        let mut all = self.all();
        let found = all.find(|(known, _)| *known == level);
        found.map_or("", |(_, name)| name)
    }

    /// Returns all authentication levels with their names in the pool, lowest level first.
    pub(crate) fn all(&self) -> impl Iterator<Item = (Level, &str)> {
        let names = self.0.iter().map(String::as_str);
        Level::ALL.iter().copied().zip(names)
    }

    /// Returns the names of all authentication levels of the pool as AWS's `AcrConfiguration`.
    pub(crate) fn describe(&self) -> Value {
        let levels = self.all();
        let levels =
            levels.map(|(level, name)| (level.name().to_owned(), json!({ "AcrValue": name })));
        Value::Object(levels.collect::<Map<_, _>>())
    }
}

/// The authentication methods that a sign-in has completed, and the authentication level that it
/// must reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) methods: Methods,
    /// The authentication level that the sign-in must reach. If the request names no level, this is
    /// `None`, and the tokens contain neither `acr` nor `amr`.
    pub(crate) goal: Option<Level>,
    /// The `auth_time` of the earlier sign-in that this sign-in continues, in seconds since 1970.
    /// `methods` then contains the methods of the earlier sign-in. `None` if this sign-in does not
    /// continue another one.
    pub(crate) since: Option<u64>,
    /// `true` if threat protection has assessed the risk of the sign-in.
    pub(crate) is_assessed: bool,
}

impl Progress {
    /// Replaces the completed methods with the methods of an earlier sign-in. `since` is the
    /// `auth_time` of the earlier sign-in.
    pub(crate) fn count(&mut self, methods: Methods, since: u64) {
        self.since = (!methods.is_empty()).then_some(since);
        self.methods = methods;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_reach_the_documented_levels() {
        use Method::{Email, Password, PlatformPasskey, RoamingPasskey, Sms, SoftwareToken};
        for (methods, level, amr) in [
            (&[][..], None, &[][..]),
            (&[Password], Some(Level::Level1), &["pwd"]),
            (&[Sms], Some(Level::Level2), &["sms"]),
            (&[Email], Some(Level::Level2), &["email_otp"]),
            (&[PlatformPasskey], Some(Level::Level3), &["swk"]),
            (&[RoamingPasskey], Some(Level::Level3), &["hwk"]),
            (
                &[Sms, Password],
                Some(Level::Level3),
                &["pwd", "sms", "mfa"],
            ),
            (
                &[Password, Email],
                Some(Level::Level3),
                &["pwd", "email_otp", "mfa"],
            ),
            (
                &[SoftwareToken, Password],
                Some(Level::Level4),
                &["pwd", "otp", "mfa"],
            ),
        ] {
            let methods: Methods = methods.iter().copied().collect();
            assert_eq!(methods.level(), level);
            assert_eq!(methods.amr(), amr);
        }
    }
}
