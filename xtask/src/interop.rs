//! Runs clients and a verifier of other projects against the emulator.
//!
//! An emulator and a client of the same author can contain the same mistake. The clients in this
//! test, in Python and JavaScript, were written for Cognito or for OpenID Connect. A real browser
//! creates and uses passkeys, and runs applications. Users sign in through an OpenID Connect
//! provider and a SAML provider of other projects. The test also runs the recipes of
//! `docs/recipes`.

mod applications;
mod browser;
mod plans;
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::emulators::server::Server;
use crate::emulators::{Missing, install};
use crate::node::{copy, same};
use crate::{Result, node, process};
use browser::Browser;
use table::{Cell, Table};

/// The files that are needed to run the JavaScript clients: their source code, and the npm files
/// that pin the versions of their packages.
const NODE_FILES: &[&str] = &[
    ".npmrc",
    "authjs.mjs",
    "federation.mjs",
    "interop.mjs",
    "mcp-server.mjs",
    "mcp.mjs",
    "openid.mjs",
    "package-lock.json",
    "package.json",
    "providers.mjs",
    "saml.mjs",
];
/// The files that are needed to create the template of the AWS CDK stack: its source code, and the
/// npm files that pin the versions of its packages.
const CDK_FILES: &[&str] = &[".npmrc", "package-lock.json", "package.json", "synth.mjs"];
const REQUIREMENTS: &str = "requirements.txt";

/// Installs the clients and finds the browser, runs them against the emulator, and prints tables of
/// the results.
///
/// # Errors
///
/// Fails if a client fails at an operation that it supports, or cannot run. In continuous
/// integration, also fails if a client cannot be installed.
pub(crate) fn run() -> Result {
    let clients = or_skipped(Clients::prepare())?;
    let browser = or_skipped(Browser::prepare())?;
    if clients.is_none() && browser.is_none() {
        return Ok(());
    }
    let program = build()?;
    let mut tables = Vec::new();
    if let Some(clients) = clients {
        let emulator = start("cognito-emulator", &program, &[])?;
        let mut cells = clients.ask(&emulator.url())?;
        cells.extend(clients.ask_mcp_server()?);
        cells.extend(clients.ask_stack(&program)?);
        cells.extend(said(&mut recipes(&clients.python, &program))?);
        tables.extend(Table::of_plans(plans::WITHOUT_BROWSER, cells));
    }
    if let Some(browser) = browser {
        let emulator = start("cognito-emulator-https", &program, &["--https"])?;
        let mut cells = browser.ask(&emulator.url())?;
        cells.extend(browser.ask_recipes(&program)?);
        tables.extend(Table::of_plans(plans::IN_BROWSER, cells));
    }
    for table in &tables {
        println!("\n{}", table.text());
    }
    tables.iter().try_for_each(Table::result)
}

/// Returns the prepared tool. If the tool is missing, prints the reason and returns `None`. In
/// continuous integration, a missing tool is an error.
fn or_skipped<T>(prepared: std::result::Result<T, Missing>) -> Result<Option<T>> {
    match prepared {
        Ok(prepared) => Ok(Some(prepared)),
        Err(Missing(reason)) if crate::is_ci() => Err(reason),
        Err(Missing(reason)) => {
            println!("skipped: {reason}");
            Ok(None)
        }
    }
}

/// Builds the emulator and returns its path.
fn build() -> Result<PathBuf> {
    let package = ["-p", "cognito-emulator", "--bin", "cognito-emulator"];
    process::run(process::cargo(&["build"]).args(package))?;
    Ok(crate::target().join("debug").join("cognito-emulator"))
}

/// Starts the emulator with the command-line arguments `options`. The emulator reads a seed file,
/// which defines the pools, app clients and users for the checks with [`Clients`]. `name` is the
/// name of the emulator's log file.
fn start(name: &str, program: &Path, options: &[&str]) -> Result<Server> {
    Server::start(name, "/_emulator/health", &folder(), |port: u16| {
        let mut command = Command::new(program);
        command.args(["--port", &port.to_string(), "--seed"]);
        command.arg(sources().join("seed.json")).args(options);
        command
    })
}

/// The clients of other projects, in Python and JavaScript, that are run against the emulator.
#[derive(Debug)]
struct Clients {
    python: PathBuf,
    scripts: [PathBuf; 2],
    /// The folder with the AWS CDK stack.
    stack: PathBuf,
}

impl Clients {
    /// Installs the Python and JavaScript clients, unless they are already installed.
    fn prepare() -> std::result::Result<Self, Missing> {
        let python = prepare_python()?;
        let node = node::prepare(&sources().join("node"), &folder().join("node"), NODE_FILES)?;
        let applications = applications::prepare()?;
        let stack = node::prepare(&sources().join("cdk"), &folder().join("cdk"), CDK_FILES)?;
        Ok(Self {
            python,
            scripts: [node.join("interop.mjs"), applications.join("node.mjs")],
            stack,
        })
    }

    /// Runs the Python and JavaScript clients and returns their results. The Python clients run
    /// first, because the JavaScript verifier checks their tokens.
    fn ask(&self, endpoint: &str) -> Result<Vec<Cell>> {
        let tokens = folder().join("tokens.json");
        let mut python = Command::new(&self.python);
        python.arg(sources().join("interop.py"));
        let mut programs = vec![python];
        programs.extend(self.scripts.iter().map(|script| {
            let mut node = Command::new("node");
            node.arg("--no-warnings").arg(script);
            node
        }));
        let mut cells = Vec::new();
        for program in &mut programs {
            cells.extend(said(program.arg(endpoint).arg(&tokens))?);
        }
        Ok(cells)
    }

    /// Starts the example `mcp_server`, which has its own emulator. Then runs an MCP client, which
    /// knows only the URL of the MCP server, and returns its results.
    fn ask_mcp_server(&self) -> Result<Vec<Cell>> {
        // The features of the other groups, so that no dependency is compiled again.
        let example = ["--workspace", "--all-features", "--example", "mcp_server"];
        process::run(process::cargo(&["build"]).args(example))?;
        let program = crate::target().join("debug/examples/mcp_server");
        let metadata = "/.well-known/oauth-protected-resource/mcp";
        let server = Server::start("mcp-server", metadata, &folder(), |port: u16| {
            let mut command = Command::new(program);
            command.args(["--port", &port.to_string()]);
            command
        })?;
        let [script, _] = &self.scripts;
        let mut client = Command::new("node");
        client.arg("--no-warnings");
        client.arg(script.with_file_name("mcp-server.mjs"));
        said(client.arg(format!("{}/mcp", server.url())))
    }

    /// Creates a template with the AWS CDK and starts an emulator with this template. Then runs a
    /// boto3 program against the template's user pool and returns the results of the program.
    fn ask_stack(&self, program: &Path) -> Result<Vec<Cell>> {
        let output = self.stack.join("cdk.out");
        let mut synth = Command::new("node");
        synth.arg("synth.mjs").arg(&output).current_dir(&self.stack);
        process::run(&mut synth)?;
        let outputs = self.stack.join("outputs.json");
        let name = "cognito-emulator-cdk";
        let emulator = Server::start(name, "/_emulator/health", &folder(), |port: u16| {
            let mut command = Command::new(program);
            command.args(["--port", &port.to_string(), "--template"]);
            command.arg(output.join("Shop.template.json"));
            command.arg("--outputs-file").arg(&outputs);
            command
        })?;
        let mut script = Command::new(&self.python);
        script.arg(sources().join("cdk.py"));
        said(script.arg(emulator.url()).arg(&outputs))
    }
}

/// Returns the command that runs the recipes of `docs/recipes` in copies of their folders.
/// `emulator` is the program of the emulator.
fn recipes(python: &Path, emulator: &Path) -> Command {
    let mut script = Command::new(python);
    script.arg(sources().join("recipes.py"));
    script.arg(emulator).arg(folder().join("recipes"));
    script
}

fn prepare_python() -> std::result::Result<PathBuf, Missing> {
    let environment = folder().join("venv");
    let python = environment.join("bin").join("python");
    let (wanted, there) = (sources().join(REQUIREMENTS), environment.join(REQUIREMENTS));
    if !python.is_file() || !same(&wanted, &there) {
        let text = fs::read_to_string(&wanted)
            .map_err(|error| Missing(format!("cannot read {}: {error}", wanted.display())))?;
        let packages: Vec<&str> = text.lines().collect();
        install(&environment, &packages)?;
        copy(&wanted, &there)?;
    }
    Ok(python)
}

/// Runs a script, and returns the results that it prints as JSON. The standard error of the script
/// is shown on the terminal.
fn said(script: &mut Command) -> Result<Vec<Cell>> {
    let name = process::line(script);
    let output = script
        // Disables the search for credentials in profiles and cloud services.
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("NO_PROXY", "127.0.0.1")
        // Python would write compiled modules next to the scripts.
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot start {name}: {error}"))?;
    if !output.status.success() {
        return Err(format!("`{name}` ended with {}", output.status));
    }
    table::cells(&output.stdout).map_err(|reason| format!("`{name}` {reason}"))
}

/// Returns the folder in the repository with the scripts that run the clients.
fn sources() -> PathBuf {
    crate::root().join("xtask").join("interop")
}

/// Returns the folder for the packages that the clients need and for the output of the scripts.
/// Creates the folder if it is missing.
fn folder() -> PathBuf {
    let folder = crate::target().join("interop");
    // If this fails, the following write fails too, with its own message.
    drop(fs::create_dir_all(&folder));
    folder
}
