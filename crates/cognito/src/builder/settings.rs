//! The options for the settings of the user pool: fixed settings, or a source of settings.

use std::sync::Arc;

use cognito_config::{ConfigCache, ConfigCacheOptions, EnvConfigSource};
use cognito_core::config::{CurrentConfig, StaticConfig};
use cognito_core::store::ConfidentialStore;
use cognito_core::{ConfigSource, PoolConfig, Result};
#[cfg(not(feature = "ssm"))]
use cognito_core::{Error, ErrorKind};

use super::documents::{SettingsFrom, SourceOptions};
use super::{CognitoBuilder, misuse};
use crate::events::Events;

/// # Settings of the user pool
///
/// Set the settings with one of these methods or with
/// [`shared_config_source`](Self::shared_config_source). Without settings, [`build`](Self::build)
/// fails with [`Misuse`](crate::ErrorKind::Misuse).
impl CognitoBuilder {
    /// Creates a builder with the settings in the environment variables; see
    /// [`EnvConfigSource`](crate::config::EnvConfigSource). With the feature `ssm` and
    /// `COGNITO_SSM_PREFIX` (such as `/cognito`), settings in Parameter Store have precedence.
    ///
    /// # Errors
    ///
    /// [`Configuration`](crate::ErrorKind::Configuration) if `COGNITO_SSM_PREFIX` is set and the
    /// feature `ssm` is off. The error prevents the service from using another user pool than
    /// intended.
    pub async fn from_env() -> Result<Self> {
        match std::env::var("COGNITO_SSM_PREFIX") {
            Ok(prefix) if !prefix.is_empty() => with_parameter_store(prefix).await,
            _ => Ok(Self::new().config_source(EnvConfigSource::new())),
        }
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

#[cfg(feature = "ssm")]
async fn with_parameter_store(prefix: String) -> Result<CognitoBuilder> {
    let parameters = cognito_config::SsmConfigSource::from_env().await;
    let parameters = parameters.with_prefix(prefix);
    let mut builder = CognitoBuilder::new();
    builder.settings = Some(SettingsFrom::parameter_store(parameters));
    Ok(builder)
}

#[cfg(not(feature = "ssm"))]
async fn with_parameter_store(_prefix: String) -> Result<CognitoBuilder> {
    Err(Error::new(ErrorKind::Configuration)
        .with_detail("COGNITO_SSM_PREFIX is set: turn on the feature `ssm` or unset it"))
}
