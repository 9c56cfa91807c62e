//! Groups of users.

use std::sync::Arc;

use cognito_core::administration::groups::{
    Group, GroupPage, GroupRequest, ListGroupsForUserRequest, ListGroupsRequest,
    ListUsersInGroupRequest, MembershipRequest,
};
use cognito_core::administration::users::UserPage;
use cognito_core::ports::Administration;
use cognito_core::{Done, GroupName, InvalidInput, Operation, Result, Username};

use crate::administration::Admin;
use crate::administration::users::AdminUser;
use crate::cognito::Inner;
use crate::{Call, Cognito};

impl Admin {
    /// Creates a group (`cognito-idp:CreateGroup`). A name has 1 to 128 characters and no spaces.
    ///
    /// ```no_run
    /// # async fn example(cognito: cognito::Cognito) -> cognito::Result<()> {
    /// let admin = cognito.admin();
    /// admin.create_group("admins").description("Who may").precedence(1).await?;
    /// admin.group("admins").add_user("ann@example.com").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`AlreadyExists`](crate::ErrorKind::AlreadyExists) if a group has this name;
    /// [`Quota`](crate::ErrorKind::Quota) if the pool already has 10,000 groups, the maximum.
    pub fn create_group(&self, name: impl Into<String>) -> Call<GroupRequest, Group> {
        let request = GroupName::new(name).map(GroupRequest::new);
        Call::new(
            &self.cognito,
            Operation::CreateGroup,
            request,
            async |inner, request| inner.administration.create_group(request).await,
        )
    }

    /// Returns the operations on one group.
    pub fn group(&self, name: impl Into<String>) -> AdminGroup {
        AdminGroup {
            cognito: self.cognito.clone(),
            name: GroupName::new(name),
        }
    }

    /// Lists the groups of the pool (`cognito-idp:ListGroups`): `.await` returns one page,
    /// [`stream`](crate::Call::stream) all pages.
    pub fn groups(&self) -> Call<ListGroupsRequest, GroupPage> {
        Call::new(
            &self.cognito,
            Operation::ListGroups,
            Ok::<_, InvalidInput>(ListGroupsRequest::new()),
            async |inner, request| inner.administration.list_groups(request).await,
        )
        .reads()
    }
}

impl AdminUser {
    /// Lists the groups of the user (`cognito-idp:AdminListGroupsForUser`). `.await` returns one
    /// page, [`stream`](crate::Call::stream) all pages.
    ///
    /// To decide what a user may do, use the groups in the access token instead. They need no call.
    pub fn groups(&self) -> Call<ListGroupsForUserRequest, GroupPage> {
        self.call(
            Operation::AdminListGroupsForUser,
            |username| Ok(ListGroupsForUserRequest::new(username)),
            async |inner, request| inner.administration.list_groups_for_user(request).await,
        )
        .reads()
    }
}

/// The operations on one group; see [`Admin::group`]. Every operation can fail with
/// [`NotFound`](crate::ErrorKind::NotFound).
#[derive(Clone, Debug)]
pub struct AdminGroup {
    cognito: Cognito,
    name: Result<GroupName, InvalidInput>,
}

impl AdminGroup {
    /// Returns description, precedence, role and times from Cognito (`cognito-idp:GetGroup`).
    pub fn details(&self) -> Call<GroupName, Group> {
        Call::new(
            &self.cognito,
            Operation::GetGroup,
            self.name.clone(),
            async |inner, name| inner.administration.group(&name).await,
        )
        .reads()
    }

    /// Changes the given fields and keeps the others (`cognito-idp:UpdateGroup`,
    /// `cognito-idp:GetGroup`).
    ///
    /// AWS does not document the effect of a missing field: the example of the AWS CLI
    /// (`update-group`) keeps it, an earlier API reference stated that it is set to its default.
    /// Therefore the group is read first, and all of its fields are sent. If two changes are made
    /// at the same time, one may undo the other.
    ///
    /// A precedence and a role cannot be removed, only replaced. A description can be cleared.
    pub fn update(&self) -> Call<GroupRequest, Group> {
        Call::new(
            &self.cognito,
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

    /// Deletes the group (`cognito-idp:DeleteGroup`). Its members are not deleted. Their existing
    /// tokens contain the group until they expire.
    pub fn delete(&self) -> Call<GroupName, Done> {
        Call::new(
            &self.cognito,
            Operation::DeleteGroup,
            self.name.clone(),
            async |inner, name| inner.administration.delete_group(&name).await,
        )
        .done("Group deleted successfully")
    }

    /// Lists the users in the group (`cognito-idp:ListUsersInGroup`): `.await` returns one page,
    /// [`stream`](crate::Call::stream) all pages.
    pub fn users(&self) -> Call<ListUsersInGroupRequest, UserPage> {
        Call::new(
            &self.cognito,
            Operation::ListUsersInGroup,
            self.name.clone().map(ListUsersInGroupRequest::new),
            async |inner, request| inner.administration.list_users_in_group(request).await,
        )
        .reads()
    }

    /// Adds a user to the group (`cognito-idp:AdminAddUserToGroup`). This succeeds for a user who
    /// is already a member. Tokens contain the group from the next sign-in or refresh on.
    ///
    /// # Errors
    ///
    /// [`UserNotFound`](crate::ErrorKind::UserNotFound) if there is no such user;
    /// [`Quota`](crate::ErrorKind::Quota) if the user is already in 100 groups, the maximum.
    pub fn add_user(&self, username: impl Into<String>) -> Call<MembershipRequest, Done> {
        self.change(
            Operation::AdminAddUserToGroup,
            Username::new(username),
            async |inner, request| inner.administration.add_user_to_group(request).await,
        )
        .done("User added to group successfully")
    }

    /// Removes a user from the group (`cognito-idp:AdminRemoveUserFromGroup`).
    ///
    /// Existing tokens of the user contain the group until they expire. If that is too long, call
    /// [`sign_out_everywhere`](crate::administration::AdminUser::sign_out_everywhere) afterwards.
    ///
    /// # Errors
    ///
    /// [`UserNotFound`](crate::ErrorKind::UserNotFound) if there is no such user.
    pub fn remove_user(&self, username: impl Into<String>) -> Call<MembershipRequest, Done> {
        self.change(
            Operation::AdminRemoveUserFromGroup,
            Username::new(username),
            async |inner, request| inner.administration.remove_user_from_group(request).await,
        )
        .done("User removed from group successfully")
    }

    fn change<F: Future<Output = Result<()>> + Send + 'static>(
        &self,
        operation: Operation,
        username: Result<Username, InvalidInput>,
        send: impl Fn(Arc<Inner>, MembershipRequest) -> F + Send + Sync + 'static,
    ) -> Call<MembershipRequest, ()> {
        let group = self.name.clone();
        Call::about(
            &self.cognito,
            operation,
            username,
            |username| Ok(MembershipRequest::new(group?, username)),
            send,
        )
    }
}

impl Inner {
    /// Reads a group, changes the given fields and sends all of them.
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
