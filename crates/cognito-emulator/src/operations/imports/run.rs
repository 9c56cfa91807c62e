//! The import of the users of a job, after the response to `StartUserImportJob`.

use std::time::SystemTime;

use bytes::Bytes;
use serde_json::Map;

use crate::model::import_job::{Counts, ImportJob, JobStatus};
use crate::model::password::imported::HashAlgorithm;
use crate::operations::imports::line::Header;
use crate::state::background::Work;
use crate::state::call::Call;
use crate::state::imports::JobKey;
use crate::state::pools::Pools;

/// The maximum number of users in an import file: AWS's quota.
const MOST_USERS: usize = 500_000;

/// The number of lines that an import job imports in one step. Before each step, the job can be
/// stopped.
const STEP: usize = 50;

const STOPPED: &str = "The Import Job was stopped by the developer.";
const NOT_UTF8: &str = "The CSV file is not UTF-8.";
const TOO_MANY: &str = "The CSV file has more than 500,000 users.";

/// A running import job.
struct Run {
    pool_id: String,
    job_id: String,
    algorithm: Option<HashAlgorithm>,
    file: Bytes,
    /// The header of the import file. `None` until it has been parsed.
    header: Option<Header>,
    /// The position of the next line in the import file, in bytes.
    position: usize,
    /// The number of the last line of the import file that was read.
    line: usize,
}

/// Returns the background work that imports the users of a job.
pub(super) fn work(pool_id: &str, job: &ImportJob) -> Work {
    let mut run = Run {
        pool_id: pool_id.to_owned(),
        job_id: job.id.clone(),
        algorithm: job.algorithm,
        file: job.file.clone().unwrap_or_default(),
        header: None,
        position: 0,
        line: 0,
    };
    Box::new(move |pools| run.step(pools))
}

impl Run {
    /// Imports the next lines. Returns `false` if the job has ended, was stopped, or does not exist
    /// any more.
    fn step(&mut self, pools: &Pools) -> bool {
        let now = pools.clock.now();
        let is_stopped = self.with_running_job(pools, now, |job| {
            if job.status == JobStatus::Stopping {
                job.end(JobStatus::Stopped, STOPPED, now);
                return true;
            }
            job.status = JobStatus::InProgress;
            false
        });
        let Ok(service) = pools.get(&self.pool_id) else {
            return false;
        };
        if is_stopped != Some(false) {
            return false;
        }
        let fields = Map::new();
        let call = Call {
            calls_triggers: false,
            ..Call::new(pools, &service, &fields, "StartUserImportJob")
        };
        if self.header.is_none()
            && let Err(message) = self.start(&call)
        {
            self.with_job(pools, |job, now| job.end(JobStatus::Failed, message, now));
            return false;
        }
        for _ in 0..STEP {
            if !self.next(&call) {
                self.finish(pools);
                return false;
            }
        }
        true
    }

    /// Checks the import file and parses its header. If the file is invalid, fails with the message
    /// that the import job then shows.
    fn start(&mut self, call: &Call<'_>) -> Result<(), &'static str> {
        let text = std::str::from_utf8(&self.file).map_err(|_| NOT_UTF8)?;
        let users = text.lines().skip(1).filter(|line| !line.trim().is_empty());
        if users.take(MOST_USERS + 1).count() > MOST_USERS {
            return Err(TOO_MANY);
        }
        let header = self.read_line().unwrap_or_default();
        let header = Header::parse(&header, &call.service.settings, self.algorithm)?;
        self.header = Some(header);
        Ok(())
    }

    /// Imports the user in the next line. Returns `false` at the end of the file.
    fn next(&mut self, call: &Call<'_>) -> bool {
        let Some(line) = self.read_line() else {
            return false;
        };
        if let (Some(header), false) = (&self.header, line.trim().is_empty()) {
            let outcome = header.import(call, &line, self.algorithm);
            self.with_running_job(call.pools, call.now, |job| job.record(self.line, outcome));
        }
        true
    }

    fn finish(&self, pools: &Pools) {
        self.with_job(pools, |job, now| {
            let (status, message) = match job.counts {
                Counts {
                    imported: 0,
                    skipped,
                    failed,
                } if skipped + failed > 0 => (
                    JobStatus::Failed,
                    "Too many users have failed or been skipped during the import.",
                ),
                _ => (JobStatus::Succeeded, "Import Job Completed Successfully."),
            };
            job.end(status, message, now);
        });
    }

    /// Returns the next line without its line break. Returns `None` at the end of the file.
    fn read_line(&mut self) -> Option<String> {
        let rest = self.file.get(self.position..)?;
        if rest.is_empty() {
            return None;
        }
        let length = rest.iter().position(|byte| *byte == b'\n');
        let line = &rest[..length.unwrap_or(rest.len())];
        self.position += line.len() + 1;
        self.line += 1;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        // The whole file was checked before, so nothing is replaced.
        Some(String::from_utf8_lossy(line).into_owned())
    }

    fn with_job<T>(
        &self,
        pools: &Pools,
        action: impl FnOnce(&mut ImportJob, SystemTime) -> T,
    ) -> Option<T> {
        let now = pools.clock.now();
        let imports = &pools.imports;
        imports.with_job(self.key(), now, |_| true, |job| action(job, now))
    }

    /// Runs `action` with the running job. Not every change is written to the state file.
    fn with_running_job<T>(
        &self,
        pools: &Pools,
        now: SystemTime,
        action: impl FnOnce(&mut ImportJob) -> T,
    ) -> Option<T> {
        let imports = &pools.imports;
        imports.with_job(self.key(), now, ImportJob::is_stored_now, action)
    }

    fn key(&self) -> JobKey<'_> {
        (&self.pool_id, &self.job_id)
    }
}
