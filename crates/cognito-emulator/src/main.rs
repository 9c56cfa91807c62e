//! The `cognito-emulator` command: the emulator until ctrl-c.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use cognito_emulator::{Client, Emulator, MfaMode, StartError, Usernames};

/// A Cognito user pool and an SSM Parameter Store on 127.0.0.1, for development and tests.
#[derive(Debug, Parser)]
#[command(name = "cognito-emulator", version)]
struct Arguments {
    /// The port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 9229)]
    port: u16,
    /// The id of the user pool; its part before the underscore is the region.
    #[arg(long, default_value = "us-east-1_EmuPool01")]
    pool: String,
    /// The id of the app client.
    #[arg(long, default_value = "emulatorclient1")]
    client: String,
    /// The secret of the app client. A client without one is public.
    #[arg(long)]
    secret: Option<String>,
    /// People choose a user name; verified addresses are aliases.
    #[arg(long)]
    plain_usernames: bool,
    /// Whether second factors are asked for.
    #[arg(long, value_enum, default_value_t = Mfa::Optional)]
    mfa: Mfa,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Mfa {
    Off,
    On,
    Optional,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "cognito-emulator: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let emulator = start(&arguments).await?;
    io::stdout().write_all(guide(&emulator).as_bytes())?;
    io::stdout().flush()?;
    tokio::signal::ctrl_c().await?;
    emulator.shutdown().await;
    Ok(())
}

async fn start(arguments: &Arguments) -> Result<Emulator, StartError> {
    let mut client = Client::new(&arguments.client);
    if let Some(secret) = &arguments.secret {
        client = client.secret(secret);
    }
    let usernames = if arguments.plain_usernames {
        Usernames::Plain
    } else {
        Usernames::Email
    };
    let mfa = match arguments.mfa {
        Mfa::Off => MfaMode::Off,
        Mfa::On => MfaMode::On,
        Mfa::Optional => MfaMode::Optional,
    };
    Emulator::builder()
        .port(arguments.port)
        .user_pool_id(&arguments.pool)
        .client(client)
        .usernames(usernames)
        .mfa(mfa)
        .start()
        .await
}

/// The environment that leads a client here, ready for a shell.
fn guide(emulator: &Emulator) -> String {
    let endpoint = emulator.endpoint();
    let mut lines = vec![
        ("AWS_REGION", emulator.region().to_owned()),
        // Signed operations need credentials; any will do.
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        (
            "AWS_COGNITO_USER_POOL_ID",
            emulator.user_pool_id().to_owned(),
        ),
        ("AWS_COGNITO_CLIENT_ID", emulator.client_id().to_owned()),
    ];
    // The secret was typed on this command's line; it is printed for the shell to take over.
    lines.extend(
        emulator
            .client_secret()
            .map(|secret| ("AWS_COGNITO_CLIENT_SECRET", secret)),
    );
    lines.extend([
        (
            "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER",
            endpoint.to_owned(),
        ),
        ("AWS_ENDPOINT_URL_SSM", endpoint.to_owned()),
        ("COGNITO_ISSUER", emulator.issuer().to_owned()),
        ("COGNITO_JWKS_URI", emulator.jwks_uri()),
    ]);
    let mut text: String = lines
        .into_iter()
        .map(|(name, value)| format!("export {name}={value}\n"))
        .collect();
    text.push_str(&format!(
        "# codes that were sent: {endpoint}/_emulator/inbox?to=user@example.com\n\
         # ctrl-c stops\n"
    ));
    text
}
