//! The earlier user data of a pool, for point-in-time recoveries ([`History`]).

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::time::{Duration, SystemTime};

use crate::model::group::Group;
use crate::model::restoration::{Preview, Restoration};
use crate::model::user::User;
use crate::state::pool::State;

/// The maximum number of changes that are stored for each pool.
const MOST_CHANGES: usize = 10_000;
/// The maximum number of changes that are stored for each user. If a user has more, the oldest
/// changes of this user are removed. A recovery to an earlier time then restores the oldest known
/// data of the user.
///
/// Security: without this limit, one user could make many changes, and so remove the history of all
/// other users.
const MOST_PER_USER: usize = 100;
/// The maximum size of all changes of a pool together, in bytes.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// The maximum age of a stored change: 14 days, because AWS restores a pool of the tier `PLUS` to a
/// time at most 14 days ago.
const LONGEST: Duration = Duration::from_secs(14 * 24 * 3600);

/// The maximum number of recoveries that are stored for each pool.
const MOST_RESTORATIONS: usize = 100;

/// The changes of user data, each with the data before the change. Changes are undone from the
/// newest to the oldest to restore the data of an earlier time.
///
/// The data before a change is copied when an operation gets access to a user. When the state is
/// locked again, copies that equal the current data are removed.
#[derive(Default)]
pub(crate) struct History {
    changes: VecDeque<Change>,
    bytes: usize,
    /// The changes of each entity.
    shares: HashMap<Entity, Share>,
    /// The data that the current operation may change, as it was when the operation locked the
    /// state.
    copies: Vec<Change>,
    copied: HashSet<String>,
    /// The time of the current operation. `None` while the emulator is set up.
    now: Option<SystemTime>,
    /// The time of the last change that was removed. Earlier data is unknown. `None` if no change
    /// was removed.
    horizon: Option<SystemTime>,
    pub(crate) restorations: Vec<Restoration>,
}

struct Change {
    at: SystemTime,
    before: Before,
    bytes: usize,
}

/// A user with its key in the pool, or a group with its name.
#[derive(PartialEq, Eq, Hash)]
enum Entity {
    Group(String),
    User(String),
}

/// The data of an entity before a change. `None` if it did not exist.
enum Before {
    User(String, Option<Box<User>>),
    Group(String, Option<Group>),
}

impl Change {
    fn entity(&self) -> Entity {
        match &self.before {
            Before::Group(name, _) => Entity::Group(name.clone()),
            Before::User(key, _) => Entity::User(key.clone()),
        }
    }

    fn is_of_user(&self, key: &str) -> bool {
        matches!(&self.before, Before::User(of, _) if of == key)
    }
}

/// The number and the size of the stored changes of one entity.
#[derive(Clone, Copy, Debug, Default)]
struct Share {
    changes: usize,
    bytes: usize,
}

/// The entities that changed after a time, with their data at that time.
#[derive(Default)]
pub(crate) struct Past {
    users: BTreeMap<String, Option<Box<User>>>,
    groups: BTreeMap<String, Option<Group>>,
}

impl History {
    /// Creates an empty history, for a pool whose users were all removed at the time `now`. Data
    /// from before `now` is unknown.
    pub(crate) fn since(now: SystemTime) -> Self {
        Self {
            horizon: Some(now),
            ..Self::default()
        }
    }

    /// Stores a copy of a user. Call this method before the user changes. `key` is the key of the
    /// user in the pool. `user` is `None` if no user has the key.
    pub(crate) fn copy_user(&mut self, key: &str, user: Option<&User>) {
        if !self.copied.contains(key) {
            self.copied.insert(key.to_owned());
            let copy = user.map(|user| Box::new(user.for_recovery()));
            let bytes = copy.as_deref().map_or(0, User::recovery_bytes);
            self.copy(Before::User(key.to_owned(), copy), bytes);
        }
    }

    /// Stores a copy of a group. Call this method before the group changes. `group` is `None` if no
    /// group has the name.
    pub(crate) fn copy_group(&mut self, name: &str, group: Option<&Group>) {
        let bytes = group.and_then(|group| Some(group.description.as_ref()?.len()));
        let before = Before::Group(name.to_owned(), group.cloned());
        self.copy(before, bytes.unwrap_or_default());
    }

    fn copy(&mut self, before: Before, bytes: usize) {
        // Without a time, the emulator is being set up.
        if let Some(at) = self.now {
            let bytes = bytes + 1024;
            self.copies.push(Change { at, before, bytes });
        }
    }

    fn push(&mut self, change: Change) {
        self.bytes += change.bytes;
        let now = change.at;
        let share = self.shares.entry(change.entity()).or_default();
        share.changes += 1;
        share.bytes += change.bytes;
        if let Before::User(key, _) = &change.before
            && share.changes > MOST_PER_USER
        {
            let mut changes = self.changes.iter();
            let first = changes.position(|one| one.is_of_user(key));
            let first = first.and_then(|first| self.changes.remove(first));
            self.forget(first);
        }
        self.changes.push_back(change);
        self.limit();
        let is_old = |first: &Change| {
            let age = now.duration_since(first.at).unwrap_or_default();
            age > LONGEST
        };
        while self.changes.front().is_some_and(is_old) {
            self.remove_first();
        }
    }

    /// Removes about a tenth of the changes if there are too many, or if they are too large.
    /// Entities with the most changes lose their oldest changes first, but each keeps its last
    /// change. If this is not enough, removes the oldest changes of all entities.
    ///
    /// Security: the entities with the most changes lose them first. Otherwise a few users could
    /// make many changes, and so remove the history of all other users.
    fn limit(&mut self) {
        let left = |now: usize, most: usize| {
            if now > most {
                most / 10 * 9
            } else {
                usize::MAX
            }
        };
        let left_changes = left(self.changes.len(), MOST_CHANGES);
        let left_bytes = left(self.bytes, MOST_BYTES);
        if (left_changes, left_bytes) == (usize::MAX, usize::MAX) {
            return;
        }
        let Self {
            changes,
            bytes,
            shares,
            ..
        } = self;
        let most_changes = level(shares.values().map(|share| share.changes), left_changes);
        let most_bytes = level(shares.values().map(|share| share.bytes), left_bytes);
        changes.retain(|change| {
            let Some(share) = shares.get_mut(&change.entity()) else {
                return true;
            };
            let is_fair = share.changes <= most_changes && share.bytes <= most_bytes;
            if is_fair || share.changes == 1 {
                return true;
            }
            share.changes -= 1;
            share.bytes -= change.bytes;
            *bytes -= change.bytes;
            false
        });
        while self.changes.len() > left_changes || self.bytes > left_bytes {
            self.remove_first();
        }
    }

    /// Removes the oldest change. Data before it is then unknown.
    fn remove_first(&mut self) {
        let first = self.changes.pop_front();
        self.horizon = first.as_ref().map(|first| first.at).or(self.horizon);
        self.forget(first);
    }

    /// Subtracts a change that was removed from the total size and from the number of changes of
    /// its user.
    fn forget(&mut self, removed: Option<Change>) {
        let Some(removed) = removed else { return };
        self.bytes -= removed.bytes;
        let entity = removed.entity();
        match self.shares.get_mut(&entity) {
            Some(share) if share.changes > 1 => {
                share.changes -= 1;
                share.bytes -= removed.bytes;
            }
            _ => drop(self.shares.remove(&entity)),
        }
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
    /// Sets the time of the operation that has locked the state. Also stores the changes of earlier
    /// operations.
    pub(crate) fn begin(&mut self, now: SystemTime) {
        let copies = std::mem::take(&mut self.users.history.copies);
        self.users.history.copied.clear();
        for change in copies {
            let is_same = match &change.before {
                Before::User(key, before) => match (self.users.by_key(key), before) {
                    (None, None) => true,
                    (Some(user), Some(before)) => user.is_as_in(before),
                    _ => false,
                },
                Before::Group(name, before) => {
                    is_same_group(self.groups.get(name), before.as_ref())
                }
            };
            if !is_same {
                self.users.history.push(change);
            }
        }
        self.users.history.now = Some(now);
    }

    /// Returns the entities that changed after a time, with their data at that time.
    pub(crate) fn past(&self, point: SystemTime) -> Past {
        let mut past = Past::default();
        let changes = self.users.history.changes.iter().rev();
        for change in changes.take_while(|change| change.at > point) {
            match &change.before {
                Before::User(key, before) => {
                    past.users.insert(key.clone(), before.clone());
                }
                Before::Group(name, before) => {
                    past.groups.insert(name.clone(), before.clone());
                }
            }
        }
        past
    }

    /// Returns how many users, groups, MFA settings and passkeys change if the entities in `past`
    /// are restored.
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

    /// Restores the entities in `past` to their earlier data. Users keep their current passwords,
    /// devices and sessions. The tokens of a user who was deleted remain invalid.
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

/// Returns the largest limit for single sizes with this effect: if each size above the limit is
/// reduced to the limit, the total of `sizes` is at most `most`. The result is `usize::MAX` if no
/// size must be reduced.
fn level(sizes: impl Iterator<Item = usize>, most: usize) -> usize {
    let mut sizes: Vec<_> = sizes.collect();
    sizes.sort_unstable();
    let mut left = most;
    let count = sizes.len();
    for (index, size) in sizes.into_iter().enumerate() {
        let fair = left / (count - index);
        if size > fair {
            return fair;
        }
        left -= size;
    }
    usize::MAX
}

fn is_same_group(one: Option<&Group>, other: Option<&Group>) -> bool {
    let data = |group: &Group| {
        let (name, description) = (group.name.clone(), group.description.clone());
        (name, description, group.precedence, group.role.clone())
    };
    one.map(data) == other.map(data)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::model::options::Usernames;
    use crate::model::settings::Names;
    use crate::model::user::Status;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn state() -> State {
        State::new(Names {
            usernames: Usernames::Plain,
            attributes: BTreeSet::new(),
            case_sensitive: true,
        })
    }

    /// Sets the name of the user `u` at a time. Creates the user first if there is none.
    fn rename(state: &mut State, seconds: u64, name: &str) {
        rename_user(state, seconds, "u", name);
    }

    fn rename_user(state: &mut State, seconds: u64, username: &str, name: &str) {
        let now = at(seconds);
        state.begin(now);
        if state.users.find(username).is_none() {
            let sub = format!("sub of {username}");
            let user = User::new(username.to_owned(), sub, Status::Confirmed, now);
            state.users.insert(user);
        }
        let user = state.users.find_mut(username).expect("a user");
        user.attributes.insert("name".to_owned(), name.to_owned());
    }

    #[test]
    fn each_earlier_time_has_its_data() {
        let mut state = state();
        for (seconds, name) in [(10, "a"), (20, "b"), (30, "b"), (40, "c")] {
            rename(&mut state, seconds, name);
        }
        state.begin(at(50));
        assert_eq!(
            state.users.history.changes.len(),
            3,
            "one operation changed nothing"
        );
        for (seconds, expected) in [(9, None), (10, Some("a")), (19, Some("a")), (39, Some("b"))] {
            let past = state.past(at(seconds));
            let user = past.users["u"].as_deref();
            assert_eq!(user.and_then(|user| user.attribute("name")), expected);
        }
        assert!(state.past(at(40)).users.is_empty());
    }

    #[test]
    fn one_user_keeps_history_of_others() {
        let mut state = state();
        rename_user(&mut state, 1, "other", "a");
        let most = MOST_PER_USER as u64;
        for number in 1..most + 10 {
            rename(&mut state, number, &number.to_string());
        }
        state.begin(at(most + 10));
        let history = &state.users.history;
        assert_eq!(history.changes.len(), MOST_PER_USER + 1);
        assert!(history.is_known(at(0)));
        let past = state.past(at(0));
        assert!(past.users["other"].is_none());
        let user = past.users["u"].as_deref();
        assert_eq!(user.and_then(|user| user.attribute("name")), Some("9"));
    }

    /// A hundred users change their data as often as they can. Another user keeps all changes.
    #[test]
    fn many_users_keep_history_of_others() {
        let mut state = state();
        for (seconds, name) in [(1, "a"), (2, "b"), (3, "c")] {
            rename_user(&mut state, seconds, "other", name);
        }
        for number in 10..3 * MOST_CHANGES as u64 {
            let username = format!("u{}", number % 101);
            rename_user(&mut state, number, &username, &number.to_string());
        }
        state.begin(at(3 * MOST_CHANGES as u64));
        let history = &state.users.history;
        assert!(history.changes.len() <= MOST_CHANGES);
        assert!(history.is_known(at(0)));
        for (seconds, expected) in [(0, None), (1, Some("a")), (2, Some("b"))] {
            let past = state.past(at(seconds));
            let user = past.users["other"].as_deref();
            assert_eq!(user.and_then(|user| user.attribute("name")), expected);
        }
    }

    /// A user with large data loses its own changes first.
    #[test]
    fn large_changes_keep_history_of_others() {
        let mut state = state();
        rename_user(&mut state, 1, "other", "a");
        for number in 2..200 {
            let username = format!("u{}", number % 3);
            let name = number.to_string().repeat(1024 * 256);
            rename_user(&mut state, number, &username, &name);
        }
        state.begin(at(200));
        let history = &state.users.history;
        assert!(history.bytes <= MOST_BYTES && history.is_known(at(0)));
        assert!(state.past(at(0)).users["other"].is_none());
        assert_eq!(history.shares.len(), 4);
        check_totals(history);
    }

    fn check_totals(history: &History) {
        let bytes = history.changes.iter().map(|change| change.bytes);
        assert_eq!(bytes.sum::<usize>(), history.bytes);
        let shares = history.shares.values();
        let (changes, bytes) = shares.fold((0, 0), |(changes, bytes), share| {
            (changes + share.changes, bytes + share.bytes)
        });
        assert_eq!((changes, bytes), (history.changes.len(), history.bytes));
    }

    #[test]
    fn old_and_many_changes_are_removed() {
        let mut state = state();
        let most = MOST_CHANGES as u64;
        for number in 0..=most {
            let username = format!("u{number}");
            rename_user(&mut state, number, &username, &number.to_string());
        }
        state.begin(at(most + 1));
        let history = &state.users.history;
        assert_eq!(history.changes.len(), MOST_CHANGES / 10 * 9);
        check_totals(history);
        let first = at(most - MOST_CHANGES as u64 / 10 * 9);
        assert!(history.is_known(first) && !history.is_known(at(0)));
        let later = most + LONGEST.as_secs();
        rename(&mut state, later, "later");
        state.begin(at(later));
        assert_eq!(state.users.history.changes.len(), 2);
        check_totals(&state.users.history);
    }

    #[test]
    fn level_limits_the_total() {
        for (sizes, most, expected) in [
            (&[][..], 0, usize::MAX),
            (&[1, 2, 3], 6, usize::MAX),
            (&[3, 1, 2], 5, 2),
            (&[100, 1, 100], 11, 5),
            (&[1, 1, 1], 2, 0),
        ] {
            assert_eq!(level(sizes.iter().copied(), most), expected, "{sizes:?}");
        }
    }
}
