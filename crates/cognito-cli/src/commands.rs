//! The commands. Each command has a module.

/// Defines the enum of the subcommands of a command, and its method `run`. Each subcommand is a
/// type of a module, such as `show::Show`.
macro_rules! subcommands {
    ($(#[$attribute:meta])* $name:ident { $($module:ident::$command:ident),+ $(,)? }) => {
        #[derive(Debug, clap::Subcommand)]
        $(#[$attribute])*
        pub(crate) enum $name {
            $($command($module::$command),)+
        }

        impl $name {
            pub(crate) async fn run(
                self,
                context: &crate::context::Context,
            ) -> crate::failure::Outcome {
                match self {
                    $(Self::$command(command) => command.run(context).await,)+
                }
            }
        }
    };
}

pub(crate) mod audit;
pub(crate) mod client;
pub(crate) mod completions;
pub(crate) mod doctor;
pub(crate) mod emulator;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod man;
pub(crate) mod pool;
pub(crate) mod quota;
pub(crate) mod token;
pub(crate) mod user;
pub(crate) mod users;
