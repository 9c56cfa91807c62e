//! The command `cognito users bulk`: makes the same change for many users.

mod change;
mod journal;

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use cognito::administration::Filter;
use futures_util::stream::{self, TryStreamExt};
use serde::{Deserialize, Serialize};

use self::change::{Action, Change};
use self::journal::Journal;
use super::job_file;
use crate::context::Context;
use crate::failure::{Exit, Failure, Outcome};
use crate::{encryption, filter, input_file, interrupt, output, private_file, user_list};

/// Make the same change for many users, from a file or by a filter.
///
/// The command writes the list of users to JOURNAL, and then the outcome for each user. If the
/// command is interrupted or killed, or if the change of some users failed, run it again with
/// --resume. If the change can be undone, the command writes the changed users to
/// JOURNAL.undo.ndjson.
#[derive(Args, Debug)]
#[command(
    group = ArgGroup::new("users"),
    after_help = "Example:\n  cognito users bulk disable --file users.txt --journal disable.journal"
)]
pub(crate) struct Bulk {
    /// The change to make for each user.
    #[arg(value_enum)]
    action: Action,
    /// The users: a user name in each line; or, if FILE ends with .ndjson, an export.
    #[arg(long, value_name = "FILE", group = "users", required_unless_present_any = ["filter", "resume"])]
    file: Option<PathBuf>,
    /// The age identity that decrypts FILE, if it is encrypted.
    #[arg(long, value_name = "FILE", requires = "file")]
    identity: Option<PathBuf>,
    /// Change all users that match this filter, such as 'email^=test-'.
    #[arg(long, value_name = "FILTER", value_parser = filter::parse, group = "users")]
    filter: Option<Filter>,
    /// The group, for add-to-group and remove-from-group.
    #[arg(long, value_name = "NAME", required_if_eq_any = [("action", "add-to-group"), ("action", "remove-from-group")])]
    group: Option<String>,
    /// The attribute for set-attribute and its new value. Only NAME if each line of the file has a
    /// `value`.
    #[arg(
        long,
        value_name = "NAME=VALUE",
        required_if_eq("action", "set-attribute")
    )]
    attribute: Option<String>,
    /// The file for the outcome of each user. It must not exist.
    #[arg(long, value_name = "JOURNAL")]
    journal: PathBuf,
    /// Continue with the users in JOURNAL who are not changed yet or whose change failed.
    #[arg(long, conflicts_with = "users")]
    resume: bool,
}

/// A user to change, and the value of the attribute for this user.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(super) struct Target {
    pub(super) username: String,
    /// The `sub` of the user, if it is known. If the user name now belongs to a user with another
    /// `sub`, that user is not changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sub: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) value: Option<String>,
}

impl Bulk {
    pub(crate) async fn run(self, context: &Context) -> Outcome {
        let pool = context.settings(false).await?.user_pool_id;
        let change = Change::new(self.action, self.group.clone(), self.attribute.as_deref());
        let change = change.for_pool(pool.as_str());
        let Some(journal) = self.journal(context, &change).await? else {
            return Ok(Exit::Done);
        };
        let journal = RefCell::new(journal);
        let work = change_all(context, &change, &journal);
        let changed = interrupt::resumable(context, work).await;
        let journal = journal.into_inner();
        // Also after an interruption.
        self.write_undo(context, &change, &journal)?;
        changed?;
        let outcomes = journal.outcomes();
        output::record(context.global.output, &outcomes, &outcomes.fields())?;
        Ok(if outcomes.failed == 0 {
            Exit::Done
        } else {
            Exit::Failed
        })
    }

    /// Asks the operator to confirm the change, and creates the journal. With `--resume`, opens the
    /// existing journal. Returns `None` with `--dry-run`.
    async fn journal(&self, context: &Context, change: &Change) -> Outcome<Option<Journal>> {
        if self.resume {
            let journal = Journal::open(&self.journal, change)?;
            let count = journal.pending().len();
            return Ok(change.confirm(context, count)?.then_some(journal));
        }
        let targets = self.targets(context).await?;
        change.check(&targets)?;
        if !change.confirm(context, targets.len())? {
            return Ok(None);
        }
        Journal::create(&self.journal, change, targets).map(Some)
    }

    async fn targets(&self, context: &Context) -> Outcome<Vec<Target>> {
        if let Some(file) = &self.file {
            return read(context, file, self.identity.as_deref());
        }
        let found = RefCell::new(Vec::new());
        user_list::each(context, self.filter.as_ref(), async |user| {
            let username = user.username.as_str().to_owned();
            let sub = user.attributes.value("sub").map(str::to_owned);
            let value = None;
            let target = Target {
                username,
                sub,
                value,
            };
            found.borrow_mut().push(target);
            Ok(())
        })
        .await?;
        Ok(found.into_inner())
    }

    /// Writes the users who were changed, with their earlier values, to `JOURNAL.undo.ndjson`.
    fn write_undo(&self, context: &Context, change: &Change, journal: &Journal) -> Outcome<()> {
        let Some(undo) = change.undo() else {
            return Ok(());
        };
        let mut text = Vec::new();
        for target in journal.changed() {
            serde_json::to_writer(&mut text, &target)?;
            text.push(b'\n');
        }
        if !text.is_empty() {
            let file = private_file::beside(&self.journal, ".undo.ndjson");
            private_file::replace(&file, &text)?;
            let file = quoted(&file.to_string_lossy());
            let pool = &change.pool;
            context.message(&format!(
                "to undo: cognito --pool {pool} users bulk {undo} --file {file} --journal NEW"
            ));
        }
        Ok(())
    }
}

/// Changes all users in the journal who are not changed yet.
async fn change_all(context: &Context, change: &Change, journal: &RefCell<Journal>) -> Outcome<()> {
    let pending = journal.borrow().pending();
    let members = &change.members(context).await?;
    let concurrency = usize::from(context.global.concurrency);
    stream::iter(pending.into_iter().map(Ok))
        .try_for_each_concurrent(concurrency, |target| async move {
            change.apply(context, &target, members, journal).await
        })
        .await
}

/// Quotes an argument for a POSIX shell, if it contains special characters.
fn quoted(argument: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@+".contains(c);
    if !argument.is_empty() && argument.chars().all(is_plain) {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', "'\\''"))
}

/// Reads the users to change from a file. Returns each user only once. If the name of the file ends
/// with `.ndjson`, its lines are JSON. Otherwise each line is a user name, even if it looks like
/// JSON: users can choose such names.
fn read(context: &Context, file: &Path, identity: Option<&Path>) -> Outcome<Vec<Target>> {
    let shown = file.display();
    let content = input_file::read(context, file)?;
    let is_encrypted = encryption::is_encrypted(&content);
    let content = encryption::clear(file, content, identity)?;
    let text =
        String::from_utf8(content).map_err(|_| Failure::usage(format!("{shown} is not UTF-8")))?;
    let name = encryption::clear_name(file);
    let is_json = name.extension().is_some_and(|end| end == "ndjson");
    if !is_json {
        check_names(file, &text, is_encrypted)?;
    }
    let mut targets: Vec<Target> = Vec::new();
    let mut names = std::collections::HashSet::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        let target = match line {
            "" => continue,
            // The error of `serde_json` could contain a value of the line.
            json if is_json => serde_json::from_str(json).map_err(|_| {
                let line = at + 1;
                Failure::usage(format!(
                    "{shown}, line {line}: must be a JSON object with a `username`"
                ))
            })?,
            name => Target {
                username: name.to_owned(),
                sub: None,
                value: None,
            },
        };
        if names.insert(target.username.clone()) {
            targets.push(target);
        }
    }
    Ok(targets)
}

/// Checks whether a file whose name does not end with `.ndjson` can be a list of user names.
///
/// Security: the journal contains the names. If the file is an export, and above all an encrypted
/// one, the journal would contain its rows unencrypted.
fn check_names(file: &Path, text: &str, is_encrypted: bool) -> Outcome<()> {
    let shown = file.display();
    if is_encrypted {
        return Err(Failure::usage(format!(
            "{shown} is encrypted, but its name does not end with .ndjson.age: only NDJSON is read \
             from an encrypted file"
        )));
    }
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let first = text.lines().next().unwrap_or_default();
    let is_export = first.starts_with("username,")
        || (first.contains(',') && first.split(',').any(|name| name == job_file::USERNAME));
    if first.starts_with('{') || is_export {
        return Err(Failure::usage(format!(
            "{shown} must have a user name in each line; the name of an NDJSON export must end with \
             .ndjson"
        )));
    }
    Ok(())
}
