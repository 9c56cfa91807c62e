//! Tests the auth server with a script that controls a real browser. One run of the script is
//! called a walk.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::emulators::Missing;
use crate::emulators::server::Server;
use crate::{Result, chromium, node, output, process, system};

/// The files in `xtask/walk`: the script that controls the browser, and the versions of the npm
/// packages that it uses.
const FILES: &[&str] = &[
    "../scripts/authenticator.mjs",
    ".npmrc",
    "hosted.mjs",
    "package-lock.json",
    "package.json",
    "stepup.mjs",
    "story.mjs",
    "tell.mjs",
    "totp.mjs",
    "twins.mjs",
    "visitor.mjs",
    "walk.mjs",
    "window.mjs",
];

/// The result of a browser test of the auth server: how many checks passed and how many failed.
#[derive(Debug)]
pub(crate) struct Walked {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    /// A note about the skipped part of the browser test, with the reason and the remedy. `None` if
    /// nothing was skipped.
    pub(crate) left_out: Option<String>,
}

/// The browser test of the auth server: the browser, and the script that controls it.
#[derive(Debug)]
pub(crate) struct Walk {
    browser: PathBuf,
    scripts: PathBuf,
}

impl Walk {
    /// Finds the browser, and installs the script that controls it.
    ///
    /// # Errors
    ///
    /// Fails if a program is missing or cannot be installed. The error message contains the command
    /// that installs it.
    pub(crate) fn prepare() -> std::result::Result<Self, Missing> {
        let browser = chromium::find()?;
        let sources = crate::root().join("xtask").join("walk");
        let scripts = node::prepare(&sources, &crate::target().join("walk"), FILES)?;
        Ok(Self { browser, scripts })
    }

    /// Starts the auth server and runs the browser test. If a Redis or Valkey server is installed,
    /// also tests two other instances that share their state. Screenshots of every page are stored
    /// in `target/auth-server`.
    ///
    /// # Errors
    ///
    /// Fails if a server or the script cannot be started, or if the script fails. In continuous
    /// integration, also fails if there is no Redis server.
    pub(crate) fn go(&self) -> Result<Walked> {
        let (program, left_out) = shareable(system::redis(), crate::is_ci())?;
        let pictures = pictures("auth-server")?;
        let server = start("auth_server", &["--test-clock".to_owned()])?;
        let twins = program.as_deref().map(twins).transpose()?;
        let url = twins.as_ref().map(|(_, twins)| named(twins));
        let (passed, failed) = self.run("walk.mjs", &named(&server), &pictures, url)?;
        Ok(Walked {
            passed,
            failed,
            left_out,
        })
    }

    /// Starts the emulator with HTTPS and runs the browser test of its hosted pages. Screenshots of
    /// every page are stored in `target/hosted-pages`.
    ///
    /// # Errors
    ///
    /// Fails if the emulator or the script cannot be started, or if the script fails.
    pub(crate) fn hosted(&self) -> Result<Walked> {
        let server = emulator("hosted-pages", &["--https", "--test-provider", "Company"])?;
        let url = named(&server).replace("http://", "https://");
        self.single("hosted.mjs", &url, "hosted-pages")
    }

    /// Starts the emulator, and tests its window (its web interface) in a browser. Screenshots of
    /// every page are stored in `target/window`.
    ///
    /// # Errors
    ///
    /// Fails if the emulator or the script cannot be started, or if the script fails.
    pub(crate) fn window(&self) -> Result<Walked> {
        let server = emulator("window", &[])?;
        self.single("window.mjs", &named(&server), "window")
    }

    /// Runs a browser script that tests the server at `url`. Unlike [`run`](Self::run), tests only
    /// this server. Screenshots are stored in `target/{name}`.
    fn single(&self, script: &str, url: &str, name: &str) -> Result<Walked> {
        let (passed, failed) = self.run(script, url, &pictures(name)?, None)?;
        Ok(Walked {
            passed,
            failed,
            left_out: None,
        })
    }

    /// Runs a script that tests the server at `url` in a browser. Returns how many checks passed
    /// and how many failed.
    ///
    /// If `twins` is set, the script also tests two instances of the auth server that share their
    /// state. `twins` is the URL of the first instance. Its pages contain a link to the second
    /// instance.
    fn run(
        &self,
        script: &str,
        url: &str,
        pictures: &Path,
        twins: Option<String>,
    ) -> Result<(usize, usize)> {
        let mut command = Command::new("node");
        command.arg(self.scripts.join(script)).arg(url);
        command.arg(&self.browser).arg(pictures).args(twins);
        command.env("NO_PROXY", "127.0.0.1,localhost");
        let finished = process::run_and_keep(command.stdin(Stdio::null()))?;
        output::line(format_args!(
            "pictures of every page: {}",
            pictures.display()
        ));
        if !finished.status.success() {
            return Err(format!("the walk ended with {}", finished.status));
        }
        counts(finished.out.as_bytes())
    }
}

/// Creates the folder for screenshots, and removes the screenshots of an earlier run of the browser
/// test.
fn pictures(name: &str) -> Result<PathBuf> {
    let folder = crate::target().join(name);
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder)
        .map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    Ok(folder)
}

/// Returns the URL of a server with a host name instead of an IP address, because passkeys and
/// cookies need a host name.
fn named(server: &Server) -> String {
    server.url().replace("127.0.0.1", "localhost")
}

/// Builds the emulator and starts it with these arguments on a free port.
fn emulator(name: &str, arguments: &[&str]) -> Result<Server> {
    let program = ["--workspace", "--all-features", "--bin", "cognito-emulator"];
    process::run(process::cargo(&["build"]).args(program))?;
    let program = crate::target().join("debug").join("cognito-emulator");
    Server::start(name, "/_emulator/health", &logs(), |port: u16| {
        let mut command = Command::new(&program);
        command.args(["--port", &port.to_string()]).args(arguments);
        command
    })
}

/// Returns the folder for the logs of the auth servers and the Redis server.
fn logs() -> PathBuf {
    crate::target().join("walk")
}

fn start(name: &str, arguments: &[String]) -> Result<Server> {
    // The features of the other groups, so that no dependency is compiled again.
    let example = ["--workspace", "--all-features", "--example", "auth_server"];
    process::run(process::cargo(&["build"]).args(example))?;
    let folder = crate::target().join("debug").join("examples");
    Server::start(name, "/livez", &logs(), |port: u16| {
        let mut command = Command::new(folder.join("auth_server"));
        command.args(["--port", &port.to_string()]).args(arguments);
        command
    })
}

/// Returns the path of the Redis server for the browser test with two instances. If the server is
/// missing, returns no path, but a note that the browser test with two instances is skipped. Fails
/// if the server is missing in continuous integration (`is_ci` is `true`).
fn shareable(
    program: std::result::Result<PathBuf, Missing>,
    is_ci: bool,
) -> Result<(Option<PathBuf>, Option<String>)> {
    match program {
        Ok(program) => Ok((Some(program), None)),
        Err(missing) => {
            let left_out = format!("two instances are not walked: {}", missing.0);
            if is_ci {
                return Err(left_out);
            }
            output::line(&left_out);
            Ok((None, Some(left_out)))
        }
    }
}

/// Starts a Redis server, and a process with two instances of the auth server that share their
/// state in Redis. Returns the Redis server and the process.
fn twins(program: &Path) -> Result<(Server, Server)> {
    let shared = shared(program)?;
    let url = format!("redis://127.0.0.1:{}", shared.port());
    let twins = start("auth_server_twins", &["--redis".to_owned(), url])?;
    Ok((shared, twins))
}

/// Starts a Redis server, in which the two instances of the auth server share their state.
fn shared(program: &Path) -> Result<Server> {
    Server::start_until("redis-server", says_pong, &logs(), |port: u16| {
        let mut command = Command::new(program);
        command
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no"]);
        command
    })
}

fn says_pong(address: SocketAddr) -> bool {
    let asked = TcpStream::connect(address).and_then(|mut stream| {
        stream.write_all(b"PING\r\n")?;
        let mut answer = [0; 7];
        stream.read_exact(&mut answer)?;
        Ok(answer)
    });
    asked.is_ok_and(|answer| &answer == b"+PONG\r\n")
}

/// Parses the JSON that the browser script prints. Returns how many checks passed and how many
/// failed.
fn counts(text: &[u8]) -> Result<(usize, usize)> {
    let counts: Option<Value> = serde_json::from_slice(text).ok();
    let count = |name: &str| counts.as_ref()?[name].as_u64()?.try_into().ok();
    let both = count("passed").zip(count("failed"));
    both.ok_or_else(|| "the walk did not say how it went".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walk_without_step_count_fails() {
        assert_eq!(counts(br#"{"passed":20,"failed":3}"#), Ok((20, 3)));
        for text in [
            "",
            "{}",
            r#"{"passed":20}"#,
            r#"{"passed":"20","failed":0}"#,
        ] {
            assert!(counts(text.as_bytes()).is_err(), "{text}");
        }
    }
    #[test]
    fn skipped_walk_is_reported_and_can_fail() {
        let missing = || Err(Missing("no redis-server".to_owned()));
        let left_out = "two instances are not walked: no redis-server".to_owned();
        assert_eq!(
            shareable(missing(), false),
            Ok((None, Some(left_out.clone())))
        );
        assert_eq!(shareable(missing(), true), Err(left_out));
        let program = || PathBuf::from("redis-server");
        assert_eq!(shareable(Ok(program()), true), Ok((Some(program()), None)));
    }
}
