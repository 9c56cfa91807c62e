//! The command `cognito pool diff`: compares the settings of two pools.

use std::path::Path;

use clap::Args;
use cognito::UserPoolId;

use crate::context::Context;
use crate::failure::{Exit, Outcome};
use crate::output;
use crate::pool_settings::difference::between;
use crate::pool_settings::file::PoolFile;
use crate::pool_settings::merge::match_clients;
use crate::pool_settings::part::Parts;
use crate::pool_settings::read::PoolState;

/// Show the settings that differ between two pools or files. Exit code 1: they differ.
///
/// App clients are compared if they have the same id or the same name. Secrets are not shown. If a
/// file was written without a secret, the secret counts as equal.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  cognito pool diff pool.json eu-central-1_aBcDeFgHi")]
pub(crate) struct Diff {
    /// The old settings: a file that `pool export` wrote, or the id of a pool.
    #[arg(value_name = "A")]
    old: String,
    /// The new settings: a file that `pool export` wrote, or the id of a pool.
    #[arg(value_name = "B")]
    new: String,
}

impl Diff {
    pub(crate) async fn run(self, context: &Context) -> Outcome {
        let old = parts(context, &self.old).await?;
        let new = match_clients(&parts(context, &self.new).await?, &old).parts;
        let differences = between(&old, &new);
        output::rows(context.global.output, &differences)?;
        if differences.is_empty() {
            context.message("the settings are equal");
            return Ok(Exit::Done);
        }
        Ok(Exit::Failed)
    }
}

/// Returns the settings in a file, or of a pool if there is no such file.
async fn parts(context: &Context, source: &str) -> Outcome<Parts> {
    let is_pool = UserPoolId::new(source).is_ok() && !Path::new(source).exists();
    if is_pool {
        let context = context.with_pool(source);
        return Ok(PoolState::read(&context).await?.parts());
    }
    Ok(PoolFile::read(Path::new(source))?.parts)
}
