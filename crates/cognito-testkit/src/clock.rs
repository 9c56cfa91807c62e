//! A clock that only moves when told to.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cognito_core::Clock;
use parking_lot::Mutex;

/// A clock that stands still until a test moves it. Clones share their time.
///
/// [`advance`](Self::advance) is time passing: both the calendar and the monotonic time move.
/// [`set`](Self::set) is somebody setting the calendar, forwards or back: the monotonic time does
/// not notice, as on a real machine.
#[derive(Clone, Debug)]
pub struct FixedClock(Arc<Mutex<Times>>);

#[derive(Clone, Copy, Debug)]
struct Times {
    calendar: SystemTime,
    monotonic: Duration,
}

impl FixedClock {
    /// A clock that shows this moment.
    #[must_use]
    pub fn new(now: SystemTime) -> Self {
        Self(Arc::new(Mutex::new(Times {
            calendar: now,
            monotonic: Duration::ZERO,
        })))
    }

    /// A clock that shows this many seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn at_unix(seconds: u64) -> Self {
        Self::new(UNIX_EPOCH + Duration::from_secs(seconds))
    }

    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        let mut times = self.0.lock();
        times.calendar += by;
        times.monotonic += by;
    }

    /// Sets the calendar without time passing.
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
    fn setting_the_calendar_back_leaves_the_monotonic_time_alone() {
        let clock = FixedClock::at_unix(100);
        clock.advance(Duration::from_secs(5));
        clock.set(UNIX_EPOCH + Duration::from_secs(1));
        assert_eq!(clock.unix_seconds(), 1);
        assert_eq!(clock.monotonic(), Duration::from_secs(5));
    }
}
