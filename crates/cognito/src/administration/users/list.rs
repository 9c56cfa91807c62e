//! Listing users: a page, or all of them as a stream.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use cognito_core::administration::users::{ListUsersRequest, PageSize, PageToken, UserPage};
use cognito_core::{Administration, Filter, InvalidInput, Operation, Result, UserDetails};
use futures_core::Stream;

use crate::Cognito;
use crate::administration::Admin;
use crate::operation::{Call, awaitable};

impl<'a> Admin<'a> {
    /// Lists users: `.await` gives one page, [`stream`](ListUsers::stream) all pages.
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

/// [`Admin::users`] with its options.
#[derive(Clone, Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct ListUsers<'a> {
    cognito: &'a Cognito,
    limit: Result<PageSize, InvalidInput>,
    page_token: Result<Option<PageToken>, InvalidInput>,
    filter: Option<Filter>,
}

impl<'a> ListUsers<'a> {
    /// How many users a page holds at most: 1 to 60.
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = PageSize::new(limit);
        self
    }

    /// Goes on where an earlier page ended.
    pub fn page_token(mut self, token: impl Into<String>) -> Self {
        self.page_token = PageToken::new(token).map(Some);
        self
    }

    /// Only these users.
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = Some(filter);
        self
    }

    /// All users, page by page, fetched as they are asked for. After an error the stream ends.
    pub fn stream(self) -> UserStream<'a> {
        UserStream {
            list: self,
            ready: VecDeque::new(),
            fetching: None,
            done: false,
        }
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

/// All users, page by page; see [`ListUsers::stream`].
#[must_use = "a stream does nothing until it is polled"]
pub struct UserStream<'a> {
    list: ListUsers<'a>,
    ready: VecDeque<UserDetails>,
    fetching: Option<crate::OperationFuture<'a, UserPage>>,
    done: bool,
}

impl UserStream<'_> {
    /// The next user; `None` after the last.
    pub async fn next(&mut self) -> Option<Result<UserDetails>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl Stream for UserStream<'_> {
    type Item = Result<UserDetails>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            if let Some(user) = this.ready.pop_front() {
                return Poll::Ready(Some(Ok(user)));
            }
            if this.done {
                return Poll::Ready(None);
            }
            let list = &this.list;
            let fetching = this
                .fetching
                .get_or_insert_with(|| list.clone().into_future());
            let page = std::task::ready!(fetching.as_mut().poll(context));
            this.fetching = None;
            match page {
                // A page may be empty although more follow.
                Ok(page) => {
                    this.ready.extend(page.users);
                    this.done = page.next_token.is_none();
                    this.list.page_token = Ok(page.next_token);
                }
                Err(error) => {
                    this.done = true;
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }
}

impl fmt::Debug for UserStream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserStream")
            .field("ready", &self.ready.len())
            .field("done", &self.done)
            .finish_non_exhaustive()
    }
}
