//! The layer: which requests it accepts, what the inner service sees, and when it is ready.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use cognito_core::{AccessClaims, Clock, IdClaims, TokenVerifier};
use cognito_tower::{Guard, ProblemDetails, Rejection, RequireToken, TokenSource};
use http::{Request, Response};
use serde_json::json;
use tokio::sync::Notify;
use tower::{Layer, Service, ServiceExt, service_fn};

use crate::fixture::{Believer, Fixture, bare, bearing};

/// Responds with the user of the token, and counts. Each clone must be made ready before a call,
/// and is ready at the second poll.
#[derive(Debug, Default)]
struct Who {
    calls: Arc<AtomicUsize>,
    asked: usize,
}

impl Clone for Who {
    fn clone(&self) -> Self {
        Self {
            calls: Arc::clone(&self.calls),
            asked: 0,
        }
    }
}

impl Service<Request<()>> for Who {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Response<String>, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.asked += 1;
        if self.asked < 2 {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        assert!(self.asked >= 2, "called before it was ready");
        self.asked = 0;
        self.calls.fetch_add(1, Ordering::SeqCst);
        let access = request.extensions().get::<Arc<AccessClaims>>();
        let id = request.extensions().get::<Arc<IdClaims>>();
        let who = match (access, id) {
            (Some(access), None) => format!("access {}", access.username.as_deref().unwrap()),
            (None, Some(id)) => format!("id {}", id.email.as_deref().unwrap()),
            _ => "either, and not both".to_owned(),
        };
        ready(Ok(Response::new(who)))
    }
}

#[tokio::test]
async fn valid_token_passes_with_claims_in_extensions() {
    let fixture = Fixture::new();
    let guarded = RequireToken::access(fixture.verifier()).layer(Who::default());
    let response = guarded.oneshot(bearing(&fixture.access_token())).await;
    assert_eq!(response.unwrap().body(), "access alice");

    let guarded = RequireToken::id(fixture.verifier()).layer(Who::default());
    let token = fixture.pool.id_token(|_| {});
    let response = guarded.oneshot(bearing(&token)).await.unwrap();
    assert_eq!(response.body(), "id alice@example.com");
}

#[tokio::test]
async fn inner_service_sees_no_rejected_request() {
    let fixture = Fixture::new();
    let who = Who::default();
    let calls = Arc::clone(&who.calls);
    let guarded = RequireToken::access(fixture.verifier())
        .scope("orders/read")
        .clock(fixture.clock.clone())
        .layer(who);
    let good = fixture.access_token_with("scope", json!("orders/read"));
    for (request, status) in [
        (bare(), 401),
        (bearing("abc"), 401),
        (bearing(&fixture.access_token()), 403),
        (bearing(&good), 200),
    ] {
        let response = guarded.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(calls.load(Ordering::SeqCst), usize::from(status == 200));
    }
}

#[tokio::test]
async fn ready_service_is_the_one_called() {
    let fixture = Fixture::new();
    let token = fixture.access_token();
    let mut guarded = RequireToken::access(fixture.verifier()).layer(Who::default());
    let context = &mut Context::from_waker(Waker::noop());
    for _ in 0..3 {
        // The readiness of the inner service is passed on.
        assert!(guarded.poll_ready(context).is_pending());
        assert!(guarded.poll_ready(context).is_ready());
        let response = guarded.call(bearing(&token)).await.unwrap();
        assert_eq!(response.body(), "access alice");
        // A rejected request does not use it up.
        assert!(guarded.poll_ready(context).is_pending());
        assert!(guarded.poll_ready(context).is_ready());
        assert_eq!(guarded.call(bare()).await.unwrap().status(), 401);
        let response = guarded.call(bearing(&token)).await.unwrap();
        assert_eq!(response.body(), "access alice");
    }
}

#[tokio::test]
async fn foreign_claims_in_extensions_are_replaced() {
    let fixture = Fixture::new();
    let guarded = RequireToken::access(fixture.verifier()).layer(Who::default());
    let mut request = bearing(&fixture.access_token());
    let mut mallory = AccessClaims::new("sub", "iss", "client", 0, 1);
    mallory.username = Some("mallory".to_owned());
    request.extensions_mut().insert(Arc::new(mallory));
    let response = guarded.oneshot(request).await.unwrap();
    assert_eq!(response.body(), "access alice");
}

#[tokio::test]
async fn layer_settings_equal_guard_settings() {
    let fixture = Fixture::new();
    let layer = || RequireToken::access(fixture.verifier()).clock(fixture.clock.clone());
    let token = fixture.pool.access_token(|claims| {
        claims.insert("cognito:groups".to_owned(), json!(["a", "b"]));
        claims.insert("scope".to_owned(), "a b".into());
    });
    for (layer, status) in [
        (
            layer()
                .group("a")
                .any_group(["b", "c"])
                .all_groups(["a", "b"]),
            200,
        ),
        (
            layer()
                .scope("a")
                .any_scope(["b", "c"])
                .all_scopes(["a", "b"]),
            200,
        ),
        (layer().predicate(|claims| claims.has_group("a")), 200),
        (layer().group("c"), 403),
        (layer().any_group(["c"]), 403),
        (layer().all_groups(["a", "c"]), 403),
        (layer().scope("c"), 403),
        (layer().any_scope(["c"]), 403),
        (layer().all_scopes(["a", "c"]), 403),
        (layer().predicate(|_| false), 403),
        (layer().token_from(TokenSource::cookie("t")), 401),
        (
            RequireToken::new(Guard::access(fixture.verifier()).group("c")),
            403,
        ),
    ] {
        let text = format!("{layer:?}");
        let response = layer.layer(Who::default()).oneshot(bearing(&token)).await;
        assert_eq!(response.unwrap().status(), status, "{text}");
    }
    let named = layer().realm("shop").layer(Who::default());
    let response = named.oneshot(bare()).await.unwrap();
    assert_eq!(
        response.headers()["www-authenticate"],
        r#"Bearer realm="shop""#
    );
    assert!(response.body().contains("2027-01-15T08:00:00.000Z"));
}

#[tokio::test]
async fn responses_can_be_replaced() {
    let fixture = Fixture::new();
    let problems =
        RequireToken::access(Believer::default()).rejection_response(ProblemDetails::new());
    let response = problems.layer(Who::default()).oneshot(bare()).await;
    let headers = response.unwrap().headers().clone();
    assert_eq!(headers["content-type"], "application/problem+json");

    let ours = RequireToken::access(fixture.verifier())
        .clock(fixture.clock.clone())
        .rejection_response(move |rejection: &Rejection| {
            assert_eq!(rejection.moment(), fixture.clock.now());
            let mut response = Response::new(format!("no: {}", rejection.kind().name()));
            *response.status_mut() = http::StatusCode::NOT_FOUND;
            response
        });
    let response = ours
        .clone()
        .layer(Who::default())
        .oneshot(bare())
        .await
        .unwrap();
    assert_eq!(
        (response.status().as_u16(), response.body().as_str()),
        (404, "no: MissingToken")
    );
    let response = ours
        .layer(Who::default())
        .oneshot(bearing("abc"))
        .await
        .unwrap();
    assert_eq!(response.body(), "no: InvalidToken");
}

/// A verifier that completes when the test allows it.
#[derive(Clone, Debug, Default)]
struct Slow {
    gate: Arc<Notify>,
    believer: Believer,
}

#[async_trait]
impl TokenVerifier for Slow {
    async fn verify_access(&self, token: &str) -> cognito_core::Result<Arc<AccessClaims>> {
        self.gate.notified().await;
        self.believer.verify_access(token).await
    }

    async fn verify_id(&self, token: &str) -> cognito_core::Result<Arc<IdClaims>> {
        self.believer.verify_id(token).await
    }
}

#[tokio::test]
async fn slow_verification_blocks_the_request() {
    let slow = Slow::default();
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    let below = service_fn(move |_: Request<()>| {
        counter.fetch_add(1, Ordering::SeqCst);
        ready(Err::<Response<String>, _>("the service failed"))
    });
    let guarded = RequireToken::access(slow.clone()).layer(below);
    let context = &mut Context::from_waker(Waker::noop());

    let mut response = pin!(guarded.clone().call(bearing("abc")));
    assert!(response.as_mut().poll(context).is_pending());
    assert_eq!(calls.load(Ordering::SeqCst), 0);
    slow.gate.notify_one();
    // The response of the inner service is returned, also an error.
    assert_eq!(response.await.unwrap_err(), "the service failed");
    assert_eq!(calls.load(Ordering::SeqCst), 1);

    // If the client disconnects in the meantime, the request is not passed on.
    let mut gone = Box::pin(guarded.clone().call(bearing("abc")));
    assert!(gone.as_mut().poll(context).is_pending());
    drop(gone);
    slow.gate.notify_one();
    assert_eq!(calls.load(Ordering::SeqCst), 1);

    // Polled again after the response: it stays pending and does not pass the request on.
    let mut rejected = pin!(guarded.clone().call(bare()));
    assert!(rejected.as_mut().poll(context).is_ready());
    assert!(rejected.as_mut().poll(context).is_pending());
}
