//! The entries of the in-memory revocation list, grouped by user.
//!
//! A user has at most [`MAX_PER_USER`] entries for sessions and tokens. If a user has more, one
//! entry replaces all of them. It rejects all tokens that were issued to the user up to the latest
//! of these revocations. If the list is full, the entries of the user who has the most entries are
//! replaced in the same way. If the list is full and every user has only one entry, a new entry
//! goes into a table of fixed size ([`Overflow`]).

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use cognito_core::revocation::TokenIdentity;

use super::life::{Life, Now};
use super::name::{ByName, Claim, Name, Names};
use super::overflow::Overflow;
use crate::expiry::{Deadline, ExpiryIndex};

/// The maximum number of separate entries for sessions and tokens of one user.
pub(super) const MAX_PER_USER: usize = 32;

/// A revocation in its stored form.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    /// The session or token that the entry rejects. `None` if the entry rejects all tokens of the
    /// user.
    pub(super) single: Option<Name>,
    /// The user, and a time in seconds since 1970. The entry rejects only tokens of this user that
    /// were issued at this time or earlier. `None` if the revocation does not name a user.
    pub(super) user: Option<(Name, u64)>,
    pub(super) life: Life,
}

#[derive(Default)]
pub(super) struct Entries {
    users: HashMap<Name, User, ByName>,
    /// The entries of sessions and tokens whose user is unknown.
    others: HashMap<Name, (Life, Deadline), ByName>,
    overflow: Overflow,
    expiry: ExpiryIndex<Key>,
    /// The users who have two or more entries, ordered by their number of entries. If the list is
    /// full, one entry replaces the entries of the last user.
    crowded: BTreeSet<(usize, Name)>,
    /// The number of entries in `users` and `others`.
    count: usize,
}

#[derive(Clone, Copy)]
enum Key {
    User(Name),
    Other(Name),
}

#[derive(Default)]
struct User {
    all: Option<All>,
    singles: Vec<Single>,
    /// The number of this user's entries at the last call of [`Entries::settle`]. The total
    /// `Entries::count` includes this number. If the number is 2 or more, `Entries::crowded` contains
    /// the user with this number.
    counted: usize,
    deadline: Option<Deadline>,
}

/// An entry that rejects all of a user's tokens that were issued up to a certain second.
#[derive(Clone, Copy)]
struct All {
    issued_until: u64,
    /// `true` if this entry replaced the entries of single sessions or tokens. If another session
    /// or token of the user is revoked later, this entry is extended to reject it.
    is_coarse: bool,
    life: Life,
}

#[derive(Clone, Copy)]
struct Single {
    name: Name,
    issued_until: u64,
    life: Life,
}

impl Entries {
    pub(super) fn len(&self) -> usize {
        self.count + self.overflow.used()
    }

    pub(super) const fn overflowed(&self) -> usize {
        self.overflow.used()
    }

    /// Returns the monotonic time at which the next entry can expire, or `None` if there is no
    /// entry.
    pub(super) fn first_expiry(&self, now: Now) -> Option<Duration> {
        let table = self.overflow.due(now);
        let first = self.expiry.first();
        first.into_iter().chain(table).min()
    }

    /// Stores an entry, or extends an existing entry to cover it. The call never shortens the time
    /// for which the list rejects a token.
    pub(super) fn put(&mut self, entry: Entry, now: Now, capacity: usize) {
        match (entry.user, entry.single) {
            (Some((user, issued_until)), Some(name)) => {
                let single = Single {
                    name,
                    issued_until,
                    life: entry.life,
                };
                self.put_single(user, single, now, capacity);
            }
            (Some((user, issued_until)), None) => {
                self.put_all(user, issued_until, entry.life, now, capacity);
            }
            (None, Some(name)) => self.put_other(name, entry.life, now, capacity),
            (None, None) => {}
        }
    }

    fn put_single(&mut self, user: Name, single: Single, now: Now, capacity: usize) {
        if !self.has_room(capacity) && !self.knows(user, single) {
            self.make_room(now);
        }
        let is_full = !self.has_room(capacity);
        match self.users.get_mut(&user) {
            Some(entries) => {
                if !entries.take_in(single) {
                    entries.singles.push(single);
                    if is_full || entries.singles.len() > MAX_PER_USER {
                        entries.collapse();
                    }
                }
            }
            None if is_full => {
                let overflow = &mut self.overflow;
                overflow.put(user, single.issued_until, single.life, capacity);
                return;
            }
            None => {
                let entries = self.users.entry(user).or_default();
                entries.singles = Vec::with_capacity(1);
                entries.singles.push(single);
            }
        }
        self.settle(user, now);
    }

    fn put_all(&mut self, user: Name, issued_until: u64, life: Life, now: Now, capacity: usize) {
        if !self.has_room(capacity) && !self.users.contains_key(&user) {
            self.make_room(now);
            if !self.has_room(capacity) {
                self.overflow.put(user, issued_until, life, capacity);
                return;
            }
        }
        let is_full = !self.has_room(capacity);
        let entries = self.users.entry(user).or_default();
        entries.widen(issued_until, life);
        if is_full && !entries.singles.is_empty() {
            entries.collapse();
        }
        self.settle(user, now);
    }

    fn put_other(&mut self, name: Name, life: Life, now: Now, capacity: usize) {
        let before = self.others.get(&name).copied();
        if before.is_none() && !self.has_room(capacity) {
            self.make_room(now);
            if !self.has_room(capacity) {
                // Security: only the user of a revocation comes with the time of the revocation by
                // Cognito's clock. The local clock can be behind it, and would let revoked tokens
                // pass.
                self.overflow.put(name, u64::MAX, life, capacity);
                return;
            }
        }
        let life = before.map_or(life, |(before, _)| before.max(life));
        if let Some((_, deadline)) = before {
            self.expiry.remove(deadline);
        } else {
            self.count += 1;
        }
        let deadline = self.expiry.add(life.due(now), Key::Other(name));
        self.others.insert(name, (life, deadline));
    }

    const fn has_room(&self, capacity: usize) -> bool {
        self.count < capacity
    }

    /// Returns `true` if the revocation of `single`, a session or token of `user`, needs no new
    /// entry. This is the case if the user already has an entry for `single`, or an entry that
    /// rejects all tokens of the user and can be extended.
    fn knows(&self, user: Name, single: Single) -> bool {
        self.users.get(&user).is_some_and(|entries| {
            entries.all.is_some_and(|all| all.is_coarse)
                || entries
                    .singles
                    .iter()
                    .any(|known| known.name == single.name)
        })
    }

    /// Finds the user who has the most entries, and replaces these entries by one entry. If no user
    /// has two entries, changes nothing.
    fn make_room(&mut self, now: Now) {
        let Some((_, user)) = self.crowded.last().copied() else {
            return;
        };
        if let Some(entries) = self.users.get_mut(&user) {
            entries.collapse();
        }
        self.settle(user, now);
    }

    /// Updates the fields `count`, `crowded` and `expiry`. Call this after the entries of `user`
    /// have changed. Removes the user if the user has no entries left.
    fn settle(&mut self, user: Name, now: Now) {
        let Some(entries) = self.users.get_mut(&user) else {
            return;
        };
        if let Some(deadline) = entries.deadline.take() {
            self.expiry.remove(deadline);
        }
        let (before, after) = (entries.counted, entries.count());
        if before != after {
            self.crowded.remove(&(before, user));
            if after > 1 {
                self.crowded.insert((after, user));
            }
            self.count = self.count + after - before;
            entries.counted = after;
        }
        match entries.due(now) {
            Some(due) => entries.deadline = Some(self.expiry.add(due, Key::User(user))),
            None => drop(self.users.remove(&user)),
        }
    }

    /// Returns the latest `iat` that a coarse entry of the user rejects, in seconds since 1970. A
    /// coarse entry has replaced entries of single sessions or tokens. It rejects all tokens of the
    /// user up to this `iat`. Returns `None` if the user has no such entry, or if it has expired.
    pub(super) fn coarse(&self, user: Name, now: Now) -> Option<u64> {
        let all = self.users.get(&user)?.all?;
        (all.is_coarse && !all.life.is_over(now)).then_some(all.issued_until)
    }

    /// Returns `true` if an unexpired entry rejects the token.
    pub(super) fn reject(&self, token: &TokenIdentity<'_>, names: &Names, now: Now) -> bool {
        let user = names.of(Claim::Sub, token.sub);
        let entries = self.users.get(&user);
        if entries.is_some_and(|entries| entries.reject_all(token.iat, now))
            || self.overflow.rejects(user, token.iat, now)
        {
            return true;
        }
        let singles = entries.map_or(&[][..], |entries| &entries.singles);
        if singles.is_empty() && self.others.is_empty() && self.overflow.used() == 0 {
            return false;
        }
        let jti = token.jti.map(|jti| names.of(Claim::Jti, jti));
        let session = token.origin_jti.map(|id| names.of(Claim::OriginJti, id));
        jti.into_iter().chain(session).any(|name| {
            let is_live = |single: &Single| single.name == name && !single.life.is_over(now);
            let other = self.others.get(&name);
            singles.iter().any(is_live)
                || other.is_some_and(|(life, _)| !life.is_over(now))
                || self.overflow.rejects(name, token.iat, now)
        })
    }

    /// Removes the expired entries of up to `limit` users, and frees the memory. A session or token
    /// whose user is unknown counts like a user.
    pub(super) fn sweep(&mut self, now: Now, limit: usize) {
        for _ in 0..limit {
            match self.expiry.pop_expired(now.monotonic) {
                None => break,
                Some(Key::User(user)) => {
                    if let Some(entries) = self.users.get_mut(&user) {
                        entries.deadline = None;
                        entries.drop_expired(now);
                    }
                    self.settle(user, now);
                    shrink(&mut self.users);
                }
                Some(Key::Other(name)) => self.sweep_other(name, now),
            }
        }
        self.overflow.sweep(now);
    }

    fn sweep_other(&mut self, name: Name, now: Now) {
        let Some((life, deadline)) = self.others.get_mut(&name) else {
            return;
        };
        if life.is_over(now) {
            self.others.remove(&name);
            self.count -= 1;
            shrink(&mut self.others);
        } else {
            *deadline = self.expiry.add(life.due(now), Key::Other(name));
        }
    }
}

impl User {
    fn count(&self) -> usize {
        self.singles.len() + usize::from(self.all.is_some())
    }

    fn due(&self, now: Now) -> Option<Duration> {
        let all = self.all.map(|all| all.life.due(now));
        let singles = self.singles.iter().map(|single| single.life.due(now));
        singles.chain(all).min()
    }

    fn reject_all(&self, iat: u64, now: Now) -> bool {
        self.all
            .is_some_and(|all| iat <= all.issued_until && !all.life.is_over(now))
    }

    /// Records the revocation of a session or a token in an existing entry of the user: the entry
    /// for all tokens, or the entry of the same session or token. Extends this entry if necessary.
    /// Returns `false` if no existing entry can be used. The caller must then add a new entry.
    fn take_in(&mut self, single: Single) -> bool {
        if let Some(all) = &mut self.all {
            if all.is_coarse {
                all.issued_until = all.issued_until.max(single.issued_until);
                all.life = all.life.max(single.life);
                return true;
            }
            if single.issued_until <= all.issued_until && all.life.covers(single.life) {
                return true;
            }
        }
        let known = self.singles.iter_mut().find(|it| it.name == single.name);
        let Some(known) = known else {
            return false;
        };
        known.issued_until = known.issued_until.max(single.issued_until);
        known.life = known.life.max(single.life);
        true
    }

    /// Extends the entry that rejects all tokens of the user ([`All`]): it then rejects the tokens
    /// that were issued up to `issued_until`. If the user has no such entry, creates it. Removes
    /// the entries of sessions and tokens that are then no longer needed.
    fn widen(&mut self, issued_until: u64, life: Life) {
        let mut all = self.all.unwrap_or(All {
            issued_until,
            is_coarse: false,
            life,
        });
        all.issued_until = all.issued_until.max(issued_until);
        all.life = all.life.max(life);
        self.singles.retain(|single| {
            let is_covered = single.issued_until <= all.issued_until;
            if is_covered {
                all.life = all.life.max(single.life);
            }
            !is_covered
        });
        if self.singles.is_empty() {
            self.singles = Vec::new();
        }
        self.all = Some(all);
    }

    /// Replaces all entries of the user by one entry.
    fn collapse(&mut self) {
        let last = self.singles.iter().map(|single| single.issued_until).max();
        let life = self.singles.iter().map(|single| single.life);
        let life = life.reduce(Life::max).unwrap_or_default();
        if let Some(last) = last {
            self.widen(last, life);
        }
        if let Some(all) = &mut self.all {
            all.is_coarse = true;
        }
    }

    fn drop_expired(&mut self, now: Now) {
        self.all = self.all.filter(|all| !all.life.is_over(now));
        self.singles.retain(|single| !single.life.is_over(now));
    }
}

/// Frees memory of a map with a capacity of more than 1,024 entries, if it uses less than an eighth
/// of the capacity. The capacity then becomes a quarter or less, so the average cost per removal
/// stays constant.
fn shrink<V>(map: &mut HashMap<Name, V, ByName>) {
    if map.capacity() > 1024 && map.len() < map.capacity() / 8 {
        map.shrink_to(map.len() * 2);
    }
}

#[cfg(test)]
mod tests;
