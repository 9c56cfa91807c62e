//! The command `cognito pool`: exports, compares and changes the settings of a pool.

mod apply;
mod diff;
mod export;

use clap::Subcommand;

use crate::context::Context;
use crate::failure::Outcome;

/// Export, compare and change the settings of a pool.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  cognito pool diff pool.json eu-central-1_aBcDeFgHi")]
pub(crate) enum PoolCommand {
    Apply(apply::Apply),
    Diff(diff::Diff),
    Export(export::Export),
}

impl PoolCommand {
    pub(crate) async fn run(self, context: &Context) -> Outcome {
        match self {
            Self::Apply(command) => command.run(context).await,
            Self::Diff(command) => command.run(context).await,
            Self::Export(command) => command.run(context).await,
        }
    }
}
