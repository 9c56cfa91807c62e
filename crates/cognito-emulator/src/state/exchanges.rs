//! SRP exchanges that wait for the proof of a password or a device.

use std::time::SystemTime;

use cognito_srp6a::ServerExchange;

use crate::model::client::Client;
use crate::model::custom::Round;
use crate::model::password::StoredPassword;
use crate::state::expiring::Expiring;

/// The maximum number of exchanges. The oldest are dropped.
const CAPACITY: usize = 10_000;

/// The open SRP exchanges by secret block, because a client may respond without a session. `S` is
/// the data that the proof needs.
pub(crate) struct Exchanges<S>(Expiring<Pending<S>>);

pub(crate) struct Pending<S> {
    pub(crate) exchange: ServerExchange,
    pub(crate) client: String,
    pub(crate) expires: SystemTime,
    pub(crate) subject: S,
}

/// The data for the proof of a password.
pub(crate) struct OfPassword {
    /// The user name. `None` if there is no such user and the client hides that.
    pub(crate) username: Option<String>,
    /// The password to prove, if the user has one. The proof is invalid if the password was changed
    /// in the meantime.
    pub(crate) password: Option<StoredPassword>,
    /// The completed rounds of a custom sign-in.
    pub(crate) custom: Option<Vec<Round>>,
}

/// The data for the proof of a device.
pub(crate) struct OfDevice {
    pub(crate) sub: String,
    pub(crate) key: String,
}

impl<S> Exchanges<S> {
    pub(crate) fn insert(&mut self, pending: Pending<S>, now: SystemTime) {
        let block = pending.exchange.secret_block().to_owned();
        let expires = pending.expires;
        self.0.put(block, pending, expires, now);
    }

    pub(crate) fn is_open(&self, block: &str, now: SystemTime) -> bool {
        self.0.get(block, now).is_some()
    }

    /// Removes and returns an exchange. Each exchange is for one response.
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
