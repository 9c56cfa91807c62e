//! The state of the hosted pages: unused codes, and signed-in browsers.

use std::time::{Duration, SystemTime};

use crate::model::random::Random;
use crate::model::user::User;
use crate::state::expiring::Expiring;
use crate::state::users::Users;

const CODE_VALIDITY: Duration = Duration::from_secs(5 * 60);
/// The time for which a browser stays signed in.
const BROWSER_VALIDITY: Duration = Duration::from_secs(60 * 60);
/// The maximum number of codes, and of browsers. The oldest entries are dropped.
const CAPACITY: usize = 10_000;

/// The data of an authorization code that was not exchanged yet.
#[derive(Clone)]
pub(crate) struct Code {
    pub(crate) client: String,
    pub(crate) redirect_uri: String,
    /// The `S256` challenge of PKCE, if there was one.
    pub(crate) challenge: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) scopes: Vec<String>,
    pub(crate) signed_in: SignedInUser,
}

/// The user who signed in, and the time.
#[derive(Clone)]
pub(crate) struct SignedInUser {
    pub(crate) username: String,
    /// The `sub` of the user. Another user can get the same name later, but not the same `sub`.
    pub(crate) sub: String,
    /// The user's sign-out counter.
    pub(crate) generation: u64,
    pub(crate) auth_time: SystemTime,
}

impl SignedInUser {
    /// Returns the user, unless the user was signed out everywhere or may no longer sign in.
    pub(crate) fn find<'u>(&self, users: &'u mut Users) -> Option<&'u mut User> {
        users.find_mut(&self.username).filter(|user| {
            let is_same = user.sub == self.sub && user.generation == self.generation;
            is_same && user.check_usable().is_ok()
        })
    }
}

/// The state of the hosted pages of a pool.
pub(crate) struct Hosted {
    codes: Expiring<Code>,
    browsers: Expiring<SignedInUser>,
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
    pub(crate) fn open_code(&mut self, code: Code, now: SystemTime, random: &Random) -> String {
        self.codes.add(code, CODE_VALIDITY, now, random)
    }

    /// Removes and returns a code. The code is removed even if its exchange fails.
    pub(crate) fn take_code(&mut self, word: &str, now: SystemTime) -> Option<Code> {
        self.codes.take(word, now)
    }

    /// Stores a signed-in browser. Returns the value of its cookie.
    pub(crate) fn sign_in(
        &mut self,
        signed_in: SignedInUser,
        now: SystemTime,
        random: &Random,
    ) -> String {
        self.browsers.add(signed_in, BROWSER_VALIDITY, now, random)
    }

    pub(crate) fn signed_in(&self, word: &str, now: SystemTime) -> Option<SignedInUser> {
        self.browsers.get(word, now).cloned()
    }

    pub(crate) fn sign_out(&mut self, word: &str, now: SystemTime) {
        self.browsers.take(word, now);
    }
}
