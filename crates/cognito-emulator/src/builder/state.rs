//! The start of an emulator with or without a state file. If the file has data, the emulator starts
//! with this data. Otherwise the builder creates the pools.

use std::sync::Arc;

use crate::builder::{CLIENT_ID, EmulatorBuilder, POOL_ID};
use crate::model::client::Client;
use crate::model::error::StartError;
use crate::model::options::MfaMode;
use crate::model::random::Random;
use crate::operations::initial::Initial;
use crate::state::entries::reading::Entries;
use crate::state::journal::Journal;
use crate::state::pools::Pools;
use crate::state::service::Service;

/// The open state file of an emulator that starts, and its entries.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) journal: Journal,
    /// The entries of the file. `None` if the file is new, or if the builder has no state file.
    entries: Option<Entries>,
}

impl Kept {
    /// Returns the id of the first pool in the state file, in alphabetical order. Returns `None` if
    /// the file is new or has no pool.
    fn first_pool(&self) -> Option<&str> {
        self.entries.as_ref()?.pools().min()
    }
}

/// The result of creating the pools of an emulator, or of loading them from the state file.
pub(super) struct Content {
    pub(super) first: Arc<Service>,
    /// The id of the first app client. Empty if the first pool has none.
    pub(super) first_client: String,
    pub(super) initial: Initial,
    /// A note for the user if the content of the state file differs from the options of the
    /// builder: the file lacks the pool or the app client of the options, or it has another client
    /// secret, MFA setting or test provider. Otherwise `None`.
    pub(super) note: Option<String>,
}

impl EmulatorBuilder {
    /// Keeps the data in a file, so that it survives the end of the process. Creates the file if it
    /// does not exist. Default: the data is only in memory.
    ///
    /// The emulator writes the changes of each request before it responds. After the response, the
    /// changes are kept even if the process is killed. If the host loses power, the last changes
    /// can be missing. If the file cannot be written, requests fail with status 500 and
    /// `InternalErrorException`. Changes by the methods of [`Emulator`](crate::Emulator) are
    /// written immediately. Changes by the methods of [`Emulator::inbox`](crate::Emulator::inbox)
    /// and [`Emulator::ssm`](crate::Emulator::ssm) are written with the next request, or when the
    /// emulator is shut down or dropped.
    ///
    /// If the file has data, the emulator starts with it, and creates neither the pool of the
    /// builder nor the content of its [seed](Self::prepared) or [template](Self::template). All
    /// settings of pools and clients then come from the file. The file does not contain the
    /// [signing keys](Self::signing_keys), triggers that are functions of this process, sign-ins in
    /// progress, faults, or the settings of the server.
    ///
    /// Only one emulator can use a file at a time. [`start`](Self::start) and
    /// [`build`](Self::build) fail with [`StartError::State`] if the file cannot be used.
    ///
    /// # Security
    ///
    /// The file contains passwords, client secrets and codes. On Unix, only the user who creates it
    /// can read it. An existing file to which other users have access is rejected.
    #[cfg(feature = "state")]
    pub fn state(mut self, file: impl Into<std::path::PathBuf>) -> Self {
        self.state = Some(file.into());
        self
    }

    /// Opens the state file, if the builder has one.
    #[cfg(feature = "state")]
    pub(super) fn open_state(&mut self) -> Result<Kept, StartError> {
        use crate::state::entries::reading::Reading;
        use crate::state::file::StateFile;

        let Some(path) = &self.state else {
            return Ok(Kept::default());
        };
        let fault = |reason| StartError::State {
            file: path.clone(),
            reason,
        };
        let mut reading = Reading::default();
        let file = StateFile::open(path, |key, value| reading.add(key, value)).map_err(fault)?;
        let entries = reading.finish();
        let entries = entries.map_err(|error| fault(error.to_string()))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let kept = Kept {
            journal: Journal::new(name.into_owned(), file),
            entries: (!entries.is_empty()).then_some(entries),
        };
        Ok(kept)
    }

    #[cfg(not(feature = "state"))]
    #[allow(
        clippy::unnecessary_wraps,
        clippy::unused_self,
        reason = "with `state` it can fail"
    )]
    pub(super) fn open_state(&self) -> Result<Kept, StartError> {
        Ok(Kept::default())
    }

    /// Returns the region for requests that name no region. This is the region of the first pool in
    /// the state file. If the state file has no pool, it is the region of the builder's pool.
    pub(super) fn region(&self, kept: &Kept) -> String {
        let id = kept.first_pool().unwrap_or(&self.settings.pool_id);
        id.split('_').next().unwrap_or_default().to_owned()
    }

    /// Fills `pools` with the entries of the state file. If there are none, creates the pools of
    /// the seed or template, or the pool of the builder. Then writes the state file, if the builder
    /// has one.
    pub(super) fn fill(self, pools: &Pools, kept: Kept) -> Result<Content, StartError> {
        let file = self.state.clone().unwrap_or_default();
        let fault = |reason| StartError::State { file, reason };
        let content = match kept.entries {
            None => self.create(pools)?,
            Some(entries) => {
                if let Err(error) = pools.load_read(entries) {
                    return Err(fault(error.to_string()));
                }
                self.continued(pools)?
            }
        };
        if kept.journal.name().is_some() {
            pools.track_changes();
            let saved = kept.journal.commit_now(pools);
            saved.map_err(|error| fault(error.to_string()))?;
        }
        Ok(content)
    }

    /// Creates the content: the pools of the seed or template, or one pool with the settings of the
    /// builder.
    fn create(self, pools: &Pools) -> Result<Content, StartError> {
        if let Some(seed) = self.prepared {
            let first = seed.open(pools)?;
            seed.populate(pools)?;
            return Ok(Content {
                first,
                first_client: seed.first_client().to_owned(),
                initial: Initial::Seed(seed),
                note: None,
            });
        }
        if let Some(template) = &self.template {
            let stack = template.open(pools)?;
            return Ok(Content {
                first: Arc::clone(&stack.first),
                first_client: stack.first_client.clone(),
                initial: Initial::Stack(stack),
                note: None,
            });
        }
        let now = self.clock.now();
        let settings = self.settings(pools.named(self.settings.pool_id.clone(), now));
        let first_client = self.clients[0].id.clone();
        let clients = self.clients.into_iter().map(|client| Client {
            created: now,
            modified: now,
            ..client
        });
        Ok(Content {
            first: pools.add(settings, clients.collect()),
            first_client,
            initial: Initial::Nothing,
            note: None,
        })
    }

    /// Returns the content of an emulator whose pools were loaded from the state file. The options
    /// for pools then create no pools, but are used as follows:
    ///
    /// - They select the first pool and its first client from the loaded pools.
    /// - A template determines the outputs of the emulator.
    /// - A seed document or template determines the users and groups that
    ///   [`reset`](crate::Emulator::reset) creates again.
    /// - Without a seed document or template, the triggers of the builder are added to the pool
    ///   with the builder's pool id, because the file does not contain functions of this process.
    fn continued(self, pools: &Pools) -> Result<Content, StartError> {
        let file = self.state.clone().unwrap_or_default();
        let triggers = self.settings.triggers.clone();
        let unused = self.unused_note(pools);
        let (id, client, initial) = self.described(pools)?;
        let is_default = id == POOL_ID && client == CLIENT_ID;
        let found = pools.get(&id).ok();
        let has_client = found
            .as_ref()
            .is_some_and(|pool| client.is_empty() || pool.clients.read().contains_key(&client));
        let note = (!has_client && !is_default).then(|| {
            format!(
                "{} has no pool {id} with an app client {client}: the options for pools have no \
                 effect, because the file has data; use a new file to begin with them",
                file.display()
            )
        });
        let note = note.or(unused);
        if matches!(initial, Initial::Nothing) {
            // Functions of this process are not in the file.
            let _ = pools.update(&id, |settings| {
                settings.triggers.extend(&triggers);
                Ok(())
            });
        }
        let found = pools.get(&id).ok();
        let first = found.or_else(|| pools.all().into_iter().next());
        let first = first.unwrap_or_else(|| pools.no_pool());
        let first_client = if has_client {
            client
        } else {
            first
                .clients
                .read()
                .keys()
                .min()
                .cloned()
                .unwrap_or_default()
        };
        Ok(Content {
            first,
            first_client,
            initial,
            note,
        })
    }

    /// Returns a note for the user if options of the builder have no effect, because the state file
    /// already contains the builder's pool with other settings. Checks the options for client
    /// secrets, MFA and test providers. Returns `None` if the pool has the settings of these
    /// options.
    fn unused_note(&self, pools: &Pools) -> Option<String> {
        if self.prepared.is_some() || self.template.is_some() {
            return None;
        }
        let pool = pools.get(&self.settings.pool_id).ok()?;
        let clients = pool.clients.read();
        let has_secrets = |client: &Client| {
            let found = clients.get(&client.id);
            client.secrets.iter().all(|secret| {
                found.is_some_and(|found| found.secrets.iter().any(|it| it.text == secret.text))
            })
        };
        let is_default = self.settings.mfa == MfaMode::Optional;
        let known = &pool.settings.identity_providers;
        let options = [
            ("client secrets", self.clients.iter().all(has_secrets)),
            ("MFA", is_default || self.settings.mfa == pool.settings.mfa),
            (
                "test providers",
                self.test_providers
                    .iter()
                    .all(|name| known.contains_key(name)),
            ),
        ];
        let unused = options.iter().filter(|(_, is_used)| !is_used);
        let unused: Vec<_> = unused.map(|(name, _)| *name).collect();
        let file = self.state.as_deref()?.display();
        (!unused.is_empty()).then(|| {
            format!(
                "the pool in {file} has other settings than the options for {}: these options have \
                 no effect, because the file has data; use a new file to begin with them",
                unused.join(", ")
            )
        })
    }

    /// Returns the ids of the first pool and of its first client, as the options of the builder
    /// define them, and the content of the seed or template.
    fn described(self, pools: &Pools) -> Result<(String, String, Initial), StartError> {
        if let Some(seed) = self.prepared {
            let (id, client) = (seed.first_pool().to_owned(), seed.first_client().to_owned());
            return Ok((id, client, Initial::Seed(seed)));
        }
        let Some(template) = &self.template else {
            let client = self.clients[0].id.clone();
            return Ok((self.settings.pool_id, client, Initial::Nothing));
        };
        // The ids and secrets of the resources depend only on the template, so other pools have the
        // same outputs.
        let no_pool = &pools.no_pool().settings;
        let tokens = self.tokens(no_pool)?;
        let clock = Arc::clone(&self.clock);
        let other = Pools::new(clock, Random::new(None), no_pool.clone(), tokens);
        let stack = template.open(&other)?;
        let id = stack.first.settings.pool_id.clone();
        Ok((id, stack.first_client.clone(), Initial::Stack(stack)))
    }
}
