//! moto. It checks passwords in `USER_PASSWORD_AUTH`, and little else.

mod proxy;

use aws_sdk_cognitoidentityprovider::Client;
use cognito::config::PoolConfig;
use cognito::{Cognito, SignInFlow};

use crate::backend;
use crate::fixture::{Fixture, Foreign};
use proxy::Proxy;

/// Returns its URL, if it is running.
pub fn url() -> Option<String> {
    backend::url("moto", "COGNITO_TEST_MOTO")
}

/// Creates a pool with a client without a secret.
///
/// Clients with a secret are not tested: the secrets of moto are UUIDs, and secrets of AWS never
/// contain a hyphen (`[\w+]+`, `ClientSecretType` of `CreateUserPoolClient`).
pub async fn public_client() -> Option<Fixture> {
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
    Some(Fixture::foreign(cognito, foreign))
}

/// Creates a pool and a client without a secret.
pub async fn pool(url: &str) -> PoolConfig {
    let client = Client::new(&backend::sdk_config(url));
    let user_pool = backend::user_pool(&client).await;
    backend::app_client(&client, url, &user_pool, false)
        .await
        .unwrap()
}
