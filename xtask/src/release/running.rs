//! Starts the emulator, checks its health and stops it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::{Result, process};

/// The emulator prints its URL in a line that begins with this string.
const ENDPOINT: &str = "export AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER=";
/// The number of health checks. The shortest duration is the result, because the host may be busy.
const CHECKS: usize = 5;

/// Starts the emulator with these arguments on a free port, runs health checks with the same
/// program, and stops the emulator. Returns the shortest duration of a health check. `command`
/// returns a command for the emulator without arguments.
///
/// # Errors
///
/// Fails if the emulator does not start, if a health check fails, or if the emulator does not stop.
pub(super) fn check(arguments: &[&str], command: impl Fn() -> Command) -> Result<Duration> {
    let mut running = Running::start(command().args(arguments))?;
    let endpoint = running.endpoint()?;
    let mut shortest = Duration::MAX;
    for _ in 0..CHECKS {
        let mut health = command();
        let start = Instant::now();
        process::run(health.args(["--health-check", endpoint.as_str()]))?;
        shortest = shortest.min(start.elapsed());
    }
    running.stop()?;
    if process::succeeds(command().args(["--health-check", endpoint.as_str()])) {
        return Err(format!("{endpoint} is healthy after the stop"));
    }
    Ok(shortest)
}

/// A way to run programs with a folder as their root directory (`chroot`).
#[derive(Debug)]
pub(super) struct Root {
    /// The words of the command line before the path of the program, such as `unshare` with its
    /// options.
    words: Vec<String>,
}

impl Root {
    /// Prepares to run programs with `folder` as their root directory. If the current user is the
    /// superuser, the programs run as `user`, which contains a user and a group. Otherwise they run
    /// as the current user. Returns `None` if the current user is not permitted to run a program
    /// with another root directory.
    pub(super) fn of(folder: &Path, user: Option<&str>) -> Option<Self> {
        let namespace = ["unshare", "--user", "--map-root-user"];
        let id = process::output(Command::new("id").arg("-u"))?;
        let mut words = Vec::new();
        if id.trim() == "0" {
            words.push("chroot".to_owned());
            if let Some(user) = user {
                words.extend(["--groups=".to_owned(), format!("--userspec={user}")]);
            }
        } else {
            let [program, options @ ..] = namespace;
            if !process::succeeds(Command::new(program).args(options).arg("true")) {
                return None;
            }
            words.extend(namespace.map(str::to_owned));
            words.push("chroot".to_owned());
        }
        words.push(folder.display().to_string());
        Some(Self { words })
    }

    /// Returns a command that runs `program`, with the folder of this [`Root`] as root directory.
    pub(super) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]).arg(program);
        command
    }
}

/// A running emulator. It is killed when this value is dropped.
#[derive(Debug)]
struct Running(Child);

impl Running {
    fn start(command: &mut Command) -> Result<Self> {
        println!("$ {} --port 0", process::line(command));
        let child = command
            .args(["--port", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn();
        let line = process::line(command);
        child
            .map(Self)
            .map_err(|error| format!("cannot start {line}: {error}"))
    }

    /// Reads the lines that the emulator prints when it starts, up to the line that contains
    /// `ctrl-c`. Returns the URL of the emulator, which one of these lines contains. Fails if there
    /// is none.
    fn endpoint(&mut self) -> Result<String> {
        let output = self.0.stdout.as_mut().ok_or("there is no output")?;
        let mut endpoint = None;
        for line in BufReader::new(output)
            .lines()
            .map_while(std::io::Result::ok)
        {
            if let Some(url) = line.strip_prefix(ENDPOINT) {
                endpoint = Some(url.to_owned());
            }
            if line.contains("ctrl-c") {
                break;
            }
        }
        endpoint.ok_or_else(|| "the emulator printed no URL".to_owned())
    }

    /// Stops the emulator with SIGTERM. Fails if its exit status is not 0.
    fn stop(mut self) -> Result {
        let id = self.0.id().to_string();
        process::run(Command::new("kill").args(["-TERM", &id]))?;
        let status = self.0.wait().map_err(|error| error.to_string())?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("the emulator ended with {status}"))
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
