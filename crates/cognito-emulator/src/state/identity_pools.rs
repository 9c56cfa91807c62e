//! The identity pools of Cognito (`cognito-identity`) and the ids of their identities.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::random::{MacIds, Random};

/// The identity pools by id, and the source of the ids of identities.
///
/// Identities are not stored, so that callers without AWS credentials cannot fill the memory.
/// Instead, the id of an identity contains a MAC. The MAC shows that the emulator has created the
/// id.
#[derive(Default)]
pub(crate) struct IdentityPools {
    pub(crate) pools: BTreeMap<String, IdentityPool>,
    pub(super) ids: MacIds,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct IdentityPool {
    pub(crate) account: String,
    /// The settings of the identity pool, by the names of the members of `DescribeIdentityPool`.
    pub(crate) settings: Map<String, Value>,
    /// The members `Roles` and `RoleMappings`. Empty until `SetIdentityPoolRoles` sets them.
    pub(crate) roles: Map<String, Value>,
}

/// The kind of an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IdentityKind {
    /// The identity of a user who has signed in at a provider.
    Authenticated,
    /// The identity of a guest, who has not signed in at a provider.
    Guest,
}

impl IdentityKind {
    /// Returns the name of this kind of identity. The claim `amr` of an identity's token and the
    /// roles of an identity pool contain this name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Authenticated => "authenticated",
            Self::Guest => "unauthenticated",
        }
    }
}

impl IdentityPools {
    /// Returns the id of a new guest identity.
    pub(crate) fn guest(&self, pool: &str, random: &Random) -> String {
        let (id, _) = self.ids.new_id(&context(pool, IdentityKind::Guest), random);
        in_region(pool, &id)
    }

    /// Returns the id of the identity of a user who has signed in at the provider `provider`. In
    /// one identity pool, the same user of the same provider always has the same id.
    pub(crate) fn of_login(
        &self,
        pool: &str,
        (provider, user): (&str, &str),
        random: &Random,
    ) -> String {
        let context = context(pool, IdentityKind::Authenticated);
        let login = [provider.as_bytes(), b"\0", user.as_bytes()].concat();
        in_region(pool, &self.ids.fixed_id(&context, &login, random))
    }

    /// Returns the pool and the kind of an identity. Returns `None` if no pool has the identity.
    pub(crate) fn find(&self, identity: &str) -> Option<(&str, &IdentityPool, IdentityKind)> {
        let (_, id) = identity.split_once(':')?;
        let kinds = [IdentityKind::Authenticated, IdentityKind::Guest];
        self.pools.iter().find_map(|(name, pool)| {
            let is_of = |kind: &IdentityKind| self.ids.find(id, &context(name, *kind)).is_some();
            let kind = kinds.into_iter().find(is_of)?;
            (in_region(name, id) == identity).then_some((name.as_str(), pool, kind))
        })
    }
}

fn context(pool: &str, kind: IdentityKind) -> Vec<u8> {
    [kind.name().as_bytes(), b"\0", pool.as_bytes()].concat()
}

/// Returns the id of an identity: the region of the pool, a colon and a UUID.
fn in_region(pool: &str, id: &str) -> String {
    let region = pool.split(':').next().unwrap_or_default();
    format!("{region}:{id}")
}
