//! Users and their attributes.

use std::collections::BTreeMap;
use std::collections::btree_map;
use std::fmt;
use std::time::SystemTime;

use serde::{Serialize, Serializer};

use crate::clock::rfc3339;
use crate::id::{AttributeName, EmailAddress, PhoneNumber, Username};
use crate::input::{InvalidInput, has_length};
use crate::mask::masked;
use crate::open_enum::open_enum;

open_enum! {
    /// The status of a user (`UserStatusType` of the API).
    UserStatus {
        /// The user is archived. Cognito no longer uses this status.
        Archived = "ARCHIVED",
        /// The user is compromised. Cognito no longer uses this status.
        Compromised = "COMPROMISED",
        /// The user is confirmed and can sign in.
        Confirmed = "CONFIRMED",
        /// The user signs in at an identity provider (SAML, OIDC, Google, …) and has no password in
        /// the pool.
        ExternalProvider = "EXTERNAL_PROVIDER",
        /// The user has a temporary password and must set a new one at the first sign-in.
        ForceChangePassword = "FORCE_CHANGE_PASSWORD",
        /// The user must reset the password with a code before the next sign-in.
        ResetRequired = "RESET_REQUIRED",
        /// The user has signed up but has not confirmed the account.
        Unconfirmed = "UNCONFIRMED",
        /// Cognito returned the status `UNKNOWN`, or no status.
        Unknown = "UNKNOWN",
    }
}

/// The names of the standard attributes that users can write. They are the claims of OpenID Connect
/// Core section 5.1 that exist as attributes in user pools.
#[doc(hidden)]
pub const STANDARD_ATTRIBUTES: [&str; 17] = [
    "address",
    "birthdate",
    "email",
    "family_name",
    "gender",
    "given_name",
    "locale",
    "middle_name",
    "name",
    "nickname",
    "phone_number",
    "picture",
    "preferred_username",
    "profile",
    "updated_at",
    "website",
    "zoneinfo",
];

/// Attributes of a user: their names and values. `Debug` shows only the names.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Attributes(BTreeMap<AttributeName, String>);

impl Attributes {
    /// Creates an empty set of attributes.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Sets an attribute: a standard attribute, or a custom attribute as `custom:name`. An empty
    /// value clears the attribute in Cognito.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] in these cases:
    ///
    /// - the name is empty, has more than 32 characters or contains spaces;
    /// - the value has more than 2048 characters;
    /// - the value of `email` is not an e-mail address, or the value of `phone_number` is not in
    ///   E.164 form.
    pub fn set(
        &mut self,
        name: impl Into<String>,
        value: impl Into<String>,
    ) -> Result<(), InvalidInput> {
        let name = AttributeName::new(name)?;
        let value = value.into();
        check_value(&name, &value)?;
        self.0.insert(name, value);
        Ok(())
    }

    /// Sets an attribute from a response of Cognito. The value is not validated. If the name is
    /// invalid, the attribute is ignored.
    pub fn insert_from_service(&mut self, name: impl Into<String>, value: String) {
        // Names from Cognito are valid, so no attribute is lost.
        if let Ok(name) = AttributeName::new(name) {
            self.0.insert(name, value);
        }
    }

    /// Returns the value of an attribute, or `None` if it is not set.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Returns `true` if there are no attributes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the number of attributes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns an iterator over the names and values, ordered by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.into_iter()
    }
}

fn check_value(name: &AttributeName, value: &str) -> Result<(), InvalidInput> {
    if !has_length(value, 0, 2048) {
        return Err(InvalidInput::new(
            "attribute value",
            "must be at most 2048 characters",
        ));
    }
    match name.as_str() {
        _ if value.is_empty() => Ok(()),
        "email" => value.parse::<EmailAddress>().map(drop),
        "phone_number" => value.parse::<PhoneNumber>().map(drop),
        _ => Ok(()),
    }
}

/// An iterator over the names and values of [`Attributes`], ordered by name.
#[derive(Debug)]
pub struct AttributesIter<'a>(btree_map::Iter<'a, AttributeName, String>);

impl<'a> Iterator for AttributesIter<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        self.0
            .next()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<'a> IntoIterator for &'a Attributes {
    type Item = (&'a str, &'a str);
    type IntoIter = AttributesIter<'a>;

    fn into_iter(self) -> Self::IntoIter {
        AttributesIter(self.0.iter())
    }
}

impl fmt::Debug for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Serialize for Attributes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}

record! {
    /// The data of a user, as shown to operators.
    ///
    /// In a pool whose users sign in with e-mail addresses or phone numbers, `username` is the
    /// `sub`, and the address or number is in `attributes`.
    #[derive(Clone, Serialize)]
    pub struct UserDetails {
        /// The user's name in the pool. In a pool whose users sign in with e-mail addresses or
        /// phone numbers, it is the `sub`.
        #[serde(serialize_with = "username")]
        pub username: Username,
        /// The user's status.
        pub status: UserStatus,
        /// `true` if the user is enabled, `false` if an operator has disabled the user.
        #[new(value = "true")]
        pub enabled: bool,
        ..
        /// The time at which the user was created, if Cognito returned it.
        #[serde(serialize_with = "moment")]
        pub created: Option<SystemTime>,
        /// The time at which the user was last changed, if Cognito returned it.
        #[serde(serialize_with = "moment")]
        pub modified: Option<SystemTime>,
        /// The user's attributes.
        pub attributes: Attributes,
    }
}

impl_debug!(UserDetails as user {
    username: masked(user.username.as_str()),
    status,
    enabled,
    attributes,
});

record! {
    /// The data of a user, as shown to that user.
    #[derive(Clone, Debug, Serialize)]
    pub struct CurrentUser {
        /// The user's name in the pool. In a pool whose users sign in with e-mail addresses or
        /// phone numbers, it is the `sub`.
        #[serde(serialize_with = "username")]
        pub username: Username,
        /// The user's attributes.
        pub attributes: Attributes,
        ..
        /// The enabled second factors, such as `SOFTWARE_TOKEN_MFA`, `SMS_MFA` or `EMAIL_OTP`.
        #[serde(rename = "mfa")]
        pub mfa_factors: Vec<String>,
        /// The preferred second factor, such as `SOFTWARE_TOKEN_MFA`. `None` if the user has no
        /// preference.
        #[serde(rename = "preferredMfa", skip_serializing_if = "Option::is_none")]
        pub preferred_mfa: Option<String>,
    }
}

fn username<S: Serializer>(name: &Username, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(name.as_str())
}

#[allow(clippy::ref_option, reason = "the signature is serde's")]
pub(crate) fn moment<S: Serializer>(
    moment: &Option<SystemTime>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match moment {
        Some(moment) => serializer.serialize_str(&rfc3339(*moment)),
        None => serializer.serialize_none(),
    }
}

open_enum! {
    /// The medium by which Cognito sends a message.
    DeliveryMedium {
        /// Cognito sends the message by e-mail.
        Email = "EMAIL",
        /// Cognito sends the message by SMS.
        Sms = "SMS",
    }
}

record! {
    /// The destination and the medium of a code that Cognito sent.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    #[serde(rename_all = "camelCase")]
    pub struct CodeDelivery {
        /// The address or phone number to which the code was sent. Cognito masks it: `u***@e***`.
        #[new(into)]
        pub destination: String,
        /// The medium by which the code was sent.
        pub delivery_medium: DeliveryMedium,
        ..
        /// The attribute that the code confirms, `email` or `phone_number`, if Cognito returned it.
        #[serde(rename = "attributeName", skip_serializing_if = "Option::is_none")]
        pub attribute: Option<AttributeName>,
    }
}
