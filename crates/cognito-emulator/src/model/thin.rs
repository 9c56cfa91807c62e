//! A value that takes memory only if it was changed ([`Thin`]).

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Deref, DerefMut};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A type that has an empty value in static memory. [`Thin`] returns it while no value is stored.
pub(crate) trait Empty: Default + 'static {
    const EMPTY: &'static Self;
}

/// A value that is empty for most users. While no value is stored, this type takes only the memory
/// of a pointer.
///
/// The first mutable access allocates memory and stores a value there, even if the caller does not
/// change the value.
#[derive(Clone)]
pub(crate) struct Thin<T>(Option<Box<T>>);

impl<T> Thin<T> {
    /// Returns `true` if no value is stored. This is the case before the first mutable access, and
    /// after [`reset`](Self::reset) or [`take`](Self::take) until the next mutable access.
    pub(crate) const fn is_unset(&self) -> bool {
        self.0.is_none()
    }

    /// Drops the stored value and frees its memory. The value is then empty.
    pub(crate) fn reset(&mut self) {
        self.0 = None;
    }
}

impl<T> Default for Thin<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Empty> Thin<T> {
    /// Returns the value and replaces it with an empty value.
    pub(crate) fn take(&mut self) -> T {
        self.0.take().map(|value| *value).unwrap_or_default()
    }
}

impl<T> From<T> for Thin<T> {
    fn from(value: T) -> Self {
        Self(Some(Box::new(value)))
    }
}

impl<T: Empty> Deref for Thin<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_deref().unwrap_or(T::EMPTY)
    }
}

impl<T: Empty> DerefMut for Thin<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.get_or_insert_default()
    }
}

impl<T: Empty + Serialize> Serialize for Thin<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        T::serialize(self, to)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Thin<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        T::deserialize(from).map(Self::from)
    }
}

impl<T: 'static> Empty for Vec<T> {
    const EMPTY: &'static Self = &Self::new();
}

impl<T: 'static> Empty for BTreeSet<T> {
    const EMPTY: &'static Self = &Self::new();
}

impl<K: 'static, V: 'static> Empty for BTreeMap<K, V> {
    const EMPTY: &'static Self = &Self::new();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_empty_until_it_is_changed() {
        let mut thin: Thin<Vec<u8>> = Thin::default();
        assert!(thin.is_empty() && thin.is_unset());
        thin.push(1);
        assert_eq!((thin.len(), thin.is_unset()), (1, false));
        assert_eq!(thin.take(), [1]);
        assert!(thin.is_empty() && thin.is_unset());
        assert_eq!(size_of::<Thin<Vec<u8>>>(), size_of::<usize>());
    }
}
