//! Users, as an operator handles them.

use serde::Serialize;

use crate::administration::filter::Filter;
use crate::administration::page::{PageSize, PageToken};
use crate::id::{AttributeName, Username};
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

/// Confirms a user without a code (`AdminConfirmSignUp`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConfirmUserRequest {
    /// Whom.
    pub username: Username,
    /// For the pool's Lambda triggers.
    pub client_metadata: ClientMetadata,
}

impl ConfirmUserRequest {
    /// Confirms this user.
    #[must_use]
    pub const fn new(username: Username) -> Self {
        Self {
            username,
            client_metadata: ClientMetadata::new(),
        }
    }
}

/// Makes a user choose a new password with a code (`AdminResetUserPassword`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ResetPasswordRequest {
    /// Whose.
    pub username: Username,
    /// For the pool's Lambda triggers.
    pub client_metadata: ClientMetadata,
}

impl ResetPasswordRequest {
    /// Resets this user's password.
    #[must_use]
    pub const fn new(username: Username) -> Self {
        Self {
            username,
            client_metadata: ClientMetadata::new(),
        }
    }
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

/// Deletes attributes of a user (`AdminDeleteUserAttributes`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DeleteUserAttributesRequest {
    /// Whose.
    pub username: Username,
    /// Which; at least one.
    pub names: Vec<AttributeName>,
}

impl DeleteUserAttributesRequest {
    /// Deletes these attributes.
    #[must_use]
    pub const fn new(username: Username, names: Vec<AttributeName>) -> Self {
        Self { username, names }
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
