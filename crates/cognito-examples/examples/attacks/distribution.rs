//! Compares two samples of response times: their distributions, and their medians.

use std::time::Duration;

/// Returns the critical distance of two samples with `pairs` values each (two-sample
/// Kolmogorov-Smirnov test). If both samples are from one distribution, the probability of a larger
/// distance is 1 in 1,000.
pub(super) fn noise(pairs: u32) -> f64 {
    1.95 * (2.0 / f64::from(pairs)).sqrt()
}

/// Returns the Kolmogorov-Smirnov statistic: the largest difference between the two empirical
/// distribution functions. Sorts both samples.
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
