//! The command `cognito pool apply`: changes the settings of a pool to those in a file.

mod creation;
mod request;
mod write;

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;

use self::creation::Creation;
use self::write::Writer;
use crate::context::Context;
use crate::failure::{Exit, Failure, Outcome};
use crate::interrupt;
use crate::output::{self, count_of};
use crate::pool_settings::difference::{Change, Difference, between};
use crate::pool_settings::domains;
use crate::pool_settings::file::PoolFile;
use crate::pool_settings::linked::{has_threat_protection, tracks_sessions, without};
use crate::pool_settings::merge::{Goal, goal, match_clients};
use crate::pool_settings::part::{Kind, PartId, Parts, label};
use crate::pool_settings::read::PoolState;

/// Show how the settings of a pool differ from a file, then change the pool to match the file. With
/// --create, create the pool first.
///
/// Only differences are written. Settings and parts that the file does not have are kept. An app
/// client of the file is compared with the app client of the pool that has the same id, or else the
/// same name. If the command is interrupted, run it again. If the pool differs in a setting that
/// cannot be changed, the exit code is 1.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cognito pool apply pool.json --dry-run\n  \
                  cognito --region eu-central-1 pool apply pool.json --create")]
pub(crate) struct Apply {
    /// A file that `pool export` wrote.
    file: PathBuf,
    /// Delete parts and reset settings to AWS's defaults if the file does not have them.
    #[arg(long)]
    prune: bool,
    /// Create a new pool with the settings. No pool with the same name may exist.
    #[arg(long, conflicts_with = "prune")]
    create: bool,
}

impl Apply {
    pub(crate) async fn run(self, context: &Context) -> Outcome {
        let file = PoolFile::read(&self.file)?;
        if self.create {
            return self.create(context, &file).await;
        }
        let pool = context.settings(false).await?.user_pool_id;
        check_selected(context, &file.pool_id, pool.as_str())?;
        Ok(self.apply(context, &file, false).await?.exit)
    }

    /// Creates the pool, and then its parts. If an earlier run has created the pool, shows the
    /// remaining differences.
    async fn create(&self, context: &Context, file: &PoolFile) -> Outcome {
        let settings = file.parts.get(&PartId::only(Kind::Pool));
        let settings = settings.ok_or_else(|| Failure::usage("the file has no `settings`"))?;
        let mut creation = Creation::open(context, &self.file, settings).await?;
        let known = creation.known_id().map(str::to_owned);
        let (id, is_new) = if let Some(id) = known {
            (id, false)
        } else {
            let differences = between(&Parts::new(), &file.parts);
            output::rows(context.global.output, &differences)?;
            if !context.confirm(&creation.question(file.parts.len()))? {
                return Ok(Exit::Done);
            }
            let work = creation.create(settings);
            (
                interrupt::resumable_with(context, ADVICE, work).await?,
                true,
            )
        };
        let has_duplicates = is_new && creation.has_duplicates().await?;
        let context = context.with_pool(&id);
        let applied = self.apply(&context, file, is_new).await?;
        if applied.is_made {
            creation.remove()?;
        }
        Ok(if has_duplicates {
            Exit::Failed
        } else {
            applied.exit
        })
    }

    /// Shows the differences, asks for confirmation, and makes the changes. If `is_confirmed` is
    /// `true`, only makes the changes, because the operator has already confirmed them.
    async fn apply(
        &self,
        context: &Context,
        file: &PoolFile,
        is_confirmed: bool,
    ) -> Outcome<Applied> {
        let pool = context.settings(false).await?.user_pool_id;
        let mut state = PoolState::read(context).await?;
        let mut current = state.parts();
        let matched = match_clients(&file.parts, &current);
        if let Some(name) = matched.ambiguous.first() {
            return Err(Failure::usage(format!(
                "several app clients have the name {name}: write the id of one of them in the file"
            )));
        }
        if has_threat_protection(&matched.parts) && !has_threat_protection(&current) {
            state.read_risk(context).await?;
            current = state.parts();
        }
        let foreign = domains::foreign(context, pool.as_str(), &matched.parts, &current).await?;
        let goal = self.goal(&mut current, matched.parts, &file.sections, &foreign);
        let differences = between(&current, &goal.parts);
        if !is_confirmed {
            output::rows(context.global.output, &differences)?;
        }
        for finding in &goal.findings {
            context.error(finding);
        }
        let exit = if goal.findings.is_empty() {
            Exit::Done
        } else {
            Exit::Failed
        };
        if differences.is_empty() {
            context.message("nothing to change");
            return Ok(Applied::new(exit, true));
        }
        let deleted = current.keys().filter(|id| !goal.parts.contains_key(id));
        let other = (file.pool_id != pool.as_str()).then_some(&*file.pool_id);
        let question = question(
            differences.len(),
            deleted.count(),
            other.unwrap_or_default(),
        );
        if !is_confirmed && !context.confirm(&question)? {
            return Ok(Applied::new(exit, false));
        }
        let work = change(context, &state, &current, &goal, &differences);
        let remaining = interrupt::resumable_with(context, ADVICE, work).await?;
        for difference in &remaining {
            context.error(&format!(
                "{} is still different: AWS did not take over the value, or it was changed again",
                difference.path
            ));
        }
        let exit = if remaining.is_empty() {
            exit
        } else {
            Exit::Failed
        };
        Ok(Applied::new(exit, true))
    }

    /// Returns the settings that the pool will have. If these settings turn threat protection or the
    /// tracking of sessions off, removes the parts that need it, because AWS accepts none of them.
    fn goal(
        &self,
        current: &mut Parts,
        mut wanted: Parts,
        sections: &BTreeSet<Kind>,
        foreign: &BTreeSet<String>,
    ) -> Goal {
        let findings = domains::leave_out(&mut wanted, current, foreign, self.prune);
        let mut goal = goal(current, &wanted, sections, self.prune);
        goal.findings.extend(findings);
        for (has_kind, kind) in [
            (has_threat_protection(&goal.parts), Kind::Risk),
            (tracks_sessions(&goal.parts), Kind::ClientSessions),
        ] {
            if !has_kind {
                without(&mut goal.parts, kind);
                without(current, kind);
            }
        }
        goal
    }
}

/// The result of [`Apply::apply`].
struct Applied {
    exit: Exit,
    /// `false` if the user did not confirm the changes, or after a dry run.
    is_made: bool,
}

impl Applied {
    const fn new(exit: Exit, is_made: bool) -> Self {
        Self { exit, is_made }
    }
}

/// The message after an interruption.
const ADVICE: &str = "interrupted: run the command again, and it makes the remaining changes";

/// Fails if the file is of another pool and `--pool` is not set. An environment variable is not
/// enough to apply the settings to another pool.
fn check_selected(context: &Context, of_file: &str, pool: &str) -> Outcome<()> {
    if of_file == pool || context.global.pool.is_some() {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "the file does not have the settings of the pool {pool}, which the environment selects: add \
         --pool {pool} to apply it to this pool"
    )))
}

/// Returns the description of the changes. `other` is the id of the pool from which the file was
/// exported. It is empty if this is the pool to change.
fn question(changes: usize, deletions: usize, other: &str) -> String {
    let mut question = format!("makes {}", count_of(changes, "change"));
    if deletions > 0 {
        question = format!("{question}, with {},", count_of(deletions, "deletion"));
    }
    if !other.is_empty() {
        question = format!("{question} from the settings of {other}");
    }
    question
}

/// Makes the changes. Reads the pool again, and returns the differences that remain.
async fn change(
    context: &Context,
    state: &PoolState,
    current: &Parts,
    goal: &Goal,
    planned: &[Difference],
) -> Outcome<Vec<Difference>> {
    let mut writer = Writer::new(context, state, current, goal);
    writer.write_all().await?;
    let now = PoolState::read(context).await?.parts();
    let deleted = current.keys().filter(|id| !goal.parts.contains_key(id));
    // A risk configuration is reset to AWS's defaults.
    let deleted = deleted.filter(|id| id.kind != Kind::Risk);
    let deleted = deleted.map(|id| label(current, id)).collect();
    let goal = match_clients(&goal.parts, &now).parts;
    let (remaining, defaults) = split(between(&now, &goal), planned, &deleted);
    for path in defaults {
        context.message(&format!("{path} has AWS's default value again"));
    }
    Ok(remaining)
}

/// Divides the differences that remain after the changes into errors and default values.
///
/// Returns the errors, and the paths of settings that were to be removed but now have a default
/// value of AWS. A setting that only the pool has is not an error, because AWS sets default values.
/// All other differences are errors. A part in `deleted` that still exists is an error too.
fn split(
    mut remaining: Vec<Difference>,
    planned: &[Difference],
    deleted: &BTreeSet<String>,
) -> (Vec<Difference>, Vec<String>) {
    let mut defaults = Vec::new();
    remaining.retain(|it| {
        let is_error = it.change != Change::Removed || deleted.contains(&it.path);
        if !is_error && planned.iter().any(|other| other.path == it.path) {
            defaults.push(it.path.clone());
        }
        is_error
    });
    (remaining, defaults)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn default_after_removal_is_no_error() {
        let difference = |change, path: &str| Difference {
            change,
            path: path.to_owned(),
            old: Value::Null,
            new: Value::Null,
        };
        let removed = |path| difference(Change::Removed, path);
        let planned = [removed("settings.A"), removed("groups[a]")];
        let remaining = vec![
            removed("settings.A"),
            removed("settings.B"),
            removed("groups[a]"),
            difference(Change::Changed, "settings.C"),
        ];
        let deleted = BTreeSet::from(["groups[a]".to_owned()]);
        let (errors, defaults) = split(remaining, &planned, &deleted);
        let errors: Vec<_> = errors.iter().map(|it| &*it.path).collect();
        assert_eq!(errors, ["groups[a]", "settings.C"]);
        assert_eq!(defaults, ["settings.A"]);
    }
}
