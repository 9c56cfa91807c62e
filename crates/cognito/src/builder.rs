//! The builder of [`Cognito`].

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

/// A builder for a [`Cognito`] client, created by [`Cognito::builder`].
///
/// Set the settings of the user pool with [`config`](Self::config),
/// [`config_source`](Self::config_source) or [`from_env`](Self::from_env). All other options have
/// defaults.
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
    /// `true` if [`config`](Self::config) was combined with a source of settings.
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
    trace_users: bool,
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
            trace_users: false,
            sign_in_flow: SignInFlow::default(),
            timeouts: Timeouts::default(),
            max_attempts: 3,
            endpoint_url: None,
            emulator: false,
            allow_http: false,
            challenge_seal: ChallengeSealBuilder::new(),
        }
    }

    cognito_core::setters! {
        /// Sets the clock of the client and of its default components, for token expiry, caches,
        /// lockouts and measurements. A custom component has its own clock. Default: the operating
        /// system's clock.
        pub fn clock(clock: impl Clock) { clock = Arc::new(clock) }

        /// Sets a custom implementation of the trait [`Authentication`], through which the client
        /// sends requests for users who are not signed in (sign-up, sign-in, refresh). Default: the
        /// AWS SDK.
        pub fn authentication(port: impl Authentication) { authentication = Some(Arc::new(port)) }

        /// Sets a custom implementation of the trait [`Account`], through which the client sends
        /// requests for signed-in users. Default: the AWS SDK.
        pub fn account(port: impl Account) { account = Some(Arc::new(port)) }

        /// Sets a custom implementation of the trait [`Administration`], through which the client
        /// sends requests of operators. Default: the AWS SDK.
        pub fn administration(port: impl Administration) { administration = Some(Arc::new(port)) }

        /// Sets a custom implementation of the trait [`HostedLogin`], through which the client uses
        /// managed login. Default: the OAuth 2.0 endpoints of the domain in the settings.
        pub fn hosted_login(port: impl HostedLogin) { hosted_login = Some(Arc::new(port)) }

        /// Replaces the revocation list. Default: a list in memory, or a shared list with the
        /// option `redis`.
        pub fn revocation_list(list: impl RevocationList) { revocations = Some(Arc::new(list)) }

        /// Sets a limiter for the rate of the calls to Cognito. With it, for example, a batch job
        /// does not use up the quota that sign-ins of the same AWS account need. Default: no limit.
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
        /// A call is counted once, even if it is retried. If a call would wait longer than the
        /// limiter allows, it fails with [`Throttled`](crate::ErrorKind::Throttled), and no request
        /// is sent.
        pub fn rate_limiter(limiter: RateLimiter) { rate_limiter = Some(limiter) }

        /// Sets the key that seals the strings that a browser stores: challenges
        /// ([`Cognito::challenge_to_state`]) and pending logins ([`ManagedLogin::to_state`]). An
        /// instance can open the strings of another instance only if they have the same key.
        ///
        /// Default: a random key for each instance. After a restart, older strings cannot be
        /// opened.
        ///
        /// [`ManagedLogin::to_state`]: crate::hosted_login::ManagedLogin::to_state
        pub fn challenge_key(key: SealKey) { challenge_seal.key = Some(key) }

        /// Adds a key that opens sealed strings but seals none. To rotate the
        /// [`challenge_key`](Self::challenge_key) without failures, first add the new key with this
        /// method on every instance. Then make the new key the `challenge_key`, and add the old key
        /// with this method. Remove the old key after the longest lifetime of a sealed string: an
        /// hour, or the lifetimes that you pass to [`Cognito::seal_state`] and to
        /// `remember_browsers` of the crate `cognito-axum`.
        ///
        /// If no [`challenge_key`](Self::challenge_key) is set, [`build`](Self::build) fails.
        pub fn further_challenge_key(key: SealKey) { challenge_seal.further.push(key) }

        /// Sets how long a sealed challenge can be opened: 1 second to 15 minutes, the maximum of
        /// `AuthSessionValidity`. For other values, [`build`](Self::build) fails. Default: 3
        /// minutes, the default of `AuthSessionValidity`.
        pub fn challenge_lifetime(lifetime: Duration) { challenge_seal.lifetime = lifetime }

        /// Sets the SDK configuration with the AWS credentials, the endpoint and other settings.
        /// Default: the configuration of the environment. With [`emulator`](Self::emulator), the
        /// SDK configuration is ignored.
        pub fn sdk_config(config: &SdkConfig) { sdk_config = Some(config.clone()) }

        /// Sets the connector for requests to Cognito and to managed login. Use it for a proxy, or
        /// for a user pool in memory (`FakeUserPool` of `cognito-testkit`). Default: the connector
        /// of `cognito-aws`. For timeouts and errors, see [`AwsCognitoBuilder::http_connector`].
        ///
        /// The signing keys are fetched without this connector: see
        /// [`jwks_source`](Self::jwks_source).
        ///
        /// [`AwsCognitoBuilder::http_connector`]: cognito_aws::AwsCognitoBuilder::http_connector
        pub fn http_connector(connector: impl HttpConnector + 'static) {
            http_connector = Some(SharedHttpConnector::new(connector))
        }

        /// Adds a receiver of events. The built-in metrics still receive all events. May be called
        /// several times.
        pub fn event_sink(sink: impl EventSink) { event_sinks.push(Arc::new(sink)) }

        /// Sets the step to which response times are rounded up. A response that must not reveal
        /// whether an account exists is delayed until its response time is a multiple of the step.
        /// Zero disables the rounding. Default: 10 milliseconds.
        ///
        /// The step applies to:
        ///
        /// - every response of [`forgot_password`](Cognito::forgot_password) and
        ///   [`resend_confirmation_code`](Cognito::resend_confirmation_code),
        /// - every response in a choice-based sign-in with
        ///   [`hide_account`](crate::Call::hide_account),
        /// - every error that [reveals whether an account exists](Error::reveals_account), such as
        ///   a wrong password.
        ///
        /// The AWS SDK needs about 10 microseconds more for an error than for a success. With the
        /// default step, this difference changes the duration of about one response in a thousand.
        /// Rounding up makes a response 5 milliseconds longer on average. The attempt guard,
        /// metrics and logs do not include the wait.
        ///
        /// The response time of Cognito is hidden only if the step is longer than the response
        /// time. The wait uses [`Clock::sleep`](cognito_core::Clock::sleep) of the
        /// [`clock`](Self::clock).
        pub fn response_step(step: Duration) { response_step = ResponseStep(step) }

        /// Adds a hash of the user's name to the tracing span of each operation that concerns a
        /// user (`user.hash`). The hash is keyed with a random key of this process, so a user has
        /// another hash after a restart. Default: `false`, a span contains nothing about the user.
        pub fn trace_users(enabled: bool) { trace_users = enabled }

        /// Sets the flow with which [`Cognito::login`] verifies the password. Default:
        /// [`SignInFlow::UserSrp`].
        pub fn sign_in_flow(flow: SignInFlow) { sign_in_flow = flow }

        /// Sets the timeouts of calls to AWS. Default: [`Timeouts::new`].
        pub fn timeouts(timeouts: Timeouts) { timeouts = timeouts }

        /// Sets the maximum number of attempts of a call to AWS, including the first. Zero counts
        /// as 1. Default: 3.
        pub fn max_attempts(max_attempts: u32) { max_attempts = max_attempts }

        /// Sets the URL of Cognito's API. Default: the endpoint of the
        /// [`sdk_config`](Self::sdk_config), of the environment or of the AWS profile. If none of
        /// them has an endpoint, the default is the endpoint of AWS.
        ///
        /// The URL must be `https`, or `http` with a loopback host; otherwise
        /// [`build`](Self::build) fails. The rule also applies to an endpoint of the SDK
        /// configuration, of the environment and of the AWS profile.
        /// [`danger_allow_http`](Self::danger_allow_http) allows `http` with other hosts.
        pub fn endpoint_url(url: impl Into<String>) { endpoint_url = Some(url.into()) }
    }

    /// Uses an emulator at this URL, with the AWS credentials `test`/`test`. The AWS client reads
    /// nothing from the environment.
    ///
    /// Missing settings have these defaults: the issuer is the URL followed by the pool id, the
    /// signing keys are at `/.well-known/jwks.json` below the issuer, and managed login is at the
    /// same URL as the emulator.
    pub fn emulator(self, endpoint_url: impl Into<String>) -> Self {
        let mut this = self.endpoint_url(endpoint_url);
        this.emulator = true;
        this
    }

    /// Allows plain `http` to any host. It applies to the endpoint of Cognito, to managed login of
    /// an [`emulator`](Self::emulator), to Parameter Store (with [`from_env`](Self::from_env)), to
    /// the issuer and to the endpoint of the signing keys. Use it for an emulator in another
    /// container.
    ///
    /// # Security
    ///
    /// Passwords, tokens and the client secret are then sent unencrypted. Anyone on the network
    /// path can replace the signing keys and forge tokens. Never use it in production.
    ///
    /// # Issuer
    ///
    /// With [`emulator`](Self::emulator), the expected issuer of tokens contains the URL of the
    /// emulator. An emulator that is reached by another host name writes another URL into tokens;
    /// its output shows the issuer as `COGNITO_ISSUER`. Set that issuer with
    /// [`PoolConfig::with_issuer`](crate::config::PoolConfig::with_issuer). Otherwise tokens are
    /// rejected with `InvalidIssuer`.
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

    /// Creates the [`Cognito`] client. It reads the settings, and the existing revocations if they
    /// are shared. The signing keys are fetched when the first token is verified.
    ///
    /// # Errors
    ///
    /// - [`Misuse`](crate::ErrorKind::Misuse) if options are missing or contradict each other. The
    ///   message names all of them.
    /// - [`Configuration`](crate::ErrorKind::Configuration) if a setting is missing or invalid. The
    ///   message names all such settings, and the places that were searched. Other options with an
    ///   invalid value cause this error too, such as a leeway of more than five minutes.
    /// - The errors of the source of the settings, and of the shared revocation list.
    pub async fn build(mut self) -> Result<Cognito> {
        self.check()?;
        let metrics = Metrics::new(Arc::clone(&self.clock));
        let events = Arc::new(Events::new(metrics, std::mem::take(&mut self.event_sinks)));
        let documents = self.documents();
        let (config, config_cache) = self.settings(documents.as_ref(), &events).await?;
        let pool = config.current();
        warn_of_another_region(&pool);
        let aws = self.aws(&config, &events).await?;
        let verifier = self.token_verifier(&pool, documents, &events)?;
        let hosted_login = self.port_to_hosted_login(&config, &events);
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
            trace_users: self.trace_users,
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

    /// Checks the options of the builder without I/O. The error names all options that are missing
    /// or contradict each other.
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

    /// Returns the revocation list of the client: the custom list of the builder, otherwise the
    /// list that instances share, otherwise a new in-memory list. The in-memory list keeps each
    /// entry until its tokens have expired and the leeway of the verifier has passed, because the
    /// verifier accepts the tokens until then.
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

/// Logs a warning if the user pool and the service are in different regions. Services in several
/// regions often share a pool, but the difference can also be a mistake. Cognito is always called
/// in the region of the pool.
fn warn_of_another_region(pool: &PoolConfig) {
    let home = pool.user_pool_id.region();
    if let Some(here) = &pool.region
        && *here != home
    {
        tracing::warn!(pool = %home, environment = %here, "the user pool is in another region");
    }
}

// Security: the URL may contain a user name and a password.
cognito_core::impl_debug!(CognitoBuilder as builder {
    clock,
    sign_in_flow,
    timeouts,
    has_endpoint_url: builder.endpoint_url.is_some()
});
