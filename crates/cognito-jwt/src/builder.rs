//! How a verifier is set up.

mod policies;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cognito_core::{
    ClientId, Clock, Error, ErrorKind, EventSink, InvalidInput, NoopEventSink, PoolConfig,
    SystemClock, UserPoolId,
};

use crate::check::{Clients, Expectations};
use crate::endpoint;
use crate::jwks::cache::KeyCache;
use crate::jwks::source::JwksSource;
use crate::policy::Policies;
use crate::verifier::CognitoVerifier;

/// The most that [`leeway`](CognitoVerifierBuilder::leeway) may be.
const MAX_LEEWAY: Duration = Duration::from_secs(5 * 60);

/// Sets up a [`CognitoVerifier`].
///
/// At least one [`client_id`](Self::client_id) is needed. Text that is no good is held until
/// [`build`](Self::build), which names it.
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
        }
    }

    /// Accepts tokens that were issued to this app client. May be called several times.
    #[must_use]
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
    /// A token that some other application obtained for its own use is then as good as one of
    /// yours (RFC 8725 section 3.9). Check `client_id` or `aud` of the claims yourself.
    #[must_use]
    pub fn danger_any_client(mut self) -> Self {
        self.any_client = true;
        self
    }

    /// The `iss` of the tokens, when it is not AWS's own: for emulators, and for pools with an
    /// issuer of their own. Compared byte for byte.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Where the keys are served, when it is not `.well-known/jwks.json` below the issuer.
    #[must_use]
    pub fn jwks_uri(mut self, uri: impl Into<String>) -> Self {
        self.jwks_uri = Some(uri.into());
        self
    }

    /// How far the pool's clock and this one may be apart when times are checked. Zero
    /// by default, five minutes at most; fractions of a second are dropped.
    #[must_use]
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// How old the keys may get before they are renewed in the background. Ten minutes by default.
    #[must_use]
    pub fn refresh_every(mut self, age: Duration) -> Self {
        self.refresh_every = age;
        self
    }

    /// How old the keys may get before they are not trusted any more, when they cannot be renewed.
    /// 24 hours by default.
    #[must_use]
    pub fn max_stale(mut self, age: Duration) -> Self {
        self.max_stale = age;
        self
    }

    /// Where the time comes from. The operating system by default.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Where the keys come from. Over HTTPS by default.
    #[must_use]
    pub fn jwks_source(mut self, source: impl JwksSource) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    /// Who is told when the keys were fetched. Nobody by default.
    #[must_use]
    pub fn event_sink(mut self, events: Arc<dyn EventSink>) -> Self {
        self.events = events;
        self
    }

    /// The verifier. Fetches nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`] if no client id was named or one is no client id; if an address
    /// is neither `https` nor on this machine; if the leeway is more than five minutes; if a list
    /// or name that is demanded is empty, or the maximum age zero; if the keys would not be trusted
    /// long enough to be renewed; if the pool is an emulator's and no [`issuer`](Self::issuer) was
    /// named; or if there is nowhere to get the keys from.
    pub fn build(self) -> Result<CognitoVerifier, Error> {
        let clients = self.clients()?;
        if self.leeway > MAX_LEEWAY {
            return Err(configuration("the leeway must be at most 5 minutes"));
        }
        if let Some(flaw) = self.policies.flaw() {
            return Err(configuration(flaw));
        }
        if self.refresh_every.is_zero() || self.refresh_every > self.max_stale {
            return Err(configuration(
                "keys must be renewed before they are too stale to use",
            ));
        }
        let issuer = self
            .issuer
            .clone()
            .or_else(|| endpoint::issuer(&self.pool))
            .ok_or_else(|| configuration("an emulator's pool needs its issuer to be named"))?;
        if !endpoint::is_acceptable(&issuer) {
            return Err(configuration(
                "the issuer must be https (http only for loopback hosts), without query",
            ));
        }
        let source = self.source(&issuer)?;
        let keys = KeyCache::new(
            source,
            Arc::clone(&self.clock),
            self.events,
            self.refresh_every,
            self.max_stale,
        );
        let expectations = Expectations {
            issuer,
            clients,
            leeway: self.leeway.as_secs(),
            policies: self.policies,
        };
        Ok(CognitoVerifier::new(expectations, self.clock, keys))
    }

    fn clients(&self) -> Result<Clients, Error> {
        if let Some(invalid) = &self.invalid {
            return Err(configuration(invalid.to_string()));
        }
        match (self.any_client, self.clients.is_empty()) {
            (true, true) => Ok(Clients::Any),
            (false, false) => Ok(Clients::OneOf(self.clients.clone())),
            (true, false) => Err(configuration(
                "either name client ids or accept any client, not both",
            )),
            (false, true) => Err(configuration("a client id is needed")),
        }
    }

    fn source(&self, issuer: &str) -> Result<Arc<dyn JwksSource>, Error> {
        let uri = self
            .jwks_uri
            .clone()
            .unwrap_or_else(|| endpoint::jwks_uri(issuer));
        if !endpoint::is_acceptable(&uri) {
            return Err(configuration(
                "the JWKS URI must be https (http only for loopback hosts), without query",
            ));
        }
        match &self.source {
            Some(source) => Ok(Arc::clone(source)),
            None => over_http(&uri),
        }
    }
}

/// What the settings of a pool say; see [`PoolConfig`].
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

#[cfg(feature = "http")]
fn over_http(uri: &str) -> Result<Arc<dyn JwksSource>, Error> {
    Ok(Arc::new(crate::jwks::http::HttpJwks::new(uri)?))
}

#[cfg(not(feature = "http"))]
fn over_http(_uri: &str) -> Result<Arc<dyn JwksSource>, Error> {
    Err(configuration(
        "a JWKS source is needed, because the feature http is off",
    ))
}

fn configuration(detail: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Configuration).with_detail(detail)
}
