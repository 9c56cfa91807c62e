//! Checks that must hold for any input, used by the fuzz targets and for the stored inputs.
//!
//! Each check returns whether the input was accepted, and panics if the result is wrong.

use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_core::ClientId;
use cognito_jwt::test_util::{
    check_access_claims, check_header, check_id_claims, json_object, jws_parts, usable_kids,
    verifies, verify_jws_by_set,
};
use cognito_jwt::{CognitoVerifier, Reason, StaticJwks, VerifyError, decode_unverified};
use cognito_testkit::FixedClock;
use serde_json::{Map, Value};

#[path = "../properties/reference.rs"]
mod reference;

pub(crate) const POOL: &str = "us-east-1_TestPool1";
pub(crate) const CLIENT: &str = "client1";
pub(crate) const NOW: u64 = 1_800_000_000;

/// The keys of the test pool, and an access token that one of them signed.
const KEYS: &str = include_str!("jwks/two-keys");
const ACCESS_TOKEN: &str = include_str!("jws/access-token");

/// Checks a token: its format, verification, and decoding without verification.
pub(crate) fn jws(input: &[u8]) -> bool {
    let Ok(token) = std::str::from_utf8(input) else {
        return false;
    };
    let parts = jws_parts(token);
    if let Ok(parts) = &parts {
        // There is only one accepted encoding of a token.
        let encoded: Vec<_> = parts
            .iter()
            .map(|part| URL_SAFE_NO_PAD.encode(part))
            .collect();
        assert_eq!(encoded.join("."), token);
        header(&parts[0]);
        claims(&parts[1]);
    }
    let access = VERIFIER.verify_access_sync(token);
    let id = VERIFIER.verify_id_sync(token);
    assert!(access.is_err() || id.is_err(), "it is for one use only");
    let look = decode_unverified(token);
    for rejection in [access.as_ref().err(), id.as_ref().err()]
        .into_iter()
        .flatten()
    {
        assert!(!rejection.is_keys_unavailable());
        assert_shapes_agree(rejection, look.as_ref().err());
    }
    let all = match (&access, &id) {
        (Ok(claims), _) => claims.all(),
        (_, Ok(claims)) => claims.all(),
        _ => return false,
    };
    assert!(parts.is_ok());
    assert_eq!(look.ok().map(|look| look.claims().clone()), Some(all));
    // The second verification may use the token cache. The first one did not.
    assert_eq!(access.is_ok(), VERIFIER.verify_access_sync(token).is_ok());
    assert_eq!(id.is_ok(), VERIFIER.verify_id_sync(token).is_ok());
    true
}

/// Checks that decoding without verification accepts exactly the strings with the format of a
/// token. Verification may reject earlier, because of the header, the issuer or the key id.
fn assert_shapes_agree(rejection: &VerifyError, look: Option<&VerifyError>) {
    match rejection.reason() {
        Reason::TooLarge => assert_eq!(look.map(VerifyError::reason), Some(Reason::TooLarge)),
        Reason::Malformed | Reason::DuplicateKey => assert!(look.is_some()),
        Reason::CriticalHeader
        | Reason::InvalidClaim
        | Reason::InvalidIssuer
        | Reason::MissingKid
        | Reason::UnknownKid
        | Reason::UnsupportedAlgorithm
        | Reason::WrongType => {}
        other => assert!(look.is_none(), "{}", other.name()),
    }
}

/// Checks the header of a token.
pub(crate) fn header(input: &[u8]) -> bool {
    let object = as_the_reference(input);
    let found = check_header(input);
    let text = |name: &str| object.as_ref()?.get(name)?.as_str();
    let has = |name: &str| {
        object
            .as_ref()
            .is_some_and(|object| object.contains_key(name))
    };
    let typ = text("typ").map(str::to_ascii_lowercase);
    let types = ["jwt", "at+jwt", "application/jwt", "application/at+jwt"];
    let is_good = text("alg") == Some("RS256")
        && !["crit", "cty", "zip"].into_iter().any(has)
        && (!has("typ") || typ.is_some_and(|typ| types.contains(&typ.as_str())));
    let kid = text("kid").filter(|_| is_good);
    assert_eq!(found.as_deref().ok(), kid);
    found.is_ok()
}

/// Checks the payload of a token with a valid signature.
pub(crate) fn claims(input: &[u8]) -> bool {
    let object = as_the_reference(input);
    let access = check_access_claims(input, ISSUER, &CLIENT_ID, NOW);
    let id = check_id_claims(input, ISSUER, &CLIENT_ID, NOW);
    assert!(access.is_err() || id.is_err(), "it is for one use only");
    let (token_use, client, exp, iat, all) = match (access, id) {
        (Ok(claims), _) => ("access", "client_id", claims.exp, claims.iat, claims.all()),
        (_, Ok(claims)) => ("id", "aud", claims.exp, claims.iat, claims.all()),
        _ => return false,
    };
    assert_eq!(Some(&all), object.as_ref());
    assert_eq!(all["token_use"], token_use);
    assert_eq!(all[client], CLIENT);
    assert_eq!(all["iss"], ISSUER);
    assert!(all["sub"].as_str().is_some_and(|sub| !sub.is_empty()));
    assert!(exp > NOW && exp >= iat && exp - iat <= 24 * 60 * 60);
    assert!(all["exp"].is_number() && all["iat"].is_number());
    let nbf = all.get("nbf").map(Value::as_f64);
    assert!(nbf.is_none_or(|nbf| nbf.is_some_and(|nbf| nbf <= NOW as f64)));
    true
}

/// Checks a JWKS document.
pub(crate) fn jwks(input: &[u8]) -> bool {
    let object = as_the_reference(input);
    let token = verify_jws_by_set(input, ACCESS_TOKEN);
    let Ok(kids) = usable_kids(input) else {
        assert_eq!(
            token.map_err(|error| error.reason()),
            Err(Reason::UnknownKid)
        );
        return false;
    };
    let keys = object
        .as_ref()
        .and_then(|object| object.get("keys")?.as_array());
    let keys = keys.expect("a document has a list of keys");
    assert!(input.len() <= 64 * 1024 && keys.len() <= 64);
    assert!(!kids.is_empty() && kids.is_sorted_by(|a, b| a < b));
    let jwks = || keys.iter().filter_map(Value::as_object);
    for kid in &kids {
        assert!((1..=256).contains(&kid.len()));
        let is_this = |jwk: &&Map<String, Value>| jwk.get("kid").is_some_and(|id| id == kid);
        assert!(jwks().filter(is_this).any(is_rs256_key));
    }
    for jwk in jwks() {
        // A signature that was not made with any key.
        assert!(!verifies(jwk, b"a message", &[1; 256]));
    }
    let (header, _) = ACCESS_TOKEN.split_once('.').expect("a token has a header");
    let header = URL_SAFE_NO_PAD
        .decode(header)
        .expect("its header is base64url");
    let kid = check_header(&header).expect("its header is good");
    match token.map_err(|error| error.reason()) {
        Err(Reason::UnknownKid) => assert!(!kids.contains(&kid)),
        Ok(_) | Err(Reason::InvalidSignature) => assert!(kids.contains(&kid)),
        Err(other) => panic!("{}", other.name()),
    }
    true
}

/// Returns `true` if a JWK is a key that a pool signs with, according to RFC 7517 and RFC 7518.
fn is_rs256_key(jwk: &Map<String, Value>) -> bool {
    let is = |name: &str, value: &str| jwk.get(name).is_some_and(|found| found == value);
    let absent_or = |name: &str, value: &str| !jwk.contains_key(name) || is(name, value);
    let number = |name: &str| URL_SAFE_NO_PAD.decode(jwk.get(name)?.as_str()?).ok();
    let (Some(n), Some(e)) = (number("n"), number("e")) else {
        return false;
    };
    let is_odd = |number: &[u8]| number.last().is_some_and(|last| last % 2 == 1);
    let is_large_enough = e.len() > 3 || (e.len() == 3 && e.as_slice() > [1, 0, 0].as_slice());
    let private = ["d", "dp", "dq", "k", "oth", "p", "q", "qi"];
    is("kty", "RSA")
        && absent_or("use", "sig")
        && absent_or("alg", "RS256")
        && (n.len() > 256 || (n.len() == 256 && n[0] >= 0x80))
        && n.len() <= 1024
        && is_odd(&n)
        && is_odd(&e)
        && is_large_enough
        && !private.into_iter().any(|name| jwk.contains_key(name))
}

/// Returns the object that our JSON parser and the reference both read, if it is one.
fn as_the_reference(text: &[u8]) -> Option<Map<String, Value>> {
    let object = json_object(text);
    assert_eq!(object, reference::object(text));
    object
}

const ISSUER: &str = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_TestPool1";

static CLIENT_ID: LazyLock<ClientId> =
    LazyLock::new(|| ClientId::new(CLIENT).expect("it is a client id"));

/// A verifier with its keys and a token cache.
static VERIFIER: LazyLock<CognitoVerifier> = LazyLock::new(|| {
    let verifier = CognitoVerifier::builder(POOL.parse().expect("it is a pool id"))
        .client_id(CLIENT)
        .clock(FixedClock::at_unix(NOW))
        .jwks_source(StaticJwks::new(KEYS))
        .token_cache(100)
        .build()
        .expect("it can be built");
    let mut hydrate = std::pin::pin!(verifier.hydrate());
    // The keys are available without I/O, so no waiting and no runtime is needed.
    match hydrate
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(outcome) => outcome.expect("the keys are usable"),
        Poll::Pending => panic!("the keys are at hand"),
    }
    verifier.clone()
});
