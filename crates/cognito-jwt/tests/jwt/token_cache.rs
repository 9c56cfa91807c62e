//! The token cache: what is cached, and what never is.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use cognito_cache::MemoryRevocationList;
use cognito_core::revocation::TokenIdentity;
use cognito_core::{ErrorKind, Revocation, RevocationList};
use cognito_jwt::{
    CognitoVerifier, CognitoVerifierBuilder, JwksSource, Reason, SourceError, Stage, StaticJwks,
};
use cognito_testkit::{FixedClock, TestPool};
use serde_json::json;

const POOL: &str = "us-east-1_TestPool1";
const NOW: u64 = 1_800_000_000;

fn pool(clock: &FixedClock) -> TestPool {
    TestPool::new(POOL, "client1").with_clock(clock.clone())
}

fn builder(clock: &FixedClock) -> CognitoVerifierBuilder {
    CognitoVerifier::builder(POOL.parse().unwrap())
        .client_id("client1")
        .clock(clock.clone())
        .jwks_source(StaticJwks::new(pool(clock).jwks_json()))
        .token_cache(100)
}

async fn ready(builder: CognitoVerifierBuilder) -> CognitoVerifier {
    let verifier = builder.build().unwrap();
    verifier.hydrate().await.unwrap();
    verifier
}

fn reason(verifier: &CognitoVerifier, token: &str) -> Option<Reason> {
    let error = verifier.verify_access_sync(token).err()?;
    Some(error.reason())
}

#[tokio::test]
async fn repeated_token_returns_same_claims() {
    let clock = FixedClock::at_unix(NOW);
    let verifier = ready(builder(&clock)).await;
    let token = pool(&clock).access_token(|_| {});
    let first = verifier.verify_access(&token).await.unwrap();
    let again = verifier.verify_access(&token).await.unwrap();
    assert!(Arc::ptr_eq(&first, &again), "it was not remembered");
    assert!(Arc::ptr_eq(
        &first,
        &verifier.verify_access_sync(&token).unwrap()
    ));

    let token_of_id = pool(&clock).id_token(|_| {});
    let id = verifier.verify_id(&token_of_id).await.unwrap();
    let again = verifier.verify_id(&token_of_id).await.unwrap();
    assert!(Arc::ptr_eq(&id, &again), "it was not remembered");

    let plain = ready(builder(&clock).token_cache(0)).await;
    let first = plain.verify_access(&token).await.unwrap();
    let again = plain.verify_access(&token).await.unwrap();
    assert!(!Arc::ptr_eq(&first, &again), "it was remembered unasked");
    assert_eq!(first, again);
}

#[tokio::test]
async fn only_identical_string_is_cache_hit() {
    let clock = FixedClock::at_unix(NOW);
    let verifier = ready(builder(&clock)).await;
    let token = pool(&clock).access_token(|_| {});
    verifier.verify_access(&token).await.unwrap();
    // The payload of another token, with the signature of a cached token.
    let other = pool(&clock).access_token(|claims| drop(claims.insert("sub".into(), "x".into())));
    let parts: Vec<_> = token.split('.').collect();
    let others: Vec<_> = other.split('.').collect();
    let swapped = [parts[0], others[1], parts[2]].join(".");
    assert_eq!(reason(&verifier, &swapped), Some(Reason::InvalidSignature));
    for place in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(reason(&verifier, &changed).is_some(), "place {place}");
    }
    assert_eq!(reason(&verifier, &token), None);
}

#[tokio::test]
async fn cached_access_token_is_no_id_token() {
    let clock = FixedClock::at_unix(NOW);
    let verifier = ready(builder(&clock)).await;
    let (access, id) = (
        pool(&clock).access_token(|_| {}),
        pool(&clock).id_token(|_| {}),
    );
    for _ in 0..3 {
        verifier.verify_access(&access).await.unwrap();
        verifier.verify_id(&id).await.unwrap();
        let error = verifier.verify_id(&access).await.unwrap_err();
        assert_eq!(error.reason(), Reason::WrongTokenUse);
        assert_eq!(reason(&verifier, &id), Some(Reason::WrongTokenUse));
    }
}

#[tokio::test]
async fn rejections_are_not_cached() {
    let clock = FixedClock::at_unix(NOW);
    let verifier = ready(builder(&clock)).await;
    let token =
        pool(&clock).access_token(|claims| drop(claims.insert("nbf".into(), json!(NOW + 60))));
    assert_eq!(reason(&verifier, &token), Some(Reason::NotYetValid));
    clock.advance(Duration::from_secs(60));
    assert_eq!(reason(&verifier, &token), None);
}

#[tokio::test]
async fn times_are_checked_at_every_sight() {
    let clock = FixedClock::at_unix(NOW);
    let verifier = ready(builder(&clock).max_age(Duration::from_secs(1800))).await;
    let times = |claims: &mut serde_json::Map<_, _>| {
        claims.insert("auth_time".into(), json!(NOW));
        claims.insert("nbf".into(), json!(NOW));
    };
    let access = pool(&clock).access_token(times);
    let id = pool(&clock).id_token(times);
    let assert_both = |expected: Option<Reason>| {
        assert_eq!(reason(&verifier, &access), expected);
        let error = verifier.verify_id_sync(&id).err();
        assert_eq!(error.map(|error| error.reason()), expected);
    };
    assert_both(None);
    clock.advance(Duration::from_secs(1800));
    assert_both(None);
    clock.advance(Duration::from_secs(1));
    assert_both(Some(Reason::TooOld));
    clock.advance(Duration::from_secs(1799));
    assert_both(Some(Reason::Expired));
    clock.set(std::time::UNIX_EPOCH + Duration::from_secs(NOW - 1));
    assert_both(Some(Reason::NotYetValid));
}

#[tokio::test]
async fn revocation_is_asked_at_every_sight() {
    let clock = FixedClock::at_unix(NOW);
    let list = Arc::new(MemoryRevocationList::new(Arc::new(clock.clone())));
    let verifier = ready(builder(&clock).revocation_list(Arc::clone(&list))).await;
    let token = pool(&clock).access_token(|claims| drop(claims.insert("jti".into(), "j-1".into())));
    assert_eq!(reason(&verifier, &token), None);
    let revocation = Revocation::token("j-1", NOW + 3600);
    list.revoke(revocation).await.unwrap();
    assert_eq!(reason(&verifier, &token), Some(Reason::Revoked));
    let error = verifier.verify_access(&token).await.unwrap_err();
    assert_eq!((error.status(), error.claim()), (401, None));
}

/// A revocation list that can be made unavailable.
#[derive(Debug)]
struct Doubtful(AtomicBool);

#[async_trait]
impl RevocationList for Doubtful {
    async fn revoke(&self, _revocation: Revocation) -> cognito_core::Result<()> {
        Ok(())
    }

    fn is_revoked(&self, _token: &TokenIdentity<'_>) -> bool {
        // Code that calls this instead of `check` must not accept a token because of it.
        true
    }

    fn check(&self, _token: &TokenIdentity<'_>) -> cognito_core::Result<bool> {
        if self.0.load(Ordering::Relaxed) {
            return Err(ErrorKind::StoreUnavailable.into());
        }
        Ok(false)
    }

    fn len(&self) -> usize {
        0
    }
}

#[tokio::test]
async fn unavailable_revocation_list_is_never_cached() {
    let clock = FixedClock::at_unix(NOW);
    let list = Arc::new(Doubtful(AtomicBool::new(true)));
    let verifier = ready(builder(&clock).revocation_list(Arc::clone(&list))).await;
    let token = pool(&clock).access_token(|_| {});
    for _ in 0..2 {
        let error = verifier.verify_access(&token).await.unwrap_err();
        assert_eq!(error.reason(), Reason::RevocationsUnavailable);
        assert_eq!((error.status(), error.stage()), (503, Stage::Revocations));
        let error = cognito_core::Error::from(error);
        assert_eq!(error.kind(), ErrorKind::StoreUnavailable);
    }
    list.0.store(false, Ordering::Relaxed);
    assert_eq!(reason(&verifier, &token), None);
    list.0.store(true, Ordering::Relaxed);
    assert_eq!(
        reason(&verifier, &token),
        Some(Reason::RevocationsUnavailable)
    );
    // A token that is invalid for another reason is still rejected for that reason.
    clock.advance(Duration::from_secs(24 * 3600));
    assert_eq!(reason(&verifier, &token), Some(Reason::Expired));
}

#[tokio::test]
async fn rejects_id_token_of_revoked_session() {
    let clock = FixedClock::at_unix(NOW);
    let list = Arc::new(MemoryRevocationList::new(Arc::new(clock.clone())));
    let verifier = ready(builder(&clock).revocation_list(Arc::clone(&list))).await;
    let token =
        pool(&clock).id_token(|claims| drop(claims.insert("origin_jti".into(), "o-1".into())));
    verifier.verify_id(&token).await.unwrap();
    let revocation = Revocation::session("o-1", NOW + 3600);
    list.revoke(revocation).await.unwrap();
    let error = verifier.verify_id(&token).await.unwrap_err();
    assert_eq!(error.reason(), Reason::Revoked);
}

#[tokio::test]
async fn the_application_is_asked_at_every_sight() {
    let clock = FixedClock::at_unix(NOW);
    let is_open = Arc::new(AtomicBool::new(true));
    let asked = Arc::clone(&is_open);
    let verifier =
        ready(builder(&clock).custom_access_check(move |_| asked.load(Ordering::Relaxed))).await;
    let token = pool(&clock).access_token(|_| {});
    assert_eq!(reason(&verifier, &token), None);
    is_open.store(false, Ordering::Relaxed);
    assert_eq!(reason(&verifier, &token), Some(Reason::CustomCheck));
    is_open.store(true, Ordering::Relaxed);
    assert_eq!(reason(&verifier, &token), None);
}

/// A document that a test can replace.
#[derive(Debug)]
struct Exchanged(Arc<Mutex<String>>);

#[async_trait]
impl JwksSource for Exchanged {
    async fn fetch(&self, _jwks_uri: &str) -> Result<Vec<u8>, SourceError> {
        Ok(self.0.lock().unwrap().clone().into_bytes())
    }
}

#[tokio::test]
async fn a_token_is_forgotten_with_its_key() {
    let clock = FixedClock::at_unix(NOW);
    let document = Arc::new(Mutex::new(pool(&clock).jwks_json()));
    let source = Exchanged(Arc::clone(&document));
    let verifier = ready(builder(&clock).jwks_source(source)).await;
    let token = pool(&clock).access_token(|_| {});
    let first = verifier.verify_access(&token).await.unwrap();

    // The document has the same keys, so the cached tokens are kept.
    clock.advance(Duration::from_secs(601));
    verifier.hydrate().await.unwrap();
    let again = verifier.verify_access(&token).await.unwrap();
    assert!(Arc::ptr_eq(&first, &again));

    *document.lock().unwrap() = pool(&clock).rotated().jwks_json();
    clock.advance(Duration::from_secs(601));
    verifier.hydrate().await.unwrap();
    let error = verifier.verify_access(&token).await.unwrap_err();
    assert_eq!(error.reason(), Reason::UnknownKid);
}

#[tokio::test]
async fn a_remembered_token_is_not_shown() {
    let clock = FixedClock::at_unix(NOW);
    let verifier = ready(builder(&clock)).await;
    let token = pool(&clock).access_token(|_| {});
    verifier.verify_access(&token).await.unwrap();
    let shown = format!("{verifier:?}");
    for part in token.split('.') {
        assert!(!shown.contains(part));
    }
    assert!(shown.contains("token_cache: 128"), "{shown}");
}
