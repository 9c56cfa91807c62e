//! The metadata of a protected resource, and its URL in challenges (RFC 9728).

use cognito_core::{Clock, Error, ErrorKind};
use cognito_tower::{Guard, Rejection, RejectionKind, RequireToken, ResourceMetadata};
use http::{HeaderMap, Request, Response};
use serde_json::{Value, json};
use tower::{Layer, ServiceExt, service_fn};

use crate::fixture::{Believer, Fixture, bearer};

const ISSUER: &str = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_TestPool1";
const RESOURCE: &str = "https://api.example.com/mcp";
const URL: &str = "https://api.example.com/.well-known/oauth-protected-resource/mcp";

fn metadata(resource: &str) -> ResourceMetadata {
    ResourceMetadata::new(resource, ISSUER).unwrap()
}

fn document(metadata: &ResourceMetadata) -> Value {
    serde_json::from_str(&metadata.to_json()).unwrap()
}

fn challenge(rejection: &Rejection) -> String {
    let challenge = rejection.www_authenticate().expect("a challenge");
    challenge.to_str().unwrap().to_owned()
}

#[test]
fn document_has_only_configured_members() {
    let plain = metadata(RESOURCE);
    assert_eq!(
        document(&plain),
        json!({
            "resource": RESOURCE,
            "authorization_servers": [ISSUER],
            "bearer_methods_supported": ["header"],
        })
    );
    let full = plain
        .authorization_server("https://login.example.com")
        .unwrap()
        .scopes(["openid", "https://api.example.com/mcp/tools"])
        .unwrap()
        .name("Orders \"and\" more")
        .documentation("https://docs.example.com/mcp?page=1#auth")
        .unwrap();
    assert_eq!(
        document(&full),
        json!({
            "resource": RESOURCE,
            "authorization_servers": [ISSUER, "https://login.example.com"],
            "bearer_methods_supported": ["header"],
            "scopes_supported": ["openid", "https://api.example.com/mcp/tools"],
            "resource_name": "Orders \"and\" more",
            "resource_documentation": "https://docs.example.com/mcp?page=1#auth",
        })
    );
}

/// RFC 9728 section 3.1.
#[test]
fn well_known_path_precedes_resource_path() {
    for (resource, path) in [
        ("https://api.example.com", ""),
        ("https://api.example.com/", ""),
        ("https://api.example.com/mcp", "/mcp"),
        ("https://api.example.com/mcp/", "/mcp/"),
        ("https://api.example.com/a/b", "/a/b"),
    ] {
        let metadata = metadata(resource);
        let path = format!("/.well-known/oauth-protected-resource{path}");
        assert_eq!(metadata.path(), path);
        assert_eq!(metadata.url(), format!("https://api.example.com{path}"));
        assert_eq!(metadata.resource(), resource);
    }
    let local = metadata("http://127.0.0.1:3000/mcp");
    assert_eq!(
        local.url(),
        "http://127.0.0.1:3000/.well-known/oauth-protected-resource/mcp"
    );
}

#[test]
fn rejects_invalid_urls() {
    let long = format!("https://a.example/{}", "a".repeat(1024));
    for url in [
        "",
        "https://",
        "https:///mcp",
        "api.example.com/mcp",
        "ftp://api.example.com",
        "http://api.example.com/mcp",
        "http://localhost.example.com/mcp",
        "https://user:secret@api.example.com/mcp",
        "https://api.example.com:0x1/mcp",
        "https://api.example.com:99999/mcp",
        "https://api.example.com/mcp?tenant=1",
        "https://api.example.com/mcp#tools",
        "https://api.example.com/{*path}",
        "https://api.example.com/:tenant/mcp",
        "https://api.example.com/mcp/*",
        "https://api.example.com/a b",
        "https://api.example.com/\"",
        "https://api.example.com/\r\nSet-Cookie: a=b",
        "https://api.example.com/é",
        &long,
    ] {
        let error = ResourceMetadata::new(url, ISSUER).unwrap_err();
        assert_eq!(error.field(), "resource", "{url}");
        assert!(!error.to_string().contains("secret"));
        let error = ResourceMetadata::new(RESOURCE, url).unwrap_err();
        assert_eq!(error.field(), "authorization server", "{url}");
    }
    let metadata = metadata(RESOURCE);
    for url in ["http://docs.example.com", "https://a:b@docs.example.com"] {
        assert!(metadata.clone().documentation(url).is_err(), "{url}");
    }
    assert!(metadata.scopes(["a b"]).is_err());
}

#[test]
fn metadata_response_is_public_json() {
    let metadata = metadata(RESOURCE);
    let response: Response<String> = metadata.response();
    assert_eq!(response.status(), 200);
    for (name, value) in [
        ("access-control-allow-origin", "*"),
        ("cache-control", "public, max-age=300"),
        ("content-type", "application/json"),
    ] {
        assert_eq!(response.headers()[name], value);
    }
    assert_eq!(response.into_body(), metadata.to_json());
}

#[tokio::test]
async fn each_challenge_names_the_metadata() {
    let fixture = Fixture::new();
    let guard = Guard::access(fixture.verifier()).resource_metadata(metadata(RESOURCE).url());
    let good = bearer(&fixture.access_token());
    let end = format!("resource_metadata=\"{URL}\"");
    for (guard, headers, expected) in [
        (guard.clone(), HeaderMap::new(), r#"Bearer realm="api", "#),
        (
            guard.clone(),
            bearer("abc"),
            r#"Bearer realm="api", error="invalid_token", error_description="The token is not valid", "#,
        ),
        (
            guard.clone().scope("a"),
            good.clone(),
            r#"Bearer realm="api", error="insufficient_scope", error_description="This access token does not allow that", scope="a", "#,
        ),
        (
            guard.clone().any_acr(["b"]),
            good,
            r#"Bearer realm="api", error="insufficient_user_authentication", error_description="Please confirm your identity again", acr_values="b", "#,
        ),
    ] {
        let rejection = guard.authenticate(&headers).await.unwrap_err();
        assert_eq!(challenge(&rejection), format!("{expected}{end}"));
    }
}

#[tokio::test]
async fn layer_names_the_metadata() {
    let layer = RequireToken::access(Believer::default()).resource_metadata(URL);
    let inner = service_fn(async |_: Request<()>| Ok::<_, Error>(Response::new(String::new())));
    let response = layer.layer(inner).oneshot(Request::new(())).await.unwrap();
    assert_eq!(response.status(), 401);
    assert_eq!(
        response.headers()["www-authenticate"],
        format!("Bearer realm=\"api\", resource_metadata=\"{URL}\"")
    );
}

#[test]
fn challenge_escapes_the_metadata_url() {
    let now = Fixture::new().clock.now();
    let rejection = Rejection::new(RejectionKind::MissingToken, now);
    let with = |url: &str| challenge(&rejection.clone().with_resource_metadata(url));
    assert_eq!(with(""), r#"Bearer realm="api""#);
    assert_eq!(
        with("https://a/\", error=\"x\\\r\nSet-Cookie: é"),
        r#"Bearer realm="api", resource_metadata="https://a/\", error=\"x\\Set-Cookie: ""#
    );
}

#[test]
fn unavailable_verifier_has_no_challenge() {
    let error = Error::new(ErrorKind::KeysUnavailable);
    let rejection = Rejection::from_error(error, Fixture::new().clock.now());
    let rejection = rejection.with_resource_metadata(URL);
    assert!(rejection.www_authenticate().is_none());
}
