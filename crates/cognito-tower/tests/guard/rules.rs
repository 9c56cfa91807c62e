//! Groups, scopes and predicates, for valid tokens.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cognito_core::AccessClaims;
use cognito_tower::{Guard, RejectionKind, TokenClaims};
use serde_json::json;

use crate::fixture::{Fixture, bearer};

async fn authenticated<C: TokenClaims>(guard: &Guard<C>, token: &str) -> Result<(), RejectionKind> {
    let outcome = guard.authenticate(&bearer(token)).await;
    outcome.map(drop).map_err(|rejection| rejection.kind())
}

const NOT_IN_GROUP: Result<(), RejectionKind> = Err(RejectionKind::NotInGroup);
const LACKS_SCOPE: Result<(), RejectionKind> = Err(RejectionKind::InsufficientScope);

#[tokio::test]
async fn requires_any_or_all_groups() {
    let fixture = Fixture::new();
    let guard = || Guard::access(fixture.verifier());
    let of = |groups: &[&str]| fixture.access_token_with("cognito:groups", json!(groups));
    let (none, admin, both) = (
        fixture.access_token(),
        of(&["admins"]),
        of(&["admins", "staff"]),
    );

    let one = guard().group("admins");
    assert_eq!(authenticated(&one, &admin).await, Ok(()));
    assert_eq!(authenticated(&one, &both).await, Ok(()));
    assert_eq!(authenticated(&one, &none).await, NOT_IN_GROUP);
    assert_eq!(
        authenticated(&one, &of(&["Admins", "admin", "admins2"])).await,
        NOT_IN_GROUP
    );

    let any = guard().any_group(["staff", "admins"]);
    assert_eq!(authenticated(&any, &admin).await, Ok(()));
    assert_eq!(authenticated(&any, &none).await, NOT_IN_GROUP);
    assert_eq!(authenticated(&any, &of(&["others"])).await, NOT_IN_GROUP);

    for all in [
        guard().all_groups(["staff", "admins"]),
        guard().group("staff").group("admins"),
    ] {
        assert_eq!(authenticated(&all, &both).await, Ok(()));
        assert_eq!(authenticated(&all, &admin).await, NOT_IN_GROUP);
        assert_eq!(authenticated(&all, &none).await, NOT_IN_GROUP);
    }
}

#[tokio::test]
async fn requires_any_or_all_scopes() {
    let fixture = Fixture::new();
    let guard = || Guard::access(fixture.verifier());
    let of = |scope: &str| fixture.access_token_with("scope", json!(scope));
    let (read, both) = (of("orders/read"), of("orders/read orders/write"));

    let one = guard().scope("orders/read");
    assert_eq!(authenticated(&one, &read).await, Ok(()));
    assert_eq!(
        authenticated(&one, &of("orders/readonly")).await,
        LACKS_SCOPE
    );
    assert_eq!(
        authenticated(&one, &fixture.access_token()).await,
        LACKS_SCOPE
    );

    let any = guard().any_scope(["orders/write", "orders/read"]);
    assert_eq!(authenticated(&any, &read).await, Ok(()));
    assert_eq!(authenticated(&any, &of("openid")).await, LACKS_SCOPE);

    for all in [
        guard().all_scopes(["orders/read", "orders/write"]),
        guard().scope("orders/read").scope("orders/write"),
    ] {
        assert_eq!(authenticated(&all, &both).await, Ok(()));
        assert_eq!(authenticated(&all, &read).await, LACKS_SCOPE);
    }
}

#[tokio::test]
async fn empty_requirement_rejects_all() {
    let fixture = Fixture::new();
    let token = fixture.access_token_with("cognito:groups", json!(["admins", ""]));
    let guard = || Guard::access(fixture.verifier());
    let none: [String; 0] = [];
    for (guard, expected) in [
        (guard().any_group(none.clone()), NOT_IN_GROUP),
        (guard().all_groups(none.clone()), NOT_IN_GROUP),
        (guard().any_scope(none.clone()), LACKS_SCOPE),
        (guard().all_scopes(none.clone()), LACKS_SCOPE),
        (guard().scope(""), LACKS_SCOPE),
        (guard().group(""), NOT_IN_GROUP),
    ] {
        assert_eq!(authenticated(&guard, &token).await, expected, "{guard:?}");
    }
}

#[tokio::test]
async fn id_token_groups_are_checked() {
    let fixture = Fixture::new();
    let guard = Guard::id(fixture.verifier()).group("admins");
    let token = fixture.id_token_with("cognito:groups", json!(["admins"]));
    assert_eq!(authenticated(&guard, &token).await, Ok(()));
    let token = fixture.pool.id_token(|_| {});
    assert_eq!(authenticated(&guard, &token).await, NOT_IN_GROUP);
}

#[tokio::test]
async fn predicate_runs_last() {
    let fixture = Fixture::new();
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let is_alice = move |claims: &AccessClaims| {
        counter.fetch_add(1, Ordering::SeqCst);
        claims.username.as_deref() == Some("alice")
    };
    let guard = Guard::access(fixture.verifier())
        .group("admins")
        .predicate(is_alice);
    let token = |name: &str, groups: &[&str]| {
        fixture.pool.access_token(|claims| {
            claims.insert("username".to_owned(), name.into());
            claims.insert("cognito:groups".to_owned(), json!(groups));
        })
    };
    assert_eq!(
        authenticated(&guard, &token("alice", &[])).await,
        NOT_IN_GROUP
    );
    assert_eq!(
        authenticated(&guard, "no.token.").await,
        Err(RejectionKind::InvalidToken)
    );
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    assert_eq!(
        authenticated(&guard, &token("alice", &["admins"])).await,
        Ok(())
    );
    let rejected = authenticated(&guard, &token("bob", &["admins"])).await;
    assert_eq!(rejected, Err(RejectionKind::Denied));
    assert_eq!(asked.load(Ordering::SeqCst), 2);

    let nobody = guard.predicate(|_| false);
    let rejected = authenticated(&nobody, &token("alice", &["admins"])).await;
    assert_eq!(rejected, Err(RejectionKind::Denied));
}

#[tokio::test]
async fn verified_claims_skip_to_requirement_checks() {
    let fixture = Fixture::new();
    let guard = Guard::access(fixture.verifier());
    let claims = guard
        .authenticate(&bearer(&fixture.access_token()))
        .await
        .unwrap();
    assert!(guard.authorize(&claims).is_ok());
    let stricter = guard.clone().scope("orders/read");
    let rejection = stricter.authorize(&claims).unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::InsufficientScope);
    // Requirements that are added to a clone do not affect the original.
    assert!(guard.authorize(&claims).is_ok());
}

#[tokio::test]
async fn optional_token_may_be_absent_but_not_invalid() {
    let fixture = Fixture::new();
    let guard = Guard::access(fixture.verifier());
    let optional = async |headers| guard.authenticate_optional(&headers).await;
    let claims = optional(bearer(&fixture.access_token())).await.unwrap();
    assert_eq!(claims.unwrap().username.as_deref(), Some("alice"));
    assert!(optional(http::HeaderMap::new()).await.unwrap().is_none());
    let rejection = optional(bearer("no.token.")).await.unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::InvalidToken);
}
