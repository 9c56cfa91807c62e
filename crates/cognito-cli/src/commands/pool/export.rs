//! The command `cognito pool export`: writes the settings of a pool to a file.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use crate::context::Context;
use crate::failure::{Exit, Failure, Outcome};
use crate::output;
use crate::pool_settings::file;
use crate::pool_settings::read::PoolState;
use crate::pool_settings::secrets;
use crate::private_file;

/// Write all settings of a pool as JSON, without users. The emulator can load the file.
///
/// The settings are those of the pool, its app clients, groups, identity providers, domains,
/// resource servers, MFA, sessions, risk configurations, log delivery, managed login styles, UI
/// customizations and terms. Two exports of an unchanged pool are equal. Secrets are left out.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  cognito pool export pool.json\n  cognito emulator --seed pool.json"
)]
pub(crate) struct Export {
    /// The file, which only you can read. An existing file is replaced. Default: stdout.
    file: Option<PathBuf>,
    /// Write the secrets of app clients and identity providers, too.
    #[arg(long, requires = "file")]
    include_secrets: bool,
}

impl Export {
    pub(crate) async fn run(self, context: &Context) -> Outcome {
        let pool = context.settings(false).await?.user_pool_id;
        let parts = PoolState::read(context).await?.parts();
        let mut document = file::document(pool.as_str(), &parts);
        if !self.include_secrets {
            secrets::leave_out(&mut document);
        }
        let mut text = output::json(&serde_json::to_string_pretty(&document)?);
        text.push('\n');
        let Some(file) = &self.file else {
            io::stdout().write_all(text.as_bytes())?;
            return Ok(Exit::Done);
        };
        let shown = file.display();
        private_file::replace(file, text.as_bytes()).map_err(|error| {
            Failure::new(Exit::Failed, format!("cannot write {shown}: {error}"))
        })?;
        context.message(&format!(
            "{shown} has the settings of {}",
            output::count_of(parts.len(), "part")
        ));
        Ok(Exit::Done)
    }
}
