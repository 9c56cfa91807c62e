//! Import of users from CSV files: `CreateUserImportJob`, `DescribeUserImportJob`,
//! `ListUserImportJobs`, `StartUserImportJob`, `StopUserImportJob` and `GetCSVHeader`.
//!
//! The rules are from the AWS developer guide ("Importing users into user pools from a CSV file").

mod line;
mod run;

use serde_json::{Value, json};

use crate::model::failure::{Answer, Failure};
use crate::model::import_job::{Counts, ImportJob, JobStatus};
use crate::model::password::imported::HashAlgorithm;
use crate::model::settings::Settings;
use crate::operations::page::Page;
use crate::state::call::Call;
use crate::state::imports::job_in;
use crate::state::pools::MIXED;

/// The maximum number of import jobs of a pool: AWS's quota.
const MOST_JOBS: usize = 1000;

/// The columns of a CSV import file before the custom attributes, in the order in which
/// `GetCSVHeader` returns them.
const COLUMNS: [&str; 19] = [
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "email",
    "email_verified",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "phone_number",
    "phone_number_verified",
    "address",
    "updated_at",
];
const MFA: &str = "cognito:mfa_enabled";
const USERNAME: &str = "cognito:username";

/// Returns the columns that a CSV import file must have.
fn columns(settings: &Settings) -> impl Iterator<Item = &str> {
    let attributes = COLUMNS.into_iter().chain(settings.schema.custom_names());
    attributes.chain([MFA, USERNAME])
}

pub(crate) fn csv_header(call: &Call<'_>) -> Answer {
    let settings = &call.service.settings;
    let header: Value = columns(settings).collect();
    Ok(json!({ "UserPoolId": settings.pool_id, "CSVHeader": header }))
}

pub(crate) fn create(call: &Call<'_>) -> Answer {
    let algorithm = call.text("PasswordHashingAlgorithm");
    let random = &call.service.random;
    let signature: [u8; 32] = random.bytes();
    let job = ImportJob {
        id: format!("import-{}", random.word(10, MIXED)),
        account: call.service.settings.account.clone(),
        name: call.required("JobName")?.to_owned(),
        role: call.required("CloudWatchLogsRoleArn")?.to_owned(),
        algorithm: algorithm.and_then(HashAlgorithm::named),
        signature: signature.map(|byte| format!("{byte:02x}")).concat(),
        created: call.now,
        started: None,
        completed: None,
        status: JobStatus::Created,
        message: None,
        counts: Counts::default(),
        file: None,
        outcomes: Vec::new(),
    };
    let answer = describe_job(call, &job);
    let mut jobs = call.pools.imports.lock();
    let jobs = jobs.entry(pool_id(call).to_owned()).or_default();
    if jobs.len() >= MOST_JOBS {
        return Err(Failure::new(
            "LimitExceededException",
            "The user pool has too many import jobs.",
        ));
    }
    jobs.push(job);
    Ok(answer)
}

pub(crate) fn describe(call: &Call<'_>) -> Answer {
    with_job(call, |job| Ok(describe_job(call, job)))
}

/// Handles `ListUserImportJobs`. The newest job is first.
pub(crate) fn list(call: &Call<'_>) -> Answer {
    let page = Page::read(call, "MaxResults", "PaginationToken")?;
    let mut jobs = call.pools.imports.lock();
    let Some(jobs) = jobs.get_mut(pool_id(call)) else {
        return Ok(json!({ "UserImportJobs": [] }));
    };
    let after = page.after.as_ref();
    let end = after.and_then(|after| jobs.iter().position(|job| job.id == *after));
    let newest = if after.is_some() { 0 } else { jobs.len() };
    let end = end.unwrap_or(newest);
    let rest = jobs[..end].iter_mut().rev().map(|job| {
        job.expire(call.now);
        (
            job.id.clone(),
            describe_job(call, job)["UserImportJob"].take(),
        )
    });
    page.answer("UserImportJobs", rest)
}

/// Handles `StartUserImportJob`. The users are imported after the response.
pub(crate) fn start(call: &Call<'_>) -> Answer {
    let id = call.required("JobId")?;
    let mut jobs = call.pools.imports.lock();
    let account = &call.service.settings.account;
    let mut own = jobs
        .values()
        .flatten()
        .filter(|job| job.account == *account);
    let is_another_active = own.any(|job| job.status.is_active());
    let job = job_in(&mut jobs, pool_id(call), id).ok_or_else(|| unknown(id))?;
    job.expire(call.now);
    if job.status != JobStatus::Created {
        return unmet(format!(
            "Job {id} cannot be started: {}.",
            job.status.name()
        ));
    }
    if job.file.is_none() {
        // From github.com/aws-amplify/amplify-js/issues/6416.
        return unmet(format!("No csv file was uploaded for {id}"));
    }
    if call.service.settings.auto_verified.is_empty() {
        return unmet("The user pool does not have at least one auto verified attribute.");
    }
    if is_another_active {
        return unmet("Only one import job can be active at a time.");
    }
    job.status = JobStatus::Pending;
    job.started = Some(call.now);
    call.background.start(run::work(pool_id(call), job));
    Ok(describe_job(call, job))
}

/// Handles `StopUserImportJob`. The job stops before its next line.
pub(crate) fn stop(call: &Call<'_>) -> Answer {
    with_job(call, |job| {
        if !matches!(job.status, JobStatus::InProgress | JobStatus::Pending) {
            let (id, status) = (&job.id, job.status.name());
            return unmet(format!("Job {id} cannot be stopped: {status}."));
        }
        job.status = JobStatus::Stopping;
        Ok(describe_job(call, job))
    })
}

/// Fails if an import job of the pool is running.
pub(crate) fn check_idle(call: &Call<'_>) -> Result<(), Failure> {
    if call.pools.imports.is_active(pool_id(call)) {
        return Err(Failure::new(
            "UserImportInProgressException",
            "A user import job is in progress for this user pool.",
        ));
    }
    Ok(())
}

fn with_job(call: &Call<'_>, action: impl FnOnce(&mut ImportJob) -> Answer) -> Answer {
    let id = call.required("JobId")?;
    let imports = &call.pools.imports;
    let answer = imports.with_job((pool_id(call), id), call.now, |_| true, action);
    answer.ok_or_else(|| unknown(id))?
}

fn pool_id<'a>(call: &Call<'a>) -> &'a str {
    &call.service.settings.pool_id
}

fn describe_job(call: &Call<'_>, job: &ImportJob) -> Value {
    let settings = &call.service.settings;
    json!({ "UserImportJob": job.describe(&settings.pool_id, &settings.endpoint) })
}

fn unknown(id: &str) -> Failure {
    Failure::not_found(format!("User import job {id} does not exist."))
}

fn unmet<T>(message: impl Into<std::borrow::Cow<'static, str>>) -> Result<T, Failure> {
    Err(Failure::new("PreconditionNotMetException", message))
}
