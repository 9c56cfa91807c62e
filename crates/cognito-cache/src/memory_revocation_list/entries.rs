//! What is revoked, by the three things that a token can be known by.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::time::Duration;

use cognito_core::TokenIdentity;

use crate::expiry::{Deadline, ExpiryIndex};

/// By what an entry knows its tokens.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Session,
    Token,
    User,
}

#[derive(Default)]
pub(super) struct Entries {
    sessions: HashMap<Arc<str>, Entry>,
    tokens: HashMap<Arc<str>, Entry>,
    users: HashMap<Arc<str>, Entry>,
    expiry: ExpiryIndex<(Kind, Arc<str>)>,
}

#[derive(Clone, Copy)]
struct Entry {
    /// Of a user: the last second whose tokens are refused.
    issued_until: Option<u64>,
    deadline: Deadline,
}

impl Entries {
    pub(super) fn len(&self) -> usize {
        self.sessions.len() + self.tokens.len() + self.users.len()
    }

    pub(super) fn first_expiry(&self) -> Option<Duration> {
        self.expiry.first()
    }

    /// Stores an entry, or widens the one that is there: it never becomes shorter or narrower.
    /// False if it would be a new one and there are `capacity` already.
    pub(super) fn put(
        &mut self,
        kind: Kind,
        id: &str,
        issued_until: Option<u64>,
        moment: Duration,
        capacity: usize,
    ) -> bool {
        let before = self.map(kind).get_key_value(id);
        let before = before.map(|(id, entry)| (Arc::clone(id), *entry));
        if before.is_none() && self.len() >= capacity {
            return false;
        }
        let (id, entry) = match before {
            None => {
                let id: Arc<str> = id.into();
                let deadline = self.expiry.add(moment, (kind, Arc::clone(&id)));
                let entry = Entry {
                    issued_until,
                    deadline,
                };
                (id, entry)
            }
            Some((id, mut entry)) => {
                entry.issued_until = entry.issued_until.max(issued_until);
                if entry.deadline.0 < moment {
                    self.expiry.remove(entry.deadline);
                    entry.deadline = self.expiry.add(moment, (kind, Arc::clone(&id)));
                }
                (id, entry)
            }
        };
        self.map(kind).insert(id, entry);
        true
    }

    /// Whether a live entry refuses the token.
    pub(super) fn refuse(&self, token: &TokenIdentity<'_>, now: Duration) -> bool {
        let live = |map: &HashMap<Arc<str>, Entry>, id: &str| {
            map.get(id).copied().filter(|entry| now < entry.deadline.0)
        };
        let named = |map: &HashMap<Arc<str>, Entry>, id: Option<&str>| {
            id.is_some_and(|id| live(map, id).is_some())
        };
        named(&self.tokens, token.jti)
            || named(&self.sessions, token.origin_jti)
            || live(&self.users, token.sub)
                .and_then(|entry| entry.issued_until)
                .is_some_and(|issued_until| token.iat <= issued_until)
    }

    /// Drops up to `limit` expired entries, and the memory that a past crowd of them took.
    pub(super) fn sweep(&mut self, now: Duration, limit: usize) {
        for _ in 0..limit {
            let Some((kind, id)) = self.expiry.pop_expired(now) else {
                break;
            };
            let map = self.map(kind);
            map.remove(&id);
            shrink(map);
        }
    }

    fn map(&mut self, kind: Kind) -> &mut HashMap<Arc<str>, Entry> {
        match kind {
            Kind::Session => &mut self.sessions,
            Kind::Token => &mut self.tokens,
            Kind::User => &mut self.users,
        }
    }
}

/// A map that has become mostly empty gives memory back. Each time it halves at least, so the cost
/// is spread over the removals that came before.
fn shrink<S: BuildHasher>(map: &mut HashMap<Arc<str>, Entry, S>) {
    if map.capacity() > 1024 && map.len() < map.capacity() / 8 {
        map.shrink_to(map.len() * 2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_that_has_left_leaves_no_memory_behind() {
        const CROWD: usize = 50_000;
        let mut entries = Entries::default();
        let second = Duration::from_secs(1);
        for number in 0..CROWD {
            for kind in [Kind::Session, Kind::Token, Kind::User] {
                let id = format!("00000000-0000-0000-0000-{number:012}");
                assert!(entries.put(kind, &id, None, second, usize::MAX));
            }
        }
        assert!(entries.put(Kind::Token, "stays", None, 2 * second, usize::MAX));
        assert_eq!(entries.len(), 3 * CROWD + 1);
        entries.sweep(second, usize::MAX);
        assert_eq!(entries.len(), 1);
        for map in [&entries.sessions, &entries.tokens, &entries.users] {
            assert!(map.capacity() <= 4_096, "{}", map.capacity());
        }
        assert_eq!(entries.first_expiry(), Some(2 * second));
    }
}
