//! moto. It checks passwords in `USER_PASSWORD_AUTH`, and hardly anything else.

mod proxy;

use aws_sdk_cognitoidentityprovider::Client;
use cognito::{Cognito, PoolConfig, SignInFlow};

use crate::backend;
use crate::stage::{Foreign, Stage};
use proxy::Proxy;

/// Where it is, unless it is not running.
pub fn url() -> Option<String> {
    backend::url("moto", "COGNITO_TEST_MOTO")
}

/// A pool of its own, and a client without a secret.
///
/// There is none with a secret: those of moto are UUIDs, and no secret of AWS's has a hyphen
/// (`[\w+]+`, `ClientSecretType` of `CreateUserPoolClient`).
pub async fn public_client() -> Option<Stage> {
    let proxy = Proxy::start(&url()?).await;
    let cognito = Cognito::builder()
        .config(pool(proxy.url()).await)
        .emulator(proxy.url())
        .timeouts(backend::patience())
        // With SRP it takes any password.
        .sign_in_flow(SignInFlow::UserPassword)
        .build()
        .await
        .unwrap();
    let foreign = Foreign {
        // Any code confirms an account.
        sign_up_code: "123456",
        reset_code: Box::new(move || proxy.latest_reset_code()),
    };
    Some(Stage::foreign(cognito, foreign))
}

/// Makes a pool and a client without a secret.
pub async fn pool(url: &str) -> PoolConfig {
    let client = Client::new(&backend::sdk_config(url));
    let user_pool = backend::user_pool(&client).await;
    backend::app_client(&client, url, &user_pool, false)
        .await
        .unwrap()
}
