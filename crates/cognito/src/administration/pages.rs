//! Lists in pages: one page, or all entries as a stream.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use cognito_core::Result;
use cognito_core::administration::page::PageToken;
use futures_core::Stream;

use crate::OperationFuture;

/// Defines the common setters of lists, and the stream of their entries.
macro_rules! in_pages {
    ($builder:ident: $page:ident.$entries:ident of $entry:ident) => {
        in_pages!(
            $builder: $page.$entries of $entry,
            60 by cognito_core::administration::page::PageSize
        );
    };
    ($builder:ident: $page:ident.$entries:ident of $entry:ident, $most:literal by $size:ty) => {
        impl<'a> $builder<'a> {
            #[doc = concat!("How many entries a page holds at most: 1 to ", $most, ".")]
            pub fn limit(mut self, limit: u32) -> Self {
                self.limit = <$size>::new(limit);
                self
            }

            /// Continues after an earlier page.
            pub fn page_token(mut self, token: impl Into<String>) -> Self {
                self.page_token =
                    cognito_core::administration::page::PageToken::new(token).map(Some);
                self
            }

            /// Returns all entries. Pages are fetched when they are needed. After an error the
            /// stream ends.
            pub fn stream(self) -> crate::PageStream<'a, $entry> {
                crate::PageStream::new(move |next| {
                    let mut list = self.clone();
                    if next.is_some() {
                        list.page_token = Ok(next);
                    }
                    Box::pin(async move {
                        let page: $page = list.await?;
                        Ok((page.$entries, page.next_token))
                    })
                })
            }
        }
    };
}

pub(crate) use in_pages;

/// The entries of a page, and the token of the next page.
type Page<T> = (Vec<T>, Option<PageToken>);

/// Fetches the page with a token, or the first one.
type Fetch<'a, T> = Box<dyn Fn(Option<PageToken>) -> OperationFuture<'a, Page<T>> + Send + 'a>;

/// A stream of all entries of a list; see [`ListUsers::stream`](crate::ListUsers::stream).
#[must_use = "a stream does nothing until it is polled"]
pub struct PageStream<'a, T> {
    fetch: Fetch<'a, T>,
    fetching: Option<OperationFuture<'a, Page<T>>>,
    next: Option<PageToken>,
    ready: VecDeque<T>,
    done: bool,
}

impl<'a, T> PageStream<'a, T> {
    pub(crate) fn new(
        fetch: impl Fn(Option<PageToken>) -> OperationFuture<'a, Page<T>> + Send + 'a,
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

impl<T: Unpin> PageStream<'_, T> {
    /// Returns the next entry, or `None` after the last one.
    pub async fn next(&mut self) -> Option<Result<T>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl<T: Unpin> Stream for PageStream<'_, T> {
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

impl<T> fmt::Debug for PageStream<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageStream")
            .field("ready", &self.ready.len())
            .field("done", &self.done)
            .finish_non_exhaustive()
    }
}
