//! Lists that Cognito returns in pages: one page at a time, or all entries as a stream.
#![allow(
    unnameable_types,
    reason = "the traits are sealed: users neither implement nor name them"
)]

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use cognito_core::account::devices::ListDevicesRequest;
use cognito_core::account::passkeys::{ListPasskeysRequest, Passkey, PasskeyPage, PasskeyPageSize};
use cognito_core::administration::auth_events::{AuthEvent, AuthEventPage, ListAuthEventsRequest};
use cognito_core::administration::devices::ListUserDevicesRequest;
use cognito_core::administration::groups::{
    Group, GroupPage, ListGroupsForUserRequest, ListGroupsRequest, ListUsersInGroupRequest,
};
use cognito_core::administration::page::{PageSize, PageToken};
use cognito_core::administration::users::{ListUsersRequest, UserPage};
use cognito_core::device::{Device, DevicePage};
use cognito_core::user::UserDetails;
use cognito_core::{Error, ErrorKind, InvalidInput, Result};
use futures_core::Stream;

use crate::call::Call;
use crate::requests::OperationFuture;

/// Requests for a page of a list.
pub trait ListRequest: Clone + Send + 'static {
    #[doc(hidden)]
    fn set_limit(&mut self, limit: u32) -> Result<(), InvalidInput>;
    #[doc(hidden)]
    fn set_page_token(&mut self, token: PageToken);
}

/// One page of a list.
pub trait Page: Send + 'static {
    /// The type of the entries.
    type Entry;
    #[doc(hidden)]
    fn into_parts(self) -> (Vec<Self::Entry>, Option<PageToken>);
}

macro_rules! list_requests {
    ($($request:ident: $size:ident),* $(,)?) => {
        $(impl ListRequest for $request {
            fn set_limit(&mut self, limit: u32) -> Result<(), InvalidInput> {
                self.page_size = $size::new(limit)?;
                Ok(())
            }

            fn set_page_token(&mut self, token: PageToken) {
                self.page_token = Some(token);
            }
        })*
    };
}

macro_rules! pages {
    ($($page:ident.$entries:ident: $entry:ident),* $(,)?) => {
        $(impl Page for $page {
            type Entry = $entry;

            fn into_parts(self) -> (Vec<$entry>, Option<PageToken>) {
                (self.$entries, self.next_token)
            }
        })*
    };
}

list_requests! {
    ListAuthEventsRequest: PageSize,
    ListDevicesRequest: PageSize,
    ListGroupsForUserRequest: PageSize,
    ListGroupsRequest: PageSize,
    ListPasskeysRequest: PasskeyPageSize,
    ListUserDevicesRequest: PageSize,
    ListUsersInGroupRequest: PageSize,
    ListUsersRequest: PageSize,
}

pages! {
    AuthEventPage.auth_events: AuthEvent,
    DevicePage.devices: Device,
    GroupPage.groups: Group,
    PasskeyPage.passkeys: Passkey,
    UserPage.users: UserDetails,
}

/// Options for lists. `.await` returns one page, [`stream`](Self::stream) all entries.
impl<R: ListRequest, T: Page> Call<R, T> {
    /// Sets the maximum number of entries on a page: 1 to 60, for passkeys 1 to 20. Default: the
    /// maximum.
    pub fn limit(self, limit: u32) -> Self {
        self.try_change(|request| request.set_limit(limit))
    }

    /// Continues after an earlier page.
    pub fn page_token(self, token: impl Into<String>) -> Self {
        self.try_set(PageToken::new(token), |request, token| {
            request.set_page_token(token);
        })
    }

    /// Returns a stream of all entries. It fetches further pages as needed, and ends after an
    /// error.
    ///
    /// If a page names itself as the next page, the stream ends with
    /// [`Unknown`](crate::ErrorKind::Unknown) instead of fetching it forever.
    pub fn stream(self) -> PageStream<T::Entry> {
        let operation = self.facts.operation;
        PageStream::new(move |token| {
            let mut list = self.clone();
            if let Some(token) = token.clone() {
                list = list.set(|request| request.set_page_token(token));
            }
            Box::pin(async move {
                let (entries, next) = list.await?.into_parts();
                if next.is_some() && next == token {
                    let error = Error::new(ErrorKind::Unknown).with_operation(operation);
                    return Err(error.with_detail("a page of the list names itself as the next"));
                }
                Ok((entries, next))
            })
        })
    }
}

/// The entries of a page, and the token of the next page.
type Entries<T> = (Vec<T>, Option<PageToken>);

/// Fetches the page with this token, or the first page.
type Fetch<T> = Box<dyn Fn(Option<PageToken>) -> OperationFuture<Entries<T>> + Send>;

/// A stream of all entries of a list. See [`Call::stream`].
#[must_use = "a stream does nothing until it is polled"]
pub struct PageStream<T> {
    fetch: Fetch<T>,
    fetching: Option<OperationFuture<Entries<T>>>,
    next: Option<PageToken>,
    ready: VecDeque<T>,
    done: bool,
}

impl<T> PageStream<T> {
    fn new(
        fetch: impl Fn(Option<PageToken>) -> OperationFuture<Entries<T>> + Send + 'static,
    ) -> Self {
        Self {
            fetch: Box::new(fetch),
            fetching: None,
            next: None,
            ready: VecDeque::new(),
            done: false,
        }
    }
}

impl<T: Unpin> PageStream<T> {
    /// Returns the next entry, or `None` after the last one.
    pub async fn next(&mut self) -> Option<Result<T>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl<T: Unpin> Stream for PageStream<T> {
    type Item = Result<T>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            if let Some(entry) = this.ready.pop_front() {
                return Poll::Ready(Some(Ok(entry)));
            }
            if this.done {
                return Poll::Ready(None);
            }
            let fetching = this
                .fetching
                .get_or_insert_with(|| (this.fetch)(this.next.take()));
            let page = std::task::ready!(fetching.as_mut().poll(context));
            this.fetching = None;
            match page {
                // A page may be empty although more follow.
                Ok((entries, next)) => {
                    this.ready.extend(entries);
                    this.done = next.is_none();
                    this.next = next;
                }
                Err(error) => {
                    this.done = true;
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }
}

impl<T> fmt::Debug for PageStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageStream")
            .field("ready", &self.ready.len())
            .field("done", &self.done)
            .finish_non_exhaustive()
    }
}
