//! The users that are read from a state file ([`Restored`]).
//!
//! [`Prepared`] sorts the users of a pool and indexes their aliases before they are added to the
//! pool. If a pool has very many users, several threads do parts of this work.

use std::collections::HashMap;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread;

use crate::model::settings::Names;
use crate::model::user::User;
use crate::state::users::{Known, Users, aliases_of};

/// The minimum number of users of a pool for which other threads help to prepare the users
/// ([`Prepared`]). Fewer users are prepared on the current thread only.
const FEWEST: usize = 10_000;

/// A user of a state file.
pub(crate) struct Restored {
    key: Arc<str>,
    known: Box<Known>,
    /// The addresses and names in the user's attributes that are aliases of another user. This user
    /// cannot sign in with them.
    lost: Box<[String]>,
    /// The hash of the JSON of the user's entry in the state file.
    hash: u64,
    /// `true` if the password of the user is an imported hash.
    has_imported: bool,
}

/// The users of a pool in a state file, ready for [`Users::restore`].
#[derive(Default)]
pub(crate) struct Prepared {
    /// The users, sorted by key.
    sorted: Vec<Restored>,
    /// The aliases, each with the key of its user.
    aliases: HashMap<Arc<str>, Arc<str>>,
}

impl Restored {
    /// Creates a user. `lost` contains the names that the user cannot sign in with, because they
    /// are aliases of another user. `hash` is the hash of the JSON of the user's entry.
    pub(crate) fn new(key: &str, user: User, lost: Vec<String>, hash: u64) -> Self {
        let password = user.password.as_ref();
        Self {
            key: key.into(),
            has_imported: password.is_some_and(|password| password.hash().is_some()),
            known: Box::new(Known {
                user,
                aliases: Box::default(),
            }),
            lost: lost.into(),
            hash,
        }
    }

    /// Returns the key of the user, and the hash of the value of the user's entry.
    pub(crate) fn hash(&self) -> (Arc<str>, u64) {
        (Arc::clone(&self.key), self.hash)
    }

    /// Finds the aliases of the user. Returns `false` if the state file has the user under a wrong
    /// key. The right key is the user name, in lower case if the pool is not case-sensitive.
    fn prepare(&mut self, names: &Names) -> bool {
        self.known.aliases = aliases_of(names, &self.key, &self.known.user);
        names.fold(&self.known.user.username) == *self.key
    }
}

impl Prepared {
    /// Sorts the users of a pool by key and finds their aliases. Fails with the first key that does
    /// not match the name of its user. If `names` is `None`, finds no aliases and checks no keys.
    pub(crate) fn new(users: Vec<Restored>, names: Option<&Names>) -> Result<Self, Arc<str>> {
        let mut sorted = sort(users);
        if let Some(names) = names {
            prepare(&mut sorted, names)?;
        }
        let aliases = HashMap::new();
        Ok(Self { sorted, aliases })
    }

    /// Returns these users with an index of their aliases. Also calls `other` with the users, for
    /// other work that does not need the index. If there are many users, `other` runs on another
    /// thread at the same time.
    pub(crate) fn indexed(self, other: impl FnOnce(&[Restored]) + Send) -> Self {
        let users = &*self.sorted;
        let aliases = if users.len() < FEWEST {
            other(users);
            by_alias(users)
        } else {
            thread::scope(|threads| {
                threads.spawn(|| other(users));
                by_alias(users)
            })
        };
        Self { aliases, ..self }
    }

    /// Returns `true` if the password of at least one user is an imported hash.
    pub(crate) fn has_imported(&self) -> bool {
        self.sorted.iter().any(|user| user.has_imported)
    }
}

/// Sorts users by key.
fn sort(users: Vec<Restored>) -> Vec<Restored> {
    // A comparison of the keys themselves would read other memory.
    let start = |key: &str| {
        let mut bytes = [0; 16];
        let start = key.as_bytes().iter().zip(&mut bytes);
        start.for_each(|(from, to)| *to = *from);
        u128::from_be_bytes(bytes)
    };
    let users = users.into_iter();
    let mut sorted: Vec<_> = users.map(|user| (start(&user.key), user)).collect();
    sorted.sort_unstable_by(|(one, first), (two, second)| {
        one.cmp(two).then_with(|| first.key.cmp(&second.key))
    });
    sorted.into_iter().map(|(_, user)| user).collect()
}

/// Finds the aliases of users. If there are many users, several threads do this. Fails with the
/// first key that does not match the name of its user.
fn prepare(users: &mut [Restored], names: &Names) -> Result<(), Arc<str>> {
    let prepare = |part: &mut [Restored]| {
        let wrong = part.iter_mut().find_map(|user| {
            let is_right = user.prepare(names);
            (!is_right).then(|| Arc::clone(&user.key))
        });
        wrong.map_or(Ok(()), Err)
    };
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let part = users.len().div_ceil(threads).max(FEWEST);
    thread::scope(|threads| {
        let mut parts = users.chunks_mut(part);
        let first = parts.next();
        let others = parts.map(|part| threads.spawn(move || prepare(part)));
        let others: Vec<_> = others.collect();
        first.map_or(Ok(()), prepare)?;
        let mut results = others
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        results.try_for_each(|result| result)
    })
}

/// Returns the key of the user who has an alias, by alias. If several users could have the same
/// alias, the first of them has it.
fn by_alias(sorted: &[Restored]) -> HashMap<Arc<str>, Arc<str>> {
    let count = |user: &Restored| user.known.aliases.len();
    let mut aliases = HashMap::with_capacity(sorted.iter().map(count).sum());
    for user in sorted {
        let is_lost = |alias: &&Arc<str>| user.lost.iter().any(|lost| **lost == ***alias);
        for alias in user.known.aliases.iter().filter(|alias| !is_lost(alias)) {
            let owner = aliases.entry(Arc::clone(alias));
            owner.or_insert_with(|| Arc::clone(&user.key));
        }
    }
    aliases
}

impl Users {
    /// Adds the users of a state file to a pool without users.
    pub(crate) fn restore(&mut self, prepared: Prepared) {
        let users = prepared.sorted.into_iter();
        self.by_name = users.map(|user| (user.key, user.known)).collect();
        self.aliases = prepared.aliases;
    }
}
