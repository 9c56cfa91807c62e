//! A source with settings that the program provides.

use async_trait::async_trait;
use cognito_core::config::{Setting, Settings};
use cognito_core::hosted_login::names::LoginDomain;
use cognito_core::{ClientSecret, ConfigSource, PoolConfig, Region, Result};

/// A source with settings that the program provides, for example from a custom file format or in
/// tests. `Debug` shows which settings are present, not their values.
#[derive(Clone, Debug)]
pub struct StaticConfigSource(Settings);

impl StaticConfigSource {
    /// Creates a source with these settings. The settings need not be complete.
    pub const fn new(settings: Settings) -> Self {
        Self(settings)
    }
}

impl From<&PoolConfig> for StaticConfigSource {
    fn from(config: &PoolConfig) -> Self {
        let mut settings = Settings::new()
            .with(Setting::UserPoolId, config.user_pool_id.as_str())
            .with(Setting::ClientId, config.client_id.as_str());
        let optional = [
            (
                Setting::ClientSecret,
                config.client_secret.as_ref().map(ClientSecret::expose),
            ),
            (
                Setting::PreviousClientSecret,
                config
                    .previous_client_secret
                    .as_ref()
                    .map(ClientSecret::expose),
            ),
            (Setting::Region, config.region.as_ref().map(Region::as_str)),
            (Setting::Issuer, config.issuer.as_deref()),
            (Setting::JwksUri, config.jwks_uri.as_deref()),
            (
                Setting::LoginDomain,
                config.login_domain.as_ref().map(LoginDomain::as_str),
            ),
        ];
        for (setting, value) in optional {
            settings = settings.with(setting, value.unwrap_or_default());
        }
        Self(settings)
    }
}

#[async_trait]
impl ConfigSource for StaticConfigSource {
    async fn load(&self) -> Result<Settings> {
        Ok(self.0.clone())
    }

    fn locations(&self, setting: Setting) -> Vec<String> {
        vec![format!("{} in the program's own settings", setting.name())]
    }
}
