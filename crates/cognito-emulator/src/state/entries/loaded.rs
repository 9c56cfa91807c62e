//! Parses the entries of a state file ([`Loaded`]).

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::model::client::Client;
use crate::model::client::stored::StoredClient;
use crate::model::group::Group;
use crate::model::import_job::ImportJob;
use crate::model::random::MacIds;
use crate::model::restoration::Restoration;
use crate::model::settings::Settings;
use crate::model::user::User;
use crate::state::codes::SignedInUser;
use crate::state::documents::Document;
use crate::state::entries::kind::Kind;
use crate::state::entries::marks::Taken;
use crate::state::entries::read::{
    ClockState, Expires, Expiring, Placed, PoolState, StoredMessage,
};
use crate::state::entries::reading::{Entries, is_user, unreadable as unreadable_user};
use crate::state::entries::{Entry, LoadError};
use crate::state::families::Family;
use crate::state::history::Changes;
use crate::state::identity_pools::IdentityPool;
use crate::state::inbox::{Inbox, Message};
use crate::state::keys;
use crate::state::parameters::Parameter;
use crate::state::quotas::Owner;
use crate::state::roles::Role;
use crate::state::secrets::Secret;
use crate::state::steered_clock::SteeredClock;
use crate::state::test_provider::TestCode;
use crate::state::tokens::RandomKeys;
use crate::state::used::{self, Hash};
use crate::state::users::{Prepared, Restored};

/// The resources of one kind, by the AWS account that owns the resource and the resource's name.
type ByAccount<T> = BTreeMap<String, BTreeMap<String, T>>;

/// The parsed entries of a state file. Data without an entry has its default.
#[derive(Default)]
pub(super) struct Loaded {
    pub(super) clock: Option<ClockState>,
    pub(super) identity_key: MacIds,
    pub(super) identity_pools: BTreeMap<String, IdentityPool>,
    /// The import jobs by pool id, each with its position among the jobs of the pool.
    pub(super) jobs: BTreeMap<String, BTreeMap<usize, ImportJob>>,
    /// The files of import jobs, by pool id and job id.
    pub(super) files: BTreeMap<(String, String), Bytes>,
    pub(super) kms: keys::State,
    pub(super) limits: BTreeMap<Owner, u64>,
    pub(super) messages: Vec<(String, Message)>,
    pub(super) parameters: ByAccount<Parameter>,
    pub(super) random: Option<u64>,
    pub(super) roles: ByAccount<Role>,
    pub(super) secrets: ByAccount<Secret>,
    pub(super) test_provider: Option<Expiring<TestCode, Map<String, Value>>>,
    pub(super) pools: BTreeMap<String, LoadedPool>,
}

/// The parsed entries of a pool.
#[derive(Default)]
pub(super) struct LoadedPool {
    /// The settings of the pool. `None` only while the entries are parsed.
    pub(super) settings: Option<Settings>,
    pub(super) keys: RandomKeys,
    pub(super) clients: Vec<Client>,
    pub(super) browsers: Vec<(String, SystemTime, SignedInUser)>,
    pub(super) documents: Vec<(String, String, Document)>,
    pub(super) earlier_groups: BTreeMap<String, Changes<Group>>,
    pub(super) earlier_users: BTreeMap<String, Changes<Box<User>>>,
    pub(super) families: BTreeMap<String, Family>,
    pub(super) groups: BTreeMap<String, Group>,
    pub(super) state: PoolState,
    pub(super) restorations: Vec<Restoration>,
    pub(super) assertions: Vec<(String, Hash, Hash, SystemTime)>,
    pub(super) users: Prepared,
}

impl Loaded {
    /// Creates the data from the entries of a state file or a snapshot. If `taken` is set, stores
    /// the hash of each entry's value in `taken`, and removes the hashes that `taken` contained
    /// before. Fails with the first entry that cannot be read.
    pub(super) fn new(entries: Entries, mut taken: Option<&mut Taken>) -> Result<Self, LoadError> {
        let mut loaded = Self::default();
        for entry in &entries.others {
            let kind = Kind::named(&entry.kind);
            let kind = kind.filter(|kind| kind.is_of_pool() != entry.scope.is_empty());
            let added = kind.and_then(|kind| loaded.add(kind, entry));
            added.ok_or_else(|| unreadable(entry))?;
        }
        if let Some(taken) = &mut taken {
            put_all(taken, &entries.others, &entries.hasher);
        }
        for (scope, users) in entries.users {
            let pool = loaded.pools.entry(scope.to_string()).or_default();
            let names = pool.settings.as_ref().map(Settings::names);
            let users = Prepared::new(users, names.as_ref());
            let users = users.map_err(|key| unreadable_user(&scope, &key))?;
            pool.users = users.indexed(|users| {
                if let Some(taken) = &mut taken {
                    taken.put_all((&scope, Kind::User), users.iter().map(Restored::hash));
                }
            });
        }
        loaded.remove_parts()?;
        Ok(loaded)
    }

    /// Removes the pools that have no settings. Fails if the settings of a pool are the settings of
    /// another pool.
    ///
    /// A pool without settings remains if the process is killed while one request removes the pool
    /// and another request uses it.
    fn remove_parts(&mut self) -> Result<(), LoadError> {
        let parts = self.pools.extract_if(.., |_, pool| pool.settings.is_none());
        for (id, _) in parts {
            tracing::warn!(
                pool = id,
                "the state has entries of a pool without settings: they are ignored"
            );
        }
        let is_other = |id: &String, pool: &LoadedPool| {
            let settings = pool.settings.as_ref();
            settings.is_none_or(|settings| settings.pool_id != *id)
        };
        match self.pools.iter().find(|(id, pool)| is_other(id, pool)) {
            None => Ok(()),
            Some((id, _)) => Err(LoadError {
                scope: id.clone(),
                kind: Kind::Settings.name().to_owned(),
                key: String::new(),
            }),
        }
    }

    /// Parses the value of a state file entry and adds it to this data. Returns `None` if the entry
    /// cannot be read.
    fn add(&mut self, kind: Kind, entry: &Entry) -> Option<()> {
        if kind.is_of_pool() {
            let pool = self.pools.entry(entry.scope.clone()).or_default();
            return pool.add(kind, entry);
        }
        let key = entry.key.as_str();
        match kind {
            Kind::Clock => {
                let clock: ClockState = entry.read()?;
                let is_valid = SteeredClock::can_restore(clock.ahead, clock.frozen);
                self.clock = Some(is_valid.then_some(clock)?);
            }
            Kind::IdentityKey => self.identity_key = entry.read()?,
            Kind::IdentityPool => {
                self.identity_pools.insert(key.to_owned(), entry.read()?);
            }
            Kind::ImportFile => {
                let (pool, job) = key.split_once('/')?;
                let file = STANDARD.decode(entry.read::<String>()?).ok()?;
                let key = (pool.to_owned(), job.to_owned());
                self.files.insert(key, file.into());
            }
            Kind::ImportJob => {
                let (pool, _) = key.split_once('/')?;
                let Placed { place, job } = entry.read()?;
                let jobs = self.jobs.entry(pool.to_owned()).or_default();
                jobs.insert(place, job);
            }
            Kind::KmsKeys => self.kms = entry.read()?,
            Kind::Limit => {
                let (account, rest) = key.split_once('/')?;
                let (region, category) = rest.split_once('/')?;
                let category = category.to_owned().into();
                let owner = (account.to_owned(), region.to_owned(), category);
                self.limits.insert(owner, entry.read()?);
            }
            Kind::Message => {
                let mut json = serde_json::Deserializer::from_str(&entry.value);
                let message = StoredMessage::deserialize(&mut json).ok()?;
                let message = Inbox::is_key(key).then_some(message)?;
                self.messages.push((key.to_owned(), message));
            }
            Kind::Parameter => entry.add_to(&mut self.parameters, Parameter::is_valid)?,
            Kind::Random => self.random = Some(entry.read()?),
            Kind::Role => entry.add_to(&mut self.roles, |_| true)?,
            Kind::Secret => entry.add_to(&mut self.secrets, |_| true)?,
            Kind::TestProvider => self.test_provider = Some(entry.read()?),
            // The other kinds belong to pools.
            _ => return None,
        }
        Some(())
    }
}

/// Replaces all hashes in `taken` with the hashes of the values of these entries. A later change of
/// a value is detected by its hash. `hasher` computes the hashes.
fn put_all(taken: &mut Taken, entries: &[Entry], hasher: &RandomState) {
    taken.clear(hasher.clone());
    let is_same = |one: &Entry, two: &Entry| one.scope == two.scope && one.kind == two.kind;
    for group in entries.chunk_by(is_same) {
        let first = group.first();
        if let Some((first, kind)) = first.and_then(|it| Some((it, Kind::named(&it.kind)?))) {
            let hash = |it: &Entry| (Arc::from(&*it.key), hasher.hash_one(&it.value));
            taken.put_all((&first.scope, kind), group.iter().map(hash));
        }
    }
}

/// Returns `true` if [`Loaded::new`] can read an entry.
pub(super) fn is_readable(kind: Kind, entry: &Entry) -> bool {
    match kind {
        Kind::User => is_user(&entry.value),
        _ => Loaded::default().add(kind, entry).is_some(),
    }
}

fn unreadable(entry: &Entry) -> LoadError {
    LoadError {
        scope: entry.scope.clone(),
        kind: entry.kind.clone(),
        key: entry.key.clone(),
    }
}

impl LoadedPool {
    /// Adds the value of a state file entry to the pool's data. Returns `None` if the entry cannot
    /// be read.
    fn add(&mut self, kind: Kind, entry: &Entry) -> Option<()> {
        let key = entry.key.clone();
        match kind {
            Kind::Browser => {
                let Expires { expires, value } = entry.read()?;
                self.browsers.push((key, expires, value));
            }
            Kind::Client => {
                let mut json = serde_json::Deserializer::from_str(&entry.value);
                self.clients
                    .push(StoredClient::deserialize(&mut json).ok()?);
            }
            Kind::Document => {
                let (policy, url) = key.split_once(' ')?;
                let document = entry.read()?;
                self.documents
                    .push((policy.to_owned(), url.to_owned(), document));
            }
            Kind::EarlierGroup => {
                self.earlier_groups.insert(key, entry.read()?);
            }
            Kind::EarlierUser => {
                self.earlier_users.insert(key, entry.read()?);
            }
            Kind::Family => {
                self.families.insert(key, entry.read()?);
            }
            Kind::Group => {
                self.groups.insert(key, entry.read()?);
            }
            Kind::Keys => self.keys = entry.read()?,
            Kind::PoolState => self.state = entry.read()?,
            Kind::Restorations => self.restorations = entry.read()?,
            Kind::Settings => self.settings = Some(entry.read()?),
            Kind::UsedAssertion => {
                let (provider, id) = used::of_entry_key(&key)?;
                let Expires { expires, value } = entry.read::<Expires<String>>()?;
                let user = used::read_hash(&value)?;
                let assertion = (provider.to_owned(), id, user, expires);
                self.assertions.push(assertion);
            }
            // The other kinds belong to no pool. [`Reading`] parses users.
            _ => return None,
        }
        Some(())
    }
}

impl Entry {
    fn read<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(&self.value).ok()
    }

    /// Adds the value of this entry to the values of its account in `accounts`. Returns `None` if
    /// the entry cannot be read, or if `is_valid` returns `false` for its value.
    fn add_to<T: DeserializeOwned>(
        &self,
        accounts: &mut ByAccount<T>,
        is_valid: impl FnOnce(&T) -> bool,
    ) -> Option<()> {
        let (account, name) = self.key.split_once('/')?;
        let value = self.read().filter(is_valid)?;
        let values = accounts.entry(account.to_owned()).or_default();
        values.insert(name.to_owned(), value);
        Some(())
    }
}
