//! Replaces the data of an emulator with the entries of a state file.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::import_job::{ImportJob, JobStatus};
use crate::state::entries::kind::Kind;
use crate::state::entries::loaded::{Loaded, LoadedPool};
use crate::state::entries::reading::{Entries, Reading};
use crate::state::entries::watched::WatchedMap;
use crate::state::entries::{Entry, LoadError};
use crate::state::expiring::Expiring;
use crate::state::pool::State;
use crate::state::pools::{MOST_DISCOVERED, Pools};
use crate::state::service::Service;
use crate::state::test_provider::TestProvider;

/// The message of an import job that was running when the emulator stopped.
const INTERRUPTED: &str = "The emulator was stopped while the import job was running.";

impl Pools {
    /// Replaces all data with these entries. If an entry cannot be read, fails, and no data
    /// changes.
    ///
    /// This data comes from this emulator and not from the entries:
    ///
    /// - the endpoint. If an issuer or a URL of a test provider begins with the endpoint in the
    ///   entries, it gets the endpoint of this emulator;
    /// - the signing keys, the limits of attempts, and the timeout and the Lambda functions of
    ///   triggers;
    /// - the triggers that are functions of this process, if the pool already exists here.
    ///
    /// An import job that was running gets the status of a failed job. Requests in progress
    /// continue with the earlier data. If changes are tracked, the next
    /// [`take_changes`](Self::take_changes) returns the differences to the earlier data.
    pub(crate) fn load(&self, entries: &[Entry]) -> Result<(), LoadError> {
        let mut reading = Reading::default();
        for entry in entries {
            reading.add((&entry.scope, &entry.kind, &entry.key), &entry.value);
        }
        self.load_read(reading.finish()?)
    }

    /// Loads the entries that [`Reading::finish`] returns, in the same way as [`load`](Self::load).
    pub(crate) fn load_read(&self, entries: Entries) -> Result<(), LoadError> {
        let marks = self.scope.marks();
        let mut taken = marks.taken.lock();
        if marks.is_tracking() {
            let loaded = Loaded::new(entries, None)?;
            self.mark_everything(&taken);
            self.replace(loaded);
            self.mark_everything(&taken);
        } else {
            let loaded = Loaded::new(entries, Some(&mut taken))?;
            self.replace(loaded);
        }
        Ok(())
    }

    fn replace(&self, loaded: Loaded) {
        let now = self.clock.now();
        let has_imported = loaded.pools.values().any(|pool| pool.users.has_imported());
        let restored = loaded.pools.into_iter().filter_map(|(id, pool)| {
            let service = self.restored(&id, pool)?;
            Some((id, Arc::new(service)))
        });
        let restored: BTreeMap<_, _> = restored.collect();
        self.imports.clear();
        if has_imported {
            self.imports.note_hash();
        }
        *self.open.write() = restored;
        let mut files = loaded.files;
        let jobs = loaded.jobs.into_iter().map(|(pool_id, jobs)| {
            let restored = jobs.into_values().map(|mut job: ImportJob| {
                job.file = files.remove(&(pool_id.clone(), job.id.clone()));
                if job.status.is_active() {
                    job.end(JobStatus::Failed, INTERRUPTED, now);
                }
                job
            });
            let restored = restored.collect();
            (pool_id, restored)
        });
        *self.imports.lock() = jobs.collect();
        let mut identity_pools = self.identity_pools.lock();
        identity_pools.pools = loaded.identity_pools;
        identity_pools.ids = loaded.identity_key;
        if self.scope.is_tracking() {
            identity_pools.ids.create_key(&self.random);
        }
        drop(identity_pools);
        self.no_pool().keys.restore(loaded.kms);
        *self.quotas.lock().provisioned = loaded.limits;
        self.inbox.restore(loaded.messages);
        self.parameters.lock().restore(loaded.parameters);
        self.roles.lock().restore(loaded.roles);
        self.secrets.lock().restore(loaded.secrets);
        let mut test_provider = TestProvider::default();
        if let Some(stored) = loaded.test_provider {
            test_provider.codes.restore(stored.codes);
            test_provider.tokens.restore(stored.tokens);
        }
        **self.test_provider.lock() = test_provider;
        if let Some(position) = loaded.random {
            self.random.skip_to(position);
        }
        let clock = loaded.clock;
        let frozen = clock.as_ref().and_then(|clock| clock.frozen);
        let ahead = clock.map_or_else(Default::default, |clock| clock.ahead);
        self.steered_clock.restore(ahead, frozen);
        *self.discovered.lock() = Expiring::new(MOST_DISCOVERED);
        *self.metadata.lock() = Expiring::new(MOST_DISCOVERED);
    }

    /// Creates a pool from its entries in the state file. Returns `None` if the entries contain no
    /// settings of the pool.
    fn restored(&self, id: &str, mut pool: LoadedPool) -> Option<Service> {
        let before = self.get(id).ok();
        let mut settings = pool.settings.take()?;
        let current = &self.no_pool().settings;
        settings.adapt(current, before.as_ref().map(|pool| &pool.settings));
        let tokens = self.no_pool().tokens.restored(&settings, pool.keys.clone());
        if self.scope.is_tracking() {
            tokens.random.create(&self.random);
        }
        let clients = std::mem::take(&mut pool.clients);
        let state = State::new(settings.names(), self.scope.of_pool(id));
        let state = pool.fill(state);
        Some(self.service(settings, tokens, clients, state))
    }
}

impl LoadedPool {
    /// Adds the data of this pool, which was read from a state file, to an empty state. Returns the
    /// state.
    fn fill(self, mut state: State) -> State {
        let scope = state.scope.clone();
        let users = &mut state.users;
        users.restore(self.users);
        users.era = self.state.era;
        users.since = self.state.since;
        let history = &mut users.history;
        history.horizon = self.state.horizon;
        *history.restorations = self.restorations;
        history.users = WatchedMap::with(self.earlier_users, scope.clone(), Kind::EarlierUser);
        history.groups = WatchedMap::with(self.earlier_groups, scope.clone(), Kind::EarlierGroup);
        state.groups = WatchedMap::with(self.groups, scope.clone(), Kind::Group);
        state.families.known = WatchedMap::with(self.families, scope, Kind::Family);
        state.simulation_key = self.state.simulation_key;
        for (policy, url, document) in self.documents {
            state.documents.restore(&policy, &url, document);
        }
        let mut browsers = self.browsers;
        browsers.sort_by_key(|(_, expires, _)| *expires);
        state.hosted.browsers.restore(browsers);
        for (provider, id, user, expires) in self.assertions {
            let assertions = &mut state.hosted.assertions;
            assertions.restore(&provider, id, user, expires);
        }
        state
    }
}
