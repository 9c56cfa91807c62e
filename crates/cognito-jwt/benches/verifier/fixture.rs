//! A pool and its tokens: a good one, and one for each reason for a rejection.

use std::collections::BTreeMap;

use cognito_testkit::TestPool;
use serde_json::{Map, Value, json};

use crate::Result;

/// Ids with the format and length of real ones.
const POOL: &str = "us-east-1_Ab3dEf6hI";
const CLIENT: &str = "1h57kf5cpq17m0eml12EXAMPLE";
const HOUR: u64 = 3600;

/// The pool, an app client, and tokens that are valid for an hour from now.
pub(crate) struct Fixture {
    pub(crate) pool: TestPool,
    /// A token of about the length of a real one: 1157 bytes.
    pub(crate) token: String,
    /// A string that is as long as the token, but is not a token.
    pub(crate) garbage: String,
    /// The good token with a changed character in its signature.
    pub(crate) bad_signature: String,
    pub(crate) expired: String,
    /// A token that is signed with the pool's key, but has another pool as issuer.
    pub(crate) foreign_issuer: String,
    pub(crate) unknown_kid: String,
    pub(crate) wrong_alg: String,
    pub(crate) wrong_client: String,
}

impl Fixture {
    pub(crate) fn new() -> Result<Self> {
        let pool = TestPool::new(POOL, CLIENT);
        let token = pool.access_token(usual);
        let claims = token.split('.').nth(1).ok_or("no claims")?;
        let claims = String::from_utf8(decode(claims)?)?;
        let header = |kid: &str, alg: &str| json!({ "kid": kid, "alg": alg }).to_string();
        let changed = |change: fn(&mut Map<String, Value>)| {
            pool.access_token(|claims| {
                usual(claims);
                change(claims);
            })
        };
        Ok(Self {
            garbage: "Q".repeat(token.len()),
            bad_signature: with_bad_signature(&token),
            expired: changed(|claims| {
                for name in ["auth_time", "exp", "iat"] {
                    let time = claims.get(name).and_then(Value::as_u64);
                    let time = time.unwrap_or_default().saturating_sub(2 * HOUR);
                    claims.insert(name.to_owned(), time.into());
                }
            }),
            foreign_issuer: TestPool::new("us-east-1_Zz9yXw8vU", CLIENT).access_token(usual),
            unknown_kid: pool.sign_raw(
                &header("Kq7hP2mV9cXwT4sLrB8nYd6eGfJ1aZuO3iNk5RtQvMw=", "RS256"),
                &claims,
            ),
            wrong_alg: pool.sign_raw(&header(pool.access_kid(), "RS512"), &claims),
            wrong_client: changed(|claims| {
                claims.insert("client_id".to_owned(), "5j9k2m7p4q8r1s6t3uEXAMPLE0".into());
            }),
            token,
            pool,
        })
    }

    /// Returns the signed part, and the decoded signature.
    pub(crate) fn parts(&self) -> Result<(String, Vec<u8>)> {
        let (signed, signature) = self.token.rsplit_once('.').ok_or("no signature")?;
        Ok((signed.to_owned(), decode(signature)?))
    }

    /// Returns modulus and exponent of each key, by its id.
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

/// Adds the claims of Cognito's access tokens that the test pool does not write.
fn usual(claims: &mut Map<String, Value>) {
    let sub = "24e8a4b8-1071-70f1-6b2c-5f7d3a9e0c41";
    claims.insert("sub".to_owned(), sub.into());
    claims.insert("username".to_owned(), sub.into());
    claims.insert("cognito:groups".to_owned(), json!(["admins", "editors"]));
    claims.insert(
        "scope".to_owned(),
        "aws.cognito.signin.user.admin openid profile".into(),
    );
}

/// Changes a character in the middle of the signature. The last character has unused bits.
fn with_bad_signature(token: &str) -> String {
    let start = token.rfind('.').map_or(0, |dot| dot + 1);
    let at = start + (token.len() - start) / 2;
    let (before, rest) = token.split_at(at);
    let other = if rest.starts_with('A') { 'B' } else { 'A' };
    format!("{before}{other}{}", rest.get(1..).unwrap_or_default())
}
