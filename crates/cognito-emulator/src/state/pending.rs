//! Sign-ins and sign-outs that wait for an identity provider ([`Pending`]).
//!
//! The emulator does not store them. The parameter `state` or `RelayState`, which the provider
//! returns, contains the data itself, encrypted and authenticated with a key of the pool. Therefore
//! a client that begins many sign-ins uses no memory, and cannot end the sign-ins of others.

use std::sync::Arc;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::model::time::seconds;
use crate::state::codes::PENDING_VALIDITY;
use crate::state::pools::Pools;
use crate::state::service::Service;

/// A sign-in or sign-out that waits for the response of an identity provider.
#[derive(Serialize, Deserialize)]
pub(crate) enum Pending {
    SignIn(Federation),
    SignOut(Logout),
}

/// A sign-in that waits for the response of an identity provider.
#[derive(Serialize, Deserialize)]
pub(crate) struct Federation {
    pub(crate) provider: String,
    /// The query of the app client's request to the authorization endpoint.
    pub(crate) query: String,
    /// The redirect URI of the pool at the identity provider.
    pub(crate) redirect_uri: String,
    /// The value of the cookie of the browser that has begun the sign-in.
    pub(crate) browser: String,
    /// The nonce in the request to the identity provider. The id of a request to a SAML provider
    /// contains the nonce.
    pub(crate) nonce: String,
}

/// A sign-out that waits for the response of a SAML provider.
#[derive(Serialize, Deserialize)]
pub(crate) struct Logout {
    /// The URL to which the browser is redirected.
    pub(crate) to: String,
}

/// The content of a `state` or `RelayState`.
#[derive(Serialize, Deserialize)]
struct Sealed {
    pending: Pending,
    /// The number of resets of the pool before the sign-in or sign-out began. After another reset,
    /// the sign-in or sign-out cannot be completed.
    era: u64,
    /// The time when the sign-in or sign-out expires, in seconds since 1970.
    expires: u64,
}

impl Service {
    /// Returns the `state` or `RelayState` of a sign-in or sign-out: the id of the pool, and the
    /// encrypted data. Returns `None` if AWS-LC cannot encrypt.
    pub(crate) fn seal(&self, pending: Pending, now: SystemTime) -> Option<String> {
        let sealed = Sealed {
            pending,
            era: self.state.lock().users.era,
            expires: seconds(now.checked_add(PENDING_VALIDITY)?),
        };
        let plain = serde_json::to_string(&sealed).ok()?;
        let word = self.tokens.pending.seal_text(&plain, &self.random)?;
        Some(format!("{}.{word}", self.settings.pool_id))
    }

    /// Decrypts the part of a `state` after the id of the pool.
    fn unseal(&self, word: &str, now: SystemTime) -> Option<Pending> {
        let plain = self.tokens.pending.open_text(word)?;
        let sealed: Sealed = serde_json::from_str(&plain).ok()?;
        let is_valid = sealed.expires > seconds(now) && sealed.era == self.state.lock().users.era;
        is_valid.then_some(sealed.pending)
    }
}

impl Pools {
    /// Returns the sign-in or sign-out of a `state` or `RelayState`, and its pool. Returns `None`
    /// if the string was not created by a pool, was changed or has expired.
    pub(crate) fn unseal(&self, state: &str, now: SystemTime) -> Option<(Arc<Service>, Pending)> {
        let (id, word) = state.split_once('.')?;
        let service = self.get(id).ok()?;
        let pending = service.unseal(word, now)?;
        Some((service, pending))
    }

    /// Returns the sign-in that a `state` or `RelayState` belongs to, and the pool of the sign-in.
    /// Returns `None` if the string belongs to a sign-out, or if [`unseal`](Self::unseal) returns
    /// `None` for it.
    pub(crate) fn of_federation(
        &self,
        state: &str,
        now: SystemTime,
    ) -> Option<(Arc<Service>, Federation)> {
        match self.unseal(state, now)? {
            (service, Pending::SignIn(federation)) => Some((service, federation)),
            (_, Pending::SignOut(_)) => None,
        }
    }
}
