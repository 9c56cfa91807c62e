//! Counts the allocations of the verifier. If a number grows, the new allocation is either removed
//! or explained here.
//!
//! It is a separate program because it replaces the allocator. Allocations of AWS-LC in C are not
//! counted.

#![cfg(test)] // so that clippy.toml's exceptions for tests hold in helpers, too

use allocation_counter::measure;
use cognito_core::secret::MAX_TOKEN_LENGTH;
use cognito_jwt::{CognitoVerifier, Reason, StaticJwks};
use cognito_testkit::{FixedClock, TestPool};
use serde_json::json;

const POOL: &str = "us-east-1_TestPool1";
const NOW: u64 = 1_800_000_000;

fn pool() -> TestPool {
    TestPool::new(POOL, "client1").with_clock(FixedClock::at_unix(NOW))
}

/// Returns a verifier that has its keys and has verified a token before.
fn verifier(token_cache: usize) -> CognitoVerifier {
    let builder = CognitoVerifier::builder(POOL.parse().unwrap())
        .client_id("client1")
        .clock(FixedClock::at_unix(NOW))
        .jwks_source(StaticJwks::new(pool().jwks_json()));
    let verifier = builder.token_cache(token_cache).build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    runtime.unwrap().block_on(verifier.hydrate()).unwrap();
    let token = pool().access_token(|claims| drop(claims.remove("jti")));
    verifier.verify_access_sync(&token).unwrap();
    verifier
}

/// Returns the number of allocations of a verification, and its result.
fn count(verifier: &CognitoVerifier, token: &str) -> (u64, Option<Reason>) {
    let mut outcome = None;
    let counted = measure(|| outcome = Some(verifier.verify_access_sync(token)));
    let outcome = outcome.unwrap();
    (
        counted.count_total,
        outcome.err().map(|error| error.reason()),
    )
}

#[test]
fn allocations_of_a_new_access_token() {
    // One for each part of the token and one for each string that is kept.
    let verifier = verifier(0);
    let token = pool().access_token(|_| {});
    let fresh = count(&verifier, &token);
    // The parts of the token: two. The returned claims: one. Their strings: six, and a list of two
    // scopes: three.
    assert_eq!(fresh, (2 + 1 + 6 + 3, None));
    // A second verification of the same token makes no more allocations.
    assert_eq!(count(&verifier, &token), fresh);
}

#[test]
fn a_remembered_token_takes_none() {
    let verifier = verifier(100);
    let token = pool().access_token(|_| {});
    count(&verifier, &token);
    assert_eq!(count(&verifier, &token), (0, None));
}

#[test]
fn garbage_takes_as_little_as_can_be() {
    let verifier = verifier(0);
    // A part is decoded only after the previous part was accepted.
    for (garbage, allocations, reason) in [
        ("", 0, Reason::Malformed),
        ("no dots at all", 0, Reason::Malformed),
        ("one.dot", 0, Reason::Malformed),
        ("\u{e9}.\u{e9}.\u{e9}", 1, Reason::Malformed),
        ("!!!!.e30.AAAA", 1, Reason::Malformed),
        ("e30.!!!!.AAAA", 1, Reason::UnsupportedAlgorithm),
        ("e30.e30.!!!!", 1, Reason::UnsupportedAlgorithm),
    ] {
        let expected = (allocations, Some(reason));
        assert_eq!(count(&verifier, garbage), expected, "{garbage}");
    }
    let long = "a.".repeat(MAX_TOKEN_LENGTH);
    assert_eq!(count(&verifier, &long), (0, Some(Reason::TooLarge)));
}

#[test]
fn foreign_token_allocates_only_its_parts() {
    let verifier = verifier(0);
    let claims = json!({ "iss": pool().issuer(), "sub": "a" }).to_string();
    let header = json!({ "alg": "RS256", "kid": "another key" }).to_string();
    let token = pool().sign_raw(&header, &claims);
    // The first forged token causes a fetch, which starts the cool-down.
    count(&verifier, &token);
    assert_eq!(count(&verifier, &token), (2, Some(Reason::UnknownKid)));
}

#[test]
fn changed_token_allocates_only_its_parts() {
    let verifier = verifier(0);
    let token = pool().access_token(|_| {});
    let changed = if token.ends_with('A') { "Q" } else { "A" };
    let changed = format!("{}{changed}", &token[..token.len() - 1]);
    assert_eq!(
        count(&verifier, &changed),
        (2, Some(Reason::InvalidSignature))
    );
}
