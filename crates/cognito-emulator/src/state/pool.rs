//! The state of the pool: people, their names, groups, sessions, revocations.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, SystemTime};

use crate::model::attributes::address;
use crate::model::settings::{Names, Usernames};
use crate::model::user::User;
use crate::model::wire::Failure;
use crate::operations::authentication::device::OfDevice;
use crate::operations::authentication::srp::OfPassword;
use crate::state::codes::Hosted;
use crate::state::exchanges::Exchanges;
use crate::state::sessions::{self, Session, Sessions};
use crate::state::tokens::seconds;

/// Revocations and rotations after which expired ones are looked for.
const SWEEP_EVERY: usize = 1024;

/// The bits of a generation that count the sign-outs of one person; those above count the resets.
const GENERATIONS: u32 = 32;

/// Everything that operations change. One lock guards it; nothing slow is done under it.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) users: Users,
    pub(crate) groups: BTreeMap<String, Group>,
    pub(crate) sessions: Sessions,
    pub(crate) families: Families,
    pub(crate) exchanges: Exchanges<OfPassword>,
    pub(crate) device_exchanges: Exchanges<OfDevice>,
    pub(crate) hosted: Hosted,
}

impl State {
    pub(crate) fn new(names: Names) -> Self {
        Self {
            users: Users::new(names),
            groups: BTreeMap::new(),
            sessions: Sessions::default(),
            families: Families::default(),
            exchanges: Exchanges::default(),
            device_exchanges: Exchanges::default(),
            hosted: Hosted::default(),
        }
    }

    /// Forgets everybody. Who comes later with the name and `sub` of somebody who was there is
    /// signed out.
    pub(crate) fn clear(&mut self, now: SystemTime) {
        let era = self.users.era + 1;
        *self = Self::new(self.users.rules.clone());
        self.users.era = era;
        self.users.since = Some(now);
    }

    /// The person whose sign-in a session is. Somebody who has only their name is not meant.
    pub(crate) fn person_of(&mut self, session: &Session) -> Result<&mut User, Failure> {
        self.users
            .find_mut(&session.username)
            .filter(|user| user.sub == session.sub)
            .ok_or_else(sessions::unknown)
    }

    /// The roles of some groups.
    pub(crate) fn roles(&self, groups: &[String]) -> Roles {
        let groups = groups.iter().filter_map(|name| self.groups.get(name));
        Roles::of(groups.collect())
    }
}

/// A group of people.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) precedence: Option<i64>,
    pub(crate) role: Option<String>,
    pub(crate) created: SystemTime,
    pub(crate) modified: SystemTime,
}

impl Group {
    pub(crate) fn new(name: &str, now: SystemTime) -> Self {
        Self {
            name: name.to_owned(),
            description: None,
            precedence: None,
            role: None,
            created: now,
            modified: now,
        }
    }
}

/// What the groups of a person say of IAM roles.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Roles {
    /// `cognito:roles`
    pub(crate) all: Vec<String>,
    /// `cognito:preferred_role`
    pub(crate) preferred: Option<String>,
}

impl Roles {
    /// The group with the lowest precedence decides; one without a precedence comes last. Groups
    /// that stand equal decide only if they have the same role (`CreateGroup`, "Precedence").
    fn of(groups: Vec<&Group>) -> Self {
        let mut ranked: Vec<_> = groups
            .into_iter()
            .filter_map(|group| Some((group.precedence.unwrap_or(i64::MAX), group.role.clone()?)))
            .collect();
        ranked.sort();
        let first = ranked.first().map(|(rank, _)| *rank);
        let mut best = ranked
            .iter()
            .filter(|(rank, _)| Some(*rank) == first)
            .map(|(_, role)| role);
        let preferred = best.next().filter(|role| best.all(|other| other == *role));
        let preferred = preferred.cloned();
        let mut all: Vec<_> = ranked.into_iter().map(|(_, role)| role).collect();
        let mut seen = BTreeSet::new();
        all.retain(|role| seen.insert(role.clone()));
        Self { all, preferred }
    }
}

/// The people, by user name, and the other names that lead to them.
#[derive(Debug)]
pub(crate) struct Users {
    rules: Names,
    people: BTreeMap<String, User>,
    aliases: HashMap<String, String>,
    /// The aliases of each person, so that renewing them does not look at everybody's.
    names: HashMap<String, Vec<String>>,
    /// How often everybody was forgotten.
    era: u64,
    /// When that happened last.
    since: Option<SystemTime>,
}

impl Users {
    fn new(rules: Names) -> Self {
        Self {
            rules,
            people: BTreeMap::new(),
            aliases: HashMap::new(),
            names: HashMap::new(),
            era: 0,
            since: None,
        }
    }

    /// The person whom a user name, `sub`, or alias names.
    pub(crate) fn find(&self, name: &str) -> Option<&User> {
        self.people.get(&self.key(name)?)
    }

    pub(crate) fn find_mut(&mut self, name: &str) -> Option<&mut User> {
        let key = self.key(name)?;
        self.people.get_mut(&key)
    }

    /// The person, or `UserNotFoundException`.
    pub(crate) fn expect(&mut self, name: &str) -> Result<&mut User, Failure> {
        self.find_mut(name).ok_or_else(Failure::user_not_found)
    }

    /// The user name of the person whom an address leads to.
    pub(crate) fn owner(&self, alias: &str) -> Option<&str> {
        self.aliases.get(&self.fold(alias)).map(String::as_str)
    }

    pub(crate) fn insert(&mut self, mut user: User) {
        user.generation = user.generation.max(self.era << GENERATIONS);
        user.signed_out = user.signed_out.or(self.since);
        let key = self.fold(&user.username);
        self.people.insert(key.clone(), user);
        self.reindex(&key);
    }

    pub(crate) fn remove(&mut self, name: &str) -> Option<User> {
        let key = self.key(name)?;
        self.forget_aliases(&key);
        self.people.remove(&key)
    }

    /// Renews the aliases of a person after a change of attributes.
    pub(crate) fn reindex(&mut self, name: &str) {
        let key = self.fold(name);
        self.forget_aliases(&key);
        let Some(user) = self.people.get(&key) else {
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

    /// Everybody, in the order of their user names, from the first name after `after`.
    pub(crate) fn after(&self, after: Option<&str>) -> impl Iterator<Item = &User> {
        use std::ops::Bound;
        let start = after.map_or(Bound::Unbounded, |name| Bound::Excluded(self.fold(name)));
        self.people
            .range((start, Bound::Unbounded))
            .map(|(_, user)| user)
    }

    pub(crate) fn all_mut(&mut self) -> impl Iterator<Item = &mut User> {
        self.people.values_mut()
    }

    pub(crate) fn len(&self) -> usize {
        self.people.len()
    }

    fn forget_aliases(&mut self, key: &str) {
        for alias in self.names.remove(key).unwrap_or_default() {
            // An alias may have moved to another person since.
            if self.aliases.get(&alias).is_some_and(|owner| owner == key) {
                self.aliases.remove(&alias);
            }
        }
    }

    /// A name as names are compared here.
    pub(crate) fn fold(&self, name: &str) -> String {
        self.rules.fold(name)
    }

    fn key(&self, name: &str) -> Option<String> {
        let folded = self.fold(name);
        if self.people.contains_key(&folded) {
            return Some(folded);
        }
        self.aliases.get(&folded).cloned()
    }
}

/// What is known of sign-ins beyond what their tokens say: revocations and rotations, each
/// until its refresh token would have expired.
#[derive(Debug, Default)]
pub(crate) struct Families {
    known: HashMap<String, Family>,
    changes: usize,
}

#[derive(Debug)]
struct Family {
    expires: u64,
    revoked: bool,
    turn: u64,
    turned: Option<SystemTime>,
}

/// What may be done with a refresh token.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// It is the newest, or within grace: the next one has this number.
    Next(u64),
    /// It was replaced, and its grace is over.
    Reused,
}

impl Families {
    pub(crate) fn revoke(&mut self, family: &str, expires: u64, now: SystemTime) {
        self.entry(family, expires, now).revoked = true;
    }

    pub(crate) fn is_revoked(&self, family: &str) -> bool {
        self.known.get(family).is_some_and(|family| family.revoked)
    }

    /// Rotates a refresh token.
    pub(crate) fn rotate(
        &mut self,
        family: &str,
        turn: u64,
        grace: Duration,
        expires: u64,
        now: SystemTime,
    ) -> Turn {
        let known = self.entry(family, expires, now);
        if turn >= known.turn {
            known.turn = turn + 1;
            known.turned = Some(now);
            return Turn::Next(known.turn);
        }
        let in_grace = known
            .turned
            .is_some_and(|turned| now.duration_since(turned).unwrap_or_default() < grace);
        if in_grace && turn + 1 == known.turn {
            Turn::Next(known.turn)
        } else {
            Turn::Reused
        }
    }

    fn entry(&mut self, family: &str, expires: u64, now: SystemTime) -> &mut Family {
        self.changes += 1;
        if self.changes.is_multiple_of(SWEEP_EVERY) {
            let now = seconds(now);
            self.known.retain(|_, family| family.expires > now);
        }
        self.known.entry(family.to_owned()).or_insert(Family {
            expires,
            revoked: false,
            turn: 0,
            turned: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::model::user::Status;

    fn names(usernames: Usernames) -> Names {
        Names {
            usernames,
            attributes: ["email"].into(),
            case_sensitive: false,
        }
    }

    fn person(username: &str, email: &str) -> User {
        let mut user = User::new(
            username.to_owned(),
            format!("sub-{username}"),
            Status::Confirmed,
            UNIX_EPOCH,
        );
        user.attributes.insert("email".to_owned(), email.to_owned());
        user
    }

    #[test]
    fn every_name_leads_to_the_person() {
        let mut users = Users::new(names(Usernames::Email));
        users.insert(person("One", "One@Example.com"));
        for name in ["one", "ONE", "sub-one", "one@example.com"] {
            assert!(users.find(name).is_some(), "{name}");
        }
        assert!(users.find("two").is_none());
        users.remove("ONE@example.COM");
        assert_eq!((users.len(), users.owner("one@example.com")), (0, None));
    }

    #[test]
    fn plain_names_have_verified_aliases_only() {
        let mut users = Users::new(names(Usernames::Plain));
        users.insert(person("one", "one@example.com"));
        assert!(users.find("one@example.com").is_none());
        users.expect("one").expect("there").mark_verified("email");
        users.reindex("one");
        assert!(users.find("one@example.com").is_some());
    }

    #[test]
    fn the_role_of_the_group_that_comes_first_is_preferred() {
        let group = |precedence, role: Option<&str>| {
            let mut group = Group::new("g", UNIX_EPOCH);
            group.precedence = precedence;
            group.role = role.map(ToOwned::to_owned);
            group
        };
        for (groups, preferred) in [
            (vec![], None),
            (vec![group(Some(0), None)], None),
            (vec![group(None, Some("a"))], Some("a")),
            (
                vec![group(Some(2), Some("a")), group(Some(1), Some("b"))],
                Some("b"),
            ),
            (
                vec![group(None, Some("a")), group(Some(9), Some("b"))],
                Some("b"),
            ),
            (
                vec![group(Some(0), None), group(Some(1), Some("b"))],
                Some("b"),
            ),
            (
                vec![group(Some(1), Some("a")), group(Some(1), Some("b"))],
                None,
            ),
            (
                vec![group(Some(1), Some("a")), group(Some(1), Some("a"))],
                Some("a"),
            ),
            (vec![group(None, Some("a")), group(None, Some("b"))], None),
        ] {
            let roles = Roles::of(groups.iter().collect());
            assert_eq!(roles.preferred.as_deref(), preferred, "{groups:?}");
        }
        let three = [
            group(Some(1), Some("b")),
            group(Some(2), Some("a")),
            group(Some(3), Some("b")),
        ];
        assert_eq!(Roles::of(three.iter().collect()).all, ["b", "a"]);
    }

    #[test]
    fn a_rotated_token_has_its_grace() {
        let mut families = Families::default();
        let grace = Duration::from_secs(10);
        let mut rotate = |turn, at| {
            families.rotate("f", turn, grace, 9999, UNIX_EPOCH + Duration::from_secs(at))
        };
        assert_eq!(rotate(0, 0), Turn::Next(1));
        assert_eq!(rotate(0, 9), Turn::Next(1));
        assert_eq!(rotate(0, 10), Turn::Reused);
        assert_eq!(rotate(1, 10), Turn::Next(2));
        assert_eq!(rotate(0, 11), Turn::Reused);
    }

    #[test]
    fn expired_families_are_swept() {
        let mut families = Families::default();
        for number in 0..SWEEP_EVERY * 3 {
            families.revoke(&number.to_string(), 1, UNIX_EPOCH + Duration::from_secs(2));
        }
        assert!(families.known.len() <= SWEEP_EVERY);
    }
}
