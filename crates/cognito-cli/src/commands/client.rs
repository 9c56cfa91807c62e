//! The command `cognito client`: shows app clients, and rotates the secret of an app client.

mod list;
mod rotate;
mod show;

subcommands! {
    /// Show app clients, or rotate the secret of an app client.
    #[command(after_help = "Example:\n  cognito client list")]
    ClientCommand {
        list::List,
        rotate::RotateSecret,
        show::Show,
    }
}

/// The value that is shown instead of a secret.
const MASK: &str = "***";
