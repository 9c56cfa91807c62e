//! The users of a pool, with their names and aliases.

use std::collections::{BTreeMap, HashMap};
use std::time::SystemTime;

use crate::model::attributes::standard::address;
use crate::model::failure::Failure;
use crate::model::options::Usernames;
use crate::model::settings::Names;
use crate::model::user::User;

/// The number of bits in a generation that count the sign-outs of one user. The higher bits count
/// the resets.
const GENERATIONS: u32 = 32;

/// The users by user name, and their aliases.
pub(crate) struct Users {
    pub(crate) rules: Names,
    by_name: BTreeMap<String, User>,
    aliases: HashMap<String, String>,
    /// The aliases of each user. They allow an update without reading the aliases of all users.
    names: HashMap<String, Vec<String>>,
    /// The number of times that all users were removed.
    pub(crate) era: u64,
    /// The time of the last removal of all users.
    pub(crate) since: Option<SystemTime>,
}

impl Users {
    pub(crate) fn new(rules: Names) -> Self {
        Self {
            rules,
            by_name: BTreeMap::new(),
            aliases: HashMap::new(),
            names: HashMap::new(),
            era: 0,
            since: None,
        }
    }

    /// Returns the user with a user name, `sub`, or alias.
    pub(crate) fn find(&self, name: &str) -> Option<&User> {
        self.by_name.get(&self.key(name)?)
    }

    pub(crate) fn find_mut(&mut self, name: &str) -> Option<&mut User> {
        let key = self.key(name)?;
        self.by_name.get_mut(&key)
    }

    /// Returns the user, or `UserNotFoundException`.
    pub(crate) fn expect(&mut self, name: &str) -> Result<&mut User, Failure> {
        self.find_mut(name).ok_or_else(Failure::user_not_found)
    }

    /// Returns the user name of the user who has an address as alias.
    pub(crate) fn owner(&self, alias: &str) -> Option<&str> {
        self.aliases.get(&self.fold(alias)).map(String::as_str)
    }

    pub(crate) fn insert(&mut self, mut user: User) {
        user.generation = user.generation.max(self.era << GENERATIONS);
        user.signed_out = user.signed_out.or(self.since);
        let key = self.fold(&user.username);
        self.by_name.insert(key.clone(), user);
        self.reindex(&key);
    }

    pub(crate) fn remove(&mut self, name: &str) -> Option<User> {
        let key = self.key(name)?;
        self.forget_aliases(&key);
        self.by_name.remove(&key)
    }

    /// Updates the aliases of a user after a change of attributes.
    pub(crate) fn reindex(&mut self, name: &str) {
        let key = self.fold(name);
        self.forget_aliases(&key);
        let Some(user) = self.by_name.get(&key) else {
            return;
        };
        let mut aliases = vec![self.fold(&user.sub)];
        for attribute in &self.rules.attributes {
            // An alias that is an address must have been verified.
            let name = if self.rules.usernames == Usernames::Plain && address(attribute).is_some() {
                user.verified(attribute)
            } else {
                user.attribute(attribute)
            };
            aliases.extend(name.map(|name| self.fold(name)));
        }
        for alias in &aliases {
            self.aliases.insert(alias.clone(), key.clone());
        }
        self.names.insert(key, aliases);
    }

    /// Returns all users whose user name is after `after`, in order.
    pub(crate) fn after(&self, after: Option<&str>) -> impl Iterator<Item = &User> {
        use std::ops::Bound;
        let start = after.map_or(Bound::Unbounded, |name| Bound::Excluded(self.fold(name)));
        self.by_name
            .range((start, Bound::Unbounded))
            .map(|(_, user)| user)
    }

    pub(crate) fn all_mut(&mut self) -> impl Iterator<Item = &mut User> {
        self.by_name.values_mut()
    }

    pub(crate) fn len(&self) -> usize {
        self.by_name.len()
    }

    fn forget_aliases(&mut self, key: &str) {
        for alias in self.names.remove(key).unwrap_or_default() {
            // An alias may have moved to another user in the meantime.
            if self.aliases.get(&alias).is_some_and(|owner| owner == key) {
                self.aliases.remove(&alias);
            }
        }
    }

    /// Returns the form in which names are compared.
    pub(crate) fn fold(&self, name: &str) -> String {
        self.rules.fold(name)
    }

    fn key(&self, name: &str) -> Option<String> {
        let folded = self.fold(name);
        if self.by_name.contains_key(&folded) {
            return Some(folded);
        }
        self.aliases.get(&folded).cloned()
    }
}
