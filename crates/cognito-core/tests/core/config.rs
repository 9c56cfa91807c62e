//! Tests of reading and parsing settings.

use async_trait::async_trait;
use cognito_core::config::{Setting, Settings};
use cognito_core::{ConfigSource, ErrorKind, PoolConfig, Result};

#[derive(Debug)]
struct Nowhere;

#[async_trait]
impl ConfigSource for Nowhere {
    async fn load(&self) -> Result<Settings> {
        Ok(Settings::new())
    }

    fn locations(&self, setting: Setting) -> Vec<String> {
        vec![
            format!("{} in the attic", setting.name()),
            "the cellar".to_owned(),
        ]
    }
}

#[test]
fn every_missing_setting_and_every_place_is_named() {
    let error = PoolConfig::from_settings(&Settings::new(), &Nowhere).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert_eq!(
        error.to_string(),
        "configuration is wrong or missing: set the user pool id (searched: user pool id in \
         the attic, the cellar); set the client id (searched: client id in the attic, the \
         cellar)"
    );
}

#[test]
fn names_missing_and_invalid_settings_together() {
    let settings = Settings::new()
        .with(Setting::ClientId, "no spaces")
        .with(Setting::ClientSecret, "too short!");
    let error = PoolConfig::from_settings(&settings, &Nowhere).unwrap_err();
    let text = error.to_string();
    for part in [
        "set the user pool id",
        "client id must",
        "client secret must",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert!(!format!("{error:?}").contains("too short"), "{error:?}");
}

#[test]
fn parse_error_names_value_without_showing_it() {
    let settings = Settings::new()
        .with(Setting::UserPoolId, "us-east-1_AbCdEfGhI")
        .with(Setting::ClientId, "1example23456789")
        .with(Setting::ClientSecret, "too short!");
    let error = PoolConfig::from_settings(&settings, &Nowhere).unwrap_err();
    assert!(
        error.to_string().contains("client secret must be 24 to 64"),
        "{error}"
    );
    assert!(!format!("{error} {error:?} {settings:?}").contains("too short"));
}

#[test]
fn trims_line_break_and_ignores_empty_value() {
    let settings = Settings::new()
        .with(Setting::UserPoolId, "us-east-1_AbCdEfGhI\r\n")
        .with(Setting::ClientId, "1example23456789\n")
        .with(Setting::ClientSecret, "\n");
    let config = PoolConfig::from_settings(&settings, &Nowhere).unwrap();
    assert_eq!(config.user_pool_id.as_str(), "us-east-1_AbCdEfGhI");
    assert!(config.client_secret.is_none());
}

#[test]
fn the_first_settings_win() {
    let first = Settings::new().with(Setting::ClientId, "a");
    let second = Settings::new()
        .with(Setting::ClientId, "b")
        .with(Setting::Region, "eu-central-1");
    let both = first.or(second);
    assert_eq!(both.value(Setting::ClientId), Some("a"));
    assert_eq!(both.value(Setting::Region), Some("eu-central-1"));
}
