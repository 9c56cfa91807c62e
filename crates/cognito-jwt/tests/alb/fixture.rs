//! A load balancer whose tokens the test chooses, and a source of its keys.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, KeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use cognito_jwt::{AlbVerifier, AlbVerifierBuilder, JwksSource, SourceError, SourceErrorKind};
use cognito_testkit::FixedClock;
use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;

pub(crate) const NOW: u64 = 1_800_000_000;
pub(crate) const POOL: &str = "eu-central-1_TestPool1";
pub(crate) const ISSUER: &str =
    "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_TestPool1";
pub(crate) const CLIENT: &str = "1example23456789";
pub(crate) const ARN: &str = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/my-lb/50dc6c495c0c9188";
pub(crate) const KID: &str = "3c8f5a1e-9d04-4b7e-8a61-7f0c2b9e4d15";

/// A load balancer with its key.
pub(crate) struct LoadBalancer {
    pair: EcdsaKeyPair,
}

impl LoadBalancer {
    pub(crate) fn new() -> Self {
        Self::with_key_for(&ECDSA_P256_SHA256_FIXED_SIGNING)
    }

    pub(crate) fn with_key_for(algorithm: &'static EcdsaSigningAlgorithm) -> Self {
        Self {
            pair: EcdsaKeyPair::generate(algorithm).unwrap(),
        }
    }

    /// Returns the public key in PEM, as AWS serves it.
    pub(crate) fn pem(&self) -> String {
        pem(&self.der())
    }

    pub(crate) fn der(&self) -> Vec<u8> {
        let der: PublicKeyX509Der<'_> = self.pair.public_key().as_der().unwrap();
        der.as_ref().to_vec()
    }

    pub(crate) fn sign(&self, message: &str) -> Vec<u8> {
        let signature = self.pair.sign(&SystemRandom::new(), message.as_bytes());
        signature.unwrap().as_ref().to_vec()
    }

    /// Returns a user's token with the test's changes in header and payload.
    pub(crate) fn token(
        &self,
        change: impl FnOnce(&mut Map<String, Value>, &mut Map<String, Value>),
    ) -> String {
        let (mut header, mut payload) = (header(), payload());
        change(&mut header, &mut payload);
        self.token_of(
            &Value::Object(header).to_string(),
            &Value::Object(payload).to_string(),
        )
    }

    pub(crate) fn token_of_kid(&self, kid: &str) -> String {
        self.token(|header, _| drop(header.insert("kid".to_owned(), kid.into())))
    }

    pub(crate) fn token_of(&self, header: &str, payload: &str) -> String {
        let signed = format!("{}.{}", URL_SAFE.encode(header), URL_SAFE.encode(payload));
        let signature = URL_SAFE.encode(self.sign(&signed));
        format!("{signed}.{signature}")
    }
}

pub(crate) fn header() -> Map<String, Value> {
    let header = json!({
        "typ": "JWT",
        "kid": KID,
        "alg": "ES256",
        "iss": ISSUER,
        "client": CLIENT,
        "signer": ARN,
        "exp": NOW + 120,
    });
    header.as_object().unwrap().clone()
}

pub(crate) fn payload() -> Map<String, Value> {
    let payload = json!({
        "sub": "sub-of-carol",
        "email_verified": "true",
        "name": "Carol +/=-_",
        "email": "carol@example.com",
        "phone_number": "+4930123456",
        "phone_number_verified": "false",
        "username": "name-of-carol",
        "custom:department": "research",
        "exp": NOW + 120,
        "iss": ISSUER,
    });
    payload.as_object().unwrap().clone()
}

/// Returns a public key in PEM.
pub(crate) fn pem(der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let lines = base64.as_bytes().chunks(64).map(String::from_utf8_lossy);
    let lines: Vec<_> = lines.collect();
    let lines = lines.join("\n");
    format!("-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n")
}

pub(crate) fn key_url(kid: &str) -> String {
    format!("https://public-keys.auth.elb.eu-central-1.amazonaws.com/{kid}")
}

/// A source with responses that the test chooses. It counts fetches and can be paused.
#[derive(Clone, Debug)]
pub(crate) struct Script(Arc<Scripted>);

#[derive(Debug)]
struct Scripted {
    answers: Mutex<HashMap<String, Answer>>,
    otherwise: Mutex<Answer>,
    asked: Mutex<Vec<String>>,
    landed: AtomicUsize,
    gate: Semaphore,
}

#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Document(String),
    Failure,
    Never,
    Panic,
}

impl Script {
    /// Serves only the key of this load balancer.
    pub(crate) fn new(load_balancer: &LoadBalancer) -> Self {
        let script = Self(Arc::new(Scripted {
            answers: Mutex::default(),
            otherwise: Mutex::new(Answer::Failure),
            asked: Mutex::default(),
            landed: AtomicUsize::new(0),
            gate: Semaphore::new(1),
        }));
        script.answer(KID, Answer::Document(load_balancer.pem()));
        script
    }

    pub(crate) fn answer(&self, kid: &str, answer: Answer) {
        self.0.answers.lock().unwrap().insert(key_url(kid), answer);
    }

    /// Sets the response for every URL without a specific one.
    pub(crate) fn answer_otherwise(&self, answer: Answer) {
        *self.0.otherwise.lock().unwrap() = answer;
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.0.asked.lock().unwrap().clone()
    }

    pub(crate) fn fetches(&self) -> usize {
        self.0.asked.lock().unwrap().len()
    }

    /// Returns the number of fetches that completed and were not dropped.
    pub(crate) fn landed(&self) -> usize {
        self.0.landed.load(Ordering::SeqCst)
    }

    /// Holds responses back until they are released.
    pub(crate) fn hold(&self) {
        assert_eq!(self.0.gate.forget_permits(1), 1);
    }

    pub(crate) fn release(&self) {
        self.0.gate.add_permits(1);
    }
}

#[async_trait]
impl JwksSource for Script {
    async fn fetch(&self, url: &str) -> Result<Vec<u8>, SourceError> {
        self.0.asked.lock().unwrap().push(url.to_owned());
        let known = self.0.answers.lock().unwrap().get(url).cloned();
        let answer = known.unwrap_or_else(|| self.0.otherwise.lock().unwrap().clone());
        drop(self.0.gate.acquire().await.unwrap());
        self.0.landed.fetch_add(1, Ordering::SeqCst);
        match answer {
            Answer::Document(document) => Ok(document.into_bytes()),
            Answer::Failure => Err(SourceError::new(SourceErrorKind::Status, "403")),
            Answer::Never => std::future::pending().await,
            Answer::Panic => panic!("the source panics, as the test wants"),
        }
    }
}

/// A load balancer, a source of its key, and a verifier that trusts it.
pub(crate) struct Fixture {
    pub(crate) clock: FixedClock,
    pub(crate) load_balancer: LoadBalancer,
    pub(crate) script: Script,
    pub(crate) verifier: AlbVerifier,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let clock = FixedClock::at_unix(NOW);
        let load_balancer = LoadBalancer::new();
        let script = Script::new(&load_balancer);
        let verifier = builder()
            .clock(clock.clone())
            .key_source(script.clone())
            .build()
            .unwrap();
        Self {
            clock,
            load_balancer,
            script,
            verifier,
        }
    }

    pub(crate) fn token(&self) -> String {
        self.load_balancer.token(|_, _| {})
    }
}

pub(crate) fn builder() -> AlbVerifierBuilder {
    AlbVerifier::builder(POOL.parse().unwrap())
        .load_balancer(ARN)
        .client_id(CLIENT)
        .clock(FixedClock::at_unix(NOW))
}
