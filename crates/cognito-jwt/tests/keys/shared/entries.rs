//! Which shared documents are accepted, and what the store contains.

use std::sync::Arc;

use cognito_core::Store;
use cognito_jwt::{JwksSource, Reason, StaticJwks};
use cognito_testkit::TestPool;

use super::{Instances, NoKeys, document, verify_own_token};
use crate::fixture::{BACK_OFF, HOUR, POOL, START, settle, uri};

#[tokio::test(start_paused = true)]
async fn planted_entry_is_ignored() {
    let evil = TestPool::new(POOL, "client1").rotated();
    let evil_token = evil.access_token(|_| {});
    let evil_document = document(&evil, START);
    let instances = Instances::new();
    verify_own_token(&instances.another()).await;
    let ours = instances.stored().await.1.unwrap();
    // Values that are not encrypted, changed, cut, and empty.
    let mut plants = vec![
        evil_document.clone(),
        evil.jwks_json().into_bytes(),
        Vec::new(),
    ];
    plants.push(ours[..ours.len() / 2].to_vec());
    let mut garbled = ours;
    garbled[40] ^= 1;
    plants.push(garbled);
    // Sealed with another key.
    let name = instances.stored().await.0;
    let foreign = instances.sealed(2, &instances.first.clock);
    foreign.write(&name, evil_document, HOUR).await.unwrap();
    plants.push(instances.stored().await.1.unwrap());
    for plant in plants {
        instances.write_raw(plant).await;
        let before = instances.fetches();
        let instance = instances.another();
        let verdict = instance.verify(&evil_token).await;
        assert_eq!(verdict, Err(Reason::UnknownKid));
        verify_own_token(&instance).await;
        assert_eq!(instances.fetches(), before + 1);
    }
}

#[tokio::test(start_paused = true)]
async fn sealed_invalid_entry_is_ignored() {
    let instances = Instances::new();
    verify_own_token(&instances.another()).await;
    let (name, _) = instances.stored().await;
    let sealed = instances.sealed(1, &instances.first.clock);
    let rotated = instances.first.pool.clone().rotated();
    let planted = rotated.access_token(|_| {});
    let newer_form = [&[2], &document(&rotated, START)[1..]].concat();
    let too_large = [document(&rotated, START), vec![b' '; 65_536]].concat();
    let bad = [
        b"no document".to_vec(),
        newer_form,
        too_large,
        [&document(&rotated, START)[..9], br#"{"keys":[]}"#].concat(),
        // The time is two minutes in the future, so no instance can have requested it.
        document(&rotated, START + 120),
    ];
    for document in bad {
        sealed.write(&name, document, HOUR).await.unwrap();
        let before = instances.fetches();
        let instance = instances.another();
        let verdict = instance.verify(&planted).await;
        assert_eq!(verdict, Err(Reason::UnknownKid));
        verify_own_token(&instance).await;
        assert_eq!(instances.fetches(), before + 1);
    }
}

#[tokio::test(start_paused = true)]
async fn document_of_another_url_is_ignored() {
    let instances = Instances::new();
    verify_own_token(&instances.another()).await;
    let (_, stored) = instances.stored().await;
    let store = instances.sealed(1, &instances.first.clock);
    let elsewhere = instances.first.beside(|builder| {
        builder
            .document_store(store)
            .jwks_uri("https://elsewhere.example/jwks.json")
            .jwks_source(NoKeys)
    });
    let token = instances.first.token();
    let unavailable = Err(Reason::KeysUnavailable);
    assert_eq!(elsewhere.verify(&token).await, unavailable);
    // The value is not accepted either if an attacker moves it there.
    instances.write_raw(stored.unwrap()).await;
    instances.first.clock.advance(BACK_OFF);
    assert_eq!(elsewhere.verify(&token).await, unavailable);
}

#[tokio::test(start_paused = true)]
async fn configured_keys_are_neither_shared_nor_replaced() {
    let instances = Instances::new();
    let given = instances.first.pool.clone().rotated();
    let pinned = || {
        let store = instances.sealed(1, &instances.first.clock);
        let source: Arc<dyn JwksSource> = Arc::new(StaticJwks::new(given.jwks_json()));
        let change = |builder: cognito_jwt::CognitoVerifierBuilder| {
            builder.document_store(store).jwks_source(source)
        };
        instances.first.beside(change)
    };
    let token = given.access_token(|_| {});
    assert_eq!(pinned().verify(&token).await, Ok(()));
    settle().await;
    let asked_for = instances.server.name.lock().unwrap().clone();
    assert!(asked_for.is_none(), "{asked_for:?}");
    verify_own_token(&instances.another()).await;
    let instance = pinned();
    let others = instance.token();
    assert_eq!(instance.verify(&others).await, Err(Reason::UnknownKid));
    assert_eq!(instance.verify(&token).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn store_sees_neither_document_nor_issuer() {
    let instances = Instances::new();
    verify_own_token(&instances.another()).await;
    let (name, stored) = instances.stored().await;
    assert!(!uri().contains(name.key()) && !name.key().contains(POOL));
    let stored = stored.unwrap();
    for part in [b"keys".as_slice(), POOL.as_bytes()] {
        assert!(!stored.windows(part.len()).any(|window| window == part));
    }
}
