//! Sources of settings, and the rotation of a secret.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use cognito::config::{
    ChainConfigSource, ConfigSource, EnvConfigSource, PoolConfig, Setting, Settings,
    StaticConfigSource,
};
use cognito::verifier::{StaticJwks, TokenVerifier};
use cognito::{Cognito, CognitoBuilder, ErrorKind, Result};
use cognito_emulator::Emulator;
use cognito_testkit::{FixedClock, TestPool};

use crate::fixture::{EMAIL, Fixture, PASSWORD, complete, refused};

/// Returns the environment of an emulator, as a process would find it.
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
    let fixture = Fixture::ours().await;
    let cognito = Cognito::builder()
        .config_source(environment(fixture.emulator()))
        .emulator(fixture.emulator().endpoint())
        .build()
        .await
        .unwrap();
    fixture.confirmed_user(EMAIL).await;
    drop(complete(cognito.login(EMAIL, PASSWORD).await.unwrap()));
    cognito.shutdown().await;
}

#[tokio::test]
async fn missing_settings_list_every_place_searched() {
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
async fn missing_settings_are_a_program_error() {
    let error = Cognito::builder().build().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misuse);
    assert!(error.to_string().contains("call config"), "{error}");
}

#[tokio::test]
async fn build_reports_all_faults_at_once() {
    let builder = crate::extending::unplugged()
        .config_source(EnvConfigSource::with_lookup(|_| None))
        .leeway(Duration::from_secs(1))
        .challenge_lifetime(Duration::ZERO);
    let error = builder.build().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misuse);
    let text = error.to_string();
    for part in ["config_source", "custom verifier", "challenge_lifetime"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[tokio::test]
async fn config_and_config_source_contradict() {
    let nothing = || EnvConfigSource::with_lookup(|_| None);
    let pool = || PoolConfig::new("eu-central-1_a".parse().unwrap(), "client".parse().unwrap());
    for builder in [
        Cognito::builder().config(pool()).config_source(nothing()),
        Cognito::builder().config_source(nothing()).config(pool()),
        Cognito::builder()
            .config(pool())
            .shared_config_source("shop", nothing()),
    ] {
        let error = builder.build().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Misuse);
        assert!(
            error.to_string().contains("config cannot be combined"),
            "{error}"
        );
    }
    // The last of two equal calls counts, as for every option.
    let twice = Cognito::builder().config(pool()).config(pool());
    assert!(twice.emulator("http://127.0.0.1:9").build().await.is_ok());
}

/// The SDK reads AWS's own variables from the process, so a separate process is needed: this test
/// binary again, which runs the test below.
#[tokio::test]
async fn a_process_finds_everything_in_its_environment() {
    let fixture = Fixture::ours_with_secret().await;
    fixture.confirmed_user(EMAIL).await;
    let emulator = fixture.emulator();
    for endpoint in [
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER",
    ] {
        let child = tokio::process::Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "configuration::signs_in_as_a_child",
                "--nocapture",
            ])
            .env_clear()
            .env("COGNITO_TEST_CHILD", EMAIL)
            .env("AWS_COGNITO_USER_POOL_ID", emulator.user_pool_id())
            .env("AWS_COGNITO_CLIENT_ID", emulator.client_id())
            .env(
                "AWS_COGNITO_CLIENT_SECRET",
                emulator.client_secret().unwrap(),
            )
            .env("AWS_REGION", "eu-central-1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env(endpoint, emulator.endpoint())
            .output()
            .await
            .unwrap();
        let said = String::from_utf8_lossy(&child.stdout);
        assert!(child.status.success(), "{endpoint}: {said}");
        assert!(
            said.contains("signed in from the environment"),
            "{endpoint}: {said}"
        );
    }
    assert_eq!(emulator.calls("InitiateAuth"), 2);
}

/// Signs in as a child process, which the test above starts. In a normal test run, does nothing.
#[tokio::test]
async fn signs_in_as_a_child() {
    let Ok(email) = std::env::var("COGNITO_TEST_CHILD") else {
        return;
    };
    let cognito = Cognito::from_env().await.unwrap();
    drop(complete(cognito.login(email, PASSWORD).await.unwrap()));
    let users = cognito.admin().users().await;
    assert_eq!(refused(users), ErrorKind::Credentials);
    println!("signed in from the environment");
}

/// A client secret that an operator rotates.
#[derive(Clone, Debug)]
struct Vault(Arc<Mutex<String>>);

#[async_trait::async_trait]
impl ConfigSource for Vault {
    async fn load(&self) -> Result<Settings> {
        Ok(Settings::new().with(Setting::ClientSecret, &self.0.lock().unwrap()))
    }

    fn locations(&self, _setting: Setting) -> Vec<String> {
        vec!["the vault".to_owned()]
    }
}

#[tokio::test]
async fn rotated_client_secret_applies_without_restart() {
    let fixture = Fixture::ours_with_secret().await;
    let emulator = fixture.emulator();
    fixture.confirmed_user(EMAIL).await;
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
    drop(complete(cognito.login(EMAIL, PASSWORD).await.unwrap()));

    let rotated = "zyxwvutsrqponmlkjihgfedcba9876543210";
    emulator.set_client_secret("withsecret", rotated);
    let old = cognito.login(EMAIL, PASSWORD).await;
    assert_eq!(refused(old), ErrorKind::Configuration);
    *vault.0.lock().unwrap() = rotated.to_owned();
    cognito.refresh_config().await.unwrap();
    drop(complete(cognito.login(EMAIL, PASSWORD).await.unwrap()));
}

#[cfg(feature = "ssm")]
mod parameter_store {
    use aws_config::{BehaviorVersion, SdkConfig};
    use cognito::config::SsmConfigSource;
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
        let fixture = Fixture::ours_with_secret().await;
        let emulator = fixture.emulator();
        fixture.confirmed_user(EMAIL).await;
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
        drop(complete(cognito.login(EMAIL, PASSWORD).await.unwrap()));
        assert_eq!(emulator.calls("GetParameters"), 1, "one call for all three");
    }

    #[tokio::test]
    async fn a_missing_permission_names_action_and_resource() {
        let fixture = Fixture::ours().await;
        let message = "User: arn:aws:iam::1:user/x is not authorized to perform: ssm:GetParameters";
        fixture
            .emulator()
            .inject(Fault::error(
                "GetParameters",
                "AccessDeniedException",
                message,
            ))
            .unwrap();
        let source = ChainConfigSource::first_try(parameters(fixture.emulator()))
            .or_else(environment(fixture.emulator()));
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

const NOW: u64 = 1_800_000_000;

fn token_pool() -> TestPool {
    TestPool::new("us-east-1_TestPool1", "client1").with_clock(FixedClock::at_unix(NOW))
}

/// Returns a builder of a facade that verifies tokens of [`token_pool`] and makes no calls.
fn offline() -> CognitoBuilder {
    let config = PoolConfig::new(
        "us-east-1_TestPool1".parse().unwrap(),
        "client1".parse().unwrap(),
    )
    .with_issuer(token_pool().issuer(), "https://keys.example/jwks.json");
    Cognito::builder()
        .config(config)
        .emulator("http://127.0.0.1:9")
        .clock(FixedClock::at_unix(NOW))
        .jwks_source(StaticJwks::new(token_pool().jwks_json()))
}

async fn verified(builder: CognitoBuilder, token: &str) -> Option<ErrorKind> {
    let cognito = builder.build().await.unwrap();
    let verified = cognito.verify_access_token(token).await;
    verified.err().map(|error| error.kind())
}

#[tokio::test]
async fn verifier_settings_reach_the_verifier() {
    let expired = token_pool().access_token(|claims| {
        claims.insert("exp".into(), (NOW - 30).into());
        claims.insert("iat".into(), (NOW - 3_630).into());
    });
    let minute = Duration::from_secs(60);
    let outcome = verified(offline(), &expired).await;
    assert_eq!(outcome, Some(ErrorKind::TokenExpired));
    assert_eq!(verified(offline().leeway(minute), &expired).await, None);
    let lenient = offline().leeway(minute).build().await.unwrap();
    assert_eq!(TokenVerifier::leeway(&lenient), minute);

    let mobile = token_pool().access_token(|claims| {
        claims.insert("client_id".into(), "mobile".into());
    });
    let outcome = verified(offline(), &mobile).await;
    assert_eq!(outcome, Some(ErrorKind::TokenInvalid));
    let both = || offline().accept_client_id("mobile");
    assert_eq!(verified(both(), &mobile).await, None);
    let own = token_pool().access_token(|_| {});
    assert_eq!(verified(both(), &own).await, None);

    let old = token_pool().access_token(|claims| {
        claims.insert("auth_time".into(), (NOW - 61).into());
    });
    assert_eq!(verified(offline(), &old).await, None);
    let outcome = verified(offline().max_age(minute), &old).await;
    assert_eq!(outcome, Some(ErrorKind::InsufficientAuthentication));

    let admins = || offline().configure_verifier(|verifier| verifier.require_any_group(["admins"]));
    let outcome = verified(admins(), &own).await;
    assert_eq!(outcome, Some(ErrorKind::InsufficientScope));
}

#[tokio::test]
async fn replica_issuers_are_accepted() {
    let abroad = "https://cognito-idp.eu-west-1.amazonaws.com/us-east-1_TestPool1";
    let token = token_pool().access_token(|claims| {
        claims.insert("iss".into(), abroad.into());
    });
    let config = PoolConfig::new(
        "us-east-1_TestPool1".parse().unwrap(),
        "client1".parse().unwrap(),
    );
    let facade = || {
        crate::extending::without_verifier()
            .config(config.clone())
            .clock(FixedClock::at_unix(NOW))
            .jwks_source(StaticJwks::new(token_pool().jwks_json()))
    };
    let outcome = verified(facade(), &token).await;
    assert_eq!(outcome, Some(ErrorKind::TokenInvalid));
    assert_eq!(verified(facade().replica("eu-west-1"), &token).await, None);
}

#[tokio::test]
async fn verifier_settings_are_checked_at_build() {
    let too_long = offline().leeway(Duration::from_secs(301)).build().await;
    assert_eq!(refused(too_long), ErrorKind::Configuration);
    let no_region = offline().replica("nowhere!").build().await;
    assert_eq!(refused(no_region), ErrorKind::Configuration);
    let custom = crate::extending::unplugged().leeway(Duration::from_secs(1));
    assert_eq!(refused(custom.build().await), ErrorKind::Misuse);
}

#[tokio::test]
async fn plain_http_to_other_hosts_needs_opt_in() {
    let pool = || PoolConfig::new("local_1a".parse().unwrap(), "client".parse().unwrap());
    for url in [
        "http://cognito-local:9229",
        "HTTP://10.0.0.7",
        "http://localhost@evil.example",
    ] {
        let emulator = Cognito::builder().config(pool()).emulator(url);
        let endpoint = Cognito::builder().config(pool()).endpoint_url(url);
        for builder in [emulator, endpoint] {
            let error = builder.build().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            assert!(error.to_string().contains("danger_allow_http"), "{error}");
        }
    }
    let builder = Cognito::builder()
        .config(pool())
        .emulator("http://cognito-local:9229");
    let cognito = builder.danger_allow_http().build().await.unwrap();
    let login = cognito
        .hosted_login()
        .sign_in("https://shop.example/callback");
    let address = login.start().unwrap().url;
    assert!(
        address.starts_with("http://cognito-local:9229/"),
        "{address}"
    );
}

#[tokio::test]
async fn plain_http_of_sdk_config_needs_opt_in() {
    let pool = || PoolConfig::new("us-east-1_Pool".parse().unwrap(), "client".parse().unwrap());
    let sdk_config = aws_config::SdkConfig::builder()
        .behavior_version(aws_config::BehaviorVersion::v2026_01_12())
        .endpoint_url("http://cognito-local:9229")
        .build();
    let builder = || Cognito::builder().config(pool()).sdk_config(&sdk_config);
    let error = builder().build().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("SdkConfig"), "{error}");
    builder().danger_allow_http().build().await.unwrap();
}

/// 0.0.0.0 is not a loopback address, but reaches this host: it stands for another container.
#[tokio::test]
async fn everything_works_over_allowed_plain_http() {
    let emulator = Emulator::builder()
        .allow_host("0.0.0.0")
        .start()
        .await
        .unwrap();
    emulator.create_user(EMAIL, PASSWORD, &[]).unwrap();
    let elsewhere = |url: &str| url.replace("127.0.0.1", "0.0.0.0");
    let pool = PoolConfig::new(
        emulator.user_pool_id().parse().unwrap(),
        emulator.client_id().parse().unwrap(),
    );
    let pool = pool.with_issuer(emulator.issuer(), elsewhere(&emulator.jwks_uri()));
    let cognito = Cognito::builder()
        .config(pool)
        .emulator(elsewhere(emulator.endpoint()))
        .danger_allow_http()
        .build()
        .await
        .unwrap();
    let tokens = complete(cognito.login(EMAIL, PASSWORD).await.unwrap());
    cognito
        .verify_access_token(tokens.access_token.expose())
        .await
        .unwrap();
}
