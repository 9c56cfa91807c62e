//! The settings of one user pool, and the traits of sources that provide these settings.

use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use auto_impl::auto_impl;
use secrecy::{ExposeSecret, SecretString};

use crate::error::{Error, ErrorKind, Result};
use crate::hosted_login::names::LoginDomain;
use crate::id::{ClientId, Region, UserPoolId};
use crate::input::InvalidInput;
use crate::secret::ClientSecret;

/// The settings that are needed to call Cognito: settings of a user pool and of an app client.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use = "a setter returns the changed value"]
pub struct PoolConfig {
    /// The id of the user pool. It contains the region of the pool.
    pub user_pool_id: UserPoolId,
    /// The id of the app client.
    pub client_id: ClientId,
    /// The secret of the app client, if it has one.
    pub client_secret: Option<ClientSecret>,
    /// Another secret of the app client. It is used if Cognito rejects
    /// [`client_secret`](Self::client_secret), for example during a rotation.
    pub previous_client_secret: Option<ClientSecret>,
    /// The region of this service, from the setting [`Setting::Region`] (such as the environment
    /// variable `AWS_REGION`). Calls to Cognito always use the region of the pool. `None` if it is
    /// not set.
    pub region: Option<Region>,
    /// The `iss` of the pool's tokens, for emulators. `None` (default): the issuer of AWS for the
    /// pool, such as `https://cognito-idp.<region>.amazonaws.com/<pool id>`.
    pub issuer: Option<String>,
    /// The URL of the pool's signing keys, for emulators. `None` (default): the issuer followed by
    /// `/.well-known/jwks.json`.
    pub jwks_uri: Option<String>,
    /// The domain of the pool's managed login and OAuth 2.0 endpoints, if the pool has one.
    pub login_domain: Option<LoginDomain>,
}

impl PoolConfig {
    /// Creates settings for a user pool and an app client without a secret.
    pub const fn new(user_pool_id: UserPoolId, client_id: ClientId) -> Self {
        Self {
            user_pool_id,
            client_id,
            client_secret: None,
            previous_client_secret: None,
            region: None,
            issuer: None,
            jwks_uri: None,
            login_domain: None,
        }
    }

    /// Sets the client secret. Default: no secret.
    pub fn with_client_secret(mut self, secret: ClientSecret) -> Self {
        self.client_secret = Some(secret);
        self
    }

    /// Sets another secret of the app client, which is used if Cognito rejects the secret of
    /// [`with_client_secret`](Self::with_client_secret). Default: no other secret.
    pub fn with_previous_client_secret(mut self, secret: ClientSecret) -> Self {
        self.previous_client_secret = Some(secret);
        self
    }

    /// Sets the issuer of the pool's tokens and the URL of the signing keys, for an emulator.
    /// Default: the issuer and the URL of AWS for the user pool.
    pub fn with_issuer(mut self, issuer: impl Into<String>, jwks_uri: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self.jwks_uri = Some(jwks_uri.into());
        self
    }

    /// Sets the domain of the pool's managed login. Default: no domain.
    pub fn with_login_domain(mut self, domain: LoginDomain) -> Self {
        self.login_domain = Some(domain);
        self
    }

    /// Parses the settings that `source` returned. If a setting is missing, the error message names
    /// the places where `source` searches for it. `source` is not read again.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`] if a setting is missing or invalid. The error message names
    /// every missing setting with the places that were searched, and every invalid setting with its
    /// origin. The error message never contains a value.
    pub fn from_settings(settings: &Settings, source: &dyn ConfigSource) -> Result<Self> {
        let mut reading = Reading {
            settings,
            source,
            faults: Vec::new(),
        };
        let user_pool_id = reading.required(Setting::UserPoolId, UserPoolId::new);
        let client_id = reading.required(Setting::ClientId, ClientId::new);
        let client_secret = reading.optional(Setting::ClientSecret, ClientSecret::new);
        let previous = reading.optional(Setting::PreviousClientSecret, ClientSecret::new);
        let region = reading.optional(Setting::Region, Region::new);
        let login_domain = reading.optional(Setting::LoginDomain, LoginDomain::new);
        let text = |setting| settings.value(setting).map(str::to_owned);
        match (user_pool_id, client_id) {
            (Some(user_pool_id), Some(client_id)) if reading.faults.is_empty() => Ok(Self {
                user_pool_id,
                client_id,
                client_secret,
                previous_client_secret: previous,
                region,
                issuer: text(Setting::Issuer),
                jwks_uri: text(Setting::JwksUri),
                login_domain,
            }),
            _ => Err(Error::new(ErrorKind::Configuration).with_detail(reading.faults.join("; "))),
        }
    }
}

/// A parser of the settings of a user pool and an app client. It collects the missing and invalid
/// settings, so that one error message can name all of them.
struct Reading<'a> {
    settings: &'a Settings,
    source: &'a dyn ConfigSource,
    faults: Vec<String>,
}

impl Reading<'_> {
    fn required<T>(
        &mut self,
        setting: Setting,
        parse: impl FnOnce(String) -> Result<T, InvalidInput>,
    ) -> Option<T> {
        if self.settings.value(setting).is_none() {
            let fault = match self.source.locations(setting) {
                places if places.is_empty() => format!("set the {}", setting.name()),
                places => format!(
                    "set the {} (searched: {})",
                    setting.name(),
                    places.join(", ")
                ),
            };
            self.faults.push(fault);
        }
        self.optional(setting, parse)
    }

    fn optional<T>(
        &mut self,
        setting: Setting,
        parse: impl FnOnce(String) -> Result<T, InvalidInput>,
    ) -> Option<T> {
        let value = self.settings.value(setting)?;
        match parse(value.to_owned()) {
            Ok(parsed) => Some(parsed),
            Err(invalid) => {
                let origin = self.origin(setting);
                let fault = format!("{} {}{origin}", setting.name(), invalid.rule());
                self.faults.push(fault);
                None
            }
        }
    }

    /// Returns the origin of a setting's value, in parentheses, for an error message. If the origin
    /// is unknown, the result lists where the source searches for the setting. If the source does
    /// not search for the setting, the result is empty.
    fn origin(&self, setting: Setting) -> String {
        match self.settings.origin(setting) {
            Some(origin) => format!(" (from {origin})"),
            None => match self.source.locations(setting) {
                places if places.is_empty() => String::new(),
                places => format!(" (from {})", places.join(" or ")),
            },
        }
    }
}

/// The name of a setting of a user pool or of an app client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Setting {
    /// The app client's id.
    ClientId,
    /// The app client's secret.
    ClientSecret,
    /// The issuer of the pool's tokens. It is needed only for emulators.
    Issuer,
    /// The URL of the pool's signing keys. It is needed only for emulators.
    JwksUri,
    /// The domain of the pool's managed login.
    LoginDomain,
    /// Another secret of the app client, which is used if Cognito rejects the client secret.
    PreviousClientSecret,
    /// The AWS region in which the service that uses this crate runs.
    Region,
    /// The user pool's id.
    UserPoolId,
}

impl Setting {
    /// All settings.
    pub const ALL: &'static [Self] = &[
        Self::ClientId,
        Self::ClientSecret,
        Self::Issuer,
        Self::JwksUri,
        Self::LoginDomain,
        Self::PreviousClientSecret,
        Self::Region,
        Self::UserPoolId,
    ];

    /// Returns the name of the setting in words, such as `user pool id`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClientId => "client id",
            Self::ClientSecret => "client secret",
            Self::Issuer => "issuer",
            Self::JwksUri => "JWKS URI",
            Self::LoginDomain => "login domain",
            Self::PreviousClientSecret => "previous client secret",
            Self::Region => "region",
            Self::UserPoolId => "user pool id",
        }
    }
}

/// The settings that a source returned, not parsed yet. `Debug` shows their names, not their
/// values.
#[derive(Clone, Default)]
pub struct Settings(BTreeMap<Setting, Found>);

#[derive(Clone)]
struct Found {
    value: SecretString,
    origin: Option<String>,
}

impl Settings {
    /// Creates empty settings.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Sets the value of a setting. One trailing line break is removed, because mounted files often
    /// have one. If the value is then empty, the call has no effect.
    pub fn with(self, setting: Setting, value: &str) -> Self {
        self.add(setting, value, None)
    }

    /// Sets the value of a setting like [`with`](Self::with), and adds its origin for error
    /// messages, such as `environment variable AWS_COGNITO_CLIENT_ID`.
    pub fn with_origin(self, setting: Setting, value: &str, origin: impl Into<String>) -> Self {
        self.add(setting, value, Some(origin.into()))
    }

    fn add(mut self, setting: Setting, value: &str, origin: Option<String>) -> Self {
        let value = value.strip_suffix('\n').unwrap_or(value);
        let value = value.strip_suffix('\r').unwrap_or(value);
        if !value.is_empty() {
            let value = SecretString::from(value.to_owned());
            self.0.insert(setting, Found { value, origin });
        }
        self
    }

    /// Returns the value of a setting, or `None` if it is not set.
    pub fn value(&self, setting: Setting) -> Option<&str> {
        let found = self.0.get(&setting)?;
        Some(found.value.expose_secret())
    }

    /// Returns the origin of a setting, or `None` if the setting or its origin is not set.
    pub fn origin(&self, setting: Setting) -> Option<&str> {
        self.0.get(&setting)?.origin.as_deref()
    }

    /// Adds the settings of `other` that `self` does not have.
    pub fn or(mut self, other: Self) -> Self {
        for (setting, value) in other.0 {
            self.0.entry(setting).or_insert(value);
        }
        self
    }

    /// Returns `true` if there are no settings.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A source of the settings of a user pool, such as the environment or Parameter Store.
///
/// # Custom implementations
///
/// Return the settings that are present. A missing setting is not an error: omit it, and the next
/// source of a chain is used. Return an error if the source itself fails (missing permission, no
/// connection). An error stops the chain, because a silent fallback could connect a service to the
/// wrong pool. Error messages must not contain values.
///
/// ```
/// use async_trait::async_trait;
/// use cognito_core::config::{Setting, Settings};
/// use cognito_core::{ConfigSource, Result};
///
/// #[derive(Debug)]
/// struct OurVault;
///
/// #[async_trait]
/// impl ConfigSource for OurVault {
///     async fn load(&self) -> Result<Settings> {
///         Ok(Settings::new().with(Setting::ClientId, "from-the-vault"))
///     }
///
///     fn locations(&self, setting: Setting) -> Vec<String> {
///         vec![format!("vault entry cognito/{}", setting.name())]
///     }
/// }
/// ```
#[async_trait]
#[auto_impl(Arc, Box)]
pub trait ConfigSource: Debug + Send + Sync + 'static {
    /// Reads the settings from the source.
    ///
    /// # Errors
    ///
    /// Any error, if the source fails, for example [`ErrorKind::Network`] or
    /// [`ErrorKind::Configuration`]. A missing setting is not an error.
    async fn load(&self) -> Result<Settings>;

    /// Reads the settings without a cache. A caller uses it after a setting was changed at the
    /// source. Default: calls [`load`](Self::load), which is sufficient for a source without a
    /// cache.
    ///
    /// # Errors
    ///
    /// The errors of [`load`](Self::load).
    async fn reload(&self) -> Result<Settings> {
        self.load().await
    }

    /// Returns the places where [`load`](Self::load) searches for a setting, such as
    /// `environment variable AWS_COGNITO_CLIENT_ID`. Error messages name these places. Returns an
    /// empty list if this source never has the setting.
    fn locations(&self, setting: Setting) -> Vec<String>;
}

/// A provider of the current settings.
///
/// The settings may change between two operations, for example if a client secret is rotated.
/// Therefore call [`current`](Self::current) for every operation. Implementations of this method
/// must be fast.
#[async_trait]
#[auto_impl(Arc, Box)]
pub trait CurrentConfig: Debug + Send + Sync + 'static {
    /// Returns the current settings.
    fn current(&self) -> Arc<PoolConfig>;

    /// Reads the settings again, because Cognito has rejected the client secret. A failure is
    /// logged, and the settings are unchanged. Default: does nothing, which is right for settings
    /// that never change.
    async fn renew(&self) {}
}

/// A [`CurrentConfig`] whose settings never change.
#[derive(Clone, Debug)]
pub struct StaticConfig(Arc<PoolConfig>);

impl StaticConfig {
    /// Creates a [`CurrentConfig`] that always returns these settings.
    pub fn new(config: PoolConfig) -> Self {
        Self(Arc::new(config))
    }
}

impl CurrentConfig for StaticConfig {
    fn current(&self) -> Arc<PoolConfig> {
        Arc::clone(&self.0)
    }
}
