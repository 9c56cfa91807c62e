//! Runs child processes, with or without their output on the terminal.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::thread;

use crate::Result;

/// Returns a command for Cargo, in the root of the repository. Uses the same `cargo` that started
/// this task.
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

/// Prints a command and runs it with its output on the terminal.
///
/// # Errors
///
/// Fails if the command cannot be started, or ends with an error. The message names the command.
pub(crate) fn run(command: &mut Command) -> Result {
    announce(command);
    let status = command
        .status()
        .map_err(|error| format!("cannot start {}: {error}", line(command)))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{}` ended with {status}", line(command)))
    }
}

/// Runs a command without its output, and returns `true` if it succeeds.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Returns the standard output of a command. Returns `None` if the command fails.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The result of a command whose output was shown and also kept.
#[derive(Debug)]
pub(crate) struct Finished {
    /// `true` if the command succeeded.
    pub(crate) success: bool,
    /// The standard output, followed by the standard error.
    pub(crate) text: String,
}

/// Prints a command and runs it. Its output is shown on the terminal and returned.
///
/// # Errors
///
/// Fails if the command cannot be started. The message names the command.
pub(crate) fn run_and_keep(command: &mut Command) -> Result<Finished> {
    announce(command);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start {}: {error}", line(command)))?;
    let out = child.stdout.take();
    let err = child.stderr.take();
    let text = thread::scope(|scope| {
        let errors = scope.spawn(|| tee(err, std::io::stderr()));
        let mut text = tee(out, std::io::stdout());
        text.push_str(&errors.join().unwrap_or_default());
        text
    });
    let status = child
        .wait()
        .map_err(|error| format!("cannot wait for {}: {error}", line(command)))?;
    Ok(Finished {
        success: status.success(),
        text,
    })
}

/// Returns a command as a line for messages: the program without its folder, and the arguments.
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
    println!("$ {}", line(command));
}

/// Copies a stream line by line, so that two streams do not mix within a line. Returns the copied
/// text.
fn tee(from: Option<impl Read>, mut to: impl Write) -> String {
    let mut kept = String::new();
    let Some(from) = from else {
        return kept;
    };
    let mut reader = BufReader::new(from);
    let mut bytes = Vec::new();
    while reader.read_until(b'\n', &mut bytes).is_ok_and(|n| n > 0) {
        // A closed terminal is no reason to stop the tests, because the output is kept anyway.
        drop(to.write_all(&bytes).and_then(|()| to.flush()));
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
        assert!(!finished.success);
        assert_eq!(finished.text, "one\ntwo\n");
    }

    #[test]
    fn failure_names_command_without_folder() {
        let error = run(Command::new("/bin/sh").args(["-c", "exit 1"])).unwrap_err();
        assert!(error.starts_with("`sh -c exit 1` ended with"), "{error}");
    }
}
