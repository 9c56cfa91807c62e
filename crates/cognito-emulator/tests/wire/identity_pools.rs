//! Identity pools.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{CLIENT, EMAIL, Pool, Reply, pool_of};

const ROLE: &str = "arn:aws:iam::123456789012:role/app";

async fn open(pool: &Pool, operation: &str, fields: Value) -> Reply {
    let target = format!("AWSCognitoIdentityService.{operation}");
    let body = fields.to_string();
    pool.send("POST", "/", &[("x-amz-target", &target)], body)
        .await
}

async fn signed(pool: &Pool, operation: &str, fields: Value) -> Reply {
    pool.signed(&format!("AWSCognitoIdentityService.{operation}"), fields)
        .await
}

/// An identity pool that accepts the tokens of the user pool.
struct Fixture {
    pool: Pool,
    provider: String,
    id: String,
}

impl Fixture {
    async fn new(more: Value) -> Self {
        let pool = pool_of(|client| client).await;
        pool.person();
        let user_pool = pool.emulator.user_pool_id();
        let provider = format!("cognito-idp.us-east-1.amazonaws.com/{user_pool}");
        let mut fields = json!({
            "IdentityPoolName": "people",
            "AllowUnauthenticatedIdentities": true,
            "CognitoIdentityProviders": [
                { "ProviderName": provider, "ClientId": CLIENT, "ServerSideTokenCheck": true },
            ],
        });
        for (name, value) in more.as_object().expect("fields") {
            fields[name] = value.clone();
        }
        let created = signed(&pool, "CreateIdentityPool", fields).await.ok();
        let id = created["IdentityPoolId"]
            .as_str()
            .expect("an id")
            .to_owned();
        let fields = json!({
            "IdentityPoolId": id,
            "Roles": { "authenticated": ROLE, "unauthenticated": ROLE },
        });
        signed(&pool, "SetIdentityPoolRoles", fields)
            .await
            .ok_or_empty();
        Self { pool, provider, id }
    }

    fn logins(&self, token: &str) -> Value {
        json!({ &self.provider: token })
    }

    async fn identity(&self, token: &str) -> Reply {
        let logins = self.logins(token);
        open(
            &self.pool,
            "GetId",
            json!({ "IdentityPoolId": self.id, "Logins": logins }),
        )
        .await
    }

    async fn credentials(&self, id: &Value, logins: Value) -> Reply {
        let fields = json!({ "IdentityId": id, "Logins": logins });
        open(&self.pool, "GetCredentialsForIdentity", fields).await
    }
}

impl Reply {
    #[track_caller]
    fn ok_or_empty(self) {
        assert_eq!(self.status, 200, "{}", self.body);
    }
}

#[tokio::test]
async fn user_gets_credentials_for_identity() {
    let fixture = Fixture::new(json!({})).await;
    let token = fixture.pool.tokens().await.id;
    let id = fixture.identity(&token).await.ok()["IdentityId"].clone();
    let text = id.as_str().expect("an id");
    assert!(text.starts_with("us-east-1:") && text.len() == 46, "{text}");
    // The same user has the same identity, with every token.
    let other = fixture.pool.tokens().await.id;
    assert_eq!(fixture.identity(&other).await.ok()["IdentityId"], id);

    let answer = fixture.credentials(&id, fixture.logins(&token)).await.ok();
    assert_eq!(answer["IdentityId"], id);
    let credentials = &answer["Credentials"];
    let length = |name: &str| credentials[name].as_str().map(str::len);
    assert!(
        credentials["AccessKeyId"]
            .as_str()
            .is_some_and(|key| key.starts_with("ASIA"))
    );
    assert_eq!(
        (length("AccessKeyId"), length("SecretKey")),
        (Some(20), Some(40))
    );
    assert_eq!(credentials["Expiration"], 1_700_003_600.0);

    // Without a login, and with the login of another user, the identity is protected.
    let reply = fixture.credentials(&id, json!({})).await;
    reply.not_authorized(&format!("Access to Identity '{text}' is forbidden."));
    let pool = &fixture.pool;
    let password = crate::support::PASSWORD;
    pool.emulator
        .create_user("other@example.com", password, &[])
        .expect("a user");
    let answer = pool.sign_in("other@example.com", password).await.ok();
    let other = answer["AuthenticationResult"]["IdToken"]
        .as_str()
        .expect("a token");
    let reply = fixture.credentials(&id, fixture.logins(other)).await;
    reply.not_authorized(
        "Logins don't match. Please include at least one valid login for this identity or \
         identity pool.",
    );
    let reply = fixture.credentials(&json!("us-east-1:0"), json!({})).await;
    reply.fails(
        "ResourceNotFoundException",
        "Identity 'us-east-1:0' not found.",
    );
}

#[tokio::test]
async fn rejects_invalid_login_tokens() {
    let fixture = Fixture::new(json!({})).await;
    let tokens = fixture.pool.tokens().await;
    let forged = format!("{}AAAA", &tokens.id[..tokens.id.len() - 4]);
    for (token, message) in [
        (
            tokens.access.as_str(),
            "Invalid login token. Missing a required claim: aud",
        ),
        (
            &forged,
            "Invalid login token. Couldn't verify signed token.",
        ),
        ("x.y.z", "Invalid login token. Not a Cognito token."),
    ] {
        fixture.identity(token).await.not_authorized(message);
    }
    let mut fields = json!({ "IdentityPoolId": fixture.id });
    fields["Logins"] = json!({ "accounts.google.com": tokens.id });
    let unsupported = "Token is not from a supported provider of this identity pool.";
    open(&fixture.pool, "GetId", fields)
        .await
        .not_authorized(unsupported);
    fixture.pool.advance(Duration::from_secs(3600));
    let reply = fixture.identity(&tokens.id).await;
    reply.not_authorized("Invalid login token. Token expired: 1700003600 >= 1700003600");
}

// Amplify names a login by the issuer of its token. In AWS, the issuer is the name of the provider.
#[tokio::test]
async fn issuer_without_scheme_names_the_provider() {
    let fixture = Fixture::new(json!({})).await;
    let token = fixture.pool.tokens().await.id;
    let id = fixture.identity(&token).await.ok()["IdentityId"].clone();
    let issuer = fixture.pool.emulator.issuer();
    let (_, name) = issuer.split_once("://").expect("a URL");
    let mut fields = json!({ "IdentityPoolId": fixture.id, "Logins": { name: token } });
    let found = open(&fixture.pool, "GetId", fields.clone()).await.ok();
    assert_eq!(found["IdentityId"], id);
    fixture.credentials(&id, fields["Logins"].take()).await.ok();
    // Only the issuer itself is another name, and only for a provider of the identity pool.
    let unsupported = "Token is not from a supported provider of this identity pool.";
    for (name, provider) in [
        (format!("x{name}"), fixture.provider.clone()),
        (name.to_owned(), format!("{}1", fixture.provider)),
    ] {
        let settings = json!({
            "IdentityPoolId": fixture.id,
            "IdentityPoolName": "people",
            "AllowUnauthenticatedIdentities": false,
            "CognitoIdentityProviders": [{ "ProviderName": provider, "ClientId": CLIENT }],
        });
        signed(&fixture.pool, "UpdateIdentityPool", settings)
            .await
            .ok();
        let fields = json!({ "IdentityPoolId": fixture.id, "Logins": { name: token } });
        let reply = open(&fixture.pool, "GetId", fields).await;
        reply.not_authorized(unsupported);
    }
    // A request has one login for each provider.
    let mut fields = json!({ "IdentityPoolId": fixture.id, "Logins": { name: token } });
    fields["Logins"][&fixture.provider] = json!(token);
    let reply = open(&fixture.pool, "GetId", fields).await;
    reply.not_authorized(unsupported);
}

#[tokio::test]
async fn audience_is_a_client_of_the_provider() {
    let fixture = Fixture::new(json!({})).await;
    let token = fixture.pool.tokens().await.id;
    let fields = json!({
        "IdentityPoolId": fixture.id,
        "IdentityPoolName": "people",
        "AllowUnauthenticatedIdentities": false,
        "CognitoIdentityProviders": [{ "ProviderName": fixture.provider, "ClientId": "another" }],
    });
    signed(&fixture.pool, "UpdateIdentityPool", fields)
        .await
        .ok();
    let unsupported = "Token is not from a supported provider of this identity pool.";
    fixture.identity(&token).await.not_authorized(unsupported);
}

#[tokio::test]
async fn server_side_check_rejects_revoked_tokens() {
    for (operation, fields) in [
        ("AdminUserGlobalSignOut", json!({ "Username": EMAIL })),
        ("AdminDisableUser", json!({ "Username": EMAIL })),
        ("AdminDeleteUser", json!({ "Username": EMAIL })),
    ] {
        let fixture = Fixture::new(json!({})).await;
        let token = fixture.pool.tokens().await.id;
        fixture.identity(&token).await.ok();
        fixture.pool.admin(operation, fields).await.ok_or_empty();
        fixture
            .identity(&token)
            .await
            .not_authorized("Invalid login token. Token is revoked, or the user cannot sign in.");
    }
}

#[tokio::test]
async fn guests_need_the_setting_of_the_pool() {
    let fixture = Fixture::new(json!({})).await;
    let get = json!({ "IdentityPoolId": fixture.id });
    let guest = open(&fixture.pool, "GetId", get.clone()).await.ok()["IdentityId"].clone();
    let other = open(&fixture.pool, "GetId", get.clone()).await.ok()["IdentityId"].clone();
    assert_ne!(guest, other);
    fixture.credentials(&guest, json!({})).await.ok();
    // A guest who signs in gets the identity of the login.
    let token = fixture.pool.tokens().await.id;
    let own = fixture.identity(&token).await.ok()["IdentityId"].clone();
    let answer = fixture
        .credentials(&guest, fixture.logins(&token))
        .await
        .ok();
    assert_eq!(answer["IdentityId"], own);

    let fields = json!({
        "IdentityPoolId": fixture.id,
        "IdentityPoolName": "people",
        "AllowUnauthenticatedIdentities": false,
    });
    signed(&fixture.pool, "UpdateIdentityPool", fields)
        .await
        .ok();
    let message = "Unauthenticated access is not supported for this identity pool.";
    open(&fixture.pool, "GetId", get)
        .await
        .not_authorized(message);
    fixture
        .credentials(&guest, json!({}))
        .await
        .not_authorized(message);
}

#[tokio::test]
async fn credentials_need_roles() {
    let fixture = Fixture::new(json!({})).await;
    let guest = open(
        &fixture.pool,
        "GetId",
        json!({ "IdentityPoolId": fixture.id }),
    )
    .await
    .ok();
    let fields = json!({ "IdentityPoolId": fixture.id, "Roles": { "authenticated": ROLE } });
    signed(&fixture.pool, "SetIdentityPoolRoles", fields)
        .await
        .ok_or_empty();
    let roles = signed(
        &fixture.pool,
        "GetIdentityPoolRoles",
        json!({ "IdentityPoolId": fixture.id }),
    );
    assert_eq!(roles.await.ok()["Roles"], json!({ "authenticated": ROLE }));
    fixture
        .credentials(&guest["IdentityId"], json!({}))
        .await
        .fails(
            "InvalidIdentityPoolConfigurationException",
            "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
        );
}

const READER: &str = "arn:aws:iam::123456789012:role/reader";
const WRITER: &str = "arn:aws:iam::123456789012:role/writer";

/// Adds the user to a group with a role.
async fn join(pool: &Pool, group: &str, role: &str, precedence: u32) {
    let fields = json!({ "GroupName": group, "RoleArn": role, "Precedence": precedence });
    pool.admin("CreateGroup", fields).await.ok();
    let fields = json!({ "GroupName": group, "Username": EMAIL });
    pool.admin("AdminAddUserToGroup", fields)
        .await
        .ok_or_empty();
}

#[tokio::test]
async fn custom_role_must_be_in_the_token() {
    let fixture = Fixture::new(json!({})).await;
    join(&fixture.pool, "readers", READER, 1).await;
    let token = fixture.pool.tokens().await.id;
    let id = fixture.identity(&token).await.ok()["IdentityId"].clone();
    let mut fields = json!({ "IdentityId": id, "Logins": fixture.logins(&token) });
    fields["CustomRoleArn"] = json!(READER);
    let pool = &fixture.pool;
    open(pool, "GetCredentialsForIdentity", fields.clone())
        .await
        .ok();
    let message = "The custom role is not in the roles of the token.";
    fields["CustomRoleArn"] = json!(WRITER);
    open(pool, "GetCredentialsForIdentity", fields)
        .await
        .not_authorized(message);
    // A guest has no token.
    let guest = open(pool, "GetId", json!({ "IdentityPoolId": fixture.id })).await;
    let fields = json!({ "IdentityId": guest.ok()["IdentityId"], "CustomRoleArn": READER });
    open(pool, "GetCredentialsForIdentity", fields)
        .await
        .not_authorized(message);
}

#[tokio::test]
async fn ambiguous_roles_can_be_denied() {
    for (resolution, is_denied) in [("Deny", true), ("AuthenticatedRole", false)] {
        let fixture = Fixture::new(json!({})).await;
        let mapping = json!({ "Type": "Token", "AmbiguousRoleResolution": resolution });
        let fields = json!({
            "IdentityPoolId": fixture.id,
            "Roles": { "authenticated": ROLE },
            "RoleMappings": { format!("{}:{CLIENT}", fixture.provider): mapping },
        });
        signed(&fixture.pool, "SetIdentityPoolRoles", fields)
            .await
            .ok_or_empty();
        // One role is the preferred one.
        join(&fixture.pool, "readers", READER, 1).await;
        let token = fixture.pool.tokens().await.id;
        let id = fixture.identity(&token).await.ok()["IdentityId"].clone();
        fixture.credentials(&id, fixture.logins(&token)).await.ok();
        // Of two roles with the same precedence, none is.
        join(&fixture.pool, "writers", WRITER, 1).await;
        let token = fixture.pool.tokens().await.id;
        let reply = fixture.credentials(&id, fixture.logins(&token)).await;
        if is_denied {
            reply.not_authorized(
                "The token does not name one role, and the role mapping denies such tokens.",
            );
        } else {
            reply.ok();
        }
    }
}

#[tokio::test]
async fn open_id_token_needs_classic_flow() {
    let fixture = Fixture::new(json!({})).await;
    let token = fixture.pool.tokens().await.id;
    let id = fixture.identity(&token).await.ok()["IdentityId"].clone();
    let fields = json!({ "IdentityId": id, "Logins": fixture.logins(&token) });
    let reply = open(&fixture.pool, "GetOpenIdToken", fields).await;
    reply.invalid_parameter("Basic (classic) flow is not enabled, please use enhanced flow.");

    let fixture = Fixture::new(json!({ "AllowClassicFlow": true })).await;
    let token = fixture.pool.tokens().await.id;
    let id = fixture.identity(&token).await.ok()["IdentityId"].clone();
    let fields = json!({ "IdentityId": id, "Logins": fixture.logins(&token) });
    let answer = open(&fixture.pool, "GetOpenIdToken", fields).await.ok();
    let token = answer["Token"].as_str().expect("a token");
    let header = jsonwebtoken::decode_header(token).expect("a header");
    let keys = fixture.pool.get("/.well-known/jwks_uri").await.body;
    let keys: jsonwebtoken::jwk::JwkSet = serde_json::from_value(keys).expect("keys");
    let key = keys.find(&header.kid.expect("a key id")).expect("a key");
    let key = jsonwebtoken::DecodingKey::from_jwk(key).expect("a key");
    let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    rules.set_audience(&[&fixture.id]);
    rules.set_issuer(&["https://cognito-identity.amazonaws.com"]);
    rules.validate_exp = false;
    let claims = jsonwebtoken::decode::<Value>(token, &key, &rules)
        .expect("valid")
        .claims;
    assert_eq!(
        (&claims["sub"], &claims["exp"]),
        (&id, &json!(1_700_000_600))
    );
    assert_eq!(claims["amr"][0], "authenticated");
}

#[tokio::test]
async fn identity_pools_are_administered() {
    let fixture = Fixture::new(json!({ "IdentityPoolTags": { "a": "b" } })).await;
    let get = json!({ "IdentityPoolId": fixture.id });
    let described = signed(&fixture.pool, "DescribeIdentityPool", get.clone())
        .await
        .ok();
    assert_eq!(described["CognitoIdentityProviders"][0]["ClientId"], CLIENT);
    assert_eq!(described["IdentityPoolTags"], json!({ "a": "b" }));
    let list = signed(
        &fixture.pool,
        "ListIdentityPools",
        json!({ "MaxResults": 1 }),
    )
    .await
    .ok();
    let expected = json!([{ "IdentityPoolId": fixture.id, "IdentityPoolName": "people" }]);
    assert_eq!(list["IdentityPools"], expected);

    let message = format!("IdentityPool '{}' not found.", fixture.id);
    let target = "AWSCognitoIdentityService.DescribeIdentityPool";
    let other = fixture
        .pool
        .signed_by("000000000001", target, get.clone())
        .await;
    other.fails("ResourceNotFoundException", &message);
    let unsigned = open(&fixture.pool, "DescribeIdentityPool", get.clone()).await;
    assert_eq!(
        unsigned.body["__type"],
        "MissingAuthenticationTokenException"
    );

    signed(&fixture.pool, "DeleteIdentityPool", get.clone())
        .await
        .ok_or_empty();
    let reply = open(&fixture.pool, "GetId", get).await;
    reply.fails("ResourceNotFoundException", &message);
    let reply = signed(&fixture.pool, "CreateIdentityPool", json!({})).await;
    assert_eq!(reply.body["__type"], "ValidationException");
}
