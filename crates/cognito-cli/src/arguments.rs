//! The definition of the command line: the global options and the commands.

use clap::{Parser, Subcommand};

use crate::commands::{
    audit, client, completions, doctor, emulator, login, logout, man, pool, quota, token, user,
    users,
};
use crate::context::Context;
use crate::failure::Outcome;
use crate::global::Global;

/// Operate Amazon Cognito user pools.
///
/// Results are written to stdout. Messages and progress are written to stderr. Exit codes: 0 done,
/// 1 failed or token rejected, 2 wrong usage, 3 missing credentials or permission, 4 throttled by
/// AWS, 130 interrupted.
#[derive(Debug, Parser)]
#[command(
    name = "cognito",
    version,
    after_help = "Example:\n  cognito --pool eu-central-1_aBcDeFgHi user show ann@example.com"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands. Each command has a module in `commands`, which defines its arguments and runs it.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Audit(audit::Audit),
    #[command(subcommand)]
    Client(client::ClientCommand),
    Completions(completions::Completions),
    Doctor(doctor::Doctor),
    Emulator(emulator::EmulatorCommand),
    Login(login::Login),
    Logout(logout::Logout),
    Man(man::Man),
    #[command(subcommand)]
    Pool(pool::PoolCommand),
    Quota(quota::Quota),
    #[command(subcommand)]
    Token(token::TokenCommand),
    #[command(subcommand)]
    User(user::UserCommand),
    #[command(subcommand)]
    Users(users::UsersCommand),
}

impl Command {
    pub(crate) async fn run(self, context: &Context) -> Outcome {
        match self {
            Self::Audit(command) => command.run(context).await,
            Self::Client(command) => command.run(context).await,
            Self::Completions(command) => command.run(),
            Self::Doctor(command) => command.run(context).await,
            Self::Emulator(command) => command.reject(),
            Self::Login(command) => command.run(context).await,
            Self::Logout(command) => command.run(context).await,
            Self::Man(command) => command.run(context),
            Self::Pool(command) => command.run(context).await,
            Self::Quota(command) => command.run(context).await,
            Self::Token(command) => command.run(context).await,
            Self::User(command) => command.run(context).await,
            Self::Users(command) => command.run(context).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    /// Calls `check` with the name and the definition of the command and of each of its
    /// subcommands.
    fn each(command: &clap::Command, name: &str, check: &mut impl FnMut(&str, &clap::Command)) {
        check(name, command);
        for inner in command.get_subcommands() {
            each(inner, &format!("{name} {}", inner.get_name()), check);
        }
    }

    #[test]
    fn help_fits_screen_and_has_example() {
        let mut root = Arguments::command();
        root.build();
        each(&root, "cognito", &mut |name, command| {
            if name.contains(" help") {
                return;
            }
            let help = command.clone().render_help().to_string();
            let own = help.split("Global options:").next().unwrap_or_default();
            let after = help.rsplit("Global options:").next().unwrap_or_default();
            let example = after.split("\n\n").skip(1).map(|part| part.lines().count());
            let lines = own.lines().count() + example.sum::<usize>();
            // The first page lists all commands.
            let most = if name == "cognito" { 30 } else { 24 };
            assert!(lines <= most, "{name}: {lines} lines\n{help}");
            assert!(help.contains("Example"), "{name} has no example");
        });
    }
}
