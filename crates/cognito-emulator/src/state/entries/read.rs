//! Creates the state file entries of each kind from the current data of the emulator.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::model::client::stored::StoredClient;
use crate::model::import_job::ImportJob;
use crate::model::trigger::Trigger;
use crate::model::user::User;
use crate::state::documents;
use crate::state::entries::kind::Kind;
use crate::state::entries::watched::Accounts;
use crate::state::imports;
use crate::state::inbox::{Medium, Message, Purpose};
use crate::state::pool::State;
use crate::state::pools::Pools;
use crate::state::service::Service;
use crate::state::used::{self, Hash};

/// The value of a user's entry in the state file, as it is written.
#[derive(Serialize)]
struct UserEntry<'a> {
    user: &'a User,
    /// The aliases that the user does not have, because another user has them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lost_aliases: Vec<&'a str>,
}

/// The value of the state file entry with the data that all users of a pool share.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct PoolState {
    pub(super) era: u64,
    pub(super) since: Option<SystemTime>,
    pub(super) horizon: Option<SystemTime>,
    pub(super) simulation_key: Option<[u8; 32]>,
}

/// The value of a state file entry with an expiry: a signed-in browser or a used SAML assertion.
#[derive(Serialize, Deserialize)]
pub(super) struct Expires<T> {
    pub(super) expires: SystemTime,
    pub(super) value: T,
}

/// The value of a state file entry that stores an import job: the job, and its position among the
/// jobs of the pool.
#[derive(Serialize, Deserialize)]
pub(super) struct Placed<T> {
    /// The position of the job among the jobs of the pool.
    pub(super) place: usize,
    pub(super) job: T,
}

/// The state of the emulator's clock, as it is stored in the state file.
#[derive(Serialize, Deserialize)]
pub(super) struct ClockState {
    /// The time by which the emulator's clock was advanced.
    pub(super) ahead: Duration,
    /// The time of the base clock when the emulator's clock was frozen. The frozen clock shows this
    /// time plus `ahead`. `None` if the emulator's clock is not frozen.
    pub(super) frozen: Option<SystemTime>,
}

/// The authorization codes and access tokens of the identity provider for tests, each with its
/// expiry, as they are stored in the state file.
#[derive(Serialize, Deserialize)]
pub(super) struct Expiring<C, T> {
    pub(super) codes: Vec<(String, SystemTime, C)>,
    pub(super) tokens: Vec<(String, SystemTime, T)>,
}

/// The fields of a [`Message`], for serde. `Message` is public and holds codes, so it does not
/// implement `Serialize`.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Message")]
pub(super) struct StoredMessage {
    to: String,
    medium: Medium,
    purpose: Purpose,
    code: String,
    /// The subject of an e-mail. It is missing in entries that an earlier version has written.
    #[serde(default)]
    subject: String,
    text: String,
    trigger: Option<Trigger>,
    sent_at: SystemTime,
}

/// The state file entries that were created from the emulator's data so far: all entries of one
/// kind in one scope, or only one of them.
struct Found<'a> {
    /// The key of the only entry to create. `None` to create all entries.
    key: Option<&'a str>,
    entries: Vec<Written>,
}

/// The key and the value of a state file entry. The value is `None` if it cannot be written as
/// JSON.
pub(super) type Written = (String, Option<String>);

impl Found<'_> {
    fn is_wanted(&self, key: &str) -> bool {
        self.key.is_none_or(|wanted| wanted == key)
    }

    fn add(&mut self, key: &str, value: &impl Serialize) {
        self.add_json(key, |to| value.serialize(to));
    }

    /// Adds an entry of the state file to `entries`. `write` writes the value of the entry as JSON.
    fn add_json(
        &mut self,
        key: &str,
        write: impl FnOnce(&mut serde_json::Serializer<&mut Vec<u8>>) -> serde_json::Result<()>,
    ) {
        // Most entries are users.
        let mut json = Vec::with_capacity(512);
        let written = write(&mut serde_json::Serializer::new(&mut json));
        let value = written.ok().and_then(|()| String::from_utf8(json).ok());
        if value.is_none() {
            // Only a time before 1970 has no JSON.
            tracing::error!("an entry of the state cannot be written");
        }
        self.entries.push((key.to_owned(), value));
    }

    /// Calls `add` with each key and value of a map. If `self.key` is set, calls `add` only with
    /// this key and its value, or not at all if the map does not contain the key.
    fn each<V>(&mut self, map: &BTreeMap<String, V>, add: impl Fn(&mut Self, &str, &V)) {
        match self.key {
            Some(key) => {
                if let Some(value) = map.get(key) {
                    add(self, key, value);
                }
            }
            None => {
                for (key, value) in map {
                    add(self, key, value);
                }
            }
        }
    }

    fn map<V: Serialize>(&mut self, map: &BTreeMap<String, V>) {
        self.each(map, Self::add);
    }

    /// Adds a state file entry for each value in `accounts`. The key of the entry is the account, a
    /// slash and the name of the value. If `self.key` is set, adds only the entry with this key.
    fn accounts<V: Serialize>(&mut self, accounts: &Accounts<V>) {
        let wanted = self.key.and_then(|key| key.split_once('/'));
        for (account, values) in accounts.iter() {
            if let Some((of, name)) = wanted {
                if let Some(value) = values.get(name).filter(|_| of == account) {
                    self.add(&format!("{account}/{name}"), value);
                }
                continue;
            }
            for (name, value) in values.iter() {
                self.add(&format!("{account}/{name}"), value);
            }
        }
    }
}

impl Pools {
    /// Returns the entries of a kind in a scope, as keys and values. With `key`, returns only the
    /// entry with this key.
    pub(super) fn entries_of(&self, scope: &str, kind: Kind, key: Option<&str>) -> Vec<Written> {
        let entries = Vec::new();
        let mut found = Found { key, entries };
        if !kind.is_of_pool() {
            self.read_shared(kind, &mut found);
        } else if let Ok(pool) = self.get(scope) {
            pool.read(kind, &mut found);
        }
        found.entries
    }

    fn read_shared(&self, kind: Kind, found: &mut Found<'_>) {
        let wanted = found.key;
        match kind {
            Kind::Clock => {
                let steering = self.steered_clock.steering();
                let (ahead, frozen) = (steering.ahead, steering.frozen());
                if !ahead.is_zero() || frozen.is_some() {
                    found.add("", &ClockState { ahead, frozen });
                }
            }
            Kind::IdentityKey => found.add("", &self.identity_pools.lock().ids),
            Kind::IdentityPool => found.map(&self.identity_pools.lock().pools),
            Kind::ImportFile | Kind::ImportJob => self.read_jobs(kind, found),
            Kind::KmsKeys => found.add("", &self.no_pool().keys.state()),
            Kind::Limit => {
                let quotas = self.quotas.lock();
                for ((account, region, category), rate) in quotas.provisioned.iter() {
                    found.add(&format!("{account}/{region}/{category}"), rate);
                }
            }
            Kind::Message => {
                let mut add = |key: &str, message: &Message| {
                    found.add_json(key, |to| StoredMessage::serialize(message, to));
                };
                match wanted {
                    Some(key) => self.inbox.visit_one(key, |message| add(key, message)),
                    None => self.inbox.visit(add),
                }
            }
            Kind::Parameter => found.accounts(&self.parameters.lock()),
            Kind::Random => {
                if let Some(position) = self.random.position() {
                    found.add("", &position);
                }
            }
            Kind::Role => found.accounts(&self.roles.lock()),
            Kind::Secret => found.accounts(&self.secrets.lock()),
            Kind::TestProvider => {
                let provider = self.test_provider.lock();
                let entry = Expiring {
                    codes: provider.codes.iter().map(owned).collect(),
                    tokens: provider.tokens.iter().map(owned).collect(),
                };
                found.add("", &entry);
            }
            // The other kinds belong to pools.
            _ => {}
        }
    }

    fn read_jobs(&self, kind: Kind, found: &mut Found<'_>) {
        let pools = self.imports.read();
        for (pool_id, jobs) in pools.iter() {
            for (place, job) in jobs.iter().enumerate() {
                let key = imports::entry_key(pool_id, &job.id);
                if !found.is_wanted(&key) {
                    continue;
                }
                if kind == Kind::ImportJob {
                    found.add(&key, &Placed::<&ImportJob> { place, job });
                } else if let Some(file) = &job.file {
                    found.add(&key, &STANDARD.encode(file));
                }
            }
        }
    }
}

impl Service {
    fn read(&self, kind: Kind, found: &mut Found<'_>) {
        match kind {
            Kind::Client => found.each(&self.clients.read(), |found, key, client| {
                found.add_json(key, |to| StoredClient::serialize(client, to));
            }),
            Kind::Keys => found.add("", &self.tokens.random),
            Kind::Settings => found.add("", &self.settings),
            _ => self.state.lock().read(kind, found),
        }
    }
}

impl State {
    fn read(&self, kind: Kind, found: &mut Found<'_>) {
        let users = &self.users;
        match kind {
            Kind::Browser => {
                let browsers = &self.hosted.browsers;
                if let Some(key) = found.key {
                    if let Some((expires, value)) = browsers.entry(key) {
                        let expires = *expires;
                        found.add(key, &Expires { expires, value });
                    }
                } else {
                    for (key, expires, value) in browsers.iter() {
                        found.add(key, &Expires { expires, value });
                    }
                }
            }
            Kind::Document => self.read_documents(found),
            Kind::EarlierGroup => found.map(&users.history.groups),
            Kind::EarlierUser => found.map(&users.history.users),
            Kind::Family => found.map(&self.families.known),
            Kind::Group => found.map(&self.groups),
            Kind::PoolState => found.add(
                "",
                &PoolState {
                    era: users.era,
                    since: users.since,
                    horizon: users.history.horizon,
                    simulation_key: self.simulation_key,
                },
            ),
            Kind::Restorations => found.add("", &*users.history.restorations),
            Kind::UsedAssertion => self.read_assertions(found),
            Kind::User => {
                let add = |found: &mut Found<'_>, key: &str, user| {
                    let lost_aliases = users.lost_aliases(key);
                    found.add(key, &UserEntry { user, lost_aliases });
                };
                match found.key {
                    Some(key) => users
                        .by_key(key)
                        .into_iter()
                        .for_each(|it| add(found, key, it)),
                    None => users.all().for_each(|(key, user)| add(found, key, user)),
                }
            }
            // The other kinds are not part of the state of a pool.
            _ => {}
        }
    }

    fn read_documents(&self, found: &mut Found<'_>) {
        match found.key {
            Some(key) => {
                let name = key.split_once(' ');
                if let Some(document) = name.and_then(|name| self.documents.get(name)) {
                    found.add(key, document);
                }
            }
            None => {
                for (policy, url, document) in self.documents.iter() {
                    found.add(&documents::entry_key(policy, url), document);
                }
            }
        }
    }

    fn read_assertions(&self, found: &mut Found<'_>) {
        let assertions = &self.hosted.assertions;
        let add = |found: &mut Found<'_>, key: &str, user: &Hash, expires| {
            let value = URL_SAFE_NO_PAD.encode(user);
            found.add(key, &Expires { expires, value });
        };
        match found.key {
            Some(key) => {
                let name = used::of_entry_key(key);
                if let Some((user, expires)) = name.and_then(|(of, id)| assertions.find(of, &id)) {
                    add(found, key, user, expires);
                }
            }
            None => {
                for (provider, id, user, expires) in assertions.iter() {
                    add(found, &used::entry_key(provider, id), user, expires);
                }
            }
        }
    }
}

fn owned<T>((key, expires, value): (&str, SystemTime, T)) -> (String, SystemTime, T) {
    (key.to_owned(), expires, value)
}
