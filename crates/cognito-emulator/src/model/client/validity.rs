//! The lifetimes that an app client sets ([`Validity`]).

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How long the tokens of a client and the sessions of challenges are valid.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Validity {
    #[serde(rename = "access_validity")]
    pub(crate) access: Duration,
    #[serde(rename = "id_validity")]
    pub(crate) id: Duration,
    #[serde(rename = "refresh_validity")]
    pub(crate) refresh: Duration,
    #[serde(rename = "session_validity")]
    pub(crate) session: Duration,
}

impl Validity {
    /// AWS's defaults.
    pub(crate) const DEFAULT: Self = Self {
        access: Duration::from_secs(3600),
        id: Duration::from_secs(3600),
        refresh: Duration::from_secs(30 * 24 * 3600),
        session: Duration::from_secs(180),
    };
}
