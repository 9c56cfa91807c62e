//! The options for documents that several instances share: settings and signing keys.

use std::sync::Arc;

#[cfg(feature = "redis")]
use cognito_cache::SealKey;
#[cfg(feature = "secretsmanager")]
use cognito_config::SecretsManagerConfigSource;
#[cfg(feature = "ssm")]
use cognito_config::SsmConfigSource;
use cognito_config::{ChainConfigSource, EnvConfigSource, SharedConfigSource};
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
    /// `true` if plain `http` to Secrets Manager and Parameter Store is allowed.
    #[cfg_attr(
        not(any(feature = "secretsmanager", feature = "ssm")),
        allow(dead_code, reason = "sources in AWS need it")
    )]
    pub(super) allow_http: bool,
}

impl SettingsFrom {
    /// Creates a value that reads the settings from `source`. Each instance reads the source
    /// itself.
    pub(super) fn source(source: impl ConfigSource) -> Self {
        Self::Source(Box::new(|_| Arc::new(source)))
    }

    /// Like [`source`](Self::source), but all instances share the settings through the store.
    /// Without a store, each instance reads the source itself.
    fn shared(name: String, source: impl ConfigSource) -> Self {
        Self::Source(Box::new(|options| match options.store {
            Some(store) => Arc::new(SharedConfigSource::new(name, source, store, options.clock)),
            None => Arc::new(source),
        }))
    }

    /// Creates a value that reads the settings from `sources`, and then from the environment. Each
    /// setting comes from the first source that has it. If there is a store, the instances share
    /// the settings of `sources`. Each instance reads its own environment.
    pub(super) fn environment(sources: Vec<AwsSource>) -> Self {
        if sources.is_empty() {
            return Self::source(EnvConfigSource::new());
        }
        Self::Source(Box::new(move |options| {
            let mut chain = None;
            for source in sources {
                chain = Some((source.0)(chain, &options));
            }
            Arc::new(chained(chain, EnvConfigSource::new()))
        }))
    }
}

/// A source of settings in AWS, as a function that adds the source to a chain.
pub(super) struct AwsSource(AddSource);

type AddSource =
    Box<dyn FnOnce(Option<ChainConfigSource>, &SourceOptions) -> ChainConfigSource + Send + Sync>;

#[cfg(any(feature = "secretsmanager", feature = "ssm"))]
impl AwsSource {
    #[cfg(feature = "secretsmanager")]
    pub(super) fn secrets_manager(source: SecretsManagerConfigSource) -> Self {
        let name = source.shared_name();
        Self::new(name, source, SecretsManagerConfigSource::danger_allow_http)
    }

    #[cfg(feature = "ssm")]
    pub(super) fn parameter_store(source: SsmConfigSource) -> Self {
        Self::new(
            source.shared_name(),
            source,
            SsmConfigSource::danger_allow_http,
        )
    }

    /// Creates a source of settings in AWS. If there is a store, the source is shared as a
    /// [`SharedConfigSource`] with the name `name`. `allow` allows plain `http` for the source.
    fn new<S: ConfigSource>(name: String, source: S, allow: fn(S) -> S) -> Self {
        Self(Box::new(move |chain, options| {
            let source = if options.allow_http {
                allow(source)
            } else {
                source
            };
            match options.store.clone() {
                Some(store) => {
                    let clock = Arc::clone(&options.clock);
                    let shared = SharedConfigSource::new(name, source, store, clock);
                    chained(chain, shared.with_local(EnvConfigSource::new()))
                }
                None => chained(chain, source),
            }
        }))
    }
}

/// Adds a source to a chain.
fn chained(chain: Option<ChainConfigSource>, source: impl ConfigSource) -> ChainConfigSource {
    match chain {
        Some(chain) => chain.or_else(source),
        None => ChainConfigSource::first_try(source),
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
    /// - the settings in Secrets Manager and Parameter Store with [`from_env`](Self::from_env),
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
    /// Each required setting must be among the settings to share, or among the settings that each
    /// instance reads itself. For example, with [`from_env`](Self::from_env) the ids can be in the
    /// environment, and only the client secret in Parameter Store. If a required setting is
    /// missing, the settings are not shared and a warning is logged.
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
    /// of a [`shared_config_source`](Self::shared_config_source), the settings in Secrets Manager
    /// and Parameter Store with [`from_env`](Self::from_env), and the signing keys.
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

#[cfg(all(test, feature = "secretsmanager", feature = "ssm"))]
mod tests {
    use cognito_core::ErrorKind;

    use super::*;

    #[tokio::test]
    async fn aws_sources_over_plain_http_need_opt_in() {
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
            let parameters = SsmConfigSource::from_sdk_config(&config);
            let secret = SecretsManagerConfigSource::from_sdk_config(&config, "shop/cognito");
            for source in [
                AwsSource::parameter_store(parameters),
                AwsSource::secrets_manager(secret),
            ] {
                let settings = SettingsFrom::environment(vec![source]);
                let mut builder = CognitoBuilder::new().settings_from(settings);
                if allow_http {
                    builder = builder.danger_allow_http();
                }
                let error = builder.build().await.unwrap_err();
                assert_eq!(error.kind(), expected, "{error:?}");
            }
        }
    }
}
