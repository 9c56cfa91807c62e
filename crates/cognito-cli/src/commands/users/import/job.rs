//! Imports users with an import job of Cognito. Only an import job accepts password hashes.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use cognito::administration::UserDetails;
use cognito::clock::{Clock, SystemClock};
use cognito::{Error, Operation};
use futures_util::stream::{self, TryStreamExt};
use serde_json::{Value, json};

use super::create::{differences, user};
use super::finish::{self, is_lost};
use super::journal::{Job, Journal, Plan, RowOutcome};
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
    /// Imports the users who are not done, and writes the outcome of each to the journal.
    pub(super) async fn import(&self, rows: &[ImportRow]) -> Outcome<()> {
        let is_pending = |row: &&ImportRow| self.journal.borrow().is_pending(row.line, false);
        let pending: Vec<&ImportRow> = rows.iter().filter(is_pending).collect();
        if pending.is_empty() {
            return Ok(());
        }
        let job = loop {
            let job = self.job().await?;
            if let Some(ended) = self.ran(job, &pending).await? {
                break ended;
            }
            // The URL has expired: the next job has a new one.
            self.journal.borrow_mut().end_job()?;
        };
        self.report(&job);
        self.record(&job, &pending).await?;
        self.journal.borrow_mut().end_job()
    }

    /// Returns the job in the journal, or creates a job.
    async fn job(&self) -> Outcome<Value> {
        let earlier = self.journal.borrow().job();
        let name = match earlier {
            Some(Job { id: Some(id), .. }) => return self.described(&id).await,
            Some(Job { name, id: None }) => {
                if let Some(job) = self.listed(&name).await? {
                    return self.adopted(&name, job);
                }
                name
            }
            None => {
                let since = SystemClock::new().now().duration_since(UNIX_EPOCH);
                let now = since.unwrap_or_default().as_millis();
                let name = format!("cognito-import-{}-{now}", &self.plan.sha256[..8]);
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
        self.adopted(&name, job)
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

    /// Uploads the file, starts the job, and waits until it ends. Returns `None` if the job must be
    /// given up, because its URL has expired.
    async fn ran(&self, mut job: Value, rows: &[&ImportRow]) -> Outcome<Option<Value>> {
        let id = job_id(&job)?;
        let mut wait = Duration::from_millis(250);
        loop {
            match job["Status"].as_str().unwrap_or_default() {
                "Created" => {
                    if !self.start(&job, &id, rows).await? {
                        return Ok(None);
                    }
                }
                "Pending" | "InProgress" | "Stopping" => {
                    self.context.pause(wait).await;
                    wait = (wait * 2).min(MOST_WAIT);
                }
                // A job that has expired has imported no user.
                "Expired" => return Ok(None),
                _ => return Ok(Some(job)),
            }
            job = self.described(&id).await?;
        }
    }

    /// Uploads the file, and starts the job. Returns `false` if the URL of the job has expired.
    async fn start(&self, job: &Value, id: &str, rows: &[&ImportRow]) -> Outcome<bool> {
        let Some(url) = text(job, "PreSignedUrl") else {
            return Ok(false);
        };
        let file = Bytes::from(job_rows::file(self.file, rows)?);
        if !upload::put(self.context, &url, file).await? {
            return Ok(false);
        }
        let members = json!({ "JobId": id });
        match self.send(Operation::StartUserImportJob, members).await? {
            Ok(_) => Ok(true),
            // The next request shows whether the job has started.
            Err(error) if is_lost(&error) => Ok(true),
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
        let started = job["CreationDate"].as_f64().unwrap_or_default();
        let started = Duration::try_from_secs_f64(started.floor()).unwrap_or_default();
        let started = UNIX_EPOCH + started;
        let name = &text(job, "JobName").unwrap_or_default();
        let found = &self.found(rows).await?;
        let concurrency = usize::from(self.context.global.concurrency);
        stream::iter(rows.iter().map(Ok))
            .try_for_each_concurrent(concurrency, |row| async move {
                let user = found.get(&row.line);
                let (outcome, sub, error) = self.outcome(row, user, started, name).await?;
                self.journal.borrow_mut().end(row, outcome, sub, error)
            })
            .await
    }

    async fn outcome(
        &self,
        row: &ImportRow,
        user: Option<&UserDetails>,
        started: SystemTime,
        job: &str,
    ) -> Outcome<(RowOutcome, Option<String>, Option<String>)> {
        let Some(user) = user else {
            let text = format!(
                "the import job {job} has not created the user: see its log in CloudWatch Logs"
            );
            return Ok((RowOutcome::Failed, None, Some(text)));
        };
        let sub = user.attributes.value("sub").map(str::to_owned);
        let is_new = user.created.is_some_and(|created| created >= started);
        // A job removes white space around a value. The format in which it stores dates is not
        // documented.
        let is_same = differences(row, user).all(|(name, value)| {
            let found = user.attributes.value(name).unwrap_or_default();
            name == "birthdate" || found == value.trim()
        });
        let Some(sub) = sub.filter(|_| is_new && is_same) else {
            let text = "the user exists, and was not created by this import";
            let sub = user.attributes.value("sub").map(str::to_owned);
            return Ok((RowOutcome::Conflict, sub, Some(text.to_owned())));
        };
        let finished = finish::finish(self.context, self.plan, self.schema, row, &sub).await;
        match finished {
            Ok(()) => Ok((RowOutcome::Created, Some(sub), None)),
            Err(failure) if matches!(failure.exit, Exit::Permission | Exit::Throttled) => {
                Err(failure)
            }
            Err(failure) => Ok((RowOutcome::Failed, Some(sub), Some(failure.message))),
        }
    }

    /// Returns the users of the pool with the names in `rows`, by the line of the row. Lists the
    /// pool, or reads each user, whichever needs fewer requests.
    async fn found(&self, rows: &[&ImportRow]) -> Outcome<HashMap<u64, UserDetails>> {
        let found = RefCell::new(HashMap::new());
        let pages = usize::try_from(self.schema.users).unwrap_or(usize::MAX) / PAGE;
        if pages > rows.len() {
            for row in rows {
                if let Some(user) = user(self.context, row).await? {
                    found.borrow_mut().insert(row.line, user);
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
        let lines = rows.iter().map(|row| (folded(&row.username), row.line));
        let lines: HashMap<String, u64> = lines.collect();
        user_list::each(self.context, None, async |user: UserDetails| {
            let addresses = self.schema.username_attributes.iter();
            let mut names = addresses
                .filter_map(|name| user.attributes.value(name))
                .chain([user.username.as_str()]);
            let line = names.find_map(|name| lines.get(&folded(name)).copied());
            drop(names);
            if let Some(line) = line {
                found.borrow_mut().insert(line, user);
            }
            Ok(())
        })
        .await?;
        Ok(found.into_inner())
    }
}

fn job_id(job: &Value) -> Outcome<String> {
    let missing = || Failure::new(Exit::Failed, "Cognito returned an import job without an id");
    text(job, "JobId").ok_or_else(missing)
}
