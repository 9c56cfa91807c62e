//! The verifier and the tokens of the benchmark, and the requests with these tokens.

use cognito_jwt::{CognitoVerifier, CognitoVerifierBuilder, StaticJwks};
use cognito_testkit::samples::{self, CLIENT_ID, USER_POOL_ID, USERS};

use crate::Result;

/// Returns a verifier for the user pool that issued the tokens of the benchmark. `change` can
/// change the settings of the verifier.
pub(crate) fn verifier(
    change: impl FnOnce(CognitoVerifierBuilder) -> CognitoVerifierBuilder,
) -> Result<CognitoVerifier> {
    let builder = CognitoVerifier::builder(USER_POOL_ID.parse()?)
        .client_id(CLIENT_ID)
        .jwks_source(StaticJwks::new(samples::pool().jwks_json()));
    Ok(change(builder).build()?)
}

/// Returns a valid access token of the user with the index `user` in [`USERS`].
pub(crate) fn token(user: usize) -> String {
    samples::token(&samples::pool(), USERS[user])
}

/// Returns invalid tokens, one for each common reason for a rejection. The empty string stands for
/// a missing token.
pub(crate) fn bad_tokens() -> Vec<String> {
    let pool = samples::pool();
    vec![
        samples::with_wrong_signature(&token(0)),
        samples::expired(&pool),
        samples::of_other_client(&pool),
        samples::changed(&pool, USERS[0], |claims| {
            claims.insert("token_use".to_owned(), "id".into());
        }),
        samples::token(&pool.clone().rotated(), USERS[0]),
        samples::of_other_pool(),
        pool.id_token(|_| {}),
        "Q".repeat(token(0).len()),
        String::new(),
    ]
}

/// Returns the bytes of a request with this token. If `token` is empty, the request has no token.
pub(crate) fn request(path: &str, token: &str) -> Vec<u8> {
    let authorization = if token.is_empty() {
        String::new()
    } else {
        format!("authorization: Bearer {token}\r\n")
    };
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{authorization}\r\n").into_bytes()
}
