//! The two emulators of others that the library is also tested against.
//!
//! Both come from the Python registry and live in a virtual environment below
//! the target folder. What each one is good for, and what it gets wrong, is in
//! the tests that use them. Both hear on loopback only.

pub(crate) mod server;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Result, process};
use server::Server;

/// What is installed, at fixed versions: a newer one may answer differently.
const PACKAGES: &[&str] = &["ministack==1.5.33", "cryptography", "moto[server]==5.2.5"];
/// A Python program that prints the installed versions of the emulators. It fails if one of the
/// [`PACKAGES`] is not installed.
const VERSIONS: &str = "import cryptography, importlib.metadata as m; \
    print(m.version('ministack'), m.version('moto'))";
const EXPECTED: &str = "1.5.33 5.2.5";

/// Both emulators, running; dropping it stops them.
#[derive(Debug)]
pub(crate) struct Emulators {
    ministack: Server,
    moto: Server,
}

impl Emulators {
    /// Starts both on free loopback ports and waits until they answer.
    ///
    /// # Errors
    ///
    /// When one does not start; where its log is, is part of the message.
    pub(crate) fn start(python: &Python) -> Result<Self> {
        let logs = folder();
        let ministack = |port: u16| {
            let mut command = python.script("ministack");
            command
                // The default mode checks nothing.
                .env("AUTH", "true")
                .env("BIND_HOST", "127.0.0.1")
                .env("GATEWAY_PORT", port.to_string())
                // Listeners on fixed ports that nobody here asks for.
                .env("IOT_MTLS_ENABLED", "0")
                .env("SFTP_ENABLED", "0")
                .env("STATE_DIR", logs.join("ministack-state"));
            command
        };
        let moto = |port: u16| {
            let mut command = python.script("moto_server");
            command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
            command
        };
        Ok(Self {
            ministack: Server::start("ministack", "/_ministack/health", &logs, ministack)?,
            moto: Server::start("moto", "/moto-api/", &logs, moto)?,
        })
    }

    /// The environment that points the tests at them.
    pub(crate) fn environment(&self) -> [(&'static str, String); 2] {
        [
            ("COGNITO_TEST_MINISTACK", self.ministack.url()),
            ("COGNITO_TEST_MOTO", self.moto.url()),
        ]
    }
}

/// Starts both, prints what points tests at them, and runs until it is stopped.
///
/// # Errors
///
/// When they cannot be installed or started, or when one of them ends.
pub(crate) fn run() -> Result {
    let python = Python::prepare().map_err(|missing| missing.0)?;
    let mut emulators = Emulators::start(&python)?;
    for (name, value) in emulators.environment() {
        println!("export {name}={value}");
    }
    println!("# Both run until this command is stopped (Ctrl-C).");
    emulators.ministack.wait()?;
    Err("ministack ended".to_owned())
}

/// Why the emulators cannot be had here, and the one line that would change it.
#[derive(Debug)]
pub(crate) struct Missing(pub(crate) String);

/// A Python with both emulators installed.
#[derive(Debug)]
pub(crate) struct Python {
    environment: PathBuf,
}

impl Python {
    /// Makes the virtual environment, or takes the one that is there and right.
    ///
    /// # Errors
    ///
    /// When Python, its `venv` module or the registry is not there.
    pub(crate) fn prepare() -> std::result::Result<Self, Missing> {
        let environment = folder().join("venv");
        let ready = Self { environment };
        if !ready.is_right() {
            install(&ready.environment, PACKAGES)?;
        }
        if ready.is_right() {
            Ok(ready)
        } else {
            Err(Missing(format!(
                "the emulators do not load; remove the folder: rm -r {}",
                ready.environment.display()
            )))
        }
    }

    fn is_right(&self) -> bool {
        let mut asked = self.script("python");
        process::output(asked.args(["-c", VERSIONS])).is_some_and(|said| said.trim() == EXPECTED)
    }

    /// A command of the virtual environment.
    fn script(&self, name: &str) -> Command {
        Command::new(self.environment.join("bin").join(name))
    }
}

/// Installs packages of the Python registry into a fresh virtual environment.
///
/// # Errors
///
/// Says which of the three steps failed, and the line that would mend it.
pub(crate) fn install(environment: &Path, packages: &[&str]) -> std::result::Result<(), Missing> {
    let python = || Command::new("python3");
    if !process::succeeds(python().args(["-c", "import venv, ensurepip"])) {
        let line = "apt-get install -y python3 python3-venv python3-pip";
        return Err(Missing(format!("no python3 with venv; install it: {line}")));
    }
    let pip = || {
        let mut pip = Command::new(environment.join("bin").join("python"));
        pip.args(["-m", "pip", "install", "--quiet"]).args(packages);
        pip
    };
    println!("installing {} ...", packages.join(", "));
    // A half-made environment of an earlier run is made anew.
    let made = process::succeeds(python().args(["-m", "venv", "--clear"]).arg(environment));
    if !made {
        return Err(Missing(format!(
            "no virtual environment could be made; try: python3 -m venv {}",
            environment.display()
        )));
    }
    if process::succeeds(&mut pip()) {
        return Ok(());
    }
    Err(Missing(format!(
        "pip could not install them; see why: {} -m pip install '{}'",
        environment.join("bin").join("python").display(),
        packages.join("' '")
    )))
}

/// Where the virtual environment and the logs are.
pub(crate) fn folder() -> PathBuf {
    let folder = crate::target().join("emulators");
    // When this fails, so does what is put there, with a message of its own.
    drop(fs::create_dir_all(&folder));
    folder
}
