//! Common code for both emulators: their URLs, and the creation of a user pool.

use std::env;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::operation::create_user_pool_client::builders::CreateUserPoolClientFluentBuilder;
use aws_sdk_cognitoidentityprovider::types::{
    AttributeDataType, ExplicitAuthFlowsType, PasswordPolicyType, SchemaAttributeType,
    SoftwareTokenMfaConfigType, UserPoolMfaType, UserPoolPolicyType, UsernameAttributeType,
    VerifiedAttributeType,
};
use cognito::ClientSecret;
use cognito::config::{PoolConfig, Timeouts};

/// The credentials that both accept. ministack rejects others, moto accepts any.
pub const CREDENTIALS: &str = "test";

/// Returns the URL of an emulator from an environment variable. If it is not set, prints that the
/// test is skipped.
pub fn url(emulator: &str, variable: &str) -> Option<String> {
    let url = env::var(variable).ok().filter(|url| !url.is_empty());
    if url.is_none() {
        println!("SKIPPED: {emulator}: {variable} is not set; run cargo xtask test");
    }
    url
}

/// Returns long timeouts, because both emulators are written in Python and create RSA keys on a
/// host that is busy with these tests.
pub fn patience() -> Timeouts {
    let patience = Duration::from_secs(30);
    Timeouts::new()
        .with_connect(patience)
        .with_read(patience)
        .with_attempt(patience)
        .with_operation(patience)
}

/// Returns the configuration with which the AWS SDK calls an emulator.
pub fn sdk_config(url: &str) -> SdkConfig {
    let credentials = Credentials::new(CREDENTIALS, CREDENTIALS, None, None, "foreign emulator");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .endpoint_url(url)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build()
}

/// Creates a user pool like the default one of our emulator: sign-in by e-mail address, an
/// attribute `custom:department`, optional authenticator apps.
pub async fn user_pool(client: &Client) -> String {
    let password = PasswordPolicyType::builder()
        .minimum_length(8)
        .require_lowercase(true)
        .require_uppercase(true)
        .require_numbers(true)
        .require_symbols(true)
        .build();
    let pool = client
        .create_user_pool()
        .pool_name("cognito-for-rust")
        .username_attributes(UsernameAttributeType::Email)
        .auto_verified_attributes(VerifiedAttributeType::Email)
        .policies(
            UserPoolPolicyType::builder()
                .password_policy(password)
                .build(),
        )
        .send()
        .await
        .unwrap();
    let id = pool.user_pool.unwrap().id.unwrap();
    let department = SchemaAttributeType::builder()
        .name("department")
        .attribute_data_type(AttributeDataType::String)
        .mutable(true)
        .build();
    client
        .add_custom_attributes()
        .user_pool_id(&id)
        .custom_attributes(department)
        .send()
        .await
        .unwrap();
    let authenticator = SoftwareTokenMfaConfigType::builder().enabled(true).build();
    client
        .set_user_pool_mfa_config()
        .user_pool_id(&id)
        .mfa_configuration(UserPoolMfaType::Optional)
        .software_token_mfa_configuration(authenticator)
        .send()
        .await
        .unwrap();
    id
}

/// Creates an app client, with or without a secret.
pub async fn app_client(
    client: &Client,
    url: &str,
    user_pool: &str,
    secret: bool,
) -> Option<PoolConfig> {
    app_client_with(client, url, user_pool, secret, |made| made).await
}

/// Creates an app client with further settings.
pub async fn app_client_with(
    client: &Client,
    url: &str,
    user_pool: &str,
    secret: bool,
    settings: impl FnOnce(CreateUserPoolClientFluentBuilder) -> CreateUserPoolClientFluentBuilder,
) -> Option<PoolConfig> {
    let made = client
        .create_user_pool_client()
        .user_pool_id(user_pool)
        .client_name("cognito-for-rust")
        .generate_secret(secret)
        .explicit_auth_flows(ExplicitAuthFlowsType::AllowUserPasswordAuth)
        .explicit_auth_flows(ExplicitAuthFlowsType::AllowUserSrpAuth)
        .explicit_auth_flows(ExplicitAuthFlowsType::AllowAdminUserPasswordAuth)
        .explicit_auth_flows(ExplicitAuthFlowsType::AllowUserSrpAuth)
        .explicit_auth_flows(ExplicitAuthFlowsType::AllowRefreshTokenAuth);
    let made = settings(made)
        .send()
        .await
        .unwrap()
        .user_pool_client
        .unwrap();
    let (pool_id, client_id) = (user_pool.parse().unwrap(), made.client_id.unwrap());
    let config = PoolConfig::new(pool_id, client_id.parse().unwrap()).with_issuer(
        // Both sign their tokens as AWS does, and serve the keys themselves.
        format!("https://cognito-idp.us-east-1.amazonaws.com/{user_pool}"),
        format!("{url}/{user_pool}/.well-known/jwks.json"),
    );
    assert_eq!(made.client_secret.is_some(), secret);
    match made.client_secret {
        Some(text) => ClientSecret::new(text)
            .ok()
            .map(|secret| config.with_client_secret(secret)),
        None => Some(config),
    }
}
