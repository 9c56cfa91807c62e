//! The table ([`Overflow`]) for revocations that do not fit into a full revocation list. It has a
//! fixed size. The table may reject tokens that are not revoked, but never accepts a revoked token.

use super::life::{Life, Now};
use super::name::Name;

/// The minimum number of slots of an [`Overflow`] table. A slot uses 24 bytes.
const FEWEST: usize = 1_024;

/// The maximum number of slots of an [`Overflow`] table.
const MOST: usize = 1 << 20;

/// A table of fixed size, in which several names share a slot. A name ([`Name`]) is a hash of the
/// identifier of a user, a sign-in or a token. Each slot has a time. The slot rejects a token of
/// any of its names if the `iat` of the token is not later than this time. If the time is
/// `u64::MAX`, the slot rejects all tokens of its names until the slot expires.
///
/// If a user is revoked, the slot therefore also rejects older tokens of other users whose names
/// share the slot. These other users must refresh their tokens or sign in again.
#[derive(Default)]
pub(super) struct Overflow {
    slots: Vec<Slot>,
    used: usize,
    /// The time at which the last slot of the overflow table expires. The table is then freed.
    last: Life,
}

#[derive(Clone, Copy, Default)]
struct Slot {
    issued_until: u64,
    life: Life,
}

impl Overflow {
    /// Adds a revocation to the overflow table: tokens that have the name `name` and were issued up
    /// to `issued_until` are rejected until `life` ends. `capacity` is the capacity of the list. It
    /// determines the size of the table. `issued_until` is `u64::MAX` if the user is unknown: all
    /// tokens of the name are then rejected.
    pub(super) fn put(&mut self, name: Name, issued_until: u64, life: Life, capacity: usize) {
        if self.slots.is_empty() {
            let count = (capacity / 4).clamp(FEWEST, MOST).next_power_of_two();
            self.slots = vec![Slot::default(); count];
        }
        let slot = name.slot(self.slots.len());
        let Some(slot) = self.slots.get_mut(slot) else {
            return;
        };
        if slot.life == Life::default() {
            self.used += 1;
        }
        slot.issued_until = slot.issued_until.max(issued_until);
        slot.life = slot.life.max(life);
        self.last = self.last.max(life);
    }

    /// Returns `true` if the overflow table rejects a token that has this name and was issued at
    /// `iat`. Several names share a slot, so a token may be rejected although only another name was
    /// revoked.
    pub(super) fn rejects(&self, name: Name, iat: u64, now: Now) -> bool {
        if self.slots.is_empty() {
            return false;
        }
        let slot = self.slots.get(name.slot(self.slots.len()));
        slot.is_some_and(|slot| iat <= slot.issued_until && !slot.life.is_over(now))
    }

    /// Returns the number of the overflow table's slots that contain a time, including expired
    /// slots. The number becomes 0 when all entries have expired and the table is freed.
    pub(super) const fn used(&self) -> usize {
        self.used
    }

    /// Frees the overflow table if all its entries have expired.
    pub(super) fn sweep(&mut self, now: Now) {
        if self.last.is_over(now) {
            *self = Self::default();
        }
    }

    /// Returns the monotonic time of the next call of [`sweep`](Self::sweep): the earliest time at
    /// which all entries of the table can have expired. Returns `None` if the table is empty.
    pub(super) fn due(&self, now: Now) -> Option<std::time::Duration> {
        (self.used > 0).then(|| self.last.due(now))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: Now = Now {
        calendar: 1_000,
        monotonic: Duration::from_secs(10),
    };

    #[test]
    fn slots_are_quarter_of_capacity_within_bounds() {
        let life = Life::new(2_000, Duration::from_secs(1_010));
        for (capacity, slots) in [(1, FEWEST), (4 * FEWEST, FEWEST), (32_768, 8_192)] {
            let mut table = Overflow::default();
            table.put(Name::test(1), 900, life, capacity);
            assert_eq!(table.slots.len(), slots, "{capacity}");
        }
    }

    #[test]
    fn only_used_table_is_due() {
        let mut table = Overflow::default();
        assert_eq!(table.due(NOW), None);
        let end = Duration::from_secs(1_010);
        table.put(Name::test(1), 900, Life::new(2_000, end), 1);
        assert_eq!(table.due(NOW), Some(end));
        let later = Now {
            calendar: 2_000,
            monotonic: end,
        };
        table.sweep(NOW);
        assert_eq!(table.used(), 1);
        table.sweep(later);
        assert_eq!((table.used(), table.due(later)), (0, None));
    }
}
