//! The response of the `userInfo` endpoint.

use serde_json::{Map, Value};

use crate::error::{Error, ErrorKind, Result};

/// The claims about a user from the `userInfo` endpoint (OpenID Connect Core section 5.3.2). The
/// scopes of the access token determine which claims the response contains.
///
/// The response is not signed. Compare [`sub`](Self::sub) with the ID token's `sub` before you use
/// the other claims. `Debug` shows the names of the claims, not their values.
#[derive(Clone, PartialEq)]
pub struct UserInfo {
    sub: String,
    claims: Map<String, Value>,
}

impl UserInfo {
    /// Creates the claims from the JSON object that the endpoint returned.
    ///
    /// # Errors
    ///
    /// [`Unknown`](ErrorKind::Unknown) if `sub` is missing, empty or not a string.
    pub fn new(claims: Map<String, Value>) -> Result<Self> {
        match claims.get("sub").and_then(Value::as_str) {
            Some(sub) if !sub.is_empty() => Ok(Self {
                sub: sub.to_owned(),
                claims,
            }),
            _ => Err(Error::new(ErrorKind::Unknown).with_detail(
                "the response of the userInfo endpoint has no `sub`: check the login domain",
            )),
        }
    }

    /// Returns the user's id (`sub`), a UUID that never changes.
    pub fn sub(&self) -> &str {
        &self.sub
    }

    /// Returns the user's name in the pool, or `None` if the response does not contain it.
    pub fn username(&self) -> Option<&str> {
        self.text("username")
    }

    /// Returns the user's e-mail address. Returns `None` if the response does not contain it: the
    /// user has none, or the access token lacks the scope `email`.
    pub fn email(&self) -> Option<&str> {
        self.text("email")
    }

    /// Returns whether the e-mail address is verified. Returns `None` if the response does not
    /// contain the claim. Cognito's endpoint writes the string `"true"` instead of a boolean. Both
    /// forms are accepted; any other value is returned as `None`.
    pub fn email_verified(&self) -> Option<bool> {
        self.flag("email_verified")
    }

    /// Returns the user's phone number. Returns `None` if the response does not contain it: the
    /// user has none, or the access token lacks the scope `phone`.
    pub fn phone_number(&self) -> Option<&str> {
        self.text("phone_number")
    }

    /// Returns whether the phone number is verified. Returns `None` if the response does not
    /// contain the claim, or if its value is not a boolean or the string `"true"` or `"false"`.
    pub fn phone_number_verified(&self) -> Option<bool> {
        self.flag("phone_number_verified")
    }

    /// Returns the string value of a claim, such as `custom:tenant`. Returns `None` if the claim is
    /// missing or is not a string.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name)?.as_str()
    }

    /// Returns all claims, by name.
    pub const fn all(&self) -> &Map<String, Value> {
        &self.claims
    }

    fn flag(&self, name: &str) -> Option<bool> {
        match self.claims.get(name)? {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) if text == "true" => Some(true),
            Value::String(text) if text == "false" => Some(false),
            _ => None,
        }
    }
}

// Security: the values are a user's names and addresses.
impl_debug!(UserInfo as info { claims: info.claims.keys().collect::<Vec<_>>() });
