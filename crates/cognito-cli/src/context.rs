//! The context of a command ([`Context`]): the options, the client of the pool, requests, messages
//! and confirmations.

use std::env;
use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_config::{BehaviorVersion, Region};
use cognito::clock::SystemClock;
use cognito::config::{
    AwsService, ConfigSource, EnvConfigSource, PoolConfig, SdkConfig, Setting, Settings,
    configured_endpoint,
};
use cognito::hosted_login::LoginDomain;
use cognito::{Call, ClientId, ClientSecret, Cognito, Error, ErrorKind, Operation};
use tokio::sync::OnceCell;

use crate::failure::{Exit, Failure, Outcome};
use crate::global::Global;
use crate::output::printable;
use crate::rate::{Pace, Requests};

/// A placeholder for the app client id, for commands that use no app client.
const NO_CLIENT: &str = "none";

/// The data that all commands use: the options, the client of the pool and the rate of requests.
pub(crate) struct Context {
    pub(crate) global: Global,
    cognito: OnceCell<Cognito>,
    /// The id of the user pool. Empty until the settings are read.
    pool: OnceLock<String>,
    pace: Pace,
}

impl Context {
    pub(crate) fn new(mut global: Global) -> Self {
        global.endpoint_url = global.endpoint_url.or_else(environment_endpoint);
        Self {
            pace: Pace::new(Arc::new(SystemClock::new()), global.rate),
            global,
            cognito: OnceCell::new(),
            pool: OnceLock::new(),
        }
    }

    /// Returns a context for another user pool, with the same options.
    pub(crate) fn with_pool(&self, pool: &str) -> Self {
        let mut global = self.global.clone();
        global.pool = Some(pool.to_owned());
        Self::new(global)
    }

    /// Returns the [`Cognito`] client for the user pool. The first call reads the settings and
    /// creates the client.
    pub(crate) async fn cognito(&self) -> Outcome<&Cognito> {
        self.cognito.get_or_try_init(|| self.connect()).await
    }

    /// Sends a request at the current rate. If AWS throttles the request or is unreachable, repeats
    /// the request up to `--max-retries` times. If the response is lost, or AWS has an internal
    /// error, repeats the request only if the operation is idempotent, because the first request
    /// may have taken effect.
    pub(crate) async fn send<R, T>(
        &self,
        operation: Operation,
        call: Call<R, T>,
    ) -> Result<T, Error>
    where
        R: Clone + Send + 'static,
        T: Send + 'static,
    {
        self.send_watched(operation, call, |_| {}).await
    }

    /// Sends the requests for the pages of a list, beginning with `call`. `next` handles a page, and
    /// returns the request for the next page, or `None` after the last page.
    pub(crate) async fn send_pages<R, T>(
        &self,
        operation: Operation,
        mut call: Call<R, T>,
        mut next: impl FnMut(T) -> Option<Call<R, T>>,
    ) -> Result<(), Error>
    where
        R: Clone + Send + 'static,
        T: Send + 'static,
    {
        while let Some(following) = next(self.send(operation, call).await?) {
            call = following;
        }
        Ok(())
    }

    /// Sends a request like [`send`](Self::send). Calls `repeated` with each error after which the
    /// request is repeated.
    pub(crate) async fn send_watched<R, T>(
        &self,
        operation: Operation,
        call: Call<R, T>,
        mut repeated: impl FnMut(&Error),
    ) -> Result<T, Error>
    where
        R: Clone + Send + 'static,
        T: Send + 'static,
    {
        let mut attempt = 0;
        loop {
            self.pace.turn(operation).await;
            match call.clone().await {
                Ok(value) => {
                    self.pace.succeeded(operation);
                    return Ok(value);
                }
                Err(error) if !may_repeat(operation, &error) => return Err(error),
                Err(error) => {
                    if error.kind() == ErrorKind::Throttled {
                        self.pace.throttled(operation);
                    }
                    if attempt >= self.global.max_retries {
                        return Err(error);
                    }
                    repeated(&error);
                    self.back_off(attempt).await;
                    attempt += 1;
                }
            }
        }
    }

    /// Waits until the rate allows one more request of this operation. It is for a request that a
    /// method of the [`Cognito`] client sends in addition to its main request.
    pub(crate) async fn turn(&self, operation: Operation) {
        self.pace.turn(operation).await;
    }

    /// Waits before a request is repeated. The time grows with `attempt`, which starts at 0.
    pub(crate) async fn back_off(&self, attempt: u32) {
        self.pace.back_off(attempt).await;
    }

    /// Waits for this duration.
    pub(crate) async fn pause(&self, time: Duration) {
        self.pace.pause(time).await;
    }

    /// Returns the numbers of requests so far.
    pub(crate) fn requests(&self) -> Requests {
        self.pace.requests()
    }

    /// Returns the settings from the options and the environment. If `needs_client` is `true`,
    /// fails if no app client is set.
    pub(crate) async fn settings(&self, needs_client: bool) -> Outcome<PoolConfig> {
        let source = EnvConfigSource::new();
        let mut settings = self.with_origins(&source).await?;
        if settings.value(Setting::UserPoolId).is_none() {
            return Err(Failure::usage(
                "no user pool: add --pool ID, or set AWS_COGNITO_USER_POOL_ID",
            ));
        }
        if settings.value(Setting::ClientId).is_none() {
            if needs_client {
                return Err(Failure::usage(
                    "no app client: add --client ID, or set AWS_COGNITO_CLIENT_ID",
                ));
            }
            settings = settings.with(Setting::ClientId, NO_CLIENT);
        }
        let config = PoolConfig::from_settings(&settings, &source);
        let config = config.map_err(|error| Failure::usage(error.to_string()))?;
        let _ = self.pool.set(config.user_pool_id.as_str().to_owned());
        Ok(self.emulated(config))
    }

    /// Returns the settings from the options and from `source`. Each setting has its origin: the
    /// option or the environment variable that set it.
    pub(crate) async fn with_origins(&self, source: &EnvConfigSource) -> Outcome<Settings> {
        let mut settings = Settings::new();
        for (setting, value, option) in [
            (Setting::UserPoolId, &self.global.pool, "--pool"),
            (Setting::ClientId, &self.global.client, "--client"),
            (Setting::Region, &self.global.region, "--region"),
        ] {
            if let Some(value) = value {
                settings = settings.with_origin(setting, value, option);
            }
        }
        Ok(settings.or(source.load().await?))
    }

    /// Returns the configuration of the AWS SDK, from the environment and the profile.
    pub(crate) async fn aws(&self, region: Option<String>) -> SdkConfig {
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12());
        if let Some(profile) = &self.global.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = region {
            loader = loader.region(Region::new(region));
        }
        loader.load().await
    }

    /// If the endpoint is a plain `http` URL, uses it for the issuer and the login domain, unless
    /// they are configured. Such an endpoint is an emulator, because AWS has no endpoints
    /// with plain `http`.
    fn emulated(&self, mut config: PoolConfig) -> PoolConfig {
        let endpoint = self.global.endpoint_url.as_deref();
        let Some(url) = endpoint.filter(|url| url.starts_with("http://")) else {
            return config;
        };
        let url = url.trim_end_matches('/');
        let issuer = format!("{url}/{}", config.user_pool_id);
        config.issuer.get_or_insert(issuer);
        config.login_domain = config.login_domain.or_else(|| LoginDomain::new(url).ok());
        config
    }

    async fn connect(&self) -> Outcome<Cognito> {
        self.build(self.settings(false).await?).await
    }

    /// Returns a [`Cognito`] client for an app client with a secret, and for a domain if it is set.
    pub(crate) async fn with_client(
        &self,
        id: &str,
        secret: &str,
        domain: Option<LoginDomain>,
    ) -> Outcome<Cognito> {
        let mut config = self.settings(false).await?;
        config.client_id = ClientId::new(id)?;
        // The secret of the call must be checked, and no other one.
        config.previous_client_secret = None;
        config.login_domain = domain.or(config.login_domain);
        self.build(config.with_client_secret(ClientSecret::new(secret)?))
            .await
    }

    /// Returns the configuration for clients of other services of AWS, in the region of the pool.
    pub(crate) async fn aws_config(&self) -> Outcome<SdkConfig> {
        let pool = self.settings(false).await?.user_pool_id;
        let region = pool.region().as_str().to_owned();
        Ok(self.aws(Some(region)).await)
    }

    /// Returns the URL of Cognito's API, if it is set by an option, an environment variable or the
    /// AWS profile. `config` is the result of [`aws_config`](Self::aws_config).
    pub(crate) fn endpoint(&self, config: &SdkConfig) -> Option<String> {
        let url = self.global.endpoint_url.clone();
        url.or_else(|| configured_endpoint(config, AwsService::Cognito))
    }

    async fn build(&self, config: PoolConfig) -> Outcome<Cognito> {
        let mut builder = Cognito::builder().max_attempts(1);
        if let Some(url) = &self.global.endpoint_url {
            builder = builder.endpoint_url(url);
        }
        if self.global.profile.is_some() {
            let region = config.user_pool_id.region().as_str().to_owned();
            builder = builder.sdk_config(&self.aws(Some(region)).await);
        }
        let cognito = builder.config(config).build().await;
        cognito.map_err(|error| Failure::usage(error.to_string()))
    }

    /// Writes a message to stderr, unless `--quiet` is set.
    pub(crate) fn message(&self, text: &str) {
        if !self.global.quiet {
            self.error(text);
        }
    }

    /// Writes a message to stderr, even if `--quiet` is set.
    pub(crate) fn error(&self, text: &str) {
        // If stderr is closed, the message is lost.
        let _ = writeln!(io::stderr(), "cognito: {}", printable(text));
    }

    /// Fails if `--dry-run` is set. A command that cannot show its changes in advance calls this
    /// method.
    pub(crate) fn reject_dry_run(&self) -> Outcome<()> {
        if self.global.dry_run {
            return Err(Failure::usage(
                "nothing was done: this command has no --dry-run",
            ));
        }
        Ok(())
    }

    /// Asks the operator whether to make a change. The question contains the pool. Returns `true`
    /// if the operator agrees. With `--yes`, shows the change without a question, and returns
    /// `true`. With `--dry-run`, returns `false` without a question.
    ///
    /// # Errors
    ///
    /// Fails if the operator does not agree, or if stdin is not a terminal.
    pub(crate) fn confirm(&self, change: &str) -> Outcome<bool> {
        let change = match self.pool.get() {
            Some(pool) => format!("{change} in the pool {pool}"),
            None => change.to_owned(),
        };
        if self.global.dry_run {
            self.error(&format!("dry run, not done: {change}"));
            return Ok(false);
        }
        if self.global.yes {
            self.message(&change);
            return Ok(true);
        }
        let stdin = io::stdin();
        if !stdin.is_terminal() {
            return Err(Failure::usage(format!(
                "not done: {change}; add --yes, because there is no terminal to ask"
            )));
        }
        write!(io::stderr(), "{}. Continue? [y/N] ", printable(&change))?;
        let mut answer = String::new();
        stdin.lock().read_line(&mut answer)?;
        if matches!(answer.trim(), "y" | "Y" | "yes") {
            return Ok(true);
        }
        Err(Failure::new(Exit::Failed, "nothing was changed"))
    }
}

/// Returns the endpoint in the environment variables of the AWS CLI.
fn environment_endpoint() -> Option<String> {
    let names = [
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER",
        "AWS_ENDPOINT_URL",
    ];
    let mut values = names.iter().filter_map(|name| env::var(name).ok());
    values.find(|value| !value.is_empty())
}

fn may_repeat(operation: Operation, error: &Error) -> bool {
    let kind = error.kind();
    if matches!(
        kind,
        ErrorKind::ReplyLost | ErrorKind::Timeout | ErrorKind::Upstream
    ) {
        return operation.is_idempotent();
    }
    kind.is_retryable()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uncertain_request_is_repeated_if_idempotent() {
        let (safe, unsafe_) = (Operation::UpdateUserPool, Operation::CreateUserPoolClient);
        for (kind, is_repeated) in [
            (ErrorKind::Throttled, true),
            (ErrorKind::Network, true),
            (ErrorKind::Upstream, false),
            (ErrorKind::ReplyLost, false),
            (ErrorKind::Timeout, false),
        ] {
            let error = Error::new(kind);
            assert!(may_repeat(safe, &error), "{kind:?}");
            assert_eq!(may_repeat(unsafe_, &error), is_repeated, "{kind:?}");
        }
        let denied = Error::new(ErrorKind::Configuration);
        assert!(!may_repeat(safe, &denied));
    }
}
