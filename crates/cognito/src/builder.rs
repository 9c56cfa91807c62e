//! The builder of the facade. Each layer can be replaced.

mod attempts;
mod documents;
#[cfg(not(feature = "redis"))]
mod local;
mod ports;
#[cfg(feature = "redis")]
mod redis;
mod settings;
mod verifier;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use cognito_aws::{HttpConnector, SdkConfig, SharedHttpConnector, Timeouts};
use cognito_cache::{MemoryRevocationList, RateLimiter, SealKey, SingleFlight};
use cognito_core::ports::{Account, Administration, Authentication, HostedLogin};
use cognito_core::{
    Clock, Error, ErrorKind, EventSink, PoolConfig, Result, RevocationList, SignInFlow, SystemClock,
};
use cognito_metrics::Metrics;

use self::attempts::AttemptLimits;
use self::documents::{Documents, SettingsFrom};
use self::ports::port;
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
    /// `true` if settings that never change and a source of settings were both set.
    settings_contradict: bool,
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
            settings_contradict: false,
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
    /// // A nightly job uses a fifth of each quota.
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

    /// Adds a key that only opens challenges. To rotate the key, first add the new key here on every
    /// instance. Then swap the two keys. Remove the old key later. Without a
    /// [`challenge_key`](Self::challenge_key), [`build`](Self::build) fails.
    pub fn further_challenge_key(mut self, key: SealKey) -> Self {
        self.challenge_seal.further.push(key);
        self
    }

    /// Sets how long a sealed challenge can be opened. Default: 3 minutes, the default lifetime of
    /// Cognito's sessions. If it is shorter than a second or longer than 15 minutes, the maximum of
    /// `AuthSessionValidity`, [`build`](Self::build) fails.
    pub const fn challenge_lifetime(mut self, lifetime: Duration) -> Self {
        self.challenge_seal.lifetime = lifetime;
        self
    }

    /// Uses the AWS credentials, the endpoint and other settings of an SDK configuration instead of
    /// those of the environment.
    pub fn sdk_config(mut self, config: &SdkConfig) -> Self {
        self.sdk_config = Some(config.clone());
        self
    }

    /// Sets the connector for requests to Cognito and to managed login, for example to use a proxy, or
    /// a user pool in memory (`FakeUserPool` of `cognito-testkit`). Default: the connector of
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
    /// How long Cognito takes is hidden only if the step is longer than that. The wait uses
    /// [`Clock::sleep`](cognito_core::Clock::sleep) of the [`clock`](Self::clock).
    pub const fn response_step(mut self, step: Duration) -> Self {
        self.response_step = ResponseStep(step);
        self
    }

    /// Sets the flow with which [`Cognito::login`] verifies the password. Default:
    /// [`SignInFlow::UserSrp`].
    pub const fn sign_in_flow(mut self, flow: SignInFlow) -> Self {
        self.sign_in_flow = flow;
        self
    }

    /// Sets the timeouts of calls to AWS. Default: [`Timeouts::new`].
    pub const fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Sets the maximum number of attempts of a call to AWS, including the first. Zero counts as one.
    /// Default: 3.
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

    /// Uses an emulator with this endpoint, and the credentials `test`/`test`, which emulators accept.
    /// If the settings have no issuer and no key URL, those of the emulator are used. The AWS client
    /// reads nothing from the environment.
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
    /// [`Misuse`](crate::ErrorKind::Misuse): options are missing or contradict each other; the message
    /// names all of them. [`Configuration`](crate::ErrorKind::Configuration): a setting is missing or
    /// invalid; the message names all of them, and the places that were searched. The errors of the
    /// settings' source.
    pub async fn build(mut self) -> Result<Cognito> {
        self.check()?;
        let metrics = Metrics::new(Arc::clone(&self.clock));
        let events = Arc::new(Events::new(metrics, std::mem::take(&mut self.event_sinks)));
        let documents = self.documents();
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

    /// Checks the options without I/O. The error names all that are missing or contradict each other.
    fn check(&self) -> Result<()> {
        let faults = [
            self.settings_fault(),
            self.verifier.fault(),
            #[cfg(feature = "redis")]
            self.documents_fault(),
            #[cfg(feature = "redis")]
            self.shared_guard_fault(),
            self.challenge_seal.fault(),
        ];
        let faults: Vec<_> = faults.into_iter().flatten().collect();
        match faults.is_empty() {
            true => Ok(()),
            false => Err(misuse(faults.join("; "))),
        }
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

fn misuse(detail: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Misuse).with_detail(detail)
}

/// Logs a warning if the pool's region differs from the service's. This is common (one pool,
/// several regions), but may be a mistake. Cognito is always called in the pool's region.
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
