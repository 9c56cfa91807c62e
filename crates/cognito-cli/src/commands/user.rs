//! The command `cognito user`: shows or changes one user.

mod events;
mod reset_mfa;
mod sessions;
mod show;
mod sign_out;

subcommands! {
    /// Show or change one user.
    #[command(after_help = "Example:\n  cognito user show ann@example.com --reveal")]
    UserCommand {
        show::Show,
        events::Events,
        reset_mfa::ResetMfa,
        sign_out::ResetPassword,
        sessions::RevokeSession,
        sessions::Sessions,
        sign_out::SignOut,
    }
}
