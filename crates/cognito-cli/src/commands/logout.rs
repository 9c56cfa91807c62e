//! The command `cognito logout`: revokes saved tokens and deletes their file.

use std::fs::{self, File};
use std::io::Read;
use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;
use serde::de::IgnoredAny;

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

/// The tokens in a file of `cognito login`. All three are required. A file of another tool, which
/// has only a refresh token, is therefore rejected.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Saved {
    #[serde(rename = "accessToken")]
    _access_token: IgnoredAny,
    #[serde(rename = "idToken")]
    _id_token: IgnoredAny,
    refresh_token: String,
}

/// The maximum length of the file.
const MAX_LENGTH: u64 = 1024 * 1024;

impl Logout {
    pub(crate) async fn run(self, context: &Context) -> Outcome {
        let saved = self.read()?;
        let _ = context.settings(true).await?;
        let cognito = context.cognito().await?;
        let file = self.file.display();
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

    /// Reads the file. The error messages do not contain the argument, because it could be a token
    /// instead of the name of a file.
    fn read(&self) -> Outcome<Saved> {
        if self.file.is_symlink() {
            // Only the link would be deleted, and the file would keep the tokens.
            return Err(Failure::usage(
                "the file is a symbolic link: pass the file itself",
            ));
        }
        let mut json = Vec::new();
        File::open(&self.file)
            .and_then(|file| file.take(MAX_LENGTH).read_to_end(&mut json))
            .map_err(|error| Failure::usage(format!("the file cannot be read: {error}")))?;
        serde_json::from_slice(&json).map_err(|_| {
            Failure::usage("it is not a file of cognito login: it does not have its three tokens")
        })
    }
}
