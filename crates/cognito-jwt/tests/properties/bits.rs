//! Tokens with one changed bit, for each bit of the token.

use cognito_jwt::{CognitoVerifier, Reason};

use super::{builder, pool, ready};

/// Returns every string that differs from the token in one bit. Changes that are not UTF-8 are
/// skipped, because they cannot be passed to the verifier.
fn changed_by_one_bit(token: &str) -> impl Iterator<Item = String> {
    (0..token.len() * 8).filter_map(|bit| {
        let mut changed = token.as_bytes().to_vec();
        changed[bit / 8] ^= 1 << (bit % 8);
        String::from_utf8(changed).ok()
    })
}

fn assert_that_no_bit_may_change(token: &str, verify: impl Fn(&str) -> Result<(), Reason>) {
    assert_eq!(verify(token), Ok(()));
    let mut rejected = 0;
    for changed in changed_by_one_bit(token) {
        let reason = verify(&changed).expect_err("one bit was changed");
        assert_ne!(reason, Reason::KeysUnavailable);
        rejected += 1;
    }
    // If the highest bit of an ASCII byte is set, the string is not UTF-8.
    assert_eq!(rejected, token.len() * 7);
    assert_eq!(verify(token), Ok(()), "the token itself is still good");
}

fn access(verifier: &CognitoVerifier, token: &str) -> Result<(), Reason> {
    let outcome = verifier.verify_access_sync(token);
    outcome.map(drop).map_err(|error| error.reason())
}

fn id(verifier: &CognitoVerifier, token: &str) -> Result<(), Reason> {
    let outcome = verifier.verify_id_sync(token);
    outcome.map(drop).map_err(|error| error.reason())
}

#[test]
fn no_bit_of_an_access_token_may_change() {
    for builder in [builder(), builder().token_cache(100)] {
        let verifier = ready(builder);
        let token = pool().access_token(|_| {});
        assert_that_no_bit_may_change(&token, |token| access(&verifier, token));
    }
}

#[test]
fn no_bit_of_an_id_token_may_change() {
    for builder in [builder(), builder().token_cache(100)] {
        let verifier = ready(builder);
        let token = pool().id_token(|_| {});
        assert_that_no_bit_may_change(&token, |token| id(&verifier, token));
    }
}
