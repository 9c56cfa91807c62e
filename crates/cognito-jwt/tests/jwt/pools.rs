//! Several pools in one verifier, and several issuers of one pool.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use cognito_core::ErrorKind;
use cognito_jwt::{
    CognitoVerifier, CognitoVerifierBuilder, JwksSource, Reason, SourceError, SourceErrorKind,
    StaticJwks, TokenVerifier,
};
use cognito_testkit::{FixedClock, TestPool};

const NOW: u64 = 1_800_000_000;

fn clock() -> FixedClock {
    FixedClock::at_unix(NOW)
}

fn pool(id: &str, client: &str) -> TestPool {
    TestPool::new(id, client).with_clock(clock())
}

fn builder(id: &str, client: &str) -> CognitoVerifierBuilder {
    CognitoVerifier::builder(id.parse().unwrap())
        .client_id(client)
        .clock(clock())
        .jwks_source(StaticJwks::new(pool(id, client).jwks_json()))
}

async fn reason(verifier: &CognitoVerifier, token: &str) -> Option<Reason> {
    let waited = verifier.verify_access(token).await.err();
    let at_hand = verifier.verify_access_sync(token).err();
    let reason = waited.map(|error| error.reason());
    assert_eq!(at_hand.map(|error| error.reason()), reason);
    reason
}

#[test]
fn leeway_is_the_longest_of_all_pools() {
    let pool = |id: &str, leeway| {
        CognitoVerifier::builder(id.parse().unwrap())
            .client_id("client1")
            .leeway(Duration::from_millis(leeway))
            .jwks_source(StaticJwks::new("{}"))
    };
    let (none, some) = ("us-east-1_One", "us-east-1_Two");
    assert_eq!(pool(none, 0).build().unwrap().leeway(), Duration::ZERO);
    // Fractions of a second are dropped when times are checked.
    let both = CognitoVerifier::any_of([pool(none, 0), pool(some, 90_999)]).unwrap();
    assert_eq!(both.leeway(), Duration::from_secs(90));
    let port: Box<dyn TokenVerifier> = Box::new(both);
    assert_eq!(port.leeway(), Duration::from_secs(90));
}

#[tokio::test]
async fn each_pool_applies_its_own_rules() {
    let verifier = CognitoVerifier::any_of([
        builder("us-east-1_One", "client1"),
        builder("eu-west-1_Two", "client2").require_any_group(["admins"]),
    ])
    .unwrap();
    let admins = |claims: &mut serde_json::Map<_, _>| {
        claims.insert("cognito:groups".to_owned(), serde_json::json!(["admins"]));
    };
    let one = pool("us-east-1_One", "client1");
    let two = pool("eu-west-1_Two", "client2");
    assert_eq!(reason(&verifier, &one.access_token(|_| {})).await, None);
    assert_eq!(reason(&verifier, &two.access_token(admins)).await, None);
    let token = two.access_token(|claims| drop(claims.remove("cognito:groups")));
    assert_eq!(reason(&verifier, &token).await, Some(Reason::MissingGroup));
    // A client of the other pool is not accepted for this pool.
    let token = pool("us-east-1_One", "client2").access_token(admins);
    assert_eq!(reason(&verifier, &token).await, Some(Reason::InvalidClient));
    let token = pool("us-east-1_Three", "client1").access_token(admins);
    assert_eq!(reason(&verifier, &token).await, Some(Reason::InvalidIssuer));
    let claims = verifier.verify_id(&two.id_token(admins)).await.unwrap();
    assert_eq!(claims.iss, two.issuer());
}

#[tokio::test]
async fn a_pool_cannot_vouch_for_another() {
    // The keys of both pools have the same ids, but are different keys.
    let verifier = CognitoVerifier::any_of([
        builder("us-east-1_One", "client1"),
        CognitoVerifier::builder("eu-west-1_Two".parse().unwrap())
            .client_id("client1")
            .clock(clock())
            .jwks_source(StaticJwks::new(
                pool("eu-west-1_Two", "client1").rotated().jwks_json(),
            )),
    ])
    .unwrap();
    let forged = pool("us-east-1_One", "client1")
        .with_issuer(pool("eu-west-1_Two", "client1").issuer())
        .access_token(|_| {});
    let rejected = reason(&verifier, &forged).await;
    assert!(
        matches!(
            rejected,
            Some(Reason::UnknownKid | Reason::InvalidSignature)
        ),
        "{rejected:?}"
    );
}

#[tokio::test]
async fn many_pools_are_one_verifier() {
    let ids: Vec<_> = (0..100)
        .map(|number| format!("us-east-1_Pool{number}"))
        .collect();
    let verifier =
        CognitoVerifier::any_of(ids.iter().map(|id| builder(id, "client1").token_cache(16)));
    let verifier = verifier.unwrap();
    verifier.hydrate().await.unwrap();
    assert_eq!(verifier.issuers().count(), 200);
    assert_eq!(verifier.keys_status().len(), 200);
    for id in &ids {
        let token = pool(id, "client1").access_token(|_| {});
        let first = verifier.verify_access(&token).await.unwrap();
        let again = verifier.verify_access(&token).await.unwrap();
        assert!(Arc::ptr_eq(&first, &again));
        assert!(first.iss.ends_with(id.as_str()));
    }
}

#[test]
fn a_pool_is_named_once() {
    let detail = |pools: Vec<CognitoVerifierBuilder>| {
        let error = CognitoVerifier::any_of(pools).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        error.to_string()
    };
    assert!(detail(Vec::new()).contains("no user pool is set"));
    let twice = vec![builder("us-east-1_One", "a"), builder("us-east-1_One", "b")];
    assert!(detail(twice).contains("same issuer"));
    let bad = vec![
        builder("us-east-1_One", "a"),
        CognitoVerifier::builder("us-east-1_Two".parse().unwrap()),
    ];
    assert!(detail(bad).contains("call `client_id`"));
    assert!(detail(vec![builder("us-east-1_One", "a").replica("nowhere")]).contains("region"));
}

const ORIGINAL: &str = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_One";
const REPLICA: &str = "https://cognito-idp.us-west-2.amazonaws.com/us-east-1_One";
const UPDATED: &str = "https://issuer-cognito-idp.us-east-1.amazonaws.com/us-east-1_One";

/// AWS's key endpoints: some issuers are in use, and for the others it responds 403.
#[derive(Debug)]
struct Endpoints {
    in_use: BTreeSet<&'static str>,
    otherwise: SourceErrorKind,
    asked: Arc<Mutex<Vec<String>>>,
}

#[async_trait]
impl JwksSource for Endpoints {
    async fn fetch(&self, jwks_uri: &str) -> Result<Vec<u8>, SourceError> {
        self.asked.lock().unwrap().push(jwks_uri.to_owned());
        let issuer = jwks_uri.strip_suffix("/.well-known/jwks.json").unwrap();
        if self.in_use.contains(issuer) {
            return Ok(pool("us-east-1_One", "client1").jwks_json().into_bytes());
        }
        Err(SourceError::new(self.otherwise, "not here"))
    }
}

fn endpoints<const N: usize>(in_use: [&'static str; N], otherwise: SourceErrorKind) -> Endpoints {
    Endpoints {
        in_use: in_use.into(),
        otherwise,
        asked: Arc::default(),
    }
}

fn token_of(issuer: &str) -> String {
    let pool = pool("us-east-1_One", "client1").with_issuer(issuer);
    pool.access_token(|_| {})
}

#[tokio::test]
async fn accepts_both_issuer_formats() {
    // A pool does not use one of the two issuer formats. This is not an error.
    for (used, unused) in [(ORIGINAL, UPDATED), (UPDATED, ORIGINAL)] {
        let source = endpoints([used], SourceErrorKind::Forbidden);
        let asked = Arc::clone(&source.asked);
        let verifier = builder("us-east-1_One", "client1").jwks_source(source);
        let verifier = verifier.build().unwrap();
        verifier.hydrate().await.unwrap();
        assert_eq!(asked.lock().unwrap().len(), 2);
        assert_eq!(reason(&verifier, &token_of(used)).await, None);
        // A pool that does not use an issuer cannot have issued a token with it.
        let rejected = reason(&verifier, &token_of(unused)).await;
        assert_eq!(rejected, Some(Reason::InvalidIssuer));
        assert_eq!(asked.lock().unwrap().len(), 2, "it was asked again at once");
    }
}

/// Without the feature `http`, only keys that a caller needs are renewed.
#[cfg(feature = "http")]
#[tokio::test(start_paused = true)]
async fn unused_issuer_is_rarely_fetched() {
    let source = endpoints([ORIGINAL], SourceErrorKind::Forbidden);
    let asked = Arc::clone(&source.asked);
    let clock = clock();
    let verifier = builder("us-east-1_One", "client1")
        .jwks_source(source)
        .clock(clock.clone());
    let verifier = verifier.build().unwrap();
    verifier.hydrate().await.unwrap();
    let second = Duration::from_secs(1);
    // An hour in which nothing is verified: the keys are renewed every eight or nine minutes.
    for _ in 0..3600 {
        clock.advance(second);
        tokio::time::advance(second).await;
    }
    let asked = asked.lock().unwrap();
    let of = |issuer| asked.iter().filter(|uri| uri.starts_with(issuer)).count();
    assert!((6..=9).contains(&of(ORIGINAL)), "{asked:?}");
    assert!((6..=9).contains(&of(UPDATED)), "{asked:?}");
}

#[tokio::test]
async fn a_pool_without_keys_is_not_hydrated() {
    for otherwise in [SourceErrorKind::Forbidden, SourceErrorKind::Connection] {
        let none = builder("us-east-1_One", "client1").jwks_source(endpoints([], otherwise));
        let other = builder("eu-west-1_Two", "client2");
        let verifier = CognitoVerifier::any_of([other, none]).unwrap();
        let error = verifier.hydrate().await.unwrap_err();
        assert_eq!(error.reason(), Reason::KeysUnavailable);
    }
}

#[tokio::test]
async fn unreachable_issuer_leaves_token_undecided() {
    let source = endpoints([ORIGINAL], SourceErrorKind::Timeout);
    let verifier = builder("us-east-1_One", "client1").jwks_source(source);
    let verifier = verifier.build().unwrap();
    verifier.hydrate().await.unwrap();
    let rejected = reason(&verifier, &token_of(UPDATED)).await;
    assert_eq!(rejected, Some(Reason::KeysUnavailable));
    assert_eq!(reason(&verifier, &token_of(ORIGINAL)).await, None);
}

#[tokio::test]
async fn a_replica_issues_tokens_once_it_is_named() {
    let source = || endpoints([ORIGINAL, REPLICA], SourceErrorKind::Forbidden);
    let verifier = builder("us-east-1_One", "client1").jwks_source(source());
    let verifier = verifier.build().unwrap();
    let rejected = reason(&verifier, &token_of(REPLICA)).await;
    assert_eq!(rejected, Some(Reason::InvalidIssuer));
    let verifier = builder("us-east-1_One", "client1")
        .jwks_source(source())
        .replica("us-west-2")
        .build()
        .unwrap();
    assert_eq!(reason(&verifier, &token_of(REPLICA)).await, None);
    let issuers: Vec<_> = verifier.issuers().collect();
    assert_eq!(issuers, [ORIGINAL, REPLICA, UPDATED]);
}

#[tokio::test]
async fn custom_issuer_is_the_only_one() {
    let source = endpoints(["https://login.example"], SourceErrorKind::Forbidden);
    let verifier = builder("us-east-1_One", "client1")
        .jwks_source(source)
        .issuer("https://login.example")
        .build()
        .unwrap();
    assert_eq!(
        verifier.issuers().collect::<Vec<_>>(),
        ["https://login.example"]
    );
    assert_eq!(
        reason(&verifier, &token_of("https://login.example")).await,
        None
    );
    let rejected = reason(&verifier, &token_of(ORIGINAL)).await;
    assert_eq!(rejected, Some(Reason::InvalidIssuer));

    let forbidden = endpoints([], SourceErrorKind::Forbidden);
    let verifier = builder("us-east-1_One", "client1")
        .jwks_source(forbidden)
        .issuer("https://login.example")
        .build()
        .unwrap();
    let rejected = reason(&verifier, &token_of("https://login.example")).await;
    assert_eq!(rejected, Some(Reason::KeysUnavailable));
}
