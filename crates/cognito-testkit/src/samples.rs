//! Tokens for the benchmarks of this repository: valid tokens, and tokens with common faults.
//!
//! This module is not part of the public API.

use serde_json::{Map, Value, json};

use crate::TestPool;

/// A user pool id with the format and the length of Cognito's user pool ids.
pub const USER_POOL_ID: &str = "us-east-1_Ab3dEf6hI";

/// A client id with the format and the length of Cognito's client ids.
pub const CLIENT_ID: &str = "1h57kf5cpq17m0eml12EXAMPLE";

/// Two user ids (`sub`) with the format of Cognito's user ids.
pub const USERS: [&str; 2] = [
    "24e8a4b8-1071-70f1-6b2c-5f7d3a9e0c41",
    "94b85418-a0c1-70d3-0a1b-8e6f2c7d9b05",
];

/// Returns the pool that issues the tokens of this module, with [`USER_POOL_ID`] and [`CLIENT_ID`].
/// Its keys are constants, so each process has the same pool.
pub fn pool() -> TestPool {
    TestPool::new(USER_POOL_ID, CLIENT_ID)
}

/// Returns a valid access token of a user. The token is about as long as Cognito's tokens.
pub fn token(pool: &TestPool, sub: &str) -> String {
    changed(pool, sub, |_| {})
}

/// Returns an access token of a user. `change` changes the claims before the token is signed.
pub fn changed(pool: &TestPool, sub: &str, change: impl FnOnce(&mut Map<String, Value>)) -> String {
    pool.access_token(|claims| {
        claims.insert("sub".to_owned(), sub.into());
        claims.insert("username".to_owned(), sub.into());
        claims.insert("cognito:groups".to_owned(), json!(["admins", "editors"]));
        claims.insert(
            "scope".to_owned(),
            "aws.cognito.signin.user.admin openid profile".into(),
        );
        change(claims);
    })
}

/// Returns a token that expired an hour ago.
pub fn expired(pool: &TestPool) -> String {
    changed(pool, USERS[0], |claims| {
        for name in ["auth_time", "exp", "iat"] {
            let time = claims.get(name).and_then(Value::as_u64);
            let time = time.unwrap_or_default().saturating_sub(2 * 3600);
            claims.insert(name.to_owned(), time.into());
        }
    })
}

/// Returns a token of another app client.
pub fn of_other_client(pool: &TestPool) -> String {
    changed(pool, USERS[0], |claims| {
        claims.insert("client_id".to_owned(), "5j9k2m7p4q8r1s6t3uEXAMPLE0".into());
    })
}

/// Returns a token that is signed with the pool's key, but has the issuer of another pool.
pub fn of_other_pool() -> String {
    let other = TestPool::new("us-east-1_Zz9yXw8vU", CLIENT_ID);
    token(&other, USERS[0])
}

/// Returns the token with a changed character in the middle of its signature.
pub fn with_wrong_signature(token: &str) -> String {
    // Not the last character, because it has unused bits.
    let start = token.rfind('.').map_or(0, |dot| dot + 1);
    let at = start + (token.len() - start) / 2;
    let (before, rest) = token.split_at(at);
    let other = if rest.starts_with('A') { 'B' } else { 'A' };
    format!("{before}{other}{}", rest.get(1..).unwrap_or_default())
}
