//! A count-min sketch: approximate counters for any number of keys in a fixed amount of memory.

use std::time::Duration;

/// The first 128 bits of the SHA-256 of a key.
pub(super) type Digest = [u8; 16];

/// The number of rows of a count-min sketch. A key has one cell in each row. Four bytes of the
/// key's digest select this cell.
const ROWS: usize = 4;

/// The number of cells in each row of a count-min sketch, a power of two.
///
/// The value of a key is the lowest value of its four cells. After a million additions of 1, a cell
/// contains 8 on average, and a key without additions has a value of about 5.
const WIDTH: usize = 1 << 17;

/// The time for which [`Sketch::subtract`] does nothing after a new generation has begun. A
/// generation is a set of counts that expire together.
///
/// A subtraction undoes an earlier addition, but changes only the current generation. Soon after a
/// new generation has begun, the addition may be in the previous generation. The subtraction would
/// then undo another addition, and the value of the key would be too low when the previous
/// generation has expired. The time between an addition and its subtraction is the duration of a
/// call to Cognito, which is shorter than this constant. If the previous generation has expired,
/// [`Sketch::subtract`] works immediately.
const SETTLING: Duration = Duration::from_secs(60);

/// A sketch of approximate counters that expire.
///
/// The value of a key is never below its true count. It may be above the true count, because keys
/// share cells. Counts are collected in generations, and the counts of a generation expire
/// together. If all counts have the same time to live, a count therefore expires after one to two
/// times that time.
#[derive(Default)]
pub(super) struct Sketch {
    current: Option<Generation>,
    previous: Option<Generation>,
}

/// A set of counts that expire together.
struct Generation {
    cells: Box<[u16]>,
    began: Duration,
    /// The longest time to live of the counts in this generation. The next generation begins when
    /// this time has passed since `began` and the generation before this one has expired.
    period: Duration,
    /// The time at which all counts of this generation expire. It is the latest of their expiry
    /// times.
    expires: Duration,
}

impl Sketch {
    /// Returns the value of a key: the sum of its counts that have not expired. The value may be
    /// too high but is never too low.
    pub(super) fn value(&self, key: &Digest, now: Duration) -> i64 {
        [&self.current, &self.previous]
            .into_iter()
            .flatten()
            .filter(|generation| now < generation.expires)
            .fold(0, |sum: i64, generation| {
                sum.saturating_add(generation.value(key))
            })
    }

    /// Adds `amount` to the value of a key. The count lasts for at least `time_to_live`. It can
    /// last longer: counts are collected in generations, and the counts of a generation expire
    /// together, when the last of them expires. If all counts have the same time to live, a count
    /// lasts at most for twice that time.
    pub(super) fn add(&mut self, key: &Digest, amount: u64, now: Duration, time_to_live: Duration) {
        self.rotate(now);
        let generation = self.current.get_or_insert_with(|| Generation::new(now));
        generation.period = generation.period.max(time_to_live);
        let expires = now.saturating_add(time_to_live);
        generation.expires = generation.expires.max(expires);
        generation.change(key, |cell| {
            let sum = u64::from(cell).saturating_add(amount);
            u16::try_from(sum).unwrap_or(u16::MAX)
        });
    }

    /// Undoes an earlier addition: subtracts `amount` from the value of a key, but not below 0.
    /// Does nothing for [`SETTLING`] after a new generation has begun, because the addition may be
    /// in the previous generation. (A generation is a set of counts that expire together.)
    pub(super) fn subtract(&mut self, key: &Digest, amount: u32, now: Duration) {
        self.rotate(now);
        let Some(generation) = &mut self.current else {
            return;
        };
        let settling = generation.began.saturating_add(SETTLING);
        if self.previous.is_some() && now < settling {
            return;
        }
        let value = generation.value(key).max(0);
        let amount = u32::try_from(value).unwrap_or(u32::MAX).min(amount);
        let amount = u16::try_from(amount).unwrap_or(u16::MAX);
        generation.change(key, |cell| match cell {
            // The cell may have been increased after it became full, so its true value is unknown.
            u16::MAX => cell,
            cell => cell.saturating_sub(amount),
        });
    }

    /// Returns `true` if all counts of this sketch have expired.
    pub(super) fn is_over(&self, now: Duration) -> bool {
        let is_over = |generation: &Option<Generation>| {
            generation
                .as_ref()
                .is_none_or(|generation| generation.expires <= now)
        };
        is_over(&self.current) && is_over(&self.previous)
    }

    fn rotate(&mut self, now: Duration) {
        self.previous = self.previous.take().filter(|it| now < it.expires);
        self.current = self.current.take().filter(|it| now < it.expires);
        let is_due = |it: &Generation| it.began.saturating_add(it.period) <= now;
        if self.previous.is_none() && self.current.as_ref().is_some_and(is_due) {
            self.previous = self.current.take();
        }
    }
}

impl Generation {
    fn new(now: Duration) -> Self {
        Self {
            cells: vec![0; ROWS * WIDTH].into_boxed_slice(),
            began: now,
            period: Duration::ZERO,
            expires: now,
        }
    }

    /// Returns the lowest value in the cells of a key. A cell with the maximum value (`u16::MAX`)
    /// may have missed further additions. It counts as `u32::MAX`, so that the result is never too
    /// low.
    fn value(&self, key: &Digest) -> i64 {
        let cells = places(key).filter_map(|place| self.cells.get(place));
        match cells.min().copied().unwrap_or(0) {
            u16::MAX => i64::from(u32::MAX),
            cell => i64::from(cell),
        }
    }

    fn change(&mut self, key: &Digest, change: impl Fn(u16) -> u16) {
        for place in places(key) {
            if let Some(cell) = self.cells.get_mut(place) {
                *cell = change(*cell);
            }
        }
    }
}

/// Returns the indexes of the cells of a key in the count-min sketch. A key has one cell in each
/// row of the sketch.
fn places(key: &Digest) -> impl Iterator<Item = usize> {
    let (chunks, _) = key.as_chunks::<4>();
    chunks.iter().enumerate().map(|(row, bytes)| {
        let column = u32::from_le_bytes(*bytes) as usize % WIDTH;
        row * WIDTH + column
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn key(number: u64) -> Digest {
        let number = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut key = Digest::default();
        key[..8].copy_from_slice(&number.to_le_bytes());
        key[8..].copy_from_slice(&number.rotate_left(17).to_le_bytes());
        key
    }

    #[test]
    fn full_cell_counts_as_any_number() {
        let mut sketch = Sketch::default();
        sketch.add(&key(1), u64::MAX, MINUTE, MINUTE);
        sketch.subtract(&key(1), u32::MAX, MINUTE);
        assert_eq!(sketch.value(&key(1), MINUTE), i64::from(u32::MAX));
        assert!(sketch.is_over(MINUTE * 3));
    }

    #[test]
    fn value_is_lowest_cell_of_key() {
        // The keys share their cell in the first row only.
        let (one, other) = ([1; 16], {
            let mut key = [2; 16];
            key[..4].fill(1);
            key
        });
        let mut sketch = Sketch::default();
        sketch.add(&one, 5, MINUTE, MINUTE);
        assert_eq!(sketch.value(&other, MINUTE), 0);
        sketch.add(&other, 1, MINUTE, MINUTE);
        assert_eq!(sketch.value(&other, MINUTE), 1);
        assert_eq!(sketch.value(&one, MINUTE), 5);
    }

    #[test]
    fn new_generation_ignores_subtractions_at_first() {
        let mut sketch = Sketch::default();
        let window = MINUTE * 15;
        sketch.add(&key(1), 1, MINUTE, window);
        sketch.add(&key(1), 1, MINUTE * 15, window);
        // The second generation begins.
        let began = MINUTE * 16;
        sketch.add(&key(1), 1, began, window);
        assert_eq!(sketch.value(&key(1), began), 3);
        // This may end an attempt that the first generation counted.
        let settling = began + MINUTE / 2;
        sketch.subtract(&key(1), 1, settling);
        assert_eq!(sketch.value(&key(1), settling), 3);
        let settled = began + MINUTE;
        sketch.subtract(&key(1), 1, settled);
        assert_eq!(sketch.value(&key(1), settled), 2);
    }

    proptest! {
        /// No order of additions and subtractions results in a value below the true count.
        #[test]
        fn value_is_never_too_low(
            steps in prop::collection::vec((0..40_u64, 0..4_u8, 0..40_u64), 1..200),
        ) {
            let mut sketch = Sketch::default();
            // The attempts that count: the key, the end of their window, and whether they have
            // ended.
            let mut counted: Vec<(u64, Duration, bool)> = Vec::new();
            let mut now = Duration::ZERO;
            for (number, what, pause) in steps {
                now += Duration::from_secs(pause);
                // Two policies with different windows share a sketch.
                let time_to_live = if number % 2 == 0 { MINUTE * 15 } else { MINUTE };
                match what {
                    // Releases a place that was just reserved.
                    0 => {
                        sketch.add(&key(number), 1, now, time_to_live);
                        sketch.subtract(&key(number), 1, now);
                    }
                    _ => {
                        sketch.add(&key(number), 1, now, time_to_live);
                        counted.push((number, now + time_to_live, true));
                    }
                }
                let mut truth: HashMap<u64, i64> = HashMap::new();
                for (number, end, _) in &counted {
                    *truth.entry(*number).or_default() += i64::from(now < *end);
                }
                for (number, count) in truth {
                    prop_assert!(sketch.value(&key(number), now) >= count);
                }
            }
        }
    }
}
