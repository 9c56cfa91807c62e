//! The command `cognito users`: exports, imports, finds and counts the users of a pool.

mod bulk;
mod export;
mod find;
mod import;
mod job_file;
mod stats;

use clap::Subcommand;

use crate::context::Context;
use crate::failure::Outcome;

/// Export, import, find, count and change the users of a pool.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  cognito users export users.ndjson --groups")]
pub(crate) enum UsersCommand {
    Bulk(bulk::Bulk),
    Export(export::Export),
    Find(find::Find),
    Import(import::Import),
    Stats(stats::Stats),
}

impl UsersCommand {
    pub(crate) async fn run(self, context: &Context) -> Outcome {
        match self {
            Self::Bulk(command) => command.run(context).await,
            Self::Export(command) => command.run(context).await,
            Self::Find(command) => command.run(context).await,
            Self::Import(command) => command.run(context).await,
            Self::Stats(command) => command.run(context).await,
        }
    }
}
