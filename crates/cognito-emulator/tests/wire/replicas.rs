//! Replicas of a pool in a second region.

mod pages;
mod settings;

use cognito_emulator::{EmulatorBuilder, MfaMode, Trigger};
use serde_json::{Value, json};

use crate::browser::{CALLBACK, claims, hosted_with};
use crate::support::{
    CLIENT, EMAIL, PASSWORD, Pool, Reply, Tokens, attribute, pool_with, sign_in_fields, signature,
};

const PRIMARY: &str = "us-east-1";
const SECONDARY: &str = "eu-west-1";
const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab";
const POOL_ID: &str = "us-east-1_EmuPool01";

const NOT_ENABLED: &str = "This operation is not available in a secondary region: send the request \
                           to the primary region.";
const INACTIVE: &str =
    "The replica is not active: set its status to ACTIVE with UpdateUserPoolReplica.";

/// Gives the pool a multi-Region key, which a pool with a replica must have. `more` has further
/// members of `UpdateUserPool`.
async fn use_key(pool: &Pool, more: Value) {
    let mut fields = json!({
        "KeyConfiguration": { "KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": KEY },
    });
    for (name, value) in more.as_object().expect("members") {
        fields[name] = value.clone();
    }
    pool.admin("UpdateUserPool", fields).await.ok();
}

/// Creates an inactive replica of the pool.
async fn replicate(pool: &Pool, more: Value) {
    use_key(pool, more).await;
    let region = json!({ "RegionName": SECONDARY });
    pool.admin("CreateUserPoolReplica", region).await.ok();
}

async fn set_status(pool: &Pool, status: &str) {
    let fields = json!({ "RegionName": SECONDARY, "Status": status });
    pool.admin("UpdateUserPoolReplica", fields).await.ok();
}

/// Returns a pool with a user and an active replica.
async fn replicated() -> Pool {
    replicated_with(|builder| builder, json!({})).await
}

async fn replicated_with(
    settings: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder,
    more: Value,
) -> Pool {
    let pool = pool_with(settings).await;
    pool.person();
    replicate(&pool, more).await;
    set_status(&pool, "ACTIVE").await;
    pool
}

/// Calls a signed operation in a region.
async fn signed_in(pool: &Pool, region: &str, operation: &str, mut fields: Value) -> Reply {
    if fields.get("ResourceArn").is_none() && fields.get("Domain").is_none() {
        fields["UserPoolId"] = json!(POOL_ID);
    }
    let target = format!("AWSCognitoIdentityProviderService.{operation}");
    let signature = signature("test", region);
    let headers = [("x-amz-target", &*target), ("authorization", &*signature)];
    pool.send("POST", "/", &headers, fields.to_string()).await
}

/// Calls an unsigned operation at the host of a region.
async fn at(pool: &Pool, region: &str, operation: &str, fields: Value) -> Reply {
    let target = format!("AWSCognitoIdentityProviderService.{operation}");
    let host = format!("cognito-idp.{region}.localhost");
    let headers = [("x-amz-target", &*target), ("host", &*host)];
    pool.send("POST", "/", &headers, fields.to_string()).await
}

async fn tokens_at(pool: &Pool, region: &str) -> Tokens {
    let fields = sign_in_fields(EMAIL, PASSWORD);
    Tokens::read(&at(pool, region, "InitiateAuth", fields).await.ok())
}

async fn listed(pool: &Pool, region: &str) -> Vec<String> {
    let listed = signed_in(pool, region, "ListUserPoolReplicas", json!({})).await;
    let listed = listed.ok();
    let replicas = listed["UserPoolReplicas"].as_array().expect("a list");
    let text = |replica: &Value, name: &str| replica[name].as_str().expect("text").to_owned();
    let line = |replica| {
        let parts = ["RegionName", "Role", "Status"].map(|name| text(replica, name));
        parts.join(" ")
    };
    replicas.iter().map(line).collect()
}

fn not_enabled(reply: Reply) {
    reply.fails("OperationNotEnabledException", NOT_ENABLED);
}

#[tokio::test]
async fn replica_is_created_inactive_and_deleted() {
    let pool = pool_with(|builder| builder).await;
    use_key(&pool, json!({})).await;
    let region = json!({ "RegionName": SECONDARY });
    let created = pool.admin("CreateUserPoolReplica", region.clone()).await;
    let arn = format!("arn:aws:cognito-idp:eu-west-1:123456789012:userpool/{POOL_ID}");
    let expected = json!({
        "RegionName": SECONDARY, "Role": "SECONDARY", "Status": "CREATING", "UserPoolArn": arn,
    });
    assert_eq!(created.ok()["UserPoolReplica"], expected);
    let both = ["eu-west-1 SECONDARY INACTIVE", "us-east-1 PRIMARY ACTIVE"];
    assert_eq!(listed(&pool, PRIMARY).await, both);
    let pools = pool.operator("ListUserPools", json!({ "MaxResults": 10 }));
    let pools = pools.await.ok();
    assert_eq!(pools["UserPools"][0]["ReplicaRegions"], json!([SECONDARY]));

    set_status(&pool, "ACTIVE").await;
    let both = ["eu-west-1 SECONDARY ACTIVE", "us-east-1 PRIMARY ACTIVE"];
    assert_eq!(listed(&pool, SECONDARY).await, both);
    let reply = pool.admin("DeleteUserPoolReplica", region.clone()).await;
    reply.invalid_parameter("Only an inactive replica can be deleted.");
    // The status can also be changed in the region of the replica.
    let inactive = json!({ "RegionName": SECONDARY, "Status": "INACTIVE" });
    let update = signed_in(&pool, SECONDARY, "UpdateUserPoolReplica", inactive.clone());
    assert_eq!(update.await.ok()["UserPoolReplica"]["Status"], "INACTIVE");
    let deleted = pool.admin("DeleteUserPoolReplica", region.clone()).await;
    assert_eq!(deleted.ok()["UserPoolReplica"]["Status"], "DELETING");
    for (operation, fields) in [
        ("DeleteUserPoolReplica", region),
        ("UpdateUserPoolReplica", inactive),
    ] {
        let reply = pool.admin(operation, fields).await;
        let message = "The user pool has no replica in eu-west-1.";
        reply.fails("ResourceNotFoundException", message);
    }
    assert_eq!(listed(&pool, PRIMARY).await, ["us-east-1 PRIMARY ACTIVE"]);
}

#[tokio::test]
async fn replica_has_preconditions() {
    let pool = pool_with(|builder| builder).await;
    let create =
        |region: &str| pool.admin("CreateUserPoolReplica", json!({ "RegionName": region }));
    let no_key = "Replication needs a multi-Region customer managed key: set KeyConfiguration of \
                  the user pool to the ARN of a key whose id begins with mrk-.";
    for key in [Value::Null, json!(KEY.replace("mrk-", ""))] {
        let mut fields = json!({ "KeyConfiguration": { "KeyType": "CUSTOMER_MANAGED_KEY" } });
        if !key.is_null() {
            fields["KeyConfiguration"]["KmsKeyArn"] = key;
        }
        pool.admin("UpdateUserPool", fields).await.ok();
        let reply = create(SECONDARY).await;
        reply.fails("OperationNotEnabledException", no_key);
    }
    use_key(&pool, json!({ "UserPoolTier": "LITE" })).await;
    let reply = create(SECONDARY).await;
    let message = "Multi-Region replication is not available in the LITE tier.";
    reply.fails("FeatureUnavailableInTierException", message);
    use_key(&pool, json!({})).await;
    for region in [PRIMARY, "../other", "nowhere"] {
        let message = "RegionName must be an AWS region other than the primary region.";
        create(region).await.invalid_parameter(message);
    }
    create(SECONDARY).await.ok();
    for region in [SECONDARY, "eu-west-2"] {
        let message = "The user pool already has a replica. A user pool has at most one.";
        create(region)
            .await
            .fails("LimitExceededException", message);
    }
    let fields = json!({ "RegionName": PRIMARY, "Status": "INACTIVE" });
    let reply = pool.admin("UpdateUserPoolReplica", fields).await;
    reply.invalid_parameter("The status of the primary replica cannot be changed.");
}

#[tokio::test]
async fn pool_with_replica_is_not_deleted() {
    let pool = pool_with(|builder| builder).await;
    replicate(&pool, json!({})).await;
    let reply = pool.admin("DeleteUserPool", json!({})).await;
    let message = "User pool cannot be deleted. It has a replica that should be deleted first.";
    reply.invalid_parameter(message);
    not_enabled(signed_in(&pool, SECONDARY, "DeleteUserPool", json!({})).await);
    let region = json!({ "RegionName": SECONDARY });
    pool.admin("DeleteUserPoolReplica", region).await.ok();
    let reply = pool.admin("DeleteUserPool", json!({})).await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn replica_signs_in_with_its_issuer() {
    let pool = replicated().await;
    let endpoint = pool.emulator.endpoint();
    let own = tokens_at(&pool, SECONDARY).await;
    let issuer = format!("{endpoint}/{SECONDARY}/{POOL_ID}");
    assert_eq!(claims(&json!(own.access))["iss"], issuer);
    assert_eq!(claims(&json!(own.id))["iss"], issuer);
    let home = tokens_at(&pool, PRIMARY).await;
    let of_home = claims(&json!(home.access));
    assert_eq!(of_home["iss"], format!("{endpoint}/{POOL_ID}"));
    assert_eq!(of_home["sub"], claims(&json!(own.access))["sub"]);

    // The key set is the same. The discovery document names the issuer and the keys of the region.
    let document = async |path: String| pool.get(&path).await.body;
    let keys = document(format!("/{SECONDARY}/{POOL_ID}/.well-known/jwks.json")).await;
    assert!(keys["keys"].is_array());
    assert_eq!(
        keys,
        document(format!("/{POOL_ID}/.well-known/jwks.json")).await
    );
    let path = format!("/{SECONDARY}/{POOL_ID}/.well-known/openid-configuration");
    let discovery = document(path).await;
    assert_eq!(discovery["issuer"], issuer);
    assert_eq!(
        discovery["jwks_uri"],
        format!("{issuer}/.well-known/jwks.json")
    );
    for other in [PRIMARY, "eu-west-2"] {
        let path = format!("/{other}/{POOL_ID}/.well-known/jwks.json");
        assert_eq!(pool.get(&path).await.status, 404);
    }
}

#[tokio::test]
async fn tokens_are_valid_in_both_regions() {
    let pool = replicated().await;
    let (own, home) = (
        tokens_at(&pool, SECONDARY).await,
        tokens_at(&pool, PRIMARY).await,
    );
    for (region, tokens) in [(PRIMARY, &own), (SECONDARY, &home)] {
        let fields = json!({ "AccessToken": tokens.access });
        let user = at(&pool, region, "GetUser", fields).await.ok();
        assert_eq!(attribute(&user["UserAttributes"], "email"), Some(EMAIL));
        let fields = json!({ "ClientId": CLIENT, "RefreshToken": tokens.refresh });
        let renewed = at(&pool, region, "GetTokensFromRefreshToken", fields).await;
        let renewed = Tokens::read(&renewed.ok());
        let issuer = claims(&json!(renewed.access))["iss"].clone();
        let issuer = issuer.as_str().expect("an issuer");
        assert_eq!(issuer.contains(SECONDARY), region == SECONDARY);
    }
    // A sign-out in the replica holds in the primary region.
    let fields = json!({ "AccessToken": own.access });
    at(&pool, SECONDARY, "GlobalSignOut", fields).await.ok();
    let reply = pool.get_user(&home.access).await;
    reply.not_authorized("Access Token has been revoked");
}

#[tokio::test]
async fn updated_issuer_is_the_same_everywhere() {
    let issuer = json!({ "IssuerConfiguration": { "Type": "UPDATED" } });
    let pool = replicated_with(|builder| builder, issuer).await;
    for region in [PRIMARY, SECONDARY] {
        let tokens = tokens_at(&pool, region).await;
        assert_eq!(claims(&json!(tokens.access))["iss"], pool.emulator.issuer());
    }
}

#[tokio::test]
async fn aws_issuer_has_the_replica_region() {
    let issuer = format!("https://cognito-idp.us-east-1.amazonaws.com/{POOL_ID}");
    let pool = replicated_with(|builder| builder.issuer(&issuer), json!({})).await;
    let tokens = tokens_at(&pool, SECONDARY).await;
    let expected = format!("https://cognito-idp.eu-west-1.amazonaws.com/{POOL_ID}");
    assert_eq!(claims(&json!(tokens.access))["iss"], expected);
}

#[tokio::test]
async fn signature_decides_the_region() {
    let pool = replicated().await;
    let mut fields = sign_in_fields(EMAIL, PASSWORD);
    fields["AuthFlow"] = json!("ADMIN_USER_PASSWORD_AUTH");
    let sign_in = signed_in(&pool, SECONDARY, "AdminInitiateAuth", fields).await;
    let tokens = Tokens::read(&sign_in.ok());
    let issuer = claims(&json!(tokens.access))["iss"].clone();
    assert!(issuer.as_str().expect("an issuer").contains(SECONDARY));
    let described = signed_in(&pool, SECONDARY, "DescribeUserPool", json!({})).await;
    let described = described.ok();
    assert_eq!(described["UserPool"]["Id"], POOL_ID);
    let arn = described["UserPool"]["Arn"].as_str().expect("an ARN");
    assert!(arn.starts_with("arn:aws:cognito-idp:eu-west-1:"));
}

#[tokio::test]
async fn other_regions_do_not_have_the_pool() {
    let pool = replicated().await;
    let reply = signed_in(&pool, "eu-west-2", "DescribeUserPool", json!({})).await;
    let message = "User pool us-east-1_EmuPool01 does not exist.";
    reply.fails("ResourceNotFoundException", message);
    let fields = sign_in_fields(EMAIL, PASSWORD);
    let reply = at(&pool, "eu-west-2", "InitiateAuth", fields.clone()).await;
    let message = "User pool client emulatorclient1 does not exist.";
    reply.fails("ResourceNotFoundException", message);
    // A host name that is not one of AWS's forms has no region.
    let headers = [
        (
            "x-amz-target",
            "AWSCognitoIdentityProviderService.InitiateAuth",
        ),
        ("host", "login.auth.example.localhost"),
    ];
    let reply = pool.send("POST", "/", &headers, fields.to_string()).await;
    Tokens::read(&reply.ok());
}

#[tokio::test]
async fn inactive_replica_rejects_users() {
    let pool = pool_with(|builder| builder).await;
    pool.person();
    let token = pool.tokens().await.access;
    replicate(&pool, json!({})).await;
    for (operation, fields) in [
        ("InitiateAuth", sign_in_fields(EMAIL, PASSWORD)),
        ("GetUser", json!({ "AccessToken": token })),
    ] {
        let reply = at(&pool, SECONDARY, operation, fields).await;
        reply.fails("OperationNotEnabledException", INACTIVE);
    }
    let mut fields = sign_in_fields(EMAIL, PASSWORD);
    fields["AuthFlow"] = json!("ADMIN_USER_PASSWORD_AUTH");
    let reply = signed_in(&pool, SECONDARY, "AdminInitiateAuth", fields).await;
    reply.fails("OperationNotEnabledException", INACTIVE);
    signed_in(&pool, SECONDARY, "DescribeUserPool", json!({}))
        .await
        .ok();
    let user = json!({ "Username": EMAIL });
    signed_in(&pool, SECONDARY, "AdminGetUser", user).await.ok();
    tokens_at(&pool, PRIMARY).await;
}

#[tokio::test]
async fn replica_writes_no_users() {
    let pool = replicated().await;
    let token = tokens_at(&pool, SECONDARY).await.access;
    let user = json!({ "ClientId": CLIENT, "Username": "new", "Password": PASSWORD });
    let attributes = json!([{ "Name": "name", "Value": "Other" }]);
    for (operation, fields) in [
        ("SignUp", user),
        (
            "ForgotPassword",
            json!({ "ClientId": CLIENT, "Username": EMAIL }),
        ),
        (
            "UpdateUserAttributes",
            json!({ "AccessToken": token, "UserAttributes": attributes }),
        ),
        ("AssociateSoftwareToken", json!({ "AccessToken": token })),
        (
            "GetUserAttributeVerificationCode",
            json!({ "AccessToken": token, "AttributeName": "email" }),
        ),
        ("DeleteUser", json!({ "AccessToken": token })),
    ] {
        not_enabled(at(&pool, SECONDARY, operation, fields).await);
    }
    let named = json!({ "Username": EMAIL });
    for (operation, fields) in [
        ("AdminCreateUser", json!({ "Username": "new" })),
        ("AdminDeleteUser", named.clone()),
        ("AdminDisableUser", named),
        ("CreateGroup", json!({ "GroupName": "admins" })),
        ("CreateUserPoolClient", json!({ "ClientName": "web" })),
        (
            "CreateUserPoolReplica",
            json!({ "RegionName": "eu-west-2" }),
        ),
        ("DeleteUserPoolReplica", json!({ "RegionName": SECONDARY })),
    ] {
        not_enabled(signed_in(&pool, SECONDARY, operation, fields).await);
    }
    let users = pool.admin("ListUsers", json!({})).await.ok();
    assert_eq!(users["Users"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        attribute(&users["Users"][0]["Attributes"], "name"),
        Some("Some One")
    );
}

#[tokio::test]
async fn replica_replaces_no_temporary_password() {
    let pool = replicated().await;
    let user = json!({ "Username": "new@example.com", "TemporaryPassword": "TempPass123!" });
    pool.admin("AdminCreateUser", user).await.ok();
    let fields = sign_in_fields("new@example.com", "TempPass123!");
    let challenge = at(&pool, SECONDARY, "InitiateAuth", fields).await.ok();
    assert_eq!(challenge["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    let answer = json!({
        "ClientId": CLIENT, "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": challenge["Session"],
        "ChallengeResponses": { "USERNAME": "new@example.com", "NEW_PASSWORD": PASSWORD },
    });
    not_enabled(at(&pool, SECONDARY, "RespondToAuthChallenge", answer.clone()).await);
    // The challenge remains open for the primary region.
    at(&pool, PRIMARY, "RespondToAuthChallenge", answer)
        .await
        .ok();
}

#[tokio::test]
async fn replica_accepts_no_authenticator_codes() {
    let pool = pool_with(|builder| builder.mfa(MfaMode::Optional)).await;
    pool.person();
    let secret = pool.with_software_token().await;
    let mfa = json!({ "MfaConfiguration": "OPTIONAL" });
    replicate(&pool, mfa).await;
    set_status(&pool, "ACTIVE").await;
    let fields = sign_in_fields(EMAIL, PASSWORD);
    let challenge = at(&pool, SECONDARY, "InitiateAuth", fields).await.ok();
    assert_eq!(challenge["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    let answer = json!({
        "ClientId": CLIENT, "ChallengeName": "SOFTWARE_TOKEN_MFA", "Session": challenge["Session"],
        "ChallengeResponses": {
            "USERNAME": EMAIL, "SOFTWARE_TOKEN_MFA_CODE": pool.totp(&secret),
        },
    });
    not_enabled(at(&pool, SECONDARY, "RespondToAuthChallenge", answer).await);
}

#[tokio::test]
async fn replica_migrates_no_users() {
    let migrate = |mut event: Value| {
        event["response"]["userAttributes"] = json!({ "email": "old@example.com" });
        event["response"]["finalUserStatus"] = json!("CONFIRMED");
        Ok(event)
    };
    let pool = replicated_with(
        |builder| builder.trigger(Trigger::UserMigration, migrate),
        json!({}),
    )
    .await;
    let fields = sign_in_fields("old@example.com", PASSWORD);
    let reply = at(&pool, SECONDARY, "InitiateAuth", fields.clone()).await;
    reply.fails("UserNotFoundException", "User does not exist.");
    at(&pool, PRIMARY, "InitiateAuth", fields).await.ok();
}

#[tokio::test]
async fn clients_are_registered_in_the_primary_region() {
    let pool = hosted_with(|client| client, |builder| builder).await;
    let more = json!({ "DcrConfiguration": { "OpenDcrEnabled": true } });
    replicate(&pool, more).await;
    let metadata = json!({ "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none" });
    let register = |region: &str| {
        let host = format!("shop.auth.{region}.localhost");
        let (pool, body) = (&pool, metadata.to_string());
        async move {
            let headers = [
                ("host", host.as_str()),
                ("content-type", "application/json"),
            ];
            pool.send("POST", "/oauth2/register", &headers, body).await
        }
    };
    let refused = async |message: &str| {
        let reply = register(SECONDARY).await;
        assert_eq!(reply.status, 400);
        assert_eq!(reply.body["error_description"], message);
    };
    refused(INACTIVE).await;
    set_status(&pool, "ACTIVE").await;
    refused(NOT_ENABLED).await;
    assert_eq!(register(PRIMARY).await.status, 201);
}
