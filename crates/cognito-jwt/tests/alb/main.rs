//! The public API of the verifier for a load balancer's tokens.

#![cfg(feature = "alb")]
#![cfg(test)] // so that clippy.toml's exceptions for tests hold in helpers, too

mod arn;
mod documents;
mod fixture;
mod format;
mod keys;
mod rejections;

use std::error::Error as _;
use std::time::Duration;

use cognito_core::ErrorKind;
use cognito_jwt::{AlbVerifier, AlbVerifierBuilder, Reason};
use cognito_testkit::LogCapture;
use futures_util::FutureExt;
use serde_json::json;

use fixture::{
    ARN, Answer, CLIENT, Fixture, ISSUER, KID, LoadBalancer, NOW, POOL, Script, builder, key_url,
};

const GOV_ARN: &str = "arn:aws-us-gov:elasticloadbalancing:us-gov-west-1:123456789012:loadbalancer/app/my-lb/50dc6c495c0c9188";

#[tokio::test]
async fn verifies_token_as_load_balancers_write_it() {
    let fixture = Fixture::new();
    let claims = fixture.verifier.verify(&fixture.token()).await.unwrap();
    assert_eq!(claims.sub, "sub-of-carol");
    assert_eq!(claims.iss, ISSUER);
    assert_eq!(claims.client, CLIENT);
    assert_eq!(claims.signer, ARN);
    assert_eq!(claims.exp, NOW + 120);
    assert_eq!(claims.username.as_deref(), Some("name-of-carol"));
    assert_eq!(claims.email.as_deref(), Some("carol@example.com"));
    assert_eq!(claims.email_verified, Some(true));
    assert_eq!(claims.phone_number.as_deref(), Some("+4930123456"));
    assert_eq!(claims.phone_number_verified, Some(false));
    assert_eq!(claims.all()["name"], "Carol +/=-_");
    assert_eq!(
        serde_json::to_value(&*claims).unwrap()["email_verified"],
        "true"
    );
    assert_eq!(fixture.verifier.issuers().next(), Some(ISSUER));
    assert_eq!(fixture.script.asked(), [key_url(KID)]);
}

#[tokio::test]
async fn claims_deserialize_into_custom_type() {
    #[derive(serde::Deserialize)]
    struct Ours {
        #[serde(rename = "custom:department")]
        department: String,
    }
    let fixture = Fixture::new();
    let claims = fixture.verifier.verify(&fixture.token()).await.unwrap();
    assert_eq!(claims.custom::<Ours>().unwrap().department, "research");
    let error = claims.custom::<Vec<String>>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TokenInvalid);
    assert!(error.source().is_none());
}

#[tokio::test]
async fn optional_claims_may_be_absent() {
    // Booleans may be JSON booleans or strings.
    let fixture = Fixture::new();
    let token = fixture.load_balancer.token(|header, payload| {
        header.remove("typ");
        payload.clear();
        payload.insert("sub".to_owned(), "s".into());
        payload.insert("email_verified".to_owned(), true.into());
    });
    let claims = fixture.verifier.verify(&token).await.unwrap();
    assert_eq!((claims.sub.as_str(), claims.exp), ("s", NOW + 120));
    assert_eq!(claims.email_verified, Some(true));
    assert_eq!((&claims.email, &claims.username), (&None, &None));
    assert_eq!(claims.phone_number_verified, None);
}

#[tokio::test]
async fn the_sooner_end_counts() {
    let fixture = Fixture::new();
    for (header_exp, payload_exp) in [(60, 90), (90, 60)] {
        let token = fixture.load_balancer.token(|header, payload| {
            header.insert("exp".to_owned(), (NOW + header_exp).into());
            payload.insert("exp".to_owned(), (NOW + payload_exp).into());
        });
        assert_eq!(fixture.verifier.verify(&token).await.unwrap().exp, NOW + 60);
    }
}

#[tokio::test]
async fn several_load_balancers_and_clients_may_be_named() {
    let load_balancer = LoadBalancer::new();
    let script = Script::new(&load_balancer);
    script.answer_otherwise(Answer::Document(load_balancer.pem()));
    let verifier = builder()
        .load_balancer(GOV_ARN)
        .client_id("client2")
        .key_source(script.clone())
        .build()
        .unwrap();
    for (signer, client) in [(ARN, CLIENT), (ARN, "client2"), (GOV_ARN, CLIENT)] {
        let token = load_balancer.token(|header, _| {
            header.insert("signer".to_owned(), signer.into());
            header.insert("client".to_owned(), client.into());
        });
        let claims = verifier.verify(&token).await.unwrap();
        assert_eq!(
            (claims.signer.as_str(), claims.client.as_str()),
            (signer, client)
        );
    }
    let gov = format!(
        "https://s3-us-gov-west-1.amazonaws.com/aws-elb-public-keys-prod-us-gov-west-1/{KID}"
    );
    assert_eq!(script.asked(), [key_url(KID), gov]);
}

#[tokio::test]
async fn key_url_and_issuer_are_configurable() {
    let load_balancer = LoadBalancer::new();
    let script = Script::new(&load_balancer);
    script.answer_otherwise(Answer::Document(load_balancer.pem()));
    let arn = ARN
        .replace("arn:aws:", "arn:aws-eusc:")
        .replace("eu-central-1", "eusc-de-east-1");
    let verifier = AlbVerifier::builder("local_pool1".parse().unwrap())
        .load_balancer(&arn)
        .client_id(CLIENT)
        .issuer("http://localhost:9229/local_pool1")
        .key_uri("https://keys.example/alb/")
        .clock(cognito_testkit::FixedClock::at_unix(NOW))
        .key_source(script.clone())
        .build()
        .unwrap();
    let token = load_balancer.token(|header, payload| {
        header.insert("signer".to_owned(), arn.as_str().into());
        header.insert("iss".to_owned(), verifier.issuers().next().into());
        payload.remove("iss");
    });
    assert_eq!(verifier.verify(&token).await.unwrap().signer, arn);
    assert_eq!(script.asked(), [format!("https://keys.example/alb/{KID}")]);
}

#[test]
fn settings_are_checked_when_the_verifier_is_built() {
    let detail = |builder: AlbVerifierBuilder| {
        let error = builder.build().expect_err("it should not build");
        assert_eq!(error.kind(), ErrorKind::Configuration);
        error.to_string()
    };
    let pool = || AlbVerifier::builder(POOL.parse().unwrap());
    let ready = || builder().key_source(Script::new(&LoadBalancer::new()));
    assert!(ready().build().is_ok());
    #[cfg(feature = "http")]
    assert!(builder().build().is_ok());
    #[cfg(not(feature = "http"))]
    assert!(detail(builder()).contains("source"));
    assert!(detail(pool().client_id(CLIENT)).contains("call `load_balancer`"));
    assert!(detail(pool().load_balancer(ARN)).contains("call `client_id`"));
    assert!(detail(ready().client_id("s3cr3t !")).contains("client id must"));
    assert!(!detail(ready().client_id("s3cr3t !")).contains("s3cr3t"));
    assert!(detail(ready().load_balancer("my-lb")).contains("load balancer must be the ARN"));
    let partition = |name: &str, region: &str| {
        ARN.replace("arn:aws:", &format!("arn:{name}:"))
            .replace("eu-central-1", region)
    };
    let china = partition("aws-cn", "cn-north-1");
    assert!(detail(ready().load_balancer(&china)).contains("no user pools"));
    assert!(detail(ready().load_balancer(china).key_uri("https://a.example")).contains("aws-cn"));
    let sovereign = partition("aws-eusc", "eusc-de-east-1");
    assert!(detail(ready().load_balancer(sovereign)).contains("key URI"));
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    assert!(ready().leeway(minutes(5)).build().is_ok());
    assert!(detail(ready().leeway(minutes(5) + Duration::from_nanos(1))).contains("leeway"));
    assert!(detail(ready().issuer("http://a.example/pool")).contains("issuer"));
    assert!(detail(ready().key_uri("http://a.example")).contains("key URI"));
    assert!(detail(ready().key_uri("https://a.example/?kid=")).contains("key URI"));
    let local = AlbVerifier::builder("local_abc".parse().unwrap())
        .load_balancer(ARN)
        .client_id(CLIENT);
    assert!(detail(local).contains("set it with `issuer`"));
}

#[tokio::test]
async fn sync_call_verifies_with_cached_keys() {
    let fixture = Fixture::new();
    let token = fixture.token();
    let error = fixture.verifier.verify_sync(&token).unwrap_err();
    assert_eq!(error.reason(), Reason::KeysUnavailable);
    assert_eq!(fixture.script.fetches(), 0);
    let claims = fixture.verifier.verify(&token).await.unwrap();
    assert_eq!(fixture.verifier.verify_sync(&token).unwrap(), claims);
    assert_eq!(fixture.script.fetches(), 1);
    let forged = LoadBalancer::new().token(|_, _| {});
    let error = fixture.verifier.verify_sync(&forged).unwrap_err();
    assert_eq!(error.reason(), Reason::InvalidSignature);
}

#[test]
fn no_runtime_is_needed() {
    let fixture = Fixture::new();
    let claims = fixture.verifier.verify(&fixture.token()).now_or_never();
    assert_eq!(claims.unwrap().unwrap().sub, "sub-of-carol");
}

#[tokio::test]
async fn logs_errors_and_debug_hide_tokens() {
    let logs = LogCapture::start();
    let fixture = Fixture::new();
    let good = fixture.token();
    let kid = "kid-of-an-attacker";
    let tokens = [
        fixture.load_balancer.token_of_kid(kid),
        fixture.load_balancer.token_of_kid(&format!("{kid}/..")),
        fixture.load_balancer.token(|header, _| {
            header.insert("signer".to_owned(), "arn-of-an-attacker".into());
        }),
        fixture.load_balancer.token(|header, _| {
            header.insert("client".to_owned(), json!(["client-of-an-attacker"]));
        }),
        fixture.load_balancer.token(|_, payload| {
            payload.insert("sub".to_owned(), json!(["sub-of-a-victim"]));
        }),
        LoadBalancer::new().token(|_, _| {}),
        "not a token at all".to_owned(),
    ];
    let mut shown = String::new();
    for token in &tokens {
        let error = fixture.verifier.verify(token).await.unwrap_err();
        shown.push_str(&format!("{error} {error:?} {:?}\n", error.source()));
        let error = cognito_core::Error::from(error);
        shown.push_str(&format!("{error} {error:?}\n"));
    }
    let claims = fixture.verifier.verify(&good).await.unwrap();
    shown.push_str(&format!(
        "{claims:?} {:?} {:?}",
        builder(),
        claims.custom::<u8>()
    ));
    // The source of the test records the requested URLs.
    let verifier = format!("{:?}", fixture.verifier);
    shown.push_str(verifier.split("source").next().unwrap());
    tracing::info!("{shown}");
    let mut secrets: Vec<&str> = tokens.iter().flat_map(|token| token.split('.')).collect();
    secrets.extend(good.split('.'));
    secrets.retain(|secret| secret.len() > 3);
    secrets.extend([
        kid,
        "arn-of-an",
        "client-of-an",
        "sub-of",
        "name-of",
        "carol@",
        "3012",
        "research",
    ]);
    logs.assert_free_of(&secrets);
    assert!(
        logs.text()
            .contains("fetched a load balancer's signing key")
    );
    assert!(
        logs.text()
            .contains("could not fetch a load balancer's signing key")
    );
}
