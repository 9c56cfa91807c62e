//! The earlier user data of a pool, for point-in-time recoveries ([`History`]).

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::model::group::Group;
use crate::model::restoration::{Preview, Restoration};
use crate::model::user::User;
use crate::state::entries::kind::Kind;
use crate::state::entries::marks::Scope;
use crate::state::entries::watched::{Watched, WatchedMap};
use crate::state::pool::State;

/// The maximum number of changes that are stored for each user and for each group. If there are
/// more, the oldest changes of this user or group are removed. A recovery to a time before a
/// removed change leaves the user or group as it is.
///
/// Security: each user and each group has a separate limit. With one limit for all users, an
/// attacker with many accounts could remove the history of other users.
const MOST_CHANGES: usize = 100;
/// The maximum total size of the stored changes of one user or one group, in bytes. The last change
/// is always stored, even if it alone exceeds the maximum.
const MOST_BYTES: usize = 256 * 1024;

/// The maximum age of a stored change: 14 days. A recovery point of a pool with the tier `PLUS` can
/// be up to 14 days ago.
const LONGEST: Duration = Duration::from_secs(14 * 24 * 3600);
/// The time between two removals of stored changes that are older than [`LONGEST`].
const SWEEP: Duration = Duration::from_secs(3600);

/// The maximum number of point-in-time recoveries that are stored for each pool.
const MOST_RESTORATIONS: usize = 100;

/// The changes of user data, each with the data before the change.
///
/// Before an operation changes a user or a group, the history copies the data. When the next
/// operation locks the state, the history compares each copy with the current data. If they differ,
/// it stores the copy as the data before a change. Otherwise, it removes the copy.
pub(crate) struct History {
    pub(super) users: WatchedMap<Changes<Box<User>>>,
    pub(super) groups: WatchedMap<Changes<Group>>,
    /// Copies of the data that the current operation may change. They show the data before the
    /// operation.
    copies: Vec<Copied>,
    copied: HashSet<String>,
    /// The time at which the current operation began. `None` while the emulator is set up.
    now: Option<SystemTime>,
    /// The time of the last removal of old changes. `None` if there was no removal.
    swept: Option<SystemTime>,
    /// The time when all users of the pool were removed. Data from before this time is unknown.
    /// `None` if they were never removed.
    pub(super) horizon: Option<SystemTime>,
    pub(crate) restorations: Watched<Vec<Restoration>>,
}

/// A user with its key in the pool, or a group with its name, as it was when an operation began.
/// The data is `None` if the user or the group did not exist.
enum Copied {
    Group(String, Option<Group>),
    User(String, Option<Box<User>>),
}

/// The changes of one user or group, oldest first.
#[derive(Serialize, Deserialize)]
pub(super) struct Changes<T> {
    changes: VecDeque<Change<T>>,
    bytes: usize,
    /// The time of the last change that was removed because of a limit. Data from before this time
    /// is unknown. `None` if no such change was removed.
    lost: Option<SystemTime>,
}

#[derive(Serialize, Deserialize)]
struct Change<T> {
    at: SystemTime,
    /// The data before the change. `None` if the user or the group did not exist.
    before: Option<T>,
    bytes: usize,
}

/// The users and groups that changed after a time, with their data at that time. The data is `None`
/// if the user or the group did not exist.
#[derive(Default)]
pub(crate) struct Past {
    users: BTreeMap<String, Option<Box<User>>>,
    groups: BTreeMap<String, Option<Group>>,
}

impl<T> Default for Changes<T> {
    fn default() -> Self {
        Self {
            changes: VecDeque::new(),
            bytes: 0,
            lost: None,
        }
    }
}

impl<T> Changes<T> {
    fn push(&mut self, change: Change<T>) {
        self.bytes = self.bytes.saturating_add(change.bytes);
        self.changes.push_back(change);
        while self.changes.len() > MOST_CHANGES
            || (self.bytes > MOST_BYTES && self.changes.len() > 1)
        {
            self.lost = self.remove_first().or(self.lost);
        }
    }

    /// Removes the oldest change and returns its time. Returns `None` if there is no change.
    fn remove_first(&mut self) -> Option<SystemTime> {
        let first = self.changes.pop_front()?;
        self.bytes = self.bytes.saturating_sub(first.bytes);
        Some(first.at)
    }

    /// Removes the changes of this user or group that are older than [`LONGEST`]. Returns `true` if
    /// changes are left.
    fn remove_old(&mut self, now: SystemTime) -> bool {
        let is_old = |change: &Change<T>| {
            let age = now.duration_since(change.at).unwrap_or_default();
            age > LONGEST
        };
        while self.changes.front().is_some_and(is_old) {
            self.remove_first();
        }
        !self.changes.is_empty()
    }

    /// Returns `true` if the data that the user or group had at the time `point` is unknown. This
    /// is the case if a change after `point` was removed because of a limit.
    fn is_lost(&self, point: SystemTime) -> bool {
        self.lost.is_some_and(|lost| point < lost)
    }

    /// Returns the data that the user or group had at the time `point`. This is the data before the
    /// first change after `point`. The result is `Some(None)` if the user or group did not exist
    /// then. The result is `None` if there is no change after `point`, or if the data at `point` is
    /// no longer stored.
    ///
    /// Security: if the data at `point` is no longer stored, the function does not return the
    /// oldest stored data instead. An attacker with the session of a user can change the user's
    /// data so often that all data from before the attack is removed. The oldest stored data would
    /// then be data that the attacker has written.
    fn at(&self, point: SystemTime) -> Option<&Option<T>> {
        if self.is_lost(point) {
            return None;
        }
        let mut changes = self.changes.iter();
        let later = changes.find(|change| change.at > point);
        later.map(|change| &change.before)
    }
}

impl History {
    /// Creates a history that contains no changes.
    pub(crate) fn new(scope: &Scope) -> Self {
        Self {
            users: WatchedMap::new(scope.clone(), Kind::EarlierUser),
            groups: WatchedMap::new(scope.clone(), Kind::EarlierGroup),
            copies: Vec::new(),
            copied: HashSet::new(),
            now: None,
            swept: None,
            horizon: None,
            restorations: Watched::new(Vec::new(), scope.clone(), Kind::Restorations),
        }
    }

    /// Stores that all users of the pool were removed at the time `now`. Data from before `now` is
    /// unknown.
    pub(crate) const fn begin_at(&mut self, now: SystemTime) {
        self.horizon = Some(now);
    }

    /// Stores a copy of a user. Call this method before the user changes. `key` is the key of the
    /// user in the pool. `user` is `None` if no user has the key.
    pub(crate) fn copy_user(&mut self, key: &str, user: Option<&User>) {
        // Without a time, the emulator is being set up.
        if self.now.is_some() && self.copied.insert(key.to_owned()) {
            let copy = user.map(|user| Box::new(user.for_recovery()));
            self.copies.push(Copied::User(key.to_owned(), copy));
        }
    }

    /// Stores a copy of a group. Call this method before the group changes. `group` is `None` if no
    /// group has the name.
    pub(crate) fn copy_group(&mut self, name: &str, group: Option<&Group>) {
        if self.now.is_some() {
            self.copies
                .push(Copied::Group(name.to_owned(), group.cloned()));
        }
    }

    fn push(&mut self, at: SystemTime, copy: Copied) {
        // The size of an entry without the strings that callers choose, approximately.
        const ENTRY: usize = 1024;
        match copy {
            Copied::User(key, before) => {
                let bytes = ENTRY + before.as_deref().map_or(0, User::recovery_bytes);
                let change = Change { at, before, bytes };
                self.users
                    .get_or_insert_with(&key, Changes::default)
                    .push(change);
            }
            Copied::Group(name, before) => {
                let description = before.as_ref().and_then(|it| it.description.as_ref());
                let bytes = ENTRY + description.map_or(0, String::len);
                let change = Change { at, before, bytes };
                self.groups
                    .get_or_insert_with(&name, Changes::default)
                    .push(change);
            }
        }
    }

    /// Removes the changes that are older than [`LONGEST`], at most once in [`SWEEP`].
    fn sweep(&mut self, now: SystemTime) {
        let swept = *self.swept.get_or_insert(now);
        if now.duration_since(swept).unwrap_or_default() < SWEEP {
            return;
        }
        self.swept = Some(now);
        self.users.retain_mut(|changes| changes.remove_old(now));
        self.groups.retain_mut(|changes| changes.remove_old(now));
    }

    /// Returns `true` if the history reaches back to the time `point`, so that the user data at
    /// that time is known.
    pub(crate) fn is_known(&self, point: SystemTime) -> bool {
        self.horizon.is_none_or(|horizon| horizon <= point)
    }

    pub(crate) fn active(&self, now: SystemTime) -> Option<&Restoration> {
        self.restorations.iter().find(|one| one.is_active(now))
    }

    pub(crate) fn add(&mut self, restoration: Restoration) {
        if self.restorations.len() >= MOST_RESTORATIONS {
            self.restorations.remove(0);
        }
        self.restorations.push(restoration);
    }
}

impl State {
    /// Begins an operation at the time `now`. First stores the changes of the previous operation.
    pub(crate) fn begin(&mut self, now: SystemTime) {
        let history = &mut self.users.history;
        let before = history.now.replace(now);
        history.sweep(now);
        self.settle(before.unwrap_or(now));
    }

    /// Stores the changes that the current operation has made so far, so that they can be written
    /// to the state file. Later changes of the operation are stored separately.
    pub(super) fn settle_changes(&mut self) {
        if let Some(now) = self.users.history.now {
            self.settle(now);
        }
    }

    /// Stores the changes of the operation that began at the time `at`.
    fn settle(&mut self, at: SystemTime) {
        let history = &mut self.users.history;
        let copies = std::mem::take(&mut history.copies);
        history.copied.clear();
        for copy in copies {
            let is_same = match &copy {
                Copied::User(key, before) => match (self.users.by_key(key), before) {
                    (None, None) => true,
                    // The user has the time of the creation.
                    (Some(user), None) => user.created == at,
                    (Some(user), Some(before)) => user.is_as_in(before),
                    _ => false,
                },
                Copied::Group(name, before) => {
                    is_same_group(self.groups.get(name), before.as_ref())
                }
            };
            if !is_same {
                self.users.history.push(at, copy);
            }
        }
    }

    /// Returns the users and groups that changed after `point`, with their data at `point`. The data
    /// is `None` if the user or the group did not exist at `point`, for example because it was
    /// created later. Users and groups whose data at `point` is no longer stored are left out, and
    /// a warning with their number is logged.
    pub(crate) fn past(&self, point: SystemTime) -> Past {
        let history = &self.users.history;
        let is_later = |key: &String| {
            let user = self.users.by_key(key);
            user.is_some_and(|user| user.created > point)
        };
        let is_unknown =
            |(key, changes): &(&String, &Changes<_>)| changes.is_lost(point) && !is_later(key);
        let groups = history.groups.values();
        let unknown = history.users.iter().filter(is_unknown).count()
            + groups.filter(|changes| changes.is_lost(point)).count();
        if unknown > 0 {
            tracing::warn!(
                unknown,
                "the recovery leaves users or groups unchanged: their earlier data is not stored"
            );
        }
        let users = history.users.iter().filter_map(|(key, changes)| {
            let then = changes.at(point)?.clone();
            Some((key.clone(), then.filter(|user| user.created <= point)))
        });
        let mut users: BTreeMap<_, _> = users.collect();
        let later = self.users.all().filter(|(_, user)| user.created > point);
        for (key, _) in later {
            users.entry(key.to_owned()).or_insert(None);
        }
        let groups = history.groups.iter().filter_map(|(name, changes)| {
            let then = changes.at(point)?;
            Some((name.clone(), then.clone()))
        });
        Past {
            users,
            groups: groups.collect(),
        }
    }

    /// Returns how many users, groups, MFA settings and passkeys a recovery to `past` would create,
    /// update and delete.
    pub(crate) fn preview(&self, past: &Past) -> Preview {
        let mut preview = Preview::default();
        for (key, then) in &past.users {
            let (now, then) = (self.users.by_key(key), then.as_deref());
            let both = now.zip(then);
            let is_same = both.is_some_and(|(now, then)| now.has_profile_of(then));
            preview.users.count(now.is_some(), then.is_some(), is_same);
            let has = |user: Option<&User>| user.is_some_and(|user| user.mfa.is_set_up());
            let is_same = both.is_some_and(|(now, then)| now.mfa.is_as_in(&then.mfa));
            preview.mfas.count(has(now), has(then), is_same);
            let now = now.map(User::passkey_ids).unwrap_or_default();
            let then = then.map(User::passkey_ids).unwrap_or_default();
            for id in now.union(&then) {
                preview
                    .passkeys
                    .count(now.contains(id), then.contains(id), true);
            }
        }
        for (name, then) in &past.groups {
            let (now, then) = (self.groups.get(name), then.as_ref());
            let is_same = is_same_group(now, then);
            preview.groups.count(now.is_some(), then.is_some(), is_same);
        }
        preview
    }

    /// Restores the users and groups in `past` to their earlier data. Users keep their current
    /// passwords, devices and sessions. The tokens of a user who was deleted remain invalid.
    pub(crate) fn restore(&mut self, past: Past, now: SystemTime) {
        for (name, group) in past.groups {
            self.users.history.copy_group(&name, self.groups.get(&name));
            match group {
                Some(group) => self.groups.insert(name, group),
                None => self.groups.remove(&name),
            };
        }
        let (restored, removed): (Vec<_>, Vec<_>) =
            past.users.into_iter().partition(|(_, user)| user.is_some());
        // First, because a restored user may need the alias of a removed one.
        for (key, _) in removed {
            self.remove_by_key(&key);
        }
        let mut keys = Vec::new();
        for (key, then) in restored {
            let Some(mut then) = then else { continue };
            let now_there = self.users.by_key(&key);
            if now_there.is_some_and(|user| user.sub == then.sub) {
                if let Some(user) = self.users.find_mut(&key) {
                    user.restore(*then);
                }
            } else {
                // Another user may have the user name now.
                self.remove_by_key(&key);
                then.sign_out(now);
                self.users.insert(*then);
            }
            keys.push(key);
        }
        self.users.reindex_all(&keys);
    }

    /// Removes the user whose user name is `key`. A user with another user name who has `key` as an
    /// alias is kept.
    fn remove_by_key(&mut self, key: &str) {
        if self.users.by_key(key).is_some() {
            self.users.remove(key);
        }
    }
}

fn is_same_group(one: Option<&Group>, other: Option<&Group>) -> bool {
    let data = |group: &Group| {
        let (name, description) = (group.name.clone(), group.description.clone());
        (name, description, group.precedence, group.role.clone())
    };
    one.map(data) == other.map(data)
}

#[cfg(test)]
mod tests;
