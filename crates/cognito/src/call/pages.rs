//! Lists that Cognito returns in pages: one page at a time, or all entries as a stream.
#![allow(
    unnameable_types,
    reason = "the traits are sealed: users neither implement nor name them"
)]

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use cognito_core::account::devices::ListDevicesRequest;
use cognito_core::account::passkeys::{ListPasskeysRequest, Passkey, PasskeyPage, PasskeyPageSize};
use cognito_core::account::sessions::{ListSessionsRequest, SessionDescription, SessionPage};
use cognito_core::administration::auth_events::{AuthEvent, AuthEventPage, ListAuthEventsRequest};
use cognito_core::administration::devices::ListUserDevicesRequest;
use cognito_core::administration::groups::{
    Group, GroupPage, ListGroupsForUserRequest, ListGroupsRequest, ListUsersInGroupRequest,
};
use cognito_core::administration::page::{PageSize, PageToken};
use cognito_core::administration::sessions::ListUserSessionsRequest;
use cognito_core::administration::users::{ListUsersRequest, UserPage};
use cognito_core::device::{Device, DevicePage};
use cognito_core::user::UserDetails;
use cognito_core::{Error, ErrorKind, InvalidInput, Result};
use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};

use crate::call::Call;

/// A request for one page of a list.
pub trait PageRequest: Clone + Send + 'static {
    #[doc(hidden)]
    fn set_page_token(&mut self, token: PageToken);
}

/// A request for one page of a list, with a configurable number of entries on the page.
pub trait ListRequest: PageRequest {
    #[doc(hidden)]
    fn set_limit(&mut self, limit: u32) -> Result<(), InvalidInput>;
}

/// One page of a list.
pub trait Page: Send + 'static {
    /// The type of the list's entries, such as users or groups.
    type Entry: Send + 'static;
    #[doc(hidden)]
    fn into_parts(self) -> (Vec<Self::Entry>, Option<PageToken>);
}

/// Implements [`PageRequest`] for requests with the field `page_token`.
macro_rules! page_requests {
    ($($request:ident),* $(,)?) => {
        $(impl PageRequest for $request {
            fn set_page_token(&mut self, token: PageToken) {
                self.page_token = Some(token);
            }
        })*
    };
}

/// Implements [`PageRequest`] and [`ListRequest`] for requests with the fields `page_size` and
/// `page_token`.
macro_rules! list_requests {
    ($($request:ident: $size:ident),* $(,)?) => {
        page_requests!($($request),*);

        $(impl ListRequest for $request {
            fn set_limit(&mut self, limit: u32) -> Result<(), InvalidInput> {
                self.page_size = $size::new(limit)?;
                Ok(())
            }
        })*
    };
}

/// Implements [`Page`] for pages with the given list of entries and the field `next_token`.
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

page_requests!(ListSessionsRequest, ListUserSessionsRequest);

pages! {
    AuthEventPage.auth_events: AuthEvent,
    DevicePage.devices: Device,
    GroupPage.groups: Group,
    PasskeyPage.passkeys: Passkey,
    SessionPage.sessions: SessionDescription,
    UserPage.users: UserDetails,
}

/// Options of list operations with a configurable number of entries on a page.
impl<R: ListRequest, T: Page> Call<R, T> {
    /// Sets the maximum number of entries that one page contains. The limit must be between 1 and
    /// 60. Default: 60. For lists of passkeys, the maximum and the default are 20.
    pub fn limit(self, limit: u32) -> Self {
        self.try_change(|request| request.set_limit(limit))
    }
}

/// Options of all list operations. `.await` returns one page, and [`stream`](Self::stream) returns
/// all entries.
impl<R: PageRequest, T: Page> Call<R, T> {
    /// Sets the token of the page to return: `next_token` of the previous page. Default: the first
    /// page.
    pub fn page_token(self, token: impl Into<String>) -> Self {
        self.try_set(PageToken::new(token), |request, token| {
            request.set_page_token(token);
        })
    }

    /// Returns a stream of all entries. When the stream has returned all entries of a page, it
    /// fetches the next page. After an error, the stream ends.
    ///
    /// Each page contains the token of the next page. If this is the token with which the page
    /// itself was requested, the stream returns the error [`Unknown`](crate::ErrorKind::Unknown)
    /// and ends. Without this check, the stream would request the same page forever.
    pub fn stream(self) -> PageStream<T::Entry> {
        let operation = self.facts.operation;
        let first = Some(None);
        let pages = stream::try_unfold(first, move |token: Option<Option<PageToken>>| {
            let list = self.clone();
            async move {
                let Some(token) = token else {
                    return Ok(None);
                };
                let list = match token.clone() {
                    Some(token) => list.set(|request| request.set_page_token(token)),
                    None => list,
                };
                let (entries, next) = list.await?.into_parts();
                if next.is_some() && next == token {
                    let error = Error::new(ErrorKind::Unknown).with_operation(operation);
                    return Err(error.with_detail("a page of the list has its own token as the next one: report it as an issue"));
                }
                Ok(Some((entries, next.map(Some))))
            }
        });
        let pages = pages.map_ok(|entries| stream::iter(entries.into_iter().map(Ok)));
        PageStream {
            entries: Box::pin(pages.try_flatten()),
        }
    }
}

/// A stream of all entries of a list, created by [`Call::stream`].
#[must_use = "a stream does nothing until it is polled"]
pub struct PageStream<T> {
    entries: Pin<Box<dyn Stream<Item = Result<T>> + Send>>,
}

impl<T> PageStream<T> {
    /// Returns the next entry. Returns `None` after the last entry or after an error.
    pub async fn next(&mut self) -> Option<Result<T>> {
        self.entries.next().await
    }
}

impl<T> Stream for PageStream<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.entries.as_mut().poll_next(context)
    }
}

impl<T> fmt::Debug for PageStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageStream").finish_non_exhaustive()
    }
}
