//! Reproducible pseudo-random numbers (SplitMix64).

/// A generator of reproducible pseudo-random numbers.
pub(crate) struct Random(u64);

impl Random {
    /// Creates the random number generator for the token with the sequence number `place`. Equal
    /// arguments produce equal random numbers.
    pub(crate) fn new(seed: u64, place: u64) -> Self {
        let mut start = Self(seed);
        let start = start.next().wrapping_add(place);
        Self(Self(start).next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ bits >> 31
    }

    /// Returns a random number from 0 to `limit` - 1. `limit` must not be 0.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    /// Returns `true` at random, with the probability 1 / `times`.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// Returns a clone of a random element of the slice. The slice must not be empty.
    pub(crate) fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }
}
