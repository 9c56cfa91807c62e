//! The port for an operator, over the SDK. All of these calls are signed.

mod users;

use async_trait::async_trait;
use cognito_core::administration::users::{
    CreateUserRequest, ListUsersRequest, SetPasswordRequest, UpdateUserAttributesRequest, UserPage,
};
use cognito_core::{Administration, Result, UserDetails, Username};

use crate::AwsCognito;

#[async_trait]
impl Administration for AwsCognito {
    async fn user(&self, username: &Username) -> Result<UserDetails> {
        users::user(self, username).await
    }

    async fn list_users(&self, request: ListUsersRequest) -> Result<UserPage> {
        users::list(self, request).await
    }

    async fn create_user(&self, request: CreateUserRequest) -> Result<UserDetails> {
        users::create(self, request).await
    }

    async fn confirm_user(&self, username: &Username) -> Result<()> {
        users::confirm(self, username).await
    }

    async fn set_password(&self, request: SetPasswordRequest) -> Result<()> {
        users::set_password(self, request).await
    }

    async fn update_user_attributes(&self, request: UpdateUserAttributesRequest) -> Result<()> {
        users::update_attributes(self, request).await
    }

    async fn enable_user(&self, username: &Username) -> Result<()> {
        users::enable(self, username).await
    }

    async fn disable_user(&self, username: &Username) -> Result<()> {
        users::disable(self, username).await
    }

    async fn delete_user(&self, username: &Username) -> Result<()> {
        users::delete(self, username).await
    }
}
