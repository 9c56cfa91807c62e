//! The sources: the contract of the trait, real files, chains.

use std::error::Error as StdError;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use cognito_config::{ChainConfigSource, EnvConfigSource, StaticConfigSource};
use cognito_core::config::{Setting, Settings};
use cognito_core::{
    ClientId, ClientSecret, ConfigSource, Error, ErrorKind, PoolConfig, Result, UserPoolId,
};
use cognito_testkit::conformance;

const POOL: &str = "eu-central-1_AbCdEfGhI";
const CLIENT: &str = "1example23456789";
const SECRET: &str = "abcdefghijklmnopqrstuvwxyz0123456789";

fn env<const N: usize>(variables: [(&'static str, &'static str); N]) -> EnvConfigSource {
    variables.into_iter().collect()
}

fn known(setting: Setting, value: &str) -> StaticConfigSource {
    StaticConfigSource::new(Settings::new().with(setting, value))
}

/// Creates a separate file for each test, below the build folder.
fn file(name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, content).unwrap();
    path
}

fn with_secret_file(path: &Path) -> EnvConfigSource {
    let path = path.to_str().unwrap().to_owned();
    [("AWS_COGNITO_CLIENT_SECRET_FILE", path)]
        .into_iter()
        .collect()
}

/// A source that fails.
#[derive(Debug)]
struct BrokenVault;

#[async_trait]
impl ConfigSource for BrokenVault {
    async fn load(&self) -> Result<Settings> {
        Err(Error::new(ErrorKind::Network)
            .with_detail("the vault is on fire")
            .with_source(std::io::Error::other("smoke")))
    }

    fn locations(&self, setting: Setting) -> Vec<String> {
        vec![format!("vault entry {}", setting.name())]
    }
}

#[tokio::test]
async fn all_sources_keep_the_promises_of_the_port() {
    let expected = [
        (Setting::UserPoolId, POOL),
        (Setting::ClientId, CLIENT),
        (Setting::ClientSecret, SECRET),
    ];
    let environment = || {
        env([
            ("AWS_COGNITO_USER_POOL_ID", POOL),
            ("AWS_COGNITO_CLIENT_ID", CLIENT),
            ("AWS_COGNITO_CLIENT_SECRET", SECRET),
        ])
    };
    let pool = PoolConfig::new(
        UserPoolId::new(POOL).unwrap(),
        ClientId::new(CLIENT).unwrap(),
    )
    .with_client_secret(ClientSecret::new(SECRET).unwrap());
    conformance::config_source(&environment(), &expected).await;
    conformance::config_source(&StaticConfigSource::from(&pool), &expected).await;
    let chain = ChainConfigSource::first_try(env([])).or_else(environment());
    conformance::config_source(&chain, &expected).await;
    conformance::config_source(&(Arc::new(chain) as Arc<dyn ConfigSource>), &expected).await;
}

#[tokio::test]
async fn pool_config_survives_a_source_round_trip() {
    let pool = PoolConfig::new(
        UserPoolId::new(POOL).unwrap(),
        ClientId::new(CLIENT).unwrap(),
    )
    .with_issuer("http://localhost:9229/pool", "http://localhost:9229/jwks");
    let source = StaticConfigSource::from(&pool);
    let settings = source.load().await.unwrap();
    let again = PoolConfig::from_settings(&settings, &source).unwrap();
    assert_eq!(again.user_pool_id, pool.user_pool_id);
    assert_eq!(again.client_id, pool.client_id);
    assert!(again.client_secret.is_none());
    assert_eq!(again.region, None);
    assert_eq!(again.issuer, pool.issuer);
    assert_eq!(again.jwks_uri, pool.jwks_uri);
}

#[tokio::test]
async fn mounted_file_is_read_at_every_load() {
    let path = file("rotated-secret", format!("{SECRET}\n"));
    let source = with_secret_file(&path);
    conformance::config_source(&source, &[(Setting::ClientSecret, SECRET)]).await;
    fs::write(&path, "another-one\r\n").unwrap();
    let settings = source.load().await.unwrap();
    assert_eq!(settings.value(Setting::ClientSecret), Some("another-one"));
    fs::write(&path, "").unwrap();
    assert!(source.load().await.unwrap().is_empty());
}

#[tokio::test]
async fn rejects_missing_irregular_and_large_files() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let large = file("large-secret", vec![b'x'; 64 * 1024 + 1]);
    for (path, reason) in [
        (folder.join("not-there"), "not found"),
        (folder.to_owned(), "invalid input"),
        (PathBuf::from("/dev/zero"), "invalid input"),
        (large, "larger than 64 KiB"),
    ] {
        let error = with_secret_file(&path).load().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        let text = format!("{error} {error:?}");
        assert!(text.contains("AWS_COGNITO_CLIENT_SECRET_FILE"), "{text}");
        assert!(text.contains(reason), "{text}");
        assert!(!text.contains(path.to_str().unwrap()), "{text}");
    }
}

#[tokio::test]
async fn the_earlier_source_wins_setting_by_setting() {
    let chain = ChainConfigSource::first_try(known(Setting::ClientId, "first"))
        .or_else(env([
            ("AWS_COGNITO_CLIENT_ID", "second"),
            ("AWS_COGNITO_USER_POOL_ID", "second"),
        ]))
        .or_else(
            ChainConfigSource::first_try(known(Setting::UserPoolId, "third"))
                .or_else(known(Setting::Issuer, "fourth")),
        );
    let settings = chain.load().await.unwrap();
    assert_eq!(settings.value(Setting::ClientId), Some("first"));
    assert_eq!(settings.value(Setting::UserPoolId), Some("second"));
    assert_eq!(settings.value(Setting::Issuer), Some("fourth"));
    assert_eq!(
        chain.locations(Setting::ClientId),
        [
            "client id in the program's own settings",
            "environment variable AWS_COGNITO_CLIENT_ID",
            "environment variable AWS_COGNITO_CLIENT_ID_FILE",
            "client id in the program's own settings",
            "client id in the program's own settings",
        ]
    );
}

#[tokio::test]
async fn broken_source_stops_chain_and_all_are_named() {
    let chain = ChainConfigSource::first_try(known(Setting::ClientSecret, SECRET))
        .or_else(env([]))
        .or_else(Arc::new(BrokenVault) as Arc<dyn ConfigSource>)
        .or_else(known(Setting::ClientId, CLIENT));
    let error = chain.load().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    let text = error.to_string();
    let said = "StaticConfigSource has client secret; EnvConfigSource has nothing; \
                Arc<dyn ConfigSource> failed: ";
    assert!(text.contains(said), "{text}");
    assert!(text.ends_with("the vault is on fire"), "{text}");
    // The source of the error does not repeat its message.
    assert_eq!(error.source().unwrap().to_string(), "smoke");
    assert!(!format!("{text} {error:?} {chain:?}").contains(SECRET));
}

#[tokio::test]
async fn chain_says_kind_of_error_once() {
    let both = [
        ("AWS_COGNITO_CLIENT_SECRET", "hunter2"),
        ("AWS_COGNITO_CLIENT_SECRET_FILE", "/run/secrets/hunter3"),
    ];
    let chain = ChainConfigSource::first_try(env(both));
    let error = chain.load().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    let text = error.to_string();
    let kind = "configuration is wrong or missing";
    assert!(
        text.starts_with("configuration is wrong or missing: EnvConfigSource failed: "),
        "{text}"
    );
    assert_eq!(text.matches(kind).count(), 1, "{text}");
}
