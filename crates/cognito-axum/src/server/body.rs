//! The bodies of requests and responses. Reading the body of a request has a timeout.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::BoxError;
use axum::body::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tokio::time::{Sleep, sleep};

use super::stream::Serving;

pin_project! {
    /// The body of a request. Reading the body fails after a timeout.
    ///
    /// The time starts when the handler first waits for a part of the body. Work that a handler
    /// does before it reads the body is therefore not counted.
    pub(super) struct TimedBody<B> {
        #[pin]
        body: B,
        #[pin]
        deadline: Option<Sleep>,
        timeout: Duration,
    }
}

impl<B> TimedBody<B> {
    pub(super) const fn new(body: B, timeout: Duration) -> Self {
        Self {
            body,
            deadline: None,
            timeout,
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the body of the request did not arrive in time: see Server::body_timeout")]
struct BodyTimeout;

impl<B> Body for TimedBody<B>
where
    B: Body<Data = Bytes, Error: Into<BoxError>>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let mut this = self.project();
        if let Poll::Ready(frame) = this.body.poll_frame(cx) {
            let is_late = this.deadline.as_ref().get_ref().as_ref();
            if frame.is_some() && is_late.is_some_and(Sleep::is_elapsed) {
                return Poll::Ready(Some(Err(BodyTimeout.into())));
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        if this.deadline.is_none() {
            this.deadline.set(Some(sleep(*this.timeout)));
        }
        if let Some(deadline) = this.deadline.as_pin_mut() {
            ready!(deadline.poll(cx));
        }
        Poll::Ready(Some(Err(BodyTimeout.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

pin_project! {
    /// The body of a response. The connection counts as serving until this body is dropped.
    pub(super) struct ServedBody<B> {
        #[pin]
        body: B,
        serving: Serving,
    }
}

impl<B> ServedBody<B> {
    pub(super) const fn new(body: B, serving: Serving) -> Self {
        Self { body, serving }
    }
}

impl<B: Body> Body for ServedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        self.project().body.poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
