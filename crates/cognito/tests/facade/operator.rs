//! A mock of the operator's port.

use async_trait::async_trait;
use cognito::{
    Administration, AuthEventPage, AuthFactors, Device, DevicePage, Group, GroupName, GroupPage,
    RepliedAt, Result, UserDetails, UserPage, Username,
};
use cognito_core::administration::auth_events::{AuthEventFeedbackRequest, ListAuthEventsRequest};
use cognito_core::administration::devices::{
    ListUserDevicesRequest, UpdateUserDeviceStatusRequest, UserDeviceRequest,
};
use cognito_core::administration::groups::{
    CreateGroupRequest, ListGroupsForUserRequest, ListGroupsRequest, ListUsersInGroupRequest,
    MembershipRequest, UpdateGroupRequest,
};
use cognito_core::administration::mfa::SetUserMfaPreferenceRequest;
use cognito_core::administration::providers::{LinkProviderRequest, ProviderUser};
use cognito_core::administration::users::{
    ConfirmUserRequest, CreateUserRequest, DeleteUserAttributesRequest, ListUsersRequest,
    ResetPasswordRequest, SetPasswordRequest, UpdateUserAttributesRequest,
};
use mockall::mock;

mock! {
    #[derive(Debug)]
    pub Operator {}

    #[async_trait]
    impl Administration for Operator {
        async fn user(&self, username: &Username) -> Result<UserDetails>;
        async fn list_users(&self, request: ListUsersRequest) -> Result<UserPage>;
        async fn create_user(&self, request: CreateUserRequest) -> Result<UserDetails>;
        async fn confirm_user(&self, request: ConfirmUserRequest) -> Result<()>;
        async fn reset_password(&self, request: ResetPasswordRequest) -> Result<()>;
        async fn set_password(&self, request: SetPasswordRequest) -> Result<()>;
        async fn update_user_attributes(&self, request: UpdateUserAttributesRequest) -> Result<()>;
        async fn delete_user_attributes(&self, request: DeleteUserAttributesRequest) -> Result<()>;
        async fn set_user_mfa_preference(&self, request: SetUserMfaPreferenceRequest) -> Result<()>;
        async fn user_auth_factors(&self, username: &Username) -> Result<AuthFactors>;
        async fn user_device(&self, request: UserDeviceRequest) -> Result<Device>;
        async fn list_user_devices(&self, request: ListUserDevicesRequest) -> Result<DevicePage>;
        async fn update_user_device_status(&self, request: UpdateUserDeviceStatusRequest) -> Result<()>;
        async fn forget_user_device(&self, request: UserDeviceRequest) -> Result<()>;
        async fn enable_user(&self, username: &Username) -> Result<()>;
        async fn disable_user(&self, username: &Username) -> Result<RepliedAt>;
        async fn sign_out_user(&self, username: &Username) -> Result<RepliedAt>;
        async fn delete_user(&self, username: &Username) -> Result<RepliedAt>;
        async fn create_group(&self, request: CreateGroupRequest) -> Result<Group>;
        async fn group(&self, name: &GroupName) -> Result<Group>;
        async fn update_group(&self, request: UpdateGroupRequest) -> Result<Group>;
        async fn delete_group(&self, name: &GroupName) -> Result<()>;
        async fn list_groups(&self, request: ListGroupsRequest) -> Result<GroupPage>;
        async fn list_groups_for_user(&self, request: ListGroupsForUserRequest) -> Result<GroupPage>;
        async fn list_users_in_group(&self, request: ListUsersInGroupRequest) -> Result<UserPage>;
        async fn add_user_to_group(&self, request: MembershipRequest) -> Result<()>;
        async fn remove_user_from_group(&self, request: MembershipRequest) -> Result<()>;
        async fn link_provider(&self, request: LinkProviderRequest) -> Result<()>;
        async fn unlink_provider(&self, provider_user: &ProviderUser) -> Result<()>;
        async fn list_auth_events(&self, request: ListAuthEventsRequest) -> Result<AuthEventPage>;
        async fn auth_event_feedback(&self, request: AuthEventFeedbackRequest) -> Result<()>;
    }
}
