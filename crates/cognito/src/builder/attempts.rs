//! The options for the attempt guard, which limits failed sign-ins, wrong codes and sent messages.

use std::num::NonZeroUsize;
use std::sync::Arc;

use cognito_cache::{
    AttemptGuard, AttemptGuardBuilder, Budget, BudgetPolicy, CaseRule, MemoryStore,
};
use cognito_core::{PoolConfig, Result};
use zeroize::Zeroizing;

use super::CognitoBuilder;

/// The maximum number of known addresses and devices in the in-memory store of the attempt guard.
/// An address or device is known if a user has signed in from it. If the store is full, the least
/// recently used of these entries is evicted. The number is the same as the default of
/// [`MemoryStore::with_max_counters`].
const KNOWN_PLACES: NonZeroUsize = NonZeroUsize::MIN.saturating_add(99_999);

/// A custom attempt guard, or the options of the default guard.
#[derive(Default)]
pub(super) struct AttemptLimits {
    pub(super) guard: Option<AttemptGuard>,
    pub(super) key: Option<Zeroizing<Vec<u8>>>,
    case_rule: CaseRule,
    budgets: Vec<(Budget, BudgetPolicy)>,
}

impl CognitoBuilder {
    /// Sets a custom attempt guard, for example with other limits or with counters in a shared
    /// store. Instances that share counters must use the same key. Default: a guard with the limits
    /// of [`AttemptPolicy`](crate::attempt::AttemptPolicy).
    pub fn attempt_guard(mut self, guard: AttemptGuard) -> Self {
        self.attempt_limits.guard = Some(guard);
        self
    }

    /// Sets the secret key for the names of the counters of failed attempts. The names are HMACs,
    /// so the store contains no user names. Instances that share counters need the same key.
    /// Default: a random key.
    ///
    /// If the key is shorter than 32 bytes, [`build`](Self::build) fails. A custom
    /// [`attempt_guard`](Self::attempt_guard) ignores the key.
    pub fn attempt_key(mut self, key: &[u8]) -> Self {
        self.attempt_limits.key = Some(Zeroizing::new(key.to_vec()));
        self
    }

    /// Sets whether the attempt guard counts `Alice` and `alice` as one user. Default:
    /// [`CaseRule::Insensitive`], one user. Use [`CaseRule::Sensitive`] only if user names in the
    /// pool are case-sensitive. In a pool that was created without `UsernameConfiguration`, they
    /// are case-sensitive.
    ///
    /// A custom [`attempt_guard`](Self::attempt_guard) ignores this option.
    pub const fn case_rule(mut self, case: CaseRule) -> Self {
        self.attempt_limits.case_rule = case;
        self
    }

    /// Sets the limit for one kind of calls from one client address. Defaults: see [`Budget`]. A
    /// call without a `client_address` is not limited. If the limit or its window is zero,
    /// [`build`](Self::build) fails. A custom [`attempt_guard`](Self::attempt_guard) ignores this
    /// option.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use cognito::Cognito;
    /// use cognito::attempt::{Budget, BudgetPolicy};
    ///
    /// // Thousands of users share one address, for example at a university.
    /// let limit = BudgetPolicy::new(500, Duration::from_secs(15 * 60));
    /// let builder = Cognito::builder().address_budget(Budget::Messages, limit);
    /// # drop(builder);
    /// ```
    pub fn address_budget(mut self, budget: Budget, policy: BudgetPolicy) -> Self {
        self.attempt_limits.budgets.push((budget, policy));
        self
    }

    pub(super) fn guard(&self, pool: &PoolConfig) -> Result<AttemptGuard> {
        if let Some(guard) = &self.attempt_limits.guard {
            return Ok(guard.clone());
        }
        if let Some(guard) = self.shared_guard(pool)? {
            return Ok(guard);
        }
        let store = MemoryStore::new(Arc::clone(&self.clock)).with_max_values(KNOWN_PLACES);
        let guard = AttemptGuard::builder(Arc::new(store), Arc::clone(&self.clock));
        let guard = self.attempt_limits.apply(guard);
        match &self.attempt_limits.key {
            Some(key) => guard.key(key).build(),
            None => guard.build(),
        }
    }
}

impl AttemptLimits {
    pub(super) fn apply(&self, guard: AttemptGuardBuilder) -> AttemptGuardBuilder {
        let guard = guard.case_rule(self.case_rule);
        let budgets = self.budgets.iter();
        budgets.fold(guard, |guard, (budget, policy)| {
            guard.budget(*budget, *policy)
        })
    }
}
