//! ministack, with `AUTH=true`, because its default mode checks nothing.

use std::sync::Arc;

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::operation::create_user_pool_client::builders::CreateUserPoolClientFluentBuilder;
use aws_sdk_cognitoidentityprovider::types::{OAuthFlowType, ResourceServerScopeType};
use cognito::config::{PoolConfig, StaticConfig};
use cognito::ports::AwsCognito;
use cognito::{Cognito, SignInFlow};

use crate::backend::{self, CREDENTIALS};
use crate::fixture::{Fixture, Foreign};
use crate::scenarios::hosted_login::{CALLBACK, SCOPE};

/// Returns its URL, if it is running.
pub fn url() -> Option<String> {
    backend::url("ministack", "COGNITO_TEST_MINISTACK")
}

/// Creates a pool with a client without a secret.
pub async fn public_client() -> Option<Fixture> {
    fixture(false, SignInFlow::UserSrp).await
}

/// Creates a pool with a client with a secret: ministack checks every `SECRET_HASH`.
pub async fn client_with_a_secret() -> Option<Fixture> {
    fixture(true, SignInFlow::UserSrp).await
}

/// Creates a pool with a client with a secret. Sign-in and challenges use the signed operator API.
pub async fn operator() -> Option<Fixture> {
    fixture(true, SignInFlow::AdminUserPassword).await
}

/// Creates a client without a secret whose users sign in with a browser.
pub async fn hosted_client() -> Option<Fixture> {
    let url = url()?;
    Some(fixture_of(&url, web(&url, false).await, SignInFlow::UserSrp).await)
}

/// Creates a client with a secret whose users sign in with a browser.
pub async fn hosted_client_with_a_secret() -> Option<Fixture> {
    let url = url()?;
    Some(fixture_of(&url, web(&url, true).await, SignInFlow::UserSrp).await)
}

/// Creates a client for client credentials.
pub async fn machine() -> Option<Fixture> {
    let url = url()?;
    let config = hosted(&url, true, |client| {
        client
            .allowed_o_auth_flows(OAuthFlowType::ClientCredentials)
            .allowed_o_auth_scopes(SCOPE)
    });
    Some(fixture_of(&url, config.await, SignInFlow::UserSrp).await)
}

async fn web(url: &str, secret: bool) -> PoolConfig {
    hosted(url, secret, |client| {
        client
            .allowed_o_auth_flows(OAuthFlowType::Code)
            .allowed_o_auth_scopes("openid")
            .allowed_o_auth_scopes("email")
            .callback_urls(CALLBACK)
    })
    .await
}

async fn fixture(secret: bool, flow: SignInFlow) -> Option<Fixture> {
    let url = url()?;
    let config = pool(&url, secret).await;
    Some(fixture_of(&url, config, flow).await)
}

async fn fixture_of(url: &str, config: PoolConfig, flow: SignInFlow) -> Fixture {
    // The codes are always these.
    let foreign = Foreign {
        sign_up_code: "123456",
        reset_code: Box::new(|| "654321".to_owned()),
    };
    Fixture::foreign(cognito(url, config, flow).await, foreign)
}

/// Returns the `Cognito` client for a pool.
///
/// [`emulator`](cognito::CognitoBuilder::emulator) alone is not enough: ministack accepts only one
/// access key, and rejects operators' calls that are signed with another.
pub async fn cognito(url: &str, config: PoolConfig, flow: SignInFlow) -> Cognito {
    let aws = || {
        AwsCognito::builder(Arc::new(StaticConfig::new(config.clone())))
            .endpoint_url(url)
            .timeouts(backend::patience())
            .static_credentials(CREDENTIALS, CREDENTIALS)
            .build_isolated()
            .unwrap()
    };
    Cognito::builder()
        .authentication(aws())
        .account(aws())
        .administration(aws())
        .config(config.clone())
        .sign_in_flow(flow)
        .build()
        .await
        .unwrap()
}

/// Creates a pool and a client.
///
/// The secrets of ministack are base64 and may contain a slash, which secrets of AWS never do
/// (`[\w+]+`, `ClientSecretType` of `CreateUserPoolClient`). About every third one is valid, so
/// clients are created until one has a valid secret.
pub async fn pool(url: &str, secret: bool) -> PoolConfig {
    let client = Client::new(&backend::sdk_config(url));
    let user_pool = backend::user_pool(&client).await;
    for _ in 0..100 {
        if let Some(config) = backend::app_client(&client, url, &user_pool, secret).await {
            return config;
        }
    }
    panic!("no client of 100 had a secret without a slash");
}

/// Creates a pool with a resource server, and a client with OAuth 2.0. Its endpoints have the same
/// URL as the pool.
async fn hosted(
    url: &str,
    secret: bool,
    settings: impl Fn(CreateUserPoolClientFluentBuilder) -> CreateUserPoolClientFluentBuilder,
) -> PoolConfig {
    let client = Client::new(&backend::sdk_config(url));
    let user_pool = backend::user_pool(&client).await;
    let (server, scope) = SCOPE.rsplit_once('/').unwrap();
    let scope = ResourceServerScopeType::builder()
        .scope_name(scope)
        .scope_description(scope)
        .build()
        .unwrap();
    client
        .create_resource_server()
        .user_pool_id(&user_pool)
        .identifier(server)
        .name("an API")
        .scopes(scope)
        .send()
        .await
        .unwrap();
    for _ in 0..100 {
        let oauth = |client: CreateUserPoolClientFluentBuilder| {
            settings(client.allowed_o_auth_flows_user_pool_client(true))
        };
        let made = backend::app_client_with(&client, url, &user_pool, secret, oauth).await;
        if let Some(config) = made {
            return config.with_login_domain(url.parse().unwrap());
        }
    }
    panic!("no client of 100 had a secret without a slash");
}
