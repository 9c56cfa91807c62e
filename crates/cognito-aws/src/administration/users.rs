//! The operations `AdminGetUser`, `ListUsers`, `AdminCreateUser` and others on one user.

use aws_sdk_cognitoidentityprovider::types::{MessageActionType, UserStatusType, UserType};
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
    attributes, metadata, names, next_page, sdk_attributes, sdk_attributes_unless_empty, time,
};
use crate::error::{from_response, missing};
use crate::send::{send_dated, send_to_pool};

pub(crate) async fn user(aws: &AwsCognito, username: &Username) -> Result<UserDetails> {
    let output = send_to_pool!(aws, AdminGetUser.admin_get_user { username: username.as_str() })?;
    let mut user = UserDetails::new(
        from_response(Username::new(output.username))?,
        status(output.user_status.as_ref()),
    );
    user.enabled = output.enabled;
    user.created = time(output.user_create_date.as_ref());
    user.modified = time(output.user_last_modified_date.as_ref());
    user.attributes = attributes(output.user_attributes);
    Ok(user)
}

pub(crate) async fn list_users(aws: &AwsCognito, request: ListUsersRequest) -> Result<UserPage> {
    let filter = request.filter.as_ref().map(|filter| filter.as_str());
    let output = send_to_pool!(aws, ListUsers.list_users {
        limit: i32::from(request.page_size.as_u8()),
        set_pagination_token: request.page_token.map(String::from),
        set_filter: filter.transpose()?.map(str::to_owned),
    })?;
    page(output.users, output.pagination_token)
}

pub(super) fn page(users: Option<Vec<UserType>>, next_token: Option<String>) -> Result<UserPage> {
    let users = users.unwrap_or_default().into_iter();
    let users = users.map(details).collect::<Result<_>>()?;
    Ok(UserPage::new(users, next_page(next_token)?))
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

pub(crate) async fn confirm_user(aws: &AwsCognito, request: ConfirmUserRequest) -> Result<()> {
    send_to_pool!(aws, AdminConfirmSignUp.admin_confirm_sign_up {
        username: request.username,
        set_client_metadata: metadata(&request.client_metadata),
    })
    .map(drop)
}

pub(crate) async fn reset_password(aws: &AwsCognito, request: ResetPasswordRequest) -> Result<()> {
    // Not idempotent: each attempt sends a code and invalidates the previous one.
    send_to_pool!(aws, AdminResetUserPassword.admin_reset_user_password {
        username: request.username,
        set_client_metadata: metadata(&request.client_metadata),
    })
    .map(drop)
}

pub(crate) async fn set_password(aws: &AwsCognito, request: SetPasswordRequest) -> Result<()> {
    // Not idempotent: with a password history, a second attempt would be rejected because of the
    // first one.
    send_to_pool!(aws, AdminSetUserPassword.admin_set_user_password {
        username: request.username,
        password: request.password.expose(),
        permanent: request.permanent,
    })
    .map(drop)
}

pub(crate) async fn update_user_attributes(
    aws: &AwsCognito,
    request: UpdateUserAttributesRequest,
) -> Result<()> {
    send_to_pool!(aws, AdminUpdateUserAttributes.admin_update_user_attributes {
        username: request.username,
        set_user_attributes: Some(sdk_attributes(&request.attributes)?),
        set_client_metadata: metadata(&request.client_metadata),
    })
    .map(drop)
}

pub(crate) async fn delete_user_attributes(
    aws: &AwsCognito,
    request: DeleteUserAttributesRequest,
) -> Result<()> {
    // Not idempotent: AWS does not document its response for an attribute that is already deleted.
    send_to_pool!(aws, AdminDeleteUserAttributes.admin_delete_user_attributes {
        username: request.username,
        set_user_attribute_names: Some(names(&request.names)),
    })
    .map(drop)
}

pub(crate) async fn enable_user(aws: &AwsCognito, username: &Username) -> Result<()> {
    send_to_pool!(aws, AdminEnableUser.admin_enable_user { username: username.as_str() }).map(drop)
}

pub(crate) async fn disable_user(aws: &AwsCognito, username: &Username) -> Result<RepliedAt> {
    send_dated!(aws, AdminDisableUser.admin_disable_user {
        user_pool_id: aws.pool().user_pool_id.as_str(),
        username: username.as_str(),
    })
}

pub(crate) async fn sign_out_user(aws: &AwsCognito, username: &Username) -> Result<RepliedAt> {
    send_dated!(aws, AdminUserGlobalSignOut.admin_user_global_sign_out {
        user_pool_id: aws.pool().user_pool_id.as_str(),
        username: username.as_str(),
    })
}

pub(crate) async fn delete_user(aws: &AwsCognito, username: &Username) -> Result<RepliedAt> {
    send_dated!(aws, AdminDeleteUser.admin_delete_user {
        user_pool_id: aws.pool().user_pool_id.as_str(),
        username: username.as_str(),
    })
}

fn details(user: UserType) -> Result<UserDetails> {
    let name = user.username.ok_or_else(|| missing("user name"))?;
    let mut details = UserDetails::new(
        from_response(Username::new(name))?,
        status(user.user_status.as_ref()),
    );
    details.enabled = user.enabled;
    details.created = time(user.user_create_date.as_ref());
    details.modified = time(user.user_last_modified_date.as_ref());
    details.attributes = attributes(user.attributes);
    Ok(details)
}

fn status(status: Option<&UserStatusType>) -> UserStatus {
    UserStatus::from(status.map_or("UNKNOWN", UserStatusType::as_str))
}
