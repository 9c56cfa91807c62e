//! Settings in the Parameter Stores of both emulators.

use aws_sdk_ssm::Client;
use aws_sdk_ssm::types::ParameterType;
use cognito::config::{
    ChainConfigSource, ConfigSource, PoolConfig, Setting, Settings, SsmConfigSource,
    StaticConfigSource,
};
use cognito::{ClientSecret, Cognito, ErrorKind};

use crate::backend::{patience, sdk_config};
use crate::fixture::{EMAIL, PASSWORD, refused};
use crate::{ministack, moto};

#[tokio::test]
async fn ministack_keeps_the_settings_of_a_public_client() {
    let Some(url) = ministack::url() else { return };
    let pool = ministack::pool(&url, false).await;
    settings_are_read_and_the_pool_is_used(&url, &pool).await;
}

#[tokio::test]
async fn ministack_keeps_secret_client_settings() {
    let Some(url) = ministack::url() else { return };
    let pool = ministack::pool(&url, true).await;
    settings_are_read_and_the_pool_is_used(&url, &pool).await;
}

#[tokio::test]
async fn ministack_has_no_settings_where_none_were_put() {
    let Some(url) = ministack::url() else { return };
    missing_parameters_are_named(&url).await;
}

#[tokio::test]
async fn moto_keeps_the_settings_of_a_public_client() {
    let Some(url) = moto::url() else { return };
    let pool = moto::pool(&url).await;
    settings_are_read_and_the_pool_is_used(&url, &pool).await;
}

#[tokio::test]
async fn moto_keeps_an_encrypted_secret() {
    let Some(url) = moto::url() else { return };
    // No client of moto has a secret in AWS's format, so this secret is only stored.
    let secret = crate::fixture::SECRET.parse().unwrap();
    let pool = moto::pool(&url).await.with_client_secret(secret);
    let prefix = put(&url, &pool).await;
    same_as(&source(&url, &prefix).load().await.unwrap(), &pool);
}

#[tokio::test]
async fn moto_has_no_settings_where_none_were_put() {
    let Some(url) = moto::url() else { return };
    missing_parameters_are_named(&url).await;
}

fn source(url: &str, prefix: &str) -> SsmConfigSource {
    SsmConfigSource::from_sdk_config(&sdk_config(url)).with_prefix(prefix)
}

/// Writes the settings of a pool to Parameter Store, the secret encrypted. Returns the prefix.
async fn put(url: &str, pool: &PoolConfig) -> String {
    let client = Client::new(&sdk_config(url));
    // Every pool has a different name, so that concurrent tests do not conflict.
    let prefix = format!("/tests/{}/cognito", pool.user_pool_id.name());
    let secret = pool.client_secret.as_ref().map(ClientSecret::expose);
    let parameters = [
        (
            "user_pool_id",
            Some(pool.user_pool_id.as_str()),
            ParameterType::String,
        ),
        (
            "client_id",
            Some(pool.client_id.as_str()),
            ParameterType::String,
        ),
        ("client_secret", secret, ParameterType::SecureString),
    ];
    for (name, value, kind) in parameters {
        if let Some(value) = value {
            client
                .put_parameter()
                .name(format!("{prefix}/{name}"))
                .value(value)
                .r#type(kind)
                .send()
                .await
                .unwrap();
        }
    }
    prefix
}

fn same_as(settings: &Settings, pool: &PoolConfig) {
    let secret = pool.client_secret.as_ref().map(ClientSecret::expose);
    assert_eq!(
        settings.value(Setting::UserPoolId),
        Some(pool.user_pool_id.as_str())
    );
    assert_eq!(
        settings.value(Setting::ClientId),
        Some(pool.client_id.as_str())
    );
    assert_eq!(settings.value(Setting::ClientSecret), secret);
}

async fn settings_are_read_and_the_pool_is_used(url: &str, pool: &PoolConfig) {
    let prefix = put(url, pool).await;
    same_as(&source(url, &prefix).load().await.unwrap(), pool);

    // Parameter Store contains the pool. The issuer and the key URL are configured only for
    // emulators.
    let elsewhere = Settings::new()
        .with(Setting::Issuer, pool.issuer.as_deref().unwrap())
        .with(Setting::JwksUri, pool.jwks_uri.as_deref().unwrap());
    let chain = ChainConfigSource::first_try(source(url, &prefix))
        .or_else(StaticConfigSource::new(elsewhere));
    let cognito = Cognito::builder()
        .config_source(chain)
        .emulator(url)
        .timeouts(patience())
        .build()
        .await
        .unwrap();
    let sign_up = cognito.sign_up(EMAIL, PASSWORD).await.unwrap();
    assert!(!sign_up.confirmed);
    let confirmed = cognito.confirm_sign_up(EMAIL, "123456").await.unwrap();
    assert!(confirmed.success);
    cognito.shutdown().await;
}

async fn missing_parameters_are_named(url: &str) {
    let source = source(url, "/tests/nothing/is/here");
    assert!(source.load().await.unwrap().is_empty());
    let built = Cognito::builder()
        .config_source(source)
        .emulator(url)
        .build()
        .await;
    let error = built.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("/tests/nothing/is/here/user_pool_id"),
        "{error}"
    );
    assert_eq!(refused(Err::<(), _>(error)), ErrorKind::Configuration);
}
