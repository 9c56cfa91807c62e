//! Our emulator, and clients and a verifier that others wrote.
//!
//! Whoever writes a server and a client for it can misread the documentation twice in the same
//! way. Here the clients are those that people use with Cognito itself, in Python and JavaScript,
//! and a real browser makes and uses passkeys.

mod browser;
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::emulators::server::Server;
use crate::emulators::{Missing, install};
use crate::{Result, process};
use browser::Browser;
use table::{Cell, OPENID_CONNECT, PASSKEYS, PASSWORDS, Table};

/// What the scripts of the clients are made of, with fixed versions of what they need.
const NODE_FILES: &[&str] = &[
    ".npmrc",
    "interop.mjs",
    "openid.mjs",
    "package-lock.json",
    "package.json",
];
const REQUIREMENTS: &str = "requirements.txt";

/// Installs the clients, runs them against the emulator, and prints what each of them could do.
///
/// # Errors
///
/// When a client is refused what it offers, or cannot be run; in continuous integration also when
/// it cannot be installed.
pub(crate) fn run() -> Result {
    let clients = or_skipped(Clients::prepare())?;
    let browser = or_skipped(Browser::prepare())?;
    if clients.is_none() && browser.is_none() {
        return Ok(());
    }
    let emulator = start()?;
    let mut tables = Vec::new();
    if let Some(clients) = clients {
        let cells = clients.ask(&emulator.url())?.into_iter();
        let (openid, api) = cells.partition(|cell| OPENID_CONNECT.holds(cell));
        tables.push(Table::new(&PASSWORDS, api));
        tables.push(Table::new(&OPENID_CONNECT, openid));
    }
    if let Some(browser) = browser {
        tables.push(Table::new(&PASSKEYS, browser.ask(&emulator.url())?));
    }
    for table in &tables {
        println!("\n{}", table.text());
    }
    tables.iter().try_for_each(Table::verdict)
}

/// What was prepared. What is missing is said, and is an error in continuous integration.
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

/// Our emulator, with pools, clients and people for every row of the table.
fn start() -> Result<Server> {
    let package = ["-p", "cognito-emulator", "--bin", "cognito-emulator"];
    process::run(process::cargo(&["build"]).args(package))?;
    let program = crate::target().join("debug").join("cognito-emulator");
    Server::start(
        "cognito-emulator",
        "/_emulator/health",
        &folder(),
        |port: u16| {
            let mut command = Command::new(program);
            command.args(["--port", &port.to_string(), "--seed"]);
            command.arg(sources().join("seed.json"));
            command
        },
    )
}

/// The two languages, with the clients of each.
#[derive(Debug)]
struct Clients {
    python: PathBuf,
    script: PathBuf,
}

impl Clients {
    /// Installs what is not there from an earlier time.
    fn prepare() -> std::result::Result<Self, Missing> {
        Ok(Self {
            python: prepare_python()?,
            script: prepare_node("node", NODE_FILES)?.join("interop.mjs"),
        })
    }

    /// Python first: its tokens are judged by the verifier of the other script.
    fn ask(&self, endpoint: &str) -> Result<Vec<Cell>> {
        let tokens = folder().join("tokens.json");
        let mut python = Command::new(&self.python);
        python.arg(sources().join("interop.py"));
        let mut node = Command::new("node");
        node.arg("--no-warnings").arg(&self.script);
        let mut cells = Vec::new();
        for mut script in [python, node] {
            cells.extend(said(script.arg(endpoint).arg(&tokens))?);
        }
        Ok(cells)
    }
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

/// A folder of scripts, with the packages that they need.
fn prepare_node(name: &str, files: &[&str]) -> std::result::Result<PathBuf, Missing> {
    for tool in ["node", "npm"] {
        if !process::succeeds(Command::new(tool).arg("--version")) {
            let line = "apt-get install -y nodejs npm";
            return Err(Missing(format!("no {tool}; install it: {line}")));
        }
    }
    let (from, to) = (sources().join(name), folder().join(name));
    let is_there = to.join("node_modules/.package-lock.json").is_file()
        && same(
            &from.join("package-lock.json"),
            &to.join("package-lock.json"),
        );
    fs::create_dir_all(&to)
        .map_err(|error| Missing(format!("cannot make {}: {error}", to.display())))?;
    for file in files {
        copy(&from.join(file), &to.join(file))?;
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(&to);
    if !is_there {
        println!("installing the packages of {} ...", to.display());
        if !process::succeeds(&mut npm) {
            // What is left of a failed attempt must not pass for the whole next time.
            drop(fs::remove_file(to.join("package-lock.json")));
            let line = process::line(&npm);
            return Err(Missing(format!(
                "npm could not install them; see why: cd {} && {line}",
                from.display()
            )));
        }
    }
    Ok(to)
}

/// The cells that a script prints. What else it says goes to the terminal.
fn said(script: &mut Command) -> Result<Vec<Cell>> {
    let name = process::line(script);
    let output = script
        // No profile and no service of a cloud is asked for credentials.
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("NO_PROXY", "127.0.0.1")
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot start {name}: {error}"))?;
    if !output.status.success() {
        return Err(format!("`{name}` ended with {}", output.status));
    }
    table::cells(&output.stdout).map_err(|reason| format!("`{name}` {reason}"))
}

fn same(one: &Path, other: &Path) -> bool {
    fs::read(one).is_ok_and(|text| fs::read(other).is_ok_and(|other| text == other))
}

fn copy(from: &Path, to: &Path) -> std::result::Result<(), Missing> {
    fs::copy(from, to)
        .map(drop)
        .map_err(|error| Missing(format!("cannot write {}: {error}", to.display())))
}

/// Where the scripts are.
fn sources() -> PathBuf {
    crate::root().join("xtask").join("interop")
}

/// Where everything is that is installed and left behind.
fn folder() -> PathBuf {
    let folder = crate::target().join("interop");
    // When this fails, so does what is put there, with a message of its own.
    drop(fs::create_dir_all(&folder));
    folder
}
