//! The attributes that users may set themselves.

use std::collections::{BTreeMap, BTreeSet};

use cognito_core::InvalidInput;
use http::StatusCode;

use crate::ApiError;
use crate::routes::Shared;

/// The attributes that users may set when they sign up or set a new password.
#[derive(Clone, Debug)]
pub(crate) struct Attributes(BTreeSet<String>);

impl Default for Attributes {
    fn default() -> Self {
        Self(DEFAULT.iter().map(|name| (*name).to_owned()).collect())
    }
}

impl Attributes {
    pub(super) fn set_standard<I>(&mut self, names: I) -> Result<(), InvalidInput>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        self.0.retain(|name| name.starts_with(CUSTOM));
        for name in names {
            let name = name.as_ref();
            if !DEFAULT.contains(&name) && name != "preferred_username" {
                return Err(InvalidInput::new(
                    "attribute name",
                    "must be a standard attribute that users may set; see custom_attribute for others",
                ));
            }
            self.0.insert(name.to_owned());
        }
        Ok(())
    }

    pub(super) fn add_custom(&mut self, name: String) -> Result<(), InvalidInput> {
        // `dev:` attributes are custom ones that only an operator may write.
        if !name.starts_with(CUSTOM) {
            return Err(InvalidInput::new(
                "attribute name",
                "must begin with custom:; see standard_attributes for others",
            ));
        }
        self.0.insert(name);
        Ok(())
    }
}

impl Shared {
    /// Checks that users may set these attributes themselves.
    pub(super) fn check_attributes(
        &self,
        attributes: &BTreeMap<String, String>,
    ) -> Result<(), ApiError> {
        let mut names = attributes.keys();
        let Some(name) = names.find(|name| !self.attributes.0.contains(*name)) else {
            return Ok(());
        };
        // Cognito's names are at most 32 characters, and 20 more with a prefix.
        let can_be_named =
            (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_graphic());
        let message = match can_be_named {
            true => format!("The attribute {name} cannot be set here"),
            false => "An attribute in the request cannot be set here".to_owned(),
        };
        Err(self.refused(StatusCode::BAD_REQUEST, message))
    }
}

const CUSTOM: &str = "custom:";

/// The standard claims of OpenID Connect Core section 5.1 that users may state about themselves.
/// Cognito writes the others itself, or they decide who the user is: `sub`, `email_verified`,
/// `phone_number_verified`, `updated_at`, `preferred_username`.
const DEFAULT: [&str; 15] = [
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
    "profile",
    "website",
    "zoneinfo",
];
