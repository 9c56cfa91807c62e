//! The command line of the emulator, for `cognito-emulator` and `cognito emulator`. It runs the
//! emulator until a signal stops it, or checks a running emulator.

mod printed;

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory, FromArgMatches, Parser, ValueEnum};

use crate::{
    Client, Emulator, EmulatorBuilder, Https, MfaMode, RiskLevel, Seed, Template, Usernames,
};

/// Emulates Amazon Cognito user pools for development and tests, and some operations of other AWS
/// services that are used with user pools. All data is in memory, unless --state names a file.
#[derive(Debug, Parser)]
#[command(
    name = "cognito-emulator",
    version,
    after_help = "The command prints the environment variables that clients need, and the URL of \
                  the inbox, which shows the sent codes. Clients can use any AWS credentials. \
                  Stop the command with ctrl-c."
)]
struct Arguments {
    /// The IP address to listen on. 0.0.0.0 listens on all interfaces, for example in a container.
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST),
        overrides_with = "host"
    )]
    host: IpAddr,
    /// The port to listen on. 0 selects a free port.
    #[arg(long, default_value_t = 9229)]
    port: u16,
    /// Check the health of a running emulator and exit. Without URL, checks 127.0.0.1 with the port
    /// of --port.
    #[arg(long, value_name = "URL", num_args = 0..=1)]
    health_check: Option<Option<String>>,
    /// A JSON file with the initial pools, app clients, groups and users. The page
    /// docs/reference/seed.md of the repository lists its fields.
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["pool", "client", "secret", "plain_usernames", "mfa"]
    )]
    seed: Option<PathBuf>,
    /// A CloudFormation template in JSON or YAML, or a template that `cdk synth` wrote to cdk.out.
    /// Its Cognito resources are created. The page docs/reference/templates.md of the repository
    /// lists them.
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["seed", "pool", "client", "secret", "plain_usernames", "mfa", "test_provider"]
    )]
    template: Option<PathBuf>,
    /// The value of a parameter of the template. NAME can also be AWS::Region, AWS::StackName, a
    /// resource of another service such as Distribution.DomainName, or an export. Repeat the option
    /// for more values.
    #[arg(long, value_name = "NAME=VALUE", value_parser = parameter, requires = "template")]
    parameter: Vec<(String, String)>,
    /// Write the outputs of the template to this file, as `cdk deploy --outputs-file` does. On
    /// Unix, only you can read a new file, because outputs can contain secrets.
    #[arg(long, value_name = "FILE", requires = "template")]
    outputs_file: Option<PathBuf>,
    /// Keep the data in this file. If the file has data, the emulator starts with it, and the
    /// options for pools, app clients and users have no effect. On Unix, only you can read a new
    /// file, because it contains secrets.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// The id of the user pool. The part before the underscore is the region.
    #[arg(long, value_name = "ID", default_value = "us-east-1_EmuPool01")]
    pool: String,
    /// The id of the app client.
    #[arg(long, value_name = "ID", default_value = "emulatorclient1")]
    client: String,
    /// The secret of the app client. Without this option, the client has no secret.
    #[arg(long, value_name = "SECRET")]
    secret: Option<String>,
    /// Let users choose a user name, with their verified e-mail addresses and phone numbers as
    /// aliases. Without this option, users sign in with an e-mail address or a phone number.
    #[arg(long)]
    plain_usernames: bool,
    /// Add an identity provider that is part of the emulator. Anyone can sign in as any of its
    /// users.
    #[arg(long, value_name = "NAME", conflicts_with = "seed")]
    test_provider: Option<String>,
    /// Call identity providers on other hosts. Anyone who can reach the port can then make the
    /// emulator send requests into its network.
    #[arg(long)]
    allow_remote_providers: bool,
    /// Reject requests above AWS's default quotas of request rates, for tests of throttling.
    #[arg(long)]
    enforce_quotas: bool,
    /// A file with passwords that threat protection regards as compromised, one per line. Pools
    /// reject them if their risk configuration requires it.
    #[arg(long, value_name = "FILE")]
    compromised_passwords: Option<PathBuf>,
    /// The risk of a sign-in from an IP address from which the user has not signed in before.
    /// Without this option, a new address is no risk.
    #[arg(long, value_enum, value_name = "LEVEL")]
    new_address_risk: Option<Risk>,
    /// Deliver the logs for a destination to a file, or to an http:// URL of this host. ARN is the
    /// ARN of the destination in SetLogDeliveryConfiguration: a log group, a Firehose stream or a
    /// bucket. Repeat the option for more destinations.
    #[arg(long, value_name = "ARN=FILE-OR-URL", value_parser = destination)]
    log_delivery: Vec<(String, String)>,
    /// A host name by which clients can reach the emulator, in addition to localhost. Requests with
    /// other host names are rejected. Repeat the option for more names.
    #[arg(long, value_name = "HOST")]
    allow_host: Vec<String>,
    /// Serve HTTPS. The same port still accepts HTTP. Without another option, each start creates a
    /// certificate authority (CA), which clients must trust: GET /_emulator/ca.pem.
    #[arg(long)]
    https: bool,
    /// Keep the CA in this directory and use it again at the next start. Each client must then be
    /// configured only once to trust the CA. The file ca-key.pem is secret. The CA signs only for
    /// localhost and the hosts of --allow-host.
    #[arg(long, value_name = "DIRECTORY", requires = "https")]
    ca_directory: Option<PathBuf>,
    /// A file with your own certificate chain, in PEM.
    #[arg(
        long,
        value_name = "FILE",
        requires_all = ["https", "tls_key"],
        conflicts_with = "ca_directory"
    )]
    tls_certificate: Option<PathBuf>,
    /// A file with the private key of your certificate, in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// The URL of a Lambda function on this host, which is called as a trigger if its ARN is in a
    /// LambdaConfig. NAME is the name of the function or its ARN. For SAM, LocalStack and
    /// cargo-lambda, the URL is http://127.0.0.1:PORT/2015-03-31/functions/NAME/invocations. Repeat
    /// the option for more functions.
    #[arg(long, value_name = "NAME=URL", value_parser = function)]
    function: Vec<(String, String)>,
    /// The time in seconds after which a call of a trigger fails.
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=900))]
    trigger_timeout: u64,
    /// Whether users need a second factor.
    #[arg(long, value_enum, default_value_t = Mfa::Optional)]
    mfa: Mfa,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Mfa {
    /// No user needs a second factor.
    Off,
    /// Every user needs a second factor.
    On,
    /// Users who have set up a second factor need it.
    Optional,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Risk {
    /// A low risk.
    Low,
    /// A medium risk.
    Medium,
    /// A high risk.
    High,
}

/// Parses the value of `--function`: a name, `=` and a URL.
fn function(text: &str) -> std::result::Result<(String, String), &'static str> {
    let (name, url) = text.split_once('=').ok_or("use NAME=URL")?;
    Ok((name.to_owned(), url.to_owned()))
}

/// Parses the value of `--parameter`: a name, `=` and a value. The value can contain `=`.
fn parameter(text: &str) -> std::result::Result<(String, String), &'static str> {
    function(text).map_err(|_| "use NAME=VALUE")
}

/// Parses the value of `--log-delivery`: an ARN, `=` and a file or a URL.
fn destination(text: &str) -> std::result::Result<(String, String), &'static str> {
    function(text).map_err(|_| "use ARN=FILE or ARN=URL")
}

/// Runs the command with these arguments until a signal stops it. `name` is the name of the command
/// in its help. The arguments do not include the name. If the arguments are wrong or ask for help,
/// the process exits.
pub fn run(name: &'static str, arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let line = std::iter::once(name.into()).chain(arguments);
    let command = Arguments::command().name(name).bin_name(name);
    let found = command.get_matches_from(line);
    let arguments = Arguments::from_arg_matches(&found).unwrap_or_else(|error| error.exit());
    let done = match &arguments.health_check {
        Some(url) => check_health(url.as_deref(), arguments.port),
        None => serve(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "cognito-emulator: {}", message(&*error));
            ExitCode::FAILURE
        }
    }
}

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Requests the health page of a running emulator. Fails if the status is not 200, or if connecting
/// or reading takes more than two seconds. Without `url`, connects to 127.0.0.1 on `port`.
fn check_health(url: Option<&str>, port: u16) -> Result {
    let url = url.map_or_else(|| format!("http://127.0.0.1:{port}"), str::to_owned);
    let authority = url.strip_prefix("http://").map(|rest| {
        let end = rest.find('/').unwrap_or(rest.len());
        &rest[..end]
    });
    let Some(authority) = authority.filter(|authority| authority.contains(':')) else {
        return Err(format!("{url}: use a URL such as http://127.0.0.1:9229").into());
    };
    let status = health(authority).map_err(|error| format!("{url}: {error}"))?;
    if status.contains(" 200") {
        Ok(())
    } else {
        Err(format!("{url}: the health page returned {status:?}").into())
    }
}

/// Requests the health page and returns the beginning of the status line, such as `HTTP/1.1 200`.
fn health(authority: &str) -> io::Result<String> {
    const TIMEOUT: Duration = Duration::from_secs(2);
    let address = authority.to_socket_addrs()?.next();
    let address = address.ok_or(io::ErrorKind::AddrNotAvailable)?;
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    write!(
        stream,
        "GET /_emulator/health HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n"
    )?;
    let mut status = [0; "HTTP/1.1 200".len()];
    stream.read_exact(&mut status)?;
    Ok(String::from_utf8_lossy(&status).into_owned())
}

/// Returns the message of an error, followed by the messages of its sources.
fn message(error: &dyn std::error::Error) -> String {
    let sources = std::iter::successors(error.source(), |error| error.source());
    sources.fold(error.to_string(), |text, source| {
        format!("{text}: {source}")
    })
}

#[tokio::main]
async fn serve(arguments: &Arguments) -> Result {
    // The signals are handled before the URL is printed, so that a program that reads the output
    // can stop the command.
    let stop = stop_signal()?;
    let builder = match (&arguments.seed, &arguments.template) {
        (Some(file), _) => Emulator::builder().prepared(read(file)?),
        (None, Some(file)) => Emulator::builder().template(template(file, &arguments.parameter)?),
        (None, None) => described(arguments),
    };
    let hosts = arguments.allow_host.iter();
    let builder = hosts.fold(builder, EmulatorBuilder::allow_host);
    let functions = arguments.function.iter();
    let builder = functions.fold(builder, |builder, (name, url)| builder.function(name, url));
    let timeout = Duration::from_secs(arguments.trigger_timeout);
    let builder = builder.trigger_timeout(timeout);
    let builder = match https(arguments)? {
        Some(https) => builder.https(https),
        None => builder,
    };
    let builder = builder
        .host(arguments.host)
        .port(arguments.port)
        .allow_remote_providers(arguments.allow_remote_providers)
        .enforce_quotas(arguments.enforce_quotas);
    let builder = with_threats(builder, arguments)?;
    let logs = arguments.log_delivery.iter();
    let builder = logs.fold(builder, |it, (arn, target)| it.log_delivery(arn, target));
    let builder = match &arguments.state {
        Some(file) => builder.state(file),
        None => builder,
    };
    let emulator = builder.start().await?;
    if let Some(note) = emulator.state_note() {
        writeln!(io::stderr(), "cognito-emulator: note: {note}")?;
    }
    if !arguments.host.is_loopback() {
        writeln!(io::stderr(), "{EXPOSED}")?;
    }
    if let Some(file) = &arguments.outputs_file {
        write_private(file, &printed::outputs(&emulator).to_string())
            .map_err(|error| format!("cannot write {}: {error}", file.display()))?;
    }
    let guide = printed::guide(&emulator, arguments.ca_directory.as_deref())?;
    io::stdout().write_all(guide.as_bytes())?;
    io::stdout().flush()?;
    stop.await;
    emulator.shutdown().await;
    Ok(())
}

/// Replaces the content of a file. On Unix, only the user who runs this process can read a new
/// file. An existing file keeps its permissions.
fn write_private(file: &Path, content: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(content.as_bytes())
}

/// The warning that is printed if other hosts may be able to reach the emulator.
const EXPOSED: &str = "cognito-emulator: warning: anyone who can reach this port can read all codes, \
    passwords and secrets and change all users; use --host only in a container or an isolated network";

/// Returns a future that completes when the process receives SIGINT (ctrl-c) or SIGTERM. Fails if
/// the signals cannot be handled.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    );
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "on Unix it can fail")]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

/// Adds the arguments for threat protection to a builder: the compromised passwords, and the risk
/// of a sign-in from a new address.
fn with_threats(mut builder: EmulatorBuilder, arguments: &Arguments) -> Result<EmulatorBuilder> {
    if let Some(file) = &arguments.compromised_passwords {
        builder = builder.compromised_passwords(text(file)?.lines());
    }
    let level = match arguments.new_address_risk {
        None => return Ok(builder),
        Some(Risk::Low) => RiskLevel::Low,
        Some(Risk::Medium) => RiskLevel::Medium,
        Some(Risk::High) => RiskLevel::High,
    };
    Ok(builder.new_address_risk(level))
}

fn text(file: &Path) -> Result<String> {
    let text = fs::read_to_string(file);
    Ok(text.map_err(|error| format!("cannot read {}: {error}", file.display()))?)
}

fn https(arguments: &Arguments) -> Result<Option<Https>> {
    let directory = arguments.ca_directory.as_ref();
    Ok(match (&arguments.tls_certificate, &arguments.tls_key) {
        (Some(chain), Some(key)) => Some(Https::certificate(text(chain)?, text(key)?)),
        _ if !arguments.https => None,
        _ => Some(directory.map_or_else(Https::new, Https::directory)),
    })
}

fn read(file: &Path) -> Result<Seed> {
    let text = text(file)?;
    let seed = Seed::from_json(&text).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(seed)
}

/// Reads a template. The default of its stack name is the name of the file up to the first dot:
/// `Shop` for `cdk.out/Shop.template.json`.
fn template(file: &Path, parameters: &[(String, String)]) -> Result<Template> {
    let text = text(file)?;
    let template = if text.trim_start().starts_with('{') {
        Template::from_json(&text)
    } else {
        Template::from_yaml(&text)
    };
    let template = template.map_err(|error| format!("{}: {error}", file.display()))?;
    let name = file.file_name().and_then(|name| name.to_str());
    let name = name.and_then(|name| name.split('.').next());
    let template = template.parameter("AWS::StackName", name.unwrap_or("template"));
    let set =
        |template: Template, (name, value): &(String, String)| template.parameter(name, value);
    Ok(parameters.iter().fold(template, set))
}

/// Returns a builder for one user pool with one app client, as the arguments describe them.
fn described(arguments: &Arguments) -> EmulatorBuilder {
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
    let builder = Emulator::builder()
        .user_pool_id(&arguments.pool)
        .client(client)
        .usernames(usernames)
        .mfa(mfa);
    match &arguments.test_provider {
        Some(name) => builder.test_provider(name),
        None => builder,
    }
}
