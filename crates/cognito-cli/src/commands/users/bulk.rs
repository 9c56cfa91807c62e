//! `cognito users bulk`: the same change of many users.

mod change;
mod journal;

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use cognito::administration::Filter;
use futures_util::stream::{self, TryStreamExt};
use serde::{Deserialize, Serialize};

use self::change::{Action, Change};
use self::journal::{Journal, Outcomes};
use crate::context::Context;
use crate::failure::{Exit, Failure, Outcome};
use crate::{filter, interrupt, output, private_file, user_list};

/// Make the same change for many users, from a file or by a filter.
///
/// JOURNAL gets the users first, and then the outcome of each. If the command is interrupted or
/// killed, or some users failed, run it again with --resume. If the change can be undone,
/// JOURNAL.undo has the users who were changed.
#[derive(Args, Debug)]
#[command(
    group = ArgGroup::new("users").required(true),
    after_help = "Example:\n  cognito users bulk disable --file users.txt --journal disable.journal"
)]
pub(crate) struct Bulk {
    /// The change.
    #[arg(value_enum)]
    action: Action,
    /// The users: a user name in each line, or the NDJSON of an export.
    #[arg(long, value_name = "FILE", group = "users")]
    file: Option<PathBuf>,
    /// All users that match, such as 'email^=test-'.
    #[arg(long, value_name = "FILTER", value_parser = filter::parse, group = "users")]
    filter: Option<Filter>,
    /// The group, for add-to-group and remove-from-group.
    #[arg(long, value_name = "NAME", required_if_eq_any = [("action", "add-to-group"), ("action", "remove-from-group")])]
    group: Option<String>,
    /// NAME=VALUE for set-attribute; or NAME, if each line of the file has a `value`.
    #[arg(
        long,
        value_name = "NAME=VALUE",
        required_if_eq("action", "set-attribute")
    )]
    attribute: Option<String>,
    /// The file for the outcome of each user. It must not exist.
    #[arg(long, value_name = "JOURNAL")]
    journal: PathBuf,
    /// Continue with the users in JOURNAL who are not done.
    #[arg(long)]
    resume: bool,
}

/// A user to change, and the value of the attribute for this user.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(super) struct Target {
    pub(super) username: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) value: Option<String>,
}

impl Bulk {
    pub(crate) async fn run(self, context: &Context) -> Outcome {
        let pool = context.settings(false).await?.user_pool_id;
        let change = Change::new(self.action, self.group.clone(), self.attribute.as_deref());
        let change = change.for_pool(pool.as_str());
        let work = self.change(context, &change);
        let Some(outcomes) = interrupt::resumable(context, work).await? else {
            return Ok(Exit::Done);
        };
        output::record(context.global.output, &outcomes, &outcomes.fields())?;
        Ok(if outcomes.failed == 0 {
            Exit::Done
        } else {
            Exit::Failed
        })
    }

    /// Makes the change. Returns `None` if the caller does not want it.
    async fn change(&self, context: &Context, change: &Change) -> Outcome<Option<Outcomes>> {
        let journal = if self.resume {
            Journal::open(&self.journal, change)?
        } else {
            let targets = self.targets(context).await?;
            change.check(&targets)?;
            let count = targets.len();
            if !context.confirm(&format!("{} {count} users", change.action.verb()))? {
                return Ok(None);
            }
            Journal::create(&self.journal, change, targets)?
        };
        let pending = journal.pending();
        let journal = RefCell::new(journal);
        let members = change.members(context).await?;
        let (shared, members) = (&journal, &members);
        let concurrency = usize::from(context.global.concurrency);
        let changed = stream::iter(pending.into_iter().map(Ok))
            .try_for_each_concurrent(concurrency, |target| async move {
                change.apply(context, &target, members, shared).await
            })
            .await;
        let journal = journal.into_inner();
        self.write_undo(context, change, &journal)?;
        changed?;
        Ok(Some(journal.outcomes()))
    }

    async fn targets(&self, context: &Context) -> Outcome<Vec<Target>> {
        if let Some(file) = &self.file {
            return read(file);
        }
        let found = RefCell::new(Vec::new());
        user_list::each(context, self.filter.as_ref(), async |user| {
            let username = user.username.as_str().to_owned();
            let value = None;
            found.borrow_mut().push(Target { username, value });
            Ok(())
        })
        .await?;
        Ok(found.into_inner())
    }

    /// Writes the users who were changed, with their earlier values, to `JOURNAL.undo`.
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
            let file = private_file::beside(&self.journal, ".undo");
            private_file::replace(&file, &text)?;
            let file = file.display();
            context.message(&format!("to undo: cognito users bulk {undo} --file {file}"));
        }
        Ok(())
    }
}

/// Reads the users of a file. Each user counts once.
fn read(file: &Path) -> Outcome<Vec<Target>> {
    let shown = file.display();
    let text = fs::read_to_string(file)
        .map_err(|error| Failure::usage(format!("cannot read {shown}: {error}")))?;
    let mut targets: Vec<Target> = Vec::new();
    let mut names = std::collections::HashSet::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        let target = match line {
            "" => continue,
            json if json.starts_with('{') => serde_json::from_str(json)
                .map_err(|error| Failure::usage(format!("{shown}, line {}: {error}", at + 1)))?,
            name => Target {
                username: name.to_owned(),
                value: None,
            },
        };
        if names.insert(target.username.clone()) {
            targets.push(target);
        }
    }
    Ok(targets)
}
