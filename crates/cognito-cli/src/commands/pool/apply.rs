//! The command `cognito pool apply`: changes the settings of a pool to those in a file.

mod request;
mod write;

use std::path::PathBuf;

use clap::Args;

use self::write::Writer;
use crate::context::Context;
use crate::failure::{Exit, Failure, Outcome};
use crate::interrupt;
use crate::output;
use crate::pool_settings::difference::{Change, Difference, between};
use crate::pool_settings::file::PoolFile;
use crate::pool_settings::merge::{Goal, goal, match_clients};
use crate::pool_settings::read::PoolState;

/// Change the settings of a pool to those in a file, after it has shown the differences.
///
/// Only what differs is written. Settings and parts that the file does not have are kept. App
/// clients have the same id or the same name. If the command is interrupted, run it again. Exit
/// code 1: something differs that cannot be changed.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  cognito pool apply pool.json --dry-run")]
pub(crate) struct Apply {
    /// A file of `pool export`.
    file: PathBuf,
    /// Delete the parts that the file does not have, and reset such settings to AWS's defaults.
    #[arg(long)]
    prune: bool,
}

impl Apply {
    pub(crate) async fn run(self, context: &Context) -> Outcome {
        let file = PoolFile::read(&self.file)?;
        let pool = context.settings(false).await?.user_pool_id;
        let state = PoolState::read(context).await?;
        let current = state.parts();
        let matched = match_clients(&file.parts, &current);
        if let Some(name) = matched.ambiguous.first() {
            return Err(Failure::usage(format!(
                "several app clients have the name {name}: write the id of one of them in the file"
            )));
        }
        let goal = goal(&current, &matched.parts, &file.sections, self.prune);
        let differences = between(&current, &goal.parts);
        output::rows(context.global.output, &differences)?;
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
            return Ok(exit);
        }
        let mut question = format!("makes {} changes", differences.len());
        let deleted = current.keys().filter(|id| !goal.parts.contains_key(id));
        let deleted = deleted.count();
        if deleted > 0 {
            question = format!("{question}, of which {deleted} are deletions,");
        }
        if file.pool_id != pool.as_str() && !file.pool_id.is_empty() {
            question = format!("{question} from the settings of {}", file.pool_id);
        }
        if !context.confirm(&question)? {
            return Ok(exit);
        }
        let advice = "interrupted: run the command again, and it makes the remaining changes";
        let work = change(context, &state, &goal, &differences);
        let remaining = interrupt::resumable_with(context, advice, work).await?;
        for difference in &remaining {
            context.error(&format!(
                "{} is still different: AWS did not take over the value, or it was changed again",
                difference.path
            ));
        }
        Ok(if remaining.is_empty() {
            exit
        } else {
            Exit::Failed
        })
    }
}

/// Makes the changes. Reads the pool again, and returns the differences that remain.
async fn change(
    context: &Context,
    state: &PoolState,
    goal: &Goal,
    planned: &[Difference],
) -> Outcome<Vec<Difference>> {
    let current = state.parts();
    let mut writer = Writer::new(context, state, &current, goal);
    writer.write_all().await?;
    let now = PoolState::read(context).await?.parts();
    let goal = match_clients(&goal.parts, &now).parts;
    let mut remaining = between(&now, &goal);
    // AWS adds default settings to a new part.
    let is_planned = |path: &str| planned.iter().any(|it| it.path == path);
    remaining.retain(|it| it.change != Change::Removed || is_planned(&it.path));
    Ok(remaining)
}
