//! The URLs of a pool, and the rules for acceptable URLs.

use cognito_jwt::{CognitoVerifier, CognitoVerifierBuilder, StaticJwks};

fn builder(pool: &str) -> CognitoVerifierBuilder {
    CognitoVerifier::builder(pool.parse().unwrap())
        .client_id("client1")
        .jwks_source(StaticJwks::new("{}"))
}

#[test]
fn issuers_and_key_urls_follow_from_pool_id() {
    for (pool, host) in [
        ("us-east-1_AbCdEfGhI", "cognito-idp.us-east-1.amazonaws.com"),
        (
            "us-gov-west-1_AbC",
            "cognito-idp.us-gov-west-1.amazonaws.com",
        ),
        (
            "eusc-de-east-1_AbC",
            "cognito-idp.eusc-de-east-1.amazonaws.eu",
        ),
        (
            "us-isob-east-1_AbC",
            "cognito-idp.us-isob-east-1.sc2s.sgov.gov",
        ),
    ] {
        let verifier = builder(pool).build().unwrap();
        let expected = [
            format!("https://{host}/{pool}"),
            format!("https://issuer-{host}/{pool}"),
        ];
        assert_eq!(verifier.issuers().collect::<Vec<_>>(), expected);
        let uris = verifier.keys_status().into_iter().map(|keys| keys.jwks_uri);
        let expected = expected.map(|iss| format!("{iss}/.well-known/jwks.json"));
        assert_eq!(uris.collect::<Vec<_>>(), expected);
    }
    assert!(builder("local_AbC").build().is_err());
}

#[test]
fn replica_issuer_has_its_own_region() {
    let replicated = builder("us-east-1_AbC").replica("us-west-2");
    // The pool's own region is no further issuer.
    let verifier = replicated.replica("us-east-1").build().unwrap();
    assert_eq!(
        verifier.issuers().collect::<Vec<_>>(),
        [
            "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbC",
            "https://cognito-idp.us-west-2.amazonaws.com/us-east-1_AbC",
            "https://issuer-cognito-idp.us-east-1.amazonaws.com/us-east-1_AbC",
        ]
    );
}

#[test]
fn plain_http_is_for_loopback_only() {
    let accepts = |url: &str| {
        let issuer = builder("us-east-1_AbC").issuer(url).build();
        let keys = builder("us-east-1_AbC").jwks_uri(url).build();
        assert_eq!(issuer.is_ok(), keys.is_ok(), "{url}");
        keys.is_ok()
    };
    for url in [
        "https://a.example",
        "https://a.example:8443/pool",
        "http://127.0.0.1:1234/pool",
        "http://127.9.9.9",
        "http://localhost:9229/local_abc",
        "http://[::1]:80/",
        "https://[2001:db8::]:8443/pool",
    ] {
        assert!(accepts(url), "{url}");
    }
    for url in [
        "",
        "a.example",
        "ftp://a.example",
        "HTTPS://a.example",
        "https://",
        "https:///pool",
        "https://a.example:port/",
        "https://a.example:99999/",
        "https://user@a.example/",
        "https://a.example/?q",
        "https://a.example/#f",
        "https://a.example/ b",
        "https://a.example\n",
        "https://:443/",
        "http://a.example",
        "http://127.0.0.1.a.example/",
        "http://127.0.0.1@a.example/",
        "http://localhost.a.example/",
        "http://10.0.0.1/",
        "http://0.0.0.0/",
        "http://[::2]/",
        "http://169.254.169.254/",
    ] {
        assert!(!accepts(url), "{url}");
    }
}
