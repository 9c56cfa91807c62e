//! The passwords of users, and the lockout after wrong passwords and codes.

pub(crate) mod imported;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use cognito_srp6a::Verifier;
use zeroize::Zeroizing;

use crate::model::thin::Empty;
use imported::{HashAlgorithm, ImportedHash};

/// The number of consecutive wrong passwords after which the first lockout starts.
const FREE_FAILURES: u32 = 5;
/// The maximum duration of a lockout. The AWS developer guide says "approximately 15 minutes".
const LONGEST_LOCKOUT: Duration = Duration::from_secs(15 * 60);

/// The password of a user, as the emulator stores it.
///
/// The password is not hashed, because a slow hash would make tests slow. A state file therefore
/// contains it. The SRP verifier takes milliseconds to compute, so it is computed only if the user
/// signs in with SRP.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct StoredPassword {
    secret: Secret,
    /// The SRP verifier of the password. `None` until the first sign-in with SRP. Its salt stays
    /// the same until the password changes.
    #[serde(skip)]
    pub(crate) verifier: Option<Arc<Verifier>>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "StoredSecret", into = "StoredSecret")]
enum Secret {
    Text(Zeroizing<String>),
    /// A password hash that was imported from another system. The hash is replaced by the password
    /// at the first sign-in with the password.
    Imported(Arc<ImportedHash>),
}

/// The form of a [`Secret`] in a state file. A hash is stored with its algorithm.
#[derive(Serialize, Deserialize)]
enum StoredSecret {
    Text(String),
    Imported(HashAlgorithm, String),
}

impl From<Secret> for StoredSecret {
    fn from(secret: Secret) -> Self {
        match secret {
            Secret::Text(text) => Self::Text(String::clone(&text)),
            Secret::Imported(hash) => Self::Imported(hash.algorithm, String::clone(&hash.text)),
        }
    }
}

impl TryFrom<StoredSecret> for Secret {
    type Error = &'static str;

    fn try_from(stored: StoredSecret) -> Result<Self, &'static str> {
        match stored {
            StoredSecret::Text(text) => Ok(Self::Text(Zeroizing::new(text))),
            StoredSecret::Imported(algorithm, text) => {
                let hash = ImportedHash::parse(algorithm, &text);
                let hash = hash.map_err(|_| "invalid password hash")?;
                Ok(Self::Imported(Arc::new(hash)))
            }
        }
    }
}

impl StoredPassword {
    pub(crate) fn new(password: &str) -> Self {
        Self {
            secret: Secret::Text(Zeroizing::new(password.to_owned())),
            verifier: None,
        }
    }

    pub(crate) fn imported(hash: ImportedHash) -> Self {
        Self {
            secret: Secret::Imported(Arc::new(hash)),
            verifier: None,
        }
    }

    /// Returns `true` if this is the password of the user.
    ///
    /// If only a hash was imported, returns `false` for every password. Call `Call::adopt_password`
    /// first: if the password matches the hash, that method replaces the hash with the password.
    pub(crate) fn matches(&self, password: &str) -> bool {
        let matches =
            |text: &str| verify_slices_are_equal(text.as_bytes(), password.as_bytes()).is_ok();
        self.expose().is_some_and(matches)
    }

    /// Returns the password. Returns `None` if only its hash was imported. A hash gives no SRP
    /// verifier, so such a user cannot sign in with SRP.
    pub(crate) fn expose(&self) -> Option<&str> {
        match &self.secret {
            Secret::Text(text) => Some(text),
            Secret::Imported(_) => None,
        }
    }

    /// Returns the imported hash. Returns `None` if the password itself is stored.
    pub(crate) fn hash(&self) -> Option<&Arc<ImportedHash>> {
        match &self.secret {
            Secret::Text(_) => None,
            Secret::Imported(hash) => Some(hash),
        }
    }
}

/// The lockout of one user after wrong passwords, or after wrong codes.
///
/// The fifth consecutive wrong password locks the user for one second. Each further wrong password
/// doubles the duration, up to 15 minutes (AWS developer guide, "Lockout behavior for failed
/// sign-in attempts"). AWS does not document the limit for codes. The emulator uses the same limit.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Lockout {
    failures: u32,
    until: Option<SystemTime>,
}

impl Empty for Lockout {
    const EMPTY: &'static Self = &Self {
        failures: 0,
        until: None,
    };
}

impl Lockout {
    pub(crate) fn is_locked(&self, now: SystemTime) -> bool {
        self.until.is_some_and(|until| now < until)
    }

    /// Counts a wrong password or code, and starts a lockout if there were too many.
    pub(crate) fn fail(&mut self, now: SystemTime) {
        self.failures = self.failures.saturating_add(1);
        if self.failures >= FREE_FAILURES {
            let doublings = (self.failures - FREE_FAILURES).min(30);
            let lockout = Duration::from_secs(1 << doublings).min(LONGEST_LOCKOUT);
            self.until = now.checked_add(lockout);
        }
    }

    /// Resets the count of wrong passwords or codes and ends the lockout.
    pub(crate) fn succeed(&mut self) {
        *self = Self::default();
    }
}
