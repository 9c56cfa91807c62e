//! Validated names and ids: pools, clients, users, groups, attributes.
//!
//! Lengths and characters are those of Cognito's service model (the "Pattern" and "Length
//! Constraints" lines of the [API reference]). The AWS SDK does not enforce them.
//!
//! [API reference]: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/

use std::borrow::Borrow;
use std::fmt;

use crate::input::{InvalidInput, has_length, is_printable, is_word, parses};
use crate::mask::masked;

/// Defines a type for a validated name, which is parsed from a string.
macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident, $field:literal, $rule:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// Parses a string.
            ///
            /// # Errors
            ///
            #[doc = concat!("[`InvalidInput`]: the ", $field, " ", $rule, ".")]
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidInput> {
                let text = text.into();
                let check: fn(&str) -> bool = $check;
                if check(&text) {
                    Ok(Self(text.into_boxed_str()))
                } else {
                    Err(InvalidInput::new($field, $rule))
                }
            }

            /// Returns the string.
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

/// Implements `Display` and `Debug` for names that are not secret.
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

/// Implements a masked `Debug` for the names of users. They have no `Display`, so that they cannot
/// get into a log by accident.
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
    /// An AWS region, such as `eu-central-1`. `local` is accepted too, because pool ids of some
    /// emulators start with it.
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
    /// An app client's id. It is not secret: every token contains it.
    ClientId,
    "client id",
    "must be 1 to 128 letters, digits, _ or +",
    |text| has_length(text, 1, 128) && text.bytes().all(|b| is_word(b) || b == b'+')
);

name_type!(
    /// The name of a user in a request: the user name or the `sub`. If the pool allows it, an
    /// e-mail address or phone number as alias.
    ///
    /// It is never changed. Whether `Ann` and `ann` are one user is a setting of the pool.
    Username,
    "user name",
    "must be 1 to 128 characters without spaces",
    |text| has_length(text, 1, 128) && text.chars().all(is_printable)
);

name_type!(
    /// An e-mail address: at least one character, an `@`, a domain, no spaces.
    ///
    /// Only strings that cannot be an address are rejected. Cognito's confirmation code verifies
    /// that the address exists.
    EmailAddress,
    "email",
    "must be an e-mail address like user@example.com (at most 254 characters)",
    is_email
);

name_type!(
    /// A phone number in E.164 form, such as `+4930123456`: a plus, then 2 to 15 digits.
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
    /// A group's name.
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
    /// The name of an identity provider in a pool: `Google`, or the configured name of a SAML or
    /// OIDC provider.
    ProviderName,
    "provider name",
    "must be 1 to 32 characters without control characters",
    |text| has_length(text, 1, 32) && text.chars().all(|c| c == ' ' || is_printable(c))
);

name_type!(
    /// The id of an authentication event.
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
    /// The group of a device's key. Cognito returns it with the key. In the device's SRP proof it
    /// replaces the pool's name.
    DeviceGroupKey,
    "device group key",
    "must be 1 to 131072 characters",
    |text| has_length(text, 1, 131_072)
);

name_type!(
    /// The name that a user chose for a device, such as `My iPhone`.
    DeviceName,
    "device name",
    "must be 1 to 1024 characters without control characters",
    |text| has_length(text, 1, 1024) && !text.chars().any(char::is_control)
);

name_type!(
    /// The id of a passkey, as in a list of passkeys.
    PasskeyId,
    "passkey id",
    "must be 1 to 2048 characters without spaces",
    |text| has_length(text, 1, 2048) && text.chars().all(is_printable)
);

printable!(Region, UserPoolId, ClientId, AttributeName, GroupName);
printable!(GroupDescription, RoleArn, ProviderName, EventId, PasskeyId);
personal!(Username, EmailAddress, PhoneNumber, DeviceName);
personal!(DeviceKey, DeviceGroupKey);

impl UserPoolId {
    /// Returns the region of the pool: the part before the last underscore.
    pub fn region(&self) -> Region {
        Region(self.parts().0.into())
    }

    /// Returns the pool's name: the part after the last underscore.
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

/// Returns `true` for `[\w-]+_[0-9a-f-]+` with at most 55 characters (`DeviceKeyType`).
fn is_device_key(text: &str) -> bool {
    let Some((region, id)) = text.rsplit_once('_') else {
        return false;
    };
    let hexadecimal = |b: u8| b.is_ascii_digit() || matches!(b, b'a'..=b'f' | b'-');
    text.len() <= 55
        && !region.is_empty()
        && region.bytes().all(|b| is_word(b) || b == b'-')
        && !id.is_empty()
        && id.bytes().all(hexadecimal)
}

/// Returns `true` for `arn:[\w+=/,.@-]+:[\w+=/,.@-]+:([\w+=/,.@-]*)?:[0-9]+:[\w+=/,.@-]+` with up
/// to two more parts (`ArnType`).
fn is_arn(text: &str) -> bool {
    let allowed = |part: &str| {
        let byte = |b: u8| is_word(b) || b"+=/,.@-".contains(&b);
        part.bytes().all(byte)
    };
    let filled = |part: &str| !part.is_empty() && allowed(part);
    let parts: Vec<_> = text.splitn(9, ':').collect();
    let [arn, partition, service, region, account, resource @ ..] = parts.as_slice() else {
        return false;
    };
    (20..=2048).contains(&text.len())
        && *arn == "arn"
        && filled(partition)
        && filled(service)
        && allowed(region)
        && !account.is_empty()
        && account.bytes().all(|b| b.is_ascii_digit())
        && (1..=3).contains(&resource.len())
        && resource.iter().all(|part| filled(part))
}

fn is_region(text: &str) -> bool {
    if text == "local" {
        return true;
    }
    let mut parts = text.split('-');
    let area = parts.next().unwrap_or_default();
    let Some(number) = parts.next_back() else {
        return false;
    };
    let mut words = parts.peekable();
    text.len() <= 32
        && (2..=5).contains(&area.len())
        && area.bytes().all(|b| b.is_ascii_lowercase())
        && words.peek().is_some()
        && words.all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()))
        && (1..=2).contains(&number.len())
        && number.bytes().all(|b| b.is_ascii_digit())
}

fn is_user_pool_id(text: &str) -> bool {
    text.len() <= 55
        && text.rsplit_once('_').is_some_and(|(region, name)| {
            is_region(region) && !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric())
        })
}

pub(crate) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    text.len() <= 254
        && (1..=64).contains(&local.len())
        && !domain.is_empty()
        && !domain.starts_with(['.', '-'])
        && !domain.ends_with(['.', '-'])
        && !domain.contains("..")
        && domain
            .chars()
            .all(|c| c.is_alphanumeric() || c == '.' || c == '-')
        && local.chars().all(|c| is_printable(c) && c != '@')
}

fn is_phone_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (2..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|b| b.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::*;

    fn refused<T: FromStr<Err = InvalidInput>>(texts: &[&str]) {
        for text in texts {
            assert!(text.parse::<T>().is_err(), "{text:?} must be refused");
        }
    }

    fn accepted<T: FromStr<Err = InvalidInput>>(texts: &[&str]) {
        for text in texts {
            assert!(text.parse::<T>().is_ok(), "{text:?} must be accepted");
        }
    }

    #[test]
    fn user_pool_id_has_region_and_name() {
        let id = UserPoolId::new("us-east-1_AbCdEfGhI").unwrap();
        assert_eq!(id.region().as_str(), "us-east-1");
        assert_eq!(id.name(), "AbCdEfGhI");
        assert_eq!(id.masked(), "us-east-1_***");
        accepted::<UserPoolId>(&[
            "us-gov-west-1_x",
            "us-iso-east-1_1",
            "eusc-de-east-1_a",
            "local_7",
        ]);
    }

    #[test]
    fn device_keys_are_a_region_and_a_uuid() {
        accepted::<DeviceKey>(&["us-east-1_4d2ad41e-3ad1-4ad5-b0a1-8a5a1f2f7c11", "a_0"]);
        refused::<DeviceKey>(&[
            "",
            "_",
            "us-east-1",
            "us-east-1_",
            "_0",
            "a_X",
            "a_0 ",
            "é_0",
        ]);
        refused::<DeviceKey>(&[&format!("a_{}", "0".repeat(54))]);
    }

    #[test]
    fn role_arns() {
        accepted::<RoleArn>(&[
            "arn:aws:iam::123456789012:role/admins",
            "arn:aws-us-gov:iam::123456789012:role/path/a+b=c,d.e@f-g",
            "arn:aws:service:us-east-1:1:a:b:c",
        ]);
        refused::<RoleArn>(&[
            "",
            "admins",
            "arn:aws:iam::1:r/a",
            "arn:aws:iam::123456789012:",
            "arn:aws:iam:123456789012:role/admins",
            "arn:aws:iam::account:role/admins",
            "arn::iam::123456789012:role/admins",
            "arn:aws:iam::123456789012:role/ad mins",
            "arn:aws:iam::123456789012:role:a:b:c",
            "urn:aws:iam::123456789012:role/admins",
            &format!("arn:aws:iam::123456789012:role/{}", "a".repeat(2018)),
        ]);
    }

    #[test]
    fn names_follow_cognito_patterns() {
        accepted::<GroupName>(&["admins", "a/b", "Größe", &"é".repeat(128)]);
        refused::<GroupName>(&["", "two words", "a\n", &"a".repeat(129)]);
        accepted::<GroupDescription>(&["", "two words\nand a line"]);
        refused::<GroupDescription>(&[&"a".repeat(2049)]);
        accepted::<ProviderName>(&["Google", "Our company"]);
        refused::<ProviderName>(&["", "a\tb", &"a".repeat(33)]);
        accepted::<EventId>(&["4d2ad41e-3ad1-4ad5-b0a1-8a5a1f2f7c11", "a+b_c"]);
        refused::<EventId>(&["", "a b", "a/b", &"a".repeat(51)]);
    }

    #[test]
    fn rejects_pool_ids_that_alter_urls() {
        refused::<UserPoolId>(&[
            "",
            "us-east-1",
            "us-east-1_",
            "_abc",
            "us-east-1_x@evil.example/",
            "../us-east-1_x",
            "us-east-1_AB?",
            "us-east-1_AB#",
            "us-east-1_AB/..",
            "us-east-1.evil_AB",
            "US-EAST-1_AB",
            "us-east-1_AB\n",
            " us-east-1_AB",
            "us--1_AB",
            "us-1_AB",
            "useast1_AB",
            "us-east-1_é",
        ]);
        refused::<UserPoolId>(&[&format!("us-east-1_{}", "a".repeat(46))]);
    }

    #[test]
    fn client_ids() {
        accepted::<ClientId>(&["1example23456789abcdefghij", "a+b_c"]);
        refused::<ClientId>(&["", "a b", "a-b", "é", &"a".repeat(129)]);
    }

    #[test]
    fn usernames_follow_cognitos_pattern() {
        accepted::<Username>(&[
            "ann",
            "ann@example.com",
            "adfs_x\\bob",
            "山田",
            "+4930123456",
        ]);
        refused::<Username>(&["", "a b", "a\n", "a\u{200b}", &"a".repeat(129)]);
        accepted::<Username>(&[&"é".repeat(128)]);
    }

    #[test]
    fn email_addresses() {
        accepted::<EmailAddress>(&["user@example.com", "u+tag@xn--exmple-cua.de", "u@localhost"]);
        refused::<EmailAddress>(&[
            "",
            "user",
            "@example.com",
            "user@",
            "a b@example.com",
            "user@exa mple.com",
            "user@.com",
            "user@example..com",
            "user@example.com\r\nBcc: x@y.z",
            "a@b@example.com",
            &format!("{}@example.com", "a".repeat(65)),
        ]);
    }

    #[test]
    fn phone_numbers() {
        accepted::<PhoneNumber>(&["+1234567890", "+4930123456"]);
        refused::<PhoneNumber>(&[
            "",
            "+",
            "1234567890",
            "+0123",
            "+49 30",
            "+1234567890123456",
        ]);
    }

    #[test]
    fn names_convert_to_and_from_strings() {
        fn check<T>(text: &str)
        where
            T: FromStr<Err = InvalidInput>,
            String: From<T> + for<'a> From<&'a T>,
        {
            let name: T = text.parse().unwrap();
            assert_eq!(String::from(&name), text);
            assert_eq!(String::from(name), text);
        }
        check::<Region>("eu-central-1");
        check::<UserPoolId>("eu-central-1_abc");
        check::<ClientId>("abc");
        check::<Username>("ann");
        check::<EmailAddress>("ann@example.com");
        check::<PhoneNumber>("+4930123456");
        check::<AttributeName>("email");
        check::<GroupName>("admins");
        check::<GroupDescription>("Who may");
        check::<RoleArn>("arn:aws:iam::123456789012:role/admins");
        check::<ProviderName>("Google");
        check::<EventId>("4d2ad41e");
        check::<DeviceName>("My iPhone");
        check::<PasskeyId>("dGhlLWlk");
        check::<DeviceGroupKey>("-v7w9UcY6");
        let email = EmailAddress::new("ann@example.com").unwrap();
        assert_eq!(Username::new(&email).unwrap().as_str(), email.as_str());
    }

    #[test]
    fn debug_masks_user_names() {
        let name = Username::new("user@example.com").unwrap();
        assert_eq!(format!("{name:?}"), "Username(u***@***)");
        let email = EmailAddress::new("user@example.com").unwrap();
        assert_eq!(format!("{email:?}"), "EmailAddress(u***@***)");
    }

    #[test]
    fn errors_hold_no_input() {
        let error = ClientId::new("s3cr3t value").unwrap_err();
        assert_eq!(
            error.to_string(),
            "client id must be 1 to 128 letters, digits, _ or +"
        );
        assert!(!format!("{error:?}").contains("s3cr3t"));
    }
}
