//! Imports users with an import job of Cognito. Only an import job accepts password hashes.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use cognito::administration::{UserDetails, UserStatus};
use cognito::clock::{Clock, SystemClock};
use cognito::{Error, Operation};
use futures_util::stream::{self, TryStreamExt};
use serde_json::{Value, json};

use super::finish::{self, is_lost};
use super::journal::{Job, Journal, Plan, RowOutcome};
use super::own::{self, differences, user};
use super::row::ImportRow;
use super::schema::Schema;
use super::{job_rows, upload};
use crate::commands::users::job_file::JobFile;
use crate::context::Context;
use crate::document::{self, text};
use crate::failure::{Exit, Failure, Outcome};
use crate::user_list;

/// The longest time between two requests for the status of a job.
const MOST_WAIT: Duration = Duration::from_secs(10);

/// The time after which the upload URL of a new job may have expired.
const URL_AGE: Duration = Duration::from_secs(15 * 60);

/// The number of users that one request of `ListUsers` returns.
const PAGE: usize = 60;

/// An import with an import job.
pub(super) struct JobImport<'a> {
    pub(super) context: &'a Context,
    pub(super) plan: &'a Plan,
    pub(super) schema: &'a Schema,
    pub(super) journal: &'a RefCell<Journal>,
    pub(super) file: &'a JobFile,
    /// The ARN of the role with which Cognito writes to CloudWatch Logs.
    pub(super) role: &'a str,
}

impl JobImport<'_> {
    /// Imports the users whose import has not been tried or has failed. Writes the outcome of each
    /// user to the journal.
    pub(super) async fn import(&self, rows: &[ImportRow]) -> Outcome<()> {
        let is_pending = |row: &&ImportRow| self.journal.borrow().is_pending(row.key, false);
        let pending: Vec<&ImportRow> = rows.iter().filter(is_pending).collect();
        let is_created = |row: &&ImportRow| self.journal.borrow().created(row).is_some();
        let (created, pending): (Vec<_>, Vec<_>) = pending.into_iter().partition(is_created);
        for row in created {
            let sub = self.journal.borrow().created(row);
            let (outcome, sub, error) = self.finished(row, sub.unwrap_or_default()).await?;
            self.journal.borrow_mut().end(row, outcome, sub, error)?;
        }
        if pending.is_empty() {
            let is_open = self.journal.borrow().job().is_some();
            if is_open {
                self.journal.borrow_mut().end_job()?;
            }
            return Ok(());
        }
        let mut is_second = false;
        let job = loop {
            let (job, url_since) = self.job().await?;
            match self.ran(job, url_since, &pending).await? {
                Ran::Ended(job) => break job,
                // The next job has a new URL.
                Ran::GivenUp(_) if !is_second => self.journal.borrow_mut().end_job()?,
                Ran::GivenUp(reason) => return Err(Failure::new(Exit::Failed, reason)),
            }
            is_second = true;
        };
        self.report(&job);
        self.record(&job, &pending).await?;
        self.journal.borrow_mut().end_job()
    }

    /// Returns the job in the journal, or creates a job. If this process creates the job, also
    /// returns a point in time before the creation.
    async fn job(&self) -> Outcome<(Value, Option<SystemTime>)> {
        let now = SystemClock::new().now();
        let earlier = self.journal.borrow().job();
        let name = match earlier {
            Some(Job { id: Some(id), .. }) => return Ok((self.described(&id).await?, None)),
            Some(Job { name, id: None }) => {
                if let Some(job) = self.listed(&name).await? {
                    return Ok((self.adopted(&name, job)?, None));
                }
                name
            }
            None => {
                let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
                let (hash, since) = (&self.plan.sha256[..8], since.as_millis());
                let name = format!("cognito-import-{hash}-{since}");
                self.journal.borrow_mut().begin_job(&name, None)?;
                name
            }
        };
        let mut members = json!({ "JobName": name, "CloudWatchLogsRoleArn": self.role });
        if let Some(algorithm) = &self.plan.algorithm {
            members["PasswordHashingAlgorithm"] = json!(algorithm);
        }
        let created = self.send(Operation::CreateUserImportJob, members).await?;
        let job = match created {
            Ok(mut created) => created["UserImportJob"].take(),
            Err(error) if is_lost(&error) => match self.listed(&name).await? {
                Some(job) => job,
                None => return Err(error.into()),
            },
            Err(error) => return Err(error.into()),
        };
        Ok((self.adopted(&name, job)?, Some(now)))
    }

    fn adopted(&self, name: &str, job: Value) -> Outcome<Value> {
        let id = job_id(&job)?;
        self.journal.borrow_mut().begin_job(name, Some(&id))?;
        Ok(job)
    }

    /// Returns the job with this name. Returns `None` if there is none.
    async fn listed(&self, name: &str) -> Outcome<Option<Value>> {
        let mut members = json!({ "MaxResults": PAGE });
        loop {
            let page = self
                .send(Operation::ListUserImportJobs, members.clone())
                .await??;
            let mut jobs = page["UserImportJobs"].as_array().into_iter().flatten();
            if let Some(job) = jobs.find(|job| job["JobName"] == name) {
                return Ok(Some(job.clone()));
            }
            match text(&page, "PaginationToken") {
                Some(token) => members["PaginationToken"] = token.into(),
                None => return Ok(None),
            }
        }
    }

    async fn described(&self, id: &str) -> Outcome<Value> {
        let members = json!({ "JobId": id });
        let mut job = self
            .send(Operation::DescribeUserImportJob, members)
            .await??;
        Ok(job["UserImportJob"].take())
    }

    async fn send(&self, operation: Operation, members: Value) -> Outcome<Result<Value, Error>> {
        document::send(self.context, operation, members).await
    }

    /// Uploads the file, starts the job, and waits until it ends. Starts the job again if a request
    /// to start it had no effect.
    async fn ran(
        &self,
        mut job: Value,
        url_since: Option<SystemTime>,
        rows: &[&ImportRow],
    ) -> Outcome<Ran> {
        let id = job_id(&job)?;
        let mut starts = 0;
        let mut wait = Duration::from_millis(250);
        loop {
            match job["Status"].as_str().unwrap_or_default() {
                "Created" => {
                    if starts > self.context.global.max_retries {
                        let text = "Cognito does not start the import job: run the command again \
                                    with --resume";
                        return Err(Failure::new(Exit::Failed, text));
                    }
                    if starts > 0 {
                        self.context.back_off(starts - 1).await;
                    }
                    starts += 1;
                    if let Some(reason) = self.start(&job, &id, url_since, rows).await? {
                        return Ok(Ran::GivenUp(reason));
                    }
                }
                "Pending" | "InProgress" | "Stopping" => {
                    self.context.pause(wait).await;
                    wait = (wait * 2).min(MOST_WAIT);
                }
                // A job that has expired has imported no user.
                "Expired" => return Ok(Ran::GivenUp("the import job has expired")),
                _ => return Ok(Ran::Ended(job)),
            }
            job = self.described(&id).await?;
        }
    }

    /// Uploads the file, and starts the job. If there is no upload URL, or if the URL is rejected
    /// and may have expired, does not start the job and returns the reason.
    async fn start(
        &self,
        job: &Value,
        id: &str,
        url_since: Option<SystemTime>,
        rows: &[&ImportRow],
    ) -> Outcome<Option<&'static str>> {
        let Some(url) = text(job, "PreSignedUrl") else {
            return Ok(Some("Cognito returned no URL for the upload"));
        };
        let file = Bytes::from(job_rows::file(self.file, rows)?);
        if !upload::put(self.context, &url, file).await? {
            let reason = "the upload of the file was rejected with status 403";
            if may_be_expired(url_since, SystemClock::new().now()) {
                return Ok(Some(reason));
            }
            let advice = upload::ADVICE;
            return Err(Failure::new(Exit::Failed, format!("{reason}; {advice}")));
        }
        let members = json!({ "JobId": id });
        match self.send(Operation::StartUserImportJob, members).await? {
            Ok(_) => Ok(None),
            // The next request shows whether the job has started.
            Err(error) if is_lost(&error) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn report(&self, job: &Value) {
        let number = |name: &str| job[name].as_u64().unwrap_or_default();
        let name = text(job, "JobName").unwrap_or_default();
        let status = text(job, "Status").unwrap_or_default();
        let message = text(job, "CompletionMessage").unwrap_or_default();
        self.context.message(&format!(
            "import job {name}: {status}, {} imported, {} skipped, {} failed; {message}",
            number("ImportedUsers"),
            number("SkippedUsers"),
            number("FailedUsers"),
        ));
    }

    /// Finds the users whom the job has created, and writes the outcome of each row. Cognito reports
    /// the outcomes only to CloudWatch Logs, without the new `sub`.
    async fn record(&self, job: &Value, rows: &[&ImportRow]) -> Outcome<()> {
        let started = started(job);
        let name = &text(job, "JobName").unwrap_or_default();
        let found = &self.found(rows).await?;
        let concurrency = usize::from(self.context.global.concurrency);
        stream::iter(rows.iter().map(Ok))
            .try_for_each_concurrent(concurrency, |row| async move {
                let user = found.get(&row.key);
                let (outcome, sub, error) = self.outcome(row, user, started, name).await?;
                self.journal.borrow_mut().end(row, outcome, sub, error)
            })
            .await
    }

    async fn outcome(
        &self,
        row: &ImportRow,
        listed: Option<&UserDetails>,
        started: Option<SystemTime>,
        job: &str,
    ) -> Outcome<(RowOutcome, Option<String>, Option<String>)> {
        // The list can be stale, and can have another user with the address.
        let read;
        let user = match listed.filter(|user| is_own(row, user, started)) {
            Some(user) => user,
            None => {
                read = user(self.context, row).await?;
                let Some(user) = &read else {
                    let text = format!(
                        "the import job {job} has not created the user: see its log in CloudWatch \
                         Logs"
                    );
                    return Ok((RowOutcome::Failed, None, Some(text)));
                };
                user
            }
        };
        let sub = user.attributes.value("sub").map(str::to_owned);
        match sub {
            Some(sub) if is_own(row, user, started) => {
                self.journal.borrow_mut().create_done(row, &sub)?;
                self.finished(row, sub).await
            }
            sub => {
                let text = "the user exists, and was not created by this import";
                Ok((RowOutcome::Conflict, sub, Some(text.to_owned())))
            }
        }
    }

    /// Completes a user whom a job has created: sets the state, the password and the groups that
    /// the row requires. Returns the outcome of the row.
    async fn finished(
        &self,
        row: &ImportRow,
        sub: String,
    ) -> Outcome<(RowOutcome, Option<String>, Option<String>)> {
        let finished = finish::finish(self.context, self.plan, self.schema, row, &sub).await;
        match finished {
            Ok(()) => Ok((RowOutcome::Created, Some(sub), None)),
            Err(failure) if matches!(failure.exit, Exit::Permission | Exit::Throttled) => {
                Err(failure)
            }
            Err(failure) => Ok((RowOutcome::Failed, Some(sub), Some(failure.message))),
        }
    }

    /// Returns the users of the pool with the names in `rows`, by the key of the row. Lists the
    /// pool, or reads each user, whichever needs fewer requests.
    async fn found(&self, rows: &[&ImportRow]) -> Outcome<HashMap<u64, UserDetails>> {
        let found = RefCell::new(HashMap::new());
        let pages = usize::try_from(self.schema.users).unwrap_or(usize::MAX) / PAGE;
        if pages > rows.len() {
            for row in rows {
                if let Some(user) = user(self.context, row).await? {
                    found.borrow_mut().insert(row.key, user);
                }
            }
            return Ok(found.into_inner());
        }
        let folded = |name: &str| {
            if self.schema.is_case_sensitive && !self.schema.has_address_names() {
                name.to_owned()
            } else {
                name.to_lowercase()
            }
        };
        let keys = rows.iter().map(|row| (folded(&row.username), row.key));
        let keys: HashMap<String, u64> = keys.collect();
        user_list::each(self.context, None, async |user: UserDetails| {
            // Users of identity providers can have the address of a user of the file.
            if user.status == UserStatus::ExternalProvider {
                return Ok(());
            }
            let addresses = self.schema.username_attributes.iter();
            let mut names = addresses
                .filter_map(|name| user.attributes.value(name))
                .chain([user.username.as_str()]);
            let key = names.find_map(|name| keys.get(&folded(name)).copied());
            drop(names);
            if let Some(key) = key {
                found.borrow_mut().insert(key, user);
            }
            Ok(())
        })
        .await?;
        Ok(found.into_inner())
    }
}

/// The result of an import job.
enum Ran {
    /// The description of the job, which has ended.
    Ended(Value),
    /// The reason why the job was given up. The job has imported no user. Another job may succeed.
    GivenUp(&'static str),
}

/// Returns `true` if the upload URL of a job may have expired. `since` is a time before the
/// creation of the job. If an earlier run has created the job, `since` is `None`, and the result is
/// `true`.
fn may_be_expired(since: Option<SystemTime>, now: SystemTime) -> bool {
    since.is_none_or(|since| now.duration_since(since).is_ok_and(|age| age > URL_AGE))
}

/// Returns the time at which a job has started. Returns `None` if it is unknown.
fn started(job: &Value) -> Option<SystemTime> {
    let seconds = job["StartDate"]
        .as_f64()
        .or_else(|| job["CreationDate"].as_f64())?;
    let since = Duration::try_from_secs_f64(seconds.floor()).ok()?;
    UNIX_EPOCH.checked_add(since)
}

/// Returns `true` if the import job that started at `started` probably created the user. The user
/// must have been created after this time, and must have the attributes of the row.
fn is_own(row: &ImportRow, user: &UserDetails, started: Option<SystemTime>) -> bool {
    // A job removes white space around a value. The format in which it stores dates is not
    // documented.
    let mut differences = differences(row, |name| user.attributes.value(name));
    let is_same = differences.all(|(name, value)| {
        let found = user.attributes.value(name).unwrap_or_default();
        name == "birthdate" || found == value.trim()
    });
    is_same && own::is_new(user.created, &user.status, started, own::IMPORTED)
}

fn job_id(job: &Value) -> Outcome<String> {
    let missing = || Failure::new(Exit::Failed, "Cognito returned an import job without an id");
    text(job, "JobId").ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_old_urls_can_be_expired() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        assert!(may_be_expired(None, at(0)));
        assert!(!may_be_expired(Some(at(100)), at(1_000)));
        assert!(may_be_expired(Some(at(100)), at(1_001)));
        assert!(!may_be_expired(Some(at(100)), at(0)));
    }

    #[test]
    fn job_without_time_has_no_start() {
        let job = json!({ "CreationDate": 1.5, "StartDate": 3.5 });
        assert_eq!(started(&job), Some(UNIX_EPOCH + Duration::from_secs(3)));
        assert_eq!(started(&json!({})), None);
        assert_eq!(started(&json!({ "StartDate": -1.0 })), None);
    }
}
