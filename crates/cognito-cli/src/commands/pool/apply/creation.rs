//! The creation of a pool by `pool apply --create`.
//!
//! AWS accepts two pools with the same name, and `CreateUserPool` is not idempotent. Therefore a
//! state file beside the file of the settings says that the creation has begun. After a lost
//! response, the next run searches for the pool by its name.

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use cognito::Operation;
use cognito::config::{EnvConfigSource, Setting};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::context::Context;
use crate::failure::{Exit, Failure, Outcome};
use crate::file_lock::FileLock;
use crate::pool_settings::read::{list, send};
use crate::private_file;

/// The content of the state file.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
struct State {
    region: String,
    pool_name: String,
    /// The id of the pool. `None` if no response of AWS with the id has arrived.
    pool_id: Option<String>,
}

/// A creation of a pool, which an earlier run may have begun.
pub(super) struct Creation {
    path: PathBuf,
    lock: FileLock,
    state: State,
    has_begun: bool,
    /// A context for the requests that name no pool.
    context: Context,
}

impl Creation {
    /// Opens the creation of the pool whose settings are in `file`. Fails if another pool with the
    /// same name exists.
    pub(super) async fn open(context: &Context, file: &Path, settings: &Value) -> Outcome<Self> {
        if context.global.pool.is_some() {
            return Err(Failure::usage("--create creates the pool: remove --pool"));
        }
        let name = settings["PoolName"].as_str();
        let name = name.ok_or_else(|| Failure::usage("the file has no settings.PoolName"))?;
        let region = region(context).await?;
        let path = private_file::beside(file, ".creation");
        let lock = FileLock::new(&path)?;
        let new = State {
            region: region.clone(),
            pool_name: name.to_owned(),
            pool_id: None,
        };
        let known = read(&path)?;
        let mut creation = Self {
            has_begun: known.is_some(),
            state: known.unwrap_or_else(|| new.clone()),
            context: context.with_pool(&format!("{region}_none")),
            path,
            lock,
        };
        let other = (&creation.state.region, &creation.state.pool_name);
        if other != (&new.region, &new.pool_name) {
            return Err(Failure::usage(format!(
                "{} is of the pool {} in {}: finish this creation first, or delete the file",
                creation.path.display(),
                creation.state.pool_name,
                creation.state.region
            )));
        }
        creation.search().await?;
        Ok(creation)
    }

    /// Searches for the pool, unless its id is known.
    async fn search(&mut self) -> Outcome<()> {
        if self.state.pool_id.is_some() {
            return Ok(());
        }
        let pools = list(&self.context, Operation::ListUserPools, 60, "UserPools").await?;
        let named = pools
            .iter()
            .filter(|pool| pool["Name"] == self.state.pool_name);
        let ids: Vec<&str> = named.filter_map(|pool| pool["Id"].as_str()).collect();
        let (name, all) = (&self.state.pool_name, ids.join(", "));
        match &*ids {
            [] => Ok(()),
            [id] if self.has_begun => {
                self.state.pool_id = Some((*id).to_owned());
                Ok(())
            }
            _ if self.has_begun => Err(Failure::usage(format!(
                "several pools have the name {name}: {all}: find out which one this command has \
                 created, add --pool with its id, and remove --create"
            ))),
            _ => Err(Failure::usage(format!(
                "a pool with the name {name} exists: {all}: add --pool with its id, and remove \
                 --create"
            ))),
        }
    }

    /// Returns the id of the pool that an earlier run has created.
    pub(super) fn known_id(&self) -> Option<&str> {
        self.state.pool_id.as_deref()
    }

    pub(super) fn question(&self, parts: usize) -> String {
        let State {
            region, pool_name, ..
        } = &self.state;
        format!("creates the pool {pool_name} with {parts} parts in {region}")
    }

    /// Creates the pool, and returns its id.
    pub(super) async fn create(&mut self, settings: &Value) -> Outcome<String> {
        self.save()?;
        let response = send(&self.context, Operation::CreateUserPool, settings.clone());
        let response = response.await?;
        let id = response["UserPool"]["Id"].as_str();
        let missing = || Failure::new(Exit::Failed, "CreateUserPool returned no id");
        let id = id.ok_or_else(missing)?.to_owned();
        self.state.pool_id = Some(id.clone());
        self.save()?;
        self.context.message(&format!("created the pool {id}"));
        Ok(id)
    }

    fn save(&self) -> Outcome<()> {
        let json = serde_json::to_vec_pretty(&self.state)?;
        Ok(private_file::replace(&self.path, &json)?)
    }

    /// Removes the state file at the end.
    pub(super) fn remove(self) -> Outcome<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        self.lock.remove();
        Ok(())
    }
}

/// Reads the state file. Returns `None` if it does not exist.
fn read(path: &Path) -> Outcome<Option<State>> {
    let shown = path.display();
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        _ => {}
    }
    let mut text = String::new();
    private_file::open_own(path)
        .and_then(|file| file.take(64 * 1024).read_to_string(&mut text))
        .map_err(|error| Failure::usage(format!("cannot read {shown}: {error}")))?;
    let state = serde_json::from_str(&text);
    let wrong = |_| Failure::usage(format!("{shown} is not the state of a creation"));
    state.map(Some).map_err(wrong)
}

/// Returns the region for the new pool: that of the options, of the environment or of the profile.
async fn region(context: &Context) -> Outcome<String> {
    let settings = context.with_origins(&EnvConfigSource::new()).await?;
    if let Some(region) = settings.value(Setting::Region) {
        return Ok(region.to_owned());
    }
    let config = context.aws(None).await;
    let region = config.region().map(|region| region.as_ref().to_owned());
    region.ok_or_else(|| Failure::usage("no region: add --region, or set AWS_REGION"))
}
