//! The builder of an [`AlbVerifier`].

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cognito_core::verifier::MAX_LEEWAY;
use cognito_core::{ClientId, Clock, Error, InvalidInput, SystemClock, UserPoolId};

use crate::alb::AlbVerifier;
use crate::alb::arn::LoadBalancer;
use crate::alb::check::{Expectations, Signer};
use crate::alb::keys::cache::KeyCache;
use crate::endpoint;
use crate::error::configuration;
use crate::jwks::source::{self, JwksSource};

/// A builder for an [`AlbVerifier`].
///
/// Set at least one [`load_balancer`](Self::load_balancer) and one [`client_id`](Self::client_id).
/// [`build`](Self::build) reports invalid values.
#[must_use = "a builder does nothing until it is built"]
pub struct AlbVerifierBuilder {
    pool: UserPoolId,
    load_balancers: Vec<LoadBalancer>,
    clients: BTreeSet<ClientId>,
    invalid: Option<InvalidInput>,
    issuer: Option<String>,
    key_uri: Option<String>,
    leeway: Duration,
    clock: Arc<dyn Clock>,
    source: Option<Arc<dyn JwksSource>>,
}

impl AlbVerifierBuilder {
    pub(super) fn new(pool: UserPoolId) -> Self {
        Self {
            pool,
            load_balancers: Vec::new(),
            clients: BTreeSet::new(),
            invalid: None,
            issuer: None,
            key_uri: None,
            leeway: Duration::ZERO,
            clock: Arc::new(SystemClock::new()),
            source: None,
        }
    }

    /// Accepts tokens that this load balancer signed, named by its ARN. May be called several
    /// times.
    ///
    /// The URL of the load balancer's keys is derived from the region in the ARN.
    pub fn load_balancer(mut self, arn: impl AsRef<str>) -> Self {
        match LoadBalancer::parse(arn.as_ref()) {
            Ok(load_balancer) => self.load_balancers.push(load_balancer),
            Err(invalid) => {
                self.invalid.get_or_insert(invalid);
            }
        }
        self
    }

    /// Accepts tokens of users who signed in through this app client. May be called several times.
    pub fn client_id(mut self, client_id: impl AsRef<str>) -> Self {
        match ClientId::new(client_id.as_ref()) {
            Ok(client_id) => {
                self.clients.insert(client_id);
            }
            Err(invalid) => {
                self.invalid.get_or_insert(invalid);
            }
        }
        self
    }

    /// Sets the `iss` of the tokens, compared byte for byte. Default: the issuers of AWS for the
    /// pool. Needed for emulators and for pools with a custom issuer.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Sets the base URL of the keys. A slash and the key's id are added to it. Default: the URL
    /// that AWS documents for the load balancer's region.
    ///
    /// It must be set in partitions without a documented URL, such as `aws-eusc`.
    pub fn key_uri(mut self, uri: impl Into<String>) -> Self {
        self.key_uri = Some(uri.into());
        self
    }

    /// Sets the allowed difference between the load balancer's clock and ours. Default: zero.
    /// Maximum: five minutes. Fractions of a second are dropped.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Sets the clock. Default: the operating system's clock.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sets the source of the keys. Default: HTTPS.
    ///
    /// The source receives the URL of one key and must return that key in PEM.
    pub fn key_source(mut self, source: impl JwksSource) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    /// Creates the verifier. Fetches nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`](cognito_core::ErrorKind::Configuration) in these cases:
    ///
    /// - no load balancer or client id is set, or one is invalid;
    /// - a load balancer is in China, where there are no user pools;
    /// - a load balancer is in a partition without a documented key URL, and no
    ///   [`key_uri`](Self::key_uri) is set;
    /// - a URL is neither `https` nor on a loopback host;
    /// - the leeway is more than five minutes;
    /// - the pool is an emulator's, and no [`issuer`](Self::issuer) is set;
    /// - there is no key source.
    pub fn build(self) -> Result<AlbVerifier, Error> {
        if let Some(invalid) = &self.invalid {
            return Err(configuration(invalid.to_string()));
        }
        if self.load_balancers.is_empty() {
            return Err(configuration(
                "no load balancer is set: call `load_balancer` with its ARN",
            ));
        }
        if self.clients.is_empty() {
            return Err(configuration("no client id is set: call `client_id`"));
        }
        if self.leeway > MAX_LEEWAY {
            return Err(configuration("the leeway must be at most 5 minutes"));
        }
        let expectations = Expectations {
            issuers: self.expected_issuers()?,
            signers: self.signers()?,
            clients: self.clients,
            leeway: self.leeway.as_secs(),
        };
        let source = self.source.map_or_else(|| source::default(false), Ok)?;
        let keys = KeyCache::new(source, Arc::clone(&self.clock));
        Ok(AlbVerifier::new(expectations, self.clock, keys))
    }

    /// Returns the configured issuer. If none is configured, returns AWS's issuers of the pool.
    fn expected_issuers(&self) -> Result<Vec<String>, Error> {
        let issuers = match &self.issuer {
            Some(issuer) => vec![issuer.clone()],
            None => endpoint::issuers(&self.pool, &[]),
        };
        if issuers.is_empty() {
            return Err(configuration(
                "the issuer of an emulator's pool is not known: set it with `issuer`",
            ));
        }
        if !issuers
            .iter()
            .all(|issuer| endpoint::is_acceptable(issuer, false))
        {
            return Err(configuration(
                "the issuer must be https (http only for loopback hosts), without query",
            ));
        }
        Ok(issuers)
    }

    fn signers(&self) -> Result<Vec<Signer>, Error> {
        let named = self.key_uri.as_deref().map(|uri| uri.trim_end_matches('/'));
        if !named.is_none_or(|named| endpoint::is_acceptable(named, false)) {
            return Err(configuration(
                "the key URI must be https (http only for loopback hosts), without query",
            ));
        }
        let signer = |load_balancer: &LoadBalancer| {
            let key_uri = named.or(load_balancer.key_uri.as_deref());
            let key_uri = key_uri.ok_or_else(|| {
                configuration(
                    "the key URI of the load balancer's partition is not known: set it with `key_uri`",
                )
            })?;
            Ok(Signer {
                arn: load_balancer.arn.clone(),
                key_uri: key_uri.into(),
            })
        };
        self.load_balancers.iter().map(signer).collect()
    }
}

impl fmt::Debug for AlbVerifierBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AlbVerifierBuilder")
            .field("pool", &self.pool)
            .field("load_balancers", &self.load_balancers)
            .field("clients", &self.clients)
            .field("issuer", &self.issuer)
            .field("key_uri", &self.key_uri)
            .finish_non_exhaustive()
    }
}
