//! Groups of users, and requests for groups and their members.

use std::time::SystemTime;

use derive_new::new;
use serde::Serialize;

use crate::administration::page::{PageSize, PageToken, list_page};
use crate::id::{GroupDescription, GroupName, RoleArn, Username};
use crate::input::InvalidInput;
use crate::user::moment;

/// The precedence of a group, from 0 (highest). If a user is in several groups, the group with the
/// lowest number determines the claim `cognito:preferred_role` of the ID token. Groups without a
/// precedence come last.
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

    /// Returns the precedence as a number that is not negative.
    pub const fn as_i32(self) -> i32 {
        self.0
    }
}

record! {
    /// A group of users in a user pool.
    #[derive(Clone, Debug, Serialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Group {
        /// The name of the group. The claim `cognito:groups` of a member's tokens contains it.
        pub name: GroupName,
        ..
        /// The description of the group, if it has one.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub description: Option<GroupDescription>,
        /// The precedence of the group, if it has one.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub precedence: Option<Precedence>,
        /// The ARN of the IAM role that members get from an identity pool, if the group has one.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub role_arn: Option<RoleArn>,
        /// The time at which the group was created, if Cognito returned it.
        #[serde(serialize_with = "moment")]
        pub created: Option<SystemTime>,
        /// The time at which the group was last changed, if Cognito returned it.
        #[serde(serialize_with = "moment")]
        pub modified: Option<SystemTime>,
    }
}

record! {
    /// A request to create a group or to change it (`CreateGroup`, `UpdateGroup`).
    ///
    /// A field that is `None` is not sent. AWS does not document what `UpdateGroup` then does. An
    /// earlier API reference stated that Cognito sets the field to its default. Therefore set all
    /// fields that should have a value after the change: [`keeping`](Self::keeping) creates a
    /// request with the group's current values.
    #[derive(Clone, Debug)]
    pub struct GroupRequest {
        /// The name of the group.
        pub name: GroupName,
        ..
        /// The description of the group. An empty string clears it. If it is `None`, the request
        /// does not contain it.
        pub description: Option<GroupDescription>,
        /// The precedence of the group. If it is `None`, the request does not contain it.
        pub precedence: Option<Precedence>,
        /// The ARN of the IAM role that members get from an identity pool. If it is `None`, the
        /// request does not contain it.
        pub role_arn: Option<RoleArn>,
    }
}

impl GroupRequest {
    /// Creates a request with the current values of the group. Then set the fields that you want to
    /// change.
    pub fn keeping(group: Group) -> Self {
        Self {
            name: group.name,
            description: group.description,
            precedence: group.precedence,
            role_arn: group.role_arn,
        }
    }
}

/// A request to add a user to a group, or to remove a user from a group (`AdminAddUserToGroup`,
/// `AdminRemoveUserFromGroup`).
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct MembershipRequest {
    /// The name of the group.
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
        /// The `next_token` of the previous page, or `None` for the first page.
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
        /// The `next_token` of the previous page, or `None` for the first page.
        pub page_token: Option<PageToken>,
    }
}

record! {
    /// A request for a page of the users in a group (`ListUsersInGroup`).
    #[derive(Clone, Debug)]
    pub struct ListUsersInGroupRequest {
        /// The name of the group.
        pub group: GroupName,
        ..
        /// The maximum number of entries on the page. Default: 60.
        pub page_size: PageSize,
        /// The `next_token` of the previous page, or `None` for the first page.
        pub page_token: Option<PageToken>,
    }
}

list_page! {
    /// One page of groups.
    GroupPage {
        /// The groups on this page.
        groups: Group
    }
}
