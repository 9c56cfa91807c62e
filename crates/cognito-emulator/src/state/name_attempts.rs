//! Counts attempts by user name, for app clients that hide whether a user exists
//! ([`NameAttempts`]).

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use crate::model::code::Attempts;

/// The maximum number of user names in each map of [`NameAttempts`].
const CAPACITY: usize = 2_000;
/// The time after which the map `current` becomes `previous`, and the earlier `previous` is
/// dropped. No attempt limit counts attempts that are older than this time.
const PERIOD: Duration = Duration::from_secs(3600);

/// The attempts of each user name or alias, including names that no user has.
///
/// Security: with `PreventUserExistenceErrors`, the error of an attempt limit must not reveal
/// whether a user has the name. Such an error therefore depends on these attempts only.
///
/// If there are too many names, the attempts of the oldest names are removed. An attacker can cause
/// this with requests for many names. The attempts of each existing user are therefore also counted
/// in [`User::attempts`], where requests for other names cannot remove them.
///
/// [`User::attempts`]: crate::model::user::User::attempts
#[derive(Default)]
pub(crate) struct NameAttempts {
    current: HashMap<String, Attempts>,
    /// The attempts that were counted before the current period. If there is another attempt for a
    /// name, the attempts of this name are moved back to `current`.
    previous: HashMap<String, Attempts>,
    /// The time when the current period began: since then, attempts are counted in `current`.
    /// `None` before the first attempt.
    since: Option<SystemTime>,
}

impl NameAttempts {
    /// Returns the attempts of a user name or alias. `name` must be converted by
    /// [`Users::fold`](crate::state::users::Users::fold) first.
    pub(crate) fn of(&mut self, name: String, now: SystemTime) -> &mut Attempts {
        let since = *self.since.get_or_insert(now);
        let is_over = now.duration_since(since).is_ok_and(|age| age >= PERIOD);
        if is_over || self.current.len() >= CAPACITY {
            self.previous = std::mem::take(&mut self.current);
            self.since = Some(now);
        }
        let earlier = self.previous.remove(&name);
        let current = self.current.entry(name);
        current.or_insert_with(|| earlier.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::model::code::Attempt;

    #[test]
    fn attempts_are_kept_for_an_hour() {
        let mut names = NameAttempts::default();
        let kept = |names: &mut NameAttempts, seconds| {
            let now = UNIX_EPOCH + Duration::from_secs(seconds);
            names.of("a".to_owned(), now).has(Attempt::ResendCode, now)
        };
        let attempts = names.of("a".to_owned(), UNIX_EPOCH);
        attempts
            .spend(Attempt::ResendCode, UNIX_EPOCH)
            .expect("a first attempt");
        assert!(kept(&mut names, 3599));
        assert!(!kept(&mut names, 3600));
        names.of("b".to_owned(), UNIX_EPOCH + PERIOD);
        assert!(names.previous.is_empty() && names.current.len() == 2);
    }

    #[test]
    fn number_of_names_is_limited() {
        let mut names = NameAttempts::default();
        for number in 0..10 * CAPACITY {
            names.of(number.to_string(), UNIX_EPOCH);
            assert!(names.current.len() <= CAPACITY && names.previous.len() <= CAPACITY);
        }
    }
}
