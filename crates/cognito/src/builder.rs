//! The builder of the facade. Each layer can be replaced.

mod attempts;
mod documents;
#[cfg(feature = "redis")]
mod redis;
mod verifier;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use cognito_aws::{
    AwsCognito, AwsHostedLogin, HttpConnector, SdkConfig, SharedHttpConnector, Timeouts,
};
use cognito_cache::{MemoryRevocationList, RateLimiter, SealKey, SingleFlight};
use cognito_config::{ConfigCache, ConfigCacheOptions, EnvConfigSource};
use cognito_core::config::{CurrentConfig, StaticConfig};
use cognito_core::ports::{Account, Administration, Authentication, HostedLogin};
use cognito_core::store::ConfidentialStore;
use cognito_core::{
    Clock, ConfigSource, Error, ErrorKind, EventSink, PoolConfig, Result, RevocationList,
    SignInFlow, SystemClock,
};
use cognito_metrics::Metrics;

use self::attempts::AttemptLimits;
use self::documents::{Documents, SettingsFrom, SourceOptions};
use self::verifier::Verifier;
use crate::Cognito;
use crate::authentication::challenge_state::ChallengeSealBuilder;
use crate::cognito::Inner;
use crate::events::Events;
use crate::faults::Faults;
use crate::hosted_login::client_tokens::ClientTokens;
use crate::response_step::ResponseStep;
use crate::revoking::{FutureTokens, TokenLives};

/// A builder for a [`Cognito`].
///
/// The settings are required. Everything else has a default:
///
/// ```no_run
/// use cognito::config::PoolConfig;
/// use cognito::{Cognito, SignInFlow};
///
/// # async fn example() -> cognito::Result<()> {
/// let pool = PoolConfig::new("eu-central-1_aBcDeFgHi".parse()?, "1example23456789".parse()?);
/// let cognito = Cognito::builder()
///     .config(pool)
///     .sign_in_flow(SignInFlow::AdminUserPassword)
///     .build()
///     .await?;
/// # drop(cognito); Ok(()) }
/// ```
#[must_use = "a builder does nothing until it is built"]
pub struct CognitoBuilder {
    settings: Option<SettingsFrom>,
    clock: Arc<dyn Clock>,
    authentication: Option<Arc<dyn Authentication>>,
    account: Option<Arc<dyn Account>>,
    administration: Option<Arc<dyn Administration>>,
    hosted_login: Option<Arc<dyn HostedLogin>>,
    verifier: Verifier,
    revocations: Option<Arc<dyn RevocationList>>,
    attempt_limits: AttemptLimits,
    documents: Documents,
    #[cfg(feature = "redis")]
    shared: Option<redis::Shared>,
    #[cfg(feature = "redis")]
    attempt_store_failure: cognito_cache::StoreFailure,
    rate_limiter: Option<RateLimiter>,
    sdk_config: Option<SdkConfig>,
    http_connector: Option<SharedHttpConnector>,
    event_sinks: Vec<Arc<dyn EventSink>>,
    response_step: ResponseStep,
    sign_in_flow: SignInFlow,
    timeouts: Timeouts,
    max_attempts: u32,
    endpoint_url: Option<String>,
    emulator: bool,
    allow_http: bool,
    challenge_seal: ChallengeSealBuilder,
}

impl CognitoBuilder {
    pub(crate) fn new() -> Self {
        Self {
            settings: None,
            clock: Arc::new(SystemClock::new()),
            authentication: None,
            account: None,
            administration: None,
            hosted_login: None,
            verifier: Verifier::default(),
            revocations: None,
            attempt_limits: AttemptLimits::default(),
            documents: Documents::default(),
            #[cfg(feature = "redis")]
            shared: None,
            #[cfg(feature = "redis")]
            attempt_store_failure: cognito_cache::StoreFailure::default(),
            rate_limiter: None,
            sdk_config: None,
            http_connector: None,
            event_sinks: Vec::new(),
            response_step: ResponseStep::DEFAULT,
            sign_in_flow: SignInFlow::default(),
            timeouts: Timeouts::default(),
            max_attempts: 3,
            endpoint_url: None,
            emulator: false,
            allow_http: false,
            challenge_seal: ChallengeSealBuilder::new(),
        }
    }

    /// Creates a builder with the settings in the environment. With the feature `ssm` and
    /// `COGNITO_SSM_PREFIX` (such as `/cognito`), settings in Parameter Store have precedence.
    ///
    /// # Errors
    ///
    /// [`Configuration`](crate::ErrorKind::Configuration) if `COGNITO_SSM_PREFIX` is set and the
    /// feature `ssm` is disabled. If the variable were ignored, the service could be connected to
    /// another pool.
    pub async fn from_env() -> Result<Self> {
        match std::env::var("COGNITO_SSM_PREFIX") {
            Ok(prefix) if !prefix.is_empty() => with_parameter_store(prefix).await,
            _ => Ok(Self::new().config_source(EnvConfigSource::new())),
        }
    }

    /// Uses fixed settings. If `config_source` is called too, the last call counts.
    pub fn config(mut self, config: PoolConfig) -> Self {
        self.settings = Some(SettingsFrom::Fixed(config));
        self
    }

    /// Reads the settings from this source. They are read again every five minutes in the
    /// background.
    pub fn config_source(mut self, source: impl ConfigSource) -> Self {
        self.settings = Some(SettingsFrom::source(source));
        self
    }

    /// Sets the clock. Default: the operating system's clock.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Replaces the port for users who are not signed in.
    pub fn authentication(mut self, port: impl Authentication) -> Self {
        self.authentication = Some(Arc::new(port));
        self
    }

    /// Replaces the port for signed-in users.
    pub fn account(mut self, port: impl Account) -> Self {
        self.account = Some(Arc::new(port));
        self
    }

    /// Replaces the port for operators.
    pub fn administration(mut self, port: impl Administration) -> Self {
        self.administration = Some(Arc::new(port));
        self
    }

    /// Replaces the port for managed login.
    pub fn hosted_login(mut self, port: impl HostedLogin) -> Self {
        self.hosted_login = Some(Arc::new(port));
        self
    }

    /// Replaces the revocation list.
    pub fn revocation_list(mut self, list: impl RevocationList) -> Self {
        self.revocations = Some(Arc::new(list));
        self
    }

    /// Limits the rate of this facade's calls. For example, a job then does not use up the quota
    /// that sign-ins of the same AWS account need. Default: no limit.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use cognito::Cognito;
    /// use cognito::attempt::RateLimiter;
    /// use cognito::clock::SystemClock;
    ///
    /// # fn example() -> cognito::Result<()> {
    /// // A nightly job takes a fifth of each quota and leaves the rest.
    /// let limiter = RateLimiter::builder(Arc::new(SystemClock::new()))
    ///     .share_of_defaults(20)
    ///     .build()?;
    /// let job = Cognito::builder().rate_limiter(limiter);
    /// # drop(job); Ok(()) }
    /// ```
    ///
    /// A call uses one turn, even if it is retried. If it would wait too long, it fails with
    /// [`Throttled`](crate::ErrorKind::Throttled), and no request is sent.
    pub fn rate_limiter(mut self, limiter: RateLimiter) -> Self {
        self.rate_limiter = Some(limiter);
        self
    }

    /// Sets the key that seals challenges for a browser ([`Cognito::challenge_to_state`]) and
    /// pending logins at managed login ([`ManagedLogin::to_state`]). Instances that must open each
    /// other's states need the same key.
    ///
    /// Default: a random key. It works for one instance until it restarts.
    ///
    /// [`ManagedLogin::to_state`]: crate::hosted_login::ManagedLogin::to_state
    pub fn challenge_key(mut self, key: SealKey) -> Self {
        self.challenge_seal.key = Some(key);
        self
    }

    /// Adds a key that only opens challenges. To rotate the key, first add the new one here on
    /// every instance. Then make it the sealing key. Remove the old one later.
    pub fn further_challenge_key(mut self, key: SealKey) -> Self {
        self.challenge_seal.further.push(key);
        self
    }

    /// Sets how long a sealed challenge can be opened. Default: 3 minutes, the default lifetime of
    /// Cognito's sessions. Maximum: 15 minutes, the maximum lifetime that an app client can
    /// configure (`AuthSessionValidity`).
    pub const fn challenge_lifetime(mut self, lifetime: Duration) -> Self {
        self.challenge_seal.lifetime = lifetime;
        self
    }

    /// Uses AWS credentials, endpoint and other settings of an SDK configuration (such as an
    /// assumed role) instead of the environment.
    pub fn sdk_config(mut self, config: &SdkConfig) -> Self {
        self.sdk_config = Some(config.clone());
        self
    }

    /// Sends the requests to Cognito and to managed login with this connector: through a proxy, or to a
    /// user pool in memory (`FakeUserPool` of `cognito-testkit`). Default: the connector of
    /// `cognito-aws`. See [`http_connector`] about timeouts and errors.
    ///
    /// The keys that verify tokens are fetched separately: see [`jwks_source`](Self::jwks_source).
    ///
    /// [`http_connector`]: cognito_aws::AwsCognitoBuilder::http_connector
    pub fn http_connector(mut self, connector: impl HttpConnector + 'static) -> Self {
        self.http_connector = Some(SharedHttpConnector::new(connector));
        self
    }

    /// Adds a receiver of events, in addition to the metrics.
    pub fn event_sink(mut self, sink: impl EventSink) -> Self {
        self.event_sinks.push(Arc::new(sink));
        self
    }

    /// Sets the step to which the time of a hidden response is rounded up. Default: 10 milliseconds.
    /// Zero turns rounding off.
    ///
    /// A response is hidden if it looks the same to the public for users who exist and users who do
    /// not: every response to a request for a code, every step of a choice-based sign-in that
    /// [hides the account](crate::Call::hide_account), and every error that
    /// [reveals an account](Error::reveals_account), such as a wrong password. The AWS SDK needs about 10
    /// microseconds more for an error than for a success. With the default, this difference changes the
    /// time of about one response in a thousand, and a response takes 5 milliseconds longer on
    /// average. The attempt guard, metrics and logs do not include the wait.
    ///
    /// How long Cognito takes is hidden only if the step is longer than that. Outside a Tokio runtime
    /// nothing is rounded up.
    pub const fn response_step(mut self, step: Duration) -> Self {
        self.response_step = ResponseStep(step);
        self
    }

    /// Sets the flow with which [`Cognito::login`] verifies the password.
    pub const fn sign_in_flow(mut self, flow: SignInFlow) -> Self {
        self.sign_in_flow = flow;
        self
    }

    /// Sets the timeouts of calls to AWS.
    pub const fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Sets the largest number of attempts of a call to AWS, the first included. Default: 3.
    pub const fn max_attempts(mut self, max_attempts: u32) -> Self {
        self.max_attempts = max_attempts;
        self
    }

    /// Sets the endpoint of Cognito. Default: the endpoint of [`sdk_config`](Self::sdk_config), of
    /// the environment or of the AWS profile; if none is set, AWS's own.
    ///
    /// The endpoint must be `https`, or `http` on a loopback host, whatever setting configures it.
    /// Otherwise [`build`](Self::build) fails. [`danger_allow_http`](Self::danger_allow_http)
    /// allows other hosts.
    pub fn endpoint_url(mut self, url: impl Into<String>) -> Self {
        self.endpoint_url = Some(url.into());
        self
    }

    /// Uses an emulator: its endpoint, and the credentials `test`/`test`, which emulators accept.
    /// Unless the settings have others, its issuer and keys are used. Nothing is read from the
    /// environment.
    pub fn emulator(self, endpoint_url: impl Into<String>) -> Self {
        let mut this = self.endpoint_url(endpoint_url);
        this.emulator = true;
        this
    }

    /// Allows plain `http` to any host: for the endpoint of Cognito and of the Parameter Store of
    /// [`from_env`](Self::from_env), the issuer, the signing keys and managed login. Use it for an
    /// emulator in another container.
    ///
    /// # Security
    ///
    /// Passwords, tokens and the client secret are then sent unencrypted. Anyone on the network
    /// path can replace the signing keys and forge tokens. Never use it in production.
    ///
    /// # Issuer
    ///
    /// [`emulator`](Self::emulator) expects tokens with its own URL as the issuer. An emulator that
    /// is reached by another name writes its own URL (`COGNITO_ISSUER` in its output) into tokens.
    /// Set that with [`PoolConfig::with_issuer`](crate::config::PoolConfig::with_issuer), or tokens
    /// are rejected with `InvalidIssuer`.
    ///
    /// ```no_run
    /// # async fn example(pool: cognito::config::PoolConfig) -> cognito::Result<()> {
    /// let cognito = cognito::Cognito::builder()
    ///     .config(pool)
    ///     .emulator("http://cognito-local:9229")
    ///     .danger_allow_http()
    ///     .build()
    ///     .await?;
    /// # drop(cognito); Ok(()) }
    /// ```
    pub const fn danger_allow_http(mut self) -> Self {
        self.allow_http = true;
        self
    }

    /// Creates the facade. It reads the settings. If revocations are shared, it also reads the
    /// existing revocations. The pool's keys are fetched when the first token is verified.
    ///
    /// # Errors
    ///
    /// [`Configuration`](crate::ErrorKind::Configuration) if a setting is missing or invalid; the
    /// message names the places that were searched. [`Misuse`](crate::ErrorKind::Misuse) if options
    /// contradict each other. The errors of the settings' source.
    pub async fn build(mut self) -> Result<Cognito> {
        let metrics = Metrics::new(Arc::clone(&self.clock));
        let events = Arc::new(Events::new(metrics, std::mem::take(&mut self.event_sinks)));
        let documents = self.documents()?;
        let (config, config_cache) = self.settings(documents.as_ref(), &events).await?;
        let pool = config.current();
        warn_of_another_region(&pool);
        let aws = self.aws(&config).await?;
        let verifier = self.token_verifier(&pool, documents, &events)?;
        let hosted_login = self.port_to_hosted_login(&config);
        let attempts = self.guard(&pool)?;
        let revocations = self.revocations(&pool, verifier.leeway(), &events).await?;
        let challenge_seal = self.challenge_seal.build(&self.clock)?;
        let inner = Inner {
            authentication: port(self.authentication, aws.as_ref(), |aws| aws)?,
            account: port(self.account, aws.as_ref(), |aws| aws)?,
            administration: port(self.administration, aws.as_ref(), |aws| aws)?,
            hosted_login,
            verifier,
            revocations,
            attempts,
            rate_limiter: self.rate_limiter,
            challenge_seal,
            refreshes: SingleFlight::new()?,
            client_tokens: ClientTokens::new(&self.clock)?,
            config,
            clock: self.clock,
            events,
            faults: Faults::default(),
            response_step: self.response_step,
            sign_in_flow: self.sign_in_flow,
            token_lives: TokenLives::default(),
            future_tokens: FutureTokens::default(),
            closed: AtomicBool::new(false),
            aws,
            config_cache,
        };
        Ok(Cognito {
            inner: Arc::new(inner),
            when_stale: None,
        })
    }

    async fn settings(
        &mut self,
        documents: Option<&Arc<dyn ConfidentialStore>>,
        events: &Arc<Events>,
    ) -> Result<(Arc<dyn CurrentConfig>, Option<Arc<ConfigCache>>)> {
        let make = match self.settings.take() {
            Some(SettingsFrom::Fixed(config)) => {
                return Ok((Arc::new(StaticConfig::new(config)), None));
            }
            Some(SettingsFrom::Source(make)) => make,
            None => {
                return Err(Error::new(ErrorKind::Misuse)
                    .with_detail("no settings: give the builder a config or a config_source"));
            }
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

    /// Returns the access to AWS. Returns `None` if all three ports are replaced.
    async fn aws(&self, config: &Arc<dyn CurrentConfig>) -> Result<Option<Arc<AwsCognito>>> {
        let all_given = self.authentication.is_some()
            && self.account.is_some()
            && self.administration.is_some();
        if all_given {
            return Ok(None);
        }
        let mut aws = AwsCognito::builder(Arc::clone(config))
            .timeouts(self.timeouts)
            .max_attempts(self.max_attempts)
            .clock(Arc::clone(&self.clock));
        if let Some(url) = &self.endpoint_url {
            aws = aws.endpoint_url(url);
        }
        if let Some(connector) = &self.http_connector {
            aws = aws.http_connector(connector.clone());
        }
        if self.allow_http {
            aws = aws.danger_allow_http();
        }
        let aws = match &self.sdk_config {
            _ if self.emulator => aws.static_credentials("test", "test").build_isolated(),
            Some(config) => aws.build(config),
            None => aws.load().await,
        };
        Ok(Some(Arc::new(aws?)))
    }

    /// Returns the custom port if there is one. Otherwise the default port, which calls the pool's
    /// domain without AWS credentials.
    fn port_to_hosted_login(&mut self, config: &Arc<dyn CurrentConfig>) -> Arc<dyn HostedLogin> {
        if let Some(given) = self.hosted_login.take() {
            return given;
        }
        let mut login = AwsHostedLogin::builder(Arc::clone(config))
            .timeouts(self.timeouts)
            .max_attempts(self.max_attempts);
        // Emulators serve the endpoints of the domain at their own.
        if let Some(url) = self.endpoint_url.as_deref().filter(|_| self.emulator) {
            login = login.endpoint_url(url);
        }
        if let Some(connector) = &self.http_connector {
            login = login.http_connector(connector.clone());
        }
        if self.allow_http {
            login = login.danger_allow_http();
        }
        Arc::new(login.build())
    }

    /// Returns the custom list, the shared list or an in-memory list. Entries outlive their tokens
    /// by the verifier's leeway, because the verifier accepts tokens for that time.
    async fn revocations(
        &mut self,
        pool: &PoolConfig,
        leeway: Duration,
        events: &Arc<Events>,
    ) -> Result<Arc<dyn RevocationList>> {
        if let Some(given) = self.revocations.take() {
            return Ok(given);
        }
        let list = MemoryRevocationList::new(Arc::clone(&self.clock)).with_leeway(leeway);
        let list: Arc<dyn RevocationList> = Arc::new(list);
        let shared = self.shared_revocations(pool, &list, events).await?;
        Ok(shared.unwrap_or(list))
    }
}

/// Without the feature `redis`, nothing is shared.
#[cfg(not(feature = "redis"))]
impl CognitoBuilder {
    #[allow(clippy::unused_async, reason = "as with the feature")]
    async fn shared_revocations(
        &self,
        _pool: &PoolConfig,
        _view: &Arc<dyn RevocationList>,
        _events: &Arc<Events>,
    ) -> Result<Option<Arc<dyn RevocationList>>> {
        Ok(None)
    }

    #[allow(
        clippy::unnecessary_wraps,
        clippy::unused_self,
        reason = "as with the feature"
    )]
    fn shared_guard(&self, _pool: &PoolConfig) -> Result<Option<cognito_cache::AttemptGuard>> {
        Ok(None)
    }
}

/// Returns the custom port, or the default port.
fn port<P: ?Sized, A>(
    given: Option<Arc<P>>,
    ours: Option<&Arc<A>>,
    widen: impl FnOnce(Arc<A>) -> Arc<P>,
) -> Result<Arc<P>> {
    given
        .or_else(|| ours.cloned().map(widen))
        .ok_or_else(|| Error::new(ErrorKind::Misuse))
}

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

/// Logs a warning if the pool's region differs from the service's region. This is common (one pool,
/// several regions), but may be a mistake. Calls to Cognito always use the pool's region.
fn warn_of_another_region(pool: &PoolConfig) {
    let home = pool.user_pool_id.region();
    if let Some(here) = &pool.region
        && *here != home
    {
        tracing::warn!(pool = %home, environment = %here, "the user pool is in another region");
    }
}

impl fmt::Debug for CognitoBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CognitoBuilder")
            .field("clock", &self.clock)
            .field("sign_in_flow", &self.sign_in_flow)
            .field("timeouts", &self.timeouts)
            .field("endpoint_url", &self.endpoint_url)
            .finish_non_exhaustive()
    }
}
