//! Pools from a seed file.

use std::time::Duration;

use cognito_emulator::{Emulator, Seed, StartError};
use serde_json::{Value, json};

use crate::support::{PASSWORD, Pool, Tokens, password_fields, pool_with, secret_hash};

const SAMPLE: &str = include_str!("../../seed.json");
const FIRST: &str = "us-east-1_SeedPool1";
const FLOWS: [&str; 1] = ["ALLOW_USER_PASSWORD_AUTH"];

async fn sample() -> Pool {
    let seed = Seed::from_json(SAMPLE).expect("the sample is right");
    pool_with(|builder| builder.prepared(seed)).await
}

async fn sign_in(pool: &Pool, username: &str) -> crate::support::Reply {
    let fields = password_fields(&json!("seedwebclient"), username);
    pool.call("InitiateAuth", fields).await
}

async fn user(pool: &Pool, username: &str) -> Value {
    let fields = json!({ "UserPoolId": FIRST, "Username": username });
    pool.operator("AdminGetUser", fields).await.ok()
}

/// Returns the path and the reason of the error that this document causes.
async fn fault(text: &str) -> (String, String) {
    let error = match Seed::from_json(text) {
        Ok(seed) => Emulator::builder().prepared(seed).start().await.err(),
        Err(error) => Some(error),
    };
    match error {
        Some(StartError::Seed { path, reason, .. }) => (path, reason),
        other => (format!("{other:?}"), String::new()),
    }
}

#[tokio::test]
async fn sample_has_named_pools_and_clients() {
    let pool = sample().await;
    assert_eq!(pool.emulator.user_pool_id(), FIRST);
    assert_eq!(pool.emulator.client_id(), "seedwebclient");
    assert_eq!(
        pool.emulator.user_pool_ids(),
        [FIRST, "us-east-1_SeedPool2"]
    );
    assert_eq!(
        pool.emulator.client_ids(FIRST),
        ["seedserverclient", "seedwebclient"]
    );
    let described = pool.admin("DescribeUserPool", json!({})).await.ok();
    let described = &described["UserPool"];
    assert_eq!(described["Name"], "people");
    assert_eq!(described["MfaConfiguration"], "OPTIONAL");
    assert_eq!(described["EstimatedNumberOfUsers"], 5);
    assert_eq!(described["Policies"]["PasswordPolicy"]["MinimumLength"], 10);
}

#[tokio::test]
async fn sample_users_have_the_stated_settings() {
    let pool = sample().await;
    let tokens = Tokens::read(&sign_in(&pool, "ann@example.com").await.ok());
    let ann = pool.get_user(&tokens.access).await.ok();
    assert_eq!(ann["Username"], "0a7c1f52-90c5-4d3b-9c37-5f1f0c6a1a01");
    let groups = json!({ "UserPoolId": FIRST, "Username": "ann@example.com" });
    let groups = pool.operator("AdminListGroupsForUser", groups).await.ok();
    assert_eq!(groups["Groups"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        user(&pool, "bob@example.com").await["UserStatus"],
        "FORCE_CHANGE_PASSWORD"
    );
    sign_in(&pool, "dan@example.com")
        .await
        .not_authorized("User is disabled.");
    sign_in(&pool, "eve@example.com")
        .await
        .fails("UserNotConfirmedException", "User is not confirmed.");

    let asked = sign_in(&pool, "cid@example.com").await.ok();
    assert_eq!(asked["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    let answer = json!({
        "ChallengeName": "SOFTWARE_TOKEN_MFA",
        "ClientId": "seedwebclient",
        "Session": asked["Session"],
        "ChallengeResponses": {
            "USERNAME": "cid@example.com",
            "SOFTWARE_TOKEN_MFA_CODE": pool.totp("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"),
        },
    });
    Tokens::read(&pool.call("RespondToAuthChallenge", answer).await.ok());
}

#[tokio::test]
async fn both_secrets_of_a_client_are_right() {
    let pool = sample().await;
    let client = "seedserverclient";
    for secret in ["exampleOfASecretThatIsNone1", "exampleOfASecretThatIsNone2"] {
        let mut fields = password_fields(&json!(client), "ann@example.com");
        let hash = secret_hash(secret, "ann@example.com", client);
        fields["AuthParameters"]["SECRET_HASH"] = json!(hash);
        let answer = pool.call("InitiateAuth", fields).await.ok();
        assert_eq!(answer["AuthenticationResult"]["ExpiresIn"], 900);
    }
}

#[tokio::test]
async fn reset_restores_seed_users() {
    let pool = sample().await;
    let named = json!({ "UserPoolId": FIRST, "Username": "ann@example.com" });
    pool.operator("AdminDeleteUser", named.clone()).await.ok();
    let created = json!({ "UserPoolId": FIRST, "Username": "new@example.com" });
    pool.operator("AdminCreateUser", created.clone()).await.ok();
    pool.emulator.reset();
    Tokens::read(&sign_in(&pool, "ann@example.com").await.ok());
    pool.operator("AdminGetUser", created)
        .await
        .fails("UserNotFoundException", "User does not exist.");
}

#[tokio::test]
async fn reset_signs_out_seed_users() {
    let pool = sample().await;
    let mut old = Vec::new();
    for _ in 0..3 {
        let tokens = Tokens::read(&sign_in(&pool, "ann@example.com").await.ok());
        pool.get_user(&tokens.access).await.ok();
        old.push(tokens);
        pool.emulator.reset();
        for tokens in &old {
            pool.get_user(&tokens.access)
                .await
                .not_authorized("Access Token has been revoked");
            let fields = json!({ "ClientId": "seedwebclient", "RefreshToken": tokens.refresh });
            pool.call("GetTokensFromRefreshToken", fields)
                .await
                .not_authorized("Refresh Token has been revoked");
        }
    }
}

/// A pool with one user, whose `sub` is in capitals, and a client without revocation.
async fn of_capitals() -> Pool {
    let seed = json!({ "pools": [{
        "id": FIRST,
        "settings": { "PoolName": "people", "UsernameAttributes": ["email"] },
        "clients": [{
            "id": "seedwebclient",
            "settings": {
                "ClientName": "web",
                "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
                "EnableTokenRevocation": false,
            },
        }],
        "users": [{
            "username": "ann@example.com",
            "password": PASSWORD,
            "sub": "0A7C1F52-90C5-4D3B-9C37-5F1F0C6A1A01",
        }],
    }] });
    let seed = Seed::from_json(&seed.to_string()).expect("the seed is right");
    pool_with(|builder| builder.prepared(seed)).await
}

#[tokio::test]
async fn reset_ends_unrevocable_tokens() {
    let pool = of_capitals().await;
    let old = Tokens::read(&sign_in(&pool, "ann@example.com").await.ok());
    pool.get_user(&old.access).await.ok();
    pool.advance(Duration::from_secs(1));
    pool.emulator.reset();
    pool.get_user(&old.access)
        .await
        .not_authorized("Access Token has been revoked");
    let new = Tokens::read(&sign_in(&pool, "ann@example.com").await.ok());
    pool.get_user(&new.access).await.ok();
}

#[tokio::test]
async fn case_sensitive_pool_keeps_email_case() {
    let pool = of_capitals().await;
    let access = Tokens::read(&sign_in(&pool, "ann@example.com").await.ok()).access;
    let ask = json!({ "AccessToken": access, "AttributeName": "email" });
    pool.call("GetUserAttributeVerificationCode", ask)
        .await
        .ok();
    let code = pool.code("ann@example.com");
    let proof = json!({ "AccessToken": access, "AttributeName": "email", "Code": code });
    pool.call("VerifyUserAttribute", proof).await.ok();
}

#[tokio::test]
async fn seed_has_risk_configurations() {
    let seed = json!({ "pools": [{
        "id": FIRST,
        "settings": {
            "UserPoolAddOns": { "AdvancedSecurityMode": "ENFORCED" }, "UserPoolTier": "PLUS",
        },
        "risk_configurations": [
            { "RiskExceptionConfiguration": { "BlockedIPRangeList": ["127.0.0.0/8"] } },
            { "ClientId": "open", "RiskExceptionConfiguration": { "BlockedIPRangeList": [] } },
        ],
        "clients": [
            { "id": "seedwebclient", "settings": { "ExplicitAuthFlows": FLOWS } },
            { "id": "open", "settings": { "ExplicitAuthFlows": FLOWS } },
        ],
        "users": [{ "username": "ann", "password": PASSWORD }],
    }] });
    let seed = Seed::from_json(&seed.to_string()).expect("the seed is right");
    let pool = pool_with(|builder| builder.prepared(seed)).await;
    sign_in(&pool, "ann")
        .await
        .not_authorized("Request not allowed due to security reasons.");
    let fields = password_fields(&json!("open"), "ann");
    Tokens::read(&pool.call("InitiateAuth", fields).await.ok());
    let fields = json!({ "ClientId": "open" });
    let stored = pool.admin("DescribeRiskConfiguration", fields).await.ok();
    assert_eq!(stored["RiskConfiguration"]["ClientId"], "open");
}

#[tokio::test]
async fn rejects_invalid_risk_configurations_of_seed() {
    let protected = |risks: &str| {
        pool_of(&format!(
            r#""settings": {{
                "UserPoolAddOns": {{ "AdvancedSecurityMode": "AUDIT" }}, "UserPoolTier": "PLUS"
            }}, "risk_configurations": [{risks}]"#
        ))
    };
    let path = "pools[0].risk_configurations[0]";
    check(&[
        (
            pool_of(r#""risk_configurations": [{}]"#),
            path,
            "UserPoolAddOnNotEnabledException: This is an add on feature.",
        ),
        (
            protected(r#"{ "ClientId": "nobody" }"#),
            path,
            "ResourceNotFoundException: User pool client nobody does not exist.",
        ),
        (
            protected(r#"{ "UserPoolId": "eu-west-1_A" }"#),
            path,
            "There is no such member",
        ),
        (
            protected(r#"{ "RiskExceptionConfiguration": { "BlockedIPRangeList": ["hunter2"] } }"#),
            path,
            "BlockedIPRangeList contains a range that is not in CIDR notation.",
        ),
        (
            pool_of(r#""settings": { "UserPoolAddOns": { "AdvancedSecurityMode": "AUDIT" } }"#),
            "pools[0].settings",
            "FeatureUnavailableInTierException: ",
        ),
    ])
    .await;
}

/// Checks that each document is rejected with this path and reason. The message must not contain
/// the invalid value.
async fn check(documents: &[(String, &str, &str)]) {
    for (text, path, reason) in documents {
        let (found, said) = fault(text).await;
        assert_eq!(&found, path, "{said}");
        assert!(said.contains(reason), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

fn pool_of(more: &str) -> String {
    format!(r#"{{ "pools": [{{ "id": "eu-west-1_A", {more} }}] }}"#)
}

#[tokio::test]
async fn seed_error_names_path_without_value() {
    let user = |more: &str| pool_of(&format!(r#""users": [{{ "username": "ann", {more} }}]"#));
    check(&[
        (
            r#"{ "pools": [] }"#.to_owned(),
            "pools",
            "the list is empty: add a pool",
        ),
        (
            r#"{ "pools": [{ "id": "eu-west-1_A" }] } }"#.to_owned(),
            "the end",
            "trailing characters",
        ),
        (
            user(r#""pass": "hunter2hunter2""#),
            "pools[0].users[0].pass",
            "unknown field `pass`",
        ),
        (
            user(r#""temporary": "hunter2hunter2""#),
            "pools[0].users[0].temporary",
            "expected a boolean",
        ),
        (
            user(r#""password": "hunter2hunter2""#),
            "pools[0].users[0]",
            "InvalidPasswordException: ",
        ),
        (
            user(r#""totp_secret": "hunter2hunter2""#),
            "pools[0].users[0]",
            "totp_secret: use Base32",
        ),
        (
            user(r#""sub": "hunter2hunter2""#),
            "pools[0].users[0]",
            "sub: use a UUID",
        ),
        (
            user(r#""groups": ["hunter2hunter2"]"#),
            "pools[0].users[0]",
            "ResourceNotFoundException: Group not found.",
        ),
    ])
    .await;
}

#[tokio::test]
async fn rejects_seed_settings_that_aws_rejects() {
    check(&[
        (
            pool_of(r#""clients": [{ "id": "web", "secrets": ["hunter2"] }]"#),
            "pools[0].clients[0].secrets[0]",
            "use at most two secrets",
        ),
        (
            pool_of(r#""clients": [{ "id": "web" }, { "id": "web" }]"#),
            "pools[0].clients[1]",
            "another client of this or another pool has the same id",
        ),
        (
            r#"{ "pools": [{ "id": "nowhere" }] }"#.to_owned(),
            "pools[0].id",
            "it must look like us-east-1_AbCdEf123",
        ),
        (
            r#"{ "pools": [{ "id": "eu-west-1_A" }, { "id": "eu-west-1_A" }] }"#.to_owned(),
            "pools[1]",
            "another pool has the same id",
        ),
        (
            pool_of(r#""settings": { "Policies": { "PasswordPolicy": { "MinLength": 8 } } }"#),
            "pools[0].settings",
            "'policies.passwordPolicy.minLength' failed to satisfy constraint: There is no such \
             member",
        ),
        (
            pool_of(r#""clients": [{ "id": "web", "settings": { "GenerateSecret": true } }]"#),
            "pools[0].clients[0].settings",
            "'generateSecret' failed to satisfy constraint: There is no such member",
        ),
        (
            pool_of(r#""mfa": { "MfaConfiguration": "ON" }"#),
            "pools[0].mfa",
            "Invalid MFA configuration given",
        ),
    ])
    .await;
}

/// A seed must not create a state that no request can create.
#[tokio::test]
async fn seeds_are_validated_like_requests() {
    let settings = |more: &str| pool_of(&format!(r#""settings": {{ {more} }}"#));
    let client = |more: &str| {
        pool_of(&format!(
            r#""clients": [{{ "id": "web", "settings": {{ {more} }} }}]"#
        ))
    };
    let user = |more: &str| pool_of(&format!(r#""users": [{{ "username": "ann", {more} }}]"#));
    check(&[
        (
            settings(r#""LambdaConfig": { "PreSignUp": "gate" }"#),
            "pools[0].settings",
            "at 'lambdaConfig.preSignUp' failed to satisfy constraint: Member must have length",
        ),
        (
            settings(r#""EmailConfiguration": { "EmailSendingAccount": "NOBODY" }"#),
            "pools[0].settings",
            "at 'emailConfiguration.emailSendingAccount' failed to satisfy constraint: Member must \
             satisfy enum value set: [COGNITO_DEFAULT, DEVELOPER]",
        ),
        (
            client(r#""AnalyticsConfiguration": { "ApplicationId": "no hex" }"#),
            "pools[0].clients[0].settings",
            "at 'analyticsConfiguration.applicationId' failed to satisfy constraint",
        ),
        (
            pool_of(r#""mfa": { "EmailMfaConfiguration": { "Message": "short" } }"#),
            "pools[0].mfa",
            "at 'emailMfaConfiguration.message' failed to satisfy constraint",
        ),
        (
            user(r#""totp_secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP""#),
            "pools[0].users[0]",
            "totp_secret: the pool does not offer authenticator apps",
        ),
        (
            user(r#""password": "SecurePass123!", "temporary": true, "confirmed": false"#),
            "pools[0].users[0]",
            "temporary: not possible with `confirmed: false`",
        ),
    ])
    .await;
}

/// A seed can also be deserialized without [`Seed::from_json`].
#[tokio::test]
async fn deserialized_seed_needs_a_pool() {
    let seed: Seed = serde_json::from_str(r#"{ "pools": [] }"#).expect("an empty seed");
    let error = Emulator::builder().prepared(seed).build().err();
    let path = match &error {
        Some(StartError::Seed { path, .. }) => path.as_str(),
        _ => "",
    };
    assert_eq!(path, "pools", "{error:?}");
}

/// Cognito accepts spaces inside of passwords.
#[tokio::test]
async fn seeds_accept_the_same_as_requests() {
    let password = "Two words 1!";
    let text = pool_of(&format!(
        r#""users": [{{ "username": "ann", "password": "{password}" }}],
           "clients": [{{ "id": "web", "settings": {{
             "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"] }} }}]"#
    ));
    let seed = Seed::from_json(&text).expect("the seed is right");
    let pool = pool_with(|builder| builder.prepared(seed)).await;
    let mut fields = password_fields(&json!("web"), "ann");
    fields["AuthParameters"]["PASSWORD"] = json!(password);
    Tokens::read(&pool.call("InitiateAuth", fields).await.ok());
}

#[tokio::test]
async fn seed_debug_hides_content() {
    let seed = Seed::from_json(SAMPLE).expect("the sample is right");
    let text = format!("{seed:?}");
    assert!(text.contains(FIRST), "{text}");
    assert!(
        !text.contains(PASSWORD) && !text.contains("example"),
        "{text}"
    );
}
