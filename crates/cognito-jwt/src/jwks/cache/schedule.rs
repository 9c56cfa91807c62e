//! The times that decide when a fetch of a JWKS is needed and when it is allowed. The functions of
//! this module read no clock.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

/// The cool-down after a successful fetch for an unknown key id. During this time, unknown key ids
/// cause no other fetch.
pub(super) const COOL_DOWN: Duration = Duration::from_secs(10);

/// The time after which a fetch is aborted and another may start. Each JWKS source must have a
/// deadline; this limit protects against a source without a deadline.
pub(super) const ABANDONED_AFTER: Duration = Duration::from_secs(30);

/// The maximum delay before the next fetch after one failed fetch.
const FIRST_BACK_OFF: Duration = Duration::from_secs(2);

/// The maximum delay before the next fetch after any number of failed fetches.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(60);

/// Returns how long to wait after this number of consecutive failures. The upper bound is 2 seconds
/// after one failure and doubles with each further failure, up to 60 seconds. `chance` (0 to 1)
/// selects a wait between half of the upper bound and the upper bound, so that verifiers that
/// failed together do not retry together.
pub(super) fn back_off(failures: u32, chance: f64) -> Duration {
    let doublings = failures.saturating_sub(1);
    let bound = FIRST_BACK_OFF
        .saturating_mul(2_u32.saturating_pow(doublings))
        .min(LONGEST_BACK_OFF);
    bound / 2 + (bound / 2).mul_f64(chance)
}

/// Returns the age at which keys are renewed: 80 to 90 % of `refresh_every`. The rest of the time
/// allows for the fetch and a few failed attempts. `chance` (0 to 1) selects the value, so that
/// several caches do not renew together.
pub(super) fn refresh_ahead(refresh_every: Duration, chance: f64) -> Duration {
    refresh_every.mul_f64(0.8 + 0.1 * chance)
}

/// Returns a random number from 0 to less than 1. It is derived from the random keys of the
/// standard library's hash maps. This is sufficient, because the number only spreads load.
pub(super) fn chance() -> f64 {
    // A double holds 53 bits exactly.
    let bits = RandomState::new().build_hasher().finish() >> 11;
    bits as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_doubles_to_one_minute_with_jitter() {
        // The delay starts at two seconds. Jitter takes at most half of it.
        for (failures, bound) in [(1, 2), (2, 4), (3, 8), (4, 16), (5, 32), (6, 60), (7, 60)] {
            let bound = Duration::from_secs(bound);
            assert_eq!(back_off(failures, 0.0), bound / 2, "{failures}");
            assert_eq!(back_off(failures, 1.0), bound, "{failures}");
        }
        assert_eq!(back_off(u32::MAX, 1.0), LONGEST_BACK_OFF);
    }

    #[test]
    fn renews_at_80_to_90_percent_of_lifetime() {
        let ten_minutes = Duration::from_secs(600);
        assert_eq!(refresh_ahead(ten_minutes, 0.0).as_secs(), 480);
        assert_eq!(refresh_ahead(ten_minutes, 1.0).as_secs(), 540);
        assert!(refresh_ahead(Duration::MAX, 1.0) < Duration::MAX);
    }

    #[test]
    fn chances_are_spread_over_the_whole_range() {
        let mut seen = [false; 10];
        for _ in 0..1_000 {
            let chance = chance();
            assert!((0.0..1.0).contains(&chance), "{chance}");
            seen[(chance * 10.0) as usize] = true;
        }
        assert_eq!(seen, [true; 10]);
    }
}
