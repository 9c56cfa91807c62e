//! Filters for lists of users.

use std::fmt;

use crate::input::{InvalidInput, has_length};

/// A filter for a list of users: an attribute that equals a value or starts with it. Cognito
/// supports no other filters (`ListUsers`, "Filter").
///
/// ```
/// use cognito_core::administration::filter::Filter;
///
/// let filter = Filter::email().starts_with("admin");
/// assert_eq!(filter.as_str().unwrap(), r#"email ^= "admin""#);
/// ```
///
/// The value is quoted and escaped, so it cannot add a condition.
#[derive(Clone)]
pub struct Filter(Result<String, InvalidInput>);

/// An attribute by which Cognito can filter a list of users. Call [`equals`](Self::equals) or
/// [`starts_with`](Self::starts_with) to create a [`Filter`].
#[derive(Clone, Copy, Debug)]
#[must_use = "a filter attribute does nothing without a comparison"]
pub struct FilterAttribute(&'static str);

macro_rules! attributes {
    ($($method:ident $name:literal)*) => {
        impl Filter {
            $(
                #[doc = concat!("Selects the attribute `", $name, "`.")]
                pub const fn $method() -> FilterAttribute {
                    FilterAttribute($name)
                }
            )*
        }
    };
}

attributes! {
    email "email"
    enabled "status"
    family_name "family_name"
    given_name "given_name"
    name "name"
    phone_number "phone_number"
    preferred_username "preferred_username"
    sub "sub"
    user_status "cognito:user_status"
    username "username"
}

impl FilterAttribute {
    /// Returns a filter for users whose attribute is equal to `text`. For [`Filter::enabled`],
    /// `text` is `Enabled` or `Disabled`.
    pub fn equals(self, text: &str) -> Filter {
        self.filter("=", text)
    }

    /// Returns a filter for users whose attribute starts with `text`.
    pub fn starts_with(self, text: &str) -> Filter {
        self.filter("^=", text)
    }

    fn filter(self, operator: &str, text: &str) -> Filter {
        let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
        let filter = format!("{} {operator} \"{escaped}\"", self.0);
        if has_length(&filter, 1, 256) && !text.contains(char::is_control) {
            Filter(Ok(filter))
        } else {
            Filter(Err(InvalidInput::new(
                "filter",
                "must be at most 256 characters with the attribute's name, without control characters",
            )))
        }
    }
}

impl Filter {
    /// Returns the filter in Cognito's format.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if the filter is longer than 256 characters (including the attribute's name
    /// and the operator), or if the value contains control characters.
    pub fn as_str(&self) -> Result<&str, InvalidInput> {
        self.0.as_deref().map_err(Clone::clone)
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Security: the value may be an e-mail address.
        f.write_str("Filter(…)")
    }
}
