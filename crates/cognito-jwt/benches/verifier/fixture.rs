//! The test pool and the tokens of the benchmark: a valid token, and a token for each measured
//! reason of a rejection.

use std::collections::BTreeMap;

use cognito_testkit::{TestPool, samples};
use serde_json::{Value, json};

use crate::Result;

/// A test pool with an app client, and access tokens for the benchmark: one valid token, and
/// several invalid tokens.
pub(crate) struct Fixture {
    pub(crate) pool: TestPool,
    /// A valid access token. The token has 1157 bytes, about as many as Cognito's tokens.
    pub(crate) token: String,
    /// A string with the same length as the valid token. It is not a token.
    pub(crate) garbage: String,
    /// The valid token with a changed character in its signature.
    pub(crate) bad_signature: String,
    pub(crate) expired: String,
    /// A token with the `iss` of another pool, signed with the key of `pool`.
    pub(crate) foreign_issuer: String,
    pub(crate) unknown_kid: String,
    pub(crate) wrong_alg: String,
    pub(crate) wrong_client: String,
}

impl Fixture {
    pub(crate) fn new() -> Result<Self> {
        let pool = samples::pool();
        let token = samples::token(&pool, samples::USERS[0]);
        let claims = token.split('.').nth(1).ok_or("no claims")?;
        let claims = String::from_utf8(decode(claims)?)?;
        let header = |kid: &str, alg: &str| json!({ "kid": kid, "alg": alg }).to_string();
        Ok(Self {
            garbage: "Q".repeat(token.len()),
            bad_signature: samples::with_wrong_signature(&token),
            expired: samples::expired(&pool),
            foreign_issuer: samples::of_other_pool(),
            unknown_kid: pool.sign_raw(
                &header("Kq7hP2mV9cXwT4sLrB8nYd6eGfJ1aZuO3iNk5RtQvMw=", "RS256"),
                &claims,
            ),
            wrong_alg: pool.sign_raw(&header(pool.access_kid(), "RS512"), &claims),
            wrong_client: samples::of_other_client(&pool),
            token,
            pool,
        })
    }

    /// Returns the signing input of the valid token (header and claims), and its decoded signature.
    pub(crate) fn parts(&self) -> Result<(String, Vec<u8>)> {
        let (signed, signature) = self.token.rsplit_once('.').ok_or("no signature")?;
        Ok((signed.to_owned(), decode(signature)?))
    }

    /// Returns the modulus and the exponent of each key of the pool by key id, in base64url.
    pub(crate) fn keys(&self) -> Result<BTreeMap<String, [String; 2]>> {
        let document: Value = serde_json::from_str(&self.pool.jwks_json())?;
        let keys = document["keys"].as_array().ok_or("no keys")?;
        let text = |jwk: &Value, name| jwk[name].as_str().map(str::to_owned);
        keys.iter()
            .map(|jwk| Some((text(jwk, "kid")?, [text(jwk, "n")?, text(jwk, "e")?])))
            .collect::<Option<_>>()
            .ok_or_else(|| "a key without kid, n or e".into())
    }
}

/// Decodes base64url without padding.
pub(crate) fn decode(text: &str) -> Result<Vec<u8>> {
    use base64::Engine as _;
    Ok(base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text)?)
}
