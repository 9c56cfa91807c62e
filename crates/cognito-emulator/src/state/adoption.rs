//! The first sign-in of a user with an imported password hash ([`Call::adopt_password`]). It
//! replaces the hash by the password.

use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::model::failure::Failure;
use crate::model::password::StoredPassword;
use crate::model::password::imported::ImportedHash;
use crate::model::user::{Status, User};
use crate::state::call::Call;
use crate::state::users::UserKey;

/// The maximum number of sign-ins of one pool that verify an imported password hash or wait to do
/// so. One sign-in verifies its hash, and at most eight others wait. A further sign-in is rejected.
/// Without this maximum, these sign-ins could occupy all threads that handle slow requests.
const MOST_ADOPTIONS: usize = 9;

/// The sign-ins of a pool that verify an imported password hash. Only one sign-in at a time
/// verifies its hash. The others wait.
pub(crate) struct Adoptions {
    places: Semaphore,
    turn: Mutex<()>,
}

impl Default for Adoptions {
    fn default() -> Self {
        Self {
            places: Semaphore::new(MOST_ADOPTIONS),
            turn: Mutex::default(),
        }
    }
}

impl Adoptions {
    /// Waits until no other sign-in of the pool verifies a hash. Fails if too many wait.
    fn wait(&self) -> Result<Adoption<'_>, Failure> {
        let place = self.places.try_acquire();
        let place = place.map_err(|_| Failure::new("TooManyRequestsException", "Rate exceeded"))?;
        Ok(Adoption {
            _turn: self.turn.lock(),
            _place: place,
        })
    }
}

/// A guard. While it exists, no other sign-in of the pool verifies an imported password hash.
pub(crate) struct Adoption<'a> {
    _turn: MutexGuard<'a, ()>,
    _place: SemaphorePermit<'a>,
}

impl<'a> Call<'a> {
    /// Verifies a password against the imported hash of a user. If the password is right, stores
    /// the password in place of the hash, so that the user can then also sign in with SRP ("Amazon
    /// Cognito transparently migrates their credentials", AWS developer guide). Does nothing if the
    /// user has no imported hash or is not allowed to sign in.
    ///
    /// This function does not return whether the password is right, and does not count wrong
    /// passwords. The caller must then check the password against the stored password, as in any
    /// other sign-in, and must hold the returned guard until it has done so. Because of the guard,
    /// only one hash of a pool is verified at a time. A wrong password is therefore counted before
    /// the next password is verified, and the lockout after wrong passwords is exact.
    ///
    /// Fails with `TooManyRequestsException` if too many sign-ins of the pool wait.
    pub(crate) fn adopt_password(
        &self,
        username: &str,
        password: &str,
    ) -> Result<Option<Adoption<'a>>, Failure> {
        // The caller must not wait for another user's hash if this user has none.
        if !self.pools.imports.have_hashes() || self.imported_hash(username).is_none() {
            return Ok(None);
        }
        let adoption = self.service.adoptions.wait()?;
        let Some((key, hash)) = self.imported_hash(username) else {
            return Ok(None);
        };
        // Slow, so the state is not locked.
        let is_right = {
            let _one_of_all_pools = self.pools.hashing.lock();
            hash.matches(password)
        };
        if is_right {
            let mut state = self.state();
            let current = state.users.find_by_key(&key);
            let current = current.and_then(|user| user.password.as_mut());
            let current = current.filter(|stored| {
                let is_same = |stored: &Arc<ImportedHash>| Arc::ptr_eq(stored, &hash);
                stored.hash().is_some_and(is_same)
            });
            if let Some(stored) = current {
                *stored = StoredPassword::new(password);
            }
        }
        Ok(Some(adoption))
    }

    /// Returns the imported hash of a user. Returns `None` if the user does not exist, has no
    /// imported hash or is not allowed to sign in.
    fn imported_hash(&self, username: &str) -> Option<(UserKey, Arc<ImportedHash>)> {
        let state = self.state();
        let is_allowed = |user: &&User| {
            user.enabled && user.status == Status::Confirmed && !user.lockout.is_locked(self.now)
        };
        let user = state.users.find(username).filter(is_allowed)?;
        let hash = user.password.as_ref()?.hash()?;
        Some((UserKey::of(user), Arc::clone(hash)))
    }
}
