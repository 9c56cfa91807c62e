//! The import jobs of all pools ([`Imports`]).

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use bytes::Bytes;
use parking_lot::{Mutex, MutexGuard};
use serde_json::Value;

use crate::model::import_job::{ImportJob, JobStatus, UPLOAD_VALIDITY};
use crate::state::entries::kind::Kind;
use crate::state::entries::marks::Scope;

/// The maximum total size of the import files that an account has uploaded, in bytes. Files of jobs
/// that have ended do not count. The value is twice the maximum size of a file.
const MOST_BYTES: usize = 200 * 1024 * 1024;

/// The reason why the upload of an import file is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UploadError {
    /// The upload URL does not belong to a job, or the job was already started.
    Denied,
    /// The upload URL has expired.
    Expired,
    /// With this file, the total size of the account's files would exceed the maximum.
    Full,
}

/// The import jobs of all pools, by pool id. The jobs of a pool are in the order of their creation.
pub(crate) struct Imports {
    jobs: Mutex<Jobs>,
    /// `true` if a user of any pool may have an imported password hash.
    have_hashes: AtomicBool,
    scope: Scope,
}

pub(crate) type Jobs = BTreeMap<String, Vec<ImportJob>>;

/// The id of a pool and the id of an import job of the pool.
pub(crate) type JobKey<'a> = (&'a str, &'a str);

impl Imports {
    pub(crate) fn new(scope: Scope) -> Self {
        Self {
            jobs: Mutex::default(),
            have_hashes: AtomicBool::new(false),
            scope,
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Jobs> {
        let jobs = self.jobs.lock();
        self.scope.mark_all(Kind::ImportJob);
        jobs
    }

    /// Locks the jobs to read them.
    pub(super) fn read(&self) -> MutexGuard<'_, Jobs> {
        self.jobs.lock()
    }

    /// Runs `action` with an import job. Expires the job first if it was not started in time. Returns
    /// `None` if the pool has no such job.
    ///
    /// The change is written to the state file only if `is_written` returns `true` for the job
    /// before the change. [`ImportJob::is_stored_now`] omits most changes of a running job, because
    /// the job's entry contains the results of its lines and can be large. If the emulator is killed
    /// while the job is running, the last results can be lost, and the next start sets the status of
    /// the job to `Failed`.
    pub(crate) fn with_job<T>(
        &self,
        (pool_id, job_id): JobKey<'_>,
        now: SystemTime,
        is_written: impl FnOnce(&ImportJob) -> bool,
        action: impl FnOnce(&mut ImportJob) -> T,
    ) -> Option<T> {
        let mut jobs = self.jobs.lock();
        let job = job_in(&mut jobs, pool_id, job_id)?;
        if self.scope.is_tracking() && is_written(job) {
            self.scope
                .mark(Kind::ImportJob, &entry_key(pool_id, job_id));
        }
        job.expire(now);
        Some(action(job))
    }

    /// Returns `true` if an import job has an uploaded file. `key` is the key of the job's entry in
    /// the state file: the id of the pool, a slash and the id of the job.
    pub(super) fn has_file(&self, key: &str) -> bool {
        let Some((pool_id, job_id)) = key.split_once('/') else {
            return false;
        };
        let jobs = self.jobs.lock();
        let mut of_pool = jobs.get(pool_id).into_iter().flatten();
        of_pool.any(|job| job.id == job_id && job.file.is_some())
    }

    /// Returns `true` if a job of the pool is running.
    pub(crate) fn is_active(&self, pool_id: &str) -> bool {
        let jobs = self.jobs.lock();
        let mut of_pool = jobs.get(pool_id).into_iter().flatten();
        of_pool.any(|job| job.status.is_active())
    }

    /// Returns `true` if a user of any pool may have an imported password hash. A sign-in may then
    /// need to verify the hash.
    pub(crate) fn have_hashes(&self) -> bool {
        self.have_hashes.load(Ordering::Relaxed)
    }

    pub(crate) fn note_hash(&self) {
        self.have_hashes.store(true, Ordering::Relaxed);
    }

    /// Fails if the upload URL of a job is wrong or has expired, or if the job was already started.
    pub(crate) fn check_upload(
        &self,
        job_id: &str,
        signature: &str,
        now: SystemTime,
    ) -> Result<(), UploadError> {
        find_upload(&mut self.lock(), job_id, signature, now).map(drop)
    }

    /// Stores the CSV file of a user import job. An earlier file of the job is replaced. Fails like
    /// [`check_upload`](Self::check_upload), or with `Full` if the files of all jobs of the account
    /// would be too large together.
    pub(crate) fn upload(
        &self,
        job_id: &str,
        signature: &str,
        file: Bytes,
        now: SystemTime,
    ) -> Result<(), UploadError> {
        let mut jobs = self.lock();
        let account = find_upload(&mut jobs, job_id, signature, now)?
            .account
            .clone();
        let others = jobs.values().flatten();
        let others = others.filter(|job| job.account == account && job.id != job_id);
        let stored: usize = others
            .filter_map(|job| Some(job.file.as_ref()?.len()))
            .sum();
        let job = find_upload(&mut jobs, job_id, signature, now)?;
        if stored + file.len() > MOST_BYTES {
            return Err(UploadError::Full);
        }
        job.file = Some(file);
        let mut pools = jobs.iter();
        let of_job = pools.find(|(_, jobs)| jobs.iter().any(|job| job.id == job_id));
        if let Some((pool_id, _)) = of_job {
            self.scope
                .mark(Kind::ImportFile, &entry_key(pool_id, job_id));
        }
        Ok(())
    }

    /// Returns the results of an import job: its status, and the result of each line of its file.
    /// Returns `None` if no pool has the job.
    pub(crate) fn results(&self, job_id: &str) -> Option<Value> {
        let jobs = self.jobs.lock();
        let job = jobs.values().flatten().find(|job| job.id == job_id);
        job.map(ImportJob::results)
    }

    pub(crate) fn remove_pool(&self, pool_id: &str) {
        self.lock().remove(pool_id);
    }

    /// Removes the import jobs of all pools. A running job stops before it reads the next line of
    /// its import file.
    pub(crate) fn clear(&self) {
        self.lock().clear();
        self.have_hashes.store(false, Ordering::Relaxed);
    }
}

/// Returns the key of the state file entries of an import job and of its uploaded file.
pub(super) fn entry_key(pool_id: &str, job_id: &str) -> String {
    format!("{pool_id}/{job_id}")
}

pub(crate) fn job_in<'a>(
    jobs: &'a mut Jobs,
    pool_id: &str,
    job_id: &str,
) -> Option<&'a mut ImportJob> {
    let mut of_pool = jobs.get_mut(pool_id)?.iter_mut();
    of_pool.find(|job| job.id == job_id)
}

fn find_upload<'a>(
    jobs: &'a mut Jobs,
    job_id: &str,
    signature: &str,
    now: SystemTime,
) -> Result<&'a mut ImportJob, UploadError> {
    for job in jobs.values_mut().flatten() {
        job.expire(now);
    }
    let mut all = jobs.values_mut().flatten();
    let job = all.find(|job| job.id == job_id);
    let is_named = |job: &&mut ImportJob| {
        verify_slices_are_equal(job.signature.as_bytes(), signature.as_bytes()).is_ok()
    };
    let job = job.filter(is_named).ok_or(UploadError::Denied)?;
    let age = now.duration_since(job.created).unwrap_or_default();
    if age >= UPLOAD_VALIDITY {
        return Err(UploadError::Expired);
    }
    if job.status != JobStatus::Created {
        return Err(UploadError::Denied);
    }
    Ok(job)
}
