//! A stream that fails if the client is too slow.

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
use super::waiting::Seat;

/// The current activity of a connection, such as waiting for a request. The stream and the service
/// share this value.
#[derive(Clone, Debug)]
pub(super) struct Activity {
    state: Arc<AtomicU8>,
    seat: Arc<Seat>,
}

/// The connection waits for the rest of a request head.
const HEAD: u8 = 0;
/// A request is being served. Its body has a separate timeout.
const SERVING: u8 = 1;
/// The connection waits for the next request.
const IDLE: u8 = 2;
/// The connection uses another protocol, such as WebSocket.
const UPGRADED: u8 = 3;

impl Activity {
    /// Creates the value for a new connection, in the state [`HEAD`].
    pub(super) fn new(seat: Arc<Seat>) -> Self {
        seat.wait();
        Self {
            state: Arc::new(AtomicU8::new(HEAD)),
            seat,
        }
    }

    /// Records the start of a request. Returns `None` if the connection was evicted; the caller
    /// must then not serve the request.
    pub(super) fn serve(&self) -> Option<Serving> {
        if !self.seat.serve() {
            return None;
        }
        self.state.store(SERVING, Ordering::Relaxed);
        Some(Serving(self.clone()))
    }

    /// Records that the client has unread response data. The connection cannot be evicted until the
    /// client has read them: a full server evicts only connections that wait for a request.
    fn sending(&self) {
        // If the connection was evicted, it ends soon.
        let _ = self.seat.serve();
    }

    /// Records that the client has read all response data. If no request is being served, the
    /// connection can be evicted again.
    fn sent(&self) {
        if matches!(self.now(), HEAD | IDLE) {
            self.seat.wait();
        }
    }

    pub(super) async fn evicted(&self) {
        self.seat.evicted().await;
    }

    /// Records that the connection uses another protocol, such as WebSocket.
    pub(super) fn upgrade(&self) {
        self.state.store(UPGRADED, Ordering::Relaxed);
    }

    fn now(&self) -> u8 {
        self.state.load(Ordering::Relaxed)
    }

    /// Changes the state from `from` to `to`. If the state is not `from`, changes nothing and
    /// returns `false`.
    fn change(&self, from: u8, to: u8) -> bool {
        let order = Ordering::Relaxed;
        let changed = self.state.compare_exchange(from, to, order, order);
        changed.is_ok()
    }
}

/// A request that is being served. When this value is dropped, the connection is idle.
#[derive(Debug)]
pub(super) struct Serving(Activity);

impl Drop for Serving {
    fn drop(&mut self) {
        if self.0.change(SERVING, IDLE) {
            self.0.seat.wait();
        }
    }
}

pin_project! {
    /// A stream with timeouts for request heads, idle time and writes.
    ///
    /// The stream owns the [`Slot`] of the connection. The connection therefore counts towards the
    /// limits on open connections even after it has switched to another protocol, such as
    /// WebSocket.
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
        // The time at which the client started to block the write.
        blocked_since: Option<Instant>,
        // The time for which the client has blocked writes, minus the time for data that it has
        // read.
        debt: Duration,
        limits: Limits,
        slot: Slot,
    }
}

impl<I> TimedStream<I> {
    pub(super) fn new(io: I, activity: Activity, limits: Limits, slot: Slot) -> Self {
        Self {
            io,
            timed: activity.now(),
            activity,
            deadline: sleep(limits.head_timeout),
            write_deadline: None,
            blocked_since: None,
            debt: Duration::ZERO,
            limits,
            slot,
        }
    }

    fn check_read(self: Pin<&mut Self>, cx: &mut Context<'_>) -> io::Result<()> {
        let mut this = self.project();
        // hyper may keep the rest of a response after its body has ended.
        let now = match this.blocked_since {
            Some(_) => SERVING,
            None => this.activity.now(),
        };
        let timeout = match now {
            HEAD => this.limits.head_timeout,
            IDLE => this.limits.idle_timeout,
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

    /// Returns the result of a write. Fails if the client has blocked writes for too long.
    ///
    /// The blocked times of all writes are added up. For each 1 KiB that the client reads, one
    /// second is subtracted from the sum. A client that reads only a few bytes from time to time is
    /// therefore disconnected, like a client that reads nothing.
    fn check_write<T>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
        bytes: impl FnOnce(&T) -> usize,
    ) -> Poll<io::Result<T>> {
        let mut this = self.project();
        if this.activity.now() == UPGRADED {
            this.write_deadline.set(None);
            *this.blocked_since = None;
            return written;
        }
        if let Poll::Ready(result) = written {
            if let Some(since) = this.blocked_since.take() {
                *this.debt += since.elapsed();
                this.write_deadline.set(None);
                this.activity.sent();
            }
            let bytes = result.as_ref().map_or(0, bytes);
            *this.debt = this.debt.saturating_sub(time_for(bytes));
            return Poll::Ready(result);
        }
        if this.blocked_since.is_none() {
            *this.blocked_since = Some(Instant::now());
            this.activity.sending();
            let left = this.limits.write_timeout.saturating_sub(*this.debt);
            this.write_deadline.set(Some(sleep(left)));
        }
        if let Some(deadline) = this.write_deadline.as_pin_mut() {
            ready!(deadline.poll(cx));
        }
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

/// Returns the time in which a client must read this many bytes: one second for each 1 KiB.
fn time_for(bytes: usize) -> Duration {
    let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
    Duration::from_secs(1) * bytes / 1024
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
            let _ = this.activity.change(IDLE, HEAD);
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
        self.check_write(cx, written, |bytes| *bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = self.as_mut().project().io.poll_write_vectored(cx, parts);
        self.check_write(cx, written, |bytes| *bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = self.as_mut().project().io.poll_flush(cx);
        self.check_write(cx, flushed, |()| 0)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = self.as_mut().project().io.poll_shutdown(cx);
        self.check_write(cx, shut, |()| 0)
    }
}
