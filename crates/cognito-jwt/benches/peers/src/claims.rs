//! Types for the claims of an access token. They are for libraries that deserialize the claims into
//! a type of the caller.

use serde::{Deserialize, Serialize};

/// All claims of an access token that an application reads.
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
    /// Returns `true` if these are the claims of an access token for this app client. General JWT
    /// libraries check neither the token use nor the client.
    #[must_use]
    pub fn is_for(&self, client_id: &str) -> bool {
        self.client_id == client_id && self.token_use == "access"
    }
}

/// The claims of an access token without the registered claims (such as `iss` and `exp`), for
/// libraries that have their own type for registered claims.
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
