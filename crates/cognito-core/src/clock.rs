//! The source of the current time.
//!
//! All code in these crates reads the time from a [`Clock`], for example for expiry, lockout,
//! metrics and token checks. Tests use a clock that they control, and never sleep.

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::OnceLock;
use std::task::{Context, Poll};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use auto_impl::auto_impl;
use futures_timer::Delay;

/// A source of the current time.
///
/// [`now`](Self::now) is the wall-clock time, with which `exp` and `iat` of tokens are compared.
/// The operating system may set it back. [`monotonic`](Self::monotonic) never decreases. All times
/// to live are measured with it.
///
/// # Custom implementations
///
/// `now` and `monotonic` must be cheap and must not block: they are called several times for each
/// request. `monotonic` must never decrease within a process. [`sleep`](Self::sleep) has a default.
#[auto_impl(Arc, Box)]
pub trait Clock: Debug + Send + Sync + 'static {
    /// Returns the wall-clock time (UTC).
    fn now(&self) -> SystemTime;

    /// Returns the time since an arbitrary moment, which is fixed for this process. The time never
    /// decreases.
    fn monotonic(&self) -> Duration;

    /// Returns a future that waits for this duration.
    ///
    /// The default implementation waits in real time and needs no async runtime. One timer thread,
    /// which all clocks share, ends the waits. A wait usually ends less than 0.1 milliseconds late.
    ///
    /// If the timer thread cannot be started, the wait ends immediately. A process that was forked
    /// after the first wait has no timer thread, so its waits never end.
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(Sleep(Delay::new(duration)))
    }

    /// Returns the wall-clock time in whole seconds since 1970-01-01T00:00:00Z, as in the claims of
    /// tokens (`NumericDate`, RFC 7519 section 2). Returns 0 for a time before 1970.
    fn unix_seconds(&self) -> u64 {
        self.now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs())
    }
}

/// A future that waits for a [`Delay`]. If there is no timer thread, `Delay` panics. The panic is
/// caught, and the future completes immediately.
struct Sleep(Delay);

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let poll = AssertUnwindSafe(|| Pin::new(&mut self.0).poll(context));
        catch_unwind(poll).unwrap_or(Poll::Ready(()))
    }
}

/// The operating system's clock.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SystemClock;

impl SystemClock {
    /// Creates a clock that reads the operating system's time.
    pub const fn new() -> Self {
        Self
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "the one place that reads the operating system's clock"
)]
impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn monotonic(&self) -> Duration {
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed()
    }
}

/// Formats a time as RFC 3339 in UTC with milliseconds, such as `2024-01-01T12:00:00.000Z`.
///
/// A time before 1970 or after the year 9999 is formatted as `1970-01-01T00:00:00.000Z`.
pub fn rfc3339(moment: SystemTime) -> String {
    let last = UNIX_EPOCH + Duration::from_secs(253_402_300_799);
    let moment = if moment < UNIX_EPOCH || moment > last {
        UNIX_EPOCH
    } else {
        moment
    };
    humantime::format_rfc3339_millis(moment).to_string()
}
