//! Users, as an operator handles them.

use std::fmt;

use serde::Serialize;

use crate::administration::filter::Filter;
use crate::id::Username;
use crate::input::InvalidInput;
use crate::metadata::ClientMetadata;
use crate::secret::Password;
use crate::user::{Attributes, UserDetails};

/// Creates a user (`AdminCreateUser`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CreateUserRequest {
    /// The name to sign in with; in most pools an e-mail address.
    pub username: Username,
    /// The password for the first sign-in; Cognito makes one up if there is none.
    pub temporary_password: Option<Password>,
    /// Attributes of the new user, `email_verified` among them where the operator vouches for it.
    pub attributes: Attributes,
    /// What is sent to the user.
    pub invitation: Invitation,
    /// For the pool's Lambda triggers.
    pub client_metadata: ClientMetadata,
}

impl CreateUserRequest {
    /// A user of this name, invited as the pool does it.
    #[must_use]
    pub const fn new(username: Username) -> Self {
        Self {
            username,
            temporary_password: None,
            attributes: Attributes::new(),
            invitation: Invitation::Send,
            client_metadata: ClientMetadata::new(),
        }
    }
}

/// Whether a new user gets Cognito's invitation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Invitation {
    /// The invitation goes out once more, with a new temporary password, to a user who exists.
    Resend,
    /// The invitation goes out.
    #[default]
    Send,
    /// Nothing is sent; the operator passes the password on.
    Suppress,
}

/// Sets a user's password (`AdminSetUserPassword`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SetPasswordRequest {
    /// Whose.
    pub username: Username,
    /// The password.
    pub password: Password,
    /// Whether it lasts. If not, the user must choose another at the next sign-in, so that the
    /// operator does not go on knowing it.
    pub permanent: bool,
}

impl SetPasswordRequest {
    /// A password for `username`.
    #[must_use]
    pub const fn new(username: Username, password: Password, permanent: bool) -> Self {
        Self {
            username,
            password,
            permanent,
        }
    }
}

/// Sets attributes of a user (`AdminUpdateUserAttributes`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UpdateUserAttributesRequest {
    /// Whose.
    pub username: Username,
    /// What to set; an empty value clears.
    pub attributes: Attributes,
    /// For the pool's Lambda triggers.
    pub client_metadata: ClientMetadata,
}

impl UpdateUserAttributesRequest {
    /// Sets these attributes.
    #[must_use]
    pub const fn new(username: Username, attributes: Attributes) -> Self {
        Self {
            username,
            attributes,
            client_metadata: ClientMetadata::new(),
        }
    }
}

/// How many users a page holds: 1 to 60.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PageSize(u8);

impl PageSize {
    /// The largest page that Cognito gives.
    pub const MAX: Self = Self(60);

    /// A page of this many users.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if it is not 1 to 60.
    pub fn new(size: u32) -> Result<Self, InvalidInput> {
        match u8::try_from(size) {
            Ok(size @ 1..=60) => Ok(Self(size)),
            _ => Err(InvalidInput::new("page size", "must be 1 to 60")),
        }
    }

    /// The number of users.
    #[must_use]
    pub const fn as_u8(self) -> u8 {
        self.0
    }
}

impl Default for PageSize {
    fn default() -> Self {
        Self::MAX
    }
}

/// Where the next page starts. It lives for an hour.
#[derive(Clone, PartialEq, Eq)]
pub struct PageToken(String);

impl PageToken {
    /// A token as an earlier page gave it.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if it is empty, holds spaces or is longer than 131,072 bytes.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidInput> {
        let text = text.into();
        let valid = (1..=131_072).contains(&text.len()) && !text.contains(char::is_whitespace);
        valid.then_some(Self(text)).ok_or(InvalidInput::new(
            "page token",
            "must be the token that an earlier page gave",
        ))
    }

    /// The token as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PageToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PageToken(…)")
    }
}

impl Serialize for PageToken {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// Lists users (`ListUsers`).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ListUsersRequest {
    /// How many at most.
    pub page_size: PageSize,
    /// Where to go on.
    pub page_token: Option<PageToken>,
    /// Which users; all, if there is none.
    pub filter: Option<Filter>,
}

impl ListUsersRequest {
    /// The first page of all users.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

/// One page of users. A page may be empty although more follow: go on while there is a token.
///
/// The list runs behind: a user who was just created or changed may be missing or old. Ask
/// [`Administration::user`](crate::Administration::user) whether somebody exists.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserPage {
    /// The users.
    pub users: Vec<UserDetails>,
    /// Where the next page starts; `None` on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<PageToken>,
}

impl UserPage {
    /// A page.
    #[must_use]
    pub const fn new(users: Vec<UserDetails>, next_token: Option<PageToken>) -> Self {
        Self { users, next_token }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_sizes_and_tokens_are_bounded() {
        assert!(PageSize::new(0).is_err());
        assert!(PageSize::new(61).is_err());
        assert!(PageSize::new(316).is_err());
        assert_eq!(PageSize::new(20).unwrap().as_u8(), 20);
        assert!(PageToken::new("").is_err());
        assert!(PageToken::new("a b").is_err());
        assert!(PageToken::new("x".repeat(131_073)).is_err());
    }

    #[test]
    fn a_page_has_the_json_of_the_document() {
        let page = UserPage::new(Vec::new(), Some(PageToken::new("next").unwrap()));
        assert_eq!(
            serde_json::to_value(&page).unwrap(),
            serde_json::json!({"users": [], "nextToken": "next"})
        );
        assert_eq!(
            serde_json::to_value(UserPage::default()).unwrap(),
            serde_json::json!({"users": []})
        );
    }
}
