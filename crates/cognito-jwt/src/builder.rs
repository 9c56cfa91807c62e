//! The builder of a [`CognitoVerifier`].

mod policies;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cognito_core::event::NoopEventSink;
use cognito_core::store::ConfidentialStore;
use cognito_core::verifier::MAX_LEEWAY;
use cognito_core::{
    ClientId, Clock, Error, EventSink, InvalidInput, PoolConfig, Region, RevocationList,
    SystemClock, UserPoolId,
};

use crate::check::{Clients, Expectations};
use crate::endpoint;
use crate::error::configuration;
use crate::issuer::{Issuer, Issuers, Pool};
use crate::jwks::cache::{KeyCache, KeySettings};
use crate::jwks::shared::SharedDocuments;
use crate::jwks::source::{self, JwksSource};
use crate::policy::Policies;
use crate::token_cache::TokenCache;
use crate::verifier::CognitoVerifier;

/// A builder for a [`CognitoVerifier`].
///
/// Set at least one [`client_id`](Self::client_id). [`build`](Self::build) reports invalid values.
#[must_use = "a builder does nothing until it is built"]
pub struct CognitoVerifierBuilder {
    pool: UserPoolId,
    clients: BTreeSet<ClientId>,
    any_client: bool,
    invalid: Option<InvalidInput>,
    issuer: Option<String>,
    jwks_uri: Option<String>,
    leeway: Duration,
    policies: Policies,
    refresh_every: Duration,
    max_stale: Duration,
    clock: Arc<dyn Clock>,
    events: Arc<dyn EventSink>,
    source: Option<Arc<dyn JwksSource>>,
    documents: Option<Arc<dyn ConfidentialStore>>,
    revocations: Option<Arc<dyn RevocationList>>,
    replicas: Vec<Region>,
    token_cache: usize,
    allow_http: bool,
}

impl CognitoVerifierBuilder {
    pub(crate) fn new(pool: UserPoolId) -> Self {
        Self {
            pool,
            clients: BTreeSet::new(),
            any_client: false,
            invalid: None,
            issuer: None,
            jwks_uri: None,
            leeway: Duration::ZERO,
            policies: Policies::default(),
            refresh_every: Duration::from_secs(10 * 60),
            max_stale: Duration::from_secs(24 * 60 * 60),
            clock: Arc::new(SystemClock::new()),
            events: Arc::new(NoopEventSink::new()),
            source: None,
            documents: None,
            revocations: None,
            replicas: Vec::new(),
            token_cache: 0,
            allow_http: false,
        }
    }

    /// Accepts tokens that were issued to this app client. May be called several times.
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

    /// Accepts tokens that were issued to any app client of the pool.
    ///
    /// # Security
    ///
    /// Tokens that were issued to other applications are then accepted too (RFC 8725 section 3.9).
    /// Check `client_id` or `aud` of the claims yourself.
    pub fn danger_any_client(mut self) -> Self {
        self.any_client = true;
        self
    }

    /// Sets the `iss` of the tokens, compared byte for byte. Needed for emulators and for pools
    /// with a custom issuer.
    ///
    /// Default: both issuer formats of AWS; see [`issuers`](CognitoVerifier::issuers).
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Accepts tokens that the pool issued in this replica region. May be called several times.
    ///
    /// A replicated pool with the *original* issuer format needs this: its `iss` contains the
    /// region where the user signed in (developer guide, "Multi-Region replication"). A pool with
    /// the *updated* format does not need it.
    pub fn replica(mut self, region: impl AsRef<str>) -> Self {
        match Region::new(region.as_ref()) {
            Ok(region) => self.replicas.push(region),
            Err(invalid) => {
                self.invalid.get_or_insert(invalid);
            }
        }
        self
    }

    /// Accepts an issuer and a key endpoint with plain `http` on any host, for an emulator in
    /// another container. Default: `http` is accepted on loopback hosts only.
    ///
    /// # Security
    ///
    /// Anyone on the network path can then replace the keys and forge tokens. Never use it in
    /// production. It does not affect a [`jwks_source`](Self::jwks_source): a custom source decides
    /// which URLs it fetches.
    pub const fn danger_allow_http(mut self) -> Self {
        self.allow_http = true;
        self
    }

    /// Sets the URL of the keys. Default: `.well-known/jwks.json` below the issuer.
    pub fn jwks_uri(mut self, uri: impl Into<String>) -> Self {
        self.jwks_uri = Some(uri.into());
        self
    }

    /// Sets the allowed difference between the pool's clock and ours when `exp`, `nbf` and
    /// `auth_time` are checked.
    ///
    /// Default: zero. Maximum: [`MAX_LEEWAY`], five minutes. Fractions of a second are dropped. A
    /// revocation list must keep each entry for this time after the token's `exp`.
    /// [`CognitoVerifier::leeway`] returns the leeway.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Sets the maximum age of the keys before they are renewed. Default: 10 minutes.
    ///
    /// The renewal starts at 80 to 90 % of this age, in the background, and no call waits for it.
    /// In a Tokio runtime with time enabled (feature `http`), a task starts the renewal. Otherwise
    /// the first asynchronous call after this age fetches the keys and waits.
    pub fn refresh_every(mut self, age: Duration) -> Self {
        self.refresh_every = age;
        self
    }

    /// Sets the age at which keys expire if they cannot be renewed. Default: 24 hours.
    pub fn max_stale(mut self, age: Duration) -> Self {
        self.max_stale = age;
        self
    }

    /// Sets the clock. Default: the operating system's clock.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sets a list of revoked tokens. Default: none, so no token counts as revoked.
    ///
    /// A token on the list is rejected with [`Reason::Revoked`](crate::Reason::Revoked). Without a
    /// list, a verifier does not learn of revocations at Cognito, because it works offline. If the
    /// list reports that it is stale, verification fails with
    /// [`Reason::RevocationsUnavailable`](crate::Reason::RevocationsUnavailable).
    pub fn revocation_list(mut self, list: impl RevocationList) -> Self {
        self.revocations = Some(Arc::new(list));
        self
    }

    /// Caches about this many verified tokens. A cache hit skips the signature check and costs
    /// about 1 % of a verification. Default: no cache.
    ///
    /// The whole token string is the cache key. Each hit checks everything that may have changed:
    /// whether the key is still trusted, the times, revocation, and your requirements. Entries of
    /// up to 4 KiB and their claims stay in memory until they are replaced. Longer tokens are not
    /// cached.
    pub fn token_cache(mut self, tokens: usize) -> Self {
        self.token_cache = tokens;
        self
    }

    /// Sets the source of the keys. Default: HTTPS.
    ///
    /// Documents of a [`StaticJwks`](crate::StaticJwks), a [`FileJwks`](crate::FileJwks) or a
    /// custom source are not shared through a [`document_store`](Self::document_store), unless the
    /// source [allows that](JwksSource::may_be_shared).
    pub fn jwks_source(mut self, source: impl JwksSource) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    /// Shares the JWKS documents among instances. Default: each instance fetches for itself.
    ///
    /// One instance fetches a document and the others read it. An instance that starts while the
    /// endpoint is unavailable uses the shared documents. A shared document is validated like a
    /// fetched one. For [`refresh_every`](Self::refresh_every) and [`max_stale`](Self::max_stale),
    /// its age counts from the fetch.
    ///
    /// For an unknown key id the verifier always fetches the document from the endpoint. If the
    /// store fails, the endpoint is used and a warning is logged. The store must have a deadline,
    /// like a [source](JwksSource).
    ///
    /// Only documents that are fetched over HTTPS or that a source
    /// [allows](JwksSource::may_be_shared) are shared. A verifier with a `StaticJwks`, a `FileJwks`
    /// or another custom source neither shares its keys nor uses shared ones.
    ///
    /// # Security
    ///
    /// An attacker who can write shared documents can forge tokens. Therefore only a
    /// [`ConfidentialStore`] is accepted.
    pub fn document_store(mut self, store: impl ConfidentialStore) -> Self {
        self.documents = Some(Arc::new(store));
        self
    }

    /// Sets the receiver of events about fetched keys. Default: none.
    pub fn event_sink(mut self, events: Arc<dyn EventSink>) -> Self {
        self.events = events;
        self
    }

    /// Creates the verifier. Fetches nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`](cognito_core::ErrorKind::Configuration) in these cases:
    ///
    /// - no client id is set, or one is invalid;
    /// - a replica is not a valid region;
    /// - a URL is neither `https` nor on a loopback host;
    /// - the leeway is more than five minutes;
    /// - a list of requirements, or a name in it, is empty;
    /// - the maximum age of a sign-in is zero;
    /// - [`max_stale`](Self::max_stale) is too short for a renewal;
    /// - the pool id has no AWS region (`local_…`), and no [`issuer`](Self::issuer) is set;
    /// - there is no key source.
    pub fn build(self) -> Result<CognitoVerifier, Error> {
        build([self])
    }

    /// Creates the issuers of the pool. If the pool has no key source, it uses `shared`, which is
    /// created on first use.
    fn issuers(self, shared: &mut Option<Arc<dyn JwksSource>>) -> Result<Vec<Issuer>, Error> {
        let clients = self.clients()?;
        self.check()?;
        let addresses = self.addresses()?;
        let source = match (&self.source, &shared) {
            // A source that allows `http` is not shared with pools that do not allow it.
            (None, _) if self.allow_http => source::default(true)?,
            (Some(source), _) | (None, Some(source)) => Arc::clone(source),
            (None, None) => Arc::clone(shared.insert(source::default(false)?)),
        };
        let pool = Arc::new(Pool {
            expected: Expectations {
                clients,
                leeway: self.leeway.as_secs(),
                policies: self.policies,
            },
            clock: self.clock,
            revocations: self.revocations,
        });
        let documents = self.documents.filter(|_| source.may_be_shared());
        let shared = documents.map(|store| SharedDocuments::new(store, Arc::clone(&pool.clock)));
        let may_be_unused = addresses.len() > 1;
        let issuer = |(iss, uri): (String, String)| Issuer {
            keys: KeyCache::new(KeySettings {
                uri,
                source: Arc::clone(&source),
                clock: Arc::clone(&pool.clock),
                events: Arc::clone(&self.events),
                refresh_every: self.refresh_every,
                max_stale: self.max_stale,
                shared: shared.clone(),
            }),
            iss: iss.into_boxed_str(),
            pool: Arc::clone(&pool),
            may_be_unused,
        };
        Ok(addresses.into_iter().map(issuer).collect())
    }

    fn check(&self) -> Result<(), Error> {
        if self.leeway > MAX_LEEWAY {
            return Err(configuration("the leeway must be at most 5 minutes"));
        }
        if let Some(fault) = self.policies.fault() {
            return Err(configuration(fault));
        }
        if self.refresh_every.is_zero() || self.refresh_every > self.max_stale {
            return Err(configuration(
                "`refresh_every` must be more than zero and at most `max_stale`",
            ));
        }
        Ok(())
    }

    /// Returns each accepted `iss` with its key URL.
    fn addresses(&self) -> Result<Vec<(String, String)>, Error> {
        let issuers = match (&self.issuer, &self.jwks_uri) {
            (Some(issuer), _) => vec![issuer.clone()],
            // If a key URL is configured, all keys belong to one issuer.
            (None, Some(_)) => endpoint::issuers(&self.pool, &[])
                .drain(..)
                .take(1)
                .collect(),
            (None, None) => endpoint::issuers(&self.pool, &self.replicas),
        };
        if issuers.is_empty() {
            return Err(configuration(
                "the issuer of an emulator's pool is not known: set it with `issuer` or `PoolConfig::with_issuer`",
            ));
        }
        let mut addresses = Vec::new();
        for iss in issuers {
            if !endpoint::is_acceptable(&iss, self.allow_http) {
                return Err(configuration(
                    "the issuer must be https, without query (http only for loopback hosts; for an \
                     emulator in another container, see danger_allow_http)",
                ));
            }
            let uri = self.jwks_uri.clone();
            let uri = uri.unwrap_or_else(|| endpoint::jwks_uri(&iss));
            if !endpoint::is_acceptable(&uri, self.allow_http) {
                return Err(configuration(
                    "the JWKS URI must be https, without query (http only for loopback hosts; for an \
                     emulator in another container, see danger_allow_http)",
                ));
            }
            addresses.push((iss, uri));
        }
        Ok(addresses)
    }

    fn clients(&self) -> Result<Clients, Error> {
        if let Some(invalid) = &self.invalid {
            return Err(configuration(invalid.to_string()));
        }
        match (self.any_client, self.clients.is_empty()) {
            (true, true) => Ok(Clients::Any),
            (false, false) => Ok(Clients::OneOf(self.clients.clone())),
            (true, false) => Err(configuration(
                "both `client_id` and `danger_any_client` are set: remove one of them",
            )),
            (false, true) => Err(configuration(
                "no client id is set: call `client_id`, or `danger_any_client` to accept tokens of every app client",
            )),
        }
    }
}

/// Creates a verifier for these pools.
pub(crate) fn build(
    pools: impl IntoIterator<Item = CognitoVerifierBuilder>,
) -> Result<CognitoVerifier, Error> {
    let mut issuers = Vec::new();
    let mut source = None;
    let mut tokens = 0;
    for pool in pools {
        tokens = tokens.max(pool.token_cache);
        issuers.extend(pool.issuers(&mut source)?);
    }
    if issuers.is_empty() {
        return Err(configuration("no user pool is set: name at least one"));
    }
    let issuers = Issuers::new(issuers)
        .ok_or_else(|| configuration("two pools have the same issuer: add each pool once"))?;
    let tokens = (tokens > 0).then(|| TokenCache::new(tokens));
    Ok(CognitoVerifier::new(issuers, tokens))
}

/// Applies the settings of a pool; see [`PoolConfig`].
impl From<&PoolConfig> for CognitoVerifierBuilder {
    fn from(config: &PoolConfig) -> Self {
        let mut builder = Self::new(config.user_pool_id.clone()).client_id(&config.client_id);
        builder.issuer.clone_from(&config.issuer);
        builder.jwks_uri.clone_from(&config.jwks_uri);
        builder
    }
}

impl fmt::Debug for CognitoVerifierBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CognitoVerifierBuilder")
            .field("pool", &self.pool)
            .field("clients", &self.clients)
            .field("any_client", &self.any_client)
            .field("issuer", &self.issuer)
            .field("jwks_uri", &self.jwks_uri)
            .field("policies", &self.policies)
            .finish_non_exhaustive()
    }
}
