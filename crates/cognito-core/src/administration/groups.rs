//! Groups of users, and requests for groups and their members.

use std::time::SystemTime;

use derive_new::new;
use serde::Serialize;

use crate::administration::page::{PageSize, PageToken, list_page};
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

record! {
    /// A group of users.
    #[derive(Clone, Debug, Serialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Group {
        /// The name, as in the claim `cognito:groups`.
        pub name: GroupName,
        ..
        /// The description.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub description: Option<GroupDescription>,
        /// The precedence among the groups of a user.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub precedence: Option<Precedence>,
        /// The IAM role of the group's members, for an identity pool.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub role_arn: Option<RoleArn>,
        /// The time of creation.
        #[serde(serialize_with = "moment")]
        pub created: Option<SystemTime>,
        /// The time of the last change.
        #[serde(serialize_with = "moment")]
        pub modified: Option<SystemTime>,
    }
}

record! {
    /// A request to create or change a group (`CreateGroup`, `UpdateGroup`).
    ///
    /// AWS does not document the effect of a field that is `None` in `UpdateGroup`. An earlier API
    /// reference stated that the field is set to its default. Therefore set all fields that should
    /// have a value after the change. [`keeping`](Self::keeping) starts with the group's current
    /// values.
    #[derive(Clone, Debug)]
    pub struct GroupRequest {
        /// The name of the group.
        pub name: GroupName,
        ..
        /// The description. An empty string clears it.
        pub description: Option<GroupDescription>,
        /// The precedence among the groups of a user.
        pub precedence: Option<Precedence>,
        /// The IAM role of the group's members.
        pub role_arn: Option<RoleArn>,
    }
}

impl GroupRequest {
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
    /// The user: a user name, an alias or a `sub`.
    pub username: Username,
}

record! {
    /// A request for a page of groups (`ListGroups`).
    #[derive(Clone, Debug, Default)]
    pub struct ListGroupsRequest {
        ..
        /// The maximum number of entries on the page. Default: 60.
        pub page_size: PageSize,
        /// The token of the page, or `None` for the first page.
        pub page_token: Option<PageToken>,
    }
}

record! {
    /// A request for a page of a user's groups (`AdminListGroupsForUser`).
    #[derive(Clone, Debug)]
    pub struct ListGroupsForUserRequest {
        /// The user: a user name, an alias or a `sub`.
        pub username: Username,
        ..
        /// The maximum number of entries on the page. Default: 60.
        pub page_size: PageSize,
        /// The token of the page, or `None` for the first page.
        pub page_token: Option<PageToken>,
    }
}

record! {
    /// A request for a page of the users in a group (`ListUsersInGroup`).
    #[derive(Clone, Debug)]
    pub struct ListUsersInGroupRequest {
        /// The group.
        pub group: GroupName,
        ..
        /// The maximum number of entries on the page. Default: 60.
        pub page_size: PageSize,
        /// The token of the page, or `None` for the first page.
        pub page_token: Option<PageToken>,
    }
}

list_page! {
    /// One page of groups.
    GroupPage {
        /// The groups.
        groups: Group
    }
}
