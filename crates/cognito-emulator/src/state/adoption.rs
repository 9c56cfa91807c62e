//! The first sign-in with an imported password hash.

use std::sync::Arc;

use parking_lot::MutexGuard;

use crate::model::password::StoredPassword;
use crate::model::password::imported::ImportedHash;
use crate::model::user::{Status, User};
use crate::state::call::Call;
use crate::state::users::UserKey;

impl<'a> Call<'a> {
    /// Verifies a password against the imported hash of a user. If the password is right, it
    /// replaces the hash, so that the user can also sign in with SRP from now on ("Amazon Cognito
    /// transparently migrates their credentials", AWS developer guide). Does nothing if the user
    /// has no imported hash or is not allowed to sign in.
    ///
    /// The caller checks the password afterwards, like every other password, and holds the returned
    /// guard until then. Only one hash is verified at a time. This bounds the memory, and makes the
    /// lockout after wrong passwords exact: a guess is counted before the next one is verified.
    pub(crate) fn adopt_password(
        &self,
        username: &str,
        password: &str,
    ) -> Option<MutexGuard<'a, ()>> {
        if !self.pools.imports.have_hashes() {
            return None;
        }
        // The caller must not wait for another user's hash if this user has none.
        self.imported_hash(username)?;
        let guard = self.pools.hashing.lock();
        let (key, hash) = self.imported_hash(username)?;
        // Slow, so the state is not locked.
        if hash.matches(password) {
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
        Some(guard)
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
