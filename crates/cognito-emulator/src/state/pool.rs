//! The state of a pool: all data that operations change.

use std::collections::BTreeMap;
use std::time::SystemTime;

use crate::model::failure::Failure;
use crate::model::group::{Group, Roles};
use crate::model::random::Random;
use crate::model::settings::Names;
use crate::model::user::User;
use crate::state::codes::Hosted;
use crate::state::exchanges::{Exchanges, OfDevice, OfPassword};
use crate::state::families::Families;
use crate::state::sessions;
use crate::state::sessions::{Session, Sessions};
use crate::state::users::Users;

/// The data that operations change. One lock protects the data. No slow work is done while the lock
/// is held.
pub(crate) struct State {
    pub(crate) users: Users,
    pub(crate) groups: BTreeMap<String, Group>,
    pub(crate) sessions: Sessions,
    pub(crate) families: Families,
    pub(crate) exchanges: Exchanges<OfPassword>,
    pub(crate) device_exchanges: Exchanges<OfDevice>,
    pub(crate) hosted: Hosted,
    /// The key of the simulated responses for users who do not exist. It is created on first use.
    simulation_key: Option<[u8; 32]>,
}

impl State {
    pub(crate) fn new(names: Names) -> Self {
        Self {
            users: Users::new(names),
            groups: BTreeMap::new(),
            sessions: Sessions::default(),
            families: Families::default(),
            exchanges: Exchanges::default(),
            device_exchanges: Exchanges::default(),
            hosted: Hosted::default(),
            simulation_key: None,
        }
    }

    pub(crate) fn simulation_key(&mut self, random: &Random) -> [u8; 32] {
        *self.simulation_key.get_or_insert_with(|| random.bytes())
    }

    /// Removes all users. Tokens of earlier users are invalid for later users with the same name
    /// and `sub`.
    pub(crate) fn clear(&mut self, now: SystemTime) {
        let era = self.users.era + 1;
        *self = Self::new(self.users.rules.clone());
        self.users.era = era;
        self.users.since = Some(now);
    }

    /// Returns the user of a session, unless another user has the name now.
    pub(crate) fn user_of(&mut self, session: &Session) -> Result<&mut User, Failure> {
        self.users
            .find_mut(&session.username)
            .filter(|user| user.sub == session.sub)
            .ok_or_else(sessions::unknown)
    }

    pub(crate) fn roles(&self, groups: &[String]) -> Roles {
        let groups = groups.iter().filter_map(|name| self.groups.get(name));
        Roles::of(groups.collect())
    }
}
