//! Measures two other libraries in the process of the benchmark. `jsonwebtoken` verifies the token.
//! AWS-LC verifies only the signature of the token. Each measurement is a row of the results table.

use std::collections::HashMap;
use std::hint::black_box;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;

use crate::Result;
use crate::fixture::{self, Fixture};
use crate::rounds::{Row, calls};

/// Returns the rows for the lower bound, the cost of the signature alone: AWS-LC verifies the
/// signature of the valid token with a key that is already parsed. The first row uses one thread,
/// the second row uses two threads.
pub(crate) fn floor(fixture: &Fixture) -> Result<Vec<Row>> {
    let [modulus, exponent] = fixture
        .keys()?
        .remove(fixture.pool.access_kid())
        .ok_or("the pool does not publish its key")?;
    let document = RsaPublicKeyComponents {
        n: fixture::decode(&modulus)?,
        e: fixture::decode(&exponent)?,
    };
    let document = document.as_der()?;
    let key = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, document.as_ref())?;
    let (signed, signature) = fixture.parts()?;
    let call = calls(move || {
        key.verify_sig(black_box(signed.as_bytes()), black_box(&signature))
            .is_ok()
    });
    Ok(vec![
        Row::here("floor", &call),
        Row::two_threads("floor_two_threads", &call),
    ])
}

/// The claims that an application which uses the crate `jsonwebtoken` deserializes from an access
/// token.
#[derive(Deserialize)]
#[allow(dead_code, reason = "a user would want the claims")]
struct AccessClaims {
    auth_time: u64,
    client_id: String,
    #[serde(rename = "cognito:groups", default)]
    groups: Vec<String>,
    event_id: Option<String>,
    exp: u64,
    iat: u64,
    iss: String,
    jti: Option<String>,
    origin_jti: Option<String>,
    scope: Option<String>,
    sub: String,
    token_use: String,
    username: Option<String>,
}

/// Returns the benchmark rows for the crate `jsonwebtoken`: a row for `decode` alone, and a row
/// that also selects the key by `kid` and checks `client_id` and `token_use`.
pub(crate) fn jsonwebtoken(fixture: &Fixture) -> Result<Vec<Row>> {
    let mut keys = HashMap::new();
    for (kid, [modulus, exponent]) in fixture.keys()? {
        keys.insert(kid, DecodingKey::from_rsa_components(&modulus, &exponent)?);
    }
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_issuer(&[fixture.pool.issuer()]);
    validation.set_required_spec_claims(&["exp", "iss", "sub"]);
    validation.validate_aud = false;
    validation.leeway = 0;
    let key = keys.get(fixture.pool.access_kid()).cloned();
    let key = key.ok_or("the pool does not publish its key")?;
    let (token, decode_only) = (fixture.token.clone(), validation.clone());
    let alone = calls(move || {
        black_box(decode::<AccessClaims>(
            black_box(&token),
            &key,
            &decode_only,
        ))
        .is_ok()
    });
    let (token, client_id) = (fixture.token.clone(), fixture.pool.client_id().to_owned());
    let accepts = move |token: &str| {
        let kid = decode_header(token).ok()?.kid?;
        let decoded = decode::<AccessClaims>(token, keys.get(&kid)?, &validation);
        let claims = decoded.ok()?.claims;
        (claims.client_id == client_id && claims.token_use == "access").then_some(claims)
    };
    let whole = calls(move || black_box(accepts(black_box(&token))).is_some());
    Ok(vec![
        Row::here("jsonwebtoken", &whole),
        Row::here("jsonwebtoken_decode_only", &alone),
    ])
}
