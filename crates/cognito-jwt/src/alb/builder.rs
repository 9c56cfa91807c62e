//! The builder of an [`AlbVerifier`].

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use cognito_core::verifier::MAX_LEEWAY;
use cognito_core::{ClientId, Clock, Error, InvalidInput, SystemClock, UserPoolId};

use crate::alb::AlbVerifier;
use crate::alb::arn::LoadBalancer;
use crate::alb::check::{Expectations, Signer};
use crate::alb::keys::cache::KeyCache;
use crate::endpoint;
use crate::error::{configuration, keep_first_error};
use crate::jwks::source::{self, JwksSource};

/// A builder for an [`AlbVerifier`].
///
/// At least one [`load_balancer`](Self::load_balancer) and one [`client_id`](Self::client_id) are
/// required. If a value is invalid, [`build`](Self::build) returns an error.
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

    /// Accepts tokens that the load balancer with this ARN signed. Call it once for each load
    /// balancer.
    ///
    /// If [`key_uri`](Self::key_uri) is not set, the URL of the keys is derived from the partition
    /// and region in the ARN.
    pub fn load_balancer(mut self, arn: impl AsRef<str>) -> Self {
        let load_balancer = LoadBalancer::parse(arn.as_ref());
        self.load_balancers
            .extend(keep_first_error(load_balancer, &mut self.invalid));
        self
    }

    /// Accepts tokens of users who signed in through this app client. Call it once for each client.
    pub fn client_id(mut self, client_id: impl AsRef<str>) -> Self {
        let client_id = ClientId::new(client_id.as_ref());
        self.clients
            .extend(keep_first_error(client_id, &mut self.invalid));
        self
    }

    cognito_core::setters! {
        /// Sets the only accepted value of `iss`. It is compared byte for byte. Set it for an
        /// emulator, and for a pool with a custom issuer. Default: the issuers of the pool in both
        /// formats of AWS.
        pub fn issuer(issuer: impl Into<String>) { issuer = Some(issuer.into()) }

        /// Sets the base URL of the keys of all load balancers. The URL of a key is the base URL, a
        /// slash and the key id. Default: the URL that AWS documents for the region of the load
        /// balancer.
        ///
        /// This setting is required if a load balancer is in a partition without a documented URL,
        /// such as `aws-eusc`.
        pub fn key_uri(uri: impl Into<String>) { key_uri = Some(uri.into()) }

        /// Sets the allowed difference between the clock of the load balancer and the
        /// [`clock`](Self::clock) of the verifier. It applies to `exp` and `nbf`. Default: zero.
        /// Maximum: five minutes; with a longer time, `build` fails. Fractions of a second are
        /// ignored.
        pub fn leeway(leeway: Duration) { leeway = leeway }

        /// Sets the clock for the expiry of tokens and for the age of cached keys. Default: the
        /// clock of the operating system.
        pub fn clock(clock: impl Clock) { clock = Arc::new(clock) }

        /// Sets the source that fetches keys. Default: `HttpJwks`, which fetches over HTTPS and
        /// requires the feature `http`.
        ///
        /// The source is called with the URL of one key, and must return this key in PEM.
        pub fn key_source(source: impl JwksSource) { source = Some(Arc::new(source)) }
    }

    /// Creates the verifier. No key is fetched before the first token.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`](cognito_core::ErrorKind::Configuration) in these cases:
    ///
    /// - no load balancer or client id is set, or one is invalid;
    /// - a load balancer is in China, where there are no user pools;
    /// - a load balancer is in a partition without a documented key URL, and no
    ///   [`key_uri`](Self::key_uri) is set;
    /// - the issuer or the key URL is not `https` (`http` is accepted on loopback hosts), or it has
    ///   a user name, a query, a fragment, or a character that is invalid in a URL;
    /// - the leeway is more than five minutes;
    /// - the pool id has no AWS region (`local_…`), and no [`issuer`](Self::issuer) is set;
    /// - no [`key_source`](Self::key_source) is set, and the crate is built without the feature
    ///   `http`.
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
            return Err(configuration("`leeway` must be at most 5 minutes"));
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

    /// Returns the configured issuer. If none is configured, returns the issuers of the pool in
    /// both formats of AWS. Fails if there is no issuer, or if [`endpoint::is_acceptable`] rejects
    /// an issuer.
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

cognito_core::impl_debug!(AlbVerifierBuilder {
    pool,
    load_balancers,
    clients,
    issuer,
    key_uri,
});
