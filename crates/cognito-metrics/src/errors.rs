//! Counters of errors by type, in a table that only grows and needs no lock.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The number of slots in an [`ErrorTable`], which is a hash table. Each slot holds the counter for
/// one error name. There are about twice as many slots as error names (59 exceptions and about
/// sixty kinds), so that a search needs few steps.
const SLOTS: usize = 256;

/// The name under which errors are counted if all slots of an [`ErrorTable`] are used. In practice,
/// some slots are always free, because there are more slots than error names.
const OTHER: &str = "Other";

/// The index of the counter for [`OTHER`] in an [`ErrorTable`]. It follows the indexes of the
/// slots.
const OTHER_INDEX: usize = SLOTS;

/// A hash table with one counter for each error name.
pub(crate) struct ErrorTable {
    slots: Box<[Slot]>,
    other: AtomicU64,
    last: AtomicU64,
}

#[derive(Default)]
struct Slot {
    name: OnceLock<&'static str>,
    count: AtomicU64,
}

impl ErrorTable {
    pub(crate) fn new() -> Self {
        Self {
            slots: (0..SLOTS).map(|_| Slot::default()).collect(),
            other: AtomicU64::new(0),
            last: AtomicU64::new(0),
        }
    }

    /// Counts an error whose type has this name, and stores the name and the time as the last
    /// error.
    pub(crate) fn record(&self, name: &'static str, moment: SystemTime) {
        let index = self.index(name);
        self.count(index).fetch_add(1, Ordering::Relaxed);
        // One number holds both, so that a reader never sees one error's type with another's time.
        self.last.store(packed(index, moment), Ordering::Relaxed);
    }

    /// Returns the number of errors of each type. Types without errors are omitted.
    pub(crate) fn totals(&self) -> BTreeMap<&'static str, u64> {
        let slots = self.slots.iter().filter_map(|slot| {
            let name = *slot.name.get()?;
            Some((name, slot.count.load(Ordering::Relaxed)))
        });
        let other = (OTHER, self.other.load(Ordering::Relaxed));
        slots.chain([other]).filter(|(_, n)| *n > 0).collect()
    }

    /// Returns the type and time of the last error, or `None` if there was none.
    pub(crate) fn last(&self) -> Option<(&'static str, SystemTime)> {
        let packed = self.last.load(Ordering::Relaxed);
        let index = usize::try_from(packed & 0x1ff).ok()?.checked_sub(1)?;
        let name = match self.slots.get(index) {
            Some(slot) => *slot.name.get()?,
            None => OTHER,
        };
        Some((name, UNIX_EPOCH + Duration::from_millis(packed >> 9)))
    }

    /// Clears the last error.
    pub(crate) fn forget_last(&self) {
        self.last.store(0, Ordering::Relaxed);
    }

    /// Returns the index of the counter for this name. If the name has no counter yet, assigns a
    /// free counter to the name. Returns [`OTHER_INDEX`] if no counter is free.
    fn index(&self, name: &'static str) -> usize {
        let start = hash(name);
        (0..SLOTS)
            .map(|step| (start + step) % SLOTS)
            .find(|index| {
                self.slots
                    .get(*index)
                    .is_some_and(|slot| *slot.name.get_or_init(|| name) == name)
            })
            .unwrap_or(OTHER_INDEX)
    }

    fn count(&self, index: usize) -> &AtomicU64 {
        self.slots
            .get(index)
            .map_or(&self.other, |slot| &slot.count)
    }
}

/// Returns the FNV-1a hash of a name. This hash is good enough for a hundred names that an attacker
/// cannot choose.
fn hash(name: &str) -> usize {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    // In the product, the upper 32 bits depend on the most input bits.
    (hash >> 32) as usize % SLOTS
}

/// Packs the last error into one number. The lower nine bits are `index + 1`, where `index` is the
/// index of the error's counter. The upper bits are the milliseconds since 1970, which fit until
/// the year 1,100,000. The number 0 means that there is no error.
fn packed(index: usize, moment: SystemTime) -> u64 {
    let since = moment.duration_since(UNIX_EPOCH).unwrap_or_default();
    let millis = u64::try_from(since.as_millis()).unwrap_or(0);
    (millis << 9) | (index as u64 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_its_counter() {
        let table = ErrorTable::new();
        let names: Vec<_> = cognito_core::error::exceptions()
            .map(|row| row.code)
            .collect();
        for (times, name) in names.iter().enumerate() {
            for _ in 0..=times {
                table.record(name, UNIX_EPOCH);
            }
        }
        let totals = table.totals();
        assert_eq!(totals.len(), names.len());
        for (times, name) in names.iter().enumerate() {
            assert_eq!(totals[name], times as u64 + 1, "{name}");
        }
    }

    #[test]
    fn names_beyond_the_table_are_counted_together() {
        let table = ErrorTable::new();
        for number in 0..SLOTS + 7 {
            let name: &'static str = Box::leak(format!("name {number}").into_boxed_str());
            table.record(name, UNIX_EPOCH);
        }
        assert_eq!(table.totals()[OTHER], 7);
        assert_eq!(table.totals().values().sum::<u64>(), SLOTS as u64 + 7);
        assert_eq!(table.last(), Some((OTHER, UNIX_EPOCH)));
    }

    #[test]
    fn the_last_error_is_kept_with_its_time() {
        let table = ErrorTable::new();
        assert_eq!(table.last(), None);
        let moment = UNIX_EPOCH + Duration::from_millis(1_704_110_400_007);
        table.record("CodeMismatchException", UNIX_EPOCH);
        table.record("NotAuthorizedException", moment);
        assert_eq!(table.last(), Some(("NotAuthorizedException", moment)));
        table.forget_last();
        assert_eq!(table.last(), None);
    }
}
