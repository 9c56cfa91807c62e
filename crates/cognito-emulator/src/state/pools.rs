//! The pools of an emulator, and the choice of the pool for a request.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use cognito_core::Clock;
use parking_lot::{Mutex, RwLock};
use serde_json::{Map, Value};

use crate::model::client::Client;
use crate::model::failure::Failure;
use crate::model::federation::endpoints::Endpoints;
use crate::model::random::Random;
use crate::model::risk::RiskLevel;
use crate::model::saml::metadata::Metadata;
use crate::model::settings::Settings;
use crate::state::entries::kind::Kind;
use crate::state::entries::marks::Scope;
use crate::state::entries::watched::Watched;
use crate::state::expiring::Expiring;
use crate::state::identity_pools::IdentityPools;
use crate::state::imports::Imports;
use crate::state::inbox::Inbox;
use crate::state::keys::Keys;
use crate::state::log_delivery::LogDelivery;
use crate::state::parameters::ParameterStore;
use crate::state::pool::State;
use crate::state::quotas::Quotas;
use crate::state::roles::Roles;
use crate::state::secrets::Secrets;
use crate::state::service::{Clients, Service};
use crate::state::steered_clock::SteeredClock;
use crate::state::test_provider::TestProvider;
use crate::state::tokens::Tokens;
use crate::state::tokens::key::{SigningKey, TEST_PROVIDER_KEY};

/// The maximum number of entries in [`Pools::discovered`], and the maximum number of entries in
/// [`Pools::metadata`].
pub(super) const MOST_DISCOVERED: usize = 100;

/// The pools of an emulator, and the state that all pools share.
pub(crate) struct Pools {
    pub(crate) clock: Arc<dyn Clock>,
    /// The same clock as `clock`, with the methods that freeze and advance it.
    pub(crate) steered_clock: Arc<SteeredClock>,
    pub(crate) random: Arc<Random>,
    pub(crate) inbox: Inbox,
    pub(crate) parameters: ParameterStore,
    pub(crate) secrets: Mutex<Secrets>,
    pub(crate) identity_pools: Mutex<Watched<IdentityPools>>,
    pub(crate) roles: Mutex<Roles>,
    pub(crate) test_provider: Mutex<Watched<TestProvider>>,
    test_provider_key: OnceLock<Option<SigningKey>>,
    /// `true` if identity providers on other hosts may be called.
    pub(crate) calls_remote_providers: bool,
    pub(crate) logs: LogDelivery,
    /// The passwords that threat protection regards as compromised.
    pub(crate) compromised: HashSet<String>,
    /// The risk of a sign-in from an address from which the user has not signed in before. `None`
    /// if such a sign-in has no risk.
    pub(crate) new_address_risk: Option<RiskLevel>,
    /// `true` if requests above the quotas of request rates fail.
    pub(crate) enforces_quotas: bool,
    pub(crate) quotas: Mutex<Quotas>,
    pub(crate) imports: Imports,
    /// The URLs in the discovery documents of OIDC providers, by issuer. If the last request for
    /// the document failed, the value is the error.
    pub(crate) discovered: Mutex<Expiring<Result<Endpoints, Failure>>>,
    /// The metadata of SAML providers, by URL. If the last request for the metadata failed, the
    /// value is the error.
    pub(crate) metadata: Mutex<Expiring<Result<Metadata, Failure>>>,
    /// A lock that is held while an imported password hash of any pool is verified. Only one
    /// verification uses memory at a time.
    pub(crate) hashing: Mutex<()>,
    /// The user pools, by id.
    pub(super) open: RwLock<BTreeMap<String, Arc<Service>>>,
    /// The pool for requests that refer to no existing pool. It has no users and no clients. Its id
    /// is invalid, so no request can contain it.
    no_pool: Arc<Service>,
    /// The scope of the data that belongs to no pool. It records which entries of the state file
    /// have changed.
    pub(super) scope: Scope,
}

impl Pools {
    /// Creates the state without pools. `settings` and `tokens` belong to the pool for requests
    /// that refer to no existing pool.
    pub(crate) fn new(
        clock: Arc<dyn Clock>,
        random: Random,
        settings: Settings,
        tokens: Tokens,
    ) -> Self {
        let scope = Scope::shared(Arc::default());
        let inbox = Inbox::new(scope.clone());
        let steered_clock = Arc::new(SteeredClock::new(clock, scope.clone()));
        let clock: Arc<dyn Clock> = Arc::<SteeredClock>::clone(&steered_clock);
        let random = Arc::new(random);
        let no_pool = Service {
            tokens: Arc::new(tokens),
            clock: Arc::clone(&clock),
            random: Arc::clone(&random),
            inbox: inbox.clone(),
            keys: Arc::new(Keys::new(scope.clone())),
            adoptions: Arc::default(),
            state: Arc::new(Mutex::new(State::new(settings.names(), Scope::default()))),
            clients: Arc::new(RwLock::new(Clients::new(Scope::default(), Kind::Client))),
            settings,
        };
        Self {
            clock,
            steered_clock,
            random,
            inbox,
            parameters: ParameterStore::new(scope.clone()),
            secrets: Mutex::new(Secrets::new(scope.clone(), Kind::Secret)),
            identity_pools: watched(&scope, Kind::IdentityPool),
            roles: Mutex::new(Roles::new(scope.clone(), Kind::Role)),
            test_provider: watched(&scope, Kind::TestProvider),
            test_provider_key: OnceLock::new(),
            calls_remote_providers: false,
            logs: LogDelivery::default(),
            compromised: HashSet::new(),
            new_address_risk: None,
            enforces_quotas: false,
            quotas: Mutex::new(Quotas::new(scope.clone())),
            imports: Imports::new(scope.clone()),
            discovered: Mutex::new(Expiring::new(MOST_DISCOVERED)),
            metadata: Mutex::new(Expiring::new(MOST_DISCOVERED)),
            hashing: Mutex::default(),
            open: RwLock::default(),
            no_pool: Arc::new(no_pool),
            scope,
        }
    }

    /// Returns the settings of a new pool with AWS's defaults and an unused id from `random`.
    ///
    /// `region` is the region of the pool. Default: the region of the emulator's first pool.
    pub(crate) fn blank(&self, region: Option<&str>, random: &Random, now: SystemTime) -> Settings {
        let region = region.unwrap_or(&self.no_pool.settings.region);
        let id = loop {
            let id = format!("{region}_{}", random.word(9, MIXED));
            if !self.open.read().contains_key(&id) {
                break id;
            }
        };
        self.named(id, now)
    }

    /// Returns the settings of a new pool with AWS's defaults and this id.
    pub(crate) fn named(&self, id: String, now: SystemTime) -> Settings {
        let settings = &self.no_pool.settings;
        Settings {
            triggers: settings.triggers.without_targets(),
            ..Settings::new(id, settings.endpoint.clone(), settings.attempt_limits, now)
        }
    }

    /// Adds a pool with its app clients, and returns the pool.
    pub(crate) fn add(&self, settings: Settings, clients: Vec<Client>) -> Arc<Service> {
        let tokens = self.no_pool.tokens.in_scope(&settings);
        let scope = self.scope.of_pool(&settings.pool_id);
        if scope.is_tracking() {
            tokens.random.create(&self.random);
        }
        let state = State::new(settings.names(), scope.clone());
        let service = Arc::new(self.service(settings, tokens, clients, state));
        let id = service.settings.pool_id.clone();
        let mut open = self.open.write();
        scope.mark_pool();
        open.insert(id, Arc::clone(&service));
        service
    }

    /// Creates a pool, but does not add it to the pools of the emulator.
    pub(super) fn service(
        &self,
        settings: Settings,
        tokens: Tokens,
        clients: Vec<Client>,
        state: State,
    ) -> Service {
        let clients = clients.into_iter();
        let clients = clients.map(|client| (client.id.clone(), Arc::new(client)));
        let scope = self.scope.of_pool(&settings.pool_id);
        let clients = Clients::with(clients.collect(), scope, Kind::Client);
        Service {
            tokens: Arc::new(tokens),
            adoptions: Arc::default(),
            state: Arc::new(Mutex::new(state)),
            clients: Arc::new(RwLock::new(clients)),
            settings,
            ..Service::clone(&self.no_pool)
        }
    }

    /// Returns the pool with this id. Fails with `ResourceNotFoundException` if it does not exist.
    pub(crate) fn get(&self, id: &str) -> Result<Arc<Service>, Failure> {
        let found = self.open.read().get(id).cloned();
        found.ok_or_else(|| unknown(id))
    }

    /// Changes the settings of a pool. If `change` fails, the settings do not change. Requests in
    /// progress continue with the earlier settings.
    pub(crate) fn update<T>(
        &self,
        id: &str,
        change: impl FnOnce(&mut Settings) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut open = self.open.write();
        let pool = open.get_mut(id).ok_or_else(|| unknown(id))?;
        let mut changed = Service::clone(pool);
        let value = change(&mut changed.settings)?;
        self.scope.of_pool(id).mark(Kind::Settings, "");
        *pool = Arc::new(changed);
        Ok(value)
    }

    /// Removes a pool. Fails if the pool does not exist, is protected, or has a domain or a
    /// replica.
    pub(crate) fn remove(&self, id: &str) -> Result<(), Failure> {
        let mut open = self.open.write();
        let pool = open.get(id).ok_or_else(|| unknown(id))?;
        if pool.settings.is_protected {
            return Err(Failure::invalid_parameter(
                "The user pool cannot be deleted because deletion protection is activated. \
                 Deletion protection must be inactivated first.",
            ));
        }
        // The message is from AWS's example of an error of `DeleteUserPool`.
        if !pool.settings.domains.is_empty() {
            return Err(Failure::invalid_parameter(
                "User pool cannot be deleted. It has a domain configured that should be deleted \
                 first.",
            ));
        }
        // AWS does not document this error.
        if !pool.settings.stored.replicas.is_empty() {
            return Err(Failure::invalid_parameter(
                "User pool cannot be deleted. It has a replica that should be deleted first.",
            ));
        }
        self.scope.of_pool(id).mark_pool();
        open.remove(id);
        self.imports.remove_pool(id);
        Ok(())
    }

    /// Removes users, groups, sessions, messages, parameters, and the secrets that callers created
    /// in Secrets Manager. Keeps pools, clients, settings, identity pools, IAM roles, and the
    /// secrets that an AWS service manages, such as the secrets of app clients.
    pub(crate) fn clear(&self) {
        for pool in self.all() {
            pool.state.lock().clear(self.clock.now());
        }
        self.imports.clear();
        self.inbox.clear();
        self.parameters.clear();
        self.secrets.lock().retain(|secret| secret.owner.is_some());
        **self.test_provider.lock() = TestProvider::default();
        *self.discovered.lock() = Expiring::new(MOST_DISCOVERED);
        *self.metadata.lock() = Expiring::new(MOST_DISCOVERED);
    }

    /// Returns `true` if a request to any pool may take long: it may wait for a trigger, an
    /// identity provider or a client id metadata document, or verify an imported password hash.
    pub(crate) fn may_block(&self) -> bool {
        let may_wait = |pool: &Service| {
            let settings = &pool.settings;
            !settings.triggers.is_empty()
                || !settings.identity_providers.is_empty()
                || !settings.stored.metadata_policies.is_empty()
        };
        self.imports.have_hashes() || self.find(may_wait).is_some()
    }

    /// Returns the URL of the emulator.
    pub(crate) fn endpoint(&self) -> &str {
        &self.no_pool.settings.endpoint
    }

    /// Returns the key with which the test providers sign. Returns `None` if AWS-LC rejects the
    /// key.
    ///
    /// Security: it is not a key of a pool. Otherwise the ID token of a test provider, where anyone
    /// can sign in as any user, could be taken for an ID token of a pool.
    pub(crate) fn test_provider_key(&self) -> Option<&SigningKey> {
        let read = || SigningKey::from_pem(TEST_PROVIDER_KEY, "");
        let key = self.test_provider_key.get_or_init(read);
        key.as_ref()
    }

    /// Returns all pools, sorted by id.
    pub(crate) fn all(&self) -> Vec<Arc<Service>> {
        self.open.read().values().cloned().collect()
    }

    /// Returns the pool with the lowest id for which `is_meant` returns `true`. Returns `None` if
    /// there is none.
    fn find(&self, is_meant: impl Fn(&Service) -> bool) -> Option<Arc<Service>> {
        let open = self.open.read();
        open.values().find(|pool| is_meant(pool)).cloned()
    }

    pub(crate) fn has_client(&self, id: &str) -> bool {
        self.of_client(id).is_some()
    }

    /// Returns the pool to which a request refers. The first of these members that the request
    /// contains determines the pool: `UserPoolId`, `ResourceArn`, `ClientId`, `AccessToken`,
    /// `Session`. If the pool does not exist, or if `owner` is set and the pool belongs to another
    /// account, returns the pool for requests that refer to no existing pool.
    pub(crate) fn addressed(
        &self,
        fields: &Map<String, Value>,
        owner: Option<&str>,
    ) -> Arc<Service> {
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        let pool = if let Some(id) = text("UserPoolId") {
            self.get(id).ok()
        } else if let Some(arn) = text("ResourceArn") {
            self.find(|pool| pool.settings.has_arn(arn))
        } else if let Some(id) = text("ClientId") {
            self.of_client(id)
        } else if let Some(token) = text("AccessToken") {
            let header = token.split('.').next().unwrap_or_default();
            self.find(|pool| pool.tokens.access.is_named_by(header))
        } else if let Some(word) = text("Session") {
            self.find(|pool| pool.tokens.seal.open_text(word).is_some())
        } else {
            None
        };
        let is_own = |pool: &Arc<Service>| owner.is_none_or(|id| pool.settings.account == id);
        pool.filter(is_own).unwrap_or_else(|| self.no_pool())
    }

    /// Returns the pool for requests that refer to no existing pool.
    pub(crate) fn no_pool(&self) -> Arc<Service> {
        Arc::clone(&self.no_pool)
    }

    /// Returns the pool that has this app client. Returns `None` if there is none.
    pub(crate) fn of_client(&self, id: &str) -> Option<Arc<Service>> {
        self.find(|pool| pool.clients.read().contains_key(id))
    }

    /// Returns the pool that has this domain. Returns `None` if there is none.
    pub(crate) fn of_domain(&self, domain: &str) -> Option<Arc<Service>> {
        self.find(|pool| pool.settings.domains.contains_key(domain))
    }
}

/// Creates a default value that is stored as an entry of the state file. Each change of the value
/// marks the entry as changed.
fn watched<T: Default>(scope: &Scope, kind: Kind) -> Mutex<Watched<T>> {
    Mutex::new(Watched::new(T::default(), scope.clone(), kind))
}

/// Returns the error for a pool that does not exist.
pub(crate) fn unknown(id: &str) -> Failure {
    Failure::not_found(format!("User pool {id} does not exist."))
}

/// The characters of the random parts of pool ids and job ids.
pub(crate) const MIXED: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// The characters of random client ids, client secrets and other ids.
pub(crate) const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
