//! A stream that fails when its client is too slow.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use pin_project_lite::pin_project;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::Limits;
use super::slots::Slot;

/// What a connection is doing. The stream and the service share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Activity(Arc<AtomicU8>);

/// A part of the head is expected, or has arrived.
const HEAD: u8 = 0;
/// A request is being served. The body of the request has its own timeout.
const SERVING: u8 = 1;
/// The connection waits for the next request.
const IDLE: u8 = 2;
/// The connection uses another protocol, such as WebSocket.
const UPGRADED: u8 = 3;

impl Activity {
    /// Marks the start of a request.
    pub(super) fn serve(&self) -> Serving {
        self.0.store(SERVING, Ordering::Relaxed);
        Serving(self.clone())
    }

    /// Marks that the connection uses another protocol from now on.
    pub(super) fn upgrade(&self) {
        self.0.store(UPGRADED, Ordering::Relaxed);
    }

    fn now(&self) -> u8 {
        self.0.load(Ordering::Relaxed)
    }

    fn change(&self, from: u8, to: u8) {
        let order = Ordering::Relaxed;
        // If the state has changed in the meantime, the new one is right.
        let _ = self.0.compare_exchange(from, to, order, order);
    }
}

/// A request that is being served. Dropping it makes the connection idle.
#[derive(Debug)]
pub(super) struct Serving(Activity);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.change(SERVING, IDLE);
    }
}

pin_project! {
    /// A stream with deadlines for the head of a request, between requests, and for writing.
    ///
    /// It holds the slot of the connection, so that an upgraded connection counts, too.
    pub(super) struct TimedStream<I> {
        #[pin]
        io: I,
        activity: Activity,
        // The activity for which the deadline is set.
        timed: u8,
        #[pin]
        deadline: Sleep,
        #[pin]
        write_deadline: Option<Sleep>,
        head_timeout: Duration,
        idle_timeout: Duration,
        write_timeout: Duration,
        slot: Slot,
    }
}

impl<I> TimedStream<I> {
    pub(super) fn new(io: I, activity: Activity, limits: &Limits, slot: Slot) -> Self {
        Self {
            io,
            timed: activity.now(),
            activity,
            deadline: sleep(limits.head_timeout),
            write_deadline: None,
            head_timeout: limits.head_timeout,
            idle_timeout: limits.idle_timeout,
            write_timeout: limits.write_timeout,
            slot,
        }
    }

    /// Checks the deadline for reading.
    fn check_read(self: Pin<&mut Self>, cx: &mut Context<'_>) -> io::Result<()> {
        let mut this = self.project();
        let now = this.activity.now();
        let timeout = match now {
            HEAD => *this.head_timeout,
            IDLE => *this.idle_timeout,
            _ => {
                *this.timed = now;
                return Ok(());
            }
        };
        if *this.timed != now {
            *this.timed = now;
            this.deadline.as_mut().reset(Instant::now() + timeout);
        }
        match this.deadline.poll(cx) {
            Poll::Ready(()) => Err(io::ErrorKind::TimedOut.into()),
            Poll::Pending => Ok(()),
        }
    }

    /// Returns the result of a write, and fails if writing is stuck for too long.
    fn check_write<T>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let mut this = self.project();
        if written.is_ready() || this.activity.now() == UPGRADED {
            this.write_deadline.set(None);
            return written;
        }
        if this.write_deadline.is_none() {
            this.write_deadline.set(Some(sleep(*this.write_timeout)));
        }
        if let Some(deadline) = this.write_deadline.as_pin_mut() {
            ready!(deadline.poll(cx));
        }
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<I: AsyncRead> AsyncRead for TimedStream<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.as_mut().check_read(cx)?;
        let this = self.project();
        let before = buffer.filled().len();
        ready!(this.io.poll_read(cx, buffer))?;
        if buffer.filled().len() > before {
            this.activity.change(IDLE, HEAD);
        }
        Poll::Ready(Ok(()))
    }
}

impl<I: AsyncWrite> AsyncWrite for TimedStream<I> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = self.as_mut().project().io.poll_write(cx, bytes);
        self.check_write(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = self.as_mut().project().io.poll_write_vectored(cx, parts);
        self.check_write(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = self.as_mut().project().io.poll_flush(cx);
        self.check_write(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = self.as_mut().project().io.poll_shutdown(cx);
        self.check_write(cx, shut)
    }
}
