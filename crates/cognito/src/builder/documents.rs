//! The options for documents that several instances share: settings and signing keys.

use std::sync::Arc;

#[cfg(feature = "redis")]
use cognito_cache::SealKey;
use cognito_config::SharedConfigSource;
#[cfg(feature = "ssm")]
use cognito_config::{ChainConfigSource, EnvConfigSource, SsmConfigSource};
use cognito_core::store::ConfidentialStore;
use cognito_core::{Clock, ConfigSource, PoolConfig};

use super::CognitoBuilder;

#[derive(Default)]
pub(super) struct Documents {
    store: Option<Arc<dyn ConfidentialStore>>,
    #[cfg(feature = "redis")]
    key: Option<SealKey>,
}

pub(super) enum SettingsFrom {
    Fixed(PoolConfig),
    Source(MakeSource),
}

/// A function that creates the source of settings from options of the builder. The function is
/// called when the client is built. Options that the caller set after the source therefore also
/// apply to the source.
type MakeSource = Box<dyn FnOnce(SourceOptions) -> Arc<dyn ConfigSource> + Send + Sync>;

/// The options of the builder that affect a source of settings.
pub(super) struct SourceOptions {
    /// The store through which instances share the settings. `None` if settings are not shared.
    pub(super) store: Option<Arc<dyn ConfidentialStore>>,
    pub(super) clock: Arc<dyn Clock>,
    /// `true` if plain `http` to Parameter Store is allowed.
    #[cfg_attr(
        not(feature = "ssm"),
        allow(dead_code, reason = "Parameter Store needs it")
    )]
    pub(super) allow_http: bool,
}

impl SettingsFrom {
    /// Reads the settings from `source`. Each instance reads the source itself, and instances do
    /// not share these settings.
    pub(super) fn source(source: impl ConfigSource) -> Self {
        Self::Source(Box::new(|_| Arc::new(source)))
    }

    /// Reads the settings from `source`. All instances share these settings through the store.
    /// Without a store, each instance reads the source itself.
    fn shared(name: String, source: impl ConfigSource) -> Self {
        Self::Source(Box::new(|options| match options.store {
            Some(store) => Arc::new(SharedConfigSource::new(name, source, store, options.clock)),
            None => Arc::new(source),
        }))
    }

    /// Returns a chain of two sources: Parameter Store, and then the environment of this instance.
    /// Instances can share the settings in Parameter Store.
    #[cfg(feature = "ssm")]
    pub(super) fn parameter_store(source: SsmConfigSource) -> Self {
        Self::Source(Box::new(move |options| {
            let name = source.shared_name();
            let source = if options.allow_http {
                source.danger_allow_http()
            } else {
                source
            };
            let own = EnvConfigSource::new;
            let chain = match options.store {
                Some(store) => {
                    let shared = SharedConfigSource::new(name, source, store, options.clock);
                    ChainConfigSource::first_try(shared.with_local(own()))
                }
                None => ChainConfigSource::first_try(source),
            };
            Arc::new(chain.or_else(own()))
        }))
    }
}

impl CognitoBuilder {
    /// Shares documents (settings and signing keys) with other instances through the Redis server
    /// of [`redis`](Self::redis). One instance fetches a document, and the other instances read it
    /// from the Redis server. An instance that starts while Parameter Store or the key endpoint is
    /// unavailable uses the shared documents. Default: documents are not shared.
    ///
    /// The documents are:
    ///
    /// - the settings of a [`shared_config_source`](Self::shared_config_source),
    /// - the settings in Parameter Store with [`from_env`](Self::from_env),
    /// - the signing keys.
    ///
    /// All instances need the same `key`. It encrypts and authenticates the documents, so the Redis
    /// server can neither read nor forge them. The key can be replaced at any time: an instance
    /// that cannot open a document fetches it from its source. If the Redis server is unavailable,
    /// every instance fetches the documents itself.
    ///
    /// If [`redis`](Self::redis) is not set, [`build`](Self::build) fails.
    ///
    /// Services that share a server need different prefixes
    /// ([`RedisConfig::with_prefix`](crate::store::RedisConfig::with_prefix)) if they read
    /// different settings with the same names, for example in two AWS accounts. Services that must
    /// not trust each other also need different keys. Different keys without different prefixes are
    /// not enough, because each service would overwrite the documents of the others.
    ///
    /// Settings are shared only if no required setting is missing. Settings that each instance
    /// reads itself also count. For example, with [`from_env`](Self::from_env) the ids can be in
    /// the environment, and only the client secret in Parameter Store. If a setting is missing, the
    /// settings are not shared and a warning is logged.
    ///
    /// ```no_run
    /// use cognito::CognitoBuilder;
    /// use cognito::revocation::WhenStale;
    /// use cognito::store::{RedisConfig, SealKey};
    ///
    /// # async fn example(attempts: [u8; 32], documents: [u8; 32]) -> cognito::Result<()> {
    /// let cognito = CognitoBuilder::from_env()
    ///     .await?
    ///     .redis(RedisConfig::server("rediss://cache.example.com")?, WhenStale::FailClosed)
    ///     .attempt_key(&attempts)
    ///     .share_documents(SealKey::new(&documents)?)
    ///     .build()
    ///     .await?;
    /// # drop(cognito); Ok(()) }
    /// ```
    #[cfg(feature = "redis")]
    #[cfg_attr(docsrs, doc(cfg(feature = "redis")))]
    pub fn share_documents(mut self, key: SealKey) -> Self {
        self.documents.key = Some(key);
        self
    }

    /// Shares documents with other instances through a custom store. The documents are the settings
    /// of a [`shared_config_source`](Self::shared_config_source), the settings in Parameter Store
    /// with [`from_env`](Self::from_env), and the signing keys.
    ///
    /// ```no_run
    /// use std::sync::Arc;
    ///
    /// use cognito::CognitoBuilder;
    /// use cognito::clock::SystemClock;
    /// use cognito::store::{EncryptedStore, Seal, SealKey, Store};
    ///
    /// # async fn example(ours: Arc<dyn Store>, key: [u8; 32]) -> cognito::Result<()> {
    /// let seal = Seal::new(Arc::new(SystemClock::new()), SealKey::new(&key)?);
    /// let cognito = CognitoBuilder::from_env()
    ///     .await?
    ///     .document_store(EncryptedStore::new(ours, seal))
    ///     .build()
    ///     .await?;
    /// # drop(cognito); Ok(()) }
    /// ```
    pub fn document_store(mut self, store: impl ConfidentialStore) -> Self {
        self.documents.store = Some(Arc::new(store));
        self
    }

    /// Sets a source of settings that several instances share. The source is read when the client
    /// is built, and again every five minutes in the background. If documents are shared
    /// (`share_documents` or [`document_store`](Self::document_store)), all instances share the
    /// settings under `name`; see [`SharedConfigSource`]. If documents are not shared, each
    /// instance reads the source itself.
    ///
    /// The source must contain all required settings. Otherwise nothing is shared and a warning is
    /// logged.
    ///
    /// If [`config`](Self::config) is set too, [`build`](Self::build) fails.
    pub fn shared_config_source(self, name: impl Into<String>, source: impl ConfigSource) -> Self {
        self.settings_from(SettingsFrom::shared(name.into(), source))
    }

    pub(super) fn documents(&mut self) -> Option<Arc<dyn ConfidentialStore>> {
        if let Some(given) = self.documents.store.take() {
            return Some(given);
        }
        #[cfg(feature = "redis")]
        if let Some(key) = self.documents.key.take() {
            let sealed = self.sealed_on_redis(key);
            return sealed.map(|sealed| Arc::new(sealed) as _);
        }
        None
    }

    #[cfg(feature = "redis")]
    pub(super) fn documents_fault(&self) -> Option<&'static str> {
        let needs_server = self.documents.key.is_some() && self.documents.store.is_none();
        (needs_server && self.shared.is_none())
            .then_some("share_documents needs a server: call redis, or document_store instead")
    }
}

#[cfg(all(test, feature = "ssm"))]
mod tests {
    use cognito_core::ErrorKind;

    use super::*;

    #[tokio::test]
    async fn parameter_store_over_plain_http_needs_opt_in() {
        // A free port of this host, at an address that is not loopback.
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let credentials =
            aws_credential_types::Credentials::new("test", "test", None, None, "test");
        let config = aws_config::SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::v2026_01_12())
            .region(aws_config::Region::new("us-east-1"))
            .endpoint_url(format!("http://0.0.0.0:{port}"))
            .retry_config(aws_config::retry::RetryConfig::disabled())
            .credentials_provider(
                aws_credential_types::provider::SharedCredentialsProvider::new(credentials),
            )
            .build();
        for (allow_http, expected) in [
            (false, ErrorKind::Configuration),
            (true, ErrorKind::Network),
        ] {
            let source = SsmConfigSource::from_sdk_config(&config);
            let mut builder = CognitoBuilder::new();
            builder.settings = Some(SettingsFrom::parameter_store(source));
            if allow_http {
                builder = builder.danger_allow_http();
            }
            let error = builder.build().await.unwrap_err();
            assert_eq!(error.kind(), expected, "{error:?}");
        }
    }
}
