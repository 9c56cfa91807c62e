//! Revocation and rotation of refresh tokens.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::model::time::seconds;
use crate::state::entries::kind::Kind;
use crate::state::entries::marks::Scope;
use crate::state::entries::watched::WatchedMap;

/// The maximum lifetime of access and ID tokens, in seconds.
const MAX_ACCESS_VALIDITY: u64 = 24 * 3600;

/// The number of revocations and rotations after which the entries of expired families are removed.
const SWEEP_EVERY: usize = 1024;

/// The revocations and rotations of refresh tokens, by family. The tokens do not contain this
/// state.
///
/// A family is all tokens of one sign-in. Its entry is kept until all tokens of the family have
/// expired.
pub(crate) struct Families {
    pub(super) known: WatchedMap<Family>,
    /// The number of calls that revoked a family or rotated a refresh token. It decides when
    /// expired families are removed.
    changes: usize,
}

/// The state of one family: whether it was revoked, and the last rotation of its refresh token. A
/// family is all tokens of one sign-in.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Family {
    /// The time when the last token of the family expires, in seconds since 1970.
    expires: u64,
    revoked: bool,
    /// The sequence number of the newest refresh token of the family. The first token has 0.
    turn: u64,
    /// The time when a refresh token of the family was last rotated. `None` if none was rotated.
    turned: Option<SystemTime>,
}

/// The result of the rotation of a refresh token ([`Families::rotate`]).
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// The refresh token is valid. The value is the sequence number of the next refresh token.
    Next(u64),
    /// The refresh token was rotated before, and is no longer accepted.
    Reused,
}

impl Families {
    pub(crate) fn new(scope: Scope) -> Self {
        Self {
            known: WatchedMap::new(scope, Kind::Family),
            changes: 0,
        }
    }

    /// Revokes all tokens of a family (of one sign-in). `expires` is the expiry of the refresh
    /// token of the family, in seconds since 1970.
    pub(crate) fn revoke(&mut self, family: &str, expires: u64, now: SystemTime) {
        self.entry(family, expires, now).revoked = true;
    }

    /// Returns `true` if the tokens of a family (of one sign-in) were revoked.
    pub(crate) fn is_revoked(&self, family: &str) -> bool {
        self.known.get(family).is_some_and(|family| family.revoked)
    }

    /// Rotates the refresh token with the sequence number `turn`: invalidates the token, and
    /// returns the sequence number of the next token. `expires` is the expiry of the token, in
    /// seconds since 1970.
    ///
    /// Returns [`Turn::Reused`] if the token was already rotated. Exception: if this token was
    /// rotated last, less than `grace` ago, returns the same sequence number again.
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

    /// Returns the state of a family (all tokens of one sign-in). If the family is new, adds it.
    /// `expires` is the expiry of the refresh token of the family, in seconds since 1970.
    fn entry(&mut self, family: &str, expires: u64, now: SystemTime) -> &mut Family {
        self.changes += 1;
        if self.changes.is_multiple_of(SWEEP_EVERY) {
            let now = seconds(now);
            self.known.retain(|family| family.expires > now);
        }
        self.known.get_or_insert_with(family, || Family {
            // Security: a refresh shortly before `expires` returns an access token that is valid
            // afterwards. It must stay revoked.
            expires: expires + MAX_ACCESS_VALIDITY,
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

    #[test]
    fn a_rotated_token_has_its_grace() {
        let mut families = Families::new(Scope::default());
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
        let mut families = Families::new(Scope::default());
        for number in 0..SWEEP_EVERY * 3 {
            let now = UNIX_EPOCH + Duration::from_secs(MAX_ACCESS_VALIDITY + 2);
            families.revoke(&number.to_string(), 1, now);
        }
        assert!(families.known.len() <= SWEEP_EVERY);
    }

    #[test]
    fn a_revocation_outlives_the_refresh_token() {
        let mut families = Families::new(Scope::default());
        families.revoke("f", 100, UNIX_EPOCH);
        for number in 0..SWEEP_EVERY * 2 {
            let now = UNIX_EPOCH + Duration::from_secs(101);
            families.revoke(&number.to_string(), 100, now);
        }
        assert!(families.is_revoked("f"));
    }
}
