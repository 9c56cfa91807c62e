//! A pool ([`Service`]): the settings that a request uses, and the state that all requests share.

use std::sync::Arc;
use std::time::SystemTime;

use cognito_core::Clock;
use parking_lot::{Mutex, RwLock};

use crate::model::client::Client;
use crate::model::code::{Attempt, Attempts};
use crate::model::failure::Failure;
use crate::model::random::Random;
use crate::model::settings::Settings;
use crate::model::user::User;
use crate::state::adoption::Adoptions;
use crate::state::entries::watched::WatchedMap;
use crate::state::inbox::Inbox;
use crate::state::keys::Keys;
use crate::state::pool::State;
use crate::state::tokens::Tokens;

/// A pool with its settings at the time when a request began. A change of the settings creates a
/// new `Service`, which shares all other state.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) settings: Settings,
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<Random>,
    pub(crate) inbox: Inbox,
    /// The keys of the emulated KMS.
    pub(crate) keys: Arc<Keys>,
    /// The limit on concurrent sign-ins that verify an imported password hash.
    pub(crate) adoptions: Arc<Adoptions>,
    pub(crate) state: Arc<Mutex<State>>,
    /// The app clients of the pool, by id.
    pub(crate) clients: Arc<RwLock<Clients>>,
}

/// The app clients of a pool, by id.
pub(crate) type Clients = WatchedMap<Arc<Client>>;

impl Service {
    /// Returns the pool itself in its primary region, or its replica in the region `region`.
    /// Returns `None` if the pool has replicas, but none in this region.
    ///
    /// If `region` is `None`, or if the pool has no replicas, returns the pool itself. Clients of
    /// the emulator often use a region that is not the region of the pool.
    pub(crate) fn in_region(self: &Arc<Self>, region: Option<&str>) -> Option<Arc<Self>> {
        let settings = &self.settings;
        let is_other = |region: &&str| *region != settings.region;
        let has_replicas = !settings.stored.replicas.is_empty();
        let Some(region) = region.filter(is_other).filter(|_| has_replicas) else {
            return Some(Arc::clone(self));
        };
        let settings = settings.of_replica(region)?;
        let tokens = self.tokens.with_issuer(settings.issuer.clone());
        Some(Arc::new(Self {
            settings,
            tokens: Arc::new(tokens),
            ..Self::clone(self)
        }))
    }

    /// Returns the app client with this id. Fails with `ResourceNotFoundException` if it does not
    /// exist.
    pub(crate) fn client(&self, id: &str) -> Result<Arc<Client>, Failure> {
        let client = self.clients.read().get(id).cloned();
        client.ok_or_else(|| no_client(id))
    }

    /// Returns the counted attempts of a user. Returns `None` if the limits are disabled.
    pub(crate) fn attempts<'u>(&self, user: &'u mut User) -> Option<&'u mut Attempts> {
        let is_limited = self.settings.attempt_limits;
        is_limited.then_some(&mut user.attempts)
    }

    /// Counts an attempt of a user. Fails if the limit for this kind of attempt is reached. Does
    /// nothing if the limits are disabled.
    pub(crate) fn spend(
        &self,
        user: &mut User,
        attempt: Attempt,
        now: SystemTime,
    ) -> Result<(), Failure> {
        let attempts = self.attempts(user);
        attempts.map_or(Ok(()), |attempts| attempts.spend(attempt, now))
    }
}

/// Returns the error for an app client that the pool does not have.
pub(crate) fn no_client(id: &str) -> Failure {
    Failure::not_found(format!("User pool client {id} does not exist."))
}
