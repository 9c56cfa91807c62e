//! The issuers that a verifier accepts, each with its keys and the requirements of its pool.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use cognito_core::{Clock, RevocationList};

use crate::check::{Expectations, Kind};
use crate::error::{Reason, VerifyError, issuer_advice};
use crate::jwks::cache::KeyCache;

/// An accepted value of `iss`, and the keys for the tokens of this issuer.
pub(crate) struct Issuer {
    pub(crate) iss: Box<str>,
    pub(crate) keys: KeyCache,
    pub(crate) pool: Arc<Pool>,
    /// `true` if this is one of several possible issuers of the pool, and it is unknown whether the
    /// pool uses it. AWS responds with status 403 for the keys of an issuer that is not used.
    pub(crate) may_be_unused: bool,
}

/// The settings of a pool that all its issuers share.
pub(crate) struct Pool {
    pub(crate) expected: Expectations,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) revocations: Option<Arc<dyn RevocationList>>,
}

impl Pool {
    /// Checks what can change after a token was verified: the times, the additional requirements of
    /// the application, and the revocation. `now` is in seconds since 1970-01-01T00:00:00Z.
    pub(crate) fn check_again<T: Kind>(&self, claims: &T, now: u64) -> Result<(), VerifyError> {
        claims.check_again(&self.expected, now)?;
        let Some(list) = self.revocations.as_deref() else {
            return Ok(());
        };
        match list.check(&claims.identity()) {
            Ok(false) => Ok(()),
            Ok(true) => Err(VerifyError::new(Reason::Revoked)),
            Err(_) => Err(VerifyError::new(Reason::RevocationsUnavailable)),
        }
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer")
            .field("iss", &self.iss)
            .field("expected", &self.pool.expected)
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}

/// The maximum number of issuers for a linear search. Up to this number, it is faster than a hash
/// map.
const FEW: usize = 4;

/// All accepted issuers, with a lookup by `iss`. For more than [`FEW`] issuers, the lookup uses a
/// hash map, so its cost does not grow with the number of issuers.
pub(crate) struct Issuers {
    all: Vec<Issuer>,
    places: HashMap<Box<str>, usize>,
    /// The hint in the error for a token whose issuer is not accepted.
    advice: Arc<str>,
}

impl Issuers {
    /// Creates the set of issuers. Returns `None` if two issuers have the same `iss`: a token with
    /// this `iss` could not be assigned to one of them.
    pub(crate) fn new(all: Vec<Issuer>) -> Option<Self> {
        let places = all.iter().enumerate();
        let places: HashMap<_, _> = places
            .map(|(place, issuer)| (issuer.iss.clone(), place))
            .collect();
        let names: Vec<&str> = all.iter().map(|issuer| &*issuer.iss).collect();
        let advice = issuer_advice(&names).into();
        (places.len() == all.len()).then_some(Self {
            all,
            places,
            advice,
        })
    }

    /// Returns the error for a token whose issuer is not accepted.
    pub(crate) fn wrong_issuer(&self) -> VerifyError {
        VerifyError::wrong_issuer(Arc::clone(&self.advice))
    }

    pub(crate) fn all(&self) -> &[Issuer] {
        &self.all
    }

    /// Returns the issuer at an index that [`find`](Self::find) returned.
    pub(crate) fn at(&self, place: usize) -> &Issuer {
        &self.all[place]
    }

    /// Returns the issuer with this `iss` and its index, or `None` if it is not accepted. `iss` is
    /// compared byte for byte (RFC 8725 section 3.8).
    pub(crate) fn find(&self, iss: &str) -> Option<(usize, &Issuer)> {
        let place = if self.all.len() <= FEW {
            self.all.iter().position(|issuer| *issuer.iss == *iss)?
        } else {
            *self.places.get(iss)?
        };
        Some((place, self.all.get(place)?))
    }
}
