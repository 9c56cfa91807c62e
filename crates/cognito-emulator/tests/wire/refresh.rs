//! Refreshing, rotating and revoking tokens, signing out.

use std::time::Duration;

use cognito_emulator::Client;
use serde_json::{Value, json};

use crate::support::{
    CLIENT, EMAIL, PASSWORD, Pool, START, Tokens, pool, pool_of, pool_with, secret_hash,
};

const SECRET: &str = "a_secret_of_more_than_24_characters";

fn flow_fields(refresh: &str) -> Value {
    json!({
        "AuthFlow": "REFRESH_TOKEN_AUTH",
        "ClientId": CLIENT,
        "AuthParameters": { "REFRESH_TOKEN": refresh },
    })
}

fn direct_fields(refresh: &str) -> Value {
    json!({ "ClientId": CLIENT, "RefreshToken": refresh })
}

async fn direct(pool: &Pool, refresh: &str) -> crate::support::Reply {
    pool.call("GetTokensFromRefreshToken", direct_fields(refresh))
        .await
}

#[tokio::test]
async fn refresh_returns_no_new_refresh_token() {
    let pool = pool().await;
    pool.person();
    let first = pool.tokens().await;
    pool.advance(Duration::from_secs(4000));
    let mut legacy = flow_fields(&first.refresh);
    legacy["AuthFlow"] = json!("REFRESH_TOKEN");
    for reply in [
        pool.call("InitiateAuth", flow_fields(&first.refresh)).await,
        pool.call("InitiateAuth", legacy).await,
        pool.admin("AdminInitiateAuth", flow_fields(&first.refresh))
            .await,
        direct(&pool, &first.refresh).await,
    ] {
        let tokens = Tokens::read(&reply.ok());
        assert_eq!(tokens.refresh, "");
        pool.get_user(&tokens.access).await.ok();
        let claims = payload(&tokens.access);
        assert_eq!(claims["auth_time"], START);
        assert_eq!(claims["iat"], START + 4000);
        assert_eq!(claims["origin_jti"], payload(&first.access)["origin_jti"]);
    }
}

fn payload(token: &str) -> Value {
    use base64::Engine;
    let part = token.split('.').nth(1).expect("a payload");
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(part)
        .expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}

#[tokio::test]
async fn bad_refresh_tokens() {
    let pool = pool_with(|builder| {
        builder
            .client(Client::new(CLIENT).refresh_token_validity(Duration::from_secs(7200)))
            .client(Client::new("other"))
    })
    .await;
    pool.person();
    let tokens = pool.tokens().await;
    let invalid = "Invalid Refresh Token.";
    for token in [tokens.access.as_str(), "garbage", "a.b.c.d.e"] {
        pool.call("InitiateAuth", flow_fields(token))
            .await
            .not_authorized(invalid);
        direct(&pool, token).await.not_authorized(invalid);
    }
    let mut fields = direct_fields(&tokens.refresh);
    fields["ClientId"] = json!("other");
    pool.call("GetTokensFromRefreshToken", fields)
        .await
        .not_authorized(invalid);
    pool.advance(Duration::from_secs(7200));
    direct(&pool, &tokens.refresh)
        .await
        .not_authorized("Refresh Token has expired");
}

#[tokio::test]
async fn a_secret_client_proves_itself_at_a_refresh() {
    let pool = pool_of(|client| client.secret(SECRET)).await;
    let sub = pool.person();
    let mut fields = crate::support::sign_in_fields(EMAIL, PASSWORD);
    fields["AuthParameters"]["SECRET_HASH"] = json!(secret_hash(SECRET, EMAIL, CLIENT));
    let refresh = Tokens::read(&pool.call("InitiateAuth", fields).await.ok()).refresh;

    // The hash contains the internal user name, because a refresh sends no other name.
    let mut fields = flow_fields(&refresh);
    fields["AuthParameters"]["SECRET_HASH"] = json!(secret_hash(SECRET, EMAIL, CLIENT));
    pool.call("InitiateAuth", fields.clone())
        .await
        .not_authorized("SecretHash does not match for the client: emulatorclient1");
    fields["AuthParameters"]["SECRET_HASH"] = json!(secret_hash(SECRET, &sub, CLIENT));
    pool.call("InitiateAuth", fields).await.ok();

    let mut fields = direct_fields(&refresh);
    let refused = "Unable to verify secret for client emulatorclient1";
    pool.call("GetTokensFromRefreshToken", fields.clone())
        .await
        .not_authorized(refused);
    fields["ClientSecret"] = json!("another_secret_of_24_characters");
    pool.call("GetTokensFromRefreshToken", fields.clone())
        .await
        .not_authorized(refused);
    fields["ClientSecret"] = json!(SECRET);
    pool.call("GetTokensFromRefreshToken", fields).await.ok();
    // An invalid token is rejected before the secret is checked.
    direct(&pool, "garbage")
        .await
        .not_authorized("Invalid Refresh Token.");
}

#[tokio::test]
async fn rotation_replaces_the_refresh_token() {
    let pool = pool_of(|client| client.refresh_rotation(Duration::from_secs(10))).await;
    pool.person();
    let first = pool.tokens().await.refresh;
    pool.call("InitiateAuth", flow_fields(&first)).await.fails(
        "UnsupportedOperationException",
        "Refresh token rotation is enabled for this client; REFRESH_TOKEN_AUTH is not supported",
    );
    let second = Tokens::read(&direct(&pool, &first).await.ok()).refresh;
    assert!(!second.is_empty() && second != first);
    pool.advance(Duration::from_secs(9));
    direct(&pool, &first).await.ok();
    pool.advance(Duration::from_secs(1));
    direct(&pool, &first).await.fails(
        "RefreshTokenReuseException",
        "Refresh token has been reused",
    );
    let third = Tokens::read(&direct(&pool, &second).await.ok()).refresh;
    direct(&pool, &third).await.ok();
}

#[tokio::test]
async fn rotated_token_keeps_original_expiry() {
    let pool = pool_of(|client| {
        client
            .refresh_rotation(Duration::ZERO)
            .refresh_token_validity(Duration::from_secs(7200))
    })
    .await;
    pool.person();
    let first = pool.tokens().await.refresh;
    pool.advance(Duration::from_secs(7000));
    let second = Tokens::read(&direct(&pool, &first).await.ok()).refresh;
    direct(&pool, &first).await.fails(
        "RefreshTokenReuseException",
        "Refresh token has been reused",
    );
    pool.advance(Duration::from_secs(200));
    direct(&pool, &second)
        .await
        .not_authorized("Refresh Token has expired");
}

#[tokio::test]
async fn revoking_ends_one_sign_in_and_no_other() {
    let pool = pool().await;
    pool.person();
    let (one, two) = (pool.tokens().await, pool.tokens().await);
    let renewed = Tokens::read(&direct(&pool, &one.refresh).await.ok());
    let fields = json!({ "ClientId": CLIENT, "Token": one.refresh });
    assert_eq!(
        pool.call("RevokeToken", fields.clone()).await.ok(),
        json!({})
    );
    for access in [&one.access, &renewed.access] {
        pool.get_user(access)
            .await
            .not_authorized("Access Token has been revoked");
    }
    direct(&pool, &one.refresh)
        .await
        .not_authorized("Refresh Token has been revoked");
    pool.call("RevokeToken", fields).await.ok();
    pool.get_user(&two.access).await.ok();
    direct(&pool, &two.refresh).await.ok();
}

#[tokio::test]
async fn rejects_tokens_that_cannot_be_revoked() {
    let pool = pool_with(|builder| {
        builder
            .client(Client::new(CLIENT))
            .client(Client::new("other"))
            .client(Client::new("keeps").token_revocation(false))
            .client(Client::new("secret").secret(SECRET))
    })
    .await;
    pool.person();
    let tokens = pool.tokens().await;
    for (client, token, code, message) in [
        (
            CLIENT,
            &tokens.access,
            "UnsupportedTokenTypeException",
            "Unsupported token type",
        ),
        (
            CLIENT,
            &tokens.id,
            "UnsupportedTokenTypeException",
            "Unsupported token type",
        ),
        (
            "other",
            &tokens.refresh,
            "UnauthorizedException",
            "The token does not belong to this client.",
        ),
        (
            "keeps",
            &tokens.refresh,
            "UnsupportedOperationException",
            "Token revocation is not enabled for this client.",
        ),
        (
            "secret",
            &tokens.refresh,
            "UnauthorizedException",
            "Invalid client secret.",
        ),
        (
            "stranger",
            &tokens.refresh,
            "UnauthorizedException",
            "User pool client stranger does not exist.",
        ),
        (
            CLIENT,
            &"garbage".to_owned(),
            "InvalidParameterException",
            "Invalid refresh token",
        ),
    ] {
        let fields = json!({ "ClientId": client, "Token": token });
        pool.call("RevokeToken", fields).await.fails(code, message);
    }
    direct(&pool, &tokens.refresh).await.ok();
}

#[tokio::test]
async fn global_sign_out_keeps_later_sessions() {
    let pool = pool().await;
    pool.person();
    let (one, two) = (pool.tokens().await, pool.tokens().await);
    let fields = json!({ "AccessToken": one.access });
    assert_eq!(
        pool.call("GlobalSignOut", fields.clone()).await.ok(),
        json!({})
    );
    for tokens in [&one, &two] {
        pool.get_user(&tokens.access)
            .await
            .not_authorized("Access Token has been revoked");
        direct(&pool, &tokens.refresh)
            .await
            .not_authorized("Refresh Token has been revoked");
    }
    pool.call("GlobalSignOut", fields)
        .await
        .not_authorized("Access Token has been revoked");
    // The sign-out happens in the same second as the sign-in.
    let three = pool.tokens().await;
    pool.get_user(&three.access).await.ok();
    pool.admin("AdminUserGlobalSignOut", json!({ "Username": EMAIL }))
        .await
        .ok();
    pool.get_user(&three.access)
        .await
        .not_authorized("Access Token has been revoked");
    pool.admin("AdminUserGlobalSignOut", json!({ "Username": "x@y.zz" }))
        .await
        .fails("UserNotFoundException", "User does not exist.");
}

#[tokio::test]
async fn signing_out_reaches_tokens_without_an_origin() {
    let pool = pool_of(|client| client.token_revocation(false)).await;
    pool.person();
    let access = pool.tokens().await.access;
    pool.advance(Duration::from_secs(1));
    pool.call("GlobalSignOut", json!({ "AccessToken": access }))
        .await
        .ok();
    pool.get_user(&access)
        .await
        .not_authorized("Access Token has been revoked");
    let access = pool.tokens().await.access;
    pool.get_user(&access).await.ok();
}

#[tokio::test]
async fn tokens_of_disabled_user_stay_revoked() {
    let pool = pool().await;
    pool.person();
    let tokens = pool.tokens().await;
    pool.admin("AdminDisableUser", json!({ "Username": EMAIL }))
        .await
        .ok();
    pool.get_user(&tokens.access)
        .await
        .not_authorized("User is disabled.");
    direct(&pool, &tokens.refresh)
        .await
        .not_authorized("User is disabled.");
    pool.admin("AdminEnableUser", json!({ "Username": EMAIL }))
        .await
        .ok();
    pool.get_user(&tokens.access)
        .await
        .not_authorized("Access Token has been revoked");
    direct(&pool, &tokens.refresh)
        .await
        .not_authorized("Refresh Token has been revoked");
}
