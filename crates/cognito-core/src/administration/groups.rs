//! Groups of users.

use std::time::SystemTime;

use derive_new::new;
use serde::Serialize;

use crate::administration::page::{PageSize, PageToken};
use crate::id::{GroupDescription, GroupName, RoleArn, Username};
use crate::input::InvalidInput;
use crate::user::moment;

/// The precedence of a group. If a user is in several groups, the group with the lowest number
/// determines the role in the tokens. Groups without a precedence come last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Precedence(i32);

impl Precedence {
    /// Creates a precedence. 0 is the highest precedence.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if the number is more than 2,147,483,647 (`CreateGroup`, "Precedence").
    pub fn new(precedence: u32) -> Result<Self, InvalidInput> {
        let number = i32::try_from(precedence).map(Self);
        number.map_err(|_| InvalidInput::new("precedence", "must be 0 to 2147483647"))
    }

    /// Returns the number, which is not negative.
    pub const fn as_i32(self) -> i32 {
        self.0
    }
}

/// A group of users.
#[derive(Clone, Debug, Serialize, new)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Group {
    /// The name, as in the claim `cognito:groups`.
    pub name: GroupName,
    /// The description.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[new(default)]
    pub description: Option<GroupDescription>,
    /// The precedence among the groups of a user.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[new(default)]
    pub precedence: Option<Precedence>,
    /// The IAM role of the group's members, for an identity pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[new(default)]
    pub role_arn: Option<RoleArn>,
    /// The time of creation.
    #[serde(serialize_with = "moment")]
    #[new(default)]
    pub created: Option<SystemTime>,
    /// The time of the last change.
    #[serde(serialize_with = "moment")]
    #[new(default)]
    pub modified: Option<SystemTime>,
}

/// A request to create a group (`CreateGroup`).
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct CreateGroupRequest {
    /// The name.
    pub name: GroupName,
    /// The description.
    #[new(default)]
    pub description: Option<GroupDescription>,
    /// The precedence among the groups of a user.
    #[new(default)]
    pub precedence: Option<Precedence>,
    /// The IAM role of the group's members.
    #[new(default)]
    pub role_arn: Option<RoleArn>,
}

/// A request to change a group (`UpdateGroup`).
///
/// AWS does not document the effect of a field that is `None`; an earlier API reference stated that
/// it is set to its default. Therefore set all fields that should have a value afterwards.
/// [`keeping`](Self::keeping) starts with the group's current values.
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct UpdateGroupRequest {
    /// The group.
    pub name: GroupName,
    /// The new description. An empty string clears it.
    #[new(default)]
    pub description: Option<GroupDescription>,
    /// The new precedence among the groups of a user.
    #[new(default)]
    pub precedence: Option<Precedence>,
    /// The new IAM role of the group's members.
    #[new(default)]
    pub role_arn: Option<RoleArn>,
}

impl UpdateGroupRequest {
    /// Creates a request with all current values of the group. Change the fields that should
    /// differ.
    pub fn keeping(group: Group) -> Self {
        Self {
            name: group.name,
            description: group.description,
            precedence: group.precedence,
            role_arn: group.role_arn,
        }
    }
}

/// A request to add a user to a group or to remove the user (`AdminAddUserToGroup`,
/// `AdminRemoveUserFromGroup`).
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct MembershipRequest {
    /// The group.
    pub group: GroupName,
    /// The user.
    pub username: Username,
}

/// A request for a page of groups (`ListGroups`).
#[derive(Clone, Debug, Default, new)]
#[non_exhaustive]
pub struct ListGroupsRequest {
    /// The maximum number of entries on the page.
    #[new(default)]
    pub page_size: PageSize,
    /// The token of the page, or `None` for the first page.
    #[new(default)]
    pub page_token: Option<PageToken>,
}

/// A request for a page of a user's groups (`AdminListGroupsForUser`).
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct ListGroupsForUserRequest {
    /// The user.
    pub username: Username,
    /// The maximum number of entries on the page.
    #[new(default)]
    pub page_size: PageSize,
    /// The token of the page, or `None` for the first page.
    #[new(default)]
    pub page_token: Option<PageToken>,
}

/// A request for a page of the users in a group (`ListUsersInGroup`).
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct ListUsersInGroupRequest {
    /// The group.
    pub group: GroupName,
    /// The maximum number of entries on the page.
    #[new(default)]
    pub page_size: PageSize,
    /// The token of the page, or `None` for the first page.
    #[new(default)]
    pub page_token: Option<PageToken>,
}

/// One page of groups. A page may be empty although more follow, so continue while there is a
/// token.
#[derive(Clone, Debug, Default, Serialize, new)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct GroupPage {
    /// The groups.
    pub groups: Vec<Group>,
    /// The token of the next page, or `None` on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<PageToken>,
}
