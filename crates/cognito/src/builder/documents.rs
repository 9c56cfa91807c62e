//! Documents that several machines share: settings, and the keys of the pool.

use std::sync::Arc;

#[cfg(feature = "redis")]
use cognito_cache::SealKey;
use cognito_config::SharedConfigSource;
#[cfg(feature = "ssm")]
use cognito_config::{ChainConfigSource, EnvConfigSource, SsmConfigSource};
use cognito_core::{Clock, ConfigSource, SealingStore};
#[cfg(feature = "redis")]
use cognito_core::{Error, ErrorKind};
use cognito_core::{PoolConfig, Result};

use super::CognitoBuilder;

/// What documents are shared through.
#[derive(Default)]
pub(super) struct Documents {
    store: Option<Arc<dyn SealingStore>>,
    #[cfg(feature = "redis")]
    key: Option<SealKey>,
}

/// Where the settings come from.
pub(super) enum SettingsFrom {
    Fixed(PoolConfig),
    Source(MakeSource),
}

/// Makes the source when the facade is built, because other settings of the builder change it.
type MakeSource = Box<dyn FnOnce(SourceOptions) -> Arc<dyn ConfigSource> + Send + Sync>;

/// The settings of the builder that a source needs.
pub(super) struct SourceOptions {
    /// The store to share the settings through, if they are shared.
    pub(super) store: Option<Arc<dyn SealingStore>>,
    pub(super) clock: Arc<dyn Clock>,
    /// Whether Parameter Store may be asked over plain `http`.
    #[cfg_attr(
        not(feature = "ssm"),
        allow(dead_code, reason = "Parameter Store needs it")
    )]
    pub(super) allow_http: bool,
}

impl SettingsFrom {
    /// A source that each machine asks itself.
    pub(super) fn source(source: impl ConfigSource) -> Self {
        Self::Source(Box::new(|_| Arc::new(source)))
    }

    /// A source that is shared.
    fn shared(name: String, source: impl ConfigSource) -> Self {
        Self::Source(Box::new(|options| match options.store {
            Some(store) => Arc::new(SharedConfigSource::new(name, source, store, options.clock)),
            None => Arc::new(source),
        }))
    }

    /// Reads Parameter Store, which is shared, and the environment of this instance for settings that
    /// Parameter Store does not have.
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
                    ChainConfigSource::first_try(shared.with_own(own()))
                }
                None => ChainConfigSource::first_try(source),
            };
            Arc::new(chain.or_else(own()))
        }))
    }
}

impl CognitoBuilder {
    /// Shares documents with the other machines through the server of [`redis`](Self::redis): the
    /// settings of a [`shared_config_source`](Self::shared_config_source), Parameter Store with
    /// [`from_env`](Self::from_env), and the keys that verify tokens. One machine asks, the others
    /// read what it was told, and a machine that starts while Parameter Store or the key endpoint is
    /// away comes up with what the others know.
    ///
    /// The documents are sealed with this key, which all machines need: the server can neither read
    /// them nor make any. To change it, change it; a machine that cannot open a document asks for
    /// itself. If the server is away, so does every machine, and nothing fails.
    ///
    /// Services that share a server need prefixes
    /// ([`RedisConfig::with_prefix`](crate::RedisConfig::with_prefix)) if they read different settings
    /// from places of the same name: two AWS accounts, say. Keys of their own as well if they must not
    /// trust each other; those alone do not do, for each would write over what the others need.
    ///
    /// Settings are shared if with each machine's own they make a whole pool: with
    /// [`from_env`](Self::from_env) the ids may be in the environment, and only the secret in Parameter
    /// Store. Where something is missing even then, nothing is shared and a warning says so.
    ///
    /// ```no_run
    /// use cognito::{CognitoBuilder, RedisConfig, SealKey, WhenStale};
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

    /// Shares documents with the other machines through a store of your own. What is shared: the
    /// settings of a [`shared_config_source`](Self::shared_config_source), Parameter Store with
    /// [`from_env`](Self::from_env), and the keys that verify tokens.
    ///
    /// ```no_run
    /// use std::sync::Arc;
    ///
    /// use cognito::{CognitoBuilder, Seal, SealKey, SealedStore, Store, SystemClock};
    ///
    /// # async fn example(ours: Arc<dyn Store>, key: [u8; 32]) -> cognito::Result<()> {
    /// let seal = Seal::new(Arc::new(SystemClock::new()), SealKey::new(&key)?);
    /// let cognito = CognitoBuilder::from_env()
    ///     .await?
    ///     .document_store(SealedStore::new(ours, seal))
    ///     .build()
    ///     .await?;
    /// # drop(cognito); Ok(()) }
    /// ```
    pub fn document_store(mut self, store: impl SealingStore) -> Self {
        self.documents.store = Some(Arc::new(store));
        self
    }

    /// Settings from this source, read anew every five minutes in the background, which all machines
    /// share under this name where documents are shared ([`document_store`](Self::document_store);
    /// `share_documents`); see [`SharedConfigSource`]. Where they are not, each machine asks the source
    /// itself, as with [`config_source`](Self::config_source). It must have a whole pool: what has less
    /// is not shared, and a warning says so.
    pub fn shared_config_source(
        mut self,
        name: impl Into<String>,
        source: impl ConfigSource,
    ) -> Self {
        self.settings = Some(SettingsFrom::shared(name.into(), source));
        self
    }

    /// The store that documents are shared through, if they are.
    #[cfg_attr(
        not(feature = "redis"),
        allow(clippy::unnecessary_wraps, reason = "as with the feature")
    )]
    pub(super) fn documents(&mut self) -> Result<Option<Arc<dyn SealingStore>>> {
        if let Some(given) = self.documents.store.take() {
            return Ok(Some(given));
        }
        #[cfg(feature = "redis")]
        if let Some(key) = self.documents.key.take() {
            let sealed = self.sealed_on_redis(key).ok_or_else(|| {
                Error::new(ErrorKind::Misuse).with_detail(
                    "share_documents needs a server: name one with redis, or give a document_store",
                )
            })?;
            return Ok(Some(Arc::new(sealed)));
        }
        Ok(None)
    }
}

#[cfg(all(test, feature = "ssm"))]
mod tests {
    use cognito_core::{ErrorKind, SystemClock};

    use super::*;

    #[tokio::test]
    async fn parameter_store_over_plain_http_needs_opt_in() {
        // A port of this host that nobody listens on, at an address that is not loopback.
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
            let SettingsFrom::Source(make) = SettingsFrom::parameter_store(source) else {
                unreachable!("Parameter Store is a source");
            };
            let source = make(SourceOptions {
                store: None,
                clock: Arc::new(SystemClock::new()),
                allow_http,
            });
            let error = source.load().await.unwrap_err();
            assert_eq!(error.kind(), expected, "{error:?}");
        }
    }
}
