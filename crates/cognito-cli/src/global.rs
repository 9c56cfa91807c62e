//! The options that all commands have.

use clap::{Args, ValueEnum};

/// The options that all commands have. If an option is not set, an environment variable can set it:
/// see docs/reference/settings.md and the documentation of the AWS CLI.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// The user pool id. Default: AWS_COGNITO_USER_POOL_ID.
    #[arg(long, global = true, value_name = "ID")]
    pub(crate) pool: Option<String>,
    /// The app client id. Default: AWS_COGNITO_CLIENT_ID.
    #[arg(long, global = true, value_name = "ID")]
    pub(crate) client: Option<String>,
    /// The AWS profile. Default: AWS_PROFILE.
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// The AWS region. Default: the region in the pool id.
    #[arg(long, global = true, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// The URL of Cognito's API, or of an emulator. Default: AWS_ENDPOINT_URL.
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
    /// The format in which a command prints its result.
    #[arg(long, global = true, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
    /// Write no messages and no progress.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Do not ask for confirmation.
    #[arg(long, short, global = true)]
    pub(crate) yes: bool,
    /// Show what would be changed, and change nothing. `login` and `man` reject it.
    #[arg(long, global = true)]
    pub(crate) dry_run: bool,
    /// The maximum number of requests per second. Default: half of AWS's default quota.
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) rate: Option<u32>,
    /// The maximum number of concurrent requests.
    #[arg(long, global = true, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) concurrency: u16,
    /// The maximum number of times that a throttled or failed request is repeated.
    #[arg(long, global = true, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(0..=100))]
    pub(crate) max_retries: u32,
    /// Show personal data in full, such as e-mail addresses, phone numbers and names.
    #[arg(long, global = true)]
    pub(crate) reveal: bool,
}

/// The format of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A table for the terminal.
    Table,
    /// One JSON document.
    Json,
    /// One JSON object for each row.
    Ndjson,
    /// CSV with a header.
    Csv,
}
