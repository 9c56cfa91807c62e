//! The claims of an access token, for peers that leave the choice of claims to their users.

use serde::{Deserialize, Serialize};

/// The claims of an access token that an application needs.
#[derive(Clone, Debug, Deserialize)]
#[allow(missing_docs, reason = "the names are those of the claims")]
pub struct AccessClaims {
    pub auth_time: u64,
    pub client_id: String,
    #[serde(rename = "cognito:groups", default)]
    pub groups: Vec<String>,
    pub event_id: Option<String>,
    pub exp: u64,
    pub iat: u64,
    pub iss: String,
    pub jti: Option<String>,
    pub origin_jti: Option<String>,
    pub scope: Option<String>,
    pub sub: String,
    pub token_use: String,
    pub username: Option<String>,
}

impl AccessClaims {
    /// Returns `true` for the claims of an access token of this app client. A general library
    /// leaves this check to its users.
    #[must_use]
    pub fn is_for(&self, client_id: &str) -> bool {
        self.client_id == client_id && self.token_use == "access"
    }
}

/// The claims of an access token that a library with its own type for registered claims leaves to
/// its users.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[allow(missing_docs, reason = "the names are those of the claims")]
pub struct FurtherClaims {
    pub auth_time: u64,
    pub client_id: String,
    #[serde(rename = "cognito:groups", default)]
    pub groups: Vec<String>,
    pub event_id: Option<String>,
    pub origin_jti: Option<String>,
    pub scope: Option<String>,
    pub token_use: String,
    pub username: Option<String>,
}
