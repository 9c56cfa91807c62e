//! Requests of an operator to read, create and change users.

use derive_new::new;

use crate::administration::filter::Filter;
use crate::administration::page::{PageSize, PageToken, list_page};
use crate::id::{AttributeName, Username};
use crate::metadata::ClientMetadata;
use crate::secret::Password;
use crate::user::{Attributes, UserDetails};

record! {
    /// A request to create a user (`AdminCreateUser`).
    #[derive(Clone, Debug)]
    pub struct CreateUserRequest {
        /// The name for signing in. In most pools it is an e-mail address.
        pub username: Username,
        ..
        /// The password for the first sign-in. Default: Cognito generates one.
        pub temporary_password: Option<Password>,
        /// The attributes of the new user. Set `email_verified` if the operator has verified the
        /// address.
        pub attributes: Attributes,
        /// Whether Cognito sends an invitation to the user. Default: [`Invitation::Send`].
        pub invitation: Invitation,
        /// Key-value pairs for the pool's Lambda triggers.
        pub client_metadata: ClientMetadata,
    }
}

/// The choice whether Cognito sends an invitation to a new user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Invitation {
    /// Cognito sends the invitation to an existing user again, with a new temporary password.
    Resend,
    /// Cognito sends the invitation.
    #[default]
    Send,
    /// Cognito sends nothing. The operator gives the user the password.
    Suppress,
}

record! {
    /// A request to confirm a user without a code (`AdminConfirmSignUp`).
    #[derive(Clone, Debug)]
    pub struct ConfirmUserRequest {
        /// The user: a user name, an alias or a `sub`.
        pub username: Username,
        ..
        /// Key-value pairs for the pool's Lambda triggers.
        pub client_metadata: ClientMetadata,
    }
}

record! {
    /// A request to reset a user's password (`AdminResetUserPassword`). The user must then set a
    /// new password with a code that Cognito sends.
    #[derive(Clone, Debug)]
    pub struct ResetPasswordRequest {
        /// The user: a user name, an alias or a `sub`.
        pub username: Username,
        ..
        /// Key-value pairs for the pool's Lambda triggers.
        pub client_metadata: ClientMetadata,
    }
}

/// A request to set a user's password (`AdminSetUserPassword`).
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct SetPasswordRequest {
    /// The user: a user name, an alias or a `sub`.
    pub username: Username,
    /// The new password.
    pub password: Password,
    /// `true` if the password is permanent. If `false`, the user must choose a new password at the
    /// next sign-in. The operator does not know the new password.
    pub permanent: bool,
}

record! {
    /// A request to set attributes of a user (`AdminUpdateUserAttributes`).
    #[derive(Clone, Debug)]
    pub struct UpdateUserAttributesRequest {
        /// The user: a user name, an alias or a `sub`.
        pub username: Username,
        /// The attributes to set. An empty value clears the attribute.
        pub attributes: Attributes,
        ..
        /// Key-value pairs for the pool's Lambda triggers.
        pub client_metadata: ClientMetadata,
    }
}

/// A request to delete attributes of a user (`AdminDeleteUserAttributes`).
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct DeleteUserAttributesRequest {
    /// The user: a user name, an alias or a `sub`.
    pub username: Username,
    /// The attributes to delete, at least one.
    pub names: Vec<AttributeName>,
}

record! {
    /// A request for a page of users (`ListUsers`).
    #[derive(Clone, Debug, Default)]
    pub struct ListUsersRequest {
        ..
        /// The maximum number of entries on the page. Default: 60.
        pub page_size: PageSize,
        /// The token of the page, or `None` for the first page.
        pub page_token: Option<PageToken>,
        /// A filter. Default: all users.
        pub filter: Option<Filter>,
    }
}

list_page! {
    /// One page of users.
    ///
    /// The list is eventually consistent: a user who was just created or changed may be missing or
    /// stale. Use [`Administration::user`](crate::ports::Administration::user) to find out whether
    /// a user exists.
    UserPage {
        /// The users.
        users: UserDetails
    }
}
