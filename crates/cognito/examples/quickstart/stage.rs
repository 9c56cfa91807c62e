//! The user pool of the quickstart example, and the checks of its results.

use std::cell::RefCell;
use std::fmt;
use std::time::Duration;

use cognito::{Cognito, Error, ErrorKind, RespondError, SignIn, Tokens};
use cognito_emulator::{Client, Emulator, OAuthFlow};
use cognito_testkit::AuthenticatorError;

use super::guide::Guide;

pub(crate) const CLIENT_SECRET: &str = "quickstart0secret0of0a0machine";
pub(crate) const SCOPE: &str = "https://api.example.com/read";

/// The error of the quickstart example: a description of the unexpected result.
#[derive(Debug)]
pub(crate) struct Surprise(String);

impl Surprise {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Surprise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Error> for Surprise {
    fn from(error: Error) -> Self {
        Self(format!("{error} (HTTP {})", error.status()))
    }
}

impl From<RespondError> for Surprise {
    fn from(error: RespondError) -> Self {
        Error::from(error).into()
    }
}

impl From<AuthenticatorError> for Surprise {
    fn from(error: AuthenticatorError) -> Self {
        Self(error.to_string())
    }
}

pub(crate) type Outcome<T = ()> = Result<T, Surprise>;

/// The user pool of the quickstart example, and the e-mail address of its user.
pub(crate) struct Stage {
    pub(crate) cognito: Cognito,
    pub(crate) emulator: Option<Emulator>,
    pub(crate) email: String,
    /// All secrets that the example has used. A test searches the logs for them.
    pub(crate) secrets: RefCell<Vec<String>>,
}

impl Stage {
    /// Starts an emulated user pool in this process.
    pub(crate) async fn emulator() -> Outcome<Self> {
        // The refresh tokens of this client can be used once.
        let client = Client::new("quickstart").refresh_rotation(Duration::ZERO);
        let machine = Client::new("machine")
            .secret(CLIENT_SECRET)
            .oauth_flow(OAuthFlow::ClientCredentials)
            .oauth_scope(SCOPE);
        let emulator = Emulator::builder()
            .client(client)
            .client(machine)
            .resource_server("https://api.example.com", ["read"])
            .passkeys("localhost")
            .custom_attribute("department")
            .start()
            .await
            .map_err(|error| Surprise::new(error.to_string()))?;
        let cognito = Cognito::builder()
            .config(emulator.pool_config()?)
            .emulator(emulator.endpoint())
            .build()
            .await?;
        Ok(Self {
            cognito,
            emulator: Some(emulator),
            email: "user@example.com".to_owned(),
            secrets: RefCell::default(),
        })
    }

    /// Uses the user pool that the environment variables configure ([`Cognito::from_env`]). Codes
    /// are read from the terminal.
    #[allow(dead_code, reason = "the test that runs the tour has no pool")]
    pub(crate) async fn environment(email: &str) -> Outcome<Self> {
        Ok(Self {
            cognito: Cognito::from_env().await?,
            emulator: None,
            email: email.to_owned(),
            secrets: RefCell::default(),
        })
    }

    /// Returns the code that Cognito sent to the user: the newest code in the inbox of the
    /// emulator, or the code that the user enters in the terminal.
    pub(crate) fn code(&self) -> Outcome<String> {
        let code = match &self.emulator {
            Some(emulator) => emulator
                .inbox()
                .latest_code(&self.email)
                .ok_or_else(|| Surprise::new("no code arrived"))?,
            None => ask("code from your inbox: ")?,
        };
        Ok(self.secret(code))
    }

    /// Adds a string to [`secrets`](Self::secrets), the list of secrets that the example has used.
    /// Returns the string.
    pub(crate) fn secret(&self, text: impl Into<String>) -> String {
        let text = text.into();
        self.secrets.borrow_mut().push(text.clone());
        text
    }

    /// Adds the tokens to [`secrets`](Self::secrets), the list of secrets that the example has
    /// used.
    pub(crate) fn keep(&self, tokens: &Tokens) {
        self.secret(tokens.access_token.expose());
        self.secret(tokens.id_token.expose());
        self.secret(tokens.refresh_token.expose());
    }
}

fn ask(question: &str) -> Outcome<String> {
    use std::io::Write;
    let unreadable = |error: std::io::Error| Surprise::new(error.to_string());
    print!("{question}");
    std::io::stdout().flush().map_err(unreadable)?;
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).map_err(unreadable)?;
    Ok(line.trim().to_owned())
}

/// Returns the tokens of a completed sign-in. A challenge is an error.
pub(crate) fn complete(signed_in: SignIn) -> Outcome<Tokens> {
    match signed_in {
        SignIn::Complete(tokens) => Ok(tokens),
        SignIn::Challenge(challenge) => Err(Surprise::new(format!(
            "unexpected challenge {}",
            challenge.name()
        ))),
    }
}

/// Checks that `result` is an `Err` of the kind `kind`, and prints it. Fails if `result` is `Ok` or
/// has another kind.
pub(crate) fn refused<T>(guide: &Guide, result: Result<T, Error>, kind: ErrorKind) -> Outcome {
    match result {
        Err(error) if error.kind() == kind => {
            guide.fact(format!(
                "rejected, as it should be: {error} ({})",
                error.status()
            ));
            Ok(())
        }
        Err(error) => Err(Surprise::new(format!("expected {kind:?}, got {error}"))),
        Ok(_) => Err(Surprise::new(format!(
            "expected {kind:?}, and it went through"
        ))),
    }
}
