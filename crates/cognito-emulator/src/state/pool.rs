//! The state of a pool: all data that operations change, except settings and app clients.

use std::time::SystemTime;

use crate::model::failure::Failure;
use crate::model::group::{Group, Roles};
use crate::model::random::Random;
use crate::model::settings::Names;
use crate::model::user::User;
use crate::state::codes::Hosted;
use crate::state::documents::Documents;
use crate::state::entries::kind::Kind;
use crate::state::entries::marks::Scope;
use crate::state::entries::watched::WatchedMap;
use crate::state::exchanges::{Exchanges, OfDevice, OfPassword};
use crate::state::families::Families;
use crate::state::name_attempts::NameAttempts;
use crate::state::sessions;
use crate::state::sessions::{Session, Sessions};
use crate::state::users::Users;

/// The users, groups, sessions and tokens of a pool. One lock protects the state. No slow work is
/// done while the lock is held.
pub(crate) struct State {
    pub(crate) users: Users,
    pub(crate) groups: WatchedMap<Group>,
    pub(crate) sessions: Sessions,
    pub(crate) families: Families,
    /// The SRP exchanges that wait for the proof of a password.
    pub(crate) exchanges: Exchanges<OfPassword>,
    /// The SRP exchanges that wait for the proof of a device.
    pub(crate) device_exchanges: Exchanges<OfDevice>,
    pub(crate) hosted: Hosted,
    pub(crate) documents: Documents,
    /// Counts attempts, such as requests for a code, by user name or alias. Names that no user has
    /// are counted too. Used for app clients that hide whether a user exists
    /// (`PreventUserExistenceErrors`).
    pub(crate) name_attempts: NameAttempts,
    /// The key from which SRP challenges for users who do not exist are derived. `None` until it is
    /// needed.
    pub(super) simulation_key: Option<[u8; 32]>,
    /// The marks of the pool's state file entries: an entry is marked when its data changes.
    pub(super) scope: Scope,
}

impl State {
    pub(crate) fn new(names: Names, scope: Scope) -> Self {
        Self {
            users: Users::new(names, scope.clone()),
            groups: WatchedMap::new(scope.clone(), Kind::Group),
            sessions: Sessions::default(),
            families: Families::new(scope.clone()),
            exchanges: Exchanges::default(),
            device_exchanges: Exchanges::default(),
            hosted: Hosted::new(&scope),
            documents: Documents::new(scope.clone()),
            name_attempts: NameAttempts::default(),
            simulation_key: None,
            scope,
        }
    }

    /// Returns the key from which SRP challenges for users who do not exist are derived. Creates
    /// the key on first use.
    pub(crate) fn simulation_key(&mut self, random: &Random) -> [u8; 32] {
        if self.simulation_key.is_none() {
            self.scope.mark(Kind::PoolState, "");
        }
        *self.simulation_key.get_or_insert_with(|| random.bytes())
    }

    /// Removes all users, groups and sessions.
    ///
    /// Afterwards, a new user can have the name and the `sub` of a removed user, for example if the
    /// users of a seed are created again. Tokens of the removed user are invalid for the new user.
    pub(crate) fn clear(&mut self, now: SystemTime) {
        let era = self.users.era.saturating_add(1);
        *self = Self::new(self.users.rules.clone(), self.scope.clone());
        self.users.era = era;
        self.users.since = Some(now);
        self.users.history.begin_at(now);
        self.scope.mark_pool();
    }

    /// Returns the user of a session. Fails if the user was deleted, even if another user has the
    /// name now.
    pub(crate) fn user_of(&mut self, session: &Session) -> Result<&mut User, Failure> {
        self.users
            .find_by_key(&session.user)
            .ok_or_else(sessions::unknown)
    }

    /// Returns the IAM roles of these groups. Ignores names of groups that do not exist.
    pub(crate) fn roles(&self, groups: &[String]) -> Roles {
        let groups = groups.iter().filter_map(|name| self.groups.get(name));
        Roles::of(groups.collect())
    }
}
