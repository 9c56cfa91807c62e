//! Rounds up the duration of responses that must not reveal whether an account exists.

use std::time::Duration;

use cognito_core::Clock;

/// The step for rounding up the duration of a response that must not reveal whether an account
/// exists. The response is delayed until its duration is a multiple of the step.
///
/// The AWS SDK needs about 10 microseconds more for an error than for a success. After rounding up,
/// the two durations are usually equal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResponseStep(pub(crate) Duration);

impl ResponseStep {
    /// The default step: 10 milliseconds. In the AWS SDK, an error takes about 10 microseconds
    /// longer than a success. This difference is a thousandth of the step, so after rounding it
    /// changes the duration of only about one response in a thousand.
    pub(crate) const DEFAULT: Self = Self(Duration::from_millis(10));

    /// Returns the time from `elapsed` to the next multiple of the step. Returns zero if the step
    /// is zero.
    fn rest(self, elapsed: Duration) -> Duration {
        let over = elapsed.as_nanos().checked_rem(self.0.as_nanos());
        match over {
            // The step is zero, or the end of a step is now.
            None | Some(0) => Duration::ZERO,
            Some(over) => self.0 - Duration::from_nanos_u128(over),
        }
    }

    /// Waits until the time since `start` is a multiple of this step. Does not wait if the step is
    /// zero.
    pub(crate) async fn round_up(self, clock: &dyn Clock, start: Duration) {
        let rest = self.rest(clock.monotonic().saturating_sub(start));
        if !rest.is_zero() {
            clock.sleep(rest).await;
        }
    }
}
