//! The ids of identity pools and identities.

use std::fmt;
use std::str::FromStr;

use cognito_core::{InvalidInput, Region};

/// Returns the region of an id: the part before the colon. Returns `None` if the id does not have
/// the form of AWS: a region, a colon, and at least one of the characters of a UUID (API reference
/// of identity pools: `[\w-]+:[0-9a-f-]+`, 1 to 55 characters).
fn region_of(text: &str) -> Option<Region> {
    let (region, rest) = text.split_once(':')?;
    let is_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b) || b == b'-';
    let is_id = text.len() <= 55 && !rest.is_empty() && rest.bytes().all(is_hex);
    is_id.then(|| Region::new(region).ok()).flatten()
}

/// Defines a type for an id that consists of a region, a colon and a UUID.
macro_rules! id_type {
    ($(#[$doc:meta])* $name:ident, $field:literal, $rule:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// Creates the value from a string, and validates it.
            ///
            /// # Errors
            ///
            /// [`InvalidInput`] if the string does not have the form of this id.
            #[doc = concat!("The ", $field, " ", $rule, ".")]
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidInput> {
                let text = text.into();
                match region_of(&text) {
                    Some(_) => Ok(Self(text.into_boxed_str())),
                    None => Err(InvalidInput::new($field, $rule)),
                }
            }

            /// Returns the value as a string.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidInput;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(text)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = InvalidInput;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidInput;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::new(text)
            }
        }
    };
}

id_type!(
    /// The id of an identity pool, such as `eu-central-1:128d0a74-c82f-4553-916d-90053e4a8b0f`. It
    /// is not secret.
    IdentityPoolId,
    "identity pool id",
    "must look like eu-central-1:128d0a74-c82f-4553-916d-90053e4a8b0f (region, colon, UUID)"
);

impl IdentityPoolId {
    /// Returns the region of the identity pool.
    pub fn region(&self) -> &str {
        self.0.split(':').next().unwrap_or_default()
    }
}

impl fmt::Debug for IdentityPoolId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdentityPoolId({:?})", self.as_str())
    }
}

id_type!(
    /// The id of an identity: a user or a guest in an identity pool. The same user has the same id
    /// at each sign-in. IAM policies contain it as `${cognito-identity.amazonaws.com:sub}`.
    ///
    /// # Security
    ///
    /// Store the identity id of a guest like a secret: it is all that a request for the credentials
    /// of the guest needs. `Debug` does not show an id.
    IdentityId,
    "identity id",
    "must look like eu-central-1:128d0a74-c82f-4553-916d-90053e4a8b0f (region, colon, UUID)"
);

impl fmt::Debug for IdentityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdentityId(** redacted **)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_a_region_and_a_uuid() {
        let id = "eu-central-1:128d0a74-c82f-4553-916d-90053e4a8b0f";
        assert_eq!(IdentityPoolId::new(id).unwrap().region(), "eu-central-1");
        assert_eq!(IdentityId::new(id).unwrap().as_str(), id);
        for text in [
            "",
            "eu-central-1",
            "eu-central-1:",
            ":128d0a74",
            "eu-central-1:XYZ",
            "evil.example/:128d0a74",
            "eu-central-1:128d0a74:128d0a74",
            "eu-central-1:128d0a74-c82f-4553-916d-90053e4a8b0f-0000000000",
        ] {
            assert!(IdentityPoolId::new(text).is_err(), "{text}");
            assert!(text.parse::<IdentityId>().is_err(), "{text}");
        }
    }

    #[test]
    fn debug_hides_identity_ids() {
        let id = "eu-central-1:128d0a74";
        let identity = IdentityId::new(id).unwrap();
        assert_eq!(format!("{identity:?}"), "IdentityId(** redacted **)");
        let pool = IdentityPoolId::new(id).unwrap();
        assert!(format!("{pool:?}").contains(id));
    }
}
