//! The state of the hosted pages: unused codes, and signed-in browsers.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::time::{Duration, SystemTime};

use crate::model::random::Random;

/// The lifetime of a code.
const CODE_VALIDITY: Duration = Duration::from_secs(5 * 60);
/// The time for which a browser stays signed in.
const BROWSER_VALIDITY: Duration = Duration::from_secs(60 * 60);
/// The maximum number of codes, and of browsers. The oldest entries are dropped.
const CAPACITY: usize = 10_000;

/// A sign-in whose code was not exchanged yet.
#[derive(Clone)]
pub(crate) struct Code {
    pub(crate) client: String,
    pub(crate) redirect_uri: String,
    /// The `S256` challenge of PKCE, if there was one.
    pub(crate) challenge: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) scopes: Vec<String>,
    pub(crate) person: Person,
}

/// The user who signed in, and the time.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) username: String,
    /// The `sub` of the user. A name can be assigned to another user later; the `sub` cannot.
    pub(crate) sub: String,
    /// The user's sign-out counter.
    pub(crate) generation: u64,
    pub(crate) auth_time: SystemTime,
}

/// The state of the hosted pages of a pool.
#[derive(Default)]
pub(crate) struct Hosted {
    codes: Expiring<Code>,
    browsers: Expiring<Person>,
}

impl Hosted {
    pub(crate) fn open_code(&mut self, code: Code, now: SystemTime, random: &Random) -> String {
        self.codes.put(code, CODE_VALIDITY, now, random)
    }

    /// Removes and returns a code. A failed exchange uses it up too.
    pub(crate) fn take_code(&mut self, word: &str, now: SystemTime) -> Option<Code> {
        self.codes.take(word, now)
    }

    /// Stores a signed-in browser. Returns the value of its cookie.
    pub(crate) fn sign_in(&mut self, person: Person, now: SystemTime, random: &Random) -> String {
        self.browsers.put(person, BROWSER_VALIDITY, now, random)
    }

    pub(crate) fn signed_in(&self, word: &str, now: SystemTime) -> Option<Person> {
        self.browsers.get(word, now).cloned()
    }

    pub(crate) fn sign_out(&mut self, word: &str, now: SystemTime) {
        self.browsers.take(word, now);
    }
}

/// Security: shows only the number of entries.
impl fmt::Debug for Hosted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hosted")
            .field("codes", &self.codes.known.len())
            .field("browsers", &self.browsers.known.len())
            .finish()
    }
}

/// Values with random strings as keys. All have the same lifetime.
struct Expiring<T> {
    known: HashMap<String, (SystemTime, T)>,
    order: VecDeque<(String, SystemTime)>,
}

impl<T> Default for Expiring<T> {
    fn default() -> Self {
        Self {
            known: HashMap::new(),
            order: VecDeque::new(),
        }
    }
}

impl<T> Expiring<T> {
    fn put(&mut self, value: T, validity: Duration, now: SystemTime, random: &Random) -> String {
        while let Some((word, expires)) = self.order.front() {
            let is_stale = *expires <= now || !self.known.contains_key(word);
            if !is_stale && self.order.len() < CAPACITY {
                break;
            }
            self.known.remove(word);
            self.order.pop_front();
        }
        let expires = now.checked_add(validity).unwrap_or(now);
        let word = random.uuid();
        self.order.push_back((word.clone(), expires));
        self.known.insert(word.clone(), (expires, value));
        word
    }

    fn get(&self, word: &str, now: SystemTime) -> Option<&T> {
        let (expires, value) = self.known.get(word)?;
        (*expires > now).then_some(value)
    }

    fn take(&mut self, word: &str, now: SystemTime) -> Option<T> {
        let (expires, value) = self.known.remove(word)?;
        (expires > now).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn token_opens_once_and_expired_ones_are_removed() {
        let random = Random::new(None);
        let mut words = Expiring::default();
        let minute = Duration::from_secs(60);
        let word = words.put(7, minute, UNIX_EPOCH, &random);
        assert_eq!(words.get(&word, UNIX_EPOCH), Some(&7));
        assert_eq!(words.get(&word, UNIX_EPOCH + minute), None);
        assert_eq!(words.take(&word, UNIX_EPOCH), Some(7));
        assert_eq!(words.take(&word, UNIX_EPOCH), None);
        let late = words.put(8, minute, UNIX_EPOCH, &random);
        assert_eq!(words.take(&late, UNIX_EPOCH + minute), None);
        for number in 0..CAPACITY + 5 {
            words.put(number, minute, UNIX_EPOCH, &random);
        }
        assert!(words.known.len() <= CAPACITY);
        words.put(9, minute, UNIX_EPOCH + minute, &random);
        assert_eq!((words.known.len(), words.order.len()), (1, 1));
    }
}
