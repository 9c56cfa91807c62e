//! Operations of an operator on groups and their members.

use cognito_core::administration::groups::{
    Group, GroupPage, GroupRequest, ListGroupsForUserRequest, ListGroupsRequest,
    ListUsersInGroupRequest, MembershipRequest,
};
use cognito_core::administration::users::UserPage;
use cognito_core::ports::Administration;
use cognito_core::{Done, GroupName, InvalidInput, Operation, Result, Username};

use crate::administration::Admin;
use crate::administration::users::AdminUser;
use crate::call::port_call;
use crate::cognito::Inner;
use crate::{Call, Cognito};

impl Admin {
    /// Creates a group (`cognito-idp:CreateGroup`). `name` has 1 to 128 characters and no spaces.
    /// [`description`](Call::description), [`precedence`](Call::precedence) and
    /// [`role_arn`](Call::role_arn) are optional.
    ///
    /// ```no_run
    /// # async fn example(cognito: cognito::Cognito) -> cognito::Result<()> {
    /// let admin = cognito.admin();
    /// admin.create_group("admins").description("Administrators").precedence(1).await?;
    /// admin.group("admins").add_user("ann@example.com").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`AlreadyExists`](crate::ErrorKind::AlreadyExists) if the user pool has a group with this
    /// name. [`Quota`](crate::ErrorKind::Quota) if the user pool already has 10,000 groups, the
    /// maximum.
    pub fn create_group(&self, name: impl Into<String>) -> Call<GroupRequest, Group> {
        let request = GroupName::new(name).map(GroupRequest::new);
        port_call!(self.cognito, CreateGroup => administration.create_group(_), request)
    }

    /// Returns the operations on the group with this name. No request is sent.
    pub fn group(&self, name: impl Into<String>) -> AdminGroup {
        AdminGroup {
            cognito: self.cognito.clone(),
            name: GroupName::new(name),
        }
    }

    /// Lists the groups of the user pool (`cognito-idp:ListGroups`). `.await` returns one page, and
    /// [`stream`](crate::Call::stream) returns all groups.
    pub fn groups(&self) -> Call<ListGroupsRequest, GroupPage> {
        port_call!(
            self.cognito, ListGroups => administration.list_groups(_),
            Ok::<_, InvalidInput>(ListGroupsRequest::new())
        )
        .reads()
    }
}

impl AdminUser {
    /// Lists the groups of the user (`cognito-idp:AdminListGroupsForUser`). `.await` returns one
    /// page, and [`stream`](crate::Call::stream) returns all groups.
    ///
    /// For authorization decisions, use the groups in the access token instead
    /// ([`AccessClaims`](crate::AccessClaims)), because reading them needs no request.
    pub fn groups(&self) -> Call<ListGroupsForUserRequest, GroupPage> {
        port_call!(
            self, AdminListGroupsForUser => administration.list_groups_for_user(_),
            new ListGroupsForUserRequest
        )
        .reads()
    }
}

/// The operations on one group, created by [`Admin::group`]. Every operation can fail with
/// [`NotFound`](crate::ErrorKind::NotFound) if there is no group with this name.
#[derive(Clone, Debug)]
pub struct AdminGroup {
    cognito: Cognito,
    name: Result<GroupName, InvalidInput>,
}

impl AdminGroup {
    /// Returns the description, the precedence, the role, the creation time and the modification
    /// time of the group (`cognito-idp:GetGroup`).
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is no group with this name.
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if the name is not valid for a
    /// group.
    pub fn details(&self) -> Call<GroupName, Group> {
        port_call!(self.cognito, GetGroup => administration.group(&_), self.name.clone()).reads()
    }

    /// Changes the description, the precedence and the role of the group
    /// (`cognito-idp:UpdateGroup`, `cognito-idp:GetGroup`). Fields that are not set on the call
    /// keep their values. An empty description clears the description. The precedence and the role
    /// can be replaced but not removed.
    ///
    /// The group is read first, and these three fields are always sent, because AWS does not
    /// document the effect of a missing field in `UpdateGroup`. In an example of the AWS CLI, the
    /// field is kept. In an earlier API reference, it is reset. If two callers change the group at
    /// the same time, one change may be lost.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if no field is set.
    pub fn update(&self) -> Call<GroupRequest, Group> {
        self.cognito
            .call(
                Operation::UpdateGroup,
                self.name.clone().map(GroupRequest::new),
                async |inner, change| inner.update_group(change).await,
            )
            .prepared_by(|change, _| match change {
                GroupRequest {
                    description: None,
                    precedence: None,
                    role_arn: None,
                    ..
                } => Err(InvalidInput::new("change", "must name at least one field")),
                _ => Ok(()),
            })
    }

    /// Deletes the group (`cognito-idp:DeleteGroup`). Its members are not deleted. Existing tokens
    /// contain the group until they expire.
    pub fn delete(&self) -> Call<GroupName, Done> {
        port_call!(self.cognito, DeleteGroup => administration.delete_group(&_), self.name.clone())
            .done("Group deleted successfully")
    }

    /// Lists the users in the group (`cognito-idp:ListUsersInGroup`). `.await` returns one page,
    /// and [`stream`](crate::Call::stream) returns all users.
    pub fn users(&self) -> Call<ListUsersInGroupRequest, UserPage> {
        port_call!(
            self.cognito, ListUsersInGroup => administration.list_users_in_group(_),
            self.name.clone().map(ListUsersInGroupRequest::new)
        )
        .reads()
    }

    /// Adds a user to the group (`cognito-idp:AdminAddUserToGroup`). If the user is already a
    /// member, the call succeeds and changes nothing. The user's tokens contain the group from the
    /// next sign-in or refresh on.
    ///
    /// # Errors
    ///
    /// [`UserNotFound`](crate::ErrorKind::UserNotFound) if there is no such user.
    /// [`Quota`](crate::ErrorKind::Quota) if the user is already in 100 groups, the maximum.
    pub fn add_user(&self, username: impl Into<String>) -> Call<MembershipRequest, Done> {
        port_call!(
            self.cognito.about(username),
            AdminAddUserToGroup => administration.add_user_to_group(_),
            self.membership()
        )
        .done("User added to group successfully")
    }

    /// Removes a user from the group (`cognito-idp:AdminRemoveUserFromGroup`).
    ///
    /// Existing tokens of the user contain the group until they expire. To reject these tokens
    /// earlier, call [`sign_out_everywhere`](crate::administration::AdminUser::sign_out_everywhere)
    /// afterwards.
    ///
    /// # Errors
    ///
    /// [`UserNotFound`](crate::ErrorKind::UserNotFound) if there is no such user.
    pub fn remove_user(&self, username: impl Into<String>) -> Call<MembershipRequest, Done> {
        port_call!(
            self.cognito.about(username),
            AdminRemoveUserFromGroup => administration.remove_user_from_group(_),
            self.membership()
        )
        .done("User removed from group successfully")
    }

    /// Returns a function that creates the request for a user name and this group.
    fn membership(&self) -> impl FnOnce(Username) -> Result<MembershipRequest, InvalidInput> {
        let group = self.name.clone();
        |username| Ok(MembershipRequest::new(group?, username))
    }
}

impl Inner {
    /// Reads a group, applies the fields that are set in `change`, and sends all fields to Cognito.
    async fn update_group(&self, change: GroupRequest) -> Result<Group> {
        self.turn(Operation::GetGroup).await?;
        let group = self.administration.group(&change.name).await?;
        let mut request = GroupRequest::keeping(group);
        request.description = change.description.or(request.description);
        request.precedence = change.precedence.or(request.precedence);
        request.role_arn = change.role_arn.or(request.role_arn);
        self.administration.update_group(request).await
    }
}
