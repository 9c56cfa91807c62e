//! The operations on users, such as `AdminGetUser`, `ListUsers` and `AdminCreateUser`.

use aws_sdk_cognitoidentityprovider::types::{
    AttributeType, MessageActionType, UserStatusType, UserType,
};
use aws_smithy_types::DateTime;
use cognito_core::administration::users::{
    ConfirmUserRequest, CreateUserRequest, DeleteUserAttributesRequest, Invitation,
    ListUsersRequest, ResetPasswordRequest, SetPasswordRequest, UpdateUserAttributesRequest,
    UserPage,
};
use cognito_core::ports::RepliedAt;
use cognito_core::user::{UserDetails, UserStatus};
use cognito_core::{Result, Username};

use crate::AwsCognito;
use crate::attributes::{
    self, attributes, metadata, names, sdk_attributes, sdk_attributes_unless_empty, time,
};
use crate::error::{from_response, missing};
use crate::send::{operations, send_to_pool};

operations! {
    fn user(username: &Username) -> UserDetails = send_to_pool!(
        AdminGetUser.admin_get_user { username: username.as_str() }
    ) => |output| user_details(
        output.username,
        output.user_status.as_ref(),
        output.enabled,
        [output.user_create_date, output.user_last_modified_date],
        output.user_attributes,
    );

    fn confirm_user(request: ConfirmUserRequest) = send_to_pool!(
        AdminConfirmSignUp.admin_confirm_sign_up {
            username: request.username,
            set_client_metadata: metadata(&request.client_metadata),
        }
    );

    // Not idempotent: each attempt sends a code and invalidates the previous one.
    fn reset_password(request: ResetPasswordRequest) = send_to_pool!(
        AdminResetUserPassword.admin_reset_user_password {
            username: request.username,
            set_client_metadata: metadata(&request.client_metadata),
        }
    );

    // Not idempotent: if the pool has a password history, a retry is rejected because of the first
    // attempt.
    fn set_password(request: SetPasswordRequest) = send_to_pool!(
        AdminSetUserPassword.admin_set_user_password {
            username: request.username,
            password: request.password.expose(),
            permanent: request.permanent,
        }
    );

    fn update_user_attributes(request: UpdateUserAttributesRequest) = send_to_pool!(
        AdminUpdateUserAttributes.admin_update_user_attributes {
            username: request.username,
            set_user_attributes: Some(sdk_attributes(&request.attributes)?),
            set_client_metadata: metadata(&request.client_metadata),
        }
    );

    // Not idempotent: AWS does not document its response for an attribute that is already deleted.
    fn delete_user_attributes(request: DeleteUserAttributesRequest) = send_to_pool!(
        AdminDeleteUserAttributes.admin_delete_user_attributes {
            username: request.username,
            set_user_attribute_names: Some(names(&request.names)),
        }
    );

    fn enable_user(username: &Username) = send_to_pool!(
        AdminEnableUser.admin_enable_user { username: username.as_str() }
    );

    fn disable_user(username: &Username) -> RepliedAt = send_dated_to_pool!(
        AdminDisableUser.admin_disable_user { username: username.as_str() }
    );

    fn sign_out_user(username: &Username) -> RepliedAt = send_dated_to_pool!(
        AdminUserGlobalSignOut.admin_user_global_sign_out { username: username.as_str() }
    );

    fn delete_user(username: &Username) -> RepliedAt = send_dated_to_pool!(
        AdminDeleteUser.admin_delete_user { username: username.as_str() }
    );
}

pub(crate) async fn list_users(aws: &AwsCognito, request: ListUsersRequest) -> Result<UserPage> {
    let filter = request.filter.as_ref().map(|filter| filter.as_str());
    let output = send_to_pool!(aws, ListUsers.list_users {
        set_filter: filter.transpose()?.map(str::to_owned),
        ..page(request, limit, set_pagination_token)
    })?;
    page(output.users, output.pagination_token)
}

pub(crate) async fn create_user(
    aws: &AwsCognito,
    request: CreateUserRequest,
) -> Result<UserDetails> {
    let password = request.temporary_password.as_ref();
    let action = match request.invitation {
        Invitation::Resend => Some(MessageActionType::Resend),
        Invitation::Suppress => Some(MessageActionType::Suppress),
        _ => None,
    };
    let output = send_to_pool!(aws, AdminCreateUser.admin_create_user {
        username: request.username,
        set_temporary_password: password.map(|password| password.expose().to_owned()),
        set_user_attributes: sdk_attributes_unless_empty(&request.attributes)?,
        set_message_action: action,
        set_client_metadata: metadata(&request.client_metadata),
    })?;
    details(output.user.ok_or_else(|| missing("user"))?)
}

/// Creates one page of a list of users from the users and the page token in a response.
pub(super) fn page(users: Option<Vec<UserType>>, next_token: Option<String>) -> Result<UserPage> {
    attributes::page(users, details, next_token, UserPage::new)
}

fn details(user: UserType) -> Result<UserDetails> {
    let name = user.username.ok_or_else(|| missing("user name"))?;
    let times = [user.user_create_date, user.user_last_modified_date];
    let status = user.user_status.as_ref();
    user_details(name, status, user.enabled, times, user.attributes)
}

/// Creates the details of a user from the values in a response. `created` and `modified` are the
/// times at which the user was created and last changed. `list` contains the attributes.
fn user_details(
    username: String,
    status: Option<&UserStatusType>,
    enabled: bool,
    [created, modified]: [Option<DateTime>; 2],
    list: Option<Vec<AttributeType>>,
) -> Result<UserDetails> {
    let status = status.map_or("UNKNOWN", UserStatusType::as_str);
    let username = from_response(Username::new(username))?;
    let mut details = UserDetails::new(username, UserStatus::from(status));
    details.enabled = enabled;
    details.created = time(created.as_ref());
    details.modified = time(modified.as_ref());
    details.attributes = attributes(list);
    Ok(details)
}
