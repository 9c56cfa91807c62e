//! The jobs that import users from a file into a pool ([`ImportJob`]), and the result of each line
//! of the file ([`Outcome`]).

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::named::named;
use crate::model::password::imported::HashAlgorithm;
use crate::model::time::timestamp;

/// The time after the creation of an import job in which its file can be uploaded: 15 minutes, as
/// in AWS.
pub(crate) const UPLOAD_VALIDITY: Duration = Duration::from_secs(15 * 60);

/// The time after the creation of an import job in which it can be started: 24 hours. AWS documents
/// "within 24-48 hours".
const START_VALIDITY: Duration = Duration::from_secs(24 * 3600);

/// The maximum number of lines of an import file whose results are stored.
pub(crate) const MOST_OUTCOMES: usize = 10_000;

/// The number of lines of an import file between two writes of the running job to the state file.
const BETWEEN_WRITES: usize = 1_000;

named! {
    /// The status of an import job (`UserImportJobStatusType`).
    pub(crate) enum JobStatus {
        Created,
        Expired,
        Failed,
        InProgress,
        Pending,
        Stopped,
        Stopping,
        Succeeded,
    }
}

impl JobStatus {
    /// Returns `true` if the job was started and has not ended.
    pub(crate) const fn is_active(self) -> bool {
        matches!(self, Self::InProgress | Self::Pending | Self::Stopping)
    }
}

/// A job that imports users from an uploaded file into a pool.
#[derive(Serialize, Deserialize)]
pub(crate) struct ImportJob {
    pub(crate) id: String,
    /// The id of the account that owns the pool.
    pub(crate) account: String,
    pub(crate) name: String,
    pub(crate) role: String,
    /// The algorithm of the password hashes in the import file. `None` if the file has no hashes.
    pub(crate) algorithm: Option<HashAlgorithm>,
    /// The unguessable part of the URL to which the import file is uploaded.
    pub(crate) signature: String,
    pub(crate) created: SystemTime,
    pub(crate) started: Option<SystemTime>,
    pub(crate) completed: Option<SystemTime>,
    pub(crate) status: JobStatus,
    pub(crate) message: Option<Cow<'static, str>>,
    pub(crate) counts: Counts,
    /// The uploaded import file. `None` before the upload, and after the job has ended or expired.
    #[serde(skip)]
    pub(crate) file: Option<Bytes>,
    /// The results of the first lines of the import file, each with its line number. The header is
    /// line 1.
    pub(crate) outcomes: Vec<(usize, Outcome)>,
}

/// The numbers of imported, skipped and failed users of an import job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub(crate) imported: usize,
    pub(crate) skipped: usize,
    pub(crate) failed: usize,
}

impl ImportJob {
    /// Changes the status of the job to expired and removes its file, if the job was not started
    /// within 24 hours of its creation.
    pub(crate) fn expire(&mut self, now: SystemTime) {
        let age = now.duration_since(self.created).unwrap_or_default();
        if self.status == JobStatus::Created && age >= START_VALIDITY {
            self.status = JobStatus::Expired;
            self.file = None;
        }
    }

    /// Ends the job and removes its file.
    pub(crate) fn end(&mut self, status: JobStatus, message: &'static str, now: SystemTime) {
        self.status = status;
        self.message = Some(message.into());
        self.completed = Some(now);
        self.file = None;
    }

    /// Returns `true` if the next change of the job must be written to the state file. While the
    /// job is running, this is the case after every [`BETWEEN_WRITES`] lines. In any other status,
    /// it is always the case.
    pub(crate) const fn is_stored_now(&self) -> bool {
        let Counts {
            imported,
            skipped,
            failed,
        } = self.counts;
        let is_running = matches!(self.status, JobStatus::InProgress);
        !is_running || (imported + skipped + failed).is_multiple_of(BETWEEN_WRITES)
    }

    /// Adds the result of a line of the import file to the counts of the job. Also stores the
    /// result if fewer than [`MOST_OUTCOMES`] results are stored.
    pub(crate) fn record(&mut self, line: usize, outcome: Outcome) {
        *match outcome {
            Outcome::Succeeded => &mut self.counts.imported,
            Outcome::Exists => &mut self.counts.skipped,
            _ => &mut self.counts.failed,
        } += 1;
        if self.outcomes.len() < MOST_OUTCOMES {
            self.outcomes.push((line, outcome));
        }
    }

    /// Returns the job as AWS's `UserImportJobType`.
    pub(crate) fn describe(&self, pool_id: &str, endpoint: &str) -> Value {
        let mut described = json!({
            "JobName": self.name,
            "JobId": self.id,
            "UserPoolId": pool_id,
            "PreSignedUrl": self.upload_url(endpoint),
            "CreationDate": timestamp(self.created),
            "Status": self.status.name(),
            "CloudWatchLogsRoleArn": self.role,
            "ImportedUsers": self.counts.imported,
            "SkippedUsers": self.counts.skipped,
            "FailedUsers": self.counts.failed,
        });
        for (name, time) in [
            ("StartDate", self.started),
            ("CompletionDate", self.completed),
        ] {
            if let Some(time) = time {
                described[name] = timestamp(time);
            }
        }
        if let Some(message) = &self.message {
            described["CompletionMessage"] = json!(message);
        }
        if let Some(algorithm) = self.algorithm {
            described["PasswordHashingAlgorithm"] = json!(algorithm.name());
        }
        described
    }

    /// Returns the URL to which the import file is uploaded. The query contains only the parameters
    /// of AWS's URL that clients read.
    fn upload_url(&self, endpoint: &str) -> String {
        let (id, signature) = (&self.id, &self.signature);
        let seconds = UPLOAD_VALIDITY.as_secs();
        format!(
            "{endpoint}/_emulator/import-jobs/{id}?X-Amz-Expires={seconds}\
             &X-Amz-SignedHeaders=host%3Bx-amz-server-side-encryption&X-Amz-Signature={signature}"
        )
    }

    /// Returns the status of the job and the result of each line of the import file, as JSON.
    /// Results beyond the first [`MOST_OUTCOMES`] are only counted. As in AWS, the results contain
    /// no data of users.
    pub(crate) fn results(&self) -> Value {
        let lines = self.outcomes.iter();
        let lines: Vec<_> = lines.map(|(line, outcome)| outcome.text(*line)).collect();
        let Counts {
            imported,
            skipped,
            failed,
        } = self.counts;
        json!({
            "JobId": self.id,
            "Status": self.status.name(),
            "CompletionMessage": self.message,
            "lines": lines,
            "omitted": imported + skipped + failed - lines.len(),
        })
    }
}

/// The result of one line of the import file. Each line contains one user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Outcome {
    Succeeded,
    Exists,
    AliasTaken,
    BirthDate,
    Columns,
    HashBounds,
    HashMalformed,
    MfaMode,
    NoAddress,
    Schema,
    TooLong,
    Unverified,
    UserName,
}

impl Outcome {
    /// Returns the entry that AWS writes to CloudWatch Logs for a line of the import file. AWS
    /// documents only the messages of `Succeeded`, `Exists` and `Unverified`. All other messages
    /// are the emulator's own. `line` is the number of the line.
    fn text(self, line: usize) -> String {
        let (result, message) = match self {
            Self::Succeeded => ("SUCCEEDED", "The import succeeded."),
            Self::Exists => ("SKIPPED", "The user already exists."),
            other => ("FAILED", other.fault()),
        };
        format!("[{result}] Line Number {line} - {message}")
    }

    const fn fault(self) -> &'static str {
        match self {
            Self::Succeeded | Self::Exists => "",
            Self::AliasTaken => "Another user has an address or alias of the user.",
            Self::BirthDate => "The birthdate is not in the format mm/dd/yyyy.",
            Self::Columns => "The number of values differs from the number of columns.",
            Self::HashBounds => "A parameter of the password hash exceeds its maximum.",
            Self::HashMalformed => "The password hash does not have the form of the algorithm.",
            Self::MfaMode => "cognito:mfa_enabled does not match the MFA setting of the user pool.",
            Self::NoAddress => "A verified attribute has no value.",
            Self::Schema => "The user record does not match the schema of the user pool.",
            Self::TooLong => "The line has more than 16,000 characters.",
            Self::Unverified => {
                "The User Record does not set any of the auto verified attributes to true. \
                 (Example: email_verified to true)."
            }
            Self::UserName => "The user name is not valid for the user pool.",
        }
    }
}
