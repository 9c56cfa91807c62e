//! A clock that can be frozen and advanced ([`SteeredClock`]).

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use cognito_core::Clock;
use parking_lot::Mutex;

use crate::state::entries::kind::Kind;
use crate::state::entries::marks::Scope;
use crate::state::entries::watched::Watched;

/// The maximum time by which a clock can be advanced in total: 100 years. Later times could not be
/// represented everywhere.
const MOST_AHEAD: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// A clock that follows another clock, its base, until it is frozen or advanced. Its time never
/// decreases.
pub(crate) struct SteeredClock {
    base: Arc<dyn Clock>,
    /// `true` if the clock was ever frozen or advanced. Before that, reading the time takes no
    /// lock.
    was_steered: AtomicBool,
    steering: Mutex<Watched<Steering>>,
}

/// The difference between a [`SteeredClock`] and its base, the clock that it follows.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Steering {
    /// The time by which the [`SteeredClock`] was advanced.
    pub(crate) ahead: Duration,
    /// The wall-clock time and the monotonic time of the base clock when the [`SteeredClock`] was
    /// frozen. `None` if the [`SteeredClock`] is not frozen.
    frozen_at: Option<(SystemTime, Duration)>,
}

impl Steering {
    /// Returns the wall-clock time of the base clock when the [`SteeredClock`] was frozen. Returns
    /// `None` if the [`SteeredClock`] is not frozen.
    pub(super) fn frozen(&self) -> Option<SystemTime> {
        self.frozen_at.map(|(now, _)| now)
    }

    pub(crate) const fn is_frozen(&self) -> bool {
        self.frozen_at.is_some()
    }
}

impl SteeredClock {
    pub(crate) fn new(base: Arc<dyn Clock>, scope: Scope) -> Self {
        Self {
            base,
            was_steered: AtomicBool::new(false),
            steering: Mutex::new(Watched::new(Steering::default(), scope, Kind::Clock)),
        }
    }

    /// Returns the base: the clock that this clock follows. The base is never frozen or advanced.
    pub(crate) fn base(&self) -> &dyn Clock {
        &self.base
    }

    pub(crate) fn steering(&self) -> Steering {
        **self.steering.lock()
    }

    /// Returns `true` if [`restore`](Self::restore) can use these values. Returns `false` if
    /// `ahead` is too large, or if a later time of the clock could overflow.
    pub(super) fn can_restore(ahead: Duration, frozen: Option<SystemTime>) -> bool {
        let has_end = |frozen: SystemTime| frozen.checked_add(3 * MOST_AHEAD).is_some();
        ahead <= MOST_AHEAD && frozen.is_none_or(has_end)
    }

    /// Sets the clock to the state in a state file. `ahead` is the time by which the clock was
    /// advanced. `frozen` is the wall-clock time at which it was frozen, or `None` if it runs.
    pub(super) fn restore(&self, ahead: Duration, frozen: Option<SystemTime>) {
        let frozen = frozen.map(|now| (now, self.base.monotonic()));
        **self.steering.lock() = Steering {
            ahead,
            frozen_at: frozen,
        };
        if !ahead.is_zero() || frozen.is_some() {
            self.was_steered.store(true, Ordering::Release);
        }
    }

    /// Stops the clock. Does nothing if it is frozen.
    pub(crate) fn freeze(&self) {
        let mut steering = self.steering.lock();
        if steering.frozen_at.is_none() {
            steering.frozen_at = Some((self.base.now(), self.base.monotonic()));
        }
        self.was_steered.store(true, Ordering::Release);
    }

    /// Starts the clock again. Its time jumps forward by the time for which it was frozen.
    pub(crate) fn resume(&self) {
        self.steering.lock().frozen_at = None;
    }

    /// Advances the clock. Returns `false`, and does nothing, if it would be more than 100 years
    /// ahead.
    pub(crate) fn advance(&self, by: Duration) -> bool {
        let mut steering = self.steering.lock();
        let ahead = steering.ahead.saturating_add(by);
        if ahead > MOST_AHEAD {
            return false;
        }
        steering.ahead = ahead;
        self.was_steered.store(true, Ordering::Release);
        true
    }

    /// Returns the difference between this clock and its base. Returns `None` if this clock was
    /// never frozen or advanced.
    fn steering_if_steered(&self) -> Option<Steering> {
        let was_steered = self.was_steered.load(Ordering::Acquire);
        was_steered.then(|| self.steering())
    }
}

impl fmt::Debug for SteeredClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SteeredClock")
            .field("base", &self.base)
            .field("steering", &self.steering())
            .finish_non_exhaustive()
    }
}

impl Clock for SteeredClock {
    fn now(&self) -> SystemTime {
        match self.steering_if_steered() {
            None => self.base.now(),
            Some(Steering { ahead, frozen_at }) => {
                frozen_at.map_or_else(|| self.base.now(), |(now, _)| now) + ahead
            }
        }
    }

    fn monotonic(&self) -> Duration {
        match self.steering_if_steered() {
            None => self.base.monotonic(),
            Some(Steering { ahead, frozen_at }) => {
                frozen_at.map_or_else(|| self.base.monotonic(), |(_, at)| at) + ahead
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[derive(Debug, Default)]
    struct Base(Mutex<Duration>);

    impl Clock for Base {
        fn now(&self) -> SystemTime {
            UNIX_EPOCH + *self.0.lock()
        }

        fn monotonic(&self) -> Duration {
            *self.0.lock()
        }
    }

    #[test]
    fn frozen_clock_only_moves_when_advanced() {
        let base = Arc::new(Base::default());
        let clock = SteeredClock::new(base.clone(), Scope::default());
        let second = Duration::from_secs(1);
        let reads = |seconds| {
            assert_eq!(clock.unix_seconds(), seconds);
            assert_eq!(clock.monotonic(), Duration::from_secs(seconds));
        };
        *base.0.lock() += second;
        reads(1);
        clock.freeze();
        *base.0.lock() += second;
        clock.freeze();
        reads(1);
        assert!(clock.advance(10 * second));
        reads(11);
        clock.resume();
        reads(12);
        *base.0.lock() += second;
        reads(13);
        assert!(!clock.advance(MOST_AHEAD));
        assert!(!clock.advance(Duration::MAX));
        reads(13);
    }
}
