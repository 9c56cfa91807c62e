//! The port [`Administration`](cognito_core::ports::Administration), with the SDK. All calls are
//! signed.

mod auth_events;
mod devices;
mod groups;
mod mfa;
mod providers;
mod users;

use async_trait::async_trait;
use cognito_core::administration::auth_events::{
    AuthEventFeedbackRequest, AuthEventPage, ListAuthEventsRequest,
};
use cognito_core::administration::devices::{
    ListUserDevicesRequest, UpdateUserDeviceStatusRequest, UserDeviceRequest,
};
use cognito_core::administration::groups::{
    CreateGroupRequest, Group, GroupPage, ListGroupsForUserRequest, ListGroupsRequest,
    ListUsersInGroupRequest, MembershipRequest, UpdateGroupRequest,
};
use cognito_core::administration::mfa::SetUserMfaPreferenceRequest;
use cognito_core::administration::page::PageToken;
use cognito_core::administration::providers::{LinkProviderRequest, ProviderUser};
use cognito_core::administration::users::{
    ConfirmUserRequest, CreateUserRequest, DeleteUserAttributesRequest, ListUsersRequest,
    ResetPasswordRequest, SetPasswordRequest, UpdateUserAttributesRequest, UserPage,
};
use cognito_core::authentication::factor::AuthFactors;
use cognito_core::device::{Device, DevicePage};
use cognito_core::ports::{Administration, RepliedAt};
use cognito_core::user::UserDetails;
use cognito_core::{GroupName, Operation, Result, Username};

use crate::AwsCognito;
use crate::error::from_response;
use crate::quiet::Response;

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

    async fn confirm_user(&self, request: ConfirmUserRequest) -> Result<()> {
        users::confirm(self, request).await
    }

    async fn reset_password(&self, request: ResetPasswordRequest) -> Result<()> {
        users::reset_password(self, request).await
    }

    async fn set_password(&self, request: SetPasswordRequest) -> Result<()> {
        users::set_password(self, request).await
    }

    async fn update_user_attributes(&self, request: UpdateUserAttributesRequest) -> Result<()> {
        users::update_attributes(self, request).await
    }

    async fn delete_user_attributes(&self, request: DeleteUserAttributesRequest) -> Result<()> {
        users::delete_attributes(self, request).await
    }

    async fn set_user_mfa_preference(&self, request: SetUserMfaPreferenceRequest) -> Result<()> {
        mfa::set_preference(self, request).await
    }

    async fn delete_user_totp(&self, username: &Username) -> Result<()> {
        self.client(Operation::AdminDeleteSoftwareToken)
            .admin_delete_software_token()
            .user_pool_id(self.pool().user_pool_id.as_str())
            .username(username.as_str())
            .send()
            .response()
            .await?;
        Ok(())
    }

    async fn user_auth_factors(&self, username: &Username) -> Result<AuthFactors> {
        mfa::auth_factors(self, username).await
    }

    async fn user_device(&self, request: UserDeviceRequest) -> Result<Device> {
        devices::device(self, request).await
    }

    async fn list_user_devices(&self, request: ListUserDevicesRequest) -> Result<DevicePage> {
        devices::list(self, request).await
    }

    async fn update_user_device_status(
        &self,
        request: UpdateUserDeviceStatusRequest,
    ) -> Result<()> {
        devices::update_status(self, request).await
    }

    async fn forget_user_device(&self, request: UserDeviceRequest) -> Result<()> {
        devices::forget(self, request).await
    }

    async fn enable_user(&self, username: &Username) -> Result<()> {
        users::enable(self, username).await.map(drop)
    }

    async fn disable_user(&self, username: &Username) -> Result<RepliedAt> {
        users::disable(self, username).await
    }

    async fn sign_out_user(&self, username: &Username) -> Result<RepliedAt> {
        users::sign_out(self, username).await
    }

    async fn delete_user(&self, username: &Username) -> Result<RepliedAt> {
        users::delete(self, username).await
    }

    async fn create_group(&self, request: CreateGroupRequest) -> Result<Group> {
        groups::create(self, request).await
    }

    async fn group(&self, name: &GroupName) -> Result<Group> {
        groups::group(self, name).await
    }

    async fn update_group(&self, request: UpdateGroupRequest) -> Result<Group> {
        groups::update(self, request).await
    }

    async fn delete_group(&self, name: &GroupName) -> Result<()> {
        groups::delete(self, name).await
    }

    async fn list_groups(&self, request: ListGroupsRequest) -> Result<GroupPage> {
        groups::list(self, request).await
    }

    async fn list_groups_for_user(&self, request: ListGroupsForUserRequest) -> Result<GroupPage> {
        groups::list_for_user(self, request).await
    }

    async fn list_users_in_group(&self, request: ListUsersInGroupRequest) -> Result<UserPage> {
        groups::list_users(self, request).await
    }

    async fn add_user_to_group(&self, request: MembershipRequest) -> Result<()> {
        groups::add_user(self, request).await
    }

    async fn remove_user_from_group(&self, request: MembershipRequest) -> Result<()> {
        groups::remove_user(self, request).await
    }

    async fn link_provider(&self, request: LinkProviderRequest) -> Result<()> {
        providers::link(self, request).await
    }

    async fn unlink_provider(&self, provider_user: &ProviderUser) -> Result<()> {
        providers::unlink(self, provider_user).await
    }

    async fn list_auth_events(&self, request: ListAuthEventsRequest) -> Result<AuthEventPage> {
        auth_events::list(self, request).await
    }

    async fn auth_event_feedback(&self, request: AuthEventFeedbackRequest) -> Result<()> {
        auth_events::feedback(self, request).await
    }
}

/// Returns the token of the next page of a list.
fn next_page(token: Option<String>) -> Result<Option<PageToken>> {
    from_response(token.map(PageToken::new).transpose())
}
