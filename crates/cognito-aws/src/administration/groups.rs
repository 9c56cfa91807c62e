//! Groups and their members.

use aws_sdk_cognitoidentityprovider::types::GroupType;
use cognito_core::administration::groups::{
    CreateGroupRequest, Group, GroupPage, ListGroupsForUserRequest, ListGroupsRequest,
    ListUsersInGroupRequest, MembershipRequest, Precedence, UpdateGroupRequest,
};
use cognito_core::administration::users::UserPage;
use cognito_core::id::{GroupDescription, RoleArn};
use cognito_core::{GroupName, Operation, Result};

use crate::AwsCognito;
use crate::administration::{next_page, users};
use crate::attributes::time;
use crate::error::{from_response, missing};
use crate::quiet::Response;

pub(super) async fn create(aws: &AwsCognito, request: CreateGroupRequest) -> Result<Group> {
    // Not idempotent: after a lost response, a second attempt would find the group of the first
    // one.
    let output = aws
        .client(Operation::CreateGroup)
        .create_group()
        .user_pool_id(aws.pool().user_pool_id.as_str())
        .group_name(request.name)
        .set_description(request.description.map(String::from))
        .set_precedence(request.precedence.map(Precedence::as_i32))
        .set_role_arn(request.role_arn.map(String::from))
        .send()
        .response()
        .await
        .map_err(|error| error.with_operation(Operation::CreateGroup))?;
    details(output.group.ok_or_else(|| missing("group"))?)
}

pub(super) async fn group(aws: &AwsCognito, name: &GroupName) -> Result<Group> {
    let output = aws
        .client(Operation::GetGroup)
        .get_group()
        .user_pool_id(aws.pool().user_pool_id.as_str())
        .group_name(name.as_str())
        .send()
        .response()
        .await?;
    details(output.group.ok_or_else(|| missing("group"))?)
}

pub(super) async fn update(aws: &AwsCognito, request: UpdateGroupRequest) -> Result<Group> {
    let output = aws
        .client(Operation::UpdateGroup)
        .update_group()
        .user_pool_id(aws.pool().user_pool_id.as_str())
        .group_name(request.name)
        .set_description(request.description.map(String::from))
        .set_precedence(request.precedence.map(Precedence::as_i32))
        .set_role_arn(request.role_arn.map(String::from))
        .send()
        .response()
        .await?;
    details(output.group.ok_or_else(|| missing("group"))?)
}

pub(super) async fn delete(aws: &AwsCognito, name: &GroupName) -> Result<()> {
    aws.client(Operation::DeleteGroup)
        .delete_group()
        .user_pool_id(aws.pool().user_pool_id.as_str())
        .group_name(name.as_str())
        .send()
        .response()
        .await?;
    Ok(())
}

pub(super) async fn list(aws: &AwsCognito, request: ListGroupsRequest) -> Result<GroupPage> {
    let output = aws
        .client(Operation::ListGroups)
        .list_groups()
        .user_pool_id(aws.pool().user_pool_id.as_str())
        .limit(i32::from(request.page_size.as_u8()))
        .set_next_token(request.page_token.map(String::from))
        .send()
        .response()
        .await?;
    page(output.groups, output.next_token)
}

pub(super) async fn list_for_user(
    aws: &AwsCognito,
    request: ListGroupsForUserRequest,
) -> Result<GroupPage> {
    let output = aws
        .client(Operation::AdminListGroupsForUser)
        .admin_list_groups_for_user()
        .user_pool_id(aws.pool().user_pool_id.as_str())
        .username(request.username)
        .limit(i32::from(request.page_size.as_u8()))
        .set_next_token(request.page_token.map(String::from))
        .send()
        .response()
        .await?;
    page(output.groups, output.next_token)
}

pub(super) async fn list_users(
    aws: &AwsCognito,
    request: ListUsersInGroupRequest,
) -> Result<UserPage> {
    let output = aws
        .client(Operation::ListUsersInGroup)
        .list_users_in_group()
        .user_pool_id(aws.pool().user_pool_id.as_str())
        .group_name(request.group)
        .limit(i32::from(request.page_size.as_u8()))
        .set_next_token(request.page_token.map(String::from))
        .send()
        .response()
        .await?;
    let users = output.users.unwrap_or_default().into_iter();
    let users = users.map(users::details).collect::<Result<_>>()?;
    Ok(UserPage::new(users, next_page(output.next_token)?))
}

pub(super) async fn add_user(aws: &AwsCognito, request: MembershipRequest) -> Result<()> {
    aws.client(Operation::AdminAddUserToGroup)
        .admin_add_user_to_group()
        .user_pool_id(aws.pool().user_pool_id.as_str())
        .group_name(request.group)
        .username(request.username)
        .send()
        .response()
        .await
        .map_err(|error| error.with_operation(Operation::AdminAddUserToGroup))?;
    Ok(())
}

pub(super) async fn remove_user(aws: &AwsCognito, request: MembershipRequest) -> Result<()> {
    aws.client(Operation::AdminRemoveUserFromGroup)
        .admin_remove_user_from_group()
        .user_pool_id(aws.pool().user_pool_id.as_str())
        .group_name(request.group)
        .username(request.username)
        .send()
        .response()
        .await?;
    Ok(())
}

fn page(groups: Option<Vec<GroupType>>, next_token: Option<String>) -> Result<GroupPage> {
    let groups = groups.unwrap_or_default().into_iter();
    let groups = groups.map(details).collect::<Result<_>>()?;
    Ok(GroupPage::new(groups, next_page(next_token)?))
}

fn details(group: GroupType) -> Result<Group> {
    let name = group.group_name.ok_or_else(|| missing("group name"))?;
    let mut details = Group::new(from_response(GroupName::new(name))?);
    // Emulators return an unset value as an empty string, AWS leaves it out.
    let set = |text: Option<String>| text.filter(|text| !text.is_empty());
    let description = set(group.description).map(GroupDescription::new);
    details.description = from_response(description.transpose())?;
    let precedence = group
        .precedence
        .and_then(|number| u32::try_from(number).ok());
    details.precedence = from_response(precedence.map(Precedence::new).transpose())?;
    details.role_arn = from_response(set(group.role_arn).map(RoleArn::new).transpose())?;
    details.created = time(group.creation_date.as_ref());
    details.modified = time(group.last_modified_date.as_ref());
    Ok(details)
}
