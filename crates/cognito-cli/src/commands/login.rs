//! The command `cognito login`: signs in as a user and writes the tokens.

mod challenges;
mod loopback;

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use cognito::Tokens;

use crate::context::Context;
use crate::failure::{Exit, Failure, Outcome};
use crate::private_file;

/// Sign in as a user, and write the tokens as JSON.
///
/// The command asks for every value that Cognito requires, such as the password or a code. If stdin
/// is not a terminal, each line of stdin is one value.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cognito --client 1example2 login ann@example.com --save ann.json\n  \
    cognito --client 1example2 login --hosted"
)]
pub(crate) struct Login {
    /// The user name, or an alias such as the e-mail address.
    #[arg(required_unless_present = "hosted", conflicts_with = "hosted")]
    user: Option<String>,
    /// The first factor of the sign-in.
    #[arg(long, value_enum, default_value_t = Factor::Password, conflicts_with = "hosted")]
    factor: Factor,
    /// Write the tokens to this file, which only you can read. Default: stdout.
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Sign in at managed login (with PKCE). The command prints a URL to open in a browser on this
    /// host.
    #[arg(long)]
    hosted: bool,
    /// The port in the callback URL. The app client must allow http://127.0.0.1:PORT/callback.
    #[arg(long, requires = "hosted", default_value_t = 8976)]
    port: u16,
    /// Request this scope in addition to openid. Repeat the option for more scopes.
    #[arg(long, requires = "hosted", value_name = "SCOPE")]
    scope: Vec<String>,
}

/// The first factor of a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Factor {
    /// The password (SRP).
    Password,
    /// A code by e-mail.
    Email,
    /// A code by SMS.
    Sms,
    /// The command asks which factor to use.
    Choose,
}

impl Login {
    pub(crate) async fn run(self, context: &Context) -> Outcome {
        context.reject_dry_run()?;
        if let Some(file) = &self.save {
            check_writable(file).map_err(|error| cannot_write(file, &error))?;
        }
        // Fails if no app client is set. `Context::cognito` does not check this.
        let _ = context.settings(true).await?;
        let cognito = context.cognito().await?;
        let tokens = match &self.user {
            Some(user) => challenges::sign_in(context, cognito, user, self.factor).await?,
            None => loopback::sign_in(context, cognito, &self).await?,
        };
        if let Err(failure) = self.write(context, &tokens) {
            // No user could use or revoke the tokens.
            let revoked = match cognito.revoke(tokens.refresh_token).await {
                Ok(_) => "the refresh token is revoked".to_owned(),
                Err(error) => format!("the refresh token is valid until it expires: {error}"),
            };
            let message = format!("{}; {revoked}", failure.message);
            return Err(Failure::new(failure.exit, message));
        }
        Ok(Exit::Done)
    }

    fn write(&self, context: &Context, tokens: &Tokens) -> Outcome<()> {
        let mut json = serde_json::to_vec_pretty(tokens)?;
        json.push(b'\n');
        let Some(file) = &self.save else {
            return Ok(io::Write::write_all(&mut io::stdout(), &json)?);
        };
        private_file::replace(file, &json).map_err(|error| cannot_write(file, &error))?;
        let minutes = tokens.expires_in.as_secs() / 60;
        let file = file.display();
        context.message(&format!(
            "signed in; {file} has the tokens, the access token is valid for {minutes} minutes"
        ));
        Ok(())
    }
}

fn cannot_write(file: &Path, error: &io::Error) -> Failure {
    let file = file.display();
    Failure::new(Exit::Failed, format!("cannot write {file}: {error}"))
}

/// Checks that a new file can be created in the folder of `file`. The command calls it before the
/// sign-in, so that no sign-in is lost because its tokens cannot be written.
fn check_writable(file: &Path) -> io::Result<()> {
    if file.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let probe = private_file::beside(file, &format!(".{}.test", std::process::id()));
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&probe)?;
    fs::remove_file(probe)
}
