//! A program that measures the verifier of the crate `jwt-simple`, with its default cryptography
//! (BoringSSL).

use std::collections::{HashMap, HashSet};

use jwt_simple::prelude::{Duration, RS256PublicKey, RSAPublicKeyLike, VerificationOptions};
use jwt_simple::token::Token;
use serde_json::Value;

use cognito_jwt_peers::{run, FurtherClaims, Peer, Result, Setup};

fn main() -> Result<()> {
    run("jwt-simple", start)
}

fn start(setup: &Setup) -> Result<Peer> {
    let mut document: Value = serde_json::from_str(&setup.jwks)?;
    let mut keys = HashMap::new();
    for jwk in document["keys"].as_array_mut().ok_or("no keys")? {
        let kid = jwk["kid"].as_str().ok_or("a key without a kid")?.to_owned();
        let key = RS256PublicKey::from_jwk(&jwk.to_string()).map_err(|e| e.to_string())?;
        keys.insert(kid, key);
    }
    let options = VerificationOptions {
        allowed_issuers: Some(HashSet::from([setup.issuer.clone()])),
        time_tolerance: Some(Duration::from_secs(0)),
        ..VerificationOptions::default()
    };
    let client_id = setup.client_id.clone();
    let accepts = move |token: &str| {
        let header = Token::decode_metadata(token).ok()?;
        let key = keys.get(header.key_id()?)?;
        let claims = key
            .verify_token::<FurtherClaims>(token, Some(options.clone()))
            .ok()?;
        let further = &claims.custom;
        (further.client_id == client_id && further.token_use == "access").then_some(claims)
    };
    Ok(Box::new(move |token, times| {
        (0..times)
            .map(|_| u32::from(accepts(token).is_some()))
            .sum()
    }))
}
