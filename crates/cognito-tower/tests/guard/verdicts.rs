//! The rejection for each result of a verifier.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use cognito_cache::MemoryRevocationList;
use cognito_core::{
    AccessClaims, Error, ErrorKind, IdClaims, Result, Revocation, RevocationList, TokenVerifier,
};
use cognito_jwt::{JwksSource, SourceError, SourceErrorKind};
use cognito_testkit::TestPool;
use cognito_tower::{Guard, Rejection, RejectionKind};
use serde_json::json;

use crate::fixture::{Fixture, NOW, bearer};

async fn rejection(guard: &Guard, token: &str) -> Rejection {
    guard.authenticate(&bearer(token)).await.unwrap_err()
}

#[tokio::test]
async fn invalid_token_returns_401_and_keeps_error() {
    let fixture = Fixture::new();
    let guard = Guard::access(fixture.verifier());
    let good = fixture.access_token();
    let (rest, signature) = good.rsplit_once('.').unwrap();
    let forged: String = signature.chars().rev().collect();
    for (token, kind) in [
        (fixture.pool.id_token(|_| {}), ErrorKind::TokenInvalid),
        (
            fixture.pool.clone().rotated().access_token(|_| {}),
            ErrorKind::TokenInvalid,
        ),
        (
            fixture.access_token_with("client_id", json!("other")),
            ErrorKind::TokenInvalid,
        ),
        (
            fixture.access_token_with("exp", json!(NOW)),
            ErrorKind::TokenExpired,
        ),
        (format!("{rest}.{forged}"), ErrorKind::TokenInvalid),
        ("abc".to_owned(), ErrorKind::TokenInvalid),
    ] {
        let rejection = rejection(&guard, &token).await;
        assert_eq!(rejection.kind(), RejectionKind::InvalidToken, "{token}");
        assert_eq!(rejection.error().unwrap().kind(), kind, "{token}");
        assert!(rejection.retry_after().is_none());
    }
    assert!(guard.authenticate(&bearer(&good)).await.is_ok());
    let of_id = Guard::id(fixture.verifier())
        .authenticate(&bearer(&good))
        .await;
    assert_eq!(of_id.unwrap_err().kind(), RejectionKind::InvalidToken);
}

#[tokio::test]
async fn a_token_is_good_until_it_expires() {
    let fixture = Fixture::new();
    let guard = Guard::access(fixture.verifier());
    let token = fixture.access_token();
    fixture.clock.advance(Duration::from_secs(3599));
    assert!(guard.authenticate(&bearer(&token)).await.is_ok());
    fixture.clock.advance(Duration::from_secs(1));
    let rejection = rejection(&guard, &token).await;
    assert_eq!(rejection.kind(), RejectionKind::InvalidToken);
    assert_eq!(rejection.message(), "The token has expired");
}

#[tokio::test]
async fn rejects_revoked_token() {
    let fixture = Fixture::new();
    let list = Arc::new(MemoryRevocationList::new(Arc::new(fixture.clock.clone())));
    let verifier = fixture
        .builder()
        .jwks_source(cognito_jwt::StaticJwks::new(fixture.pool.jwks_json()))
        .revocation_list(Arc::clone(&list));
    let guard = Guard::access(verifier.build().unwrap());
    let token = fixture.access_token();
    let claims = guard.authenticate(&bearer(&token)).await.unwrap();
    let jti = claims.jti.clone().unwrap();
    list.revoke(Revocation::token(jti, claims.exp))
        .await
        .unwrap();
    let rejection = rejection(&guard, &token).await;
    assert_eq!(rejection.kind(), RejectionKind::InvalidToken);
    assert_eq!(rejection.error().unwrap().kind(), ErrorKind::TokenRevoked);
    assert_eq!(rejection.message(), "The token has been revoked");
}

/// A key document that the test can make unavailable. At first it is.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    document: String,
    is_up: Arc<AtomicBool>,
}

impl Endpoint {
    pub(crate) fn new(pool: &TestPool) -> Self {
        Self {
            document: pool.jwks_json(),
            is_up: Arc::default(),
        }
    }

    pub(crate) fn is_up(&self, is_up: bool) {
        self.is_up.store(is_up, Ordering::SeqCst);
    }
}

#[async_trait]
impl JwksSource for Endpoint {
    async fn fetch(&self, _: &str) -> std::result::Result<Vec<u8>, SourceError> {
        if self.is_up.load(Ordering::SeqCst) {
            return Ok(self.document.clone().into_bytes());
        }
        Err(SourceError::new(SourceErrorKind::Connection, "it is down"))
    }
}

#[tokio::test(start_paused = true)]
async fn known_keys_verify_while_endpoint_is_down() {
    let fixture = Fixture::new();
    let endpoint = Endpoint::new(&fixture.pool);
    let verifier = fixture.builder().jwks_source(endpoint.clone());
    let guard = Guard::access(verifier.build().unwrap());
    let (good, bad) = (
        fixture.access_token(),
        fixture.access_token_with("exp", json!(NOW)),
    );

    // It is unknown whether the token is valid.
    for token in [&good, &bad] {
        let rejection = rejection(&guard, token).await;
        assert_eq!(rejection.kind(), RejectionKind::Unavailable);
        // The wait before the second fetch is one to two seconds.
        let wait = rejection.retry_after().unwrap();
        assert!(wait <= Duration::from_secs(2), "{wait:?}");
        assert_eq!(
            rejection.error().unwrap().kind(),
            ErrorKind::KeysUnavailable
        );
    }
    // A string that cannot be a token is rejected without a key.
    assert_eq!(
        rejection(&guard, "abc").await.kind(),
        RejectionKind::InvalidToken
    );

    endpoint.is_up(true);
    fixture.clock.advance(Duration::from_secs(60));
    assert!(guard.authenticate(&bearer(&good)).await.is_ok());

    // The endpoint is unavailable again, and the next renewal is overdue.
    endpoint.is_up(false);
    fixture.clock.advance(Duration::from_secs(20 * 60));
    assert!(guard.authenticate(&bearer(&good)).await.is_ok());
    assert_eq!(
        rejection(&guard, &bad).await.kind(),
        RejectionKind::InvalidToken
    );
}

/// A verifier that returns a given error.
#[derive(Debug)]
struct Oracle(Error);

#[async_trait]
impl TokenVerifier for Oracle {
    async fn verify_access(&self, _: &str) -> Result<Arc<AccessClaims>> {
        Err(self.0.clone())
    }

    async fn verify_id(&self, _: &str) -> Result<Arc<IdClaims>> {
        Err(self.0.clone())
    }
}

#[tokio::test]
async fn undecided_token_returns_503() {
    for (kind, expected) in [
        (ErrorKind::TokenInvalid, RejectionKind::InvalidToken),
        (ErrorKind::TokenExpired, RejectionKind::InvalidToken),
        (ErrorKind::AccessRevoked, RejectionKind::InvalidToken),
        (ErrorKind::NotAuthorized, RejectionKind::InvalidToken),
        (ErrorKind::InvalidParameter, RejectionKind::InvalidToken),
        (ErrorKind::UserNotFound, RejectionKind::InvalidToken),
        (
            ErrorKind::InsufficientAuthentication,
            RejectionKind::InsufficientAuthentication,
        ),
        (
            ErrorKind::InsufficientScope,
            RejectionKind::InsufficientScope,
        ),
        (ErrorKind::UserDisabled, RejectionKind::Denied),
        (ErrorKind::KeysUnavailable, RejectionKind::Unavailable),
        (ErrorKind::ShuttingDown, RejectionKind::Unavailable),
        (ErrorKind::StoreUnavailable, RejectionKind::Unavailable),
        (ErrorKind::Throttled, RejectionKind::Unavailable),
        (ErrorKind::Timeout, RejectionKind::Unavailable),
        (ErrorKind::Configuration, RejectionKind::Unavailable),
        (ErrorKind::Misuse, RejectionKind::Unavailable),
        (ErrorKind::Unknown, RejectionKind::Unavailable),
    ] {
        let guard = Guard::access(Oracle(Error::new(kind)));
        assert_eq!(rejection(&guard, "abc").await.kind(), expected, "{kind:?}");
    }
}

#[tokio::test]
async fn the_verifier_may_say_when_to_come_back() {
    for (wait, header) in [
        (Duration::from_secs(3), "3"),
        (Duration::from_millis(3001), "4"),
        (Duration::ZERO, "1"),
    ] {
        let error = Error::new(ErrorKind::KeysUnavailable).with_retry_after(wait);
        let rejection = rejection(&Guard::access(Oracle(error)), "abc").await;
        assert_eq!(rejection.retry_after(), Some(wait));
        assert_eq!(rejection.headers()["retry-after"], header);
    }
    let error = Error::new(ErrorKind::TokenInvalid).with_retry_after(Duration::from_secs(3));
    let rejection = rejection(&Guard::access(Oracle(error)), "abc").await;
    assert!(rejection.retry_after().is_none());
    assert!(!rejection.headers().contains_key("retry-after"));
}
