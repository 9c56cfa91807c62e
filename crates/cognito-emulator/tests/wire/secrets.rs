//! Clients with several secrets.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{
    Pool, Tokens, new_client, new_person, new_pool, password_fields, pool, secret_hash,
};

const BROUGHT: &str = "brought0123456789012345678";

/// Creates a pool with a user, and a client with a secret. Returns the fields that name the client,
/// and the secret.
async fn prepared(pool: &Pool) -> (Value, String) {
    let id = new_pool(pool, json!({})).await;
    new_person(pool, &id, "ann").await;
    let client = new_client(pool, &id, json!({ "GenerateSecret": true })).await;
    let secret = client["ClientSecret"]
        .as_str()
        .expect("a secret")
        .to_owned();
    assert!((24..=64).contains(&secret.len()));
    (
        json!({ "UserPoolId": id, "ClientId": client["ClientId"] }),
        secret,
    )
}

fn with(fields: &Value, name: &str, value: &str) -> Value {
    let mut fields = fields.clone();
    fields[name] = json!(value);
    fields
}

async fn sign_in(pool: &Pool, named: &Value, secret: &str) -> crate::support::Reply {
    let client = named["ClientId"].as_str().expect("an id");
    let mut fields = password_fields(&named["ClientId"], "ann");
    fields["AuthParameters"]["SECRET_HASH"] = json!(secret_hash(secret, "ann", client));
    pool.call("InitiateAuth", fields).await
}

#[tokio::test]
async fn both_secrets_work_until_deleted() {
    let pool = pool().await;
    let (named, old) = prepared(&pool).await;
    pool.advance(Duration::from_secs(60));
    let answer = pool
        .operator("AddUserPoolClientSecret", named.clone())
        .await
        .ok();
    let added = &answer["ClientSecretDescriptor"];
    let new = added["ClientSecretValue"]
        .as_str()
        .expect("a secret")
        .to_owned();
    assert_ne!(old, new);
    for secret in [&old, &new] {
        let tokens = Tokens::read(&sign_in(&pool, &named, secret).await.ok());
        let refresh = json!({
            "ClientId": named["ClientId"],
            "ClientSecret": secret,
            "RefreshToken": tokens.refresh,
        });
        pool.call("GetTokensFromRefreshToken", refresh).await.ok();
    }
    let listed = pool
        .operator("ListUserPoolClientSecrets", named.clone())
        .await
        .ok();
    let list = listed["ClientSecrets"].as_array().expect("a list");
    assert_eq!(list.len(), 2);
    assert!(
        list.iter()
            .all(|secret| secret.get("ClientSecretValue").is_none())
    );
    let client = named["ClientId"].as_str().expect("an id");
    let id = list[0]["ClientSecretId"].as_str().expect("an id");
    assert_eq!(id, format!("{client}--1700000000000"));

    let fields = with(&named, "ClientSecretId", id);
    pool.operator("DeleteUserPoolClientSecret", fields.clone())
        .await
        .ok();
    sign_in(&pool, &named, &old)
        .await
        .not_authorized(&format!("Unable to verify secret hash for client {client}"));
    sign_in(&pool, &named, &new).await.ok();
    pool.operator("DeleteUserPoolClientSecret", fields)
        .await
        .fails("ResourceNotFoundException", "Client secret does not exist.");
}

#[tokio::test]
async fn client_has_one_or_two_secrets() {
    let pool = pool().await;
    let (named, _) = prepared(&pool).await;
    let listed = pool
        .operator("ListUserPoolClientSecrets", named.clone())
        .await
        .ok();
    let id = listed["ClientSecrets"][0]["ClientSecretId"]
        .as_str()
        .expect("an id");
    pool.operator(
        "DeleteUserPoolClientSecret",
        with(&named, "ClientSecretId", id),
    )
    .await
    .invalid_parameter("The last secret of a client cannot be deleted.");
    pool.operator("AddUserPoolClientSecret", named.clone())
        .await
        .ok();
    pool.operator("AddUserPoolClientSecret", named)
        .await
        .fails("LimitExceededException", "A client has up to 2 secrets.");
}

#[tokio::test]
async fn custom_secret_is_not_returned_again() {
    let pool = pool().await;
    let (named, _) = prepared(&pool).await;
    let fields = with(&named, "ClientSecret", BROUGHT);
    let answer = pool.operator("AddUserPoolClientSecret", fields).await.ok();
    assert!(answer["ClientSecretDescriptor"]["ClientSecretValue"].is_null());
    sign_in(&pool, &named, BROUGHT).await.ok();
    let id = named["UserPoolId"].as_str().expect("an id");
    let client = new_client(&pool, id, json!({ "ClientSecret": BROUGHT })).await;
    let named = json!({ "UserPoolId": id, "ClientId": client["ClientId"] });
    sign_in(&pool, &named, BROUGHT).await.ok();
}

#[tokio::test]
async fn a_public_client_stays_public() {
    let pool = pool().await;
    let id = new_pool(&pool, json!({})).await;
    let client = new_client(&pool, &id, json!({})).await;
    let named = json!({ "UserPoolId": id, "ClientId": client["ClientId"] });
    pool.operator("AddUserPoolClientSecret", named.clone())
        .await
        .invalid_parameter("A secret cannot be added to a client that was created without one.");
    let listed = pool.operator("ListUserPoolClientSecrets", named).await.ok();
    assert_eq!(listed["ClientSecrets"], json!([]));
}
