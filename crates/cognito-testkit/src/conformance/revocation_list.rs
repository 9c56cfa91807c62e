//! The promises of `RevocationList`.

use cognito_core::{Revocation, RevocationList, TokenIdentity, WhenStale};

/// 2100-01-01T00:00:00Z: later than any clock that the list may run on, so that no entry of the
/// suite has expired.
const LATER: u64 = 4_102_444_800;

/// How many entries the suite adds, to see that none is dropped.
const MANY: usize = 2_000;

/// Checks an empty [`RevocationList`].
///
/// - Nothing is refused before it is revoked.
/// - A revoked token is refused by its `jti`, a revoked session by its `origin_jti`, and no other.
/// - A user's tokens are refused up to and including the second of the revocation and not after
///   it; another user's are not; a later revocation extends an earlier one and an earlier one does
///   not take back a later one.
/// - Tokens without `jti` and `origin_jti` are still refused by their user.
/// - `check` says what `is_revoked` says, whatever was chosen for a stale view (`check_with`): the
///   suite's list must be fresh.
/// - What `revoke` has acknowledged is not among the `unwritten`.
/// - Revoking twice is no error, and live entries are not dropped to make room.
///
/// # Panics
///
/// If a promise is not kept.
pub async fn revocation_list(list: &dyn RevocationList) {
    let token = TokenIdentity::new("sub-1", LATER, Some("jti-1"), Some("origin-1"));
    let sibling = TokenIdentity::new("sub-1", LATER, Some("jti-2"), Some("origin-1"));
    let stranger = TokenIdentity::new("sub-2", LATER, Some("jti-3"), Some("origin-2"));

    assert!(list.is_empty(), "the suite needs an empty list");
    assert_eq!(list.len(), 0, "an empty list must have no entries");
    assert!(!list.is_revoked(&token), "an empty list refuses a token");

    revoke(list, jti("jti-1")).await;
    revoke(list, jti("jti-1")).await;
    assert!(list.is_revoked(&token), "a revoked token is not refused");
    assert!(
        !list.is_revoked(&sibling),
        "a token is refused because another of its session was"
    );
    for token in [&token, &sibling] {
        assert_eq!(
            list.check(token).ok(),
            Some(list.is_revoked(token)),
            "check and is_revoked disagree, or the list is stale"
        );
        for choice in [WhenStale::FailClosed, WhenStale::FailOpen] {
            assert_eq!(
                list.check_with(token, choice).ok(),
                Some(list.is_revoked(token)),
                "a choice for a stale view changes the verdict of a fresh one"
            );
        }
    }
    assert_eq!(list.unwritten(), 0, "what was acknowledged is unwritten");
    assert!(list.is_fresh(), "the list says that it is stale");
    assert!(!list.is_empty(), "a list with an entry says it is empty");

    revoke(list, session("origin-1")).await;
    assert!(
        list.is_revoked(&sibling),
        "a token of a revoked session is not refused"
    );
    assert!(
        !list.is_revoked(&stranger),
        "a token of another session is refused"
    );
    let mixed_up = TokenIdentity::new("sub-2", LATER, Some("origin-1"), Some("jti-1"));
    assert!(
        !list.is_revoked(&mixed_up),
        "jti and origin_jti are mixed up"
    );

    users(list).await;
    nothing_is_dropped(list).await;
}

async fn users(list: &dyn RevocationList) {
    let issued = |sub, iat| TokenIdentity::new(sub, iat, None, None);
    revoke(list, user("sub-3", LATER)).await;
    assert!(
        list.is_revoked(&issued("sub-3", LATER)),
        "a token issued in the very second of the revocation is not refused"
    );
    assert!(
        list.is_revoked(&issued("sub-3", LATER - 1)),
        "a token issued before the revocation is not refused"
    );
    assert!(
        !list.is_revoked(&issued("sub-3", LATER + 1)),
        "a token issued after the revocation is refused"
    );
    assert!(
        !list.is_revoked(&issued("sub-4", LATER)),
        "another user's token is refused"
    );
    revoke(list, user("sub-3", LATER + 10)).await;
    revoke(list, user("sub-3", LATER + 5)).await;
    assert!(
        list.is_revoked(&issued("sub-3", LATER + 10)),
        "an earlier revocation of the user took back a later one"
    );
    assert!(
        !list.is_revoked(&issued("sub-3", LATER + 11)),
        "a token issued after the last revocation is refused"
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
            "a live entry was dropped to make room"
        );
    }
    assert!(list.len() >= MANY, "len counts fewer entries than are live");
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
