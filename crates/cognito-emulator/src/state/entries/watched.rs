//! Types that store data of the emulator, and mark the state file entries of changed data
//! ([`Watched`], [`WatchedMap`], [`Accounts`]).

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};

use crate::state::entries::kind::Kind;
use crate::state::entries::marks::Scope;

/// A value that the state file stores in entries of one [`Kind`]. A mutable borrow of the value
/// marks all entries of this kind in the same pool as changed. If the value belongs to no pool, it
/// marks the shared entries of this kind.
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

/// A map in which each value has its own entry in the state file. A change of a value marks this
/// entry as changed.
pub(crate) struct WatchedMap<V> {
    values: BTreeMap<String, V>,
    marker: Marker,
}

/// The part of a [`WatchedMap`] that marks the state file entries of changed values.
struct Marker {
    scope: Scope,
    kind: Kind,
    /// The prefix of this map's keys in the state file. The value with the key `k` in the map has a
    /// key in the state file that consists of this prefix and `k`.
    prefix: String,
}

impl Marker {
    fn mark(&self, key: &str) {
        if self.scope.is_tracking() {
            let key = format!("{}{key}", self.prefix);
            self.scope.mark(self.kind, &key);
        }
    }
}

impl<V> WatchedMap<V> {
    pub(crate) fn new(scope: Scope, kind: Kind) -> Self {
        Self::with(BTreeMap::new(), scope, kind)
    }

    pub(crate) const fn with(values: BTreeMap<String, V>, scope: Scope, kind: Kind) -> Self {
        let prefix = String::new();
        let marker = Marker {
            scope,
            kind,
            prefix,
        };
        Self { values, marker }
    }

    pub(crate) fn insert(&mut self, key: String, value: V) -> Option<V> {
        self.marker.mark(&key);
        self.values.insert(key, value)
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<V> {
        self.marker.mark(key);
        self.values.remove(key)
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut V> {
        self.marker.mark(key);
        self.values.get_mut(key)
    }

    /// Returns the value of a key. If there is none, first inserts the result of `new`.
    pub(crate) fn get_or_insert_with(&mut self, key: &str, new: impl FnOnce() -> V) -> &mut V {
        self.marker.mark(key);
        self.values.entry(key.to_owned()).or_insert_with(new)
    }

    /// Removes the values for which `is_kept` returns `false`. `is_kept` can change the values.
    pub(crate) fn retain_mut(&mut self, mut is_kept: impl FnMut(&mut V) -> bool) {
        self.marker.scope.mark_all(self.marker.kind);
        self.values.retain(|_, value| is_kept(value));
    }

    /// Removes the values for which `is_kept` returns `false`.
    pub(crate) fn retain(&mut self, mut is_kept: impl FnMut(&V) -> bool) {
        self.values.retain(|key, value| {
            let is_kept = is_kept(value);
            if !is_kept {
                self.marker.mark(key);
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

/// Values by AWS account and name, such as the parameters of Parameter Store. Each value has its
/// own entry in the state file. A change of the value marks this entry as changed. The key of the
/// entry is the account id, a slash and the name.
pub(crate) struct Accounts<V> {
    accounts: BTreeMap<String, WatchedMap<V>>,
    scope: Scope,
    kind: Kind,
}

impl<V> Accounts<V> {
    pub(crate) const fn new(scope: Scope, kind: Kind) -> Self {
        let accounts = BTreeMap::new();
        Self {
            accounts,
            scope,
            kind,
        }
    }

    /// Returns the values of an AWS account, by name.
    pub(crate) fn of(&mut self, account: &str) -> &mut WatchedMap<V> {
        let (scope, kind) = (&self.scope, self.kind);
        let known = self.accounts.entry(account.to_owned());
        known.or_insert_with(|| WatchedMap {
            values: BTreeMap::new(),
            marker: Marker {
                scope: scope.clone(),
                kind,
                prefix: format!("{account}/"),
            },
        })
    }

    /// Returns the values of all AWS accounts, by account.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &WatchedMap<V>)> {
        let accounts = self.accounts.iter();
        accounts.map(|(account, values)| (account.as_str(), values))
    }

    /// Removes the values for which `is_kept` returns `false`.
    pub(crate) fn retain(&mut self, is_kept: impl Fn(&V) -> bool) {
        for values in self.accounts.values_mut() {
            values.retain(&is_kept);
        }
    }

    /// Replaces the values of all AWS accounts. `accounts` contains the new values, by account and
    /// name.
    pub(crate) fn restore(&mut self, accounts: BTreeMap<String, BTreeMap<String, V>>) {
        self.scope.mark_all(self.kind);
        self.accounts.clear();
        for (account, values) in accounts {
            self.of(&account).values = values;
        }
    }
}
