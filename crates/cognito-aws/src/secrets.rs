//! The choice between the two secrets that an app client can have.

use std::sync::Arc;

use cognito_core::config::CurrentConfig;
use cognito_core::{ClientSecret, PoolConfig, Result};
use parking_lot::Mutex;

/// The settings, and the client secret that Cognito has rejected last. An app client can have two
/// secrets. Requests use one of them until Cognito rejects it.
pub(crate) struct Secrets {
    config: Arc<dyn CurrentConfig>,
    rejected: Mutex<Option<ClientSecret>>,
}

impl Secrets {
    pub(crate) fn new(config: Arc<dyn CurrentConfig>) -> Self {
        Self {
            config,
            rejected: Mutex::new(None),
        }
    }

    /// Returns the current settings. If Cognito has rejected the client secret, and there is a
    /// previous client secret, the settings contain the previous client secret instead.
    pub(crate) fn current(&self) -> Arc<PoolConfig> {
        let config = self.config.current();
        let rejected = self.rejected.lock();
        let other = config.previous_client_secret.as_ref();
        match (&*rejected, &config.client_secret, other) {
            (Some(rejected), Some(secret), Some(other)) if is_same(rejected, secret) => {
                with_secret(&config, other)
            }
            _ => config,
        }
    }

    /// Creates a [`Turn`] for one request, with the client secret to send first.
    pub(crate) fn turn(&self) -> Turn<'_> {
        Turn {
            secrets: self,
            pool: self.current(),
            tried: Vec::new(),
            has_renewed: false,
        }
    }

    /// Records that Cognito has rejected `secret`. Returns `false` if the last recorded secret is
    /// the same.
    fn reject(&self, secret: &ClientSecret) -> bool {
        let mut rejected = self.rejected.lock();
        let is_new = rejected
            .as_ref()
            .is_none_or(|rejected| !is_same(rejected, secret));
        *rejected = Some(secret.clone());
        is_new
    }
}

/// A request, which is sent once for each secret until Cognito accepts one.
pub(crate) struct Turn<'a> {
    secrets: &'a Secrets,
    pool: Arc<PoolConfig>,
    tried: Vec<ClientSecret>,
    has_renewed: bool,
}

impl Turn<'_> {
    /// Returns the settings, with the client secret to send next.
    pub(crate) const fn pool(&self) -> &Arc<PoolConfig> {
        &self.pool
    }

    /// Returns `true` if the app client has a secret. Only then can a rejected secret be a
    /// reason to send the request again.
    pub(crate) fn can_go_on(&self) -> bool {
        self.pool.client_secret.is_some()
    }

    /// Returns `true` if the request must be sent again, because Cognito has rejected the client
    /// secret and there is another one. If all known secrets are rejected, reads the settings again
    /// first.
    pub(crate) async fn goes_on<T>(&mut self, response: &Result<T>) -> bool {
        let Err(error) = response else {
            return false;
        };
        let secret = self.pool.client_secret.clone();
        let Some(secret) = secret.filter(|_| error.rejects_client_secret()) else {
            return false;
        };
        let is_new = self.secrets.reject(&secret);
        self.tried.push(secret);
        let mut has_other = self.has_other();
        if !has_other && !self.has_renewed {
            self.has_renewed = true;
            self.secrets.config.renew().await;
            has_other = self.has_other();
        }
        if has_other && is_new {
            tracing::warn!("Cognito rejects a client secret; the other one is used");
        }
        has_other
    }

    /// Selects a configured secret that this request has not tried yet. Returns `false` if all have
    /// been tried.
    fn has_other(&mut self) -> bool {
        let config = self.secrets.config.current();
        let secrets = [&config.client_secret, &config.previous_client_secret];
        let mut secrets = secrets.into_iter().flatten();
        let other = secrets.find(|secret| !self.tried.iter().any(|tried| is_same(tried, secret)));
        match other {
            Some(other) => {
                self.pool = with_secret(&config, other);
                true
            }
            None => false,
        }
    }
}

fn with_secret(config: &PoolConfig, secret: &ClientSecret) -> Arc<PoolConfig> {
    Arc::new(config.clone().with_client_secret(secret.clone()))
}

fn is_same(one: &ClientSecret, other: &ClientSecret) -> bool {
    one.expose() == other.expose()
}
