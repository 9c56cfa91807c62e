//! Checks the attributes in requests.

use std::collections::{BTreeMap, BTreeSet};

use cognito_core::InvalidInput;
use cognito_core::user::STANDARD_ATTRIBUTES;
use http::StatusCode;

use crate::ApiError;
use crate::routes::shared::Shared;

/// The names of the attributes that users may set.
#[derive(Clone, Debug)]
pub(crate) struct Attributes {
    /// The attributes that users may set when they sign up, set a new password or change their
    /// profile.
    always: BTreeSet<String>,
    /// The custom attributes that users may set only when they sign up.
    at_sign_up: BTreeSet<String>,
}

impl Default for Attributes {
    fn default() -> Self {
        Self {
            always: default_names().map(ToOwned::to_owned).collect(),
            at_sign_up: BTreeSet::new(),
        }
    }
}

/// The request in which a user sets attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SetBy {
    /// A new password that replaces a temporary one, or a change of the profile.
    LaterChange,
    /// A sign-up. The application can check it (`AuthRoutes::before_sign_up`).
    SignUp,
}

impl Attributes {
    pub(super) fn set_standard<I>(&mut self, names: I) -> Result<(), InvalidInput>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        self.always.retain(|name| name.starts_with(CUSTOM));
        for name in names {
            let name = name.as_ref();
            if name == "updated_at" || !STANDARD_ATTRIBUTES.contains(&name) {
                return Err(InvalidInput::new(
                    "attribute name",
                    "must be a standard attribute that users may set; see custom_attribute for others",
                ));
            }
            self.always.insert(name.to_owned());
        }
        Ok(())
    }

    /// Allows a custom attribute in sign-ups.
    pub(super) fn add_custom(&mut self, name: String) -> Result<(), InvalidInput> {
        self.at_sign_up.insert(custom(name)?);
        Ok(())
    }

    /// Allows a custom attribute in sign-ups and later changes.
    pub(super) fn add_changeable_custom(&mut self, name: String) -> Result<(), InvalidInput> {
        self.always.insert(custom(name)?);
        Ok(())
    }

    fn allows(&self, name: &str, set_by: SetBy) -> bool {
        let at_sign_up = set_by == SetBy::SignUp && self.at_sign_up.contains(name);
        at_sign_up || self.always.contains(name)
    }
}

/// Returns the name if it is the name of a custom attribute. `dev:` attributes are custom ones that
/// only an operator may write.
fn custom(name: String) -> Result<String, InvalidInput> {
    match name.starts_with(CUSTOM) {
        true => Ok(name),
        false => Err(InvalidInput::new(
            "attribute name",
            "must begin with custom:; see standard_attributes for others",
        )),
    }
}

impl Shared {
    /// Fails with 400 if users are not allowed to set one of these attributes in this request.
    pub(super) fn check_attributes(
        &self,
        attributes: &BTreeMap<String, String>,
        set_by: SetBy,
    ) -> Result<(), ApiError> {
        let mut names = attributes.keys();
        let Some(name) = names.find(|name| !self.rules.attributes.allows(name, set_by)) else {
            return Ok(());
        };
        // Cognito's names are at most 32 characters, and 20 more with a prefix.
        let can_be_named =
            (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_graphic());
        let message = match can_be_named {
            true => format!("The attribute {name} cannot be set here"),
            false => "An attribute in the request cannot be set here".to_owned(),
        };
        Err(self.rejected(StatusCode::BAD_REQUEST, message))
    }
}

const CUSTOM: &str = "custom:";

/// The standard attributes that users may not set by default. A user pool can accept
/// `preferred_username` as the name at a sign-in. Users can then choose a sign-in name with it, so
/// the application must allow this attribute explicitly. Cognito itself writes `updated_at`, so the
/// application cannot allow it.
const NOT_DEFAULT: [&str; 2] = ["preferred_username", "updated_at"];

/// Returns the names of the attributes that a user may set by default.
fn default_names() -> impl Iterator<Item = &'static str> {
    let names = STANDARD_ATTRIBUTES.into_iter();
    names.filter(|name| !NOT_DEFAULT.contains(name))
}
