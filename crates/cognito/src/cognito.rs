//! [`Cognito`], the client with all operations.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use cognito_aws::AwsCognito;
use cognito_cache::{AttemptGuard, RateLimiter, SingleFlight};
use cognito_config::ConfigCache;
use cognito_core::config::CurrentConfig;
use cognito_core::ports::{Account, Administration, Authentication, HostedLogin};
use cognito_core::revocation::WhenStale;
use cognito_core::{Clock, PoolConfig, Result, RevocationList, SignInFlow, TokenVerifier, Tokens};

use crate::CognitoBuilder;
use crate::authentication::challenge_state::ChallengeSeal;
use crate::events::Events;
use crate::faults::Faults;
use crate::hosted_login::client_tokens::ClientTokens;
use crate::response_step::ResponseStep;
use crate::revoking::{FutureTokens, TokenLives};

/// The client for Amazon Cognito: sign-up, sign-in, tokens and users.
///
/// Create one client at the start of the program with [`from_env`](Self::from_env) or
/// [`builder`](Self::builder), and clone it where you need it. Clones share all settings, caches
/// and counters.
#[derive(Clone)]
pub struct Cognito {
    pub(crate) inner: Arc<Inner>,
    /// The setting of this clone for stale revocations. If it is `None`, the setting of the
    /// revocation list applies.
    pub(crate) when_stale: Option<WhenStale>,
}

/// The state that all clones of a [`Cognito`] share.
pub(crate) struct Inner {
    pub(crate) authentication: Arc<dyn Authentication>,
    pub(crate) account: Arc<dyn Account>,
    pub(crate) administration: Arc<dyn Administration>,
    pub(crate) hosted_login: Arc<dyn HostedLogin>,
    pub(crate) verifier: Arc<dyn TokenVerifier>,
    pub(crate) revocations: Arc<dyn RevocationList>,
    pub(crate) attempts: AttemptGuard,
    pub(crate) rate_limiter: Option<RateLimiter>,
    pub(crate) challenge_seal: ChallengeSeal,
    pub(crate) refreshes: SingleFlight<Result<Tokens>>,
    pub(crate) client_tokens: ClientTokens,
    pub(crate) config: Arc<dyn CurrentConfig>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) events: Arc<Events>,
    pub(crate) faults: Faults,
    pub(crate) response_step: ResponseStep,
    /// `true` if the span of an operation contains a hash of the user's name.
    pub(crate) trace_users: bool,
    pub(crate) sign_in_flow: SignInFlow,
    pub(crate) token_lives: TokenLives,
    pub(crate) future_tokens: FutureTokens,
    pub(crate) closed: AtomicBool,
    /// The AWS client that implements the [ports](crate::ports). It is stored for access to its
    /// cache of secret hashes. `None` if the builder has custom implementations of the ports
    /// `authentication`, `account` and `administration`.
    pub(crate) aws: Option<Arc<AwsCognito>>,
    pub(crate) config_cache: Option<Arc<ConfigCache>>,
}

impl Cognito {
    /// Creates a client with the settings in these environment variables:
    ///
    /// | variable | content |
    /// |---|---|
    /// | `AWS_COGNITO_USER_POOL_ID` | the id of the user pool |
    /// | `AWS_COGNITO_CLIENT_ID` | the id of the app client |
    /// | `AWS_COGNITO_CLIENT_SECRET` | optional: the secret of the app client |
    /// | `AWS_COGNITO_DOMAIN` | optional: the domain for managed login |
    ///
    /// The first three variables also exist with the suffix `_FILE`, which names a file with the
    /// value. [`EnvConfigSource`](crate::config::EnvConfigSource) lists further variables. AWS
    /// credentials and endpoints are read from AWS's own variables and profiles.
    ///
    /// Settings in two other places have precedence over these variables:
    ///
    /// 1. Secrets Manager, with the feature `secretsmanager` and the variable `COGNITO_SECRET_ID`,
    /// 2. Parameter Store, with the feature `ssm` and the variable `COGNITO_SSM_PREFIX`.
    ///
    /// # Errors
    ///
    /// [`Configuration`](crate::ErrorKind::Configuration) if a setting is missing or invalid. The
    /// message names every variable and parameter that was searched, or the missing IAM permission.
    pub async fn from_env() -> Result<Self> {
        CognitoBuilder::from_env().await?.build().await
    }

    /// Returns a builder for a `Cognito`. The builder has a method for each option.
    pub fn builder() -> CognitoBuilder {
        CognitoBuilder::new()
    }

    /// Reads the settings from their source now, without waiting for the next renewal in the
    /// background. If the settings were set with [`CognitoBuilder::config`], this method does
    /// nothing.
    ///
    /// # Errors
    ///
    /// The errors of the source from which the settings are read. `ErrorKind::Configuration` if a
    /// setting is missing or invalid, or if a setting has changed that must not change, such as the
    /// id of the user pool. `ErrorKind::Timeout` if the read times out. If the call fails, the
    /// current settings are kept.
    pub async fn refresh_config(&self) -> Result<()> {
        match &self.inner.config_cache {
            Some(cache) => cache.refresh().await,
            None => Ok(()),
        }
    }

    /// Returns the current settings of the user pool.
    pub fn config(&self) -> Arc<PoolConfig> {
        self.inner.config.current()
    }
}

impl fmt::Debug for Cognito {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cognito")
            .field("config", &self.inner.config.current())
            .finish_non_exhaustive()
    }
}
