//! `/oauth2/token`, `/oauth2/userInfo`, `/oauth2/revoke` and the discovery document.

use std::time::Duration;

use cognito_emulator::{Client, EmulatorBuilder, Fault, OAuthFlow};
use serde_json::{Value, json};

use crate::browser::{API, SECRET, claims, code_for, hosted, hosted_with, refused, request_with};
use crate::support::{CLIENT, EMAIL, Pool};

#[tokio::test]
async fn code_exchanges_for_granted_tokens() {
    let pool = hosted().await;
    let tokens = pool.hosted_tokens("openid email").await;
    assert_eq!(
        (&tokens["token_type"], &tokens["expires_in"]),
        (&json!("Bearer"), &json!(3600))
    );
    assert!(tokens["refresh_token"].is_string());
    let access = claims(&tokens["access_token"]);
    assert_eq!(access["scope"], "openid email");
    assert_eq!(access["version"], 2);
    let of_the_api = pool.tokens().await.access;
    assert_eq!(claims(&json!(of_the_api)).get("version"), None);
    let id = claims(&tokens["id_token"]);
    assert_eq!(id["nonce"], "n-0S6_WzA2Mj");
    assert_eq!(id["email"], EMAIL);
    assert_eq!(id["name"], Value::Null, "no scope opens it");
    assert_eq!(id["at_hash"].as_str().map(str::len), Some(22));
    assert_eq!(id["origin_jti"], access["origin_jti"]);
}

#[tokio::test]
async fn user_info_requires_openid_scope() {
    let pool = hosted().await;
    let tokens = pool.hosted_tokens(&format!("{API}/read")).await;
    assert_eq!(tokens["id_token"], Value::Null);
    let reply = pool
        .user_info(tokens["access_token"].as_str().expect("a token"))
        .await;
    refused(&reply, "invalid_token");
}

#[tokio::test]
async fn code_is_valid_once_for_five_minutes() {
    let pool = hosted().await;
    for changes in [
        &[("redirect_uri", "myapp://in")][..],
        &[("redirect_uri", "")],
        &[(
            "code_verifier",
            "another-code-verifier-that-has-43-characters",
        )],
        &[("code_verifier", "")],
    ] {
        let code = code_for(&pool, &request_with(&[])).await;
        let mut bad = changes.to_vec();
        bad.push(("code", &code));
        refused(&pool.exchange(&bad).await, "invalid_grant");
        // A failed attempt uses the code up.
        refused(&pool.exchange(&[("code", &code)]).await, "invalid_grant");
    }
    let code = code_for(&pool, &request_with(&[])).await;
    assert_eq!(pool.exchange(&[("code", &code)]).await.status, 200);
    refused(&pool.exchange(&[("code", &code)]).await, "invalid_grant");
    let late = code_for(&pool, &request_with(&[])).await;
    pool.advance(Duration::from_secs(300));
    refused(&pool.exchange(&[("code", &late)]).await, "invalid_grant");
    refused(
        &pool.exchange(&[("code", "made-up")]).await,
        "invalid_grant",
    );
    refused(&pool.exchange(&[]).await, "invalid_request");
}

#[tokio::test]
async fn a_challenge_cannot_be_taken_away() {
    let pool = hosted().await;
    let without = request_with(&[("code_challenge", ""), ("code_challenge_method", "")]);
    let code = code_for(&pool, &without).await;
    // The request contained no code challenge, although the client sends a verifier: an attacker
    // may have removed the challenge.
    refused(&pool.exchange(&[("code", &code)]).await, "invalid_grant");
    let code = code_for(&pool, &without).await;
    let reply = pool
        .exchange(&[("code", &code), ("code_verifier", "")])
        .await;
    assert_eq!(reply.status, 200, "a client may sign in without PKCE");
}

#[tokio::test]
async fn code_is_bound_to_client_and_user_state() {
    let other = Client::new("other")
        .oauth_flow(OAuthFlow::Code)
        .oauth_scope("openid")
        .callback_url("https://shop.example/callback");
    let pool = hosted_with(|client| client, |builder| builder.client(other)).await;
    let code = code_for(&pool, &request_with(&[])).await;
    let reply = pool
        .exchange(&[("code", &code), ("client_id", "other")])
        .await;
    refused(&reply, "invalid_grant");
    let code = code_for(&pool, &request_with(&[])).await;
    let fields = json!({ "Username": EMAIL });
    pool.admin("AdminUserGlobalSignOut", fields).await.ok();
    refused(&pool.exchange(&[("code", &code)]).await, "invalid_grant");
}

#[tokio::test]
async fn a_client_proves_itself_with_its_secret() {
    let pool = hosted_with(|client| client.secret(SECRET), |builder| builder).await;
    let basic = |secret: &'static str| Some((CLIENT, secret));
    let code = code_for(&pool, &request_with(&[])).await;
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", "https://shop.example/callback"),
        ("code_verifier", crate::browser::VERIFIER),
    ];
    for (secret, more) in [
        (None, None),
        (basic("wrong-secret"), None),
        (basic(""), None),
        (Some(("nobody", SECRET)), None),
        (basic(SECRET), Some(("client_id", "other"))),
        (None, Some(("client_secret", "wrong"))),
    ] {
        let mut pairs = pairs.to_vec();
        if secret.is_none() {
            pairs.push(("client_id", CLIENT));
        }
        pairs.extend(more);
        let reply = pool.form("/oauth2/token", secret, &pairs).await;
        refused(&reply, "invalid_client");
    }
    // None of these requests has used the code.
    let reply = pool.form("/oauth2/token", basic(SECRET), &pairs).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let code = code_for(&pool, &request_with(&[])).await;
    let mut posted = pairs.to_vec();
    posted[1] = ("code", &code);
    posted.extend([("client_id", CLIENT), ("client_secret", SECRET)]);
    let reply = pool.form("/oauth2/token", None, &posted).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
}

async fn refresh(pool: &Pool, token: &Value) -> crate::support::Reply {
    let token = token.as_str().expect("a token");
    let pairs = [
        ("grant_type", "refresh_token"),
        ("client_id", CLIENT),
        ("refresh_token", token),
    ];
    pool.form("/oauth2/token", None, &pairs).await
}

#[tokio::test]
async fn refresh_keeps_scopes_at_both_endpoints() {
    let pool = hosted().await;
    let old = pool.hosted_tokens("openid email").await;
    pool.advance(Duration::from_secs(60));
    let new = refresh(&pool, &old["refresh_token"]).await.body;
    assert_eq!(new["refresh_token"], Value::Null, "it stays");
    let [before, after] = [&old, &new].map(|tokens| claims(&tokens["access_token"]));
    assert_eq!(after["scope"], "openid email");
    assert_eq!(before["origin_jti"], after["origin_jti"]);
    assert_eq!(before["auth_time"], after["auth_time"]);
    let id = claims(&new["id_token"]);
    assert_eq!((&id["name"], &id["nonce"]), (&Value::Null, &Value::Null));
    let fields = json!({ "ClientId": CLIENT, "RefreshToken": old["refresh_token"] });
    let by_api = pool.call("GetTokensFromRefreshToken", fields).await.ok();
    let access = claims(&by_api["AuthenticationResult"]["AccessToken"]);
    assert_eq!(access["scope"], "openid email");
    refused(&refresh(&pool, &json!("made.up")).await, "invalid_grant");
}

#[tokio::test]
async fn refresh_tokens_rotate_where_the_client_wants_it() {
    let rotating = |client: Client| client.refresh_rotation(Duration::ZERO);
    let pool = hosted_with(rotating, |builder| builder).await;
    let old = pool.hosted_tokens("openid").await;
    let new = refresh(&pool, &old["refresh_token"]).await.body;
    assert!(new["refresh_token"].is_string());
    refused(
        &refresh(&pool, &old["refresh_token"]).await,
        "invalid_grant",
    );
    assert_eq!(refresh(&pool, &new["refresh_token"]).await.status, 200);
}

#[tokio::test]
async fn client_credentials_get_permitted_scopes() {
    let machine = Client::new("machine")
        .secret(SECRET)
        .oauth_flow(OAuthFlow::ClientCredentials)
        .oauth_scope(format!("{API}/read"))
        .oauth_scope(format!("{API}/write"));
    let narrow = Client::new("narrow")
        .secret(SECRET)
        .oauth_flow(OAuthFlow::ClientCredentials)
        .oauth_scope(format!("{API}/read"));
    let both = |builder: EmulatorBuilder| builder.client(machine).client(narrow);
    let pool = hosted_with(|client| client, both).await;
    let ask = async |scope: &str| {
        let mut pairs = vec![("grant_type", "client_credentials")];
        pairs.extend((!scope.is_empty()).then_some(("scope", scope)));
        pool.form("/oauth2/token", Some(("machine", SECRET)), &pairs)
            .await
    };
    let read = format!("{API}/read");
    let reply = ask(&read).await;
    assert_eq!(
        reply.body.as_object().map(serde_json::Map::len),
        Some(3),
        "{}",
        reply.body
    );
    let token = claims(&reply.body["access_token"]);
    for (name, value) in [
        ("sub", "machine"),
        ("client_id", "machine"),
        ("token_use", "access"),
        ("scope", &read),
    ] {
        assert_eq!(token[name], value, "{name}");
    }
    let all = claims(&ask("").await.body["access_token"]);
    assert_eq!(all["scope"], format!("{API}/read {API}/write"));
    for scope in [
        "openid",
        &format!("{API}/delete"),
        &format!("{read} openid"),
    ] {
        refused(&ask(scope).await, "invalid_scope");
    }
    let narrow = [
        ("grant_type", "client_credentials"),
        ("scope", &format!("{API}/write")),
    ];
    let reply = pool
        .form("/oauth2/token", Some(("narrow", SECRET)), &narrow)
        .await;
    refused(&reply, "invalid_grant");
    // A token of a client belongs to no user.
    let token = ask("").await.body["access_token"]
        .as_str()
        .expect("a token")
        .to_owned();
    refused(&pool.user_info(&token).await, "invalid_token");
    let server = json!({ "Identifier": API });
    pool.admin("DeleteResourceServer", server).await.ok();
    refused(&ask(&read).await, "invalid_scope");
}

#[tokio::test]
async fn a_client_uses_the_grants_that_it_has() {
    let machine = Client::new("machine")
        .secret(SECRET)
        .oauth_flow(OAuthFlow::ClientCredentials)
        .oauth_scope(format!("{API}/read"));
    let pool = hosted_with(|client| client, |builder| builder.client(machine)).await;
    let code = code_for(&pool, &request_with(&[])).await;
    for (secret, pairs, error) in [
        (
            Some(("machine", SECRET)),
            vec![
                ("grant_type", "authorization_code"),
                ("code", code.as_str()),
            ],
            "unauthorized_client",
        ),
        (
            None,
            vec![("grant_type", "client_credentials"), ("client_id", CLIENT)],
            "unauthorized_client",
        ),
        (
            None,
            vec![("grant_type", "password"), ("client_id", CLIENT)],
            "unsupported_grant_type",
        ),
        (None, vec![("client_id", CLIENT)], "invalid_request"),
        (
            None,
            vec![("grant_type", "refresh_token"), ("client_id", CLIENT)],
            "invalid_request",
        ),
        (
            None,
            vec![("grant_type", "refresh_token")],
            "invalid_request",
        ),
        (
            None,
            vec![
                ("grant_type", "refresh_token"),
                ("grant_type", "refresh_token"),
            ],
            "invalid_request",
        ),
    ] {
        refused(&pool.form("/oauth2/token", secret, &pairs).await, error);
    }
    let reply = pool.send("POST", "/oauth2/token", &[], "{}").await;
    refused(&reply, "invalid_request");
}

#[tokio::test]
async fn user_info_returns_claims_of_scopes() {
    let pool = hosted().await;
    let tokens = pool.hosted_tokens("openid email").await;
    let access = tokens["access_token"].as_str().expect("a token");
    let reply = pool.user_info(access).await;
    assert_eq!(reply.status, 200);
    let sub = claims(&tokens["id_token"])["sub"].clone();
    let expected = json!({
        "sub": sub, "username": sub, "email": EMAIL, "email_verified": "true",
    });
    assert_eq!(reply.body, expected);
    for token in [
        "made.up.token",
        tokens["id_token"].as_str().expect("a token"),
    ] {
        let reply = pool.user_info(token).await;
        assert_eq!(reply.status, 401);
        assert!(
            reply
                .header("www-authenticate")
                .contains("error=\"invalid_token\"")
        );
    }
    assert_eq!(pool.get("/oauth2/userInfo").await.status, 400);
    pool.advance(Duration::from_secs(3600));
    refused(&pool.user_info(access).await, "invalid_token");
}

#[tokio::test]
async fn the_api_wants_its_own_scope() {
    let pool = hosted().await;
    let narrow = pool.hosted_tokens("openid email").await;
    let token = narrow["access_token"].as_str().expect("a token");
    let reply = pool.get_user(token).await;
    reply.not_authorized("Access Token does not have required scopes");
    let wide = pool
        .hosted_tokens("openid aws.cognito.signin.user.admin")
        .await;
    let token = wide["access_token"].as_str().expect("a token");
    pool.get_user(token).await.ok();
}

#[tokio::test]
async fn a_revoked_sign_in_is_over_everywhere() {
    let pool = hosted().await;
    let tokens = pool.hosted_tokens("openid").await;
    let [access, token] =
        ["access_token", "refresh_token"].map(|name| tokens[name].as_str().expect("a token"));
    let revoke = async |token: &str| {
        let pairs = [("client_id", CLIENT), ("token", token)];
        pool.form("/oauth2/revoke", None, &pairs).await
    };
    refused(&revoke(access).await, "unsupported_token_type");
    refused(&revoke("made.up").await, "invalid_request");
    refused(&revoke("").await, "invalid_request");
    let reply = revoke(token).await;
    assert_eq!((reply.status, reply.body), (200, Value::Null));
    refused(
        &refresh(&pool, &tokens["refresh_token"]).await,
        "invalid_grant",
    );
    refused(&pool.user_info(access).await, "invalid_token");
    let stranger = [("client_id", "nobody"), ("token", token)];
    let reply = pool.form("/oauth2/revoke", None, &stranger).await;
    assert_eq!(
        (reply.status, &reply.body["error"]),
        (401, &json!("invalid_client"))
    );
}

#[tokio::test]
async fn the_discovery_document_names_every_endpoint() {
    let pool = hosted().await;
    let path = format!(
        "/{}/.well-known/openid-configuration",
        pool.emulator.user_pool_id()
    );
    let document = pool.get(&path).await.body;
    for (name, path) in [
        ("authorization_endpoint", "/oauth2/authorize"),
        ("end_session_endpoint", "/logout"),
        ("revocation_endpoint", "/oauth2/revoke"),
        ("token_endpoint", "/oauth2/token"),
        ("userinfo_endpoint", "/oauth2/userInfo"),
    ] {
        assert_eq!(
            document[name],
            format!("{}{path}", pool.emulator.endpoint())
        );
    }
}

#[tokio::test]
async fn faults_and_counts_go_by_the_path() {
    let pool = hosted().await;
    let code = code_for(&pool, &request_with(&[])).await;
    pool.emulator
        .inject(Fault::error("/oauth2/token", "invalid_client", "no").times(1))
        .expect("a known name");
    let reply = pool.exchange(&[("code", &code)]).await;
    assert_eq!(
        reply.body,
        json!({ "error": "invalid_client", "error_description": "no" })
    );
    pool.emulator
        .inject(Fault::status("/oauth2/token", 503).times(1))
        .expect("a known name");
    assert_eq!(pool.exchange(&[("code", &code)]).await.status, 503);
    assert_eq!(pool.exchange(&[("code", &code)]).await.status, 200);
    assert_eq!(pool.emulator.calls("/oauth2/token"), 3);
    assert_eq!(pool.emulator.calls("/oauth2/nothing"), 0);
    pool.emulator.reset();
    assert_eq!(pool.emulator.calls("/oauth2/token"), 0);
}
