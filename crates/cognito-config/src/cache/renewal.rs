//! The background task of a [`ConfigCache`](crate::ConfigCache), which reads the settings again at
//! an interval.

use std::hash::{BuildHasher, RandomState};
use std::sync::Weak;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use super::state::State;
use crate::reading::Reading;

/// Renews the settings every `interval`, plus or minus 10 %, until it is stopped or the cache is
/// dropped.
pub(super) async fn run(state: Weak<State>, interval: Duration, mut stop: watch::Receiver<bool>) {
    loop {
        // The receiver completes when it is stopped, and when the sender is dropped with the cache.
        if timeout(jittered(interval), stop.changed()).await.is_ok() {
            return;
        }
        let Some(state) = state.upgrade() else {
            return;
        };
        tokio::select! {
            biased;
            _ = stop.changed() => return,
            // `refresh` has logged the error and recorded an event. The next iteration tries again.
            _ = state.refresh(Reading::Renewal) => {}
        }
    }
}

/// Returns a random duration between 90 % and 110 % of `interval`.
pub(crate) fn jittered(interval: Duration) -> Duration {
    // Each `RandomState` has different keys, which is random enough to spread the load of
    // instances.
    let random = RandomState::new().hash_one(0_u8);
    let share = (random >> 11) as f64 / (1_u64 << 53) as f64;
    interval.mul_f64(0.9 + 0.2 * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delay_varies_within_ten_percent() {
        let interval = Duration::from_secs(300);
        let waits: Vec<_> = (0..1000).map(|_| jittered(interval)).collect();
        for wait in &waits {
            assert!((270.0..=330.0).contains(&wait.as_secs_f64()), "{wait:?}");
        }
        let mean = waits.iter().sum::<Duration>() / 1000;
        assert!((295..=305).contains(&mean.as_secs()), "{mean:?}");
        assert!(waits.iter().any(|wait| wait != &waits[0]));
    }
}
