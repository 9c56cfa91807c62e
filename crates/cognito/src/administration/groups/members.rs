//! The members of a group.

use std::sync::Arc;

use cognito_core::administration::groups::{ListUsersInGroupRequest, MembershipRequest};
use cognito_core::administration::page::{PageSize, PageToken};
use cognito_core::administration::users::UserPage;
use cognito_core::{Administration, Done, InvalidInput, Operation, Result, UserDetails, Username};

use crate::administration::groups::AdminGroup;
use crate::administration::pages::in_pages;
use crate::cognito::Inner;
use crate::operation::{Call, awaitable};

impl<'a> AdminGroup<'a> {
    /// Lists the users in the group (`cognito-idp:ListUsersInGroup`): `.await` returns one page,
    /// [`stream`](ListUsersInGroup::stream) all pages.
    pub fn users(&self) -> ListUsersInGroup<'a> {
        ListUsersInGroup {
            group: self.clone(),
            limit: Ok(PageSize::MAX),
            page_token: Ok(None),
        }
    }

    /// Adds a user to the group (`cognito-idp:AdminAddUserToGroup`). This succeeds for a user who
    /// is already a member. Tokens contain the group from the next sign-in or refresh on.
    ///
    /// # Errors
    ///
    /// [`UserNotFound`](crate::ErrorKind::UserNotFound), [`Quota`](crate::ErrorKind::Quota) if the
    /// user is already in 100 groups, the maximum.
    pub async fn add_user(&self, username: impl Into<String>) -> Result<Done> {
        self.change(
            Operation::AdminAddUserToGroup,
            Username::new(username),
            async |inner, request| inner.administration.add_user_to_group(request).await,
        )
        .await?;
        Ok(Done::new("User added to group successfully"))
    }

    /// Removes a user from the group (`cognito-idp:AdminRemoveUserFromGroup`).
    ///
    /// Existing tokens of the user contain the group until they expire. If that is too long, call
    /// [`sign_out_everywhere`](crate::AdminUser::sign_out_everywhere) afterwards.
    ///
    /// # Errors
    ///
    /// [`UserNotFound`](crate::ErrorKind::UserNotFound).
    pub async fn remove_user(&self, username: impl Into<String>) -> Result<Done> {
        self.change(
            Operation::AdminRemoveUserFromGroup,
            Username::new(username),
            async |inner, request| inner.administration.remove_user_from_group(request).await,
        )
        .await?;
        Ok(Done::new("User removed from group successfully"))
    }

    async fn change<F>(
        &self,
        operation: Operation,
        username: Result<Username, InvalidInput>,
        send: impl FnOnce(Arc<Inner>, MembershipRequest) -> F + Send + 'static,
    ) -> Result<()>
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let call = Call::new(operation).user(&username);
        let request = (|| Ok(MembershipRequest::new(self.name.clone()?, username?)))();
        self.cognito.perform(call, request, send).await
    }
}

/// The builder of [`AdminGroup::users`].
#[derive(Clone, Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct ListUsersInGroup<'a> {
    group: AdminGroup<'a>,
    limit: Result<PageSize, InvalidInput>,
    page_token: Result<Option<PageToken>, InvalidInput>,
}

impl ListUsersInGroup<'_> {
    async fn send(self) -> Result<UserPage> {
        let cognito = self.group.cognito;
        let request = (|| {
            let mut request = ListUsersInGroupRequest::new(self.group.name?);
            request.page_size = self.limit?;
            request.page_token = self.page_token?;
            Ok(request)
        })();
        let port = &cognito.inner.administration;
        cognito
            .read(Call::new(Operation::ListUsersInGroup), request, |request| {
                port.list_users_in_group(request)
            })
            .await
    }
}

awaitable!(ListUsersInGroup => UserPage);
in_pages!(ListUsersInGroup: UserPage.users of UserDetails);
