//! The operations on groups and their members.

use aws_sdk_cognitoidentityprovider::types::GroupType;
use cognito_core::administration::groups::{
    Group, GroupPage, GroupRequest, ListGroupsForUserRequest, ListGroupsRequest,
    ListUsersInGroupRequest, MembershipRequest, Precedence,
};
use cognito_core::administration::users::UserPage;
use cognito_core::id::{GroupDescription, RoleArn};
use cognito_core::{GroupName, Result};

use super::users;
use crate::AwsCognito;
use crate::attributes::{next_page, time};
use crate::error::{from_response, missing};
use crate::send::send_to_pool;

pub(crate) async fn create_group(aws: &AwsCognito, request: GroupRequest) -> Result<Group> {
    // Not idempotent: after a lost response, a second attempt would find the group of the first
    // one.
    let output = send_to_pool!(aws, CreateGroup.create_group {
        group_name: request.name,
        set_description: request.description.map(String::from),
        set_precedence: request.precedence.map(Precedence::as_i32),
        set_role_arn: request.role_arn.map(String::from),
    })?;
    required(output.group)
}

pub(crate) async fn group(aws: &AwsCognito, name: &GroupName) -> Result<Group> {
    let output = send_to_pool!(aws, GetGroup.get_group { group_name: name.as_str() })?;
    required(output.group)
}

pub(crate) async fn update_group(aws: &AwsCognito, request: GroupRequest) -> Result<Group> {
    let output = send_to_pool!(aws, UpdateGroup.update_group {
        group_name: request.name,
        set_description: request.description.map(String::from),
        set_precedence: request.precedence.map(Precedence::as_i32),
        set_role_arn: request.role_arn.map(String::from),
    })?;
    required(output.group)
}

pub(crate) async fn delete_group(aws: &AwsCognito, name: &GroupName) -> Result<()> {
    send_to_pool!(aws, DeleteGroup.delete_group { group_name: name.as_str() }).map(drop)
}

pub(crate) async fn list_groups(aws: &AwsCognito, request: ListGroupsRequest) -> Result<GroupPage> {
    let output = send_to_pool!(aws, ListGroups.list_groups {
        limit: i32::from(request.page_size.as_u8()),
        set_next_token: request.page_token.map(String::from),
    })?;
    page(output.groups, output.next_token)
}

pub(crate) async fn list_groups_for_user(
    aws: &AwsCognito,
    request: ListGroupsForUserRequest,
) -> Result<GroupPage> {
    let output = send_to_pool!(aws, AdminListGroupsForUser.admin_list_groups_for_user {
        username: request.username,
        limit: i32::from(request.page_size.as_u8()),
        set_next_token: request.page_token.map(String::from),
    })?;
    page(output.groups, output.next_token)
}

pub(crate) async fn list_users_in_group(
    aws: &AwsCognito,
    request: ListUsersInGroupRequest,
) -> Result<UserPage> {
    let output = send_to_pool!(aws, ListUsersInGroup.list_users_in_group {
        group_name: request.group,
        limit: i32::from(request.page_size.as_u8()),
        set_next_token: request.page_token.map(String::from),
    })?;
    users::page(output.users, output.next_token)
}

pub(crate) async fn add_user_to_group(aws: &AwsCognito, request: MembershipRequest) -> Result<()> {
    send_to_pool!(aws, AdminAddUserToGroup.admin_add_user_to_group {
        group_name: request.group,
        username: request.username,
    })
    .map(drop)
}

pub(crate) async fn remove_user_from_group(
    aws: &AwsCognito,
    request: MembershipRequest,
) -> Result<()> {
    send_to_pool!(aws, AdminRemoveUserFromGroup.admin_remove_user_from_group {
        group_name: request.group,
        username: request.username,
    })
    .map(drop)
}

fn required(group: Option<GroupType>) -> Result<Group> {
    details(group.ok_or_else(|| missing("group"))?)
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
