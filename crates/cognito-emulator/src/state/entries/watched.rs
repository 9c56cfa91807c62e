//! Data whose changes are marked ([`Watched`], [`WatchedMap`]).

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};

use crate::state::entries::kind::Kind;
use crate::state::entries::marks::Scope;

/// A value that marks all entries of its kind when it is borrowed mutably.
pub(crate) struct Watched<T> {
    value: T,
    scope: Scope,
    kind: Kind,
}

impl<T> Watched<T> {
    pub(crate) const fn new(value: T, scope: Scope, kind: Kind) -> Self {
        Self { value, scope, kind }
    }
}

impl<T> Deref for Watched<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Watched<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.scope.mark_all(self.kind);
        &mut self.value
    }
}

/// A map that marks the entries of its kind that change. The keys of the map are the keys of the
/// entries.
pub(crate) struct WatchedMap<V> {
    values: BTreeMap<String, V>,
    scope: Scope,
    kind: Kind,
}

impl<V> WatchedMap<V> {
    pub(crate) fn new(scope: Scope, kind: Kind) -> Self {
        Self::with(BTreeMap::new(), scope, kind)
    }

    pub(crate) const fn with(values: BTreeMap<String, V>, scope: Scope, kind: Kind) -> Self {
        Self {
            values,
            scope,
            kind,
        }
    }

    pub(crate) fn insert(&mut self, key: String, value: V) -> Option<V> {
        self.scope.mark(self.kind, &key);
        self.values.insert(key, value)
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<V> {
        self.scope.mark(self.kind, key);
        self.values.remove(key)
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut V> {
        self.scope.mark(self.kind, key);
        self.values.get_mut(key)
    }

    /// Returns the value of a key. If there is none, first inserts the result of `new`.
    pub(crate) fn get_or_insert_with(&mut self, key: &str, new: impl FnOnce() -> V) -> &mut V {
        self.scope.mark(self.kind, key);
        self.values.entry(key.to_owned()).or_insert_with(new)
    }

    /// Removes the values for which `is_kept` returns `false`. `is_kept` can change the values.
    pub(crate) fn retain_mut(&mut self, mut is_kept: impl FnMut(&mut V) -> bool) {
        self.scope.mark_all(self.kind);
        self.values.retain(|_, value| is_kept(value));
    }

    /// Removes the values for which `is_kept` returns `false`.
    pub(crate) fn retain(&mut self, mut is_kept: impl FnMut(&V) -> bool) {
        self.values.retain(|key, value| {
            let is_kept = is_kept(value);
            if !is_kept {
                self.scope.mark(self.kind, key);
            }
            is_kept
        });
    }
}

impl<V> Deref for WatchedMap<V> {
    type Target = BTreeMap<String, V>;

    fn deref(&self) -> &BTreeMap<String, V> {
        &self.values
    }
}
