//! The command `cognito pool`: exports, compares and changes the settings of a pool.

mod apply;
mod diff;
mod export;

subcommands! {
    /// Export, compare and change the settings of a pool.
    #[command(after_help = "Example:\n  cognito pool diff pool.json eu-central-1_aBcDeFgHi")]
    PoolCommand {
        apply::Apply,
        diff::Diff,
        export::Export,
    }
}
