//! What an operator may do with the users of a pool.

pub mod filter;
pub mod users;

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use self::users::{
    CreateUserRequest, ListUsersRequest, SetPasswordRequest, UpdateUserAttributesRequest, UserPage,
};
use crate::error::Result;
use crate::id::Username;
use crate::user::UserDetails;

/// The port for an operator. All of these calls are signed and need an IAM identity that may make
/// them; each operation names its action.
///
/// The facade's `disable` and `delete` call [`user`](Self::user) first, to learn whose tokens they
/// must refuse from then on; through it these two also need `cognito-idp:AdminGetUser`.
///
/// # Implementing your own
///
/// As for [`Authentication`](crate::Authentication). Missing AWS credentials are
/// [`Credentials`](crate::ErrorKind::Credentials), a missing permission is
/// [`Configuration`](crate::ErrorKind::Configuration): neither is the end user's fault.
#[async_trait]
pub trait Administration: Debug + Send + Sync + 'static {
    /// A user by name (`cognito-idp:AdminGetUser`).
    async fn user(&self, username: &Username) -> Result<UserDetails>;

    /// One page of users (`cognito-idp:ListUsers`).
    async fn list_users(&self, request: ListUsersRequest) -> Result<UserPage>;

    /// Creates a user (`cognito-idp:AdminCreateUser`).
    async fn create_user(&self, request: CreateUserRequest) -> Result<UserDetails>;

    /// Confirms a user without a code (`cognito-idp:AdminConfirmSignUp`).
    async fn confirm_user(&self, username: &Username) -> Result<()>;

    /// Sets a user's password (`cognito-idp:AdminSetUserPassword`).
    async fn set_password(&self, request: SetPasswordRequest) -> Result<()>;

    /// Sets attributes of a user (`cognito-idp:AdminUpdateUserAttributes`).
    async fn update_user_attributes(&self, request: UpdateUserAttributesRequest) -> Result<()>;

    /// Lets a user sign in again (`cognito-idp:AdminEnableUser`).
    async fn enable_user(&self, username: &Username) -> Result<()>;

    /// Keeps a user from signing in and revokes their tokens (`cognito-idp:AdminDisableUser`;
    /// through the facade `cognito-idp:AdminGetUser` too).
    async fn disable_user(&self, username: &Username) -> Result<()>;

    /// Deletes a user for ever (`cognito-idp:AdminDeleteUser`; through the facade
    /// `cognito-idp:AdminGetUser` too).
    async fn delete_user(&self, username: &Username) -> Result<()>;
}

macro_rules! delegate {
    ($wrapper:ident) => {
        #[async_trait]
        impl<T: Administration + ?Sized> Administration for $wrapper<T> {
            async fn user(&self, username: &Username) -> Result<UserDetails> {
                (**self).user(username).await
            }

            async fn list_users(&self, request: ListUsersRequest) -> Result<UserPage> {
                (**self).list_users(request).await
            }

            async fn create_user(&self, request: CreateUserRequest) -> Result<UserDetails> {
                (**self).create_user(request).await
            }

            async fn confirm_user(&self, username: &Username) -> Result<()> {
                (**self).confirm_user(username).await
            }

            async fn set_password(&self, request: SetPasswordRequest) -> Result<()> {
                (**self).set_password(request).await
            }

            async fn update_user_attributes(
                &self,
                request: UpdateUserAttributesRequest,
            ) -> Result<()> {
                (**self).update_user_attributes(request).await
            }

            async fn enable_user(&self, username: &Username) -> Result<()> {
                (**self).enable_user(username).await
            }

            async fn disable_user(&self, username: &Username) -> Result<()> {
                (**self).disable_user(username).await
            }

            async fn delete_user(&self, username: &Username) -> Result<()> {
                (**self).delete_user(username).await
            }
        }
    };
}

delegate!(Arc);
delegate!(Box);
