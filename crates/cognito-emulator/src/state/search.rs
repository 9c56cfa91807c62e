//! The search for users by the value of an attribute ([`Users::search`]).

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashSet};
use std::ops::Bound;
use std::sync::Arc;

use crate::model::user::User;
use crate::model::user::search::Filter;
use crate::state::users::{Known, Users};

/// The maximum number of users that a search compares one after the other. If a pool has more
/// users, a search may use an index.
const SCANNED: usize = 1_000;

/// The values of an attribute with the keys of their users.
type Values = BTreeSet<(Arc<str>, Arc<str>)>;

/// The values of attributes, for searches. The index of an attribute is created at the first
/// search.
#[derive(Default)]
pub(super) struct Index {
    /// The values that users have for an attribute, by the name of the attribute.
    values: BTreeMap<&'static str, Values>,
    /// The keys of the users that may have changed since the last update of the index. Until the
    /// next update, `values` does not contain the values of these users.
    changed: HashSet<String>,
}

impl Index {
    /// Removes the values of a user from the index. Call this method before the user changes. `key`
    /// is the key of the user. `user` is `None` if no user has this key.
    pub(super) fn forget(&mut self, key: &str, user: Option<&User>) {
        if self.values.is_empty() || !self.changed.insert(key.to_owned()) {
            return;
        }
        for (attribute, values) in &mut self.values {
            if let Some(value) = user.and_then(|user| user.search_value(attribute)) {
                values.remove(&(Arc::from(value), Arc::from(key)));
            }
        }
    }

    /// Adds the attribute values of the changed users to all indexes. Creates the index of
    /// `attribute` if it does not exist.
    fn update(&mut self, attribute: &'static str, users: &BTreeMap<Arc<str>, Box<Known>>) {
        for key in self.changed.drain() {
            let Some((key, known)) = users.get_key_value(&*key) else {
                continue;
            };
            for (attribute, values) in &mut self.values {
                values.extend(entry(attribute, key, &known.user, None));
            }
        }
        self.values.entry(attribute).or_insert_with(|| {
            let mut last: Option<Arc<str>> = None;
            let entries = users.iter().filter_map(|(key, known)| {
                let entry = entry(attribute, key, &known.user, last.as_ref())?;
                last = Some(Arc::clone(&entry.0));
                Some(entry)
            });
            entries.collect()
        });
    }
}

/// Returns the entry of a user in the index of an attribute: the value of the attribute, and the
/// key of the user. `other` is the value of another user. If the user's value is equal to the key
/// or to `other`, the entry uses that `Arc` again instead of a new string.
fn entry(
    attribute: &str,
    key: &Arc<str>,
    user: &User,
    other: Option<&Arc<str>>,
) -> Option<(Arc<str>, Arc<str>)> {
    let value = user.search_value(attribute)?;
    let mut same = [Some(key), other].into_iter().flatten();
    let shared = same.find(|other| ***other == *value).cloned();
    Some((shared.unwrap_or_else(|| value.into()), Arc::clone(key)))
}

impl Users {
    /// Returns up to `most` users who match the filter, sorted by user name. With `after`, returns
    /// only users whose user name is greater than `after`.
    pub(crate) fn search(
        &mut self,
        filter: &Filter,
        after: Option<&str>,
        most: usize,
    ) -> Vec<&User> {
        let after = after.map(|name| self.fold(name));
        let after = after.as_deref();
        if filter.attribute == "username" {
            return self.search_names(filter, after, most);
        }
        let is_found = |user: &User| after.is_none_or(|after| *self.fold(&user.username) > *after);
        // The `sub` is an alias too.
        let owner = || self.find(&filter.value).filter(|user| filter.admits(user));
        if filter.attribute == "sub"
            && !filter.starts_with
            && let Some(user) = owner().map(|user| user.username.clone())
        {
            let user = self.by_key(&self.fold(&user)).filter(|user| is_found(user));
            return user.into_iter().collect();
        }
        let is_small = self.len() <= SCANNED;
        let scanned = (is_small || filter.starts_with).then(|| self.scan(filter, after, most));
        let keys = match scanned.filter(|found| is_small || found.len() == most) {
            Some(found) => found,
            None => self.indexed(filter, after, most),
        };
        let users = keys.into_iter();
        users.filter_map(|key| self.by_key(&key)).collect()
    }

    /// Searches in the index of the filter's attribute. Returns the keys of the first `most` users
    /// who match the filter and have a key greater than `after`.
    fn indexed(&mut self, filter: &Filter, after: Option<&str>, most: usize) -> Vec<Arc<str>> {
        self.index.update(filter.attribute, &self.by_name);
        let Some(values) = self.index.values.get(filter.attribute) else {
            return Vec::new();
        };
        if filter.starts_with {
            return first_keys(values, &filter.value, after, most);
        }
        let (value, first) = (
            Arc::from(&*filter.value),
            Arc::from(after.unwrap_or_default()),
        );
        let rest = values.range((Bound::Excluded((value, first)), Bound::Unbounded));
        let found = rest.take_while(|(value, _)| **value == *filter.value);
        found.map(|(_, key)| Arc::clone(key)).take(most).collect()
    }

    /// Compares users with the filter one after the other, without an index. Compares at most
    /// [`SCANNED`] users. Returns the keys of the first `most` users who match the filter.
    fn scan(&self, filter: &Filter, after: Option<&str>, most: usize) -> Vec<Arc<str>> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let rest = self.by_name.range::<str, _>((start, Bound::Unbounded));
        let rest = rest.take(SCANNED);
        let found = rest.filter(|(_, known)| filter.admits(&known.user));
        found.map(|(key, _)| Arc::clone(key)).take(most).collect()
    }

    /// Returns the result of a [search](Self::search) by user name.
    fn search_names(&self, filter: &Filter, after: Option<&str>, most: usize) -> Vec<&User> {
        let is_later = |key: &str| after.is_none_or(|after| key > after);
        if !filter.starts_with {
            let key = self.fold(&filter.value);
            let user = self.by_key(&key).filter(|_| is_later(&key));
            let user = user.filter(|user| filter.admits(user));
            return user.into_iter().collect();
        }
        // The lower case of other letters depends on what follows.
        let end = filter.value.find(|letter: char| !letter.is_ascii());
        let prefix = self.fold(
            filter
                .value
                .get(..end.unwrap_or(filter.value.len()))
                .unwrap_or(""),
        );
        let start = match after {
            Some(after) if *after >= *prefix => Bound::Excluded(after),
            _ => Bound::Included(&*prefix),
        };
        let rest = self.by_name.range::<str, _>((start, Bound::Unbounded));
        rest.take_while(|(key, _)| key.starts_with(&prefix))
            .map(|(_, known)| &known.user)
            .filter(|user| filter.admits(user))
            .take(most)
            .collect()
    }
}

/// Returns the keys of users whose value begins with `prefix`, in the order of the keys. Omits the
/// keys up to `after`, and returns at most `most` keys.
fn first_keys(values: &Values, prefix: &str, after: Option<&str>, most: usize) -> Vec<Arc<str>> {
    let start = (Arc::from(prefix), Arc::from(""));
    let found = values.range(start..);
    let found = found.take_while(|(value, _)| value.starts_with(prefix));
    let mut first = BinaryHeap::new();
    for (_, key) in found.filter(|(_, key)| after.is_none_or(|after| **key > *after)) {
        if first.len() < most {
            first.push(key);
        } else if first.peek().is_some_and(|last| key < *last) {
            first.pop();
            first.push(key);
        }
    }
    first.into_sorted_vec().into_iter().cloned().collect()
}

#[cfg(test)]
mod tests;
