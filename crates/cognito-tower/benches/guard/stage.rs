//! The pool, its tokens, and the requests with them.

use cognito_jwt::{CognitoVerifier, CognitoVerifierBuilder, StaticJwks};
use cognito_testkit::TestPool;
use serde_json::{Map, Value, json};

use crate::Result;

/// Ids with the format and length of real ones.
const POOL: &str = "us-east-1_Ab3dEf6hI";
const CLIENT: &str = "1h57kf5cpq17m0eml12EXAMPLE";
const HOUR: u64 = 3600;

/// Two users, so that a response for the wrong user is detected.
pub(crate) const PEOPLE: [&str; 2] = [
    "24e8a4b8-1071-70f1-6b2c-5f7d3a9e0c41",
    "94b85418-a0c1-70d3-0a1b-8e6f2c7d9b05",
];

/// Returns the pool. Its keys are constants, so each process has the same pool.
pub(crate) fn pool() -> TestPool {
    TestPool::new(POOL, CLIENT)
}

pub(crate) fn verifier(
    change: impl FnOnce(CognitoVerifierBuilder) -> CognitoVerifierBuilder,
) -> Result<CognitoVerifier> {
    let builder = CognitoVerifier::builder(POOL.parse()?)
        .client_id(CLIENT)
        .jwks_source(StaticJwks::new(pool().jwks_json()));
    Ok(change(builder).build()?)
}

/// Returns a good token of one of the two users. Its length is about that of a real token.
pub(crate) fn token(person: usize) -> String {
    pool().access_token(|claims| usual(claims, person))
}

/// Returns a token for each common reason for a rejection.
pub(crate) fn bad_tokens() -> Vec<String> {
    let changed = |change: fn(&mut Map<String, Value>)| {
        pool().access_token(|claims| {
            usual(claims, 0);
            change(claims);
        })
    };
    vec![
        with_bad_signature(&token(0)),
        changed(|claims| {
            for name in ["auth_time", "exp", "iat"] {
                let time = claims.get(name).and_then(Value::as_u64);
                let time = time.unwrap_or_default().saturating_sub(2 * HOUR);
                claims.insert(name.to_owned(), time.into());
            }
        }),
        changed(|claims| {
            claims.insert("client_id".to_owned(), "5j9k2m7p4q8r1s6t3uEXAMPLE0".into());
        }),
        changed(|claims| {
            claims.insert("token_use".to_owned(), "id".into());
        }),
        pool().rotated().access_token(|claims| usual(claims, 0)),
        TestPool::new("us-east-1_Zz9yXw8vU", CLIENT).access_token(|claims| usual(claims, 0)),
        pool().id_token(|_| {}),
        "Q".repeat(token(0).len()),
        String::new(),
    ]
}

/// Returns the bytes of a request with this token. If the token is empty, the request has none.
pub(crate) fn request(path: &str, token: &str) -> Vec<u8> {
    let authorization = if token.is_empty() {
        String::new()
    } else {
        format!("authorization: Bearer {token}\r\n")
    };
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{authorization}\r\n").into_bytes()
}

/// Adds the claims of Cognito's access tokens that the test pool does not write.
fn usual(claims: &mut Map<String, Value>, person: usize) {
    let sub = PEOPLE.get(person).copied().unwrap_or_default();
    claims.insert("sub".to_owned(), sub.into());
    claims.insert("username".to_owned(), sub.into());
    claims.insert("cognito:groups".to_owned(), json!(["admins", "editors"]));
    claims.insert(
        "scope".to_owned(),
        "aws.cognito.signin.user.admin openid profile".into(),
    );
}

/// Changes a character in the middle of the signature. The last character has unused bits.
fn with_bad_signature(token: &str) -> String {
    let start = token.rfind('.').map_or(0, |dot| dot + 1);
    let at = start + (token.len() - start) / 2;
    let (before, rest) = token.split_at(at);
    let other = if rest.starts_with('A') { 'B' } else { 'A' };
    format!("{before}{other}{}", rest.get(1..).unwrap_or_default())
}
