//! Compares the distributions of two samples of response times.

use std::time::Duration;

/// Returns the distance that two samples of this size from one distribution exceed once in a
/// thousand measurements (Kolmogorov-Smirnov, two samples).
pub(super) fn noise(pairs: u32) -> f64 {
    1.95 * (2.0 / f64::from(pairs)).sqrt()
}

/// The largest difference between the two distributions. Sorts both.
pub(super) fn distance(one: &mut [Duration], other: &mut [Duration]) -> f64 {
    one.sort_unstable();
    other.sort_unstable();
    let share = |times: &[Duration], limit: Duration| {
        let below = times.partition_point(|time| *time <= limit);
        f64::from(u32::try_from(below).unwrap_or(0))
            / f64::from(u32::try_from(times.len()).unwrap_or(1))
    };
    let limits = one.iter().chain(other.iter());
    let apart = limits.map(|limit| (share(one, *limit) - share(other, *limit)).abs());
    apart.fold(0.0, f64::max)
}

/// Returns the median of sorted times.
pub(super) fn median(sorted: &[Duration]) -> Duration {
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}
