//! The two emulators of other projects against which the library is also tested.
//!
//! Both are installed from PyPI into a virtual environment below the target folder. They listen
//! only on loopback. The tests that use the emulators document how they differ from Cognito.

pub(crate) mod server;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Result, output, process};
use server::Server;

/// The Python packages of the other emulators. The versions of the emulators are fixed, because a
/// newer version may respond differently.
const PACKAGES: &[&str] = &["ministack==1.5.33", "cryptography", "moto[server]==5.2.5"];
/// A Python program that prints the installed versions of the emulators. It fails if one of the
/// [`PACKAGES`] is missing.
const VERSIONS: &str = "import cryptography, importlib.metadata as m; \
    print(m.version('ministack'), m.version('moto'))";
const EXPECTED: &str = "1.5.33 5.2.5";

/// The two emulators of other projects, while they run. They are stopped when this value is
/// dropped.
#[derive(Debug)]
pub(crate) struct Emulators {
    ministack: Server,
    moto: Server,
}

impl Emulators {
    /// Starts the two emulators of other projects on free loopback ports, and waits until they
    /// respond.
    ///
    /// # Errors
    ///
    /// Fails if an emulator does not start. The error message contains the path of its log.
    pub(crate) fn start(python: &Python) -> Result<Self> {
        let logs = folder();
        let ministack = |port: u16| {
            let mut command = python.script("ministack");
            command
                // By default, this emulator does not check credentials.
                .env("AUTH", "true")
                .env("BIND_HOST", "127.0.0.1")
                .env("GATEWAY_PORT", port.to_string())
                // Disables listeners on fixed ports, which the tests do not need.
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

    /// Returns the environment variables with the URLs of the emulators, for the tests.
    pub(crate) fn environment(&self) -> [(&'static str, String); 2] {
        [
            ("COGNITO_TEST_MINISTACK", self.ministack.url()),
            ("COGNITO_TEST_MOTO", self.moto.url()),
        ]
    }
}

/// Starts the two emulators of other projects, prints the environment variables for the tests, and
/// runs until this command is stopped.
///
/// # Errors
///
/// Fails if the emulators cannot be installed or started, or if one of them stops.
pub(crate) fn run() -> Result {
    let python = Python::prepare().map_err(|missing| missing.0)?;
    let mut emulators = Emulators::start(&python)?;
    for (name, value) in emulators.environment() {
        println!("export {name}={value}");
    }
    println!("# Both run until this command is stopped (Ctrl-C).");
    let Emulators { ministack, moto } = &mut emulators;
    let mut servers = [("ministack", ministack), ("moto", moto)];
    Err(server::wait_for_first(&mut servers))
}

/// The reason why a tool is not available on this host, and a command that would install or repair
/// it.
#[derive(Debug)]
pub(crate) struct Missing(pub(crate) String);

/// A Python environment with the two emulators of other projects.
#[derive(Debug)]
pub(crate) struct Python {
    environment: PathBuf,
}

impl Python {
    /// Creates the virtual environment. If it exists already with the right packages, uses it.
    ///
    /// # Errors
    ///
    /// Fails if Python, its `venv` module or PyPI is unavailable, or if the installed emulators
    /// cannot be loaded.
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

    /// Returns a command for a program of the Python virtual environment.
    fn script(&self, name: &str) -> Command {
        Command::new(self.environment.join("bin").join(name))
    }
}

/// Installs packages from PyPI into a new virtual environment.
///
/// # Errors
///
/// Fails if Python, the virtual environment or pip fails. The error names the failed step and a
/// command to repair or diagnose it.
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
    output::line(format_args!("installing {} ...", packages.join(", ")));
    // An incomplete environment of an earlier run is created again.
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

/// Returns the folder of the Python virtual environment and of the logs.
pub(crate) fn folder() -> PathBuf {
    let folder = crate::target().join("emulators");
    // If this fails, the following write fails too, with its own message.
    drop(fs::create_dir_all(&folder));
    folder
}
