//! The IAM roles. They are stored and returned, but have no other effect.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::state::entries::watched::Accounts;

/// The IAM roles, by account id and by name in lower case. As in AWS, names that differ only in
/// case are the same.
pub(crate) type Roles = Accounts<Role>;

#[derive(Serialize, Deserialize)]
pub(crate) struct Role {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) created: SystemTime,
    /// The trust policy of the role (`AssumeRolePolicyDocument`).
    pub(crate) trust: String,
    pub(crate) description: Option<String>,
    /// The maximum duration of a session with the role, in seconds (`MaxSessionDuration`).
    pub(crate) session: u64,
    pub(crate) boundary: Option<String>,
    pub(crate) tags: BTreeMap<String, String>,
    /// The inline policies of the role, by name.
    pub(crate) inline: BTreeMap<String, String>,
    /// The ARNs of the managed policies that are attached to the role.
    pub(crate) attached: BTreeSet<String>,
}
