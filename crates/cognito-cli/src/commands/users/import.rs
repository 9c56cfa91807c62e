//! The command `cognito users import`: creates the users in a file.

mod changes;
mod check;
mod columns;
mod create;
mod file;
mod finish;
mod groups;
mod hash;
mod job;
mod job_rows;
mod journal;
mod own;
mod result;
mod row;
mod schema;
mod upload;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use self::columns::{Mapping, mapping};
use self::create::Creation;
use self::file::Input;
use self::hash::Algorithm;
use self::job::JobImport;
use self::journal::{Journal, Plan};
use self::row::Problem;
use self::schema::Schema;
use super::job_file::JobFile;
use crate::context::Context;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::count_of;
use crate::{checksum, encryption, input_file, interrupt, output, private_file};

/// Create the users in a file: an export, or a CSV file with a header.
///
/// All rows are checked before a user is created. FILE.journal records the progress of each row.
/// FILE.result.ndjson contains the outcome and the new `sub` of each user. If the command is
/// interrupted or killed, or some users failed, run it again with --resume: no user is created
/// twice.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  cognito users import users.ndjson --create-groups --confirm-with-random-password"
)]
pub(crate) struct Import {
    /// The file: NDJSON of `users export`, or CSV.
    file: PathBuf,
    /// The attribute of a CSV column, or `username` or `groups`; `-` leaves the column out.
    #[arg(long, value_name = "COLUMN=ATTRIBUTE", value_parser = mapping)]
    map: Vec<Mapping>,
    /// How users are created.
    #[arg(long, value_enum, default_value_t = Way::Create)]
    by: Way,
    /// The IAM role with which an import job writes its log.
    #[arg(long, value_name = "ARN", value_parser = role, required_if_eq("by", "job"))]
    role: Option<String>,
    /// The algorithm of the column `password_hash`, for an import job.
    #[arg(long, value_enum, value_name = "ALGORITHM")]
    hashes: Option<Algorithm>,
    /// The age identity that decrypts the file, if it is encrypted.
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
    /// Leave out the rows that are wrong.
    #[arg(long)]
    skip_invalid: bool,
    /// Send Cognito's invitation, with a temporary password, to each new user who is enabled.
    #[arg(long, conflicts_with = "confirm_with_random_password")]
    send_invitations: bool,
    /// Confirm the users who are CONFIRMED in the file, with a random password that is not stored.
    #[arg(long)]
    confirm_with_random_password: bool,
    /// Create the groups that the pool does not have.
    #[arg(long)]
    create_groups: bool,
    /// Update users who exist. The row must have their `sub`, or their address as verified.
    #[arg(long)]
    update_existing: bool,
    /// Continue with the users who are not imported yet or whose import failed.
    #[arg(long)]
    resume: bool,
}

/// How users are created.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Way {
    /// Sends a request for each user (AdminCreateUser).
    Create,
    /// Starts an import job, which accepts password hashes.
    Job,
}

/// Parses the ARN of an IAM role. Fails if the string is not such an ARN.
fn role(text: &str) -> Result<String, String> {
    let is_role = text.starts_with("arn:") && text.contains(":role/");
    if is_role && text.len() <= 2048 {
        return Ok(text.to_owned());
    }
    Err("must be the ARN of a role, such as arn:aws:iam::123456789012:role/import".to_owned())
}

/// The users of a file that was checked, and the settings of the pool.
struct Checked {
    schema: Schema,
    input: Input,
    /// The file of the import job. `None` if there is no import job.
    job_file: Option<JobFile>,
    /// The groups that the pool does not have.
    missing: BTreeSet<String>,
}

impl Import {
    pub(crate) async fn run(self, context: &Context) -> Outcome {
        self.check_options()?;
        let pool = context.settings(false).await?.user_pool_id;
        let content = input_file::read(context, &self.file)?;
        let plan = self.plan(context, pool.as_str(), &content);
        let path = private_file::beside(&self.file, ".journal");
        let journal = self.opened(&path, &plan)?;
        let content = encryption::clear(&self.file, content, self.identity.as_deref())?;
        let Some(checked) = self.checked(context, &content).await? else {
            return Ok(Exit::Usage);
        };
        drop(content);
        if !context.confirm(&self.question(&checked.input, journal.as_ref()))? {
            return Ok(Exit::Done);
        }
        let journal = match journal {
            Some(journal) => journal,
            None => Journal::create(&path, &plan)?,
        };
        let journal = RefCell::new(journal);
        let work = self.import(context, &plan, &checked, &journal);
        let imported = interrupt::resumable(context, work).await;
        // Also after an interruption.
        let summary = result::write(&self.file, &checked.input, &journal.into_inner())?;
        imported?;
        context.message(&format!(
            "the outcome of each row is in {}",
            result::path(&self.file).display()
        ));
        output::record(context.global.output, &summary, &summary.fields())?;
        Ok(summary.exit())
    }

    /// Reads and checks the users. Returns `None` if rows of the file are invalid, so that no user
    /// may be imported.
    async fn checked(&self, context: &Context, content: &[u8]) -> Outcome<Option<Checked>> {
        let schema = Schema::read(context).await?;
        let reveal = context.global.reveal;
        let name = encryption::clear_name(&self.file);
        let mut input = file::read(&name, content, &self.map, &schema, reveal)?;
        check::check(&mut input, &schema);
        let job_file = self.job_file(context, &mut input, &schema).await?;
        if !self.accepts(context, &mut input)? {
            return Ok(None);
        }
        let linked = input.rows.iter().filter(|row| row.is_linked).count();
        if linked > 0 {
            context.message(&format!(
                "links to identity providers are not imported: {} with such links",
                count_of(linked, "user")
            ));
        }
        let missing = groups::missing(context, &input.rows).await?;
        if !self.create_groups {
            groups::check(&missing)?;
        }
        Ok(Some(Checked {
            schema,
            input,
            job_file,
            missing,
        }))
    }

    async fn import(
        &self,
        context: &Context,
        plan: &Plan,
        checked: &Checked,
        journal: &RefCell<Journal>,
    ) -> Outcome<()> {
        let (schema, rows) = (&checked.schema, &checked.input.rows);
        groups::create(context, &checked.missing).await?;
        let Some(file) = &checked.job_file else {
            let creation = Creation {
                context,
                plan,
                schema,
                journal,
                updates: self.update_existing,
            };
            return creation.import(rows).await;
        };
        let job = JobImport {
            context,
            plan,
            schema,
            journal,
            file,
            role: self.role.as_deref().unwrap_or_default(),
        };
        job.import(rows).await
    }

    fn plan(&self, context: &Context, pool: &str, content: &[u8]) -> Plan {
        Plan {
            pool: pool.to_owned(),
            endpoint_url: context.global.endpoint_url.clone(),
            sha256: checksum::sha256(content),
            map: self.map.clone(),
            invites: self.send_invitations,
            confirms: self.confirm_with_random_password,
            skips_invalid: self.skip_invalid,
            algorithm: self.hashes.map(|algorithm| algorithm.name().to_owned()),
            by_job: self.by == Way::Job,
        }
    }

    /// Fails if two options contradict each other.
    fn check_options(&self) -> Outcome<()> {
        let (is_job, text) = match self.by {
            Way::Create => (false, "needs --by job"),
            Way::Job => (true, "is for --by create"),
        };
        for (option, is_set, needs_job) in [
            ("--role", self.role.is_some(), true),
            ("--hashes", self.hashes.is_some(), true),
            ("--send-invitations", self.send_invitations, false),
            (
                "--confirm-with-random-password",
                self.confirm_with_random_password,
                false,
            ),
            ("--update-existing", self.update_existing, false),
        ] {
            if is_set && needs_job != is_job {
                return Err(Failure::usage(format!("{option} {text}")));
            }
        }
        Ok(())
    }

    /// Checks the users for the import method that `--by` selects. For an import job, returns the
    /// columns of its CSV file. Otherwise returns `None`.
    async fn job_file(
        &self,
        context: &Context,
        input: &mut Input,
        schema: &Schema,
    ) -> Outcome<Option<JobFile>> {
        if self.by == Way::Create {
            check::check_no_hashes(input);
            return Ok(None);
        }
        let mut file = JobFile::read(context, &schema.pool).await?;
        if self.hashes.is_some() {
            file = file.with_hashes();
        }
        job_rows::check(input, &file, schema, self.hashes)?;
        Ok(Some(file))
    }

    /// With `--resume`, opens and returns the journal. Otherwise returns `None`, and fails if there
    /// is a journal.
    fn opened(&self, path: &std::path::Path, plan: &Plan) -> Outcome<Option<Journal>> {
        if self.resume {
            return Journal::open(path, plan).map(Some);
        }
        if fs::symlink_metadata(path).is_ok() {
            let (file, path) = (self.file.display(), path.display());
            return Err(Failure::usage(format!(
                "an import of {file} was started: add --resume, or delete {path}"
            )));
        }
        Ok(None)
    }

    /// Reports the errors in the file. Returns `false` if the users must not be imported.
    fn accepts(&self, context: &Context, input: &mut Input) -> Outcome<bool> {
        let users = input.rows.len();
        if input.problems.is_empty() {
            if users == 0 {
                let file = self.file.display();
                return Err(Failure::usage(format!("{file} has no users")));
            }
            return Ok(true);
        }
        let problems = std::mem::take(&mut input.problems).into_iter();
        let problems = problems.map(|problem| problem.shown(context.global.reveal));
        input.problems = problems.collect();
        let count = lines(&input.problems);
        if self.skip_invalid {
            context.message(&format!("left out: {}", count_of(count, "wrong row")));
            return Ok(users > 0);
        }
        output::rows(context.global.output, &input.problems)?;
        context.error(&format!(
            "nothing was sent: {}, {}; correct the file, or add --skip-invalid",
            count_of(count, "wrong row"),
            count_of(users, "right row")
        ));
        Ok(false)
    }

    fn question(&self, input: &Input, journal: Option<&Journal>) -> String {
        let is_pending =
            |key| journal.is_none_or(|journal| journal.is_pending(key, self.update_existing));
        let rows = input.rows.iter().filter(|row| is_pending(row.key));
        let invited = if self.send_invitations {
            " and sends invitations"
        } else {
            ""
        };
        let users = count_of(rows.count(), "user");
        format!("imports {users}{invited}")
    }
}

/// Returns the number of lines with a problem.
fn lines(problems: &[Problem]) -> usize {
    let mut lines: Vec<u64> = problems.iter().map(|problem| problem.line).collect();
    lines.dedup();
    lines.len()
}
