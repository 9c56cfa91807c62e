//! A clock that changes only when a test changes it.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cognito_core::Clock;
use parking_lot::Mutex;

/// A clock with a fixed time that a test can change. Clones share their time.
///
/// [`advance`](Self::advance) moves the wall clock and the monotonic clock forward.
/// [`set`](Self::set) sets only the wall clock, forward or back. The monotonic clock does not
/// change then, as on a real host whose time is set. A [`sleep`](Clock::sleep) ends immediately and
/// does not change the time; [`slept`](Self::slept) returns the total duration of all sleeps.
#[derive(Clone, Debug)]
pub struct FixedClock(Arc<Mutex<Times>>);

#[derive(Clone, Copy, Debug)]
struct Times {
    calendar: SystemTime,
    monotonic: Duration,
    slept: Duration,
}

impl FixedClock {
    /// Creates a clock with this time.
    pub fn new(now: SystemTime) -> Self {
        Self(Arc::new(Mutex::new(Times {
            calendar: now,
            monotonic: Duration::ZERO,
            slept: Duration::ZERO,
        })))
    }

    /// Creates a clock with a time in seconds since 1970-01-01T00:00:00Z.
    pub fn at_unix(seconds: u64) -> Self {
        Self::new(UNIX_EPOCH + Duration::from_secs(seconds))
    }

    /// Moves the wall clock and the monotonic clock forward.
    pub fn advance(&self, by: Duration) {
        let mut times = self.0.lock();
        times.calendar += by;
        times.monotonic += by;
    }

    /// Returns the total duration that callers have requested with [`sleep`](Clock::sleep). These
    /// calls return immediately.
    pub fn slept(&self) -> Duration {
        self.0.lock().slept
    }

    /// Sets the wall clock. The monotonic clock does not change.
    pub fn set(&self, now: SystemTime) {
        self.0.lock().calendar = now;
    }
}

impl Clock for FixedClock {
    fn now(&self) -> SystemTime {
        self.0.lock().calendar
    }

    fn monotonic(&self) -> Duration {
        self.0.lock().monotonic
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.0.lock().slept += duration;
        Box::pin(std::future::ready(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_their_time() {
        let clock = FixedClock::at_unix(100);
        let clone = clock.clone();
        clone.advance(Duration::from_secs(5));
        assert_eq!(clock.unix_seconds(), 105);
        assert_eq!(clock.monotonic(), Duration::from_secs(5));
    }

    #[test]
    fn changing_wall_clock_keeps_monotonic_time() {
        let clock = FixedClock::at_unix(100);
        clock.advance(Duration::from_secs(5));
        clock.set(UNIX_EPOCH + Duration::from_secs(1));
        assert_eq!(clock.unix_seconds(), 1);
        assert_eq!(clock.monotonic(), Duration::from_secs(5));
    }
}
