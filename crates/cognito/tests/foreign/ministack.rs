//! ministack, with `AUTH=true`: its default mode checks nothing.

use std::sync::Arc;

use aws_sdk_cognitoidentityprovider::Client;
use cognito::{AwsCognito, Cognito, PoolConfig, SignInFlow, StaticConfig};

use crate::backend::{self, CREDENTIALS};
use crate::stage::{Foreign, Stage};

/// Where it is, unless it is not running.
pub fn url() -> Option<String> {
    backend::url("ministack", "COGNITO_TEST_MINISTACK")
}

/// A pool of its own, and a client without a secret.
pub async fn public_client() -> Option<Stage> {
    stage(false, SignInFlow::UserSrp).await
}

/// A pool of its own, and a client with a secret: ministack checks every `SECRET_HASH`.
pub async fn client_with_a_secret() -> Option<Stage> {
    stage(true, SignInFlow::UserSrp).await
}

/// The same, with sign-in and challenges through the operators' calls, which are signed.
pub async fn operator() -> Option<Stage> {
    stage(true, SignInFlow::AdminUserPassword).await
}

async fn stage(secret: bool, flow: SignInFlow) -> Option<Stage> {
    let url = url()?;
    let config = pool(&url, secret).await;
    // The codes are always these.
    let foreign = Foreign {
        sign_up_code: "123456",
        reset_code: Box::new(|| "654321".to_owned()),
    };
    Some(Stage::foreign(cognito(&url, config, flow).await, foreign))
}

/// The facade over a pool.
///
/// Not with [`emulator`](cognito::CognitoBuilder::emulator) alone: ministack knows one access key
/// only, and refuses operators' calls that are signed with another.
pub async fn cognito(url: &str, config: PoolConfig, flow: SignInFlow) -> Cognito {
    let aws = || {
        AwsCognito::builder(Arc::new(StaticConfig::new(config.clone())))
            .endpoint_url(url)
            .timeouts(backend::patience())
            .static_credentials(CREDENTIALS, CREDENTIALS)
            .build_isolated()
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

/// Makes a pool and a client.
///
/// The secrets of ministack are base64 and may hold a slash, which no secret of AWS's does
/// (`[\w+]+`, `ClientSecretType` of `CreateUserPoolClient`): about every third one will do, so
/// clients are made until one has such a secret.
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
