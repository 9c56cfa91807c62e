//! Lists of users: a page, or all users as a stream.

use cognito_core::administration::page::{PageSize, PageToken};
use cognito_core::administration::users::{ListUsersRequest, UserPage};
use cognito_core::{Administration, Filter, InvalidInput, Operation, Result, UserDetails};

use crate::Cognito;
use crate::administration::Admin;
use crate::administration::pages::in_pages;
use crate::operation::{Call, awaitable};

impl<'a> Admin<'a> {
    /// Lists users: `.await` returns one page, [`stream`](ListUsers::stream) all pages.
    ///
    /// ```no_run
    /// # async fn example(cognito: cognito::Cognito) -> cognito::Result<()> {
    /// use cognito::Filter;
    ///
    /// let page = cognito
    ///     .admin()
    ///     .users()
    ///     .filter(Filter::email().starts_with("admin"))
    ///     .limit(20)
    ///     .await?;
    /// # drop(page); Ok(()) }
    /// ```
    pub fn users(&self) -> ListUsers<'a> {
        ListUsers {
            cognito: self.cognito,
            limit: Ok(PageSize::MAX),
            page_token: Ok(None),
            filter: None,
        }
    }
}

/// The builder of [`Admin::users`].
#[derive(Clone, Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct ListUsers<'a> {
    cognito: &'a Cognito,
    limit: Result<PageSize, InvalidInput>,
    page_token: Result<Option<PageToken>, InvalidInput>,
    filter: Option<Filter>,
}

impl ListUsers<'_> {
    /// Lists only these users.
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = Some(filter);
        self
    }

    async fn send(self) -> Result<UserPage> {
        let request = (|| {
            let mut request = ListUsersRequest::new();
            request.page_size = self.limit?;
            request.page_token = self.page_token?;
            if let Some(filter) = &self.filter {
                filter.as_str()?;
            }
            request.filter = self.filter;
            Ok(request)
        })();
        self.cognito
            .read(Call::new(Operation::ListUsers), request, |request| {
                self.cognito.inner.administration.list_users(request)
            })
            .await
    }
}

awaitable!(ListUsers => UserPage);
in_pages!(ListUsers: UserPage.users of UserDetails);
