//! The command `cognito token`: shows the content of a token, or verifies a token.

mod advice;
mod explain;
mod facts;
mod input;
mod inspect;
mod times;
mod verify;

use clap::Subcommand;

use crate::context::Context;
use crate::failure::Outcome;

/// Show or verify a token.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  cognito token verify @token.txt --explain")]
pub(crate) enum TokenCommand {
    Inspect(inspect::Inspect),
    Verify(verify::Verify),
}

impl TokenCommand {
    pub(crate) async fn run(self, context: &Context) -> Outcome {
        match self {
            Self::Inspect(command) => command.run(context),
            Self::Verify(command) => command.run(context).await,
        }
    }
}
