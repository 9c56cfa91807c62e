//! Who gets through the layer, and what the service below sees.

use std::convert::Infallible;
use std::sync::Arc;

use cognito_core::{AccessClaims, IdClaims};
use cognito_tower::RequireToken;
use http::{Request, Response, StatusCode};
use tower::{Layer, Service, ServiceExt, service_fn};

use crate::world::{World, bare, bearing};

type Answer = Response<String>;

/// Answers with whose token it was.
fn who() -> impl Service<
    Request<()>,
    Response = Answer,
    Error = Infallible,
    Future = impl Future<Output = Result<Answer, Infallible>>,
> + Clone {
    service_fn(async |request: Request<()>| {
        let access = request.extensions().get::<Arc<AccessClaims>>();
        let id = request.extensions().get::<Arc<IdClaims>>();
        let who = match (access, id) {
            (Some(access), None) => format!("access {}", access.username.as_deref().unwrap()),
            (None, Some(id)) => format!("id {}", id.email.as_deref().unwrap()),
            _ => panic!("either, and not both"),
        };
        Ok(Response::new(who))
    })
}

#[tokio::test]
async fn a_good_token_gets_through_and_its_claims_are_among_the_extensions() {
    let world = World::new();
    let guarded = RequireToken::access(world.verifier.clone()).layer(who());
    let answer = guarded.oneshot(bearing(&world.access_token())).await;
    assert_eq!(answer.unwrap().body(), "access alice");

    let guarded = RequireToken::id(world.verifier.clone()).layer(who());
    let token = world.pool.id_token(|_| {});
    let answer = guarded.oneshot(bearing(&token)).await.unwrap();
    assert_eq!(answer.body(), "id alice@example.com");
}

#[tokio::test]
async fn without_a_token_nobody_gets_through() {
    let world = World::new();
    let guarded = RequireToken::access(world.verifier).layer(who());
    let answer = guarded.oneshot(bare()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}
