//! Extractors for claims.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use axum::routing::get;
use cognito_axum::{
    AccessClaims, IdClaims, RequireGroup, RequireScope, RequireSignIn, RequiredGroup,
    RequiredScope, RequiredSignIn, TokenGuard, TokenRejection,
};
use cognito_core::{Error, ErrorKind, Result, TokenVerifier};
use cognito_tower::{ProblemDetails, RejectionKind, RequireToken};
use http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::fixture::Fixture;

struct Admins;

impl RequiredGroup for Admins {
    const GROUP: &'static str = "admins";
}

struct ReadOrders;

impl RequiredScope for ReadOrders {
    const SCOPE: &'static str = "orders/read";
}

struct ForPayments;

impl RequiredSignIn for ForPayments {
    const ANY_ACR: &'static [&'static str] = &["urn:cognito:loa:3", "urn:cognito:loa:4"];
    const MAX_AGE: Option<Duration> = Some(Duration::from_secs(600));
}

fn app(guard: TokenGuard) -> Router {
    Router::new()
        .route(
            "/access",
            get(async |claims: AccessClaims| claims.sub.clone()),
        )
        .route("/id", get(async |claims: IdClaims| claims.sub.clone()))
        .route(
            "/optional",
            get(async |claims: Option<AccessClaims>| {
                claims.map_or_else(|| "nobody".to_owned(), |claims| claims.sub.clone())
            }),
        )
        .route(
            "/optional-id",
            get(async |claims: Option<IdClaims>| {
                claims.map_or_else(|| "nobody".to_owned(), |claims| claims.sub.clone())
            }),
        )
        .route(
            "/admin",
            get(async |admin: RequireGroup<Admins>| admin.sub.clone()),
        )
        .route(
            "/orders",
            get(async |claims: RequireScope<ReadOrders>| claims.into_claims().sub.clone()),
        )
        .route(
            "/pay",
            get(async |claims: RequireSignIn<ForPayments>| claims.sub.clone()),
        )
        .route(
            "/both",
            get(async |_: AccessClaims, _: RequireGroup<Admins>, _: Option<AccessClaims>| "both"),
        )
        .route(
            "/own",
            get(
                async |claims: std::result::Result<AccessClaims, TokenRejection>| {
                    format!("{:?}", claims.unwrap_err().rejection().kind())
                },
            ),
        )
        .with_state(guard)
}

async fn ask(app: &Router, path: &str, token: Option<&str>) -> Response {
    let mut request = Request::get(path);
    if let Some(token) = token {
        request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    }
    let request = request.body(Body::empty()).unwrap();
    app.clone().oneshot(request).await.unwrap()
}

async fn text(response: Response) -> String {
    let body = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

#[tokio::test]
async fn a_good_token_gives_its_claims() {
    let fixture = Fixture::new();
    let access = fixture.access_token();
    let id = fixture.pool.id_token(|_| {});
    let app = app(TokenGuard::new(fixture.verifier));
    let sub = text(ask(&app, "/access", Some(&access)).await).await;
    assert_eq!(sub.len(), 36, "{sub}");
    assert_eq!(text(ask(&app, "/optional", Some(&access)).await).await, sub);
    assert_eq!(text(ask(&app, "/id", Some(&id)).await).await, sub);
    assert_eq!(text(ask(&app, "/optional-id", Some(&id)).await).await, sub);
    // An access token is not accepted as an ID token, and an ID token not as an access token.
    for (path, token) in [("/access", &id), ("/id", &access), ("/admin", &id)] {
        let response = ask(&app, path, Some(token)).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{path}");
    }
}

#[tokio::test]
async fn missing_token_is_rejected_or_optional() {
    let fixture = Fixture::new();
    let guard = TokenGuard::new(fixture.verifier.clone())
        .realm("shop")
        .clock(fixture.clock.clone());
    let app = app(guard);
    for path in ["/access", "/id", "/admin", "/orders"] {
        let response = ask(&app, path, None).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(
            response.headers()[WWW_AUTHENTICATE],
            "Bearer realm=\"shop\""
        );
    }
    assert_eq!(text(ask(&app, "/optional", None).await).await, "nobody");
    assert_eq!(text(ask(&app, "/optional-id", None).await).await, "nobody");
    assert_eq!(text(ask(&app, "/own", None).await).await, "MissingToken");
    let body: Value = serde_json::from_str(&text(ask(&app, "/access", None).await).await).unwrap();
    assert_eq!(
        body,
        json!({
            "statusCode": 401,
            "message": "Please sign in",
            "error": "Unauthorized",
            "timestamp": "2027-01-15T08:00:00.000Z",
        })
    );
}

#[tokio::test]
async fn invalid_token_is_rejected_if_optional() {
    let fixture = Fixture::new();
    let token = fixture.access_token();
    fixture.clock.advance(Duration::from_secs(3601));
    let app = app(TokenGuard::new(fixture.verifier));
    for token in [token.as_str(), "aaa.bbb.ccc", ""] {
        for path in ["/access", "/optional"] {
            let response = ask(&app, path, Some(token)).await;
            assert_eq!(
                response.status(),
                StatusCode::UNAUTHORIZED,
                "{path} {token}"
            );
        }
    }
}

#[tokio::test]
async fn group_and_scope_extractors_are_checked() {
    let fixture = Fixture::new();
    let admin = fixture.access_token_with(|claims| {
        claims.insert("cognito:groups".to_owned(), json!(["staff", "admins"]));
        claims.insert("scope".to_owned(), json!("openid orders/read"));
    });
    let other = fixture.access_token_with(|claims| {
        claims.insert("cognito:groups".to_owned(), json!(["admin"]));
        claims.insert("scope".to_owned(), json!("orders/reads"));
    });
    let app = app(TokenGuard::new(fixture.verifier));
    for path in ["/admin", "/orders"] {
        assert_eq!(ask(&app, path, Some(&admin)).await.status(), StatusCode::OK);
        let refused = ask(&app, path, Some(&other)).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{path}");
    }
    let refused = ask(&app, "/orders", Some(&other)).await;
    let challenge = refused.headers()[WWW_AUTHENTICATE].to_str().unwrap();
    assert!(
        challenge.contains("error=\"insufficient_scope\""),
        "{challenge}"
    );
    assert!(challenge.contains("scope=\"orders/read\""), "{challenge}");
}

#[tokio::test]
async fn sign_in_extractor_requires_level_and_age() {
    let fixture = Fixture::new();
    let token = |acr: &str, age: u64| {
        fixture.access_token_with(|claims| {
            claims.insert("acr".to_owned(), json!(acr));
            claims.insert("auth_time".to_owned(), json!(1_800_000_000 - age));
        })
    };
    let guard = TokenGuard::new(fixture.verifier.clone()).clock(fixture.clock.clone());
    let app = app(guard);
    for (acr, age, is_accepted) in [
        ("urn:cognito:loa:3", 0, true),
        ("urn:cognito:loa:4", 300, true),
        ("urn:cognito:loa:2", 0, false),
        ("urn:cognito:loa:4", 1_000, false),
    ] {
        let response = ask(&app, "/pay", Some(&token(acr, age))).await;
        assert_eq!(
            response.status() == StatusCode::OK,
            is_accepted,
            "{acr} {age}"
        );
        if !is_accepted {
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
            let challenge = response.headers()[WWW_AUTHENTICATE].to_str().unwrap();
            let expected = "error=\"insufficient_user_authentication\", \
                            error_description=\"Please confirm your identity again\", \
                            acr_values=\"urn:cognito:loa:3 urn:cognito:loa:4\", max_age=\"600\"";
            assert!(challenge.ends_with(expected), "{challenge}");
        }
    }
    let plain = fixture.access_token();
    let response = ask(&app, "/pay", Some(&plain)).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn guard_requirements_apply_to_every_extractor() {
    let fixture = Fixture::new();
    let token = fixture.access_token();
    let id = fixture.pool.id_token(|_| {});
    let guard = TokenGuard::of(
        cognito_tower::Guard::access(fixture.verifier.clone()).group("staff"),
        cognito_tower::Guard::id(fixture.verifier.clone()),
    );
    let app = app(guard).layer(RequireToken::access(fixture.verifier));
    for path in ["/access", "/optional", "/admin"] {
        let refused = ask(&app, path, Some(&token)).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{path}");
    }
    // The layer wants an access token.
    let refused = ask(&app, "/id", Some(&id)).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn rejections_use_the_configured_response() {
    let fixture = Fixture::new();
    let guard = TokenGuard::new(fixture.verifier).rejection_response(ProblemDetails::default());
    let response = ask(&app(guard), "/access", None).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
}

/// A verifier that counts its calls, and can be made unavailable.
#[derive(Clone, Debug)]
struct Counting<V> {
    inner: V,
    asked: Arc<AtomicUsize>,
    broken: bool,
}

#[async_trait::async_trait]
impl<V: TokenVerifier> TokenVerifier for Counting<V> {
    async fn verify_access(&self, token: &str) -> Result<Arc<cognito_core::AccessClaims>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if self.broken {
            return Err(Error::new(ErrorKind::KeysUnavailable));
        }
        self.inner.verify_access(token).await
    }

    async fn verify_id(&self, token: &str) -> Result<Arc<cognito_core::IdClaims>> {
        self.inner.verify_id(token).await
    }
}

#[tokio::test]
async fn token_is_verified_once_per_request() {
    let fixture = Fixture::new();
    let token = fixture.access_token_with(|claims| {
        claims.insert("cognito:groups".to_owned(), json!(["admins"]));
    });
    let verifier = Counting {
        inner: fixture.verifier,
        asked: Arc::default(),
        broken: false,
    };
    let access = cognito_tower::Guard::access(verifier.clone());
    let id = cognito_tower::Guard::id(verifier.clone());
    let bare = app(TokenGuard::of(access.clone(), id));
    assert_eq!(
        ask(&bare, "/both", Some(&token)).await.status(),
        StatusCode::OK
    );
    assert_eq!(verifier.asked.swap(0, Ordering::Relaxed), 1);
    let layered = bare.layer(RequireToken::new(access));
    assert_eq!(
        ask(&layered, "/both", Some(&token)).await.status(),
        StatusCode::OK
    );
    assert_eq!(verifier.asked.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn undecided_token_keeps_session() {
    let fixture = Fixture::new();
    let token = fixture.access_token();
    let verifier = Counting {
        inner: fixture.verifier,
        asked: Arc::default(),
        broken: true,
    };
    let app = app(TokenGuard::new(verifier));
    for path in ["/access", "/optional", "/admin"] {
        let response = ask(&app, path, Some(&token)).await;
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert!(response.headers().contains_key(RETRY_AFTER));
    }
    let own = text(ask(&app, "/own", Some(&token)).await).await;
    assert_eq!(own, format!("{:?}", RejectionKind::Unavailable));
}
