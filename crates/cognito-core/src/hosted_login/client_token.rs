//! The token of a machine.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::hosted_login::names::Scope;
use crate::secret::AccessToken;

/// What the grant `client_credentials` gives: an access token, and nothing that renews it or says
/// who somebody is, for there is nobody.
///
/// It serializes as [`Tokens`](crate::Tokens) does, the token in clear; `Debug` shows none.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ClientToken {
    /// Send it as `Authorization: Bearer …`.
    pub access_token: AccessToken,
    /// How long it lives from now.
    pub expires_in: Duration,
    /// What was asked for; empty for all that the app client has.
    pub scopes: BTreeSet<Scope>,
}

impl ClientToken {
    /// Puts a token together.
    #[must_use]
    pub const fn new(
        access_token: AccessToken,
        expires_in: Duration,
        scopes: BTreeSet<Scope>,
    ) -> Self {
        Self {
            access_token,
            expires_in,
            scopes,
        }
    }

    /// How the access token is presented: always `Bearer` (RFC 6750).
    #[must_use]
    pub const fn token_type(&self) -> &'static str {
        "Bearer"
    }
}

impl Serialize for ClientToken {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut body = serializer.serialize_struct("ClientToken", 3)?;
        body.serialize_field("accessToken", self.access_token.expose())?;
        body.serialize_field("expiresIn", &self.expires_in.as_secs())?;
        body.serialize_field("tokenType", self.token_type())?;
        body.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_is_that_of_tokens_and_debug_shows_no_token() {
        let token = AccessToken::new("aaa.bbb.ccc").unwrap();
        let token = ClientToken::new(token, Duration::from_secs(3600), BTreeSet::new());
        assert_eq!(
            serde_json::to_value(&token).unwrap(),
            serde_json::json!({
                "accessToken": "aaa.bbb.ccc",
                "expiresIn": 3600,
                "tokenType": "Bearer",
            })
        );
        assert!(!format!("{token:?}").contains("aaa"));
    }
}
