//! Tokens that another guard has accepted are verified again.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::get;
use cognito_axum::{AccessClaims, IdClaims, RequireGroup, RequiredGroup, TokenGuard};
use cognito_tower::{Guard, RequireToken, TokenSource};
use http::StatusCode;
use http::header::{AUTHORIZATION, COOKIE};
use serde_json::{Map, Value, json};
use tower::ServiceExt;

use crate::fixture::Fixture;

struct Admins;

impl RequiredGroup for Admins {
    const GROUP: &'static str = "admins";
}

fn app(guard: TokenGuard) -> Router {
    Router::new()
        .route("/", get(async |claims: AccessClaims| claims.sub.clone()))
        .route("/admin", get(async |_: RequireGroup<Admins>| "in"))
        .route("/anybody", get(async |_: Option<AccessClaims>| "in"))
        .with_state(guard)
}

async fn status(app: &Router, request: http::request::Builder) -> StatusCode {
    let request = request.body(Body::empty()).unwrap();
    app.clone().oneshot(request).await.unwrap().status()
}

#[tokio::test]
async fn extractor_rejects_other_verifiers_layer() {
    let (ours, theirs) = (Fixture::new(), Fixture::of_another_client());
    let admin = |claims: &mut Map<_, _>| {
        let groups = json!(["admins"]);
        drop(claims.insert("cognito:groups".to_owned(), groups));
    };
    let token = theirs.access_token_with(admin);
    let layer = RequireToken::access(theirs.verifier.clone());
    let app = app(TokenGuard::new(ours.verifier)).layer(layer);
    for path in ["/", "/admin", "/anybody"] {
        let request = Request::get(path).header(AUTHORIZATION, format!("Bearer {token}"));
        assert_eq!(
            status(&app, request).await,
            StatusCode::UNAUTHORIZED,
            "{path}"
        );
    }
}

#[tokio::test]
async fn token_of_other_source_is_not_used() {
    let fixture = Fixture::new();
    let verifier = Arc::new(fixture.verifier.clone());
    let access = Guard::access(verifier.clone());
    let of_cookie = access.clone().token_from(TokenSource::cookie("access"));
    let app = app(TokenGuard::of(of_cookie, Guard::id(verifier))).layer(RequireToken::new(access));
    let bearer = format!("Bearer {}", fixture.access_token());
    let request = Request::get("/").header(AUTHORIZATION, &bearer);
    assert_eq!(status(&app, request).await, StatusCode::UNAUTHORIZED);
    let forged = Request::get("/").header(AUTHORIZATION, &bearer);
    let forged = forged.header(COOKIE, "access=aaa.bbb.ccc");
    assert_eq!(status(&app, forged).await, StatusCode::UNAUTHORIZED);
    let both = Request::get("/").header(AUTHORIZATION, &bearer);
    let both = both.header(COOKIE, format!("access={}", fixture.access_token()));
    assert_eq!(status(&app, both).await, StatusCode::OK);
}

#[tokio::test]
async fn foreign_claims_in_extensions_are_ignored() {
    let fixture = Fixture::new();
    let judge = Guard::access(fixture.verifier.clone());
    let mut headers = http::HeaderMap::new();
    let bearer = format!("Bearer {}", fixture.access_token());
    headers.insert(AUTHORIZATION, bearer.parse().unwrap());
    let claims = judge.authenticate(&headers).await.unwrap();
    let app = app(TokenGuard::new(fixture.verifier));
    let request = Request::get("/").extension(claims);
    assert_eq!(status(&app, request).await, StatusCode::UNAUTHORIZED);
}

/// Reads the access token from the header and the ID token from a cookie.
fn two_tokens(verifier: cognito_jwt::CognitoVerifier) -> (Guard, Guard<cognito_core::IdClaims>) {
    let verifier = Arc::new(verifier);
    let id = Guard::id(verifier.clone()).token_from(TokenSource::cookie("id"));
    (Guard::access(verifier), id)
}

/// An attacker has the ID token of another user, for example from a log, and an own access token.
#[tokio::test]
async fn tokens_of_two_users_are_rejected() {
    let fixture = Fixture::new();
    let (access, id) = two_tokens(fixture.verifier.clone());
    let handlers = Router::new()
        .route("/access", get(async |_: AccessClaims, _: IdClaims| "in"))
        .route("/id", get(async |_: IdClaims, _: AccessClaims| "in"))
        .route(
            "/option",
            get(async |_: AccessClaims, _: Option<IdClaims>| "in"),
        )
        .route(
            "/group",
            get(async |_: IdClaims, _: RequireGroup<Admins>| "in"),
        )
        .with_state(TokenGuard::of(access.clone(), id.clone()));
    let layers = Router::new()
        .route("/layers", get(async || "in"))
        .layer(RequireToken::new(access.clone()))
        .layer(RequireToken::new(id.clone()));
    let layer = Router::new()
        .route("/layer", get(async |_: IdClaims| "in"))
        .with_state(TokenGuard::of(access.clone(), id))
        .layer(RequireToken::new(access));
    let app = handlers.merge(layers).merge(layer);
    let other = |claims: &mut Map<String, Value>| drop(claims.insert("sub".into(), "other".into()));
    let admin = |claims: &mut Map<String, Value>| {
        drop(claims.insert("cognito:groups".into(), json!(["admins"])));
    };
    let machine = |claims: &mut Map<String, Value>| {
        claims.insert("sub".into(), claims["client_id"].clone());
        claims.remove("username");
        admin(claims);
    };
    let (user, machine) = (
        fixture.access_token_with(admin),
        fixture.access_token_with(machine),
    );
    for path in ["/access", "/id", "/option", "/group", "/layers", "/layer"] {
        for (access, id, expected) in [
            (&user, fixture.pool.id_token(|_| {}), StatusCode::OK),
            (
                &user,
                fixture.pool.id_token(other),
                StatusCode::UNAUTHORIZED,
            ),
            // A service acts for the user.
            (&machine, fixture.pool.id_token(other), StatusCode::OK),
        ] {
            let request = Request::get(path).header(AUTHORIZATION, format!("Bearer {access}"));
            let request = request.header(COOKIE, format!("id={id}"));
            assert_eq!(status(&app, request).await, expected, "{path}");
        }
    }
}
