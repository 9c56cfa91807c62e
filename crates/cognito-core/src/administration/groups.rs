//! Groups of users.

use std::time::SystemTime;

use serde::Serialize;

use crate::administration::page::{PageSize, PageToken};
use crate::id::{GroupDescription, GroupName, RoleArn, Username};
use crate::input::InvalidInput;
use crate::user::moment;

/// Which of a user's groups decides on the role in their tokens: the one with the lowest number.
/// A group without a precedence comes after all that have one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Precedence(i32);

impl Precedence {
    /// A precedence; 0 comes first.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if it is more than 2,147,483,647 (`CreateGroup`, "Precedence").
    pub fn new(precedence: u32) -> Result<Self, InvalidInput> {
        let number = i32::try_from(precedence).map(Self);
        number.map_err(|_| InvalidInput::new("precedence", "must be 0 to 2147483647"))
    }

    /// The number, which is not negative.
    #[must_use]
    pub const fn as_i32(self) -> i32 {
        self.0
    }
}

/// A group of users.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Group {
    /// What it is called: the text in the claim `cognito:groups`.
    pub name: GroupName,
    /// What it is for, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<GroupDescription>,
    /// How it stands to the other groups of a user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precedence: Option<Precedence>,
    /// The IAM role of its members, for an identity pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<RoleArn>,
    /// When it was created.
    #[serde(serialize_with = "moment")]
    pub created: Option<SystemTime>,
    /// When it was last changed.
    #[serde(serialize_with = "moment")]
    pub modified: Option<SystemTime>,
}

impl Group {
    /// A group of which only the name is known.
    #[must_use]
    pub const fn new(name: GroupName) -> Self {
        Self {
            name,
            description: None,
            precedence: None,
            role_arn: None,
            created: None,
            modified: None,
        }
    }
}

/// Creates a group (`CreateGroup`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CreateGroupRequest {
    /// What it is to be called.
    pub name: GroupName,
    /// What it is for.
    pub description: Option<GroupDescription>,
    /// How it stands to the other groups of a user.
    pub precedence: Option<Precedence>,
    /// The IAM role of its members.
    pub role_arn: Option<RoleArn>,
}

impl CreateGroupRequest {
    /// A group of this name, and nothing else said about it.
    #[must_use]
    pub const fn new(name: GroupName) -> Self {
        Self {
            name,
            description: None,
            precedence: None,
            role_arn: None,
        }
    }
}

/// Changes a group (`UpdateGroup`).
///
/// What becomes of a field that is `None` is Cognito's choice: the API reference does not say, and
/// it once said that such a field is set to its default. So name all that is to be there
/// afterwards; [`keeping`](Self::keeping) starts from what the group has.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UpdateGroupRequest {
    /// Which.
    pub name: GroupName,
    /// What it is for from now on; an empty text clears.
    pub description: Option<GroupDescription>,
    /// How it stands to the other groups of a user from now on.
    pub precedence: Option<Precedence>,
    /// The IAM role of its members from now on.
    pub role_arn: Option<RoleArn>,
}

impl UpdateGroupRequest {
    /// A change that names nothing yet.
    #[must_use]
    pub const fn new(name: GroupName) -> Self {
        Self {
            name,
            description: None,
            precedence: None,
            role_arn: None,
        }
    }

    /// A change that names all that the group has, and so leaves it as it is.
    #[must_use]
    pub fn keeping(group: Group) -> Self {
        Self {
            name: group.name,
            description: group.description,
            precedence: group.precedence,
            role_arn: group.role_arn,
        }
    }
}

/// Puts a user into a group, or takes them out (`AdminAddUserToGroup`,
/// `AdminRemoveUserFromGroup`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MembershipRequest {
    /// The group.
    pub group: GroupName,
    /// The user.
    pub username: Username,
}

impl MembershipRequest {
    /// This user and this group.
    #[must_use]
    pub const fn new(group: GroupName, username: Username) -> Self {
        Self { group, username }
    }
}

/// Lists groups (`ListGroups`).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ListGroupsRequest {
    /// How many at most.
    pub page_size: PageSize,
    /// Where to go on.
    pub page_token: Option<PageToken>,
}

impl ListGroupsRequest {
    /// The first page of all groups.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

/// Lists the groups of a user (`AdminListGroupsForUser`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ListGroupsForUserRequest {
    /// Whose.
    pub username: Username,
    /// How many at most.
    pub page_size: PageSize,
    /// Where to go on.
    pub page_token: Option<PageToken>,
}

impl ListGroupsForUserRequest {
    /// The first page of this user's groups.
    #[must_use]
    pub const fn new(username: Username) -> Self {
        Self {
            username,
            page_size: PageSize::MAX,
            page_token: None,
        }
    }
}

/// Lists the users in a group (`ListUsersInGroup`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ListUsersInGroupRequest {
    /// Of which group.
    pub group: GroupName,
    /// How many at most.
    pub page_size: PageSize,
    /// Where to go on.
    pub page_token: Option<PageToken>,
}

impl ListUsersInGroupRequest {
    /// The first page of this group's users.
    #[must_use]
    pub const fn new(group: GroupName) -> Self {
        Self {
            group,
            page_size: PageSize::MAX,
            page_token: None,
        }
    }
}

/// One page of groups. A page may be empty although more follow: go on while there is a token.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct GroupPage {
    /// The groups.
    pub groups: Vec<Group>,
    /// Where the next page starts; `None` on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<PageToken>,
}

impl GroupPage {
    /// A page.
    #[must_use]
    pub const fn new(groups: Vec<Group>, next_token: Option<PageToken>) -> Self {
        Self { groups, next_token }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Group {
        let mut group = Group::new("admins".parse().unwrap());
        group.description = Some("Who may".parse().unwrap());
        group.precedence = Some(Precedence::new(1).unwrap());
        group.role_arn = Some("arn:aws:iam::123456789012:role/admins".parse().unwrap());
        group.created = Some(std::time::UNIX_EPOCH);
        group
    }

    #[test]
    fn a_precedence_is_what_cognito_can_hold() {
        assert_eq!(Precedence::new(0).unwrap().as_i32(), 0);
        assert_eq!(Precedence::new(2_147_483_647).unwrap().as_i32(), i32::MAX);
        assert!(Precedence::new(2_147_483_648).is_err());
        assert!(Precedence::new(1).unwrap() < Precedence::new(2).unwrap());
    }

    #[test]
    fn a_group_serializes_what_is_known_of_it() {
        assert_eq!(
            serde_json::to_value(GroupPage::new(vec![full()], None)).unwrap(),
            serde_json::json!({"groups": [{
                "name": "admins",
                "description": "Who may",
                "precedence": 1,
                "roleArn": "arn:aws:iam::123456789012:role/admins",
                "created": "1970-01-01T00:00:00.000Z",
                "modified": null,
            }]})
        );
        assert_eq!(
            serde_json::to_value(Group::new("admins".parse().unwrap())).unwrap(),
            serde_json::json!({"name": "admins", "created": null, "modified": null})
        );
    }

    #[test]
    fn a_change_that_keeps_a_group_names_all_that_it_has() {
        let change = UpdateGroupRequest::keeping(full());
        let group = full();
        assert_eq!(change.name, group.name);
        assert_eq!(change.description, group.description);
        assert_eq!(change.precedence, group.precedence);
        assert_eq!(change.role_arn, group.role_arn);
    }
}
