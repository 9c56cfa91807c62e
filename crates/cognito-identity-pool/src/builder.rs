//! The builder of an [`IdentityPool`].

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_cognitoidentity as identity;
use aws_sdk_sts as sts;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use cognito_cache::TtlCache;
use cognito_core::{Clock, SystemClock, UserPoolId};

use crate::id::IdentityPoolId;
use crate::pool::{IdentityPool, Inner};

/// How long the identity id of a user is cached.
const IDENTITY_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// A builder for an [`IdentityPool`].
#[must_use = "a builder does nothing until it is built"]
pub struct IdentityPoolBuilder {
    id: IdentityPoolId,
    provider: String,
    clock: Arc<dyn Clock>,
    renew_before: Duration,
    identity_capacity: usize,
    max_attempts: u32,
    timeout: Duration,
    endpoint_url: Option<String>,
    sts_endpoint_url: Option<String>,
    http_connector: Option<SharedHttpConnector>,
    allow_http: bool,
}

impl IdentityPoolBuilder {
    pub(crate) fn new(id: IdentityPoolId, user_pool: &UserPoolId) -> Self {
        Self {
            id,
            provider: provider_name(user_pool),
            clock: Arc::new(SystemClock::new()),
            renew_before: Duration::from_secs(5 * 60),
            identity_capacity: 1_000,
            max_attempts: 3,
            timeout: Duration::from_secs(10),
            endpoint_url: None,
            sts_endpoint_url: None,
            http_connector: None,
            allow_http: false,
        }
    }

    cognito_core::setters! {
        /// Sets the name of the user pool in the identity pool (`ProviderName`). Default:
        /// `cognito-idp.REGION.amazonaws.com/USER_POOL_ID`.
        pub fn provider_name(name: impl Into<String>) { provider = name.into() }

        /// Sets the clock that determines whether credentials must be renewed. Credentials end if
        /// either its wall clock or its monotonic clock reaches their expiry. Default: the operating
        /// system's clock.
        pub fn clock(clock: impl Clock) { clock = Arc::new(clock) }

        /// Sets how long before their expiry credentials are renewed. Default: 5 minutes.
        ///
        /// If a renewal fails and may succeed later, the old credentials are used until they expire.
        pub fn renew_before(duration: Duration) { renew_before = duration }

        /// Sets the maximum number of users whose identity id is cached. Default: 1,000. Zero
        /// disables the cache. An entry expires after one day.
        ///
        /// A cached id saves the request `GetId` when [`IdentityPool::user`] is called again for the
        /// same user.
        pub fn identity_capacity(capacity: usize) { identity_capacity = capacity }

        /// Sets the maximum number of attempts of a request, including the first attempt. Default:
        /// 3. Zero counts as 1.
        pub fn max_attempts(attempts: u32) { max_attempts = attempts.max(1) }

        /// Sets the timeout of a request with all its attempts. Default: 10 seconds.
        pub fn timeout(timeout: Duration) { timeout = timeout }

        /// Sets the URL of the API of identity pools. Use it for an emulator or a proxy. It must be
        /// `https`; `http` is accepted on loopback hosts.
        ///
        /// If no URL is set here, [`load`](Self::load) uses the URL in
        /// `AWS_ENDPOINT_URL_COGNITO_IDENTITY`, in `AWS_ENDPOINT_URL` or in `endpoint_url` of the
        /// AWS profile, and [`build`](Self::build) uses the endpoint of its argument. If there is no
        /// such URL either, requests are sent to AWS.
        pub fn endpoint_url(url: impl Into<String>) { endpoint_url = Some(url.into()) }

        /// Sets the URL of STS, for the [basic flow]. The rules of
        /// [`endpoint_url`](Self::endpoint_url) apply; the variable is `AWS_ENDPOINT_URL_STS`.
        ///
        /// [basic flow]: crate::IdentityCredentialsBuilder::basic_flow
        pub fn sts_endpoint_url(url: impl Into<String>) { sts_endpoint_url = Some(url.into()) }

        /// Sets the connector that sends the requests. Use it for a proxy, or for an emulator in
        /// memory. Default: the connector of the AWS SDK.
        pub fn http_connector(connector: impl HttpConnector + 'static) {
            http_connector = Some(SharedHttpConnector::new(connector))
        }

        /// Allows endpoint URLs with plain `http` on any host. Use it for an emulator in another
        /// container. Default: `http` is accepted only on loopback hosts.
        ///
        /// # Security
        ///
        /// Tokens and AWS credentials are then sent unencrypted. Never use it in production.
        pub fn danger_allow_http() { allow_http = true }
    }

    /// Creates the identity pool. The endpoint is read from the environment, in the same way as the
    /// AWS CLI reads it. Values that are set in the builder have precedence. No request is sent, and
    /// no AWS credentials are needed.
    pub async fn load(self) -> IdentityPool {
        let loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .region(self.region())
            .no_credentials();
        let sdk_config = loader.load().await;
        self.build(&sdk_config)
    }

    /// Creates the identity pool with the endpoint and the HTTP client of `sdk_config`. Values that
    /// are set in the builder have precedence. The region is that of the identity pool.
    pub fn build(self, sdk_config: &SdkConfig) -> IdentityPool {
        let identity = identity::config::Builder::from(sdk_config);
        self.finish(identity, sts::config::Builder::from(sdk_config))
    }

    /// Creates the identity pool with the values of the builder. Nothing is read from the
    /// environment. Without an endpoint, requests are sent to AWS.
    pub fn build_isolated(self) -> IdentityPool {
        let version = BehaviorVersion::v2026_01_12();
        let identity = identity::config::Builder::new().behavior_version(version);
        let sts = sts::config::Builder::new().behavior_version(version);
        self.finish(identity, sts)
    }

    fn finish(
        self,
        mut identity: identity::config::Builder,
        mut sts: sts::config::Builder,
    ) -> IdentityPool {
        let region = self.region();
        identity.set_region(Some(region.clone()));
        sts.set_region(Some(region));
        if let Some(client) = self.http_client() {
            identity.set_http_client(Some(client.clone()));
            sts.set_http_client(Some(client));
        }
        if let Some(url) = self.endpoint_url {
            identity.set_endpoint_url(Some(url));
        }
        if let Some(url) = self.sts_endpoint_url {
            sts.set_endpoint_url(Some(url));
        }
        let retries = RetryConfig::standard().with_max_attempts(self.max_attempts);
        let timeouts = timeouts(self.timeout);
        let identity = identity
            .retry_config(retries.clone())
            .timeout_config(timeouts.clone())
            .build();
        let sts = sts.retry_config(retries).timeout_config(timeouts).build();
        let capacity = NonZeroUsize::new(self.identity_capacity);
        let identities = capacity
            .map(|capacity| TtlCache::new(capacity, IDENTITY_LIFETIME, Arc::clone(&self.clock)));
        IdentityPool::new(Inner {
            id: self.id,
            provider: self.provider,
            clock: self.clock,
            renew_before: self.renew_before,
            identities,
            client: identity::Client::from_conf(identity),
            sts: sts::Client::from_conf(sts),
            allow_http: self.allow_http,
        })
    }

    fn region(&self) -> Region {
        Region::new(self.id.region().to_owned())
    }

    fn http_client(&self) -> Option<SharedHttpClient> {
        let connector = self.http_connector.clone()?;
        Some(http_client_fn(move |_, _| connector.clone()))
    }
}

fn timeouts(operation: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3))
        .read_timeout(Duration::from_secs(5))
        .operation_timeout(operation)
        .build()
}

/// Returns the name of a user pool in an identity pool: AWS's issuer of the pool without the scheme.
fn provider_name(user_pool: &UserPoolId) -> String {
    let region = user_pool.region();
    let suffix = match region.as_str().split('-').next() {
        Some("cn") => "amazonaws.com.cn",
        // The European sovereign cloud.
        Some("eusc") => "amazonaws.eu",
        _ => "amazonaws.com",
    };
    format!(
        "cognito-idp.{}.{suffix}/{}",
        region.as_str(),
        user_pool.as_str()
    )
}

// Security: the URL may contain a user name and a password.
cognito_core::impl_debug!(IdentityPoolBuilder as builder {
    id,
    provider,
    renew_before,
    has_endpoint_url: builder.endpoint_url.is_some()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn provider_name_follows_the_partition() {
        for (pool, name) in [
            (
                "us-east-1_Pool1",
                "cognito-idp.us-east-1.amazonaws.com/us-east-1_Pool1",
            ),
            (
                "eusc-de-east-1_Pool1",
                "cognito-idp.eusc-de-east-1.amazonaws.eu/eusc-de-east-1_Pool1",
            ),
            (
                "cn-north-1_Pool1",
                "cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_Pool1",
            ),
        ] {
            assert_eq!(provider_name(&pool.parse().unwrap()), name);
        }
    }
}
