//! Runs child processes. Their output is printed, stored or discarded.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;

use crate::Result;
use crate::output::{self, Stream};

/// Returns a command for Cargo, in the root of the repository. The program is the `cargo` that
/// started this task.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.args(arguments).current_dir(crate::root());
    if crate::is_ci() {
        // The output is compiled only once, so incremental data is not needed.
        command.env("CARGO_INCREMENTAL", "0");
    }
    command
}

/// Returns a command for the `cargo` of another toolchain, such as `nightly`, in the root of the
/// repository.
pub(crate) fn cargo_of(toolchain: &str) -> Command {
    let mut command = Command::new("rustup");
    command
        .args(["run", toolchain, "cargo"])
        .current_dir(crate::root());
    command
}

/// Prints a command and runs it. Its output is printed on the terminal. Inside [`output::keep`],
/// the command and its output are kept and not printed.
///
/// # Errors
///
/// Fails if the command cannot be started, or ends with an error. The error message names the
/// command.
pub(crate) fn run(command: &mut Command) -> Result {
    let status = if Stream::out().is_kept() {
        run_and_keep(command)?.status
    } else {
        announce(command);
        command
            .status()
            .map_err(|error| format!("cannot start {}: {error}", line(command)))?
    };
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{}` ended with {status}", line(command)))
    }
}

/// Runs a command and discards its output. Returns `true` if the command succeeds.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs a command and returns its standard output. Returns `None` if the command fails. Its
/// standard error is discarded.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The result of a command whose output was printed and also stored.
#[derive(Debug)]
pub(crate) struct Finished {
    /// The exit status of the command.
    pub(crate) status: ExitStatus,
    /// The standard output of the command.
    pub(crate) out: String,
    /// The standard error of the command.
    pub(crate) err: String,
}

/// Prints a command, runs it, prints its output, and also returns the output. Inside
/// [`output::keep`], the command and its output are kept and not printed.
///
/// # Errors
///
/// Fails if the command cannot be started. The error message names the command.
pub(crate) fn run_and_keep(command: &mut Command) -> Result<Finished> {
    announce(command);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start {}: {error}", line(command)))?;
    let stdout = child.stdout.take();
    let stderr = child.stderr.take();
    let to = Stream::err();
    let (out, err) = thread::scope(|scope| {
        let errors = scope.spawn(|| tee(stderr, &to));
        let out = tee(stdout, &Stream::out());
        (out, errors.join().unwrap_or_default())
    });
    let status = child
        .wait()
        .map_err(|error| format!("cannot wait for {}: {error}", line(command)))?;
    Ok(Finished { status, out, err })
}

/// Returns a command as one line for messages: the program without its folder, and the arguments.
pub(crate) fn line(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    let name = program.rsplit('/').next().unwrap_or_default();
    command
        .get_args()
        .fold(name.to_owned(), |mut line, argument| {
            line.push(' ');
            line.push_str(&argument.to_string_lossy());
            line
        })
}

fn announce(command: &Command) {
    output::line(format_args!("$ {}", line(command)));
}

/// Copies a stream line by line, so that the lines of two streams do not mix. Returns the copied
/// text. Returns an empty string if `from` is `None`.
fn tee(from: Option<impl Read>, to: &Stream) -> String {
    let mut kept = String::new();
    let Some(from) = from else {
        return kept;
    };
    let mut reader = BufReader::new(from);
    let mut bytes = Vec::new();
    while reader.read_until(b'\n', &mut bytes).is_ok_and(|n| n > 0) {
        to.write(&bytes);
        kept.push_str(&String::from_utf8_lossy(&bytes));
        bytes.clear();
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captures_both_streams_and_exit_code() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo one; echo two >&2; exit 3"]);
        let finished = run_and_keep(&mut command).unwrap();
        assert!(!finished.status.success());
        assert_eq!(
            (finished.out.as_str(), finished.err.as_str()),
            ("one\n", "two\n")
        );
    }

    #[test]
    fn failure_names_command_without_folder() {
        let error = run(Command::new("/bin/sh").args(["-c", "exit 1"])).unwrap_err();
        assert!(error.starts_with("`sh -c exit 1` ended with"), "{error}");
    }
}
