//! A test suite for the contract of `RevocationList`.

use cognito_core::revocation::{TokenIdentity, WhenStale};
use cognito_core::{Revocation, RevocationList};

/// A time in the year 2100, in seconds since 1970. No entry of the suite expires before this time.
const LATER: u64 = 4_102_444_800;

/// The number of entries that the suite adds to the list, to check that the list drops none.
const MANY: usize = 2_000;

/// Checks an empty [`RevocationList`] with a capacity of at least 4,000 entries.
///
/// - No token is rejected before it is revoked.
/// - A revoked token is rejected by its `jti`, and a revoked session by its `origin_jti`. No other
///   token is rejected.
/// - After the revocation of a user, the user's tokens are rejected if they were issued in the
///   second of the revocation or earlier. Later tokens are accepted, and so are tokens of other
///   users. If a user is revoked twice, with two different times, the later time applies. The order
///   of the two calls does not matter.
/// - Tokens without `jti` and `origin_jti` are rejected if their user is revoked.
/// - `check` and `check_with` return the same result as `is_revoked`. The argument of `check_with`
///   has no effect, because it applies only to a stale list. The list must not be stale during the
///   suite.
/// - An acknowledged revocation does not count as one of the `pending_writes`.
/// - A repeated revocation is not an error, and unexpired entries are never evicted.
/// - Every revoked session of a user is rejected, however many there are. If there are many, the
///   list may also reject older sessions of the same user, but no session of another user.
///
/// # Panics
///
/// Panics if a rule is broken.
pub async fn revocation_list(list: &dyn RevocationList) {
    let token = TokenIdentity::new("sub-1", LATER, Some("jti-1"), Some("origin-1"));
    let sibling = TokenIdentity::new("sub-1", LATER, Some("jti-2"), Some("origin-1"));
    let stranger = TokenIdentity::new("sub-2", LATER, Some("jti-3"), Some("origin-2"));

    assert!(list.is_empty(), "the suite needs an empty list");
    assert_eq!(list.len(), 0, "an empty list must have no entries");
    assert!(!list.is_revoked(&token), "an empty list rejects a token");

    revoke(list, jti("jti-1")).await;
    revoke(list, jti("jti-1")).await;
    assert!(list.is_revoked(&token), "a revoked token is accepted");
    assert!(
        !list.is_revoked(&sibling),
        "a token is rejected because another token of its session is revoked"
    );
    for token in [&token, &sibling] {
        assert_eq!(
            list.check(token).ok(),
            Some(list.is_revoked(token)),
            "check and is_revoked return different results, or the list is stale"
        );
        for choice in [WhenStale::FailClosed, WhenStale::FailOpen] {
            assert_eq!(
                list.check_with(token, choice).ok(),
                Some(list.is_revoked(token)),
                "the setting for a stale view changes the result of a fresh view"
            );
        }
    }
    assert_eq!(list.pending_writes(), 0, "an acknowledged entry is pending");
    assert!(list.is_fresh(), "the list is stale");
    assert!(
        !list.is_empty(),
        "is_empty returns true for a list with an entry"
    );

    revoke(list, session("origin-1")).await;
    assert!(
        list.is_revoked(&sibling),
        "a token of a revoked session is accepted"
    );
    assert!(
        !list.is_revoked(&stranger),
        "a token of another session is rejected"
    );
    let mixed_up = TokenIdentity::new("sub-2", LATER, Some("origin-1"), Some("jti-1"));
    assert!(
        !list.is_revoked(&mixed_up),
        "jti and origin_jti are mixed up"
    );

    users(list).await;
    nothing_is_dropped(list).await;
    sessions_of_one_user(list).await;
}

async fn users(list: &dyn RevocationList) {
    let issued = |sub, iat| TokenIdentity::new(sub, iat, None, None);
    revoke(list, user("sub-3", LATER)).await;
    assert!(
        list.is_revoked(&issued("sub-3", LATER)),
        "a token issued in the second of the revocation is accepted"
    );
    assert!(
        list.is_revoked(&issued("sub-3", LATER - 1)),
        "a token issued before the revocation is accepted"
    );
    assert!(
        !list.is_revoked(&issued("sub-3", LATER + 1)),
        "a token issued after the revocation is rejected"
    );
    assert!(
        !list.is_revoked(&issued("sub-4", LATER)),
        "another user's token is rejected"
    );
    revoke(list, user("sub-3", LATER + 10)).await;
    revoke(list, user("sub-3", LATER + 5)).await;
    assert!(
        list.is_revoked(&issued("sub-3", LATER + 10)),
        "an earlier revocation of the user replaced a later one"
    );
    assert!(
        !list.is_revoked(&issued("sub-3", LATER + 11)),
        "a token issued after the last revocation is rejected"
    );
}

async fn nothing_is_dropped(list: &dyn RevocationList) {
    for number in 0..MANY {
        revoke(list, jti(&format!("many-{number}"))).await;
    }
    for number in 0..MANY {
        let id = format!("many-{number}");
        assert!(
            list.is_revoked(&TokenIdentity::new("sub-5", LATER, Some(&id), None)),
            "an unexpired entry was evicted"
        );
    }
    assert!(
        list.len() >= MANY,
        "len is less than the number of unexpired entries"
    );
}

async fn sessions_of_one_user(list: &dyn RevocationList) {
    let token = |id: &str, sub: &str, iat: u64| {
        let token = TokenIdentity::new(sub, iat, None, Some(id));
        list.is_revoked(&token)
    };
    for number in 0..MANY {
        let id = format!("of-one-user-{number}");
        revoke(list, session(&id).of_user("sub-6", LATER)).await;
    }
    for number in 0..MANY {
        let id = format!("of-one-user-{number}");
        assert!(
            token(&id, "sub-6", LATER),
            "a revoked session of a user with many sessions is accepted"
        );
    }
    assert!(
        !token("new", "sub-6", LATER + 1),
        "a sign-in after the revocations is rejected"
    );
    assert!(
        !token("new", "sub-7", LATER),
        "a session of another user is rejected"
    );
}

#[allow(clippy::panic, reason = "a suite of assertions for tests")]
async fn revoke(list: &dyn RevocationList, revocation: Revocation) {
    if let Err(error) = list.revoke(revocation).await {
        panic!("revoke failed: {error}");
    }
}

fn jti(jti: &str) -> Revocation {
    Revocation::token(jti, LATER)
}

fn session(origin_jti: &str) -> Revocation {
    Revocation::session(origin_jti, LATER)
}

fn user(sub: &str, issued_until: u64) -> Revocation {
    Revocation::user(sub, issued_until)
}
