//! The verifier of a test pool.
#![cfg(test)] // so that clippy.toml's exceptions for tests hold in helpers, too

use std::time::Duration;

use cognito_core::ErrorKind;
use cognito_testkit::{FixedClock, TestPool};

fn pool(clock: &FixedClock) -> TestPool {
    TestPool::new("us-east-1_TestPool1", "client1").with_clock(clock.clone())
}

#[tokio::test]
async fn verifier_accepts_tokens_until_they_expire() {
    let clock = FixedClock::at_unix(1_800_000_000);
    let pool = pool(&clock).with_issuer("http://localhost:9229/us-east-1_TestPool1");
    let verifier = pool.verifier().unwrap();
    let (access, id) = (pool.access_token(|_| {}), pool.id_token(|_| {}));
    verifier.verify_access(&access).await.unwrap();
    verifier.verify_id(&id).await.unwrap();
    clock.advance(Duration::from_secs(3600));
    assert!(verifier.verify_access(&access).await.is_err());
    assert!(verifier.verify_id(&id).await.is_err());
}

#[tokio::test]
async fn verifier_rejects_tokens_of_others() {
    let clock = FixedClock::at_unix(1_800_000_000);
    let pool = pool(&clock);
    let verifier = pool.verifier().unwrap();
    let other_client = pool.access_token(|claims| {
        claims.insert("client_id".to_owned(), "other".into());
    });
    let rotated = pool.clone().rotated();
    for token in [other_client, rotated.access_token(|_| {})] {
        assert!(verifier.verify_access(&token).await.is_err());
    }
    let new = rotated.verifier().unwrap();
    new.verify_access(&rotated.access_token(|_| {}))
        .await
        .unwrap();
}

#[tokio::test]
async fn builder_takes_further_requirements() {
    let clock = FixedClock::at_unix(1_800_000_000);
    let pool = pool(&clock);
    let builder = pool
        .verifier_builder()
        .unwrap()
        .require_any_group(["admins"]);
    let verifier = builder.build().unwrap();
    let user = pool.access_token(|_| {});
    let admin = pool.access_token(|claims| {
        claims.insert("cognito:groups".to_owned(), ["admins"].as_slice().into());
    });
    assert!(verifier.verify_access(&user).await.is_err());
    verifier.verify_access(&admin).await.unwrap();
}

#[test]
fn invalid_ids_are_errors() {
    let kind = |pool: TestPool| pool.verifier().err().unwrap().kind();
    assert_eq!(
        kind(TestPool::new("no pool", "client1")),
        ErrorKind::InvalidParameter
    );
    assert_eq!(
        kind(TestPool::new("us-east-1_TestPool1", "no client")),
        ErrorKind::Configuration
    );
}
