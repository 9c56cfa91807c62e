//! SRP exchanges that wait for the proof of a password or a device.

use std::time::SystemTime;

use cognito_srp6a::ServerExchange;

use crate::model::acr::Progress;
use crate::model::client::Client;
use crate::model::custom::Round;
use crate::model::password::StoredPassword;
use crate::state::expiring::Expiring;

/// The maximum number of SRP exchanges that wait for a proof. If it is reached, the oldest exchange
/// is removed.
const CAPACITY: usize = 10_000;

/// SRP exchanges by secret block. `S` is the data against which the proof is checked.
///
/// The key is the secret block and not the session, because the client's response to the challenge
/// may have no session.
pub(crate) struct Exchanges<S>(Expiring<Pending<S>>);

/// An SRP exchange that waits for the proof of a password or a device.
pub(crate) struct Pending<S> {
    pub(crate) exchange: ServerExchange,
    /// The id of the app client that started the exchange.
    pub(crate) client: String,
    pub(crate) expires: SystemTime,
    pub(crate) subject: S,
}

/// The data for checking the client's proof in the SRP exchange of a password.
pub(crate) struct OfPassword {
    /// The user name. `None` if no user has this name and `PreventUserExistenceErrors` of the
    /// client is `ENABLED`.
    pub(crate) username: Option<String>,
    /// The password at the start of the exchange. If the password is changed during the exchange,
    /// the proof is invalid. `None` if the user has no password.
    pub(crate) password: Option<StoredPassword>,
    /// The completed challenges of a custom sign-in. `None` for other sign-ins.
    pub(crate) custom: Option<Vec<Round>>,
    pub(crate) progress: Progress,
}

/// The data for checking the client's proof in the SRP exchange of a device.
pub(crate) struct OfDevice {
    pub(crate) sub: String,
    pub(crate) key: String,
    pub(crate) progress: Progress,
}

impl<S> Exchanges<S> {
    pub(crate) fn insert(&mut self, pending: Pending<S>, now: SystemTime) {
        let block = pending.exchange.secret_block().to_owned();
        let expires = pending.expires;
        self.0.put(block, pending, expires, now);
    }

    /// Returns `true` if there is an SRP exchange with this secret block that waits for the
    /// client's proof.
    pub(crate) fn is_open(&self, block: &str, now: SystemTime) -> bool {
        self.0.get(block, now).is_some()
    }

    /// Removes the SRP exchange with this secret block and returns it. An exchange is valid for one
    /// response only. Returns `None` if there is no exchange, or if it has expired or was started
    /// by another client.
    pub(crate) fn take(
        &mut self,
        block: &str,
        client: &Client,
        now: SystemTime,
    ) -> Option<Pending<S>> {
        let pending = self.0.take(block, now);
        pending.filter(|pending| pending.client == client.id)
    }
}

impl<S> Default for Exchanges<S> {
    fn default() -> Self {
        Self(Expiring::new(CAPACITY))
    }
}
