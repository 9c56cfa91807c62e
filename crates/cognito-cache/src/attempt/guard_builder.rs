//! How an [`AttemptGuard`] is made.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use cognito_core::{Clock, Error, ErrorKind, Result, Store};

use super::budget::{Budget, BudgetPolicy};
use super::guard::{AttemptGuard, Limits};
use super::key::KeyMaker;
use super::policy::AttemptPolicy;
use super::subject::{CaseRule, Purpose};

/// How long a sign-in is remembered, unless told otherwise.
const KNOWN_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What becomes of an attempt when the store of the counters does not answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreFailure {
    /// It is admitted uncounted, and a warning is logged: people can sign in while the store is
    /// down, and Cognito's own lock is the only one meanwhile. So that they do not wait for every call
    /// by itself, an attempt asks nothing more once it is plain that the store does not answer. One that
    /// answers and only takes nothing new, because it is full say, still keeps out who is locked.
    #[default]
    CarryOn,
    /// It is refused with the store's error (503): nobody can sign in while the store is down, and
    /// nobody can guess.
    Refuse,
}

/// Makes an [`AttemptGuard`].
pub struct AttemptGuardBuilder {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    key: Option<KeyText>,
    case: CaseRule,
    known_for: Duration,
    on_store_failure: StoreFailure,
    limits: Limits,
}

/// A key as it was given: made at once, so that no copy of its bytes stays here.
enum KeyText {
    Good(Box<hmac::Key>),
    TooShort,
}

impl AttemptGuardBuilder {
    pub(super) fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        let policies = Purpose::ALL.iter().map(|purpose| {
            let policy = if purpose.is_code() {
                AttemptPolicy::codes()
            } else {
                AttemptPolicy::passwords()
            };
            (*purpose, policy)
        });
        Self {
            store,
            clock,
            key: None,
            case: CaseRule::default(),
            known_for: KNOWN_FOR,
            on_store_failure: StoreFailure::default(),
            limits: Limits {
                purposes: policies.collect(),
                budgets: BTreeMap::new(),
            },
        }
    }

    /// Uses one policy for all purposes. Unless told otherwise, passwords have
    /// [`AttemptPolicy::passwords`] and codes [`AttemptPolicy::codes`].
    #[must_use]
    pub fn with_policy(mut self, policy: AttemptPolicy) -> Self {
        self.limits.purposes = Purpose::ALL.iter().map(|p| (*p, policy)).collect();
        self
    }

    /// Uses a policy for one purpose.
    #[must_use]
    pub fn with_policy_for(mut self, purpose: Purpose, policy: AttemptPolicy) -> Self {
        self.limits.purposes.insert(purpose, policy);
        self
    }

    /// Sets how many calls from one address a budget allows. Default: see [`Budget`].
    #[must_use]
    pub fn with_budget(mut self, budget: Budget, policy: BudgetPolicy) -> Self {
        self.limits.budgets.insert(budget, policy);
        self
    }

    /// Names the counters with this key instead of a random one. Machines that share a store must
    /// share the key too, or each counts for itself. At least 32 bytes, kept as secret as any key:
    /// who has it and the store can test which names were tried.
    #[must_use]
    pub fn with_key(mut self, key: &[u8]) -> Self {
        self.key = Some(if key.len() < 32 {
            KeyText::TooShort
        } else {
            KeyText::Good(Box::new(hmac::Key::new(hmac::HMAC_SHA256, key)))
        });
        self
    }

    /// Follows the pool's case rule; unless told otherwise, `Alice` and `alice` share a budget.
    #[must_use]
    pub const fn with_case_rule(mut self, case: CaseRule) -> Self {
        self.case = case;
        self
    }

    /// Remembers for this long from where somebody signed in last, 30 days unless told otherwise: so
    /// long the failures of strangers elsewhere do not keep them out there. Zero remembers nobody,
    /// and whoever fails often enough from several addresses locks the person out everywhere.
    #[must_use]
    pub const fn with_known_for(mut self, time: Duration) -> Self {
        self.known_for = time;
        self
    }

    /// Decides what becomes of attempts when the store does not answer; unless told otherwise,
    /// they are admitted.
    #[must_use]
    pub const fn on_store_failure(mut self, what: StoreFailure) -> Self {
        self.on_store_failure = what;
        self
    }

    /// Makes the guard.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`]: a policy or a budget has a window or a limit of zero, or the key is
    /// shorter than 32 bytes. [`ErrorKind::Unknown`]: the operating system gave no random key.
    pub fn build(self) -> Result<AttemptGuard> {
        let fault = |what: &'static str| Error::new(ErrorKind::Configuration).with_detail(what);
        if let Some(what) = self.limits.fault() {
            return Err(fault(what));
        }
        let key = match self.key {
            Some(KeyText::Good(key)) => *key,
            Some(KeyText::TooShort) => {
                return Err(fault(
                    "the key of an attempt guard must be at least 32 bytes",
                ));
            }
            None => hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new()).map_err(|_| {
                Error::new(ErrorKind::Unknown)
                    .with_detail("the operating system gave no random numbers")
            })?,
        };
        Ok(AttemptGuard::new(
            self.store,
            self.clock,
            KeyMaker::new(key, self.case),
            self.limits,
            self.on_store_failure,
            self.known_for,
        ))
    }
}

impl fmt::Debug for AttemptGuardBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Security: the key is left out.
        f.debug_struct("AttemptGuardBuilder")
            .field("case", &self.case)
            .field("known_for", &self.known_for)
            .field("on_store_failure", &self.on_store_failure)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
