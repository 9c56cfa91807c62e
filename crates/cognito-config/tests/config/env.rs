//! The environment source: variables, the files that they name, and errors.

use std::io;
use std::path::Path;

use cognito_config::EnvConfigSource;
use cognito_core::config::{Setting, Settings};
use cognito_core::{ConfigSource, ErrorKind, PoolConfig, Result};

async fn loaded(variables: &[(&str, &str)]) -> Result<Settings> {
    variables
        .iter()
        .copied()
        .collect::<EnvConfigSource>()
        .load()
        .await
}

#[tokio::test]
async fn every_variable_is_read() {
    let settings = loaded(&[
        ("AWS_COGNITO_USER_POOL_ID", "eu-central-1_AbCdEfGhI"),
        ("AWS_COGNITO_CLIENT_ID", "1example23456789"),
        ("AWS_COGNITO_CLIENT_SECRET", "abcdefghijklmnopqrstuvwxyz"),
        (
            "AWS_COGNITO_PREVIOUS_CLIENT_SECRET",
            "zyxwvutsrqponmlkjihgfedcba",
        ),
        ("AWS_COGNITO_DOMAIN", "https://login.example.com"),
        ("AWS_REGION", "eu-west-1"),
        ("COGNITO_ISSUER", "http://localhost:9229/local"),
        ("COGNITO_JWKS_URI", "http://localhost:9229/jwks"),
    ])
    .await
    .unwrap();
    for (setting, value) in [
        (Setting::UserPoolId, "eu-central-1_AbCdEfGhI"),
        (Setting::ClientId, "1example23456789"),
        (Setting::ClientSecret, "abcdefghijklmnopqrstuvwxyz"),
        (Setting::PreviousClientSecret, "zyxwvutsrqponmlkjihgfedcba"),
        (Setting::LoginDomain, "https://login.example.com"),
        (Setting::Region, "eu-west-1"),
        (Setting::Issuer, "http://localhost:9229/local"),
        (Setting::JwksUri, "http://localhost:9229/jwks"),
    ] {
        assert_eq!(settings.value(setting), Some(value), "{}", setting.name());
    }
}

#[tokio::test]
async fn the_default_region_is_a_fallback() {
    let both = [
        ("AWS_REGION", "eu-west-1"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ];
    let region = |settings: Settings| settings.value(Setting::Region).map(str::to_owned);
    assert_eq!(
        region(loaded(&both).await.unwrap()).as_deref(),
        Some("eu-west-1")
    );
    assert_eq!(
        region(loaded(&both[1..]).await.unwrap()).as_deref(),
        Some("us-east-1")
    );
    let empty = [("AWS_REGION", ""), both[1]];
    assert_eq!(
        region(loaded(&empty).await.unwrap()).as_deref(),
        Some("us-east-1")
    );
}

#[tokio::test]
async fn a_missing_setting_names_both_spellings() {
    let source: EnvConfigSource = [("AWS_COGNITO_USER_POOL_ID", "eu-central-1_AbCdEfGhI")]
        .into_iter()
        .collect();
    let error = PoolConfig::from_settings(&source.load().await.unwrap(), &source).unwrap_err();
    assert_eq!(
        error.to_string(),
        "configuration is wrong or missing: set the client id (searched: environment variable \
         AWS_COGNITO_CLIENT_ID, environment variable AWS_COGNITO_CLIENT_ID_FILE)"
    );
}

#[tokio::test]
async fn rejects_both_variables_of_a_setting() {
    let error = loaded(&[
        ("AWS_COGNITO_CLIENT_SECRET", "hunter2"),
        ("AWS_COGNITO_CLIENT_SECRET_FILE", "/run/secrets/hunter3"),
    ])
    .await
    .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    let text = format!("{error} {error:?}");
    assert!(
        text.contains("AWS_COGNITO_CLIENT_SECRET and AWS_COGNITO_CLIENT_SECRET_FILE"),
        "{text}"
    );
    assert!(!text.contains("hunter"), "{text}");
}

fn reading(
    path: &'static str,
    answer: impl Fn() -> io::Result<Vec<u8>> + Send + Sync + 'static,
) -> EnvConfigSource {
    [("AWS_COGNITO_CLIENT_SECRET_FILE", path)]
        .into_iter()
        .collect::<EnvConfigSource>()
        .with_reader(move |asked| {
            assert_eq!(asked, Path::new(path));
            answer()
        })
}

#[tokio::test]
async fn file_loses_one_trailing_line_break() {
    for (content, value) in [
        ("secret", "secret"),
        ("secret\n", "secret"),
        ("secret\r\n", "secret"),
        ("secret\n\n", "secret\n"),
        (" secret ", " secret "),
    ] {
        let source = reading("/run/secret", move || Ok(content.into()));
        let settings = source.load().await.unwrap();
        assert_eq!(settings.value(Setting::ClientSecret), Some(value));
    }
}

#[tokio::test]
async fn file_error_names_only_its_variable() {
    let too_large = || Ok(vec![b'x'; 64 * 1024 + 1]);
    let not_text = || Ok(vec![b'h', b'u', b'n', b't', 0xff]);
    let unreadable = || Err(io::Error::other("permission denied for /run/hunter2"));
    for (source, reason) in [
        (reading("/run/hunter2", too_large), "larger than 64 KiB"),
        (reading("/run/hunter2", not_text), "not UTF-8"),
        (reading("/run/hunter2", unreadable), "cannot be read"),
    ] {
        let error = source.load().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        let text = format!("{error} {error:?} {source:?}");
        assert!(text.contains("AWS_COGNITO_CLIENT_SECRET_FILE"), "{text}");
        assert!(text.contains(reason), "{text}");
        assert!(!text.contains("hunt"), "{text}");
    }
    let largest = reading("/run/secret", || Ok(vec![b'x'; 64 * 1024]));
    let settings = largest.load().await.unwrap();
    let value = settings.value(Setting::ClientSecret).unwrap();
    assert_eq!(value.len(), 64 * 1024);
}

#[tokio::test]
async fn invalid_value_names_its_variable() {
    for (wrong, variable) in [
        ("AWS_COGNITO_USER_POOL_ID", "AWS_COGNITO_USER_POOL_ID"),
        ("AWS_COGNITO_CLIENT_ID", "AWS_COGNITO_CLIENT_ID"),
        (
            "AWS_COGNITO_CLIENT_SECRET_FILE",
            "AWS_COGNITO_CLIENT_SECRET_FILE",
        ),
        ("AWS_COGNITO_DOMAIN", "AWS_COGNITO_DOMAIN"),
        ("AWS_DEFAULT_REGION", "AWS_DEFAULT_REGION"),
    ] {
        let source = EnvConfigSource::with_lookup(move |name| match name {
            _ if name == wrong => Some("not/valid!".to_owned()),
            "AWS_COGNITO_USER_POOL_ID" => Some("us-east-1_AbCdEfGhI".to_owned()),
            "AWS_COGNITO_CLIENT_ID" => Some("1example23456789".to_owned()),
            _ => None,
        });
        let source = source.with_reader(|_| Ok(b"too short!".to_vec()));
        let settings = source.load().await.unwrap();
        let error = PoolConfig::from_settings(&settings, &source).unwrap_err();
        let from = format!("(from environment variable {variable})");
        assert!(error.to_string().ends_with(&from), "{wrong}: {error}");
        assert!(!error.to_string().contains("not/valid"), "{error}");
    }
}
