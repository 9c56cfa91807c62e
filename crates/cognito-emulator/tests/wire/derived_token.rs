//! The exchange of tokens (`GetDerivedToken`).

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_emulator::{AuthFlow, Client, OAuthFlow};
use serde_json::{Value, json};

use crate::browser::{API, hosted_with};
use crate::support::{
    CLIENT, EMAIL, PASSWORD, Pool, Reply, Tokens, new_client, new_person, new_pool,
};

const SERVICE: &str = "exchangingservice";
const SECRET: &str = "0123456789abcdefghijklmnop";
const FOREIGN: &str = "The emulator exchanges no tokens of identity providers, except for SAML \
                       assertions as the subject token.";

/// Returns a pool with two app clients: the client of a web page, and the client of a service that
/// exchanges tokens.
async fn exchange() -> Pool {
    let service = Client::new(SERVICE)
        .secret(SECRET)
        .oauth_flow(OAuthFlow::ClientCredentials)
        .oauth_scope(format!("{API}/read"));
    hosted_with(|client| client, |builder| builder.client(service)).await
}

/// Returns the fields of a request of the service.
fn fields(subject: &str) -> Value {
    json!({
        "ClientId": SERVICE,
        "ClientSecret": SECRET,
        "SubjectToken": subject,
        "SubjectTokenType": "ACCESS_TOKEN",
    })
}

fn with(mut fields: Value, more: &Value) -> Value {
    for (name, value) in more.as_object().expect("fields") {
        fields[name] = value.clone();
    }
    fields
}

async fn derive(pool: &Pool, fields: Value) -> Reply {
    pool.call("GetDerivedToken", fields).await
}

/// Returns an access token of the service itself.
async fn actor_token(pool: &Pool) -> String {
    let form = format!("grant_type=client_credentials&client_id={SERVICE}&client_secret={SECRET}");
    let kind = ("content-type", "application/x-www-form-urlencoded");
    let reply = pool.send("POST", "/oauth2/token", &[kind], form).await;
    text(&reply.body, "access_token")
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().expect("text").to_owned()
}

fn claims(token: &str) -> Value {
    let claims = token.split('.').nth(1).expect("claims");
    let claims = URL_SAFE_NO_PAD.decode(claims).expect("base64url");
    serde_json::from_slice(&claims).expect("JSON")
}

#[tokio::test]
async fn a_derived_token_has_fewer_scopes() {
    let pool = exchange().await;
    let subject = pool
        .hosted_tokens(&format!("openid email {API}/read"))
        .await;
    let subject = text(&subject, "access_token");
    let request = json!({
        "Scopes": [format!("{API}/read"), format!("{API}/write"), "openid"],
        "Resources": [API],
    });
    pool.advance(Duration::from_secs(600));

    let answer = derive(&pool, with(fields(&subject), &request)).await.ok();

    assert_eq!(answer["Scopes"], json!([format!("{API}/read")]));
    assert_eq!(
        (
            &answer["IssuedTokenType"],
            &answer["TokenType"],
            &answer["ExpiresIn"]
        ),
        (&json!("ACCESS_TOKEN"), &json!("Bearer"), &json!(3000))
    );
    let (derived, subject) = (claims(&text(&answer, "IssuedToken")), claims(&subject));
    for name in ["sub", "username", "origin_jti", "auth_time", "exp", "iss"] {
        assert_eq!(derived[name], subject[name], "{name}");
    }
    assert_ne!(derived["jti"], subject["jti"]);
    assert_eq!(derived["scope"], format!("{API}/read"));
    assert_eq!(
        (&derived["aud"], &derived["client_id"]),
        (&json!(API), &json!(SERVICE))
    );
    assert_eq!(derived.get("act"), None);
}

#[tokio::test]
async fn actors_are_nested_and_limited() {
    let pool = exchange().await;
    let mut token = pool.tokens().await.access;
    let actor = json!({
        "ActorToken": actor_token(&pool).await,
        "ActorTokenType": "ACCESS_TOKEN",
        "Audiences": ["orders"],
    });
    for depth in 1..=5 {
        let answer = derive(&pool, with(fields(&token), &actor)).await.ok();
        token = text(&answer, "IssuedToken");
        let claims = claims(&token);
        let actors = std::iter::successors(claims.get("act"), |act| act.get("act"));
        let actors: Vec<_> = actors.map(|act| &act["sub"]).collect();
        assert_eq!(actors, vec![SERVICE; depth]);
        assert_eq!(claims["aud"], "orders");
    }
    let reply = derive(&pool, with(fields(&token), &actor)).await;
    reply.invalid_parameter("Too many actors.");
    // An exchange without an actor does not hide the earlier ones.
    let answer = derive(&pool, fields(&token)).await.ok();
    let derived = claims(&text(&answer, "IssuedToken"));
    assert_eq!(derived["act"], claims(&token)["act"]);
}

#[tokio::test]
async fn actor_token_has_no_actor() {
    let pool = exchange().await;
    let subject = pool.tokens().await.access;
    let actor = json!({
        "ActorToken": actor_token(&pool).await,
        "ActorTokenType": "ACCESS_TOKEN",
    });
    let delegated = derive(&pool, with(fields(&subject), &actor)).await.ok();
    // The token belongs to the service, and names an actor.
    let actor = json!({
        "ActorToken": text(&delegated, "IssuedToken"),
        "ActorTokenType": "ACCESS_TOKEN",
    });
    let reply = derive(&pool, with(fields(&subject), &actor)).await;
    let message = "The actor token must not have the claim act: use a token that was not derived.";
    reply.invalid_parameter(message);
}

#[tokio::test]
async fn derived_tokens_end_with_the_session() {
    let pool = exchange().await;
    let tokens = pool.tokens().await;
    let derived = derive(&pool, fields(&tokens.access)).await.ok();
    let derived = text(&derived, "IssuedToken");
    pool.get_user(&derived).await.ok();

    let revoke = json!({ "ClientId": CLIENT, "Token": tokens.refresh });
    pool.call("RevokeToken", revoke).await.ok();

    let revoked = "Access Token has been revoked";
    pool.get_user(&derived).await.not_authorized(revoked);
    for token in [&derived, &tokens.access] {
        derive(&pool, fields(token)).await.not_authorized(revoked);
    }
    let tokens = pool.tokens().await;
    let user = json!({ "Username": EMAIL });
    pool.admin("AdminDisableUser", user).await.ok();
    let reply = derive(&pool, fields(&tokens.access)).await;
    reply.not_authorized("User is disabled.");
}

#[tokio::test]
async fn a_derived_token_expires_with_its_subject() {
    let pool = exchange().await;
    let tokens = pool.tokens().await;
    pool.advance(Duration::from_secs(3599));
    let derived = derive(&pool, fields(&tokens.access)).await.ok();
    assert_eq!(derived["ExpiresIn"], 1);
    pool.advance(Duration::from_secs(1));
    for token in [&text(&derived, "IssuedToken"), &tokens.access] {
        let reply = derive(&pool, fields(token)).await;
        reply.not_authorized("Access Token has expired");
    }
}

#[tokio::test]
async fn an_id_token_is_derived_with_shown_attributes() {
    let pool = exchange().await;
    let subject = pool.hosted_tokens("openid email").await;
    let id = json!({ "SubjectTokenType": "ID_TOKEN", "RequestedTokenType": "ID_TOKEN" });
    let from_id = with(fields(&text(&subject, "id_token")), &id);
    let access = json!({ "RequestedTokenType": "ID_TOKEN" });
    let from_access = with(fields(&text(&subject, "access_token")), &access);
    for request in [from_id, from_access] {
        let answer = derive(&pool, request).await.ok();
        assert_eq!(answer["TokenType"], "N_A");
        let claims = claims(&text(&answer, "IssuedToken"));
        assert_eq!(
            (&claims["token_use"], &claims["aud"]),
            (&json!("id"), &json!(SERVICE))
        );
        assert_eq!(claims["email"], EMAIL);
        assert_eq!(
            claims.get("name"),
            None,
            "the subject token does not show it"
        );
    }
    let subject = pool.hosted_tokens(&format!("{API}/read")).await;
    let request = with(fields(&text(&subject, "access_token")), &access);
    let reply = derive(&pool, request).await;
    reply.invalid_parameter("The subject token does not allow an ID token.");
}

#[tokio::test]
async fn only_tokens_of_the_pool_are_exchanged() {
    let pool = exchange().await;
    let tokens = pool.tokens().await;
    let other = new_pool(&pool, json!({})).await;
    let client = new_client(&pool, &other, json!({})).await["ClientId"].take();
    new_person(&pool, &other, "someone").await;
    let mut sign_in = crate::support::sign_in_fields("someone", PASSWORD);
    sign_in["ClientId"] = client;
    let foreign = Tokens::read(&pool.call("InitiateAuth", sign_in).await.ok());
    let machine = actor_token(&pool).await;
    let mut forged = tokens.access.clone();
    forged.replace_range(forged.len() - 8..forged.len() - 4, "AAAA");
    let (invalid, forgery) = (
        "Invalid Access Token",
        "Could not verify signature for Access Token",
    );
    for (token, message) in [
        (&foreign.access, invalid),
        (&tokens.id, invalid),
        (&tokens.refresh, invalid),
        (&machine, invalid),
        (&"x".to_owned(), invalid),
        (&forged, forgery),
    ] {
        derive(&pool, fields(token)).await.not_authorized(message);
    }
    let id = json!({ "SubjectTokenType": "ID_TOKEN" });
    let reply = derive(&pool, with(fields(&tokens.access), &id)).await;
    reply.not_authorized("Invalid Id Token");
    let reply = derive(&pool, with(fields(&foreign.id), &id)).await;
    reply.not_authorized("Invalid Id Token");
    // An actor token of another client, and of a user of another pool.
    for (actor, message) in [
        (
            &tokens.access,
            "The actor token does not belong to this client.",
        ),
        (&foreign.access, invalid),
    ] {
        let actor = json!({ "ActorToken": actor, "ActorTokenType": "ACCESS_TOKEN" });
        let reply = derive(&pool, with(fields(&tokens.access), &actor)).await;
        reply.not_authorized(message);
    }
}

#[tokio::test]
async fn invalid_exchanges_are_rejected() {
    let pool = exchange().await;
    let tokens = pool.tokens().await;
    let request = |more: Value| derive(&pool, with(fields(&tokens.access), &more));
    for (more, message) in [
        (json!({ "Scopes": ["openid"] }), "Invalid scope requested."),
        (
            json!({ "Scopes": [format!("{API}/read")] }),
            "Invalid scope requested.",
        ),
        (
            json!({ "Audiences": ["a"], "Resources": [API] }),
            "Audiences and Resources cannot be requested together.",
        ),
        (
            json!({ "ActorToken": tokens.access }),
            "ActorToken and ActorTokenType are required together.",
        ),
        (
            json!({ "SubjectTokenType": "SAML2" }),
            "SubjectTokenProviderName is required.",
        ),
        (json!({ "SubjectTokenProviderName": "okta" }), FOREIGN),
        (
            json!({ "ActorToken": tokens.access, "ActorTokenType": "SAML2" }),
            FOREIGN,
        ),
        (
            json!({ "RequestedTokenType": "ID_TOKEN", "Audiences": [CLIENT] }),
            "The audience of an ID token must be the app client or a resource server.",
        ),
        (
            json!({ "RequestedTokenType": "ID_TOKEN", "Audiences": ["orders"] }),
            "The audience of an ID token must be the app client or a resource server.",
        ),
        (
            json!({ "Audiences": [CLIENT] }),
            "The audience of a derived token cannot be another app client.",
        ),
    ] {
        request(more).await.invalid_parameter(message);
    }
    for audience in [SERVICE, API] {
        let id = json!({ "RequestedTokenType": "ID_TOKEN", "Audiences": [audience] });
        let answer = request(id).await.ok();
        assert_eq!(claims(&text(&answer, "IssuedToken"))["aud"], audience);
    }
    let reply = request(json!({ "Resources": ["https://unknown.example"] })).await;
    assert_eq!(reply.body["__type"], "ResourceNotFoundException");
    let wrong = json!({ "ClientSecret": "abcdefghijklmnopqrstuvwxyz" });
    let message = format!("Unable to verify secret for client {SERVICE}");
    request(wrong).await.not_authorized(&message);
}

#[tokio::test]
async fn the_client_needs_the_flow() {
    let client = Client::new(SERVICE).flow(AuthFlow::TokenExchangeImpersonation);
    let pool = hosted_with(|client| client, |builder| builder.client(client)).await;
    let token = pool.tokens().await.access;
    let mut request = fields(&token);
    request
        .as_object_mut()
        .expect("fields")
        .remove("ClientSecret");
    derive(&pool, request.clone()).await.ok();
    let not_enabled = "Auth flow not enabled for this client";
    let actor = json!({ "ActorToken": token, "ActorTokenType": "ACCESS_TOKEN" });
    derive(&pool, with(request.clone(), &actor))
        .await
        .invalid_parameter(not_enabled);
    let fields = json!({ "ExplicitAuthFlows": ["ALLOW_TOKEN_EXCHANGE_DELEGATION"] });
    let pool_id = pool.emulator.user_pool_id().to_owned();
    let client = new_client(&pool, &pool_id, fields).await;
    request["ClientId"] = client["ClientId"].clone();
    derive(&pool, request).await.invalid_parameter(not_enabled);
}

#[tokio::test]
async fn a_signature_replaces_the_client_secret() {
    let pool = exchange().await;
    let mut request = fields(&pool.tokens().await.access);
    request
        .as_object_mut()
        .expect("fields")
        .remove("ClientSecret");
    let message = format!("Unable to verify secret for client {SERVICE}");
    derive(&pool, request.clone())
        .await
        .not_authorized(&message);
    pool.operator("GetDerivedToken", request.clone()).await.ok();
    // A page of another site has no credentials.
    let headers = [
        (
            "x-amz-target",
            "AWSCognitoIdentityProviderService.GetDerivedToken",
        ),
        ("authorization", "AWS4-HMAC-SHA256 Credential=x"),
        ("origin", "https://attacker.example"),
    ];
    let reply = pool.send("POST", "/", &headers, request.to_string()).await;
    reply.not_authorized(&message);
}

// The URL of a client id metadata document is the id of a client.
#[tokio::test]
async fn url_of_a_client_is_no_audience() {
    let pool = exchange().await;
    let policy = json!({
        "ClientId": CLIENT, "PolicyName": "p", "URLPatterns": ["https://*.example/clients/*"],
    });
    pool.admin("CreateCIMDPolicy", policy).await.ok();
    let tokens = pool.tokens().await;
    let derive = |audience: &str| {
        let more = json!({ "Audiences": [audience] });
        derive(&pool, with(fields(&tokens.access), &more))
    };
    let reply = derive("https://app.example/clients/mcp.json").await;
    reply.invalid_parameter("The audience of a derived token cannot be another app client.");
    derive("https://app.example/orders").await.ok();
    // The identifier of a resource server is an audience.
    let server = json!({ "Identifier": "https://app.example/clients/api", "Name": "api" });
    pool.admin("CreateResourceServer", server).await.ok();
    derive("https://app.example/clients/api").await.ok();
}
