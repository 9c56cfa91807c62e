//! The document with a load balancer's key: exactly one P-256 key in PEM.

use cognito_jwt::StaticJwks;
use futures_util::FutureExt;

use crate::fixture::{LoadBalancer, builder, pem};

/// The maximum length of a document, in bytes.
const MAX_LENGTH: usize = 4096;

/// The length of the DER encoding before the point: algorithm and curve.
const PREFIX: usize = 26;

/// Returns `true` if the document is a usable key, of this load balancer or another.
fn parses(load_balancer: &LoadBalancer, document: impl Into<Vec<u8>>) -> bool {
    let source = StaticJwks::new(document);
    let verifier = builder().key_source(source).build().unwrap();
    let token = load_balancer.token(|_, _| {});
    let outcome = verifier.verify(&token).now_or_never().unwrap();
    outcome
        .err()
        .is_none_or(|error| !error.is_keys_unavailable())
}

#[test]
fn rejects_other_key_types() {
    let load_balancer = LoadBalancer::new();
    let der = load_balancer.der();
    for place in 0..=PREFIX {
        let mut other = der.clone();
        other[place] ^= 1;
        assert!(!parses(&load_balancer, pem(&other)), "{place}");
    }
}

#[test]
fn rejects_point_off_the_curve() {
    let load_balancer = LoadBalancer::new();
    let mut der = load_balancer.der();
    assert!(parses(&load_balancer, pem(&der)));
    *der.last_mut().unwrap() ^= 1;
    assert!(!parses(&load_balancer, pem(&der)));
    der.truncate(PREFIX + 1);
    der[PREFIX] = 0;
    assert!(!parses(&load_balancer, pem(&der)));
}

#[test]
fn a_document_has_at_most_four_kibibytes() {
    let load_balancer = LoadBalancer::new();
    let mut document = load_balancer.pem();
    document.extend(std::iter::repeat_n('\n', MAX_LENGTH - document.len()));
    assert!(parses(&load_balancer, document.as_str()));
    document.push('\n');
    assert!(!parses(&load_balancer, document));
}

#[test]
fn a_document_is_one_key_in_pem() {
    let load_balancer = LoadBalancer::new();
    let (der, good) = (load_balancer.der(), load_balancer.pem());
    assert!(parses(&load_balancer, good.replace('\n', "\r\n")));
    assert!(parses(&load_balancer, good.trim_end()));
    let longer = [der.as_slice(), &[0]].concat();
    for document in [
        String::new(),
        "nothing".to_owned(),
        good.repeat(2),
        good.replace("PUBLIC", "PRIVATE"),
        good.replace("-----END", "----END"),
        format!("x{good}"),
        format!("{good}x"),
        good.replacen('\n', "\n=", 1),
        good.replace('\n', &"\n".repeat(MAX_LENGTH)),
        pem(&longer),
        pem(&der[..der.len() - 1]),
        "<Error><Code>AccessDenied</Code></Error>".to_owned(),
    ] {
        assert!(!parses(&load_balancer, document.as_str()), "{document}");
    }
    assert!(!parses(&load_balancer, der));
    assert!(!parses(&load_balancer, [0xff, 0xfe]));
}
