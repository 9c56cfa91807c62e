//! The command `cognito users export`: writes all users of a pool to a file.

pub(super) mod groups;
pub(super) mod join;
mod names;
mod parts;
mod seal;
mod shard;
mod writer;

use std::cell::Cell;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use aws_lc_rs::pbkdf2::{self, PBKDF2_HMAC_SHA256};
use clap::{Args, ValueEnum};
use cognito::Operation;
use cognito::administration::Filter;
use cognito::clock::rfc3339;
use futures_util::stream::{self, TryStreamExt};
use serde::{Deserialize, Serialize};
use serde_json::json;

use self::join::Joined;
use self::parts::Parts;
use super::job_file::JobFile;
use crate::context::Context;
use crate::encryption::{Identities, Recipients};
use crate::failure::{Exit, Failure, Outcome};
use crate::output::count_of;
use crate::progress::Progress;
use crate::user_list::UserList;
use crate::{checksum, document, encryption, filter, interrupt};

/// Write all users of the pool to a file that only you can read. A manifest contains its checksum.
///
/// Until the export is complete, its rows are in the folder FILE.parts. If the command is
/// interrupted or killed, run it again with --resume: no user is lost, and none is written twice.
/// If a user is created or deleted during the export, the file may or may not contain the user. If
/// a user is changed, the file contains the old or the new values.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Example:\n  cognito users export users.ndjson --groups --rate 10")]
pub(crate) struct Export {
    /// The file to write. It must not exist.
    file: PathBuf,
    /// The format of the file. Default: CSV if its name ends with .csv, else NDJSON.
    #[arg(long, value_enum)]
    format: Option<FileFormat>,
    /// Continue an interrupted export. The other options must be the same as before.
    #[arg(long)]
    resume: bool,
    /// Export only the users that match the filter, such as 'email^=ann' or 'status=Disabled'.
    #[arg(long, value_name = "FILTER", value_parser = filter::parse)]
    filter: Option<Filter>,
    /// Export only the users that changed since a time, such as 2026-01-31.
    #[arg(long, value_name = "TIME", value_parser = since)]
    since: Option<SystemTime>,
    /// Add the groups of each user.
    #[arg(long)]
    groups: bool,
    /// Add the second factors of each user. This needs one request for each user.
    #[arg(long)]
    mfa: bool,
    /// Encrypt the file to an age recipient (age1…), or to those in a file (@FILE).
    #[arg(long, value_name = "RECIPIENT")]
    encrypt: Vec<String>,
    /// The age identity of a recipient, to resume an encrypted export.
    #[arg(long, value_name = "FILE", requires = "encrypt")]
    identity: Option<PathBuf>,
}

/// The format of the exported file.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(super) enum FileFormat {
    /// One JSON object in each line.
    Ndjson,
    /// A header, then one user in each line. Each attribute has a column.
    Csv,
    /// The CSV file of an import job, with the columns of the pool (GetCSVHeader).
    ImportJob,
}

/// The options that decide which data an export contains. They must be the same when the export is
/// resumed.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
struct Selection {
    pool: String,
    /// The endpoint, because pools of two emulators can have the same id.
    #[serde(default)]
    endpoint_url: Option<String>,
    format: FileFormat,
    filter: Option<String>,
    since: Option<String>,
    groups: bool,
    mfa: bool,
    /// The recipients of an encrypted export.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    recipients: Vec<String>,
}

fn since(text: &str) -> Result<SystemTime, String> {
    let midnight = format!("{text}T00:00:00Z");
    humantime::parse_rfc3339(text)
        .or_else(|_| humantime::parse_rfc3339(&midnight))
        .map_err(|_| "must be a time such as 2026-01-31 or 2026-01-31T12:00:00Z".to_owned())
}

impl Export {
    pub(crate) async fn run(self, context: &Context) -> Outcome {
        let recipients = Recipients::read(&self.encrypt)?;
        let recipients = recipients.as_ref();
        let identities = self.identity.as_deref().map(Identities::read).transpose()?;
        let pool = context.settings(false).await?.user_pool_id;
        let selection = self.selection(context, pool.as_str(), recipients);
        let job_file = self.job_file(context, &selection).await?;
        if context.global.dry_run {
            context.confirm(&format!("exports users to {}", self.file.display()))?;
            return Ok(Exit::Done);
        }
        let parts = Parts::open(
            &self.file,
            &selection,
            self.resume,
            recipients,
            identities.as_ref(),
        )?;
        let Some(parts) = parts else {
            context.message("the export is already complete");
            return Ok(self.reported(context, join::earlier_left_out(&self.file)?));
        };
        let work = self.export(context, &parts, &selection, job_file.as_ref());
        let joined = interrupt::resumable(context, work).await?;
        let file = self.file.display();
        context.message(&format!("{} in {file}", count_of(joined.users, "user")));
        if let Some(recipients) = recipients {
            context.message(&format!("encrypted to {}", recipients.names().join(", ")));
        }
        Ok(self.reported(context, joined.left_out))
    }

    /// Returns the exit code. If users were left out of the file of an import job, reports their
    /// number and returns [`Exit::Failed`], because an import of the file would not import all
    /// users.
    fn reported(&self, context: &Context, left_out: u64) -> Exit {
        if left_out == 0 {
            return Exit::Done;
        }
        let file = join::left_out(&self.file, !self.encrypt.is_empty());
        context.error(&format!(
            "{} cannot be in the file of an import job: see {}",
            count_of(left_out, "user"),
            file.display()
        ));
        Exit::Failed
    }

    /// Returns the columns of the file of an import job. Returns `None` if the export has another
    /// format.
    ///
    /// # Errors
    ///
    /// Fails if `--groups` is set, because the file cannot contain groups. Fails if `--mfa` is
    /// missing although MFA is optional in the pool, because the file contains the second factors.
    async fn job_file(&self, context: &Context, selection: &Selection) -> Outcome<Option<JobFile>> {
        if selection.format != FileFormat::ImportJob {
            return Ok(None);
        }
        if self.groups {
            return Err(Failure::usage(
                "--groups cannot be used with --format import-job: the file has no groups",
            ));
        }
        let pool = document::send(context, Operation::DescribeUserPool, json!({})).await??;
        if pool["UserPool"]["MfaConfiguration"] == "OPTIONAL" && !self.mfa {
            return Err(Failure::usage(
                "add --mfa: in this pool, users choose their second factors, and the file has them",
            ));
        }
        JobFile::read(context, &pool["UserPool"]).await.map(Some)
    }

    async fn export(
        &self,
        context: &Context,
        parts: &Parts<'_>,
        selection: &Selection,
        job_file: Option<&JobFile>,
    ) -> Outcome<Joined> {
        let progress = Progress::start(context);
        let total = Cell::new(0_u64);
        let lists = UserList::all(self.filter.as_ref());
        let added = |rows: u64| {
            total.set(total.get() + rows);
            progress.show(context, total.get());
        };
        let added = &added;
        let concurrency = usize::from(context.global.concurrency);
        stream::iter(lists.iter().map(Ok))
            .try_for_each_concurrent(concurrency, |list| async move {
                let mut part = parts.part(&list.name)?;
                shard::export(context, list, &mut part, self, added).await
            })
            .await?;
        let groups = if self.groups {
            Some(groups::read(context, parts).await?)
        } else {
            None
        };
        join::join(parts, &lists, groups.as_ref(), selection, job_file)
    }

    fn selection(
        &self,
        context: &Context,
        pool: &str,
        recipients: Option<&Recipients>,
    ) -> Selection {
        let name = encryption::clear_name(&self.file);
        let by_name = if is_csv(&name) {
            FileFormat::Csv
        } else {
            FileFormat::Ndjson
        };
        let filter = self.filter.as_ref().map(Filter::as_str);
        let mut filter = filter.and_then(Result::ok).map(str::to_owned);
        if recipients.is_some() {
            filter = filter.map(|filter| hashed(&filter, pool));
        }
        Selection {
            pool: pool.to_owned(),
            endpoint_url: context.global.endpoint_url.clone(),
            format: self.format.unwrap_or(by_name),
            filter,
            since: self.since.map(rfc3339),
            groups: self.groups,
            mfa: self.mfa,
            recipients: recipients.map(Recipients::names).unwrap_or_default(),
        }
    }
}

fn is_csv(file: &Path) -> bool {
    file.extension().is_some_and(|end| end == "csv")
}

/// The number of iterations of PBKDF2 in [`hashed`] (OWASP, "Password Storage Cheat Sheet").
const ITERATIONS: NonZeroU32 = NonZeroU32::new(600_000).unwrap();

/// Replaces the value of a filter by its hash, because it can be an address or a name. The hash
/// shows whether a resumed export has the same filter.
fn hashed(filter: &str, pool: &str) -> String {
    let (names, value) = filter.split_once('"').unwrap_or(("", filter));
    let mut hash = [0; 16];
    let (salt, value) = (pool.as_bytes(), value.as_bytes());
    pbkdf2::derive(PBKDF2_HMAC_SHA256, ITERATIONS, salt, value, &mut hash);
    let hash = checksum::hex(&hash);
    format!("{names}pbkdf2-sha256:{ITERATIONS}:{hash}")
}
