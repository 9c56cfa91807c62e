//! A user pool in memory, and a [`Cognito`] client that uses it.

use std::fmt;
use std::sync::Arc;

use cognito::{Cognito, CognitoBuilder};
use cognito_aws::{AwsCognito, AwsHostedLogin};
use cognito_core::config::StaticConfig;
use cognito_core::ports::{Account, Administration, Authentication, HostedLogin};
use cognito_core::{Error, ErrorKind, PoolConfig, Result};
use cognito_emulator::{Client, Emulator, EmulatorBuilder};

use crate::{FixedClock, InMemoryHttpClient};

/// The time to which the clock of a new pool is set, in seconds since 1970: 2027-01-15T08:00:00Z.
const START: u64 = 1_800_000_000;

/// A user pool in memory, for tests of code that uses [`Cognito`] or its ports.
///
/// The pool is an [`Emulator`] without a server. The AWS adapter passes its requests to the
/// emulator in function calls. The test therefore needs no TCP port, no network and no AWS
/// credentials, and receives the same responses and errors as over HTTP. The [`Cognito`] client
/// also gets the signing keys in function calls.
///
/// The pool and the client share a clock, which stands still until the test
/// [advances](FixedClock::advance) it. Identifiers and codes of the pool are the same in each run.
///
/// A Tokio runtime with time enabled is required; I/O may be off. Retries of the adapter wait in
/// real time, unless the test pauses Tokio's clock (`#[tokio::test(start_paused = true)]`).
///
/// ```
/// use cognito::SignIn;
/// use cognito_testkit::FakeUserPool;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let pool = FakeUserPool::builder().client("web").build().await?;
/// let cognito = pool.cognito();
///
/// cognito.sign_up("ann@example.com", "SecurePass123!").await?;
/// let code = pool.emulator().inbox().latest_code("ann@example.com").ok_or("no message")?;
/// cognito.confirm_sign_up("ann@example.com", code).await?;
/// let signed_in = cognito.login("ann@example.com", "SecurePass123!").await?;
/// assert!(matches!(signed_in, SignIn::Complete(_)));
/// # Ok(()) }
/// ```
pub struct FakeUserPool {
    aws: Arc<AwsCognito>,
    clock: FixedClock,
    cognito: Cognito,
    config: PoolConfig,
    hosted_login: Arc<AwsHostedLogin>,
    http_client: InMemoryHttpClient,
}

impl FakeUserPool {
    /// Returns a builder for a pool.
    pub fn builder() -> FakeUserPoolBuilder {
        FakeUserPoolBuilder {
            emulator: Emulator::builder().seed(1),
            clock: FixedClock::at_unix(START),
        }
    }

    /// Returns the [`Cognito`] client for the first app client, with default settings.
    pub const fn cognito(&self) -> &Cognito {
        &self.cognito
    }

    /// Returns a builder for another [`Cognito`] client for this pool. Use it for options that
    /// differ from the options of [`cognito`](Self::cognito).
    pub fn cognito_builder(&self) -> CognitoBuilder {
        cognito_builder(&self.config, &self.clock, &self.http_client)
    }

    /// Returns the settings of the first app client.
    pub const fn config(&self) -> &PoolConfig {
        &self.config
    }

    /// Returns the clock that the pool and the [`Cognito`] client share.
    pub const fn clock(&self) -> &FixedClock {
        &self.clock
    }

    /// Returns the emulator. It gives access to the inbox, the users, the faults and the call
    /// counts.
    pub fn emulator(&self) -> &Emulator {
        self.http_client.emulator()
    }

    /// Returns an HTTP client that passes requests to the pool. Use it for clients of the AWS SDK.
    pub fn http_client(&self) -> InMemoryHttpClient {
        self.http_client.clone()
    }

    /// Returns the [`Authentication`] port, for users who are not signed in. Its methods call the
    /// pool.
    pub fn authentication(&self) -> Arc<dyn Authentication> {
        Arc::clone(&self.aws) as _
    }

    /// Returns the [`Account`] port, for signed-in users. Its methods call the pool.
    pub fn account(&self) -> Arc<dyn Account> {
        Arc::clone(&self.aws) as _
    }

    /// Returns the [`Administration`] port, for operators. Its methods call the pool.
    pub fn administration(&self) -> Arc<dyn Administration> {
        Arc::clone(&self.aws) as _
    }

    /// Returns the [`HostedLogin`] port, for managed login. Its methods call the pool.
    pub fn hosted_login(&self) -> Arc<dyn HostedLogin> {
        Arc::clone(&self.hosted_login) as _
    }
}

/// A builder for a [`FakeUserPool`].
#[derive(Debug)]
#[must_use = "a builder does nothing until it is built"]
pub struct FakeUserPoolBuilder {
    emulator: EmulatorBuilder,
    clock: FixedClock,
}

impl FakeUserPoolBuilder {
    /// Adds an app client. A string creates a public client with this id. The [`Cognito`] client
    /// uses the first app client. Default: one public client.
    pub fn client(self, client: impl Into<Client>) -> Self {
        self.configure(|emulator| emulator.client(client))
    }

    /// Sets the clock of the pool and the [`Cognito`] client. Default: a clock at
    /// 2027-01-15T08:00:00Z.
    pub fn clock(mut self, clock: FixedClock) -> Self {
        self.clock = clock;
        self
    }

    /// Changes other settings of the pool, such as second factors, triggers and the password
    /// policy. `change` calls the methods of [`EmulatorBuilder`].
    ///
    /// ```
    /// use cognito_testkit::FakeUserPool;
    /// use cognito_testkit::emulator::MfaMode;
    ///
    /// let builder = FakeUserPool::builder().configure(|pool| pool.mfa(MfaMode::On));
    /// # drop(builder);
    /// ```
    pub fn configure(mut self, change: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder) -> Self {
        self.emulator = change(self.emulator);
        self
    }

    /// Creates the pool and a [`Cognito`] client for it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`] if a setting is invalid for Cognito.
    pub async fn build(self) -> Result<FakeUserPool> {
        let emulator = self.emulator.clock(self.clock.clone()).build();
        let emulator = emulator.map_err(|error| {
            let detail = error.to_string();
            let invalid = Error::new(ErrorKind::Configuration);
            invalid.with_detail(detail).with_source(error)
        })?;
        let config = emulator.pool_config()?;
        let endpoint = emulator.endpoint().to_owned();
        let http_client = InMemoryHttpClient::new(emulator);
        let current = Arc::new(StaticConfig::new(config.clone()));
        let aws = AwsCognito::builder(Arc::clone(&current) as _)
            .clock(self.clock.clone())
            .endpoint_url(&endpoint)
            .static_credentials("test", "test")
            .http_connector(http_client.clone())
            .build_isolated()?;
        let hosted_login = AwsHostedLogin::builder(current)
            .endpoint_url(&endpoint)
            .http_connector(http_client.clone())
            .build();
        let cognito = cognito_builder(&config, &self.clock, &http_client);
        Ok(FakeUserPool {
            aws: Arc::new(aws),
            clock: self.clock,
            cognito: cognito.build().await?,
            config,
            hosted_login: Arc::new(hosted_login),
            http_client,
        })
    }
}

fn cognito_builder(
    config: &PoolConfig,
    clock: &FixedClock,
    http_client: &InMemoryHttpClient,
) -> CognitoBuilder {
    Cognito::builder()
        .config(config.clone())
        .clock(clock.clone())
        .emulator(http_client.emulator().endpoint())
        .http_connector(http_client.clone())
        .jwks_source(http_client.clone())
}

impl fmt::Debug for FakeUserPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeUserPool")
            .field("emulator", self.emulator())
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}
