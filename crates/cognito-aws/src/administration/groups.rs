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
use crate::attributes::{page, time};
use crate::error::{from_response, missing};
use crate::send::operations;

operations! {
    // Not idempotent: after a lost response, a retry would fail because the group already exists.
    fn create_group(request: GroupRequest) -> Group = send_to_pool!(
        CreateGroup.create_group {
            group_name: request.name,
            set_description: request.description.map(String::from),
            set_precedence: request.precedence.map(Precedence::as_i32),
            set_role_arn: request.role_arn.map(String::from),
        }
    ) => |output| required(output.group);

    fn group(name: &GroupName) -> Group = send_to_pool!(
        GetGroup.get_group { group_name: name.as_str() }
    ) => |output| required(output.group);

    fn update_group(request: GroupRequest) -> Group = send_to_pool!(
        UpdateGroup.update_group {
            group_name: request.name,
            set_description: request.description.map(String::from),
            set_precedence: request.precedence.map(Precedence::as_i32),
            set_role_arn: request.role_arn.map(String::from),
        }
    ) => |output| required(output.group);

    fn delete_group(name: &GroupName) = send_to_pool!(
        DeleteGroup.delete_group { group_name: name.as_str() }
    );

    fn list_groups(request: ListGroupsRequest) -> GroupPage = send_to_pool!(
        ListGroups.list_groups { ..page(request, limit, set_next_token) }
    ) => |output| page(output.groups, details, output.next_token, GroupPage::new);

    fn list_groups_for_user(request: ListGroupsForUserRequest) -> GroupPage = send_to_pool!(
        AdminListGroupsForUser.admin_list_groups_for_user {
            username: request.username,
            ..page(request, limit, set_next_token)
        }
    ) => |output| page(output.groups, details, output.next_token, GroupPage::new);

    fn list_users_in_group(request: ListUsersInGroupRequest) -> UserPage = send_to_pool!(
        ListUsersInGroup.list_users_in_group {
            group_name: request.group,
            ..page(request, limit, set_next_token)
        }
    ) => |output| users::page(output.users, output.next_token);

    fn add_user_to_group(request: MembershipRequest) = send_to_pool!(
        AdminAddUserToGroup.admin_add_user_to_group {
            group_name: request.group,
            username: request.username,
        }
    );

    fn remove_user_from_group(request: MembershipRequest) = send_to_pool!(
        AdminRemoveUserFromGroup.admin_remove_user_from_group {
            group_name: request.group,
            username: request.username,
        }
    );
}

/// Converts the group in a response. Fails if the response has no group.
fn required(group: Option<GroupType>) -> Result<Group> {
    details(group.ok_or_else(|| missing("group"))?)
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
