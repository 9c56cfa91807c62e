//! [`AwsCognito`], and its SDK clients with timeouts, retries, endpoint and credentials.

mod endpoint;
mod retry;
#[cfg(test)]
mod tests;

pub(crate) use retry::is_connect_failure;

use std::sync::Arc;
use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};
use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::config::Builder as ClientConfigBuilder;
use aws_sdk_cognitoidentityprovider::config::{Region, StalledStreamProtectionConfig};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use cognito_core::config::CurrentConfig;
use cognito_core::{Clock, Operation, PoolConfig, Result, SystemClock};

use self::endpoint::Endpoint;
use self::retry::Retries;
use crate::blocking::Computations;
use crate::rotation::LastingRefreshTokens;
use crate::secret_hash::SecretHashes;

/// The timeouts of a call to AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "a setter returns the changed value"]
pub struct Timeouts {
    /// The connect timeout. Default: 3 seconds.
    pub connect: Duration,
    /// The timeout from the request to the first byte of the response. Default: 5 seconds.
    pub read: Duration,
    /// The timeout of one attempt, including the connection. Default: 8 seconds.
    pub attempt: Duration,
    /// The timeout of the whole operation, including all attempts and the delays between them.
    /// Default: 20 seconds.
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
        /// Sets the [connect](Self::connect) timeout. Default: 3 seconds.
        pub fn with_connect(connect: Duration) { connect = connect }

        /// Sets the [read](Self::read) timeout. Default: 5 seconds.
        pub fn with_read(read: Duration) { read = read }

        /// Sets the timeout of one [attempt](Self::attempt). Default: 8 seconds.
        pub fn with_attempt(attempt: Duration) { attempt = attempt }

        /// Sets the timeout of the whole [operation](Self::operation). Default: 20 seconds.
        pub fn with_operation(operation: Duration) { operation = operation }
    }
}

/// A client for Amazon Cognito. It implements the ports
/// [`Authentication`](cognito_core::ports::Authentication),
/// [`Account`](cognito_core::ports::Account) and
/// [`Administration`](cognito_core::ports::Administration) with the AWS SDK.
pub struct AwsCognito {
    /// The client for idempotent requests. It retries after a lost response.
    pub(crate) idempotent: Client,
    /// The client for requests that are not idempotent. It retries only if the request certainly
    /// had no effect.
    pub(crate) non_idempotent: Client,
    /// The app client whose refreshes may be retried.
    pub(crate) lasting_refresh_tokens: LastingRefreshTokens,
    pub(crate) config: Arc<dyn CurrentConfig>,
    pub(crate) secret_hashes: SecretHashes,
    pub(crate) computations: Computations,
    /// The clock for the time that an SRP proof contains.
    pub(crate) clock: Arc<dyn Clock>,
}

impl AwsCognito {
    /// Returns a builder for a client of the user pool in `config`.
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
        }
    }

    /// Returns the number of cached secret hashes.
    pub fn secret_hash_cache_len(&self) -> usize {
        self.secret_hashes.len()
    }

    /// Clears the cached secret hashes.
    pub fn clear_secret_hash_cache(&self) {
        self.secret_hashes.clear();
    }

    /// Returns the client for an operation. If the operation is idempotent, the client retries
    /// after a lost response.
    pub(crate) const fn client(&self, operation: Operation) -> &Client {
        if operation.is_idempotent() {
            &self.idempotent
        } else {
            &self.non_idempotent
        }
    }

    /// Returns the current settings of the user pool.
    pub(crate) fn pool(&self) -> Arc<PoolConfig> {
        self.config.current()
    }
}

cognito_core::impl_debug!(AwsCognito { config });

/// A builder for an [`AwsCognito`], created by [`AwsCognito::builder`].
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
}

impl AwsCognitoBuilder {
    cognito_core::setters! {
        /// Sets the clock for the time that an SRP proof contains. Cognito rejects a proof if this
        /// time is wrong by minutes. Default: the operating system's clock.
        pub fn clock(clock: impl Clock) { clock = Arc::new(clock) }

        /// Sets the timeouts of calls to Cognito. Default: [`Timeouts::new`].
        pub fn timeouts(timeouts: Timeouts) { timeouts = timeouts }

        /// Sets the maximum number of attempts of an operation, including the first. Zero counts as
        /// 1. Default: 3.
        pub fn max_attempts(max_attempts: u32) { max_attempts = max_attempts.max(1) }

        /// Sets the URL of Cognito's API, for an emulator or a proxy. It must be `https`, or `http`
        /// with a loopback host.
        ///
        /// Default: `AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER`, `AWS_ENDPOINT_URL` or
        /// `endpoint_url` of the AWS profile. If none of them is set: the endpoint of AWS.
        pub fn endpoint_url(url: impl Into<String>) { endpoint_url = Some(url.into()) }

        /// Allows plain `http` to any host, also for an endpoint of the environment. Use it for an
        /// emulator in another container.
        ///
        /// # Security
        ///
        /// Passwords and tokens are then sent unencrypted. Never use it in production.
        pub fn danger_allow_http() { allow_http = true }

        /// Sets the connector that sends the requests. Use it for a proxy, or for a user pool in
        /// memory. Default: a connector of this crate, with AWS-LC for TLS.
        ///
        /// The connector itself must apply the connect and read timeouts. [`Timeouts::attempt`] and
        /// [`Timeouts::operation`] apply to every connector.
        ///
        /// If the connector cannot connect, the error is [`ErrorKind::Network`] only if its source
        /// is an error of `hyper_util`'s client. Otherwise it is [`ErrorKind::ReplyLost`].
        ///
        /// [`ErrorKind::Network`]: cognito_core::ErrorKind::Network
        /// [`ErrorKind::ReplyLost`]: cognito_core::ErrorKind::ReplyLost
        pub fn http_connector(connector: impl HttpConnector + 'static) {
            http_connector = Some(SharedHttpConnector::new(connector))
        }

        /// Sets the maximum number of cached secret hashes. Zero disables the cache. Default:
        /// 1,000.
        pub fn secret_hash_capacity(capacity: usize) { secret_hash_capacity = capacity }
    }

    /// Sets fixed AWS credentials, for an emulator. Default: the credentials of the environment.
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

    /// Creates the client. It reads credentials, profile and endpoint from the environment, in the
    /// same way as the AWS CLI.
    ///
    /// No request is sent. If there are no credentials, the first signed operation fails.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`] if the endpoint is plain `http` and its host is not a loopback
    /// host. The error names the setting that contains the endpoint. See
    /// [`danger_allow_http`](Self::danger_allow_http).
    ///
    /// [`ErrorKind::Configuration`]: cognito_core::ErrorKind::Configuration
    pub async fn load(self) -> Result<AwsCognito> {
        let region = self.config.current().user_pool_id.region();
        let loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .region(Region::new(region.as_str().to_owned()));
        let sdk_config = loader.load().await;
        self.build(&sdk_config)
    }

    /// Creates the client with the credentials and the endpoint of `sdk_config`.
    ///
    /// # Errors
    ///
    /// The errors of [`load`](Self::load).
    pub fn build(self, sdk_config: &SdkConfig) -> Result<AwsCognito> {
        let endpoint = Endpoint::of(sdk_config);
        self.finish(ClientConfigBuilder::from(sdk_config), endpoint)
    }

    /// Creates the client with the endpoint and the credentials of this builder only. It reads
    /// nothing from the environment.
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
        let endpoint = self
            .endpoint_url
            .take()
            .map(Endpoint::of_builder)
            .or(configured);
        if let Some(endpoint) = endpoint.as_ref().filter(|_| !self.allow_http) {
            endpoint.check()?;
        }
        // The client uses the endpoint that was checked, even if the SDK would resolve another one.
        let mut base = self.client_config(base);
        base.set_endpoint_url(endpoint.map(|endpoint| endpoint.url));
        let client = |retries| Client::from_conf(base.clone().retry_classifier(retries).build());
        Ok(AwsCognito {
            non_idempotent: client(Retries::UnlessApplied),
            lasting_refresh_tokens: LastingRefreshTokens::default(),
            idempotent: client(Retries::Allowed),
            config: self.config,
            secret_hashes: SecretHashes::new(self.secret_hash_capacity),
            computations: Computations::new(),
            clock: self.clock,
        })
    }

    fn client_config(&self, base: ClientConfigBuilder) -> ClientConfigBuilder {
        let region = self.config.current().user_pool_id.region();
        let mut config = base
            .http_client(self.http_client())
            // The pool is in the region of its id, whatever the region of the service.
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
            // Responses have a few kilobytes, and the attempt timeout bounds them.
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

/// A provider that returns no credentials. Without any provider, the SDK would return an error that
/// cannot be distinguished from other errors.
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

cognito_core::impl_debug!(AwsCognitoBuilder {
    config,
    timeouts,
    max_attempts,
    endpoint_url
});
