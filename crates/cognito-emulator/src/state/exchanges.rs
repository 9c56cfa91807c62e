//! The exchanges of SRP that wait for a proof: of a password, or of a device.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::time::SystemTime;

use cognito_srp6a::ServerExchange;

use crate::model::client::Client;
use crate::model::custom::Round;
use crate::model::password::StoredPassword;

/// Exchanges kept at once; beyond it the oldest are forgotten.
const CAPACITY: usize = 10_000;

/// Exchanges by their secret blocks: a client may answer without a session. With each is kept what
/// it is about.
pub(crate) struct Exchanges<S> {
    open: HashMap<String, Pending<S>>,
    order: VecDeque<String>,
}

pub(crate) struct Pending<S> {
    pub(crate) exchange: ServerExchange,
    pub(crate) client: String,
    pub(crate) expires: SystemTime,
    pub(crate) subject: S,
}

/// The proof of a password that an exchange waits for.
pub(crate) struct OfPassword {
    /// Nobody's, if the client must not learn that there is no such user.
    pub(crate) username: Option<String>,
    /// What is to be proven. A password that was changed since is no good.
    pub(crate) password: StoredPassword,
    /// What is behind in a sign-in that the pool's own functions lead.
    pub(crate) custom: Option<Vec<Round>>,
}

/// The proof of a device that an exchange waits for.
pub(crate) struct OfDevice {
    pub(crate) sub: String,
    pub(crate) key: String,
}

impl<S> Exchanges<S> {
    pub(crate) fn insert(&mut self, pending: Pending<S>) {
        let block = pending.exchange.secret_block().to_owned();
        self.order.push_back(block.clone());
        self.open.insert(block, pending);
        while self.order.len() > CAPACITY {
            let oldest = self.order.pop_front().unwrap_or_default();
            self.open.remove(&oldest);
        }
    }

    pub(crate) fn is_open(&self, block: &str) -> bool {
        self.open.contains_key(block)
    }

    /// Takes an exchange out: it is good for one answer.
    pub(crate) fn take(
        &mut self,
        block: &str,
        client: &Client,
        now: SystemTime,
    ) -> Option<Pending<S>> {
        let pending = self.open.remove(block)?;
        (pending.client == client.id && now < pending.expires).then_some(pending)
    }
}

impl<S> Default for Exchanges<S> {
    fn default() -> Self {
        Self {
            open: HashMap::new(),
            order: VecDeque::new(),
        }
    }
}

/// Security: how many.
impl<S> fmt::Debug for Exchanges<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Exchanges({})", self.open.len())
    }
}
