//! Who may have issued a token, and by which keys and rules it is judged.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use cognito_core::{Clock, RevocationList};

use crate::check::{Expectations, Kind};
use crate::error::{Reason, VerifyError};
use crate::jwks::cache::KeyCache;

/// One spelling of `iss`, and the keys that tokens with it are signed with.
pub(crate) struct Issuer {
    pub(crate) iss: Box<str>,
    pub(crate) keys: KeyCache,
    pub(crate) pool: Arc<Pool>,
    /// Whether the pool may well not use this spelling. Its keys are then refused (403).
    pub(crate) may_be_unused: bool,
}

/// What the issuers of one pool have in common.
pub(crate) struct Pool {
    pub(crate) expected: Expectations,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) revocations: Option<Arc<dyn RevocationList>>,
}

impl Pool {
    /// Whether a token that was found good still is, here and now.
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

/// Up to this many issuers are looked through one by one, which is cheaper than to hash.
const FEW: usize = 4;

/// All issuers, found by their `iss`. What a look-up costs does not grow with their number.
pub(crate) struct Issuers {
    all: Vec<Issuer>,
    places: HashMap<Box<str>, usize>,
}

impl Issuers {
    /// Nothing if two have the same `iss`: it would be chance whose rules count.
    pub(crate) fn new(all: Vec<Issuer>) -> Option<Self> {
        let places = all.iter().enumerate();
        let places: HashMap<_, _> = places
            .map(|(place, issuer)| (issuer.iss.clone(), place))
            .collect();
        (places.len() == all.len()).then_some(Self { all, places })
    }

    pub(crate) fn all(&self) -> &[Issuer] {
        &self.all
    }

    /// The issuer at a place that [`find`](Self::find) told.
    pub(crate) fn at(&self, place: usize) -> &Issuer {
        &self.all[place]
    }

    /// The place of the issuer, and the issuer. `iss` is compared byte for byte (RFC 8725 section
    /// 3.8).
    pub(crate) fn find(&self, iss: &str) -> Option<(usize, &Issuer)> {
        let place = if self.all.len() <= FEW {
            self.all.iter().position(|issuer| *issuer.iss == *iss)?
        } else {
            *self.places.get(iss)?
        };
        Some((place, self.all.get(place)?))
    }
}
