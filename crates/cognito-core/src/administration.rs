//! What an operator may do with the users of a pool.

pub mod auth_events;
pub mod devices;
pub mod filter;
pub mod groups;
pub mod mfa;
pub mod page;
pub mod providers;
pub mod users;

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use self::auth_events::{AuthEventFeedbackRequest, AuthEventPage, ListAuthEventsRequest};
use self::devices::{ListUserDevicesRequest, UpdateUserDeviceStatusRequest, UserDeviceRequest};
use self::groups::{
    CreateGroupRequest, Group, GroupPage, ListGroupsForUserRequest, ListGroupsRequest,
    ListUsersInGroupRequest, MembershipRequest, UpdateGroupRequest,
};
use self::mfa::SetUserMfaPreferenceRequest;
use self::providers::{LinkProviderRequest, ProviderUser};
use self::users::{
    ConfirmUserRequest, CreateUserRequest, DeleteUserAttributesRequest, ListUsersRequest,
    ResetPasswordRequest, SetPasswordRequest, UpdateUserAttributesRequest, UserPage,
};
use crate::auth_factor::AuthFactors;
use crate::device::{Device, DevicePage};
use crate::error::Result;
use crate::id::{GroupName, Username};
use crate::replied_at::RepliedAt;
use crate::user::UserDetails;

/// The port for an operator. All of these calls are signed and need an IAM identity that may make
/// them; each operation names its action.
///
/// The facade's `disable`, `delete` and `sign_out_everywhere` call [`user`](Self::user) first, to
/// learn whose tokens they must refuse from then on, and its `link_provider` does so for the user
/// name; through it these four also need `cognito-idp:AdminGetUser`. Its `update` of a group calls
/// [`group`](Self::group) first, and needs `cognito-idp:GetGroup`.
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
    async fn confirm_user(&self, request: ConfirmUserRequest) -> Result<()>;

    /// Makes a user choose a new password with a code, which is sent
    /// (`cognito-idp:AdminResetUserPassword`).
    async fn reset_password(&self, request: ResetPasswordRequest) -> Result<()>;

    /// Sets a user's password (`cognito-idp:AdminSetUserPassword`).
    async fn set_password(&self, request: SetPasswordRequest) -> Result<()>;

    /// Sets attributes of a user (`cognito-idp:AdminUpdateUserAttributes`).
    async fn update_user_attributes(&self, request: UpdateUserAttributesRequest) -> Result<()>;

    /// Deletes attributes of a user (`cognito-idp:AdminDeleteUserAttributes`).
    async fn delete_user_attributes(&self, request: DeleteUserAttributesRequest) -> Result<()>;

    /// Turns second factors of a user on or off (`cognito-idp:AdminSetUserMFAPreference`). A factor
    /// that is not named stays as it is.
    async fn set_user_mfa_preference(&self, request: SetUserMfaPreferenceRequest) -> Result<()>;

    /// What a user can prove themselves with (`cognito-idp:AdminGetUserAuthFactors`).
    async fn user_auth_factors(&self, username: &Username) -> Result<AuthFactors>;

    /// A device of a user (`cognito-idp:AdminGetDevice`).
    async fn user_device(&self, request: UserDeviceRequest) -> Result<Device>;

    /// One page of the devices of a user (`cognito-idp:AdminListDevices`).
    async fn list_user_devices(&self, request: ListUserDevicesRequest) -> Result<DevicePage>;

    /// Says whether a device of a user is remembered (`cognito-idp:AdminUpdateDeviceStatus`).
    async fn update_user_device_status(&self, request: UpdateUserDeviceStatusRequest)
    -> Result<()>;

    /// Forgets a device of a user: it is no longer listed, and the refresh tokens that belong to it
    /// are dead (`cognito-idp:AdminForgetDevice`).
    async fn forget_user_device(&self, request: UserDeviceRequest) -> Result<()>;

    /// Lets a user sign in again (`cognito-idp:AdminEnableUser`).
    async fn enable_user(&self, username: &Username) -> Result<()>;

    /// Disables a user and revokes their tokens (`cognito-idp:AdminDisableUser`; through the facade
    /// `cognito-idp:AdminGetUser` too). Returns the time of the response.
    async fn disable_user(&self, username: &Username) -> Result<RepliedAt>;

    /// Signs a user out everywhere: Cognito accepts neither the refresh tokens nor, at its own API, the
    /// access tokens any more (`cognito-idp:AdminUserGlobalSignOut`; through the facade
    /// `cognito-idp:AdminGetUser` too). Returns the time of the response.
    async fn sign_out_user(&self, username: &Username) -> Result<RepliedAt>;

    /// Deletes a user (`cognito-idp:AdminDeleteUser`; through the facade `cognito-idp:AdminGetUser`
    /// too). It cannot be undone. Returns the time of the response.
    async fn delete_user(&self, username: &Username) -> Result<RepliedAt>;

    /// Creates a group (`cognito-idp:CreateGroup`).
    async fn create_group(&self, request: CreateGroupRequest) -> Result<Group>;

    /// A group by name (`cognito-idp:GetGroup`).
    async fn group(&self, name: &GroupName) -> Result<Group>;

    /// Changes a group (`cognito-idp:UpdateGroup`).
    async fn update_group(&self, request: UpdateGroupRequest) -> Result<Group>;

    /// Deletes a group; its members stay users (`cognito-idp:DeleteGroup`).
    async fn delete_group(&self, name: &GroupName) -> Result<()>;

    /// One page of groups (`cognito-idp:ListGroups`).
    async fn list_groups(&self, request: ListGroupsRequest) -> Result<GroupPage>;

    /// One page of the groups of a user (`cognito-idp:AdminListGroupsForUser`).
    async fn list_groups_for_user(&self, request: ListGroupsForUserRequest) -> Result<GroupPage>;

    /// One page of the users in a group (`cognito-idp:ListUsersInGroup`).
    async fn list_users_in_group(&self, request: ListUsersInGroupRequest) -> Result<UserPage>;

    /// Puts a user into a group (`cognito-idp:AdminAddUserToGroup`). Who is in it already stays.
    async fn add_user_to_group(&self, request: MembershipRequest) -> Result<()>;

    /// Takes a user out of a group (`cognito-idp:AdminRemoveUserFromGroup`).
    async fn remove_user_from_group(&self, request: MembershipRequest) -> Result<()>;

    /// Links a user to their account at an identity provider
    /// (`cognito-idp:AdminLinkProviderForUser`; through the facade `cognito-idp:AdminGetUser` too).
    async fn link_provider(&self, request: LinkProviderRequest) -> Result<()>;

    /// Undoes a link (`cognito-idp:AdminDisableProviderForUser`). Cognito finds the user by it.
    async fn unlink_provider(&self, provider_user: &ProviderUser) -> Result<()>;

    /// One page of a user's authentication events (`cognito-idp:AdminListUserAuthEvents`).
    async fn list_auth_events(&self, request: ListAuthEventsRequest) -> Result<AuthEventPage>;

    /// Says whether an authentication event is trusted
    /// (`cognito-idp:AdminUpdateAuthEventFeedback`).
    async fn auth_event_feedback(&self, request: AuthEventFeedbackRequest) -> Result<()>;
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

            async fn confirm_user(&self, request: ConfirmUserRequest) -> Result<()> {
                (**self).confirm_user(request).await
            }

            async fn reset_password(&self, request: ResetPasswordRequest) -> Result<()> {
                (**self).reset_password(request).await
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

            async fn delete_user_attributes(
                &self,
                request: DeleteUserAttributesRequest,
            ) -> Result<()> {
                (**self).delete_user_attributes(request).await
            }

            async fn set_user_mfa_preference(
                &self,
                request: SetUserMfaPreferenceRequest,
            ) -> Result<()> {
                (**self).set_user_mfa_preference(request).await
            }

            async fn user_auth_factors(&self, username: &Username) -> Result<AuthFactors> {
                (**self).user_auth_factors(username).await
            }

            async fn user_device(&self, request: UserDeviceRequest) -> Result<Device> {
                (**self).user_device(request).await
            }

            async fn list_user_devices(
                &self,
                request: ListUserDevicesRequest,
            ) -> Result<DevicePage> {
                (**self).list_user_devices(request).await
            }

            async fn update_user_device_status(
                &self,
                request: UpdateUserDeviceStatusRequest,
            ) -> Result<()> {
                (**self).update_user_device_status(request).await
            }

            async fn forget_user_device(&self, request: UserDeviceRequest) -> Result<()> {
                (**self).forget_user_device(request).await
            }

            async fn enable_user(&self, username: &Username) -> Result<()> {
                (**self).enable_user(username).await
            }

            async fn disable_user(&self, username: &Username) -> Result<RepliedAt> {
                (**self).disable_user(username).await
            }

            async fn sign_out_user(&self, username: &Username) -> Result<RepliedAt> {
                (**self).sign_out_user(username).await
            }

            async fn delete_user(&self, username: &Username) -> Result<RepliedAt> {
                (**self).delete_user(username).await
            }

            async fn create_group(&self, request: CreateGroupRequest) -> Result<Group> {
                (**self).create_group(request).await
            }

            async fn group(&self, name: &GroupName) -> Result<Group> {
                (**self).group(name).await
            }

            async fn update_group(&self, request: UpdateGroupRequest) -> Result<Group> {
                (**self).update_group(request).await
            }

            async fn delete_group(&self, name: &GroupName) -> Result<()> {
                (**self).delete_group(name).await
            }

            async fn list_groups(&self, request: ListGroupsRequest) -> Result<GroupPage> {
                (**self).list_groups(request).await
            }

            async fn list_groups_for_user(
                &self,
                request: ListGroupsForUserRequest,
            ) -> Result<GroupPage> {
                (**self).list_groups_for_user(request).await
            }

            async fn list_users_in_group(
                &self,
                request: ListUsersInGroupRequest,
            ) -> Result<UserPage> {
                (**self).list_users_in_group(request).await
            }

            async fn add_user_to_group(&self, request: MembershipRequest) -> Result<()> {
                (**self).add_user_to_group(request).await
            }

            async fn remove_user_from_group(&self, request: MembershipRequest) -> Result<()> {
                (**self).remove_user_from_group(request).await
            }

            async fn link_provider(&self, request: LinkProviderRequest) -> Result<()> {
                (**self).link_provider(request).await
            }

            async fn unlink_provider(&self, provider_user: &ProviderUser) -> Result<()> {
                (**self).unlink_provider(provider_user).await
            }

            async fn list_auth_events(
                &self,
                request: ListAuthEventsRequest,
            ) -> Result<AuthEventPage> {
                (**self).list_auth_events(request).await
            }

            async fn auth_event_feedback(&self, request: AuthEventFeedbackRequest) -> Result<()> {
                (**self).auth_event_feedback(request).await
            }
        }
    };
}

delegate!(Arc);
delegate!(Box);
