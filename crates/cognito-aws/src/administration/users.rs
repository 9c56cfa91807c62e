//! `AdminGetUser`, `ListUsers`, `AdminCreateUser` and the other operations on one user.

use aws_sdk_cognitoidentityprovider::types::{MessageActionType, UserStatusType, UserType};
use cognito_core::administration::users::{
    ConfirmUserRequest, CreateUserRequest, DeleteUserAttributesRequest, Invitation,
    ListUsersRequest, ResetPasswordRequest, SetPasswordRequest, UpdateUserAttributesRequest,
    UserPage,
};
use cognito_core::ports::RepliedAt;
use cognito_core::user::{UserDetails, UserStatus};
use cognito_core::{AttributeName, Operation, Result, Username};

use crate::AwsCognito;
use crate::administration::next_page;
use crate::attributes::{from_sdk as attributes, metadata, time, to_sdk, to_sdk_unless_empty};
use crate::error::{from_response, missing};
use crate::quiet::Response;
use crate::server_date::ServerDate;

pub(super) async fn user(aws: &AwsCognito, username: &Username) -> Result<UserDetails> {
    let output = aws
        .client(Operation::AdminGetUser)
        .admin_get_user()
        .user_pool_id(aws.pool().user_pool_id.as_str())
        .username(username.as_str())
        .send()
        .response()
        .await?;
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

pub(super) async fn list(aws: &AwsCognito, request: ListUsersRequest) -> Result<UserPage> {
    let filter = request.filter.as_ref().map(|filter| filter.as_str());
    let token = request.page_token.as_ref();
    let output = aws
        .client(Operation::ListUsers)
        .list_users()
        .user_pool_id(aws.pool().user_pool_id.as_str())
        .limit(i32::from(request.page_size.as_u8()))
        .set_pagination_token(token.map(|token| token.as_str().to_owned()))
        .set_filter(filter.transpose()?.map(str::to_owned))
        .send()
        .response()
        .await?;
    let users = output.users.unwrap_or_default();
    let users = users.into_iter().map(details).collect::<Result<_>>()?;
    Ok(UserPage::new(users, next_page(output.pagination_token)?))
}

pub(super) async fn create(aws: &AwsCognito, request: CreateUserRequest) -> Result<UserDetails> {
    let password = request.temporary_password.as_ref();
    let action = match request.invitation {
        Invitation::Resend => Some(MessageActionType::Resend),
        Invitation::Suppress => Some(MessageActionType::Suppress),
        _ => None,
    };
    let output = aws
        .client(Operation::AdminCreateUser)
        .admin_create_user()
        .user_pool_id(aws.pool().user_pool_id.as_str())
        .username(request.username.as_str())
        .set_temporary_password(password.map(|password| password.expose().to_owned()))
        .set_user_attributes(to_sdk_unless_empty(&request.attributes)?)
        .set_message_action(action)
        .set_client_metadata(metadata(&request.client_metadata))
        .send()
        .response()
        .await?;
    details(output.user.ok_or_else(|| missing("user"))?)
}

pub(super) async fn confirm(aws: &AwsCognito, request: ConfirmUserRequest) -> Result<()> {
    aws.client(Operation::AdminConfirmSignUp)
        .admin_confirm_sign_up()
        .user_pool_id(aws.pool().user_pool_id.as_str())
        .username(request.username.as_str())
        .set_client_metadata(metadata(&request.client_metadata))
        .send()
        .response()
        .await?;
    Ok(())
}

pub(super) async fn reset_password(aws: &AwsCognito, request: ResetPasswordRequest) -> Result<()> {
    // Not idempotent: each attempt sends a code and invalidates the previous one.
    aws.client(Operation::AdminResetUserPassword)
        .admin_reset_user_password()
        .user_pool_id(aws.pool().user_pool_id.as_str())
        .username(request.username.as_str())
        .set_client_metadata(metadata(&request.client_metadata))
        .send()
        .response()
        .await?;
    Ok(())
}

pub(super) async fn set_password(aws: &AwsCognito, request: SetPasswordRequest) -> Result<()> {
    // Not idempotent: with a password history, a second attempt would be rejected because of the
    // first one.
    aws.client(Operation::AdminSetUserPassword)
        .admin_set_user_password()
        .user_pool_id(aws.pool().user_pool_id.as_str())
        .username(request.username.as_str())
        .password(request.password.expose())
        .permanent(request.permanent)
        .send()
        .response()
        .await?;
    Ok(())
}

pub(super) async fn update_attributes(
    aws: &AwsCognito,
    request: UpdateUserAttributesRequest,
) -> Result<()> {
    aws.client(Operation::AdminUpdateUserAttributes)
        .admin_update_user_attributes()
        .user_pool_id(aws.pool().user_pool_id.as_str())
        .username(request.username.as_str())
        .set_user_attributes(Some(to_sdk(&request.attributes)?))
        .set_client_metadata(metadata(&request.client_metadata))
        .send()
        .response()
        .await?;
    Ok(())
}

pub(super) async fn delete_attributes(
    aws: &AwsCognito,
    request: DeleteUserAttributesRequest,
) -> Result<()> {
    let names = request.names.iter().map(AttributeName::as_str);
    // Not idempotent: AWS does not document its response for an attribute that is already deleted.
    aws.client(Operation::AdminDeleteUserAttributes)
        .admin_delete_user_attributes()
        .user_pool_id(aws.pool().user_pool_id.as_str())
        .username(request.username.as_str())
        .set_user_attribute_names(Some(names.map(str::to_owned).collect()))
        .send()
        .response()
        .await?;
    Ok(())
}

/// Implements operations that have a pool and a user in the request, and nothing in the response.
macro_rules! on_user {
    ($($function:ident => $operation:ident.$method:ident)*) => {$(
        pub(super) async fn $function(aws: &AwsCognito, username: &Username) -> Result<RepliedAt> {
            let date = ServerDate::default();
            aws.client(Operation::$operation)
                .$method()
                .user_pool_id(aws.pool().user_pool_id.as_str())
                .username(username.as_str())
                .customize()
                .interceptor(date.clone())
                .send()
                .response()
                .await?;
            Ok(date.replied_at())
        }
    )*};
}

on_user! {
    delete => AdminDeleteUser.admin_delete_user
    disable => AdminDisableUser.admin_disable_user
    enable => AdminEnableUser.admin_enable_user
    sign_out => AdminUserGlobalSignOut.admin_user_global_sign_out
}

pub(super) fn details(user: UserType) -> Result<UserDetails> {
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
