//! Lists of groups: those of the pool, and those of a user.

use cognito_core::administration::groups::{
    Group, GroupPage, ListGroupsForUserRequest, ListGroupsRequest,
};
use cognito_core::administration::page::{PageSize, PageToken};
use cognito_core::{Administration, InvalidInput, Operation, Result};

use crate::Cognito;
use crate::administration::Admin;
use crate::administration::pages::in_pages;
use crate::administration::users::AdminUser;
use crate::operation::{Call, awaitable};

impl<'a> Admin<'a> {
    /// Lists the groups of the pool (`cognito-idp:ListGroups`): `.await` returns one page,
    /// [`stream`](ListGroups::stream) all pages.
    pub fn groups(&self) -> ListGroups<'a> {
        ListGroups {
            cognito: self.cognito,
            limit: Ok(PageSize::MAX),
            page_token: Ok(None),
        }
    }
}

impl<'a> AdminUser<'a> {
    /// Lists the groups that the user is in (`cognito-idp:AdminListGroupsForUser`): `.await`
    /// returns one page, [`stream`](ListGroupsForUser::stream) all pages.
    ///
    /// To decide what a user may do, use the groups in the access token instead, which need no
    /// call.
    pub fn groups(&self) -> ListGroupsForUser<'a> {
        ListGroupsForUser {
            user: self.clone(),
            limit: Ok(PageSize::MAX),
            page_token: Ok(None),
        }
    }
}

/// The builder of [`Admin::groups`].
#[derive(Clone, Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct ListGroups<'a> {
    cognito: &'a Cognito,
    limit: Result<PageSize, InvalidInput>,
    page_token: Result<Option<PageToken>, InvalidInput>,
}

impl ListGroups<'_> {
    async fn send(self) -> Result<GroupPage> {
        let request = (|| {
            let mut request = ListGroupsRequest::new();
            request.page_size = self.limit?;
            request.page_token = self.page_token?;
            Ok(request)
        })();
        let port = &self.cognito.inner.administration;
        self.cognito
            .read(Call::new(Operation::ListGroups), request, |request| {
                port.list_groups(request)
            })
            .await
    }
}

awaitable!(ListGroups => GroupPage);
in_pages!(ListGroups: GroupPage.groups of Group);

/// The builder of [`AdminUser::groups`].
#[derive(Clone, Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct ListGroupsForUser<'a> {
    user: AdminUser<'a>,
    limit: Result<PageSize, InvalidInput>,
    page_token: Result<Option<PageToken>, InvalidInput>,
}

impl ListGroupsForUser<'_> {
    async fn send(self) -> Result<GroupPage> {
        let cognito = self.user.cognito;
        let call = Call::new(Operation::AdminListGroupsForUser).user(&self.user.username);
        let request = (|| {
            let mut request = ListGroupsForUserRequest::new(self.user.username?);
            request.page_size = self.limit?;
            request.page_token = self.page_token?;
            Ok(request)
        })();
        let port = &cognito.inner.administration;
        cognito
            .read(call, request, |request| port.list_groups_for_user(request))
            .await
    }
}

awaitable!(ListGroupsForUser => GroupPage);
in_pages!(ListGroupsForUser: GroupPage.groups of Group);
