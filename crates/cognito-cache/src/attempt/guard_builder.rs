//! The builder of an [`AttemptGuard`].

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::hmac;
use cognito_core::{Clock, Error, ErrorKind, Result, Store};

use super::budget::{Budget, BudgetPolicy};
use super::guard::{AttemptGuard, Limits, Shared};
use super::key::KeyMaker;
use super::policy::AttemptPolicy;
use super::subject::{CaseRule, Purpose};
use super::view::View;
use crate::keyed_hash::random_key;

/// The default time for which an address or a device stays known after the user has signed in from
/// it.
const KNOWN_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What happens to an attempt if the store with the attempt counters is unavailable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreFailure {
    /// The attempt is admitted without being counted, and a warning is logged. Users can sign in
    /// while the store is unavailable, and only Cognito's own lockout protects their passwords.
    /// After a failed read, an attempt makes no further store calls, so that the user does not
    /// wait. If the store can be read but rejects writes, for example because it is full, locked
    /// users stay locked.
    #[default]
    CarryOn,
    /// The attempt is rejected with the error of the store (503). While the store is unavailable,
    /// no user can sign in, and no attacker can guess secrets.
    Refuse,
}

/// A builder for an [`AttemptGuard`].
#[must_use = "a builder does nothing until it is built"]
pub struct AttemptGuardBuilder {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    key: Option<KeyText>,
    case: CaseRule,
    known_for: Duration,
    store_failure: StoreFailure,
    limits: Limits,
}

/// The HMAC key that was passed to the builder. The bytes are converted to a key immediately, so
/// that the builder stores no copy of them. If there are too few bytes, `build` fails.
enum KeyText {
    Good(Box<hmac::Key>),
    TooShort,
}

impl AttemptGuardBuilder {
    pub(super) fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        let purposes = Purpose::ALL.iter();
        let policies = purposes.map(|purpose| (*purpose, purpose.default_policy()));
        Self {
            store,
            clock,
            key: None,
            case: CaseRule::default(),
            known_for: KNOWN_FOR,
            store_failure: StoreFailure::default(),
            limits: Limits {
                purposes: policies.collect(),
                budgets: BTreeMap::new(),
            },
        }
    }

    /// Sets the limits for guesses of passwords and codes, and replaces limits that were set with
    /// [`policy_for`](Self::policy_for). Does not change the limits for set-ups of a factor, which
    /// are not guesses. Default: [`AttemptPolicy::passwords`] for passwords, and
    /// [`AttemptPolicy::codes`] for codes.
    pub fn policy(mut self, policy: AttemptPolicy) -> Self {
        for (purpose, current) in &mut self.limits.purposes {
            if *purpose != Purpose::FactorSetup {
                *current = policy;
            }
        }
        self
    }

    /// Sets the limits for one purpose. Default: [`AttemptPolicy::passwords`] for a password,
    /// [`AttemptPolicy::codes`] for a code, and [`AttemptPolicy::setups`] for the set-up of a
    /// factor.
    pub fn policy_for(mut self, purpose: Purpose, policy: AttemptPolicy) -> Self {
        self.limits.purposes.insert(purpose, policy);
        self
    }

    /// Sets the policy of a budget: the maximum number of calls from one address in a time window.
    /// Each variant of [`Budget`] describes its default policy.
    pub fn budget(mut self, budget: Budget, policy: BudgetPolicy) -> Self {
        self.limits.budgets.insert(budget, policy);
        self
    }

    /// Sets the key of an HMAC. The HMAC computes the names under which the store contains
    /// counters, known addresses and known devices. Default: a random key.
    ///
    /// If the key has fewer than 32 bytes, `build` fails. Instances that share a store must use the
    /// same key; otherwise each instance counts separately. Keep the key secret: an attacker with
    /// the key and access to the store can check whether the store contains a certain user, address
    /// or device.
    pub fn key(mut self, key: &[u8]) -> Self {
        self.key = Some(if key.len() < 32 {
            KeyText::TooShort
        } else {
            KeyText::Good(Box::new(hmac::Key::new(hmac::HMAC_SHA256, key)))
        });
        self
    }

    cognito_core::setters! {
        /// Sets whether the pool distinguishes `Alice` from `alice`. Default:
        /// [`CaseRule::Insensitive`], with which these names share counters.
        pub fn case_rule(case: CaseRule) { case = case }

        /// Sets how long an address or a device stays known after a complete sign-in of the user.
        /// Default: 30 days.
        ///
        /// Failures at other addresses can lock out the user. At a known address and on a known
        /// device, the user can still sign in. With zero, no address or device is known: attackers
        /// at several addresses can then lock out the user at all addresses.
        pub fn known_for(time: Duration) { known_for = time }

        /// Sets what happens to attempts if the store is unavailable. Default:
        /// [`StoreFailure::CarryOn`], which admits them without counting.
        pub fn store_failure(what: StoreFailure) { store_failure = what }
    }

    /// Creates the guard. Sends nothing to the store.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`]: a window or a limit in a policy is zero, or the key is shorter
    /// than 32 bytes. [`ErrorKind::Unknown`]: the operating system returned no random numbers.
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
            None => random_key()?,
        };
        let shared = Arc::new(Shared {
            store: self.store,
            view: View::new(Arc::clone(&self.clock)),
            clock: self.clock,
            keys: KeyMaker::new(key, self.case),
            limits: self.limits,
            store_failure: self.store_failure,
            queue: Arc::default(),
            known_for: self.known_for,
        });
        Ok(AttemptGuard { shared })
    }
}

// Security: the key is not shown.
cognito_core::impl_debug!(AttemptGuardBuilder {
    case,
    known_for,
    store_failure,
    limits
});
