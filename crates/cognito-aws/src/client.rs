//! [`AwsCognito`] and its builder: timeouts, retries, endpoint and credentials of the SDK clients.

mod endpoint;
mod retry;
#[cfg(test)]
mod tests;

pub(crate) use endpoint::Endpoint;
pub use endpoint::{AwsService, configured_endpoint};
pub(crate) use retry::{Retries, error_code, is_connect_failure};

use std::sync::Arc;
use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};
use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::config::Builder as ClientConfigBuilder;
use aws_sdk_cognitoidentityprovider::config::{
    Region, SharedInterceptor, StalledStreamProtectionConfig,
};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use cognito_core::config::CurrentConfig;
use cognito_core::event::NoopEventSink;
use cognito_core::{Clock, EventSink, Operation, PoolConfig, Result, SystemClock};

use crate::attempts::{Observer, RecordAttempts};
use crate::blocking::Computations;
use crate::rotation::LastingRefreshTokens;
use crate::secret_hash::SecretHashes;
use crate::secrets::Secrets;

/// The timeouts of a call to Cognito.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "a setter returns the changed value"]
pub struct Timeouts {
    /// The timeout for opening a connection. Default: 3 seconds.
    pub connect: Duration,
    /// The timeout from sending the request to the first byte of the response. Default: 5 seconds.
    pub read: Duration,
    /// The timeout of one attempt. The time to open the connection counts too. Default: 8 seconds.
    pub attempt: Duration,
    /// The timeout of the whole operation, with all attempts and the delays between them. Default:
    /// 20 seconds.
    pub operation: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            read: Duration::from_secs(5),
            attempt: Duration::from_secs(8),
            operation: Duration::from_secs(20),
        }
    }
}

impl Timeouts {
    /// Creates the default timeouts.
    pub fn new() -> Self {
        Self::default()
    }

    cognito_core::setters! {
        /// Sets the timeout for opening a connection ([`connect`](Self::connect)). Default: 3
        /// seconds.
        pub fn with_connect(connect: Duration) { connect = connect }

        /// Sets the timeout for the first byte of the response ([`read`](Self::read)). Default: 5
        /// seconds.
        pub fn with_read(read: Duration) { read = read }

        /// Sets the timeout of one attempt ([`attempt`](Self::attempt)). Default: 8 seconds.
        pub fn with_attempt(attempt: Duration) { attempt = attempt }

        /// Sets the timeout of the whole operation ([`operation`](Self::operation)). Default: 20
        /// seconds.
        pub fn with_operation(operation: Duration) { operation = operation }
    }
}

/// A client for Amazon Cognito. It implements the traits
/// [`Authentication`](cognito_core::ports::Authentication),
/// [`Account`](cognito_core::ports::Account) and
/// [`Administration`](cognito_core::ports::Administration) with the AWS SDK.
pub struct AwsCognito {
    /// The SDK client for idempotent requests. It also retries if the response was lost.
    pub(crate) idempotent: Client,
    /// The SDK client for requests that are not idempotent. It retries only if the request
    /// certainly had no effect.
    pub(crate) non_idempotent: Client,
    /// Records whether the app client rotates refresh tokens. Without rotation, a refresh may be
    /// retried.
    pub(crate) lasting_refresh_tokens: Arc<LastingRefreshTokens>,
    pub(crate) secrets: Arc<Secrets>,
    /// The fixed settings for one request. If `None`, each request uses the current settings.
    pool: Option<Arc<PoolConfig>>,
    pub(crate) secret_hashes: Arc<SecretHashes>,
    pub(crate) computations: Computations,
    /// The clock for the time in SRP proofs.
    pub(crate) clock: Arc<dyn Clock>,
}

impl AwsCognito {
    /// Returns a builder for a client of the user pool and app client in `config`.
    pub fn builder(config: Arc<dyn CurrentConfig>) -> AwsCognitoBuilder {
        AwsCognitoBuilder {
            config,
            timeouts: Timeouts::default(),
            max_attempts: 3,
            endpoint_url: None,
            allow_http: false,
            credentials: None,
            http_connector: None,
            secret_hash_capacity: SecretHashes::CAPACITY,
            clock: Arc::new(SystemClock::new()),
            events: Arc::new(NoopEventSink::new()),
        }
    }

    /// Returns the number of secret hashes in the cache.
    pub fn secret_hash_cache_len(&self) -> usize {
        self.secret_hashes.len()
    }

    /// Removes all secret hashes from the cache.
    pub fn clear_secret_hash_cache(&self) {
        self.secret_hashes.clear();
    }

    /// Returns the SDK client for an operation: [`idempotent`](Self::idempotent) or
    /// [`non_idempotent`](Self::non_idempotent).
    pub(crate) const fn client(&self, operation: Operation) -> &Client {
        if operation.is_idempotent() {
            &self.idempotent
        } else {
            &self.non_idempotent
        }
    }

    /// Returns the settings from [`with_pool`](Self::with_pool), or otherwise the current settings.
    pub(crate) fn pool(&self) -> Arc<PoolConfig> {
        let pool = self.pool.clone();
        pool.unwrap_or_else(|| self.secrets.current())
    }

    /// Returns a client for one request, which uses these settings.
    pub(crate) fn with_pool(&self, pool: &Arc<PoolConfig>) -> Self {
        Self {
            idempotent: self.idempotent.clone(),
            non_idempotent: self.non_idempotent.clone(),
            lasting_refresh_tokens: Arc::clone(&self.lasting_refresh_tokens),
            secrets: Arc::clone(&self.secrets),
            pool: Some(Arc::clone(pool)),
            secret_hashes: Arc::clone(&self.secret_hashes),
            computations: self.computations.clone(),
            clock: Arc::clone(&self.clock),
        }
    }
}

cognito_core::impl_debug!(AwsCognito as aws { config: aws.pool() });

/// A builder for an [`AwsCognito`]. [`AwsCognito::builder`] creates it.
#[must_use = "a builder does nothing until it is built"]
pub struct AwsCognitoBuilder {
    config: Arc<dyn CurrentConfig>,
    timeouts: Timeouts,
    max_attempts: u32,
    endpoint_url: Option<String>,
    allow_http: bool,
    credentials: Option<Credentials>,
    http_connector: Option<SharedHttpConnector>,
    secret_hash_capacity: usize,
    clock: Arc<dyn Clock>,
    events: Arc<dyn EventSink>,
}

impl AwsCognitoBuilder {
    cognito_core::setters! {
        /// Sets the clock for the time in SRP proofs. Default: the clock of the operating system.
        /// If this clock and Cognito's clock differ by more than a minute, the proof contains the
        /// time of Cognito's clock.
        pub fn clock(clock: impl Clock) { clock = Arc::new(clock) }

        /// Sets the sink that receives [`Event::RequestsSent`](cognito_core::Event::RequestsSent)
        /// after each call to Cognito. Default: events are dropped.
        pub fn event_sink(events: Arc<dyn EventSink>) { events = events }

        /// Sets the timeouts of calls to Cognito. Default: the timeouts of [`Timeouts::new`].
        pub fn timeouts(timeouts: Timeouts) { timeouts = timeouts }

        /// Sets the maximum number of attempts of an operation, including the first attempt.
        /// Default: 3. Zero counts as 1.
        pub fn max_attempts(max_attempts: u32) { max_attempts = max_attempts.max(1) }

        /// Sets the URL of Cognito's API. Use it for an emulator or a proxy. It must be `https`;
        /// `http` is accepted on loopback hosts.
        ///
        /// If no URL is set here, [`load`](Self::load) uses the URL in
        /// `AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER`, in `AWS_ENDPOINT_URL` or in `endpoint_url`
        /// of the AWS profile, and [`build`](Self::build) uses the endpoint of its argument. If
        /// there is no such URL either, requests are sent to AWS.
        pub fn endpoint_url(url: impl Into<String>) { endpoint_url = Some(url.into()) }

        /// Allows endpoint URLs with plain `http` on any host. This applies to URLs from this
        /// builder, the environment and the AWS profile. Use it for an emulator in another
        /// container. Default: `http` is accepted only on loopback hosts.
        ///
        /// # Security
        ///
        /// Passwords and tokens are then sent unencrypted. Never use it in production.
        pub fn danger_allow_http() { allow_http = true }

        /// Sets the connector that sends the requests. Use it for a proxy, or for a user pool in
        /// memory. Default: a connector with AWS-LC for TLS.
        ///
        /// A custom connector must apply [`Timeouts::connect`] and [`Timeouts::read`] itself.
        /// [`Timeouts::attempt`] and [`Timeouts::operation`] apply to every connector.
        ///
        /// If the connector fails, the sources of its error determine the kind of the returned
        /// error:
        ///
        /// - [`ErrorKind::Network`]: a source is a connect error of `hyper_util`'s client. No
        ///   connection was made, so the request had no effect.
        /// - [`ErrorKind::ReplyLost`]: a source is another error of this client, or an
        ///   [`std::io::Error`]. The request may have taken effect. An error that the connector
        ///   reports as a timeout has the kind [`ErrorKind::Timeout`] instead.
        ///
        /// [`ErrorKind::Network`]: cognito_core::ErrorKind::Network
        /// [`ErrorKind::ReplyLost`]: cognito_core::ErrorKind::ReplyLost
        /// [`ErrorKind::Timeout`]: cognito_core::ErrorKind::Timeout
        pub fn http_connector(connector: impl HttpConnector + 'static) {
            http_connector = Some(SharedHttpConnector::new(connector))
        }

        /// Sets the maximum number of secret hashes in the cache. Default: 1,000. Zero disables the
        /// cache.
        pub fn secret_hash_capacity(capacity: usize) { secret_hash_capacity = capacity }
    }

    /// Sets fixed AWS credentials. Use it for an emulator. Default: [`load`](Self::load) uses the
    /// credentials of the environment, [`build`](Self::build) uses the credentials of its argument,
    /// and [`build_isolated`](Self::build_isolated) uses no credentials.
    pub fn static_credentials(
        mut self,
        access_key_id: impl Into<String>,
        secret_access_key: impl Into<String>,
    ) -> Self {
        self.credentials = Some(Credentials::new(
            access_key_id,
            secret_access_key,
            None,
            None,
            "static",
        ));
        self
    }

    /// Creates the client. Credentials, profile and endpoint are read from the environment, in the
    /// same way as the AWS CLI reads them. Values that are set in the builder have precedence.
    ///
    /// No request is sent to Cognito. If there are no credentials, the first signed operation
    /// fails.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`] if the endpoint is plain `http`, its host is not a loopback
    /// host, and [`danger_allow_http`](Self::danger_allow_http) is not set. The error names the
    /// setting that contains the endpoint.
    ///
    /// [`ErrorKind::Configuration`]: cognito_core::ErrorKind::Configuration
    pub async fn load(self) -> Result<AwsCognito> {
        let sdk_config = self.sdk_config().await;
        self.build(&sdk_config)
    }

    /// Reads credentials, profile and endpoints from the environment.
    pub(crate) async fn sdk_config(&self) -> SdkConfig {
        let region = self.config.current().user_pool_id.region();
        let loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .region(Region::new(region.as_str().to_owned()));
        loader.load().await
    }

    /// Creates the client with the credentials and the endpoint of `sdk_config`. Values that are
    /// set in the builder have precedence.
    ///
    /// # Errors
    ///
    /// The errors of [`load`](Self::load).
    pub fn build(self, sdk_config: &SdkConfig) -> Result<AwsCognito> {
        let endpoint = Endpoint::of(sdk_config, AwsService::Cognito);
        self.finish(ClientConfigBuilder::from(sdk_config), endpoint)
    }

    /// Creates the client with the credentials and the endpoint of the builder. Nothing is read
    /// from the environment. Without an endpoint, requests are sent to AWS. Without credentials,
    /// signed operations fail.
    ///
    /// # Errors
    ///
    /// The errors of [`load`](Self::load).
    pub fn build_isolated(self) -> Result<AwsCognito> {
        let base = ClientConfigBuilder::new()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .credentials_provider(NoCredentials);
        self.finish(base, None)
    }

    fn finish(
        mut self,
        base: ClientConfigBuilder,
        configured: Option<Endpoint>,
    ) -> Result<AwsCognito> {
        let url = self.endpoint(configured)?;
        // The client uses the endpoint that was checked, even if the SDK would resolve another one.
        let observer = Observer::new(Arc::clone(&self.clock), Arc::clone(&self.events));
        let recorder = RecordAttempts(Arc::new(observer));
        let mut base = self.client_config(base);
        // For another interceptor, the SDK searches its settings before each step of a call.
        base.push_interceptor(SharedInterceptor::permanent(recorder));
        base.set_endpoint_url(url);
        let client = |retries| Client::from_conf(base.clone().retry_classifier(retries).build());
        Ok(AwsCognito {
            non_idempotent: client(Retries::UnlessApplied),
            lasting_refresh_tokens: Arc::default(),
            idempotent: client(Retries::Allowed),
            secrets: Arc::new(Secrets::new(self.config)),
            pool: None,
            secret_hashes: Arc::new(SecretHashes::new(self.secret_hash_capacity)),
            computations: Computations::new(),
            clock: self.clock,
        })
    }

    /// Returns the URL of the endpoint: that of the builder, or the configured one. Returns `None`
    /// for the endpoint of AWS.
    pub(crate) fn endpoint(&mut self, configured: Option<Endpoint>) -> Result<Option<String>> {
        let url = self.endpoint_url.take();
        let endpoint = url.map(Endpoint::of_builder).or(configured);
        if let Some(endpoint) = endpoint.as_ref().filter(|_| !self.allow_http) {
            endpoint.check()?;
        }
        Ok(endpoint.map(|endpoint| endpoint.url))
    }

    /// Returns the clock.
    pub(crate) fn shared_clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    /// Adds the settings of the builder to the configuration of an SDK client.
    pub(crate) fn client_config(&self, base: ClientConfigBuilder) -> ClientConfigBuilder {
        let region = self.config.current().user_pool_id.region();
        let mut config = base
            .http_client(self.http_client())
            // The region is that of the pool id, whatever region is configured for the service.
            .region(Region::new(region.as_str().to_owned()))
            .retry_config(RetryConfig::standard().with_max_attempts(self.max_attempts))
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(self.timeouts.connect)
                    .read_timeout(self.timeouts.read)
                    .operation_attempt_timeout(self.timeouts.attempt)
                    .operation_timeout(self.timeouts.operation)
                    .build(),
            )
            // Responses have a few kilobytes, and the attempt timeout limits their duration.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        if let Some(credentials) = &self.credentials {
            config = config.credentials_provider(credentials.clone());
        }
        config
    }
}

impl AwsCognitoBuilder {
    fn http_client(&self) -> SharedHttpClient {
        match self.http_connector.clone() {
            Some(connector) => http_client_fn(move |_, _| connector.clone()),
            None => aws_smithy_http_client::Builder::new()
                .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
                .build_https(),
        }
    }
}

/// A credentials provider that returns no credentials. Without a provider, the SDK would return an
/// error of a private type instead of a `CredentialsError`.
#[derive(Debug)]
struct NoCredentials;

impl ProvideCredentials for NoCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err(CredentialsError::not_loaded("none were given")))
    }
}

// Security: the URL may contain a user name and a password.
cognito_core::impl_debug!(AwsCognitoBuilder as builder {
    config,
    timeouts,
    max_attempts,
    has_endpoint_url: builder.endpoint_url.is_some()
});
