//! Builds or installs the benchmark peers below the target folder. A peer is a program that
//! measures the token verifier of another library.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::fixture::Fixture;
use crate::process::Process;
use crate::rounds::{Row, Turns};
use crate::{Result, tools};

/// The benchmark peers in Rust. A peer is a program that measures the token verifier of another
/// library. Each name is a feature of the package `benches/peers`, whose program is `peer-<name>`.
const RUST: &[&str] = &[
    "jwt-simple",
    "jwt-authorizer",
    "axum-jwks",
    "aliri_oauth2",
    "jsonwebtokens-cognito",
    "jwtk",
    "jwt-verify",
];
/// The benchmark peers in JavaScript: the names that `benches/peers/node/verify.mjs` accepts. A
/// peer is a program that measures the token verifier of another library.
const NODE: &[&str] = &["aws-jwt-verify", "fast-jwt", "fast-jwt-cached"];

/// A benchmark peer: a program that measures the token verifier of another library. `command`
/// starts the program, or is the reason why the program cannot be started.
pub(crate) struct Peer {
    name: &'static str,
    command: std::result::Result<Command, String>,
    log: PathBuf,
}

impl Peer {
    pub(crate) fn row(self, fixture: &Fixture) -> Row {
        let started = self.command.and_then(|command| {
            Process::start(self.name, command, self.log, fixture).map_err(|error| error.to_string())
        });
        Row::new(
            self.name,
            started.map(|process| Box::new(process) as Box<dyn Turns>),
        )
    }
}

/// Builds the benchmark peers in Rust and installs those in JavaScript, below `folder`. (A peer is
/// a program that measures the token verifier of another library.) A peer that cannot be built or
/// installed is returned with the reason.
pub(crate) fn prepare(folder: &Path) -> Result<Vec<Peer>> {
    fs::create_dir_all(folder)?;
    println!("building and installing peers below {}", folder.display());
    let tools = tools::find_or_install(&folder.join("tools"));
    let rust = RUST.iter().map(|&name| (name, build(name, folder, &tools)));
    let installed = install_node(&folder.join("node"));
    let node = NODE.iter().map(|&name| {
        let command = installed.clone().map(|script| {
            let mut command = Command::new("node");
            command.arg(script).arg(name);
            command
        });
        (name, command)
    });
    Ok(rust
        .chain(node)
        .map(|(name, command)| Peer {
            name,
            command,
            log: folder.join(format!("{name}.log")),
        })
        .collect())
}

/// Returns the path of `benches/peers`, the package with the programs that measure the token
/// verifiers of other libraries.
pub(crate) fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers")
}

/// Builds the program of one benchmark peer, and returns the command that starts it. Each peer is
/// built separately, for two reasons: in one build for all peers, the features of a shared crate
/// would apply to all of them, and BoringSSL and OpenSSL cannot be linked together.
fn build(
    name: &str,
    folder: &Path,
    tools: &[(&'static str, OsString)],
) -> std::result::Result<Command, String> {
    let program = format!("peer-{name}");
    println!("building {program}");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["build", "--release", "--locked", "--manifest-path"])
        .arg(sources().join("Cargo.toml"))
        .arg("--target-dir")
        .arg(folder)
        .args(["--features", name, "--bin", &program])
        .envs(tools.iter().map(|(name, value)| (name, value)));
    quietly(&mut command).map_err(|reason| format!("does not build: {reason}"))?;
    Ok(Command::new(folder.join("release").join(program)))
}

/// Installs the npm packages that `verify.mjs` needs, and returns the path of this script. If the
/// packages are already installed, only copies the script. Fails if Node.js or npm is missing or
/// fails.
fn install_node(folder: &Path) -> std::result::Result<PathBuf, String> {
    let text = |error: std::io::Error| error.to_string();
    let from = sources().join("node");
    let lock = "package-lock.json";
    let read = |path: PathBuf| fs::read_to_string(path).unwrap_or_default();
    let is_there = folder.join("node_modules/.package-lock.json").is_file()
        && read(folder.join(lock)) == read(from.join(lock));
    fs::create_dir_all(folder).map_err(text)?;
    for name in [".npmrc", "package.json", lock, "verify.mjs"] {
        fs::copy(from.join(name), folder.join(name)).map_err(text)?;
    }
    quietly(Command::new("node").arg("--version"))?;
    if !is_there {
        let mut install = Command::new("npm");
        install
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(folder);
        quietly(&mut install)?;
    }
    Ok(folder.join("verify.mjs"))
}

/// Runs a command and waits until it exits. If it fails, returns the first line of its standard
/// error that reports an error, or the last line if no line reports an error.
pub(crate) fn quietly(command: &mut Command) -> std::result::Result<(), String> {
    let program = Path::new(command.get_program()).file_name();
    let program = program.unwrap_or_default().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    // The word alone is not enough, because Cargo also prints the names of crates.
    let is_error = |line: &&str| line.starts_with("error") || line.contains(" error ");
    let line = text.lines().find(is_error).or_else(|| text.lines().last());
    Err(format!(
        "{program}: {}",
        line.unwrap_or("no reason given").trim()
    ))
}
