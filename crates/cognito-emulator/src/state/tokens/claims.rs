//! The claims of access tokens and ID tokens.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// The claims of a verified access token of this pool.
///
/// Security: the type has no `Debug`, because the user name can be an e-mail address.
#[derive(Deserialize)]
pub(crate) struct AccessToken {
    pub(crate) sub: String,
    pub(crate) username: String,
    pub(crate) client_id: String,
    #[serde(flatten)]
    pub(crate) sign_in: SignIn,
    pub(crate) iat: u64,
    pub(crate) auth_time: u64,
    pub(super) exp: u64,
    pub(crate) scope: String,
    /// The resource to which the token is bound. The pre token generation trigger can set another
    /// value, such as a list.
    pub(crate) aud: Option<Box<Value>>,
}

/// The claims that every verified access token of this pool has. The token belongs to a user or to
/// an app client itself.
#[derive(Deserialize)]
pub(crate) struct BearerToken {
    pub(crate) client_id: String,
    pub(super) exp: u64,
    pub(crate) scope: String,
    /// `true` if the token belongs to a user.
    #[serde(rename = "username", default, deserialize_with = "is_present")]
    pub(crate) is_of_user: bool,
}

/// Deserializes every value as `true`. Serde does not call this function for a missing member,
/// which then has the default, `false`.
fn is_present<'de, D: Deserializer<'de>>(member: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(member).map(|_| true)
}

/// The claims that an identity pool or a token exchange reads from a verified ID token of this
/// pool.
///
/// Security: the type has no `Debug`, because the user name can be an e-mail address.
#[derive(Deserialize)]
pub(crate) struct IdToken {
    pub(crate) sub: String,
    pub(crate) iss: String,
    #[serde(rename = "cognito:username")]
    username: String,
    pub(crate) aud: String,
    /// The claim `cognito:roles`. A trigger can set another value than a list of strings.
    #[serde(rename = "cognito:roles")]
    roles: Option<Box<Value>>,
    /// The claim `cognito:preferred_role`. A trigger can set another value than a string.
    #[serde(rename = "cognito:preferred_role")]
    preferred_role: Option<Box<Value>>,
    #[serde(flatten)]
    sign_in: SignIn,
    iat: u64,
    auth_time: u64,
    pub(crate) exp: u64,
}

/// The claims of a verified token that describe its sign-in.
///
/// Other types include these claims with `#[serde(flatten)]`. Therefore this type contains no
/// numbers: with the feature `arbitrary_precision` of `serde_json`, flattened numbers cannot be
/// parsed.
#[derive(Deserialize)]
pub(crate) struct SignIn {
    pub(crate) origin_jti: Option<String>,
    pub(crate) acr: Option<String>,
    #[serde(default)]
    pub(crate) amr: Vec<String>,
    /// The claim `act`. A token has this claim if a service, the actor, has received it in exchange
    /// for a token of the user.
    pub(crate) act: Option<IgnoredAny>,
}

impl IdToken {
    /// Returns the ARNs of the roles of the user's groups (`cognito:roles`).
    pub(crate) fn roles(&self) -> Vec<String> {
        let roles = self.roles.as_ref().and_then(|roles| roles.as_array());
        let roles = roles.into_iter().flatten().filter_map(Value::as_str);
        roles.map(ToOwned::to_owned).collect()
    }

    /// Returns `true` if one of the user's roles has precedence (`cognito:preferred_role`).
    pub(crate) fn prefers_role(&self) -> bool {
        self.preferred_role
            .as_ref()
            .is_some_and(|role| role.is_string())
    }

    /// Converts the claims of this ID token to the claims of an access token of the same sign-in.
    /// The access token has no scopes and no `aud`.
    pub(crate) fn bearer(self) -> AccessToken {
        AccessToken {
            sub: self.sub,
            username: self.username,
            client_id: self.aud,
            sign_in: self.sign_in,
            iat: self.iat,
            auth_time: self.auth_time,
            exp: self.exp,
            scope: String::new(),
            aud: None,
        }
    }
}

/// The claims of an access token, in Cognito's order.
#[derive(Serialize)]
pub(super) struct AccessClaims<'a> {
    pub(super) sub: &'a str,
    #[serde(rename = "cognito:groups", skip_serializing_if = "<[_]>::is_empty")]
    pub(super) groups: &'a [String],
    pub(super) iss: &'a str,
    pub(super) client_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) origin_jti: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) aud: Option<&'a str>,
    pub(super) event_id: &'a str,
    pub(super) token_use: &'static str,
    pub(super) scope: &'a str,
    #[serde(flatten)]
    pub(super) sign_in: SignInClaims<'a>,
    /// The claim `version`. Its value is 2 in tokens of the hosted pages. Tokens of operations such
    /// as `InitiateAuth` do not have the claim: the value is `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) jti: Option<String>,
    pub(super) username: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) device_key: Option<&'a str>,
}

/// The claims of an ID token, in Cognito's order.
#[derive(Serialize)]
pub(super) struct IdClaims<'a> {
    pub(super) sub: &'a str,
    #[serde(rename = "cognito:groups", skip_serializing_if = "<[_]>::is_empty")]
    pub(super) groups: &'a [String],
    #[serde(
        rename = "cognito:preferred_role",
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) preferred_role: Option<&'a str>,
    #[serde(rename = "cognito:roles", skip_serializing_if = "<[_]>::is_empty")]
    pub(super) roles: &'a [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) identities: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at_hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) nonce: Option<&'a str>,
    pub(super) iss: &'a str,
    #[serde(rename = "cognito:username")]
    pub(super) username: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) origin_jti: Option<&'a str>,
    pub(super) aud: &'a str,
    pub(super) event_id: &'a str,
    pub(super) token_use: &'static str,
    #[serde(flatten)]
    pub(super) sign_in: SignInClaims<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) jti: Option<String>,
    #[serde(flatten)]
    pub(super) attributes: BTreeMap<&'a str, Value>,
}

/// The claims about the sign-in and about the lifetime of the token, in Cognito's order. Access
/// tokens and ID tokens have these claims.
#[derive(Serialize)]
pub(super) struct SignInClaims<'a> {
    pub(super) auth_time: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) acr: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) amr: Vec<&'static str>,
    pub(super) exp: u64,
    pub(super) iat: u64,
}

/// Returns the claim `at_hash`: the left half of the SHA-256 of the access token, in base64url
/// (OpenID Connect Core, section 3.1.3.6).
pub(super) fn at_hash(access_token: &str) -> String {
    let hash = digest(&SHA256, access_token.as_bytes());
    let half = hash.as_ref().get(..16).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(half)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_hash_matches_the_specification() {
        // OpenID Connect Core, appendix A.3.
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(at_hash(token), "77QmUPtjPfzWtF2AnpK9RQ");
    }
}
