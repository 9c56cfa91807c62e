//! App clients that requests create, change and delete.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::{
    Pool, Tokens, new_client, new_person, new_pool, password_fields, pool, sign_in_fields,
};

fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).expect("claims");
    let text = URL_SAFE_NO_PAD.decode(part).expect("base64url");
    serde_json::from_slice(&text).expect("JSON")
}

/// Creates a pool with a user, and a client with these settings.
async fn prepared(pool: &Pool, fields: Value) -> (String, Value) {
    let id = new_pool(pool, json!({})).await;
    new_person(pool, &id, "ann").await;
    let client = new_client(pool, &id, fields).await;
    (id, client)
}

#[tokio::test]
async fn a_new_client_has_awss_defaults() {
    let pool = pool().await;
    let id = new_pool(&pool, json!({})).await;
    let fields = json!({ "UserPoolId": id, "ClientName": "my app" });
    let made = pool.operator("CreateUserPoolClient", fields).await.ok();
    let client = &made["UserPoolClient"];
    for (name, value) in [
        ("ClientName", json!("my app")),
        ("UserPoolId", json!(id)),
        ("ClientSecret", Value::Null),
        ("RefreshTokenValidity", json!(30)),
        ("TokenValidityUnits", json!({})),
        ("AuthSessionValidity", json!(3)),
        ("EnableTokenRevocation", json!(true)),
        ("PreventUserExistenceErrors", Value::Null),
        (
            "ExplicitAuthFlows",
            json!([
                "ALLOW_CUSTOM_AUTH",
                "ALLOW_REFRESH_TOKEN_AUTH",
                "ALLOW_USER_SRP_AUTH"
            ]),
        ),
    ] {
        assert_eq!(client[name], value, "{name}");
    }
    let fields = json!({ "UserPoolId": id, "ClientId": client["ClientId"] });
    let read = pool.operator("DescribeUserPoolClient", fields).await.ok();
    assert_eq!(read, made);
    pool.call("InitiateAuth", password_fields(&client["ClientId"], "ann"))
        .await
        .invalid_parameter("USER_PASSWORD_AUTH flow not enabled for this client");
}

#[tokio::test]
async fn tokens_have_the_configured_lifetime() {
    let pool = pool().await;
    let (_, client) = prepared(
        &pool,
        json!({
            "AccessTokenValidity": 10,
            "IdTokenValidity": 2,
            "RefreshTokenValidity": 7200,
            "TokenValidityUnits": {
                "AccessToken": "minutes",
                "IdToken": "hours",
                "RefreshToken": "seconds",
            },
        }),
    )
    .await;
    assert_eq!(client["AccessTokenValidity"], 10);
    assert_eq!(client["TokenValidityUnits"]["RefreshToken"], "seconds");
    let sign_in = password_fields(&client["ClientId"], "ann");
    let answer = pool.call("InitiateAuth", sign_in).await.ok();
    assert_eq!(answer["AuthenticationResult"]["ExpiresIn"], 600);
    let tokens = Tokens::read(&answer);
    for (token, seconds) in [(&tokens.access, 600), (&tokens.id, 7200)] {
        let claims = claims(token);
        let (exp, iat) = (claims["exp"].as_u64(), claims["iat"].as_u64());
        assert_eq!(exp, iat.map(|iat| iat + seconds));
    }
    let refresh = json!({ "ClientId": client["ClientId"], "RefreshToken": tokens.refresh });
    pool.advance(std::time::Duration::from_secs(7199));
    pool.call("GetTokensFromRefreshToken", refresh.clone())
        .await
        .ok();
    pool.advance(std::time::Duration::from_secs(1));
    pool.call("GetTokensFromRefreshToken", refresh)
        .await
        .not_authorized("Refresh Token has expired");
}

#[tokio::test]
async fn challenge_has_the_configured_lifetime() {
    let pool = pool().await;
    let (id, client) = prepared(&pool, json!({ "AuthSessionValidity": 5 })).await;
    let fields = json!({ "UserPoolId": id, "Username": "bea", "TemporaryPassword": "Temp123!x" });
    pool.operator("AdminCreateUser", fields).await.ok();
    let mut sign_in = sign_in_fields("bea", "Temp123!x");
    sign_in["ClientId"] = client["ClientId"].clone();
    for (seconds, in_time) in [(299, true), (300, false)] {
        let asked = pool.call("InitiateAuth", sign_in.clone()).await.ok();
        pool.advance(std::time::Duration::from_secs(seconds));
        let answer = json!({
            "ChallengeName": "NEW_PASSWORD_REQUIRED",
            "ClientId": client["ClientId"],
            "Session": asked["Session"],
            "ChallengeResponses": { "USERNAME": "bea", "NEW_PASSWORD": "short" },
        });
        // A password that is too short is checked only in an open session.
        let reply = pool.call("RespondToAuthChallenge", answer).await;
        let expected = if in_time {
            "InvalidPasswordException"
        } else {
            "NotAuthorizedException"
        };
        assert_eq!(reply.body["__type"], expected, "{seconds}");
    }
}

#[tokio::test]
async fn rejects_client_settings_that_aws_rejects() {
    let pool = pool().await;
    let id = new_pool(&pool, json!({})).await;
    let range = "Invalid range for token validity.";
    let hours = json!({ "AccessToken": "seconds", "RefreshToken": "hours" });
    for (fields, fault) in [
        (
            json!({ "AccessTokenValidity": 299, "TokenValidityUnits": hours }),
            range,
        ),
        (json!({ "AccessTokenValidity": 25 }), range),
        (json!({ "RefreshTokenValidity": 3651 }), range),
        // The lifetime of access tokens must not exceed that of refresh tokens.
        (
            json!({ "AccessTokenValidity": 7201, "RefreshTokenValidity": 2, "TokenValidityUnits": hours }),
            range,
        ),
        (
            json!({ "ReadAttributes": ["custom:none"] }),
            "Invalid read attributes specified while creating a client",
        ),
        (
            json!({ "WriteAttributes": ["custom:none"] }),
            "Invalid write attributes specified while creating a client",
        ),
        (
            json!({ "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "USER_PASSWORD_AUTH"] }),
            "Flows with and without the prefix ALLOW_ cannot be mixed.",
        ),
        (
            json!({
                "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"],
                "RefreshTokenRotation": { "Feature": "ENABLED" },
            }),
            "ALLOW_REFRESH_TOKEN_AUTH cannot be allowed while refresh token rotation is enabled.",
        ),
        (
            json!({ "AuthSessionValidity": 16 }),
            "1 validation error detected: Value '16' at 'authSessionValidity' failed to satisfy \
             constraint: Member must have value less than or equal to 15",
        ),
        (
            json!({ "AuthSessionValidity": i64::MAX }),
            "1 validation error detected: Value '9223372036854775807' at 'authSessionValidity' failed to satisfy \
             constraint: Member must have value less than or equal to 15",
        ),
        (
            json!({ "GenerateSecret": true, "ClientSecret": "a23456789012345678901234" }),
            "ClientSecret cannot be given when GenerateSecret is true.",
        ),
    ] {
        let mut fields = fields;
        fields["UserPoolId"] = json!(id);
        fields["ClientName"] = json!("web");
        pool.operator("CreateUserPoolClient", fields)
            .await
            .invalid_parameter(fault);
    }
    let fields = json!({ "UserPoolId": id });
    let answer = pool.operator("ListUserPoolClients", fields).await.ok();
    assert_eq!(answer["UserPoolClients"], json!([]));
}

#[tokio::test]
async fn update_resets_unnamed_settings() {
    let pool = pool().await;
    let (id, client) = prepared(
        &pool,
        json!({
            "GenerateSecret": true,
            "AccessTokenValidity": 2,
            "PreventUserExistenceErrors": "ENABLED",
            "CallbackURLs": ["https://example.com"],
            "WriteAttributes": ["email"],
        }),
    )
    .await;
    assert_eq!(client["CallbackURLs"], json!(["https://example.com"]));
    let fields = json!({
        "UserPoolId": id,
        "ClientId": client["ClientId"],
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
    });
    let answer = pool.operator("UpdateUserPoolClient", fields).await.ok();
    let after = &answer["UserPoolClient"];
    for name in [
        "AccessTokenValidity",
        "CallbackURLs",
        "PreventUserExistenceErrors",
        "WriteAttributes",
    ] {
        assert!(!client[name].is_null() && after[name].is_null(), "{name}");
    }
    for name in ["ClientName", "ClientSecret", "CreationDate"] {
        assert_eq!(after[name], client[name], "{name}");
    }
    let secret = client["ClientSecret"].as_str().expect("a secret");
    let name = client["ClientId"].as_str().expect("an id");
    let hash = crate::support::secret_hash(secret, "nobody", name);
    let mut sign_in = password_fields(&client["ClientId"], "nobody");
    sign_in["AuthParameters"]["SECRET_HASH"] = json!(hash);
    pool.call("InitiateAuth", sign_in)
        .await
        .fails("UserNotFoundException", "User does not exist.");
}

#[tokio::test]
async fn rotation_follows_client_settings() {
    let pool = pool().await;
    let (_, client) = prepared(
        &pool,
        json!({
            "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
            "RefreshTokenRotation": { "Feature": "ENABLED", "RetryGracePeriodSeconds": 10 },
        }),
    )
    .await;
    let sign_in = password_fields(&client["ClientId"], "ann");
    let tokens = Tokens::read(&pool.call("InitiateAuth", sign_in).await.ok());
    let refresh = json!({ "ClientId": client["ClientId"], "RefreshToken": tokens.refresh });
    let answer = pool
        .call("GetTokensFromRefreshToken", refresh.clone())
        .await
        .ok();
    assert!(answer["AuthenticationResult"]["RefreshToken"].is_string());
    pool.advance(std::time::Duration::from_secs(10));
    pool.call("GetTokensFromRefreshToken", refresh).await.fails(
        "RefreshTokenReuseException",
        "Refresh token has been reused",
    );
}

#[tokio::test]
async fn flows_by_their_older_names_allow_srp_too() {
    let pool = pool().await;
    for (flow, srp) in [
        ("USER_PASSWORD_AUTH", true),
        ("CUSTOM_AUTH_FLOW_ONLY", false),
    ] {
        let (_, client) = prepared(&pool, json!({ "ExplicitAuthFlows": [flow] })).await;
        assert_eq!(client["ExplicitAuthFlows"], json!([flow]));
        let fields = json!({
            "AuthFlow": "USER_SRP_AUTH",
            "ClientId": client["ClientId"],
            "AuthParameters": { "USERNAME": "ann", "SRP_A": "ab" },
        });
        let reply = pool.call("InitiateAuth", fields).await;
        assert_eq!(reply.status == 200, srp, "{}", reply.body);
    }
}

#[tokio::test]
async fn clients_are_listed_in_pages_and_deleted() {
    let pool = pool().await;
    let id = new_pool(&pool, json!({})).await;
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(new_client(&pool, &id, json!({})).await["ClientId"].clone());
    }
    let fields = json!({ "UserPoolId": id, "ClientId": made[0] });
    pool.operator("DeleteUserPoolClient", fields.clone())
        .await
        .ok();
    let reply = pool.operator("DeleteUserPoolClient", fields).await;
    assert_eq!(reply.body["__type"], "ResourceNotFoundException");
    let mut listed = Vec::new();
    let mut fields = json!({ "UserPoolId": id, "MaxResults": 1 });
    for _ in 0..2 {
        let answer = pool
            .operator("ListUserPoolClients", fields.clone())
            .await
            .ok();
        let page = answer["UserPoolClients"].as_array().expect("a list");
        assert_eq!(page.len(), 1);
        listed.push(page[0]["ClientId"].to_string());
        fields["NextToken"] = answer["NextToken"].clone();
    }
    assert_eq!(fields["NextToken"], Value::Null);
    let mut left: Vec<_> = made[1..].iter().map(ToString::to_string).collect();
    left.sort();
    assert_eq!(listed, left);
}
