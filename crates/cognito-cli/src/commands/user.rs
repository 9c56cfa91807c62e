//! The command `cognito user`: shows or changes one user.

mod events;
mod reset_mfa;
mod sessions;
mod show;
mod sign_out;

use clap::Subcommand;

use crate::context::Context;
use crate::failure::Outcome;

/// Show or change one user.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  cognito user show ann@example.com --reveal")]
pub(crate) enum UserCommand {
    Show(show::Show),
    Events(events::Events),
    ResetMfa(reset_mfa::ResetMfa),
    ResetPassword(sign_out::ResetPassword),
    RevokeSession(sessions::RevokeSession),
    Sessions(sessions::Sessions),
    SignOut(sign_out::SignOut),
}

impl UserCommand {
    pub(crate) async fn run(self, context: &Context) -> Outcome {
        match self {
            Self::Show(command) => command.run(context).await,
            Self::Events(command) => command.run(context).await,
            Self::ResetMfa(command) => command.run(context).await,
            Self::ResetPassword(command) => command.run(context).await,
            Self::RevokeSession(command) => command.run(context).await,
            Self::Sessions(command) => command.run(context).await,
            Self::SignOut(command) => command.run(context).await,
        }
    }
}
