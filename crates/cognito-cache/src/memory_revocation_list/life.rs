//! The lifetime of an entry, measured with the wall clock and the monotonic clock.

use std::time::Duration;

use crate::expiry::nanos;

/// The maximum time between two checks of an entry's expiry against the wall clock. The checks
/// begin when the entry has expired by the monotonic clock. They are repeated, because the wall
/// clock can be set forward at any time.
const RECHECK: Duration = Duration::from_secs(300);

/// The current time by the wall clock and by the monotonic clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Now {
    /// The time of the wall clock, in seconds since 1970-01-01T00:00:00Z.
    pub(super) calendar: u64,
    /// The time of the monotonic clock.
    pub(super) monotonic: Duration,
}

/// The expiry of an entry by the wall clock and by the monotonic clock. The entry expires when both
/// times have been reached. One clock is not enough:
///
/// - If the wall clock is set forward, the time by the wall clock is reached too early.
/// - If the wall clock was fast when the entry was created, or is set back later, the time by the
///   monotonic clock is reached while the tokens are still valid by the wall clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Life {
    /// The expiry by the wall clock, in seconds since 1970-01-01T00:00:00Z.
    calendar: u64,
    /// The expiry by the monotonic clock, in nanoseconds.
    monotonic: u64,
}

impl Life {
    pub(super) fn new(calendar: u64, monotonic: Duration) -> Self {
        Self {
            calendar,
            monotonic: nanos(monotonic),
        }
    }

    pub(super) fn is_over(self, now: Now) -> bool {
        nanos(now.monotonic) >= self.monotonic && now.calendar >= self.calendar
    }

    /// Returns a lifetime that expires when both `self` and `other` have expired.
    pub(super) fn max(self, other: Self) -> Self {
        Self {
            calendar: self.calendar.max(other.calendar),
            monotonic: self.monotonic.max(other.monotonic),
        }
    }

    /// Returns `true` if `self` expires at the same time as `other` or later, by both clocks.
    pub(super) fn covers(self, other: Self) -> bool {
        self.max(other) == self
    }

    /// Returns the monotonic time at which an entry with this lifetime must be checked for expiry.
    pub(super) fn due(self, now: Now) -> Duration {
        let monotonic = Duration::from_nanos(self.monotonic);
        if now.monotonic < monotonic {
            return monotonic;
        }
        let left = Duration::from_secs(self.calendar.saturating_sub(now.calendar));
        now.monotonic.saturating_add(left.min(RECHECK))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(calendar: u64, monotonic: u64) -> Now {
        Now {
            calendar,
            monotonic: Duration::from_secs(monotonic),
        }
    }

    #[test]
    fn ends_when_both_clocks_say_so() {
        let life = Life::new(1_000, Duration::from_secs(10));
        assert!(!life.is_over(at(999, 10)));
        assert!(!life.is_over(at(1_000, 9)));
        assert!(life.is_over(at(1_000, 10)));
        assert_eq!(life.due(at(0, 3)), Duration::from_secs(10));
        assert_eq!(life.due(at(993, 10)), Duration::from_secs(17));
        assert_eq!(life.due(at(0, 10)), Duration::from_secs(310));
        assert!(life.covers(life));
        assert!(!life.covers(Life::new(0, Duration::from_secs(11))));
    }
}
