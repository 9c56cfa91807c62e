//! The command `cognito logout`: revokes saved tokens and deletes their file.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;

use crate::context::Context;
use crate::failure::{Exit, Failure, Outcome};

/// Revoke the refresh token of a file that `cognito login --save` wrote, and delete the file.
///
/// Services without a revocation list accept the access token and the ID token until these tokens
/// expire.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  cognito --client 1example2 logout ann.json")]
pub(crate) struct Logout {
    /// The file with the tokens, from `cognito login --save`.
    file: PathBuf,
}

/// The part of the token file that the command uses.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Saved {
    refresh_token: String,
}

impl Logout {
    pub(crate) async fn run(self, context: &Context) -> Outcome {
        let file = self.file.display();
        let json =
            fs::read(&self.file).map_err(|error| Failure::usage(format!("{file}: {error}")))?;
        let saved: Saved = serde_json::from_slice(&json).map_err(|_| {
            Failure::usage(format!(
                "{file} is not a file of cognito login: no refreshToken"
            ))
        })?;
        let _ = context.settings(true).await?;
        let cognito = context.cognito().await?;
        if context.global.dry_run {
            context.error(&format!(
                "dry run, not done: revoke the refresh token and delete {file}"
            ));
            return Ok(Exit::Done);
        }
        cognito.revoke(saved.refresh_token).await?;
        fs::remove_file(&self.file)?;
        context.message("signed out: the refresh token is revoked and the file is deleted");
        Ok(Exit::Done)
    }
}
