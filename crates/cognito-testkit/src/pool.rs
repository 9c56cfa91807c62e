//! A user pool for tests. It signs tokens and publishes its keys.

mod keys;

use std::collections::BTreeMap;
use std::sync::Arc;

use cognito_core::{Clock, SystemClock};
#[cfg(feature = "verifier")]
use cognito_jwt::{CognitoVerifier, CognitoVerifierBuilder, StaticJwks};
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Map, Value, json};

use self::keys::{FIRST, Generation, NEXT, TestKey};

/// The default lifetime of tokens, in seconds.
const LIFETIME: u64 = 3600;

/// A user pool that signs tokens as Cognito does: RS256, with different keys for access and ID
/// tokens. Tokens are issued at the current time of the pool's clock, and are valid for one hour.
///
/// The private keys are part of this crate, so anyone can sign tokens with them. A verifier accepts
/// these tokens only if it is configured with [`jwks_json`](Self::jwks_json) and
/// [`issuer`](Self::issuer).
#[derive(Clone, Debug)]
pub struct TestPool {
    client_id: String,
    clock: Arc<dyn Clock>,
    generation: &'static Generation,
    issuer: String,
    user_pool_id: String,
}

impl TestPool {
    /// Creates a pool with one app client and the operating system's clock.
    /// [`with_clock`](Self::with_clock) sets another clock.
    pub fn new(user_pool_id: impl Into<String>, client_id: impl Into<String>) -> Self {
        let user_pool_id = user_pool_id.into();
        let region = user_pool_id
            .rsplit_once('_')
            .map_or("", |(region, _)| region);
        // The European sovereign cloud has a different domain (partition `aws-eusc`).
        let suffix = if region.starts_with("eusc-") {
            "amazonaws.eu"
        } else {
            "amazonaws.com"
        };
        Self {
            client_id: client_id.into(),
            clock: Arc::new(SystemClock::new()),
            generation: &FIRST,
            issuer: format!("https://cognito-idp.{region}.{suffix}/{user_pool_id}"),
            user_pool_id,
        }
    }

    /// Sets the clock for the issue time of tokens. Default: the operating system's clock.
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sets the `iss` of the tokens, such as the issuer of an emulator. Default: AWS's issuer of
    /// the pool.
    pub fn with_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = issuer.into();
        self
    }

    /// Returns the pool after the rotation of its signing keys. The new keys have new ids, and
    /// [`jwks_json`](Self::jwks_json) contains only the new keys. A second rotation changes
    /// nothing.
    pub fn rotated(mut self) -> Self {
        self.generation = &NEXT;
        self
    }

    /// Returns the `iss` of the pool's tokens.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns the pool's id.
    pub fn user_pool_id(&self) -> &str {
        &self.user_pool_id
    }

    /// Returns the app client's id.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Returns the key id (`kid`) of the key for access tokens.
    pub fn access_kid(&self) -> &'static str {
        self.generation.access.kid
    }

    /// Returns the JWKS document with the current keys of the pool, in the format of
    /// `/.well-known/jwks.json`.
    pub fn jwks_json(&self) -> String {
        json!({ "keys": [jwk(self.generation.id), jwk(self.generation.access)] }).to_string()
    }

    /// Returns a verifier that accepts the tokens of the pool. It has the clock of the pool, the
    /// app client of the pool, and the keys that the pool has now: after [`rotated`](Self::rotated),
    /// create another verifier.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use cognito_testkit::{FixedClock, TestPool};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> cognito_core::Result<()> {
    /// let clock = FixedClock::at_unix(1_800_000_000);
    /// let pool = TestPool::new("us-east-1_TestPool1", "client1").with_clock(clock.clone());
    /// let verifier = pool.verifier()?;
    ///
    /// let token = pool.access_token(|_claims| {});
    /// let claims = verifier.verify_access(&token).await.expect("a valid token");
    /// assert_eq!(claims.username.as_deref(), Some("alice"));
    /// clock.advance(Duration::from_secs(3600));
    /// assert!(verifier.verify_access(&token).await.is_err());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// - [`InvalidParameter`](cognito_core::ErrorKind::InvalidParameter): the id of the pool is
    ///   invalid.
    /// - [`Configuration`](cognito_core::ErrorKind::Configuration): the id of the app client or the
    ///   issuer is invalid.
    #[cfg(feature = "verifier")]
    pub fn verifier(&self) -> cognito_core::Result<CognitoVerifier> {
        self.verifier_builder()?.build()
    }

    /// Returns a builder for a verifier like [`verifier`](Self::verifier). Use it for required
    /// scopes and groups, a revocation list and other settings.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](cognito_core::ErrorKind::InvalidParameter) if the id of the pool is
    /// invalid.
    #[cfg(feature = "verifier")]
    pub fn verifier_builder(&self) -> cognito_core::Result<CognitoVerifierBuilder> {
        let verifier = CognitoVerifier::builder(self.user_pool_id.parse()?);
        Ok(verifier
            .client_id(&self.client_id)
            .issuer(&self.issuer)
            .clock(Arc::clone(&self.clock))
            .jwks_source(StaticJwks::new(self.jwks_json())))
    }

    /// Returns a signed access token. The closure can change the claims before they are signed.
    pub fn access_token(&self, change: impl FnOnce(&mut Map<String, Value>)) -> String {
        let mut claims = self.common_claims("access");
        claims.insert("client_id".to_owned(), self.client_id.as_str().into());
        claims.insert(
            "scope".to_owned(),
            "aws.cognito.signin.user.admin openid".into(),
        );
        claims.insert("username".to_owned(), "alice".into());
        claims.insert("version".to_owned(), 2.into());
        change(&mut claims);
        sign_claims(self.generation.access, claims)
    }

    /// Returns a signed ID token. The closure can change the claims before they are signed.
    pub fn id_token(&self, change: impl FnOnce(&mut Map<String, Value>)) -> String {
        let mut claims = self.common_claims("id");
        claims.insert("aud".to_owned(), self.client_id.as_str().into());
        claims.insert("cognito:username".to_owned(), "alice".into());
        claims.insert("email".to_owned(), "alice@example.com".into());
        claims.insert("email_verified".to_owned(), true.into());
        change(&mut claims);
        sign_claims(self.generation.id, claims)
    }

    /// Signs header and claims unchanged, valid or not, with the key for access tokens. Use it for
    /// tokens that a verifier must reject.
    pub fn sign_raw(&self, header: &str, claims: &str) -> String {
        sign(self.generation.access, header, claims)
    }

    fn common_claims(&self, token_use: &str) -> Map<String, Value> {
        let now = self.clock.unix_seconds();
        let claims = json!({
            "sub": "11111111-2222-4333-8444-555555555555",
            "iss": self.issuer,
            "token_use": token_use,
            "auth_time": now,
            "iat": now,
            "exp": now + LIFETIME,
            "jti": "cccccccc-0000-4000-8000-000000000001",
            "origin_jti": "aaaaaaaa-0000-4000-8000-000000000001",
            "event_id": "bbbbbbbb-0000-4000-8000-000000000001",
        });
        match claims {
            Value::Object(claims) => claims,
            _ => Map::new(),
        }
    }
}

fn sign_claims(key: &TestKey, claims: Map<String, Value>) -> String {
    let header = BTreeMap::from([("alg", "RS256"), ("kid", key.kid)]);
    // Sorted by name, whatever the features of serde_json: the same claims always result in the
    // same token.
    let claims: BTreeMap<_, _> = claims.into_iter().collect();
    sign(key, &json!(header).to_string(), &json!(claims).to_string())
}

fn jwk(key: &TestKey) -> Value {
    json!({
        "alg": "RS256",
        "e": "AQAB",
        "kid": key.kid,
        "kty": "RSA",
        "n": key.modulus,
        "use": "sig",
    })
}

#[allow(
    clippy::expect_used,
    reason = "the keys are constants of this crate, and its tests sign with each"
)]
fn sign(key: &TestKey, header: &str, claims: &str) -> String {
    // If two crypto backends are compiled, jsonwebtoken panics unless one is installed. An error
    // means that one is already installed.
    let _ = DEFAULT_PROVIDER.install_default();
    let message = format!("{}.{}", base64url(header), base64url(claims));
    let private = EncodingKey::from_rsa_pem(key.private_pem.as_bytes()).expect("a test key parses");
    let signature =
        crypto::sign(message.as_bytes(), &private, Algorithm::RS256).expect("a test key signs");
    format!("{message}.{signature}")
}

/// Encodes `text` as base64url without padding (RFC 4648 section 5, RFC 7515 section 2).
fn base64url(text: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut encoded = String::with_capacity(text.len().div_ceil(3) * 4);
    for chunk in text.as_bytes().chunks(3) {
        let mut group = 0_usize;
        for place in 0..3 {
            group = group << 8 | usize::from(chunk.get(place).copied().unwrap_or(0));
        }
        for place in 0..=chunk.len() {
            let digit = group >> (18 - 6 * place) & 63;
            encoded.push(char::from(ALPHABET[digit]));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{DecodingKey, Validation, decode};

    use super::*;

    fn verified(token: &str, key: &TestKey) -> Value {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.validate_exp = false;
        validation.validate_aud = false;
        let public = DecodingKey::from_rsa_components(key.modulus, "AQAB").unwrap();
        decode::<Value>(token, &public, &validation).unwrap().claims
    }

    #[test]
    fn tokens_verify_under_key_of_their_use() {
        for pool in [
            TestPool::new("us-east-1_TestPool1", "client1"),
            TestPool::new("us-east-1_TestPool1", "client1").rotated(),
        ] {
            let access = verified(&pool.access_token(|_| {}), pool.generation.access);
            assert_eq!(access["token_use"], "access");
            assert_eq!(access["client_id"], "client1");
            let id = verified(&pool.id_token(|_| {}), pool.generation.id);
            assert_eq!(id["token_use"], "id");
            assert_eq!(id["aud"], "client1");
        }
    }

    #[test]
    fn the_closure_has_the_last_word() {
        let pool = TestPool::new("us-east-1_TestPool1", "client1");
        let token = pool.access_token(|claims| {
            claims.remove("jti");
            claims.insert("client_id".to_owned(), "other".into());
        });
        let claims = verified(&token, pool.generation.access);
        assert_eq!(claims["client_id"], "other");
        assert!(claims.get("jti").is_none());
    }

    #[test]
    fn the_issuer_follows_the_region() {
        assert_eq!(
            TestPool::new("eusc-de-east-1_TestPool1", "c").issuer(),
            "https://cognito-idp.eusc-de-east-1.amazonaws.eu/eusc-de-east-1_TestPool1"
        );
    }

    #[test]
    fn debug_shows_no_private_key() {
        let shown = format!("{:?}", TestPool::new("us-east-1_TestPool1", "client1"));
        assert!(!shown.contains("PRIVATE KEY"), "{shown}");
        assert!(shown.contains("TESTKIT+access"), "{shown}");
    }

    #[test]
    fn base64url_has_no_padding() {
        for (plain, encoded) in [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v")] {
            assert_eq!(base64url(plain), encoded);
        }
        assert_eq!(base64url("\u{3ff}\u{3ff}~?"), "z7_Pv34_");
    }
}
