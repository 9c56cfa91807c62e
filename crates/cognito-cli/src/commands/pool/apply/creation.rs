//! The creation of a pool by `pool apply --create`.
//!
//! AWS accepts two pools with the same name, and `CreateUserPool` is not idempotent. Therefore a
//! state file in the folder of the settings file records that the creation has begun. After a lost
//! response, the next run searches for the pool by its name.
//!
//! Security: neither the name nor the state file proves that this command has created a pool. The
//! file can be from an attacker, and another operator can create a pool with the same name.
//! Therefore the operator must confirm each pool that an earlier run may have created: the command
//! asks, or the operator sets `--pool`. `--yes` is not enough.

mod origin;

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use cognito::config::{EnvConfigSource, Setting};
use cognito::{Error, ErrorKind, Operation};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::origin::Origin;
use super::request;
use crate::context::Context;
use crate::document;
use crate::failure::{Exit, Failure, Outcome};
use crate::file_lock::FileLock;
use crate::pool_settings::read::{list, send};
use crate::private_file;

/// The maximum difference between the clocks of AWS's servers, in seconds. AWS does not document it.
const MOST_SKEW: u64 = 10;

/// The number of further searches for the pool of an interrupted run. AWS's lists can be stale.
const SEARCHES: u32 = 4;

/// The time between two searches.
const BETWEEN_SEARCHES: Duration = Duration::from_secs(1);

/// The content of the state file.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
struct State {
    region: String,
    /// The AWS account. `None` if it is unknown: the region has no pool that can be read, and the
    /// credentials do not contain the account.
    #[serde(default)]
    account: Option<String>,
    pool_name: String,
    /// The time before the first `CreateUserPool` by AWS's clock, in seconds since 1970.
    begun_at: u64,
    /// The id of the pool. `None` if no response of AWS with the id has arrived.
    pool_id: Option<String>,
}

/// A creation of a pool, which an earlier run may have begun.
pub(super) struct Creation {
    path: PathBuf,
    lock: FileLock,
    state: State,
    has_begun: bool,
    /// The context for requests that belong to no pool, such as `ListUserPools`.
    context: Context,
}

impl Creation {
    /// Opens the creation of the pool whose settings are in `file`. Fails if another pool with the
    /// same name exists.
    pub(super) async fn open(context: &Context, file: &Path, settings: &Value) -> Outcome<Self> {
        let name = settings["PoolName"].as_str();
        let name = name.ok_or_else(|| Failure::usage("the file has no settings.PoolName"))?;
        let path = private_file::beside(file, ".creation");
        let lock = FileLock::new(&path)?;
        let known = read(&path)?;
        if known.is_none() && context.global.pool.is_some() {
            return Err(Failure::usage("--create creates the pool: remove --pool"));
        }
        let region = region(context).await?;
        let without_pool = context.with_pool(&format!("{region}_none"));
        let origin = Origin::read(&without_pool, &region).await?;
        let new = State {
            region,
            account: origin.account,
            pool_name: name.to_owned(),
            begun_at: origin.time,
            pool_id: None,
        };
        let mut creation = Self {
            has_begun: known.is_some(),
            state: known.unwrap_or_else(|| new.clone()),
            context: without_pool,
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
        creation.check_account(new.account.as_deref())?;
        let found = creation.search(context.global.pool.as_deref()).await?;
        if let Some(id) = &found {
            creation.check(context, id).await?;
        }
        creation.state.pool_id = found;
        Ok(creation)
    }

    /// Fails if the creation was begun in another account than `current`. In that account, the pool
    /// would not be found, and a second one would be created.
    fn check_account(&self, current: Option<&str>) -> Outcome<()> {
        let Some(begun) = self.state.account.as_deref() else {
            return Ok(());
        };
        let path = self.path.display();
        let found = match current {
            Some(current) if current == begun => return Ok(()),
            Some(current) => format!("the credentials are of the account {current}"),
            None => "the account of the credentials is unknown".to_owned(),
        };
        Err(Failure::usage(format!(
            "{path} is of a creation in the AWS account {begun}, but {found}: use credentials of the \
             account {begun}, or delete the file"
        )))
    }

    /// Returns the id of the pool that an earlier run may have created. `selected` is the value of
    /// `--pool`.
    async fn search(&self, selected: Option<&str>) -> Outcome<Option<String>> {
        let known = self.state.pool_id.as_deref();
        match (known, selected) {
            (Some(known), Some(selected)) if known != selected => {
                return Err(Failure::usage(format!(
                    "{} is of the pool {known}, not of {selected}",
                    self.path.display()
                )));
            }
            (Some(id), _) | (None, Some(id)) => return Ok(Some(id.to_owned())),
            (None, None) => {}
        }
        let mut ids = self.named().await?;
        let mut searches = 0;
        while ids.is_empty() && self.has_begun && searches < SEARCHES {
            self.context.pause(BETWEEN_SEARCHES).await;
            ids = self.named().await?;
            searches += 1;
        }
        let (name, all) = (&self.state.pool_name, ids.join(", "));
        match &*ids {
            [] => Ok(None),
            [id] if self.has_begun => Ok(Some(id.clone())),
            _ if self.has_begun => Err(Failure::usage(format!(
                "several pools have the name {name}: {all}: find out which one this command has \
                 created, and add --pool with its id"
            ))),
            _ => Err(Failure::usage(format!(
                "a pool with the name {name} exists: {all}: add --pool with its id, and remove \
                 --create"
            ))),
        }
    }

    /// Returns the ids of all pools with the name.
    async fn named(&self) -> Outcome<Vec<String>> {
        let pools = list(&self.context, Operation::ListUserPools, 60, "UserPools").await?;
        let named = pools
            .iter()
            .filter(|pool| pool["Name"] == self.state.pool_name);
        Ok(named
            .filter_map(|pool| document::text(pool, "Id"))
            .collect())
    }

    /// Checks that an earlier run may have created this pool. Call it if this run has not created
    /// the pool.
    ///
    /// # Errors
    ///
    /// Fails if the pool cannot be from an earlier run, or if `--yes` is set without `--pool`.
    async fn check(&self, context: &Context, id: &str) -> Outcome<()> {
        let (path, state) = (self.path.display(), &self.state);
        let wrong = |why: &str| {
            let text = "finish this creation first, or delete the file";
            Failure::usage(format!("{path} is not of the pool {id}: {why}: {text}"))
        };
        if !id.starts_with(&format!("{}_", state.region)) {
            return Err(wrong("the pool is in another region"));
        }
        let of_pool = context.with_pool(id);
        let pool = send(&of_pool, Operation::DescribeUserPool, json!({})).await?["UserPool"].take();
        let account = origin::account(&pool);
        if state.account.is_some() && account != state.account {
            return Err(wrong("the pool is in another account"));
        }
        if pool["Name"] != state.pool_name {
            return Err(wrong("the pool has another name"));
        }
        if !is_new(&pool, state.begun_at) {
            return Err(wrong("the pool is older"));
        }
        let global = &context.global;
        let arn = document::text(&pool, "Arn").unwrap_or_default();
        let created = document::time(&pool, "CreationDate").unwrap_or_default();
        if global.yes && !global.dry_run && global.pool.is_none() {
            return Err(Failure::usage(format!(
                "an earlier run may have created the pool {arn} at {created}: if it did, add \
                 --pool {id}, because --yes is not enough"
            )));
        }
        context.error(&format!("continues with the pool {arn} of {created}"));
        Ok(())
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
        let request = (Operation::CreateUserPool, settings.clone());
        let result = request::try_send(&self.context, request).await;
        let is_certain = match &result {
            Ok(Ok(_)) => false,
            Ok(Err(error)) => is_certain(error),
            // No request was sent.
            Err(_) => true,
        };
        // After an earlier run, the pool can exist although this request has failed.
        if is_certain && !self.has_begun {
            self.remove_state()?;
        }
        let response = result??;
        let id = response["UserPool"]["Id"].as_str();
        let missing = || Failure::new(Exit::Failed, "CreateUserPool returned no id");
        let id = id.ok_or_else(missing)?.to_owned();
        self.state.pool_id = Some(id.clone());
        if let Some(account) = origin::account(&response["UserPool"]) {
            self.state.account = Some(account);
        }
        self.save()?;
        self.context.message(&format!("created the pool {id}"));
        Ok(id)
    }

    /// Reports the other pools with the same name, and returns `true` if there are some. An earlier
    /// run or another operator may have created them at the same time.
    pub(super) async fn has_duplicates(&self) -> Outcome<bool> {
        let mut others = self.named().await?;
        others.retain(|id| self.state.pool_id.as_ref() != Some(id));
        if others.is_empty() {
            return Ok(false);
        }
        let (name, all) = (&self.state.pool_name, others.join(", "));
        self.context.error(&format!(
            "other pools have the name {name} too: {all}: find out whether an earlier run has \
             created them, and delete them if so"
        ));
        Ok(true)
    }

    fn save(&self) -> Outcome<()> {
        let json = serde_json::to_vec_pretty(&self.state)?;
        Ok(private_file::replace(&self.path, &json)?)
    }

    /// Removes the state file at the end.
    pub(super) fn remove(self) -> Outcome<()> {
        self.remove_state()?;
        self.lock.remove();
        Ok(())
    }

    fn remove_state(&self) -> Outcome<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}

/// Returns `true` if the error of a request proves that the request has not created a pool.
fn is_certain(error: &Error) -> bool {
    !matches!(
        error.kind(),
        ErrorKind::ReplyLost | ErrorKind::Timeout | ErrorKind::Upstream
    )
}

/// Returns `true` if a request at the time `begun_at` can have created the pool. Both times are by
/// AWS's clock.
fn is_new(pool: &Value, begun_at: u64) -> bool {
    let created = pool["CreationDate"].as_f64();
    let created = created.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let first = Duration::from_secs(begun_at.saturating_sub(MOST_SKEW));
    created.is_some_and(|created| created >= first)
}

/// Reads the state file. Returns `None` if it does not exist.
fn read(path: &Path) -> Outcome<Option<State>> {
    let shown = path.display();
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_new_pools_can_be_own() {
        for (created, expected) in [
            (json!(10_001.5), true),
            (json!(9_990), true),
            (json!(9_989.9), false),
            (json!(-1), false),
            (json!("x"), false),
            (Value::Null, false),
        ] {
            let pool = json!({ "CreationDate": created });
            assert_eq!(is_new(&pool, 10_000), expected, "{pool}");
        }
    }

    #[test]
    fn uncertain_errors_keep_the_state() {
        for (kind, expected) in [
            (ErrorKind::ReplyLost, false),
            (ErrorKind::Timeout, false),
            (ErrorKind::Upstream, false),
            (ErrorKind::Network, true),
            (ErrorKind::Throttled, true),
            (ErrorKind::Configuration, true),
        ] {
            assert_eq!(is_certain(&Error::new(kind)), expected, "{kind:?}");
        }
    }
}
