//! Where the settings come from, and that a rotated secret is picked up.

use std::sync::{Arc, Mutex};

use cognito::{
    ChainConfigSource, Cognito, ConfigSource, EnvConfigSource, ErrorKind, Result, Setting,
    Settings, StaticConfigSource,
};
use cognito_emulator::Emulator;

use crate::stage::{EMAIL, PASSWORD, Stage, complete, refused};

/// The environment of an emulator, as a process would find it.
fn environment(emulator: &Emulator) -> EnvConfigSource {
    let variables = [
        (
            "AWS_COGNITO_USER_POOL_ID",
            emulator.user_pool_id().to_owned(),
        ),
        ("AWS_COGNITO_CLIENT_ID", emulator.client_id().to_owned()),
        ("AWS_REGION", emulator.region().to_owned()),
        ("COGNITO_ISSUER", emulator.issuer().to_owned()),
        ("COGNITO_JWKS_URI", emulator.jwks_uri()),
    ];
    EnvConfigSource::with_lookup(move |name| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.clone())
    })
}

#[tokio::test]
async fn the_environment_is_enough() {
    let stage = Stage::ours().await;
    let cognito = Cognito::builder()
        .config_source(environment(stage.emulator()))
        .emulator(stage.emulator().endpoint())
        .build()
        .await
        .unwrap();
    stage.confirmed_user(EMAIL).await;
    complete(cognito.login(EMAIL, PASSWORD).await.unwrap());
    cognito.shutdown().await;
}

#[tokio::test]
async fn what_is_missing_is_named_with_every_place_that_was_looked_in() {
    let nothing = EnvConfigSource::with_lookup(|_| None);
    let built = Cognito::builder().config_source(nothing).build().await;
    let text = built.unwrap_err().to_string();
    for name in [
        "AWS_COGNITO_USER_POOL_ID",
        "AWS_COGNITO_USER_POOL_ID_FILE",
        "AWS_COGNITO_CLIENT_ID",
        "AWS_COGNITO_CLIENT_ID_FILE",
    ] {
        assert!(text.contains(name), "{name} is not named in: {text}");
    }
}

#[tokio::test]
async fn no_settings_at_all_is_the_program_s_mistake() {
    let error = Cognito::builder().build().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misuse);
}

/// A secret that an operator rotates.
#[derive(Clone, Debug)]
struct Vault(Arc<Mutex<String>>);

#[async_trait::async_trait]
impl ConfigSource for Vault {
    async fn load(&self) -> Result<Settings> {
        Ok(Settings::new().with(Setting::ClientSecret, &self.0.lock().unwrap()))
    }

    fn looked_for(&self, _setting: Setting) -> Vec<String> {
        vec!["the vault".to_owned()]
    }
}

#[tokio::test]
async fn a_rotated_client_secret_is_picked_up_without_a_restart() {
    let stage = Stage::ours_with_secret().await;
    let emulator = stage.emulator();
    stage.confirmed_user(EMAIL).await;
    let vault = Vault(Arc::new(Mutex::new(emulator.client_secret().unwrap())));
    let rest = StaticConfigSource::new(
        Settings::new()
            .with(Setting::UserPoolId, emulator.user_pool_id())
            .with(Setting::ClientId, emulator.client_id()),
    );
    let cognito = Cognito::builder()
        .config_source(ChainConfigSource::first_try(vault.clone()).or_else(rest))
        .emulator(emulator.endpoint())
        .build()
        .await
        .unwrap();
    complete(cognito.login(EMAIL, PASSWORD).await.unwrap());

    let rotated = "zyxwvutsrqponmlkjihgfedcba9876543210";
    emulator.set_client_secret("withsecret", rotated);
    let old = cognito.login(EMAIL, PASSWORD).await;
    assert_eq!(refused(old), ErrorKind::Configuration);
    *vault.0.lock().unwrap() = rotated.to_owned();
    cognito.refresh_config().await.unwrap();
    complete(cognito.login(EMAIL, PASSWORD).await.unwrap());
}

#[cfg(feature = "ssm")]
mod parameter_store {
    use aws_config::{BehaviorVersion, SdkConfig};
    use cognito::SsmConfigSource;
    use cognito_emulator::{Emulator, Fault};

    use super::*;

    fn parameters(emulator: &Emulator) -> SsmConfigSource {
        let credentials =
            aws_credential_types::Credentials::new("test", "test", None, None, "test");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(aws_config::Region::new("us-east-1"))
            .endpoint_url(emulator.endpoint())
            .credentials_provider(
                aws_credential_types::provider::SharedCredentialsProvider::new(credentials),
            )
            .build();
        SsmConfigSource::from_sdk_config(&config)
    }

    #[tokio::test]
    async fn wins_over_the_environment() {
        let stage = Stage::ours_with_secret().await;
        let emulator = stage.emulator();
        stage.confirmed_user(EMAIL).await;
        emulator
            .ssm()
            .put("/cognito/user_pool_id", emulator.user_pool_id());
        emulator
            .ssm()
            .put("/cognito/client_id", emulator.client_id());
        let secret = emulator.client_secret().unwrap();
        emulator.ssm().put_secure("/cognito/client_secret", secret);
        let other = EnvConfigSource::with_lookup(|name| match name {
            "AWS_COGNITO_CLIENT_ID" => Some("another".to_owned()),
            _ => None,
        });
        let cognito = Cognito::builder()
            .config_source(ChainConfigSource::first_try(parameters(emulator)).or_else(other))
            .emulator(emulator.endpoint())
            .build()
            .await
            .unwrap();
        assert_eq!(cognito.config().client_id.as_str(), emulator.client_id());
        complete(cognito.login(EMAIL, PASSWORD).await.unwrap());
        assert_eq!(emulator.calls("GetParameters"), 1, "one call for all three");
    }

    #[tokio::test]
    async fn a_missing_permission_names_action_and_resource() {
        let stage = Stage::ours().await;
        let message = "User: arn:aws:iam::1:user/x is not authorized to perform: ssm:GetParameters";
        stage.emulator().inject(Fault::error(
            "GetParameters",
            "AccessDeniedException",
            message,
        ));
        let source = ChainConfigSource::first_try(parameters(stage.emulator()))
            .or_else(environment(stage.emulator()));
        let error = Cognito::builder()
            .config_source(source)
            .build()
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        let text = error.to_string();
        assert!(text.contains("ssm:GetParameters"), "{text}");
        assert!(
            text.contains("arn:aws:ssm:us-east-1:*:parameter/cognito/*"),
            "{text}"
        );
    }
}
