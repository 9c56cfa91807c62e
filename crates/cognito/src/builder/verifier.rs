//! The options for the token verifier.

use std::sync::Arc;
use std::time::Duration;

use cognito_core::store::ConfidentialStore;
use cognito_core::{PoolConfig, Result, TokenVerifier};
use cognito_jwt::{CognitoVerifier, CognitoVerifierBuilder, JwksSource};

use super::CognitoBuilder;
use crate::events::Events;

const TOKEN_CACHE: usize = 2048;

type Change = Box<dyn FnOnce(CognitoVerifierBuilder) -> CognitoVerifierBuilder + Send + Sync>;

/// A custom verifier, or the options of the default verifier.
pub(super) struct Verifier {
    custom: Option<Arc<dyn TokenVerifier>>,
    token_cache: usize,
    /// The changes to the default verifier, in the order in which the methods of the builder were
    /// called. They are applied after the settings of the user pool.
    changes: Vec<Change>,
}

impl Default for Verifier {
    fn default() -> Self {
        Self {
            custom: None,
            token_cache: TOKEN_CACHE,
            changes: Vec::new(),
        }
    }
}

impl Verifier {
    pub(super) fn fault(&self) -> Option<&'static str> {
        let is_lost = self.custom.is_some() && !self.changes.is_empty();
        is_lost.then_some(
            "a custom verifier ignores the options of the default verifier: set them on the custom one",
        )
    }
}

/// # Verifying tokens
///
/// These options apply to the default verifier, a [`CognitoVerifier`]. A custom
/// [`verifier`](Self::verifier) ignores [`token_cache`](Self::token_cache). If a custom verifier
/// is combined with any other of these options, [`build`](Self::build) fails with
/// [`Misuse`](crate::ErrorKind::Misuse).
impl CognitoBuilder {
    /// Sets a custom token verifier. Default: a [`CognitoVerifier`] for the configured user pool
    /// and app client.
    pub fn verifier(mut self, verifier: impl TokenVerifier) -> Self {
        self.verifier.custom = Some(Arc::new(verifier));
        self
    }

    /// Sets the maximum number of cached verified tokens. A cache hit skips the signature check.
    /// The expiry, the key, the revocations and all requirements are still checked.
    ///
    /// Default: 2,048, about 10 MB when full. Zero disables the cache.
    pub const fn token_cache(mut self, tokens: usize) -> Self {
        self.verifier.token_cache = tokens;
        self
    }

    /// Sets the allowed clock difference for the expiry and the other times of a token: 0 to 5
    /// minutes. For larger values, [`build`](Self::build) fails. Default: 0.
    pub fn leeway(self, leeway: Duration) -> Self {
        self.configure_verifier(move |verifier| verifier.leeway(leeway))
    }

    /// Accepts tokens of another app client of the user pool, in addition to the configured app
    /// client. May be called several times.
    ///
    /// ```no_run
    /// use cognito::Cognito;
    /// use cognito::config::PoolConfig;
    ///
    /// # async fn example() -> cognito::Result<()> {
    /// // Signs users in with one app client, and accepts the tokens of the mobile app too.
    /// let pool = PoolConfig::new("eu-central-1_aBcDeFgHi".parse()?, "1example23456789".parse()?);
    /// let cognito = Cognito::builder()
    ///     .config(pool)
    ///     .accept_client_id("9example87654321")
    ///     .build()
    ///     .await?;
    /// # drop(cognito); Ok(()) }
    /// ```
    pub fn accept_client_id(self, client_id: impl Into<String>) -> Self {
        let client_id = client_id.into();
        self.configure_verifier(move |verifier| verifier.client_id(client_id))
    }

    /// Rejects tokens of a sign-in that is older than `age`; see
    /// [`CognitoVerifierBuilder::max_age`]. Default: no limit.
    pub fn max_age(self, age: Duration) -> Self {
        self.configure_verifier(move |verifier| verifier.max_age(age))
    }

    /// Accepts tokens that the user pool issued in this replica region; see
    /// [`CognitoVerifierBuilder::replica`]. May be called several times. If `region` is invalid,
    /// [`build`](Self::build) fails. Default: only tokens of the pool's own region.
    pub fn replica(self, region: impl Into<String>) -> Self {
        let region = region.into();
        self.configure_verifier(move |verifier| verifier.replica(region))
    }

    /// Sets the source of the user pool's signing keys. Default: the key endpoint of the pool
    /// ([`HttpJwks`](cognito_jwt::HttpJwks)).
    pub fn jwks_source(self, source: impl JwksSource) -> Self {
        self.configure_verifier(move |verifier| verifier.jwks_source(source))
    }

    /// Changes other options of the default verifier, such as required groups and scopes, or the
    /// lifetime of keys. May be called several times.
    ///
    /// ```no_run
    /// use cognito::Cognito;
    /// use cognito::config::EnvConfigSource;
    ///
    /// # async fn example() -> cognito::Result<()> {
    /// let cognito = Cognito::builder()
    ///     .config_source(EnvConfigSource::new())
    ///     .configure_verifier(|verifier| verifier.require_any_group(["admins", "support"]))
    ///     .build()
    ///     .await?;
    /// # drop(cognito); Ok(()) }
    /// ```
    pub fn configure_verifier(
        mut self,
        change: impl FnOnce(CognitoVerifierBuilder) -> CognitoVerifierBuilder + Send + Sync + 'static,
    ) -> Self {
        self.verifier.changes.push(Box::new(change));
        self
    }

    pub(super) fn token_verifier(
        &mut self,
        pool: &PoolConfig,
        documents: Option<Arc<dyn ConfidentialStore>>,
        events: &Arc<Events>,
    ) -> Result<Arc<dyn TokenVerifier>> {
        let Verifier {
            custom,
            token_cache,
            changes,
        } = std::mem::take(&mut self.verifier);
        if let Some(custom) = custom {
            return Ok(custom);
        }
        let mut verifier = CognitoVerifier::builder(pool.user_pool_id.clone())
            .client_id(pool.client_id.as_str())
            .token_cache(token_cache)
            .clock(Arc::clone(&self.clock))
            .event_sink(Arc::clone(events) as _);
        if let Some(documents) = documents {
            verifier = verifier.document_store(documents);
        }
        // The issuer of an emulator is its endpoint and the pool ID; the keys are below it.
        let emulated = self.endpoint_url.as_deref().filter(|_| self.emulator);
        let emulated = emulated.map(|url| {
            let url = url.trim_end_matches('/');
            format!("{url}/{}", pool.user_pool_id)
        });
        if let Some(issuer) = pool.issuer.as_ref().or(emulated.as_ref()) {
            verifier = verifier.issuer(issuer);
        }
        let emulated = emulated.map(|pool| format!("{pool}/.well-known/jwks.json"));
        if let Some(uri) = pool.jwks_uri.as_ref().or(emulated.as_ref()) {
            verifier = verifier.jwks_uri(uri);
        }
        if self.allow_http {
            verifier = verifier.danger_allow_http();
        }
        for change in changes {
            verifier = change(verifier);
        }
        Ok(Arc::new(verifier.build()?))
    }
}
