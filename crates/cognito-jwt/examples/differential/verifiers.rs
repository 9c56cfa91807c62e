//! The two verifiers that are compared: the verifier of this crate, and `jsonwebtoken` with the
//! checks that an application adds for Cognito.

use std::collections::HashMap;

use cognito_jwt::{CognitoVerifier, Reason, StaticJwks, decode_unverified};
use cognito_testkit::{FixedClock, TestPool};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Map, Value};

use super::mutants::{CLIENT, NOW, POOL, Use, pool};

/// The claims of an accepted token.
pub(crate) type Claims = Map<String, Value>;

/// Two verifiers of this crate: one without and one with a token cache.
pub(crate) struct Ours {
    plain: CognitoVerifier,
    remembering: CognitoVerifier,
}

impl Ours {
    pub(crate) fn new() -> Self {
        let builder = || {
            CognitoVerifier::builder(POOL.parse().unwrap())
                .client_id(CLIENT)
                .clock(FixedClock::at_unix(NOW))
                .jwks_source(StaticJwks::new(pool().jwks_json()))
        };
        let plain = builder().build().unwrap();
        let remembering = builder().token_cache(1000).build().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        let runtime = runtime.unwrap();
        for verifier in [&plain, &remembering] {
            runtime.block_on(verifier.hydrate()).unwrap();
        }
        Self { plain, remembering }
    }

    /// Returns the two values of `iss` that the verifier accepts.
    pub(crate) fn issuers(&self) -> Vec<&str> {
        self.plain.issuers().collect()
    }

    /// Verifies a token, and returns its claims or the reason of the rejection. Verifies it twice
    /// more with a token cache, and panics if one of these results differs.
    pub(crate) fn verify(&self, token: &str, token_use: Use) -> Result<Claims, Reason> {
        let result = verify(&self.plain, token, token_use);
        for _ in 0..2 {
            assert_eq!(result, verify(&self.remembering, token, token_use));
        }
        let look = decode_unverified(token).map(|look| look.claims().clone());
        if let Ok(claims) = &result {
            assert_eq!(look.ok().as_ref(), Some(claims));
        }
        result
    }
}

fn verify(verifier: &CognitoVerifier, token: &str, token_use: Use) -> Result<Claims, Reason> {
    let claims = match token_use {
        Use::Access => verifier
            .verify_access_sync(token)
            .map(|claims| claims.all()),
        Use::Id => verifier.verify_id_sync(token).map(|claims| claims.all()),
    };
    claims.map_err(|error| error.reason())
}

/// The other verifier: the crate `jsonwebtoken`, with the checks that an application adds for
/// Cognito.
pub(crate) struct Theirs {
    keys: HashMap<String, DecodingKey>,
    access: Validation,
    id: Validation,
}

impl Theirs {
    pub(crate) fn new(pool: &TestPool, issuers: &[&str]) -> Self {
        let keys: JwkSet = serde_json::from_str(&pool.jwks_json()).unwrap();
        let keys = keys.keys.iter().map(|jwk| {
            let kid = jwk.common.key_id.clone().unwrap();
            (kid, DecodingKey::from_jwk(jwk).unwrap())
        });
        let mut access = Validation::new(Algorithm::RS256);
        access.leeway = 0;
        // `jsonwebtoken` reads the system clock, but these tokens are from another time.
        access.validate_exp = false;
        access.set_issuer(issuers);
        access.set_required_spec_claims(&["exp", "iss", "sub"]);
        let mut id = access.clone();
        access.validate_aud = false;
        id.set_audience(&[CLIENT]);
        id.set_required_spec_claims(&["aud", "exp", "iss", "sub"]);
        let keys = keys.collect();
        Self { keys, access, id }
    }

    /// Verifies a token. Returns its claims, or `None` if it is rejected. `jsonwebtoken` checks the
    /// signature, the issuer and the required claims; this function checks `exp`, `nbf`,
    /// `token_use` and the client.
    pub(crate) fn verify(&self, token: &str, token_use: Use) -> Option<Claims> {
        let kid = decode_header(token).ok()?.kid?;
        let validation = match token_use {
            Use::Access => &self.access,
            Use::Id => &self.id,
        };
        let claims = decode::<Claims>(token, self.keys.get(&kid)?, validation);
        let claims = claims.ok()?.claims;
        let now = NOW as f64;
        let is_current = claims["exp"].as_f64()? > now
            && claims
                .get("nbf")
                .is_none_or(|nbf| nbf.as_f64() <= Some(now));
        let (name, client) = match token_use {
            Use::Access => ("access", claims.get("client_id")?),
            Use::Id => ("id", claims.get("aud")?),
        };
        let is_ours = claims.get("token_use")? == name && client == CLIENT;
        (is_current && is_ours).then_some(claims)
    }
}
