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
        /// The name for signing in. In a pool whose users sign in with e-mail addresses, it is the
        /// e-mail address.
        pub username: Username,
        ..
        /// The password for the first sign-in. `None` (default): Cognito generates one, or creates
        /// the user without a password if the pool allows sign-in without a password.
        pub temporary_password: Option<Password>,
        /// The attributes of the new user. Default: none. Set `email_verified` to `true` if the
        /// operator has verified the e-mail address.
        pub attributes: Attributes,
        /// Whether Cognito sends an invitation to the user. Default: [`Invitation::Send`].
        pub invitation: Invitation,
        /// Key-value pairs for the pool's Lambda triggers. Default: none.
        pub client_metadata: ClientMetadata,
    }
}

/// The choice whether Cognito sends an invitation to a new user (`MessageAction`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Invitation {
    /// Cognito sends the invitation again to a user who already exists, with a new temporary
    /// password.
    Resend,
    /// Cognito sends the invitation to the new user.
    #[default]
    Send,
    /// Cognito sends nothing. The operator must tell the user the password.
    Suppress,
}

record! {
    /// A request to confirm a user without a code (`AdminConfirmSignUp`).
    #[derive(Clone, Debug)]
    pub struct ConfirmUserRequest {
        /// The user: a user name, an alias or a `sub`.
        pub username: Username,
        ..
        /// Key-value pairs for the pool's Lambda triggers. Default: none.
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
        /// Key-value pairs for the pool's Lambda triggers. Default: none.
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
    /// `true` if the password is permanent. If `false`, the password is temporary: the user must
    /// choose a new password at the next sign-in.
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
        /// Key-value pairs for the pool's Lambda triggers. Default: none.
        pub client_metadata: ClientMetadata,
    }
}

/// A request to delete attributes of a user (`AdminDeleteUserAttributes`).
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct DeleteUserAttributesRequest {
    /// The user: a user name, an alias or a `sub`.
    pub username: Username,
    /// The names of the attributes to delete.
    pub names: Vec<AttributeName>,
}

record! {
    /// A request for a page of users (`ListUsers`).
    #[derive(Clone, Debug, Default)]
    pub struct ListUsersRequest {
        ..
        /// The maximum number of entries on the page. Default: 60.
        pub page_size: PageSize,
        /// The `next_token` of the previous page, or `None` for the first page.
        pub page_token: Option<PageToken>,
        /// The filter. `None` (default): all users.
        pub filter: Option<Filter>,
    }
}

list_page! {
    /// One page of users.
    ///
    /// The list is eventually consistent: a user who was just created or changed may be missing or
    /// have old values. To find out whether a user exists, use
    /// [`Administration::user`](crate::ports::Administration::user).
    UserPage {
        /// The users on this page.
        users: UserDetails
    }
}
