//! The exchange of tokens at the token endpoint (RFC 8693).

use cognito_emulator::{AuthFlow, Client, OAuthFlow, Trigger};
use serde_json::{Value, json};

use crate::browser::{API, SECRET, claims, code_for, hosted_with, refused, request_with};
use crate::support::{CLIENT, Pool, Reply};

const SERVICE: &str = "exchangingservice";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS: &str = "urn:ietf:params:oauth:token-type:access_token";
const ID: &str = "urn:ietf:params:oauth:token-type:id_token";

/// A pool with the client of a web page and a service that exchanges tokens.
async fn fixture() -> Pool {
    let service = Client::new(SERVICE)
        .secret(SECRET)
        .oauth_flow(OAuthFlow::ClientCredentials)
        .oauth_scope(format!("{API}/read"));
    hosted_with(|client| client, |builder| builder.client(service)).await
}

/// Sends a request of the service. Parameters with an empty value are omitted.
async fn exchange(pool: &Pool, subject: &str, more: &[(&str, &str)]) -> Reply {
    let mut fields = vec![("grant_type", GRANT), ("subject_token", subject)];
    if more.iter().all(|(name, _)| *name != "subject_token_type") {
        fields.push(("subject_token_type", ACCESS));
    }
    fields.extend_from_slice(more);
    fields.retain(|(_, value)| !value.is_empty());
    let secret = Some((SERVICE, SECRET));
    pool.form("/oauth2/token", secret, &fields).await
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().expect("text").to_owned()
}

#[tokio::test]
async fn token_is_exchanged_for_narrower_token() {
    let pool = fixture().await;
    let scope = format!("{API}/read");
    let subject = pool.hosted_tokens(&format!("openid email {scope}")).await;
    let subject = text(&subject, "access_token");
    let requested = format!("{scope} openid");

    let reply = exchange(&pool, &subject, &[("scope", &requested), ("resource", API)]).await;

    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(reply.header("cache-control"), "no-store");
    let answer = reply.body;
    assert_eq!(
        (
            &answer["issued_token_type"],
            &answer["token_type"],
            &answer["scope"]
        ),
        (&json!(ACCESS), &json!("Bearer"), &json!(scope))
    );
    assert_eq!(answer["expires_in"], 3600);
    assert_eq!(answer.get("refresh_token"), None);
    let derived = claims(&answer["access_token"]);
    assert_eq!(
        (&derived["aud"], &derived["client_id"]),
        (&json!(API), &json!(SERVICE))
    );
    assert_eq!(derived["sub"], claims(&json!(subject))["sub"]);
}

#[tokio::test]
async fn actor_is_named_in_token() {
    let pool = fixture().await;
    let fields = [("grant_type", "client_credentials")];
    let actor = pool.form("/oauth2/token", Some((SERVICE, SECRET)), &fields);
    let actor = text(&actor.await.body, "access_token");
    let subject = pool.tokens().await.access;
    let more = [
        ("actor_token", actor.as_str()),
        ("actor_token_type", ACCESS),
        ("audience", "orders"),
    ];
    let answer = exchange(&pool, &subject, &more).await.body;
    let derived = claims(&answer["access_token"]);
    assert_eq!(derived["act"], json!({ "sub": SERVICE }));
    assert_eq!(derived["aud"], "orders");
}

#[tokio::test]
async fn id_token_can_be_requested() {
    let pool = fixture().await;
    let subject = pool.hosted_tokens("openid email").await;
    let more = [("subject_token_type", ID), ("requested_token_type", ID)];
    let answer = exchange(&pool, &text(&subject, "id_token"), &more).await;
    let answer = answer.body;
    assert_eq!(
        (&answer["issued_token_type"], &answer["token_type"]),
        (&json!(ID), &json!("N_A"))
    );
    assert_eq!(answer.get("scope"), None);
    assert_eq!(claims(&answer["access_token"])["token_use"], "id");
}

#[tokio::test]
async fn bound_token_stays_bound() {
    let pool = fixture().await;
    let code = code_for(&pool, &request_with(&[("resource", API)])).await;
    let tokens = pool.exchange(&[("code", &code)]).await.body;
    let subject = text(&tokens, "access_token");
    for (more, aud) in [(&[][..], API), (&[("audience", "orders")], "orders")] {
        let answer = exchange(&pool, &subject, more).await.body;
        assert_eq!(claims(&answer["access_token"])["aud"], aud);
    }
}

/// An invalid request: its parameters, and the code and the description of its error.
type Invalid<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a str);

/// Exchanges an access token whose audience the trigger of the pool has set. A policy of the pool
/// allows client id metadata documents at `https://app.example/clients/`.
async fn exchange_bound_to(audience: Value) -> Reply {
    let service = Client::new(SERVICE).secret(SECRET);
    let pool = hosted_with(
        |client| client,
        |builder| {
            let trigger = Trigger::PreTokenGenerationV2;
            builder.client(service).trigger(trigger, move |mut event| {
                event["response"]["claimsAndScopeOverrideDetails"] = json!({
                    "accessTokenGeneration": { "claimsToAddOrOverride": { "aud": audience } },
                });
                Ok(event)
            })
        },
    )
    .await;
    let policy = json!({
        "ClientId": CLIENT, "PolicyName": "p", "URLPatterns": ["https://*.example/clients/*"],
    });
    pool.admin("CreateCIMDPolicy", policy).await.ok();
    let subject = pool.hosted_tokens("openid email").await;
    exchange(&pool, &text(&subject, "access_token"), &[]).await
}

#[tokio::test]
async fn list_of_audiences_is_kept() {
    let reply = exchange_bound_to(json!(["one", "two"])).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let derived = claims(&reply.body["access_token"]);
    assert_eq!(derived["aud"], json!(["one", "two"]));
}

#[tokio::test]
async fn kept_audience_is_no_other_client() {
    let document = json!("https://app.example/clients/mcp.json");
    for audience in [json!(CLIENT), json!(["one", CLIENT]), document] {
        let reply = exchange_bound_to(audience).await;
        refused(&reply, "invalid_target");
        let message = "The audience of a derived token cannot be another app client.";
        assert_eq!(reply.body["error_description"], message);
    }
}

async fn fail(requests: &[Invalid<'_>]) {
    let pool = fixture().await;
    let subject = pool.tokens().await.access;
    for (more, code, description) in requests {
        let reply = exchange(&pool, &subject, more).await;
        refused(&reply, code);
        assert_eq!(reply.body["error_description"], *description);
    }
}

#[tokio::test]
async fn invalid_exchanges_have_standard_errors() {
    let saml = "urn:ietf:params:oauth:token-type:saml2";
    let jwt = "urn:ietf:params:oauth:token-type:jwt";
    fail(&[
        (
            &[("subject_token_type", "")],
            "invalid_request",
            "subject_token_type is missing",
        ),
        (
            &[("subject_token_type", jwt)],
            "invalid_request",
            "subject_token_type is not supported",
        ),
        (
            &[("subject_token_type", saml)],
            "invalid_request",
            "SubjectTokenProviderName is required.",
        ),
        (
            &[("subject_token_type", ID)],
            "invalid_request",
            "Invalid Id Token",
        ),
        (
            &[("actor_token_type", ACCESS)],
            "invalid_request",
            "ActorToken and ActorTokenType are required together.",
        ),
        (
            &[("scope", "openid")],
            "invalid_scope",
            "Invalid scope requested.",
        ),
    ])
    .await;
    let pool = fixture().await;
    for token in ["", "x", &"x".repeat(131_073)] {
        refused(&exchange(&pool, token, &[]).await, "invalid_request");
    }
}

#[tokio::test]
async fn invalid_targets_are_rejected() {
    let code = "invalid_target";
    fail(&[
        (
            &[("audience", "a"), ("resource", API)],
            code,
            "Audiences and Resources cannot be requested together.",
        ),
        (
            &[("resource", "https://unknown.example")],
            code,
            "Resource server https://unknown.example does not exist.",
        ),
        (
            &[("audience", "a"), ("audience", "b")],
            code,
            "Only one resource can be requested",
        ),
        (
            &[("audience", CLIENT)],
            code,
            "The audience of a derived token cannot be another app client.",
        ),
        (
            &[("requested_token_type", ID), ("audience", CLIENT)],
            code,
            "The audience of an ID token must be the app client or a resource server.",
        ),
    ])
    .await;
}

#[tokio::test]
async fn only_allowed_clients_exchange_tokens() {
    let client = Client::new("delegate").flow(AuthFlow::TokenExchangeDelegation);
    let pool = hosted_with(|client| client, |builder| builder.client(client)).await;
    let subject = pool.tokens().await.access;
    let fields = |client| {
        [
            ("grant_type", GRANT),
            ("client_id", client),
            ("subject_token", subject.as_str()),
            ("subject_token_type", ACCESS),
        ]
    };
    let reply = pool.form("/oauth2/token", None, &fields("delegate")).await;
    refused(&reply, "unauthorized_client");
    let pool = fixture().await;
    let reply = pool.form("/oauth2/token", None, &fields(SERVICE)).await;
    refused(&reply, "invalid_client");
}
