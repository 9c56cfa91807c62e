//! The command `cognito users`: exports, imports, finds and counts the users of a pool.

mod bulk;
mod export;
mod find;
mod import;
mod job_file;
mod stats;

subcommands! {
    /// Export, import, find, count and change the users of a pool.
    #[command(after_help = "Example:\n  cognito users export users.ndjson --groups")]
    UsersCommand {
        bulk::Bulk,
        export::Export,
        find::Find,
        import::Import,
        stats::Stats,
    }
}
