//! A histogram of durations. The width of its buckets grows with the duration.

use std::time::Duration;

/// The first bucket counts all durations below 2^`FIRST` nanoseconds (128 ns).
const FIRST: u32 = 7;

/// The last bucket counts all durations from 2^`LAST` nanoseconds on (137 seconds).
const LAST: u32 = 37;

/// The binary logarithm of the number of buckets between two powers of two. There are four such
/// buckets, so the upper end of a bucket is at most 25 % above its lower end.
const SPLIT_BITS: u32 = 2;

/// The number of buckets: one below 2^7 ns, four for each power of two, and one from 2^37 ns on.
pub(crate) const BUCKETS: usize = 2 + ((LAST - FIRST) << SPLIT_BITS) as usize;

/// Returns the index of the histogram's bucket that counts a duration of `nanos` nanoseconds.
pub(crate) const fn bucket(nanos: u64) -> usize {
    if nanos < 1 << FIRST {
        return 0;
    }
    let exponent = nanos.ilog2();
    if exponent >= LAST {
        return BUCKETS - 1;
    }
    // The bits after the leading one are the quarter.
    let quarter = (nanos >> (exponent - SPLIT_BITS)) & ((1 << SPLIT_BITS) - 1);
    1 + (((exponent - FIRST) << SPLIT_BITS) as usize) + quarter as usize
}

/// Returns the upper end of the bucket with this index in nanoseconds. The last bucket has no upper
/// end, so its lower end is returned.
pub(crate) const fn upper_end(bucket: usize) -> u64 {
    if bucket == 0 {
        return 1 << FIRST;
    }
    if bucket >= BUCKETS - 1 {
        return 1 << LAST;
    }
    let place = (bucket - 1) as u64;
    let exponent = (place >> SPLIT_BITS) as u32 + FIRST;
    let quarter = place & ((1 << SPLIT_BITS) - 1);
    (1 << exponent) + ((quarter + 1) << (exponent - SPLIT_BITS))
}

/// Returns the quantile `share` (0 to 1) of the durations, rounded up to the upper end of a bucket.
/// If nothing was counted, returns zero. If the quantile is in the last bucket, which has no upper
/// end, returns 137 seconds.
pub(crate) fn quantile(counts: &[u64; BUCKETS], share: f64) -> Duration {
    let total: u64 = counts.iter().sum();
    if total == 0 {
        return Duration::ZERO;
    }
    // Exact up to 2^53 events. Above that, the error is smaller than a bucket.
    let rank = ((total as f64 * share).ceil() as u64).clamp(1, total);
    let mut seen = 0;
    let found = counts.iter().position(|count| {
        seen += count;
        seen >= rank
    });
    Duration::from_nanos(upper_end(found.unwrap_or(BUCKETS - 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_follow_one_another_without_gap_or_overlap() {
        for index in 0..BUCKETS - 1 {
            let end = upper_end(index);
            assert_eq!(bucket(end - 1), index, "below the end of {index}");
            assert_eq!(bucket(end), index + 1, "at the end of {index}");
        }
        assert_eq!(bucket(0), 0);
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn a_bucket_is_at_most_a_quarter_wide() {
        for index in 1..BUCKETS - 1 {
            let (low, high) = (upper_end(index - 1), upper_end(index));
            assert!(high - low <= low / 4, "{index}: {low} to {high}");
        }
    }

    #[test]
    fn quantiles_are_those_of_the_events_rounded_up() {
        let mut counts = [0; BUCKETS];
        assert_eq!(quantile(&counts, 0.5), Duration::ZERO);
        for micros in 1..=1000_u64 {
            counts[bucket(micros * 1000)] += 1;
        }
        for (share, micros) in [(0.0, 1), (0.5, 500), (0.99, 990), (1.0, 1000)] {
            let measured = quantile(&counts, share);
            let exact = Duration::from_micros(micros);
            assert!(measured > exact, "{share}: {measured:?}");
            assert!(measured <= exact + exact / 4 + Duration::from_nanos(1));
        }
    }
}
