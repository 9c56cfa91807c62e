//! The command `cognito client`: shows app clients, and rotates the secret of an app client.

mod list;
mod rotate;
mod show;

use clap::Subcommand;

use crate::context::Context;
use crate::failure::Outcome;

/// Show app clients, or rotate the secret of an app client.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  cognito client list")]
pub(crate) enum ClientCommand {
    List(list::List),
    RotateSecret(rotate::RotateSecret),
    Show(show::Show),
}

impl ClientCommand {
    pub(crate) async fn run(self, context: &Context) -> Outcome {
        match self {
            Self::List(command) => command.run(context).await,
            Self::RotateSecret(command) => command.run(context).await,
            Self::Show(command) => command.run(context).await,
        }
    }
}

/// The value that is shown instead of a secret.
const MASK: &str = "***";
