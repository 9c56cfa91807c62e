//! The methods of the builder that set the settings of the user pool, or their source.

use std::sync::Arc;

use cognito_config::{ConfigCache, ConfigCacheOptions};
use cognito_core::config::{CurrentConfig, StaticConfig};
use cognito_core::store::ConfidentialStore;
use cognito_core::{ConfigSource, PoolConfig, Result};
#[cfg(not(all(feature = "secretsmanager", feature = "ssm")))]
use cognito_core::{Error, ErrorKind};

use super::documents::{AwsSource, SettingsFrom, SourceOptions};
use super::{CognitoBuilder, misuse};
use crate::events::Events;

/// # Settings of the user pool
///
/// Set the settings with one of these methods or with
/// [`shared_config_source`](Self::shared_config_source). Without settings, [`build`](Self::build)
/// fails with [`Misuse`](crate::ErrorKind::Misuse).
impl CognitoBuilder {
    /// Creates a builder with the settings in the environment variables; see
    /// [`EnvConfigSource`](crate::config::EnvConfigSource). Two other places have precedence:
    ///
    /// 1. with the feature `secretsmanager` and `COGNITO_SECRET_ID`, the secret in Secrets Manager
    ///    with this name or ARN,
    /// 2. with the feature `ssm` and `COGNITO_SSM_PREFIX` (such as `/cognito`), Parameter Store.
    ///
    /// # Errors
    ///
    /// [`Configuration`](crate::ErrorKind::Configuration) if one of these variables is set and its
    /// feature is off. The error prevents the service from using the wrong user pool.
    pub async fn from_env() -> Result<Self> {
        let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let mut sources = Vec::new();
        if let Some(id) = variable("COGNITO_SECRET_ID") {
            sources.push(secrets_manager(id).await?);
        }
        if let Some(prefix) = variable("COGNITO_SSM_PREFIX") {
            sources.push(parameter_store(prefix).await?);
        }
        let settings = SettingsFrom::environment(sources);
        Ok(Self::new().settings_from(settings))
    }

    /// Sets the settings of the user pool. They never change.
    ///
    /// If a source of settings is set too ([`config_source`](Self::config_source),
    /// [`shared_config_source`](Self::shared_config_source) or [`from_env`](Self::from_env)),
    /// [`build`](Self::build) fails with [`Misuse`](crate::ErrorKind::Misuse).
    pub fn config(self, config: PoolConfig) -> Self {
        self.settings_from(SettingsFrom::Fixed(config))
    }

    /// Sets the source of the settings. The source is read when the client is built, and again
    /// every five minutes in the background.
    ///
    /// If [`config`](Self::config) is set too, [`build`](Self::build) fails.
    pub fn config_source(self, source: impl ConfigSource) -> Self {
        self.settings_from(SettingsFrom::source(source))
    }

    pub(super) fn settings_from(mut self, settings: SettingsFrom) -> Self {
        let is_fixed = |settings: &SettingsFrom| matches!(settings, SettingsFrom::Fixed(_));
        let before = self.settings.replace(settings);
        let (before, now) = (
            before.as_ref().map(is_fixed),
            self.settings.as_ref().map(is_fixed),
        );
        self.settings_contradict |= before.is_some() && before != now;
        self
    }
}

impl CognitoBuilder {
    pub(super) fn settings_fault(&self) -> Option<&'static str> {
        match (&self.settings, self.settings_contradict) {
            (None, _) => Some(NO_SETTINGS),
            (Some(_), true) => Some(CONTRADICTING_SETTINGS),
            (Some(_), false) => None,
        }
    }

    pub(super) async fn settings(
        &mut self,
        documents: Option<&Arc<dyn ConfidentialStore>>,
        events: &Arc<Events>,
    ) -> Result<(Arc<dyn CurrentConfig>, Option<Arc<ConfigCache>>)> {
        let make = match self.settings.take() {
            Some(SettingsFrom::Fixed(config)) => {
                return Ok((Arc::new(StaticConfig::new(config)), None));
            }
            Some(SettingsFrom::Source(make)) => make,
            None => return Err(misuse(NO_SETTINGS)),
        };
        let source = make(SourceOptions {
            store: documents.cloned(),
            clock: Arc::clone(&self.clock),
            allow_http: self.allow_http,
        });
        let clock = Arc::clone(&self.clock);
        let options = ConfigCacheOptions::new();
        let cache = ConfigCache::load(source, options, clock, Arc::clone(events) as _).await?;
        Ok((Arc::clone(&cache) as Arc<dyn CurrentConfig>, Some(cache)))
    }
}

const NO_SETTINGS: &str = "no settings of the user pool: call config or config_source";
const CONTRADICTING_SETTINGS: &str = "config cannot be combined with config_source, shared_config_source \
     or from_env: call one of them";

#[cfg(feature = "secretsmanager")]
async fn secrets_manager(id: String) -> Result<AwsSource> {
    let source = cognito_config::SecretsManagerConfigSource::from_env(id).await;
    Ok(AwsSource::secrets_manager(source))
}

#[cfg(not(feature = "secretsmanager"))]
async fn secrets_manager(_id: String) -> Result<AwsSource> {
    Err(Error::new(ErrorKind::Configuration)
        .with_detail("COGNITO_SECRET_ID is set: turn on the feature `secretsmanager` or unset it"))
}

#[cfg(feature = "ssm")]
async fn parameter_store(prefix: String) -> Result<AwsSource> {
    let source = cognito_config::SsmConfigSource::from_env().await;
    Ok(AwsSource::parameter_store(source.with_prefix(prefix)))
}

#[cfg(not(feature = "ssm"))]
async fn parameter_store(_prefix: String) -> Result<AwsSource> {
    Err(Error::new(ErrorKind::Configuration)
        .with_detail("COGNITO_SSM_PREFIX is set: turn on the feature `ssm` or unset it"))
}
