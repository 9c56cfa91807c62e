//! The public API of the verifier.

use std::error::Error as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use cognito_core::secret::MAX_TOKEN_LENGTH;
use cognito_core::{ClientId, ErrorKind, PoolConfig, TokenVerifier};
use cognito_jwt::{
    CognitoVerifier, CognitoVerifierBuilder, JwksSource, Reason, SourceError, SourceErrorKind,
    Stage, StaticJwks, decode_unverified,
};
use cognito_testkit::{FixedClock, LogCapture, TestPool};
use serde_json::{Value, json};

const POOL: &str = "us-east-1_TestPool1";
const NOW: u64 = 1_800_000_000;

fn clock() -> FixedClock {
    FixedClock::at_unix(NOW)
}

fn pool() -> TestPool {
    TestPool::new(POOL, "client1").with_clock(clock())
}

fn builder() -> CognitoVerifierBuilder {
    CognitoVerifier::builder(POOL.parse().unwrap())
        .clock(clock())
        .jwks_source(StaticJwks::new(pool().jwks_json()))
}

fn detail(builder: CognitoVerifierBuilder) -> String {
    let error = builder.build().expect_err("it should not build");
    assert_eq!(error.kind(), ErrorKind::Configuration);
    error.to_string()
}

#[test]
fn a_client_id_cannot_be_forgotten() {
    assert!(detail(builder()).contains("call `client_id`"));
    assert!(
        detail(builder().client_id("client1").client_id("not one!")).contains("client id must")
    );
    assert!(
        detail(builder().client_id("client1").danger_any_client()).contains("remove one of them")
    );
    assert!(!detail(builder().client_id("s3cr3t !")).contains("s3cr3t"));
    assert!(builder().danger_any_client().build().is_ok());
    let id = ClientId::new("client1").unwrap();
    assert!(builder().client_id(&id).client_id(id).build().is_ok());
}

#[test]
fn settings_are_bounded() {
    let ready = || builder().client_id("client1");
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    assert!(ready().leeway(minutes(5)).build().is_ok());
    assert!(detail(ready().leeway(minutes(5) + Duration::from_nanos(1))).contains("leeway"));
    assert!(detail(ready().refresh_every(Duration::ZERO)).contains("`refresh_every`"));
    assert!(detail(ready().max_stale(minutes(9))).contains("`max_stale`"));
    let just = ready().refresh_every(minutes(9)).max_stale(minutes(9));
    assert!(just.build().is_ok());
    assert!(detail(ready().issuer("http://a.example/pool")).contains("issuer"));
    assert!(detail(ready().jwks_uri("http://a.example/jwks")).contains("JWKS URI"));
    let local = CognitoVerifier::builder("local_abc".parse().unwrap()).client_id("client1");
    assert!(detail(local).contains("issuer"));
}

#[cfg(not(feature = "http"))]
#[test]
fn build_without_http_requires_key_source() {
    let no_source = CognitoVerifier::builder(POOL.parse().unwrap()).client_id("client1");
    assert!(detail(no_source).contains("no source of keys"));
}

#[tokio::test]
async fn several_clients_may_be_named() {
    let verifier = builder()
        .client_id("client1")
        .client_id("client2")
        .build()
        .unwrap();
    for client in ["client1", "client2"] {
        let other = TestPool::new(POOL, client).with_clock(clock());
        let access = verifier.verify_access(&other.access_token(|_| {})).await;
        assert_eq!(access.unwrap().client_id, client);
        let id = verifier.verify_id(&other.id_token(|_| {})).await;
        assert_eq!(id.unwrap().aud, client);
    }
    let stranger = TestPool::new(POOL, "client3").with_clock(clock());
    let error = verifier.verify_access(&stranger.access_token(|_| {})).await;
    assert_eq!(error.unwrap_err().reason(), Reason::InvalidClient);
}

#[tokio::test]
async fn the_settings_of_a_pool_are_enough() {
    let config = PoolConfig::new(POOL.parse().unwrap(), ClientId::new("client1").unwrap());
    let verifier = CognitoVerifierBuilder::from(&config)
        .clock(clock())
        .jwks_source(StaticJwks::new(pool().jwks_json()))
        .build()
        .unwrap();
    assert!(verifier.issuers().any(|iss| iss == pool().issuer()));
    let config = config.with_issuer("http://localhost:1/p", "http://localhost:2/jwks");
    let emulated = CognitoVerifierBuilder::from(&config)
        .clock(clock())
        .jwks_source(StaticJwks::new(pool().jwks_json()))
        .build()
        .unwrap();
    let token = pool()
        .with_issuer("http://localhost:1/p")
        .access_token(|_| {});
    assert!(emulated.verify_access(&token).await.is_ok());
    let error = verifier.verify_access(&token).await.unwrap_err();
    assert_eq!(error.reason(), Reason::InvalidIssuer);
}

#[tokio::test]
async fn port_distinguishes_invalid_expired_and_undecided() {
    let clock = clock();
    let verifier: Box<dyn TokenVerifier> = Box::new(
        builder()
            .client_id("client1")
            .clock(clock.clone())
            .build()
            .unwrap(),
    );
    let token = pool().access_token(|_| {});
    assert!(verifier.verify_access(&token).await.is_ok());
    let error = verifier.verify_id(&token).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TokenInvalid);
    assert!(error.to_string().contains("WrongTokenUse"));
    clock.advance(Duration::from_secs(3600));
    let error = verifier.verify_access(&token).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TokenExpired);
    assert_eq!(error.status(), 401);

    let no_keys: Box<dyn TokenVerifier> = Box::new(
        builder()
            .client_id("client1")
            .jwks_source(StaticJwks::new("nothing"))
            .build()
            .unwrap(),
    );
    let error = no_keys.verify_access(&token).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::KeysUnavailable);
    assert_eq!(error.status(), 503);
}

#[tokio::test]
async fn payload_is_returned_unchanged() {
    let verifier = builder().client_id("client1").build().unwrap();
    let add = |claims: &mut serde_json::Map<_, _>| {
        claims.insert("custom:department".to_owned(), json!({ "number": 7.5 }));
    };
    let department = Some(json!({ "number": 7.5 }));
    let access = verifier.verify_access(&pool().access_token(add)).await;
    assert_eq!(access.unwrap().get("custom:department"), department);
    let token = pool().id_token(add);
    let id = verifier.verify_id(&token).await.unwrap();
    assert_eq!(id.get("custom:department"), department);
    let unverified = decode_unverified(&token).unwrap();
    assert_eq!(
        serde_json::to_value(&*id).unwrap(),
        Value::Object(unverified.claims().clone())
    );
}

/// A source that always fails.
#[derive(Debug)]
struct Away;

#[async_trait]
impl JwksSource for Away {
    async fn fetch(&self, _jwks_uri: &str) -> Result<Vec<u8>, SourceError> {
        let error = SourceError::new(SourceErrorKind::Connection, "the line is dead");
        Err(error.with_source("the digger was here"))
    }
}

#[tokio::test]
async fn error_chain_explains_missing_keys() {
    let source: Box<dyn JwksSource> = Box::new(Away);
    let verifier = builder().client_id("client1").jwks_source(source);
    let error = verifier.build().unwrap().hydrate().await.unwrap_err();
    let (mut chain, mut source) = (vec![error.to_string()], error.source());
    while let Some(error) = source {
        chain.push(error.to_string());
        source = error.source();
    }
    assert_eq!(
        chain,
        [
            "the keys of the pool are unavailable: https://cognito-idp.us-east-1.amazonaws.com/\
             us-east-1_TestPool1/.well-known/jwks.json cannot be fetched; check the user pool id, \
             the region and the network",
            "no JWKS document: the line is dead",
            "the digger was here",
        ]
    );
}

#[tokio::test]
async fn logs_errors_and_debug_hide_tokens() {
    let logs = LogCapture::start();
    let verifier = builder().client_id("client1").build().unwrap();
    let good = pool().id_token(|claims| {
        claims.insert("email".to_owned(), "carol@example.com".into());
    });
    let header = json!({ "alg": "RS256", "kid": "kid-of-an-attacker" }).to_string();
    let tokens = [
        pool().sign_raw(&header, "{}"),
        pool().access_token(|claims| {
            claims.insert("sub".to_owned(), json!(["sub-of-a-victim"]));
        }),
        pool().access_token(|claims| {
            claims.insert("iss".to_owned(), "https://evil.example".into());
        }),
        format!("{good}x"),
        "not a token at all".to_owned(),
    ];
    let mut shown = String::new();
    for token in &tokens {
        let error = verifier.verify_access(token).await.unwrap_err();
        shown.push_str(&format!("{error} {error:?} {:?}\n", error.source()));
        let error = cognito_core::Error::from(error);
        shown.push_str(&format!("{error} {error:?}\n"));
        if let Ok(unverified) = decode_unverified(token) {
            shown.push_str(&format!("{unverified:?}\n"));
        }
    }
    let claims = verifier.verify_id(&good).await.unwrap();
    let builder = builder().client_id("client1");
    shown.push_str(&format!("{claims:?} {builder:?} {verifier:?}"));
    tracing::info!("{shown}");
    let mut secrets: Vec<&str> = tokens.iter().flat_map(|token| token.split('.')).collect();
    secrets.extend(good.split('.'));
    secrets.extend([
        "carol@example.com",
        "kid-of-an-attacker",
        "sub-of-a-victim",
        "evil.example",
        "alice",
        "TESTKIT",
    ]);
    // "e30", the empty object, is part of too many words.
    secrets.retain(|secret| secret.len() > 3);
    logs.assert_free_of(&secrets);
    assert!(logs.text().contains("fetched the signing keys"));
}

#[tokio::test]
async fn rejects_every_one_character_change() {
    let verifier = builder().client_id("client1").build().unwrap();
    let token = pool().access_token(|_| {});
    assert!(verifier.verify_access(&token).await.is_ok());
    for place in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        let error = verifier.verify_access(&changed).await.unwrap_err();
        // The issuer is the only claim that is read before the signature is checked, because it
        // determines the key.
        let is_claim = error.stage() == Stage::Claims;
        assert!(
            !is_claim || error.reason() == Reason::InvalidIssuer,
            "place {place}"
        );
        assert!(!error.is_keys_unavailable(), "place {place}");
    }
    for length in 0..token.len() {
        assert!(verifier.verify_access(&token[..length]).await.is_err());
    }
}

#[tokio::test]
async fn jsonwebtoken_accepts_the_same_tokens() {
    use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, jwk::JwkSet};

    let verifier = builder().client_id("client1").build().unwrap();
    let keys: JwkSet = serde_json::from_str(&pool().jwks_json()).unwrap();
    let key = DecodingKey::from_jwk(keys.find(pool().access_kid()).unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    validation.set_issuer(&[pool().issuer()]);

    type Change = fn(&mut serde_json::Map<String, Value>);
    let changes: [Change; 5] = [
        |_| {},
        |claims| drop(claims.insert("iss".to_owned(), "https://other.example".into())),
        |claims| drop(claims.insert("exp".to_owned(), json!((NOW + 60) as f64))),
        |claims| drop(claims.insert("x".to_owned(), json!({ "deep": ["😀", null, -1e-3] }))),
        |claims| drop(claims.insert("username".to_owned(), "a\\b/\"\u{7f}".into())),
    ];
    let mut accepted = 0;
    for change in changes {
        let token = pool().access_token(change);
        let theirs = decode::<Value>(&token, &key, &validation);
        match verifier.verify_access(&token).await {
            Ok(ours) => {
                assert_eq!(Value::Object(ours.all()), theirs.unwrap().claims);
                accepted += 1;
            }
            Err(error) => {
                assert_eq!(error.reason(), Reason::InvalidIssuer);
                assert!(theirs.is_err());
            }
        }
    }
    assert_eq!(accepted, 4);
}

#[test]
fn a_look_into_an_unverified_token() {
    let token = pool().access_token(|_| {});
    let unverified = decode_unverified(&token).unwrap();
    assert_eq!(unverified.header_kid(), Some(pool().access_kid()));
    assert_eq!(unverified.header()["alg"], "RS256");
    assert_eq!(unverified.header().len(), 2);
    assert_eq!(unverified.token_use(), Some("access"));
    assert_eq!(unverified.claim("username"), Some(&"alice".into()));
    assert_eq!(unverified.claims()["client_id"], "client1");
    let expires_at = UNIX_EPOCH + Duration::from_secs(NOW + 3600);
    assert_eq!(unverified.expires_at(), Some(expires_at));
    assert!(!unverified.is_expired(expires_at - Duration::from_nanos(1)));
    assert!(unverified.is_expired(expires_at));

    for exp in [
        json!(null),
        json!("soon"),
        json!(-1),
        json!(1e300),
        json!(u64::MAX),
    ] {
        let token = pool().access_token(|claims| drop(claims.insert("exp".to_owned(), exp)));
        let unverified = decode_unverified(&token).unwrap();
        let far = SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 40);
        assert!(unverified.is_expired(far) || unverified.expires_at() > Some(far));
    }
    let reason = |token: &str| decode_unverified(token).unwrap_err().reason();
    assert_eq!(reason("a.b"), Reason::Malformed);
    assert_eq!(reason("e30.W10.AAAA"), Reason::Malformed);
    assert_eq!(reason(&"a".repeat(MAX_TOKEN_LENGTH + 1)), Reason::TooLarge);
}

#[tokio::test]
async fn wrong_issuer_names_expected_one() {
    let verifier: Box<dyn TokenVerifier> =
        Box::new(builder().client_id("client1").build().unwrap());
    let other = TestPool::new("eu-west-1_Another1", "client1").with_clock(clock());
    let error = verifier.verify_access(&other.access_token(|_| {})).await;
    let text = error.unwrap_err().to_string();
    let expected =
        "InvalidIssuer: expected https://cognito-idp.us-east-1.amazonaws.com/us-east-1_TestPool1";
    assert!(text.contains(expected), "{text}");
    assert!(text.contains("`PoolConfig::with_issuer`"), "{text}");
    assert!(!text.contains("eu-west-1_Another1"), "{text}");
}

#[tokio::test]
async fn hydrate_error_names_address_and_remedy() {
    let broken = builder()
        .client_id("client1")
        .jwks_source(StaticJwks::new("nothing"));
    let error = broken.build().unwrap().hydrate().await.unwrap_err();
    assert_eq!(error.reason(), Reason::KeysUnavailable);
    let text = error.to_string();
    let uri = "us-east-1_TestPool1/.well-known/jwks.json cannot be fetched";
    assert!(text.contains(uri), "{text}");
    assert!(text.contains("check the user pool id"), "{text}");
}
