//! The checks that an ID token belongs to the expected sign-in.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_core::IdClaims;
use cognito_jwt::{IdChecks, Reason};
use serde_json::json;

use crate::policies::{NOW, builder, change, outcome, pool};

#[tokio::test]
async fn the_nonce_of_a_sign_in() {
    let verifier = builder().build().unwrap();
    let wrong = Err((Reason::WrongNonce, Some("nonce")));
    for (nonce, expected, result) in [
        (json!("n-1"), "n-1", Ok(())),
        (json!("n-1"), "n-2", wrong),
        (json!("n-1"), "n-", wrong),
        (json!("n-1"), "n-11", wrong),
        (json!("n-1"), "N-1", wrong),
        (json!("n-1"), "", wrong),
        (json!(""), "", wrong),
        (json!("remove"), "", wrong),
        (json!("remove"), "n-1", wrong),
        (json!(1), "1", Err((Reason::InvalidClaim, Some("nonce")))),
    ] {
        let changes = json!({ "nonce": nonce });
        let token = pool().id_token(|claims| change(claims, &changes));
        let checks = IdChecks::new().nonce(expected);
        let found = outcome(verifier.verify_id_with(&token, checks).await);
        assert_eq!(found, result, "{changes}, {expected}");
        assert_eq!(outcome(verifier.verify_id_with_sync(&token, checks)), found);
    }
    // A custom check does not replace any other check.
    let expired = pool().id_token(|claims| {
        change(claims, &json!({ "nonce": "n", "iat": NOW - 9, "exp": NOW }));
    });
    let found = verifier
        .verify_id_with(&expired, IdChecks::new().nonce("n"))
        .await;
    assert_eq!(found.unwrap_err().reason(), Reason::Expired);
    let access = pool().access_token(|claims| change(claims, &json!({ "nonce": "n" })));
    let found = verifier
        .verify_id_with(&access, IdChecks::new().nonce("n"))
        .await;
    assert_eq!(found.unwrap_err().reason(), Reason::WrongTokenUse);
}

#[tokio::test]
async fn the_access_token_that_came_along() {
    let verifier = builder().build().unwrap();
    let access = pool().access_token(|_| {});
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, access.as_bytes());
    let at_hash = URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]);
    let token = pool().id_token(|claims| change(claims, &json!({ "at_hash": at_hash })));
    let checks = IdChecks::new().access_token(&access);
    assert_eq!(
        outcome(verifier.verify_id_with(&token, checks).await),
        Ok(())
    );
    let wrong = Err((Reason::WrongAccessToken, Some("at_hash")));
    let other = pool().access_token(|claims| change(claims, &json!({ "jti": "other" })));
    let checks = IdChecks::new().access_token(&other);
    assert_eq!(
        outcome(verifier.verify_id_with(&token, checks).await),
        wrong
    );
    let without = pool().id_token(|_| {});
    assert_eq!(
        outcome(verifier.verify_id_with(&without, checks).await),
        wrong
    );
}

#[test]
fn at_hash_is_that_of_the_specification() {
    // The example of OpenID Connect Core, appendix A.3 (nonce and token), whose at_hash is printed
    // in A.4.
    let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
    let reason = |checks: IdChecks<'_>, at_hash: Option<&str>| {
        let mut claims = IdClaims::new("sub", "iss", "aud", 1, 2);
        claims.at_hash = at_hash.map(str::to_owned);
        checks.check(&claims).err().map(|error| error.reason())
    };
    let checks = IdChecks::new().access_token(token);
    let hash = "77QmUPtjPfzWtF2AnpK9RQ";
    assert_eq!(reason(checks, Some(hash)), None);
    for found in [None, Some(""), Some("77QmUPtjPfzWtF2AnpK9RR")] {
        assert_eq!(reason(checks, found), Some(Reason::WrongAccessToken));
    }
    assert_eq!(reason(IdChecks::new(), None), None);
    let both = checks.nonce("n1");
    assert_eq!(reason(both, Some(hash)), Some(Reason::WrongNonce));
    assert!(!format!("{both:?}").contains("jHk"));
}
