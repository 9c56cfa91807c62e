//! The users of a pool, by user name and alias.

mod restored;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
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
use crate::state::search::Index;

pub(crate) use restored::{Prepared, Restored};

/// The number of bits for the lower part of a [generation](User::generation). This part counts how
/// often the user was signed out everywhere. The higher bits count how often all users of the pool
/// were removed.
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
    pub(super) by_name: BTreeMap<Arc<str>, Box<Known>>,
    /// The keys of the users in `by_name`, by alias. The `sub` is an alias too.
    aliases: HashMap<Arc<str>, Arc<str>>,
    pub(super) index: Index,
    /// The number of times that all users were removed.
    pub(crate) era: u64,
    /// The time when all users were last removed. `None` if they were never removed.
    pub(crate) since: Option<SystemTime>,
    scope: Scope,
    /// The earlier data of the users and groups, for point-in-time recoveries.
    pub(crate) history: History,
}

/// A user and the aliases of the user.
pub(super) struct Known {
    pub(super) user: User,
    /// The aliases in the data of the user: the `sub`, and the attributes with which users of the
    /// pool can sign in. Another user can already have such an alias: `Users::aliases` contains the
    /// owner. If the attributes of the user change, the aliases are replaced.
    aliases: Box<[Arc<str>]>,
}

impl Users {
    pub(crate) fn new(rules: Names, scope: Scope) -> Self {
        Self {
            rules,
            by_name: BTreeMap::new(),
            aliases: HashMap::new(),
            index: Index::default(),
            era: 0,
            since: None,
            history: History::new(&scope),
            scope,
        }
    }

    /// Returns the user with this user name, `sub` or alias. Returns `None` if there is none.
    pub(crate) fn find(&self, name: &str) -> Option<&User> {
        self.by_key(&self.key(name)?)
    }

    /// Returns the user with this user name, `sub` or alias. Returns `None` if there is none.
    pub(crate) fn find_mut(&mut self, name: &str) -> Option<&mut User> {
        let key = self.key(name)?;
        self.will_change(&key);
        self.by_name.get_mut(&*key).map(|known| &mut known.user)
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
        self.aliases.get(&*self.fold(alias)).map(|key| &**key)
    }

    /// Adds a user.
    ///
    /// The new user can have the name and the `sub` of a user that a reset has removed (a reset
    /// removes all users of the pool). Tokens that were issued before the last reset are invalid
    /// for the new user.
    pub(crate) fn insert(&mut self, mut user: User) {
        user.generation = user.generation.max(self.era << GENERATIONS);
        user.signed_out = user.signed_out.or(self.since);
        let key = self.fold(&user.username);
        self.will_change(&key);
        self.forget_aliases(&key);
        let aliases = Box::default();
        let known = Box::new(Known { user, aliases });
        self.by_name.insert(key.as_str().into(), known);
        self.reindex(&key);
    }

    pub(crate) fn remove(&mut self, name: &str) -> Option<User> {
        let key = self.key(name)?;
        self.will_change(&key);
        self.forget_aliases(&key);
        self.by_name.remove(&*key).map(|known| known.user)
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
        let folded = self.fold(name);
        self.forget_aliases(&folded);
        let Some((key, known)) = self.by_name.get_key_value(&*folded) else {
            return;
        };
        let (key, aliases) = (Arc::clone(key), aliases_of(&self.rules, key, &known.user));
        for alias in &aliases {
            let owner = self.aliases.entry(Arc::clone(alias));
            owner.or_insert_with(|| Arc::clone(&key));
        }
        if let Some(known) = self.by_name.get_mut(&key) {
            known.aliases = aliases;
        }
    }

    /// Returns all users, each with its key.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &User)> {
        self.by_name
            .iter()
            .map(|(key, known)| (&**key, &known.user))
    }

    /// Returns the aliases that the user with this key does not have, because another user has
    /// them.
    pub(super) fn lost_aliases(&self, key: &str) -> Vec<&str> {
        let known = self.by_name.get(key).into_iter();
        let names = known.flat_map(|known| &known.aliases);
        let is_lost = |alias: &&Arc<str>| self.aliases.get(*alias).is_none_or(|it| **it != *key);
        names.filter(is_lost).map(|alias| &**alias).collect()
    }

    /// Returns the users whose user name is greater than `after`, sorted by user name. If `after`
    /// is `None`, returns all users.
    pub(crate) fn after(&self, after: Option<&str>) -> impl Iterator<Item = &User> {
        use std::ops::Bound;
        let after = after.map(|name| self.fold(name));
        let start = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        self.by_name
            .range::<str, _>((start, Bound::Unbounded))
            .map(|(_, known)| &known.user)
    }

    /// Returns the users for whom `is_meant` returns `true`.
    pub(crate) fn matching_mut(
        &mut self,
        is_meant: impl Fn(&User) -> bool,
    ) -> impl Iterator<Item = &mut User> {
        for (key, known) in &self.by_name {
            if is_meant(&known.user) {
                self.scope.mark(Kind::User, key);
                self.history.copy_user(key, Some(&known.user));
                self.index.forget(key, Some(&known.user));
            }
        }
        let all = self.by_name.values_mut().map(|known| &mut known.user);
        all.filter(move |user| is_meant(user))
    }

    /// Returns the user with this key. The key is a user name in the form that [`fold`](Self::fold)
    /// returns. Returns `None` if there is no such user.
    pub(crate) fn by_key(&self, key: &str) -> Option<&User> {
        self.by_name.get(key).map(|known| &known.user)
    }

    pub(crate) fn len(&self) -> usize {
        self.by_name.len()
    }

    /// Prepares a change of the user with this key: marks the user's entry of the state file as
    /// changed, stores a copy of the user in the history, and removes the user from the search
    /// index. Call this method before the user is changed, added or removed.
    fn will_change(&mut self, key: &str) {
        self.scope.mark(Kind::User, key);
        let user = self.by_name.get(key).map(|known| &known.user);
        self.history.copy_user(key, user);
        self.index.forget(key, user);
    }

    /// Removes the aliases of a user.
    fn forget_aliases(&mut self, key: &str) {
        self.scope.mark(Kind::User, key);
        let Some(known) = self.by_name.get_mut(key) else {
            return;
        };
        for alias in std::mem::take(&mut known.aliases) {
            // The alias may belong to another user.
            if self
                .aliases
                .get(&alias)
                .is_some_and(|owner| **owner == *key)
            {
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
        if self.by_name.contains_key(&*folded) {
            return Some(folded);
        }
        self.aliases.get(&*folded).map(ToString::to_string)
    }
}

/// Returns the aliases that follow from the data of a user, even if another user already has them.
/// The key of the user is not included, because every user is found by their key.
fn aliases_of(rules: &Names, key: &str, user: &User) -> Box<[Arc<str>]> {
    let mut aliases = Vec::with_capacity(2);
    let mut add = |name: &str| {
        let alias = rules.fold(name);
        if alias != key {
            aliases.push(Arc::from(alias));
        }
    };
    add(&user.sub);
    // Security: an identity provider sets the addresses of its users. With such an address, a local
    // user must remain the one who can sign in and reset the password.
    for attribute in rules.attributes.iter().filter(|_| !user.is_federated) {
        // An alias that is an address must have been verified.
        let name = if rules.usernames == Usernames::Plain && address(attribute).is_some() {
            user.verified(attribute)
        } else {
            user.attribute(attribute)
        };
        name.into_iter().for_each(&mut add);
    }
    aliases.into()
}
