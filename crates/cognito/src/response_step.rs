//! Rounds up the time of responses that must not reveal whether an account exists.

use std::time::Duration;

use cognito_core::Clock;

/// The step to which the time of a hidden response is rounded up.
///
/// The AWS SDK needs some microseconds more for an error than for a success. Rounded up, both
/// usually take the same time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResponseStep(pub(crate) Duration);

impl ResponseStep {
    /// The default step. It is a thousand times the measured difference, so the difference changes
    /// the step of one response in a thousand.
    pub(crate) const DEFAULT: Self = Self(Duration::from_millis(10));

    /// Returns the time from `elapsed` to the next multiple of the step.
    fn rest(self, elapsed: Duration) -> Duration {
        let over = elapsed.as_nanos().checked_rem(self.0.as_nanos());
        match over {
            // The step is zero, or the end of a step is now.
            None | Some(0) => Duration::ZERO,
            Some(over) => self.0 - Duration::from_nanos_u128(over),
        }
    }

    /// Waits until the time since `start` is a multiple of the step.
    pub(crate) async fn round_up(self, clock: &dyn Clock, start: Duration) {
        let rest = self.rest(clock.monotonic().saturating_sub(start));
        if !rest.is_zero() {
            clock.sleep(rest).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_up_to_the_next_step() {
        let micros = Duration::from_micros;
        let step = ResponseStep(micros(10_000));
        for (elapsed, rest) in [
            (0, 0),
            (310, 9_690),
            (320, 9_680),
            (10_000, 0),
            (10_001, 9_999),
            (123_456, 6_544),
        ] {
            assert_eq!(step.rest(micros(elapsed)), micros(rest), "{elapsed}");
        }
        assert_eq!(
            ResponseStep(Duration::ZERO).rest(micros(310)),
            Duration::ZERO
        );
    }
}
