//! The route with the metadata of a protected resource (RFC 9728), and its URL in challenges.

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use cognito_axum::{AccessClaims, IdClaims, ResourceMetadata, ResourceMetadataRoute, TokenGuard};
use cognito_tower::RequireToken;
use http::{Request, Response};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::fixture::Fixture;

const ISSUER: &str = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_TestPool1";
const RESOURCE: &str = "https://api.example.com/mcp";
const PATH: &str = "/.well-known/oauth-protected-resource/mcp";
const CHALLENGE: &str = "Bearer realm=\"api\", \
                         resource_metadata=\"https://api.example.com/.well-known/oauth-protected-resource/mcp\"";

fn metadata(resource: &str) -> ResourceMetadata {
    let metadata = ResourceMetadata::new(resource, ISSUER).unwrap();
    metadata.scopes(["mcp/tools"]).unwrap()
}

/// Returns a service with a guarded route, and the route of the metadata.
fn service(resource: &str) -> Router {
    let metadata = metadata(resource);
    let guard = RequireToken::access(Fixture::new().verifier).resource_metadata(metadata.url());
    Router::new()
        .route("/mcp", get(async || "tools"))
        .layer(guard)
        .merge(ResourceMetadataRoute::new(metadata).into_router())
}

async fn send(app: &Router, method: &str, path: &str, host: &str) -> Response<Body> {
    let request = Request::builder().method(method).uri(path);
    let request = request
        .header("host", host)
        .header("x-forwarded-host", host)
        .body(Body::empty());
    app.clone().oneshot(request.unwrap()).await.unwrap()
}

async fn body(response: Response<Body>) -> Value {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice(&bytes).unwrap()
}

#[tokio::test]
async fn metadata_is_public_beside_guarded_route() {
    let app = service(RESOURCE);
    let rejected = send(&app, "GET", "/mcp", "api.example.com").await;
    assert_eq!(rejected.status(), 401);
    assert_eq!(rejected.headers()["www-authenticate"], CHALLENGE);
    let response = send(&app, "GET", PATH, "api.example.com").await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(
        body(response).await,
        json!({
            "resource": RESOURCE,
            "authorization_servers": [ISSUER],
            "bearer_methods_supported": ["header"],
            "scopes_supported": ["mcp/tools"],
        })
    );
}

/// Otherwise an attacker could make a client request tokens for another resource.
#[tokio::test]
async fn host_header_does_not_change_metadata() {
    let app = service(RESOURCE);
    for host in ["evil.example", "api.example.com:444", "a\"b"] {
        let response = send(&app, "GET", PATH, host).await;
        assert_eq!(body(response).await["resource"], RESOURCE, "{host}");
        let rejected = send(&app, "GET", "/mcp", host).await;
        assert_eq!(rejected.headers()["www-authenticate"], CHALLENGE, "{host}");
    }
}

#[tokio::test]
async fn metadata_is_at_one_path_only() {
    let app = service(RESOURCE);
    for (method, status) in [("GET", 200), ("HEAD", 200), ("POST", 405)] {
        let response = send(&app, method, PATH, "api.example.com").await;
        assert_eq!(response.status().as_u16(), status, "{method}");
    }
    let root = "/.well-known/oauth-protected-resource";
    for path in [root, &format!("{root}/other"), &format!("{PATH}/")] {
        let response = send(&app, "GET", path, "api.example.com").await;
        assert_ne!(response.status(), 200, "{path}");
    }
}

#[tokio::test]
async fn extractors_name_metadata_for_access_tokens() {
    let url = metadata(RESOURCE).url();
    let guard = TokenGuard::new(Fixture::new().verifier).resource_metadata(url);
    let app = Router::new()
        .route("/access", get(async |_: AccessClaims| ""))
        .route("/id", get(async |_: IdClaims| ""))
        .with_state(guard);
    let access = send(&app, "GET", "/access", "a").await;
    assert_eq!(access.headers()["www-authenticate"], CHALLENGE);
    let id = send(&app, "GET", "/id", "a").await;
    assert_eq!(id.headers()["www-authenticate"], "Bearer realm=\"api\"");
}
