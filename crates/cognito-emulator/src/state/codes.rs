//! The state of the hosted pages: unused codes, and signed-in browsers.

use std::time::{Duration, SystemTime};

use crate::model::random::Random;
use crate::state::expiring::Expiring;

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
pub(crate) struct Hosted {
    codes: Expiring<Code>,
    browsers: Expiring<Person>,
}

impl Default for Hosted {
    fn default() -> Self {
        Self {
            codes: Expiring::new(CAPACITY),
            browsers: Expiring::new(CAPACITY),
        }
    }
}

impl Hosted {
    /// Stores a sign-in. Returns its code.
    pub(crate) fn open_code(&mut self, code: Code, now: SystemTime, random: &Random) -> String {
        put(&mut self.codes, code, CODE_VALIDITY, now, random)
    }

    /// Removes and returns a code. A failed exchange uses it up too.
    pub(crate) fn take_code(&mut self, word: &str, now: SystemTime) -> Option<Code> {
        self.codes.take(word, now)
    }

    /// Stores a signed-in browser. Returns the value of its cookie.
    pub(crate) fn sign_in(&mut self, person: Person, now: SystemTime, random: &Random) -> String {
        put(&mut self.browsers, person, BROWSER_VALIDITY, now, random)
    }

    pub(crate) fn signed_in(&self, word: &str, now: SystemTime) -> Option<Person> {
        self.browsers.get(word, now).cloned()
    }

    pub(crate) fn sign_out(&mut self, word: &str, now: SystemTime) {
        self.browsers.take(word, now);
    }
}

/// Adds a value and returns its random key.
fn put<T>(
    values: &mut Expiring<T>,
    value: T,
    validity: Duration,
    now: SystemTime,
    random: &Random,
) -> String {
    let word = random.uuid();
    let expires = now.checked_add(validity).unwrap_or(now);
    values.put(word.clone(), value, expires, now);
    word
}
