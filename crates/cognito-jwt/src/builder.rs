//! The builder of a [`CognitoVerifier`].

mod policies;

use std::collections::BTreeSet;
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
use crate::error::{configuration, keep_first_error};
use crate::issuer::{Issuer, Issuers, Pool};
use crate::jwks::cache::{KeyCache, KeySettings};
use crate::jwks::shared::SharedDocuments;
use crate::jwks::source::{self, JwksSource};
use crate::policy::Policies;
use crate::token_cache::TokenCache;
use crate::verifier::CognitoVerifier;

/// A builder for a [`CognitoVerifier`].
///
/// At least one [`client_id`](Self::client_id), or [`danger_any_client`](Self::danger_any_client),
/// is required. If a value is invalid, [`build`](Self::build) returns an error.
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

    /// Accepts tokens that were issued to this app client. Call it once for each client.
    pub fn client_id(mut self, client_id: impl AsRef<str>) -> Self {
        let client_id = ClientId::new(client_id.as_ref());
        self.clients
            .extend(keep_first_error(client_id, &mut self.invalid));
        self
    }

    /// Accepts tokens that were issued to any app client of the pool.
    ///
    /// # Security
    ///
    /// Tokens that were issued to other applications are also accepted (RFC 8725 section 3.9). The
    /// application must check `client_id` (access token) or `aud` (ID token) itself.
    pub fn danger_any_client(mut self) -> Self {
        self.any_client = true;
        self
    }

    /// Accepts tokens that the pool issued in this replica region. Call it once for each region.
    ///
    /// Use it for a pool with replicas and the *original* issuer format. The `iss` of its tokens
    /// contains the region where the user signed in (developer guide, "Multi-Region replication").
    /// A pool with the *updated* format has the same `iss` in all regions, and needs no call.
    ///
    /// The setting has no effect if [`issuer`](Self::issuer) or [`jwks_uri`](Self::jwks_uri) is
    /// set.
    pub fn replica(mut self, region: impl AsRef<str>) -> Self {
        let region = Region::new(region.as_ref());
        self.replicas
            .extend(keep_first_error(region, &mut self.invalid));
        self
    }

    /// Accepts an issuer and a key URL with plain `http` on any host. Use it for an emulator in
    /// another container. Default: `http` is accepted on loopback hosts only.
    ///
    /// # Security
    ///
    /// An attacker on the network path can replace the keys and forge tokens. Never use this
    /// setting in production. A custom [`jwks_source`](Self::jwks_source) must allow `http` itself.
    pub const fn danger_allow_http(mut self) -> Self {
        self.allow_http = true;
        self
    }

    cognito_core::setters! {
        /// Sets the only accepted value of `iss`. It is compared byte for byte. Set it for an
        /// emulator, and for a pool with a custom issuer.
        ///
        /// Default: the issuers of the pool in both formats of AWS. [`CognitoVerifier::issuers`]
        /// returns the accepted values.
        pub fn issuer(issuer: impl Into<String>) { issuer = Some(issuer.into()) }

        /// Sets the URL of the JWKS, the key set of the issuer. Default: the issuer followed by
        /// `/.well-known/jwks.json`.
        ///
        /// If this URL is set without an [`issuer`](Self::issuer), the verifier accepts only the
        /// issuer in AWS's original format, with the region of the pool id.
        pub fn jwks_uri(uri: impl Into<String>) { jwks_uri = Some(uri.into()) }

        /// Sets the allowed difference between the clock of Cognito and the [`clock`](Self::clock)
        /// of the verifier. It applies to `exp`, to `nbf` and to [`max_age`](Self::max_age).
        ///
        /// Default: zero. Maximum: [`MAX_LEEWAY`], five minutes; with a longer time, `build`
        /// fails. Fractions of a second are ignored.
        ///
        /// A token can be accepted until its `exp` plus this time. A revocation list must keep the
        /// entry of the token until then. [`CognitoVerifier::leeway`] returns the value.
        pub fn leeway(leeway: Duration) { leeway = leeway }

        /// Sets the age at which the keys are renewed. Default: 10 minutes. If the age is zero or
        /// longer than [`max_stale`](Self::max_stale), `build` fails.
        ///
        /// In a Tokio runtime with time enabled (feature `http`), a task renews the keys in the
        /// background, at 80 to 90 % of this age. Verification then does not wait. Without such a
        /// runtime, the first asynchronous call after this age fetches the keys and waits.
        pub fn refresh_every(age: Duration) { refresh_every = age }

        /// Sets the age at which keys expire if they could not be renewed. Default: 24 hours. If
        /// the age is shorter than `refresh_every`, `build` fails.
        pub fn max_stale(age: Duration) { max_stale = age }

        /// Sets the clock for the times of tokens and for the age of keys. Default: the clock of
        /// the operating system.
        pub fn clock(clock: impl Clock) { clock = Arc::new(clock) }

        /// Sets the list of revoked tokens. Default: none. Verification sends no request to
        /// Cognito. Without a list, a token that was revoked at Cognito is therefore accepted until
        /// it expires.
        ///
        /// A token on the list is rejected with [`Reason::Revoked`](crate::Reason::Revoked). If the
        /// list is stale, verification fails with
        /// [`Reason::RevocationsUnavailable`](crate::Reason::RevocationsUnavailable).
        pub fn revocation_list(list: impl RevocationList) { revocations = Some(Arc::new(list)) }

        /// Sets the size of the cache of verified tokens. The number of tokens is rounded up to a
        /// power of two, at least 4. Default: 0, no cache.
        ///
        /// A cache hit skips the signature check and costs about 1 % of a verification. The whole
        /// token is the cache key. At each hit, the verifier checks again everything that may have
        /// changed: whether the key is still trusted, the expiry, the revocation list and the
        /// additional requirements.
        ///
        /// Tokens of more than 4 KiB are not cached. A cached token and its claims stay in memory
        /// until another token replaces them.
        pub fn token_cache(tokens: usize) { token_cache = tokens }

        /// Sets the source of the JWKS documents. Default: `HttpJwks`, which fetches over HTTPS and
        /// requires the feature `http`.
        ///
        /// Instances share the JWKS of a custom source through a
        /// [`document_store`](Self::document_store) only if [`JwksSource::may_be_shared`] returns
        /// `true`. For [`StaticJwks`](crate::StaticJwks) and [`FileJwks`](crate::FileJwks), it
        /// returns `false`.
        pub fn jwks_source(source: impl JwksSource) { source = Some(Arc::new(source)) }

        /// Sets a store through which the instances of a service share JWKS documents. Default:
        /// none, so each instance fetches each JWKS itself.
        ///
        /// One instance fetches a JWKS, and the other instances read it from the store. An instance
        /// that starts while the key URL is unavailable uses the shared JWKS. A shared JWKS is
        /// validated like a fetched JWKS. For [`refresh_every`](Self::refresh_every) and
        /// [`max_stale`](Self::max_stale), its age is the time since an instance fetched it.
        ///
        /// For an unknown key id, the verifier always fetches the JWKS from the source. If the
        /// store fails, the verifier uses the source and logs a warning. Like a
        /// [source](JwksSource), the store must have a deadline.
        ///
        /// The store is used only if the source is the default source, or a custom source for which
        /// [`JwksSource::may_be_shared`] returns `true`.
        ///
        /// # Security
        ///
        /// An attacker who can write a shared JWKS can forge tokens. The store must therefore be a
        /// [`ConfidentialStore`], which encrypts and authenticates its entries.
        pub fn document_store(store: impl ConfidentialStore) { documents = Some(Arc::new(store)) }

        /// Sets the sink for events. It receives an event each time keys are loaded from the source
        /// or the shared store, each time that fails, and each time a guard of `cognito-tower`
        /// rejects a request. If several pools are combined, the sink of the first pool receives
        /// the events of guards. Default: events are dropped.
        pub fn event_sink(events: Arc<dyn EventSink>) { events = events }
    }

    /// Creates the verifier. No keys are fetched before [`hydrate`](CognitoVerifier::hydrate) or
    /// the first token.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`](cognito_core::ErrorKind::Configuration) in these cases:
    ///
    /// - no client id is set, or one is invalid;
    /// - both [`client_id`](Self::client_id) and [`danger_any_client`](Self::danger_any_client) are
    ///   set;
    /// - a replica is not a valid region;
    /// - the issuer or the key URL is not `https` (`http` is accepted on loopback hosts, and on all
    ///   hosts with [`danger_allow_http`](Self::danger_allow_http)), or it has a user name, a
    ///   query, a fragment, or a character that is invalid in a URL;
    /// - the leeway is more than five minutes;
    /// - a list of required groups, scopes or methods is empty, or one of their names is empty;
    /// - a required scope contains white space, or the expected audience is empty;
    /// - the maximum age of a sign-in is less than one second, or the minimum level is 0;
    /// - [`refresh_every`](Self::refresh_every) is zero or longer than
    ///   [`max_stale`](Self::max_stale);
    /// - the pool id has no AWS region (`local_…`), and no [`issuer`](Self::issuer) is set;
    /// - no [`jwks_source`](Self::jwks_source) is set, and the crate is built without the feature
    ///   `http`.
    pub fn build(self) -> Result<CognitoVerifier, Error> {
        build([self])
    }

    /// Creates the issuers that are accepted for the pool. The issuers use the key source of the
    /// builder. If the builder has none, they use the default source in `shared`, which is created
    /// if it is missing. With `allow_http`, a separate default source is created, because a pool
    /// that does not allow `http` must not use it.
    fn issuers(self, shared: &mut Option<Arc<dyn JwksSource>>) -> Result<Vec<Issuer>, Error> {
        let clients = self.clients()?;
        self.check()?;
        let addresses = self.addresses()?;
        let source = match (&self.source, &shared) {
            // A source that allows `http` must not be used for pools that do not allow it.
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
            return Err(configuration("`leeway` must be at most 5 minutes"));
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

    /// Returns each issuer of the pool (a value of `iss` that the verifier accepts) with its key
    /// URL. Fails if there is no issuer, or if [`endpoint::is_acceptable`] rejects an issuer or a
    /// key URL.
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

/// Creates a verifier for all of the pools. Pools without a configured key source share one default
/// source. A pool that allows `http` has its own source, because the other pools must not fetch
/// keys over `http`.
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
        return Err(configuration(
            "no user pool is set: pass at least one builder to `any_of`",
        ));
    }
    let issuers = Issuers::new(issuers)
        .ok_or_else(|| configuration("two pools have the same issuer: add each pool once"))?;
    let tokens = (tokens > 0).then(|| TokenCache::new(tokens));
    Ok(CognitoVerifier::new(issuers, tokens))
}

/// Creates a builder with the pool, the app client, the issuer and the key URL of the
/// configuration.
impl From<&PoolConfig> for CognitoVerifierBuilder {
    fn from(config: &PoolConfig) -> Self {
        let mut builder = Self::new(config.user_pool_id.clone()).client_id(&config.client_id);
        builder.issuer.clone_from(&config.issuer);
        builder.jwks_uri.clone_from(&config.jwks_uri);
        builder
    }
}

cognito_core::impl_debug!(CognitoVerifierBuilder {
    pool,
    clients,
    any_client,
    issuer,
    jwks_uri,
    policies,
});
