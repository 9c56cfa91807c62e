//! The users of a pool, by user name and alias.

use std::collections::{BTreeMap, HashMap};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::model::attributes::standard::address;
use crate::model::failure::Failure;
use crate::model::options::Usernames;
use crate::model::settings::Names;
use crate::model::user::User;
use crate::state::entries::kind::Kind;
use crate::state::entries::marks::Scope;
use crate::state::history::History;

/// The number of low bits of a [generation](User::generation) that count how often a user was
/// signed out everywhere. (Tokens of earlier generations are revoked.) The higher bits count how
/// often all users of the pool were removed.
const GENERATIONS: u32 = 32;

/// The user name and the `sub` of a user.
///
/// If the user is deleted, another user can get the same name later. The `sub` of the other user is
/// different.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UserKey {
    pub(crate) username: String,
    pub(crate) sub: String,
}

impl UserKey {
    pub(crate) fn of(user: &User) -> Self {
        Self {
            username: user.username.clone(),
            sub: user.sub.clone(),
        }
    }
}

/// The users of a pool by user name, and their aliases.
pub(crate) struct Users {
    pub(crate) rules: Names,
    /// The users. The key is the user name, converted by [`fold`](Self::fold).
    by_name: BTreeMap<String, User>,
    /// The keys of the users in `by_name`, by alias. The `sub` is an alias too.
    aliases: HashMap<String, String>,
    /// The aliases of each user, by the key in `by_name`. If the attributes of a user change, these
    /// aliases are replaced.
    names: HashMap<String, Vec<String>>,
    /// The number of times that all users were removed.
    pub(crate) era: u64,
    /// The time when all users were last removed. `None` if they were never removed.
    pub(crate) since: Option<SystemTime>,
    scope: Scope,
    /// The earlier data of the users and groups.
    pub(crate) history: History,
}

impl Users {
    pub(crate) fn new(rules: Names, scope: Scope) -> Self {
        Self {
            rules,
            by_name: BTreeMap::new(),
            aliases: HashMap::new(),
            names: HashMap::new(),
            era: 0,
            since: None,
            history: History::new(&scope),
            scope,
        }
    }

    /// Returns the user with this user name, `sub` or alias. Returns `None` if there is none.
    pub(crate) fn find(&self, name: &str) -> Option<&User> {
        self.by_name.get(&self.key(name)?)
    }

    /// Returns the user with this user name, `sub` or alias. Returns `None` if there is none.
    pub(crate) fn find_mut(&mut self, name: &str) -> Option<&mut User> {
        let key = self.key(name)?;
        self.will_change(&key);
        self.by_name.get_mut(&key)
    }

    /// Returns the user with this user name or alias. Returns `None` if there is no such user, or
    /// if the `sub` of the user is not `sub`.
    pub(crate) fn find_same(&mut self, name: &str, sub: &str) -> Option<&mut User> {
        self.find_mut(name).filter(|user| user.sub == sub)
    }

    /// Returns the user with this key. Returns `None` if the user was deleted.
    pub(crate) fn find_by_key(&mut self, key: &UserKey) -> Option<&mut User> {
        self.find_same(&key.username, &key.sub)
    }

    /// Returns the user with this user name, `sub` or alias. Fails with `UserNotFoundException` if
    /// there is none.
    pub(crate) fn expect(&mut self, name: &str) -> Result<&mut User, Failure> {
        self.find_mut(name).ok_or_else(Failure::user_not_found)
    }

    /// Returns the key of the user with this alias: the user name, converted by
    /// [`fold`](Self::fold). Returns `None` if no user has the alias.
    pub(crate) fn owner(&self, alias: &str) -> Option<&str> {
        self.aliases.get(&self.fold(alias)).map(String::as_str)
    }

    /// Adds a user. If all users of the pool have been removed before (a reset), tokens that were
    /// issued before the last reset are invalid for the user.
    pub(crate) fn insert(&mut self, mut user: User) {
        user.generation = user.generation.max(self.era << GENERATIONS);
        user.signed_out = user.signed_out.or(self.since);
        let key = self.fold(&user.username);
        self.will_change(&key);
        self.by_name.insert(key.clone(), user);
        self.reindex(&key);
    }

    pub(crate) fn remove(&mut self, name: &str) -> Option<User> {
        let key = self.key(name)?;
        self.will_change(&key);
        self.forget_aliases(&key);
        self.by_name.remove(&key)
    }

    /// Updates the aliases of several users together, so that an alias can move between them.
    pub(crate) fn reindex_all(&mut self, keys: &[String]) {
        for key in keys {
            self.forget_aliases(key);
        }
        for key in keys {
            self.reindex(key);
        }
    }

    /// Updates the aliases of the user with this user name, after attributes of the user have
    /// changed.
    ///
    /// Security: if another user already has one of the aliases, that user keeps it. Otherwise a
    /// user could take the sign-in name of another user by changing an attribute.
    pub(crate) fn reindex(&mut self, name: &str) {
        let key = self.fold(name);
        self.forget_aliases(&key);
        let Some(user) = self.by_name.get(&key) else {
            return;
        };
        let aliases = self.aliases_of(user);
        for alias in &aliases {
            let owner = self.aliases.entry(alias.clone());
            owner.or_insert_with(|| key.clone());
        }
        self.names.insert(key, aliases);
    }

    /// Returns the aliases that a user has unless another user has them.
    fn aliases_of(&self, user: &User) -> Vec<String> {
        let mut aliases = vec![self.fold(&user.sub)];
        // Security: an identity provider sets the addresses of its users. With such an address, a
        // local user must remain the one who can sign in and reset the password.
        let attributes = self.rules.attributes.iter();
        for attribute in attributes.filter(|_| !user.is_federated) {
            // An alias that is an address must have been verified.
            let name = if self.rules.usernames == Usernames::Plain && address(attribute).is_some() {
                user.verified(attribute)
            } else {
                user.attribute(attribute)
            };
            aliases.extend(name.map(|name| self.fold(name)));
        }
        aliases
    }

    /// Returns the users by key.
    pub(super) const fn all(&self) -> &BTreeMap<String, User> {
        &self.by_name
    }

    /// Returns the aliases that the user with this key would have if no other user had them.
    pub(super) fn lost_aliases(&self, key: &str) -> Vec<&str> {
        let names = self.names.get(key).into_iter().flatten();
        let is_lost = |alias: &&String| self.aliases.get(*alias).is_none_or(|owner| owner != key);
        names.filter(is_lost).map(String::as_str).collect()
    }

    /// Adds a user of a state file. `lost` has the aliases that the user does not have.
    pub(super) fn restore(&mut self, user: User, lost: &[String]) {
        let key = self.fold(&user.username);
        let aliases = self.aliases_of(&user);
        for alias in aliases.iter().filter(|alias| !lost.contains(alias)) {
            self.aliases.insert(alias.clone(), key.clone());
        }
        self.names.insert(key.clone(), aliases);
        self.by_name.insert(key, user);
    }

    /// Returns the users whose user name is greater than `after`, sorted by user name. If `after`
    /// is `None`, returns all users.
    pub(crate) fn after(&self, after: Option<&str>) -> impl Iterator<Item = &User> {
        use std::ops::Bound;
        let start = after.map_or(Bound::Unbounded, |name| Bound::Excluded(self.fold(name)));
        self.by_name
            .range((start, Bound::Unbounded))
            .map(|(_, user)| user)
    }

    /// Returns the users for whom `is_meant` returns `true`.
    pub(crate) fn matching_mut(
        &mut self,
        is_meant: impl Fn(&User) -> bool,
    ) -> impl Iterator<Item = &mut User> {
        let matching = self.by_name.iter().filter(|(_, user)| is_meant(user));
        for (key, user) in matching {
            self.scope.mark(Kind::User, key);
            self.history.copy_user(key, Some(user));
        }
        let all = self.by_name.values_mut();
        all.filter(move |user| is_meant(user))
    }

    /// Returns the user with this key. The key is a user name in the form that [`fold`](Self::fold)
    /// returns. Returns `None` if there is no such user.
    pub(crate) fn by_key(&self, key: &str) -> Option<&User> {
        self.by_name.get(key)
    }

    pub(crate) fn len(&self) -> usize {
        self.by_name.len()
    }

    /// Call this method before the user with this key is changed, added or removed.
    fn will_change(&mut self, key: &str) {
        self.scope.mark(Kind::User, key);
        self.history.copy_user(key, self.by_name.get(key));
    }

    /// Removes the aliases of a user.
    fn forget_aliases(&mut self, key: &str) {
        self.scope.mark(Kind::User, key);
        for alias in self.names.remove(key).unwrap_or_default() {
            // The alias may belong to another user.
            if self.aliases.get(&alias).is_some_and(|owner| owner == key) {
                self.aliases.remove(&alias);
            }
        }
    }

    /// Converts a user name or alias, so that equal names are equal strings: to lower case if the
    /// pool is not case-sensitive.
    pub(crate) fn fold(&self, name: &str) -> String {
        self.rules.fold(name)
    }

    /// Returns the key of the user with this user name, `sub` or alias. The key is the user name,
    /// converted by [`fold`](Self::fold). Returns `None` if there is no such user. A user name has
    /// precedence over an alias of another user.
    fn key(&self, name: &str) -> Option<String> {
        let folded = self.fold(name);
        if self.by_name.contains_key(&folded) {
            return Some(folded);
        }
        self.aliases.get(&folded).cloned()
    }
}
