//! Validated names and ids, for example of pools, app clients, users, groups and attributes.
//!
//! The allowed lengths and characters are from Cognito's service model (the "Pattern" and "Length
//! Constraints" lines of the [API reference]). The AWS SDK does not enforce them.
//!
//! [API reference]: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/

mod check;

use std::borrow::Borrow;
use std::fmt;

use crate::input::{InvalidInput, has_length, is_printable, is_word, parses};
use crate::mask::masked;
pub(crate) use check::is_email;
use check::{is_arn, is_device_key, is_phone_number, is_region, is_session_id, is_user_pool_id};

/// Defines a type for a validated string, such as a name or an id.
macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident, $field:literal, $rule:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// Creates the value from a string, and validates it.
            ///
            /// # Errors
            ///
            /// [`InvalidInput`] if the length, the characters or the format of the string are not
            /// allowed for this type.
            #[doc = concat!("The ", $field, " ", $rule, ".")]
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidInput> {
                let text = text.into();
                let check: fn(&str) -> bool = $check;
                if check(&text) {
                    Ok(Self(text.into_boxed_str()))
                } else {
                    Err(InvalidInput::new($field, $rule))
                }
            }

            /// Returns the value as a string.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        parses!($name);

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl From<&$name> for $name {
            fn from(name: &$name) -> Self {
                name.clone()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0.into()
            }
        }

        impl From<&$name> for String {
            fn from(name: &$name) -> Self {
                name.as_str().to_owned()
            }
        }
    };
}

/// Implements `Display`, `Debug` and `Serialize` for names that are not secret.
macro_rules! printable {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({:?})"), &*self.0)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
    )*};
}

pub(crate) use {name_type, printable};

/// Implements `Debug` in masked form for values that identify a user. These types have no
/// `Display`, so that the values cannot get into a log by accident.
macro_rules! personal {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), masked(&self.0))
            }
        }
    )*};
}

name_type!(
    /// An AWS region, such as `eu-central-1`. `local` is accepted too, because the pool ids of
    /// other emulators can start with it.
    Region,
    "region",
    "must be a region like eu-central-1",
    is_region
);

name_type!(
    /// A user pool's id, such as `eu-central-1_aBcDeFgHi`: the region, an underscore, the pool's
    /// name.
    ///
    /// URLs of endpoints and issuers contain the id, so a string that could change the host of a
    /// URL is rejected.
    UserPoolId,
    "user pool id",
    "must look like eu-central-1_aBcDeFgHi (region, underscore, letters and digits; at most 55)",
    is_user_pool_id
);

name_type!(
    /// An app client's id. It is not secret: the user's tokens contain it.
    ClientId,
    "client id",
    "must be 1 to 128 letters, digits, _ or +",
    |text| has_length(text, 1, 128) && text.bytes().all(|b| is_word(b) || b == b'+')
);

name_type!(
    /// The name of a user in a request: the user name or the `sub`. If the pool allows aliases, it
    /// can also be an alias: an e-mail address, a phone number or a preferred user name.
    ///
    /// The string is sent to Cognito as it is: it is not trimmed, and its case is not changed. The
    /// pool's settings decide whether `Ann` and `ann` are the same user.
    Username,
    "user name",
    "must be 1 to 128 characters without spaces",
    |text| has_length(text, 1, 128) && text.chars().all(is_printable)
);

name_type!(
    /// An e-mail address: at least one character, an `@`, and a domain, without spaces.
    ///
    /// Only strings that cannot be an e-mail address are rejected. A valid value does not prove
    /// that the address exists: only the code that Cognito sends proves this.
    EmailAddress,
    "email",
    "must be an e-mail address like user@example.com (at most 254 characters)",
    is_email
);

name_type!(
    /// A phone number in E.164 form, such as `+4930123456`: a plus sign, then 2 to 15 digits. The
    /// first digit is not 0.
    PhoneNumber,
    "phone number",
    "must be a plus sign and 2 to 15 digits, like +4930123456",
    is_phone_number
);

name_type!(
    /// The name of a user attribute, such as `email` or `custom:department`.
    AttributeName,
    "attribute name",
    "must be 1 to 32 characters without spaces",
    |text| has_length(text, 1, 32) && text.chars().all(is_printable)
);

name_type!(
    /// The name of a group in a user pool.
    GroupName,
    "group name",
    "must be 1 to 128 characters without spaces",
    |text| has_length(text, 1, 128) && text.chars().all(is_printable)
);

name_type!(
    /// The description of a group.
    GroupDescription,
    "group description",
    "must be at most 2048 characters",
    |text| has_length(text, 0, 2048)
);

name_type!(
    /// The Amazon Resource Name of an IAM role, such as `arn:aws:iam::123456789012:role/admins`.
    RoleArn,
    "role ARN",
    "must be an ARN like arn:aws:iam::123456789012:role/name (20 to 2048 characters)",
    is_arn
);

name_type!(
    /// The name of an identity provider in a pool, such as `Google`, or the configured name of a
    /// SAML or OIDC provider.
    ProviderName,
    "provider name",
    "must be 1 to 32 characters without control characters",
    |text| has_length(text, 1, 32) && text.chars().all(|c| c == ' ' || is_printable(c))
);

name_type!(
    /// The id of an authentication event of a user.
    EventId,
    "event id",
    "must be 1 to 50 letters, digits, _, + or -",
    |text| has_length(text, 1, 50) && text.bytes().all(|b| is_word(b) || matches!(b, b'+' | b'-'))
);

name_type!(
    /// The key that Cognito assigned to a device: the pool's region, an underscore, and a UUID.
    DeviceKey,
    "device key",
    "must be 3 to 55 characters: a region, _ and a UUID",
    is_device_key
);

name_type!(
    /// The device group key, which Cognito returns together with a device key. In the SRP proof of
    /// the device, it replaces the pool's name.
    DeviceGroupKey,
    "device group key",
    "must be 1 to 131072 characters",
    |text| has_length(text, 1, 131_072)
);

name_type!(
    /// The name that a user chose for a device or for an authenticator app, such as `My iPhone`.
    DeviceName,
    "device name",
    "must be 1 to 1024 characters without control characters",
    |text| has_length(text, 1, 1024) && !text.chars().any(char::is_control)
);

name_type!(
    /// The id of a passkey (its WebAuthn credential id).
    PasskeyId,
    "passkey id",
    "must be 1 to 2048 characters without spaces",
    |text| has_length(text, 1, 2048) && text.chars().all(is_printable)
);

name_type!(
    /// The id of a session of a user. A request to revoke the session needs the id. The id is not a
    /// secret, because it cannot be used to sign in.
    SessionId,
    "session id",
    "must be tkn or sso, and 25 lower-case letters or digits",
    is_session_id
);

name_type!(
    /// An authentication level, as in the claim `acr`: `urn:cognito:loa:1` to `urn:cognito:loa:4`,
    /// or a name that the user pool has configured for a level (`AcrConfiguration`).
    AcrValue,
    "authentication level",
    "must be 1 to 64 printable ASCII characters without space, quote and backslash",
    |text| (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\'))
);

printable!(Region, UserPoolId, ClientId, AttributeName, GroupName);
printable!(
    GroupDescription,
    RoleArn,
    ProviderName,
    EventId,
    PasskeyId,
    SessionId
);
printable!(AcrValue);
personal!(Username, EmailAddress, PhoneNumber, DeviceName);
personal!(DeviceKey, DeviceGroupKey);

impl UserPoolId {
    /// Returns the region of the pool: the part of the pool id before the last underscore.
    pub fn region(&self) -> Region {
        Region(self.parts().0.into())
    }

    /// Returns the name of the pool: the part of the pool id after the last underscore.
    pub fn name(&self) -> &str {
        self.parts().1
    }

    /// Returns the pool id in masked form, such as `us-east-1_***`.
    pub fn masked(&self) -> String {
        format!("{}_***", self.parts().0)
    }

    fn parts(&self) -> (&str, &str) {
        // Parsing ensures the underscore.
        self.0.rsplit_once('_').unwrap_or((&self.0, ""))
    }
}
