//! The pools and app clients in the emulator's window (its web interface).

use serde_json::{Value, json};

use super::{PATH, html, next, open, send};
use crate::browser::parameters;
use crate::support::{CLIENT, pool, pool_of, pool_with};

#[tokio::test]
async fn start_page_leads_to_the_pools() {
    let pool = pool().await;
    let start = pool.get("/").await;
    assert_eq!(next(&start), PATH);
    let page = open(&pool, "", &[]).await;
    let id = pool.emulator.user_pool_id();
    assert!(page.contains(&format!("/_emulator/window/pool?pool={id}")));
    assert!(page.contains(pool.emulator.endpoint()));
}

#[tokio::test]
async fn pool_and_client_are_created_by_forms() {
    let pool = pool().await;
    let fields = [
        ("Action", "CreateUserPool"),
        ("PoolName", "shop"),
        ("UsernameAttributes.member.1", "email"),
    ];
    let url = next(&send(&pool, "/call", &fields).await);
    let id = parameters(&url)["pool"].clone();
    let described = pool
        .operator("DescribeUserPool", json!({ "UserPoolId": id }))
        .await
        .ok();
    assert_eq!(described["UserPool"]["Name"], "shop");
    assert_eq!(
        described["UserPool"]["UsernameAttributes"],
        json!(["email"])
    );
    let fields = [
        ("Action", "CreateUserPoolClient"),
        ("UserPoolId", id.as_str()),
        ("ClientName", "web"),
        ("GenerateSecret", "true"),
        ("ExplicitAuthFlows.member.2", "ALLOW_USER_PASSWORD_AUTH"),
    ];
    let url = next(&send(&pool, "/call", &fields).await);
    let client = parameters(&url)["client"].clone();
    let secret = &pool
        .operator(
            "DescribeUserPoolClient",
            json!({ "UserPoolId": id, "ClientId": client }),
        )
        .await
        .ok()["UserPoolClient"]["ClientSecret"];
    let page = open(&pool, "/client", &[("pool", &id), ("client", &client)]).await;
    assert!(page.contains(secret.as_str().expect("a secret")));
    let fields = [("Action", "DeleteUserPool"), ("UserPoolId", id.as_str())];
    assert_eq!(
        next(&send(&pool, "/call", &fields).await),
        format!("{PATH}?done=DeleteUserPool")
    );
    assert_eq!(pool.emulator.user_pool_ids().len(), 1);
}

#[tokio::test]
async fn client_page_has_settings_to_copy() {
    let pool = pool_of(|client| client.secret("it's \"secret\" <b>")).await;
    let id = pool.emulator.user_pool_id();
    let page = open(&pool, "/client", &[("pool", id), ("client", CLIENT)]).await;
    let endpoint = pool.emulator.endpoint();
    for expected in [
        format!("userPoolEndpoint: &quot;{endpoint}&quot;"),
        format!("endpoint_url=&quot;{endpoint}&quot;"),
        format!("cognitoidp = &quot;{endpoint}&quot;"),
        format!("export AWS_COGNITO_USER_POOL_ID='{id}'"),
        // The secret is quoted for the shell, and escaped for HTML.
        r"AWS_COGNITO_CLIENT_SECRET='it'\''s &quot;secret&quot; &lt;b&gt;'".to_owned(),
    ] {
        assert!(page.contains(&expected), "{expected}: {page}");
    }
}

// The access key names the account. Signed operations with another key do not find the pool.
#[tokio::test]
async fn settings_have_the_account_of_the_pool() {
    let pool = pool().await;
    let account = "000000000001";
    let call = async |operation: &str, fields: Value| {
        let target = format!("AWSCognitoIdentityProviderService.{operation}");
        pool.signed_by(account, &target, fields).await.ok()
    };
    let created = call("CreateUserPool", json!({ "PoolName": "shop" })).await;
    let id = created["UserPool"]["Id"].as_str().expect("an id");
    let fields = json!({ "UserPoolId": id, "ClientName": "web" });
    let created = call("CreateUserPoolClient", fields).await;
    let client = created["UserPoolClient"]["ClientId"]
        .as_str()
        .expect("an id");
    let page = open(&pool, "/client", &[("pool", id), ("client", client)]).await;
    let own = open(
        &pool,
        "/client",
        &[("pool", pool.emulator.user_pool_id()), ("client", CLIENT)],
    )
    .await;
    for (page, key) in [(page, account), (own, "test")] {
        for expected in [
            format!("accessKeyId: &quot;{key}&quot;"),
            format!("aws_access_key_id=&quot;{key}&quot;"),
            format!("access_key                  = &quot;{key}&quot;"),
            format!("export AWS_ACCESS_KEY_ID='{key}'"),
        ] {
            assert!(page.contains(&expected), "{expected}: {page}");
        }
    }
}

#[tokio::test]
async fn settings_have_the_url_of_the_keys() {
    let issuer = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_EmuPool01";
    let pool = pool_with(|builder| builder.issuer(issuer)).await;
    let id = pool.emulator.user_pool_id();
    let page = open(&pool, "/client", &[("pool", id), ("client", CLIENT)]).await;
    let expected = format!(
        "export COGNITO_ISSUER='{issuer}'\nexport COGNITO_JWKS_URI='{}'",
        pool.emulator.jwks_uri()
    );
    assert!(page.contains(&expected), "{expected}: {page}");
}

#[tokio::test]
async fn errors_of_operations_are_shown() {
    let pool = pool().await;
    let reply = send(&pool, "/call", &[("Action", "CreateUserPool")]).await;
    assert_eq!(reply.status, 400);
    let page = html(&reply);
    assert!(page.contains("InvalidParameterException"), "{page}");
    let reply = pool
        .get(&format!("{PATH}/pool?pool=us-east-1_Nothing1"))
        .await;
    assert_eq!(reply.status, 400);
    assert!(html(&reply).contains("ResourceNotFoundException"));
}

#[tokio::test]
async fn error_pages_lead_back() {
    let pool = pool().await;
    let id = pool.emulator.user_pool_id();
    let from = format!("{PATH}/users?pool={id}");
    let fields = [("Action", "AdminCreateUser"), ("back", &from)];
    let failed = html(&send(&pool, "/call", &fields).await);
    assert!(
        failed.contains(&format!("href=\"{from}\">Back")),
        "{failed}"
    );
    for (path, status, back) in [
        ("/nothing".to_owned(), 404, String::new()),
        (
            "/pool?pool=us-east-1_Nothing1".to_owned(),
            400,
            String::new(),
        ),
        (
            format!("/client?pool={id}&client=nothing"),
            400,
            format!("/pool?pool={id}"),
        ),
        (
            format!("/user?pool={id}&user=nothing"),
            400,
            format!("/users?pool={id}"),
        ),
        (
            format!("/users?pool={id}&token=nothing"),
            400,
            format!("/users?pool={id}"),
        ),
        (
            "/users?pool=us-east-1_Nothing1".to_owned(),
            400,
            "/users".to_owned(),
        ),
    ] {
        let reply = pool.get(&format!("{PATH}{path}")).await;
        assert_eq!(reply.status, status, "{path}");
        let page = html(&reply);
        let expected = format!("href=\"{PATH}{back}\">Back");
        assert!(page.contains(&expected), "{expected}: {page}");
    }
}
