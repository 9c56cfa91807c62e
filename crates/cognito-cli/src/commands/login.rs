//! The command `cognito login`: signs in as a user and writes the tokens.

mod challenges;
mod loopback;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use cognito::Tokens;

use crate::context::Context;
use crate::failure::{Exit, Failure, Outcome};
use crate::private_file;

/// Sign in as a user, and write the tokens as JSON.
///
/// The command asks for every value that Cognito requires, such as the password or a code. If stdin
/// is no terminal, each line of stdin is one value.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cognito --client 1example2 login ann@example.com --save ann.json\n  \
    cognito --client 1example2 login --hosted --open"
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
    /// Sign in at managed login, in the browser (with PKCE).
    #[arg(long)]
    hosted: bool,
    /// Open the sign-in URL in the browser. Default: only show the URL.
    #[arg(long, requires = "hosted")]
    open: bool,
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
        // Fails if no app client is set. `Context::cognito` does not check this.
        let _ = context.settings(true).await?;
        let cognito = context.cognito().await?;
        let tokens = match &self.user {
            Some(user) => challenges::sign_in(context, cognito, user, self.factor).await?,
            None => loopback::sign_in(context, cognito, &self).await?,
        };
        self.write(context, &tokens)?;
        Ok(Exit::Done)
    }

    fn write(&self, context: &Context, tokens: &Tokens) -> Outcome<()> {
        let mut json = serde_json::to_vec_pretty(tokens)?;
        json.push(b'\n');
        let Some(file) = &self.save else {
            return Ok(std::io::Write::write_all(&mut std::io::stdout(), &json)?);
        };
        private_file::replace(file, &json).map_err(|error| {
            let file = file.display();
            Failure::new(Exit::Failed, format!("cannot write {file}: {error}"))
        })?;
        let minutes = tokens.expires_in.as_secs() / 60;
        let file = file.display();
        context.message(&format!(
            "signed in; {file} has the tokens, the access token is valid for {minutes} minutes"
        ));
        Ok(())
    }
}
