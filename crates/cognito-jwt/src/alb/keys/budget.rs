//! A rate limit on fetching keys.

use std::time::Duration;

/// The number of key fetches that may start at the same time after a pause without fetches.
const BURST: u32 = 10;

/// The interval after which one more key fetch may start.
const INTERVAL: Duration = Duration::from_millis(100);

/// A rate limit on fetching keys: ten fetches per second, with a burst of ten.
///
/// Each unknown key id causes a fetch. An attacker who can reach the service without its load
/// balancer can send many key ids that do not exist. One limit for all fetches bounds the cost of
/// such a flood.
///
/// The limit also delays the fetch of a new genuine key during a flood. With F forged and V genuine
/// requests per second, the average delay is (F + V) / (10 V) seconds. A flood of a hundred times
/// the genuine traffic delays a new key by ten seconds. Keys in the cache are not affected. A lower
/// limit would cause longer delays, a higher one more connections. Ten fetches per second use about
/// 1 % of a processor.
#[derive(Debug, Default)]
pub(super) struct Budget {
    /// The monotonic time from which [`BURST`] fetches may again start at the same time. Each fetch
    /// delays it by [`INTERVAL`].
    even_at: Duration,
}

impl Budget {
    /// If a fetch may start at `now`, a monotonic time, counts the fetch and returns `true`.
    /// Returns `false` if the limit is reached.
    pub(super) fn spend(&mut self, now: Duration) -> bool {
        let even_at = self.even_at.max(now).saturating_add(INTERVAL);
        let is_affordable = even_at.saturating_sub(now) <= INTERVAL * BURST;
        if is_affordable {
            self.even_at = even_at;
        }
        is_affordable
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spent(budget: &mut Budget, now: Duration) -> usize {
        (0..1000).filter(|_| budget.spend(now)).count()
    }

    #[test]
    fn ten_at_once_and_ten_a_second() {
        let mut budget = Budget::default();
        let at = Duration::from_millis;
        assert_eq!(spent(&mut budget, at(0)), 10);
        assert_eq!(spent(&mut budget, at(99)), 0);
        assert_eq!(spent(&mut budget, at(100)), 1);
        assert_eq!(spent(&mut budget, at(1_100)), 10);
        assert_eq!(spent(&mut budget, at(100_000)), 10);
    }

    /// Simulates a mix of forged and genuine tokens, each of which needs a key fetch. Returns the
    /// average number of seconds until a genuine token may fetch its key. The arguments are tokens
    /// per second.
    fn mean_delay(forged: u64, genuine: u64) -> f64 {
        const TRIALS: u32 = 200;
        let mut state = 1_u64;
        let mut random = |below: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) % below
        };
        let between = 1_000_000_000 / (forged + genuine);
        let mut sum = Duration::ZERO;
        for _ in 0..TRIALS {
            let mut budget = Budget::default();
            let mut now = Duration::ZERO;
            spent(&mut budget, now);
            while random(forged + genuine) >= genuine || !budget.spend(now) {
                budget.spend(now);
                now += Duration::from_nanos(random(2 * between));
            }
            sum += now;
        }
        sum.as_secs_f64() / f64::from(TRIALS)
    }

    #[test]
    fn flood_delays_new_keys_by_stated_time() {
        for (forged, genuine) in [(100, 100), (1000, 100), (1000, 10)] {
            let said = (forged + genuine) as f64 / (10 * genuine) as f64;
            let measured = mean_delay(forged, genuine);
            let ratio = measured / said;
            assert!(
                (0.7..1.4).contains(&ratio),
                "{measured} s, and not {said} s"
            );
        }
    }

    #[test]
    fn rejections_use_no_budget() {
        let mut budget = Budget::default();
        let started: usize = (0..1000_u64)
            .map(|millis| spent(&mut budget, Duration::from_millis(millis)))
            .sum();
        assert_eq!(started, 10 + 9);
    }
}
