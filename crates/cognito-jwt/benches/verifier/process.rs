//! A benchmark peer: a program that measures the token verifier of another library. It runs as a
//! process, reads requests from standard input, one on each line, and writes the responses to
//! standard output.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::Result;
use crate::fixture::Fixture;
use crate::rounds::Turns;

/// The timeout for the response of a benchmark peer to one request.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running benchmark peer: a program that measures the token verifier of another library.
/// Dropping this value kills the process.
pub(crate) struct Process {
    name: String,
    child: Child,
    input: ChildStdin,
    output: Receiver<String>,
    /// The file that contains the standard error output of the benchmark peer.
    log: PathBuf,
}

impl Process {
    /// Starts a benchmark peer, sends it the pool and the tokens, and returns when it is ready. The
    /// standard error of the peer is written to `log`.
    pub(crate) fn start(
        name: &str,
        mut command: Command,
        log: PathBuf,
        fixture: &Fixture,
    ) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?)
            .spawn()?;
        let input = child.stdin.take().ok_or("the peer has no standard input")?;
        let lines = child
            .stdout
            .take()
            .ok_or("the peer has no standard output")?;
        let (sender, output) = channel();
        thread::spawn(move || {
            // Ends with the process, or when the receiver is dropped.
            for line in BufReader::new(lines)
                .lines()
                .map_while(std::result::Result::ok)
            {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let mut process = Self {
            name: name.to_owned(),
            child,
            input,
            output,
            log,
        };
        let setup = json!({
            "client_id": fixture.pool.client_id(),
            "forged": fixture.bad_signature,
            "issuer": fixture.pool.issuer(),
            "jwks": fixture.pool.jwks_json(),
            "region": fixture.pool.user_pool_id().split('_').next(),
            "token": fixture.token,
            "user_pool_id": fixture.pool.user_pool_id(),
        });
        match process.ask(&setup.to_string())?.as_str() {
            "ready" => Ok(process),
            other => Err(format!("the peer printed {other}").into()),
        }
    }

    fn ask(&mut self, line: &str) -> Result<String> {
        // If the process has ended, its log contains the reason.
        let asked = writeln!(self.input, "{line}").and_then(|()| self.input.flush());
        let answer = asked
            .ok()
            .and_then(|()| self.output.recv_timeout(PATIENCE).ok());
        answer.ok_or_else(|| {
            let log = fs::read_to_string(&self.log).unwrap_or_default();
            let last = log.lines().rfind(|line| !line.trim().is_empty());
            let last = last.unwrap_or("the peer printed no result").trim();
            // Rust's runtime writes the error of `main` in this format.
            let plain = last.trim_start_matches("Error: ").trim_matches('"');
            plain.into()
        })
    }
}

impl Turns for Process {
    fn turn(&mut self, calls: u32) -> Result<f64> {
        let line = format!("round {} {calls}", self.name);
        let answer = self.ask(&line)?;
        Ok(answer.trim().parse::<f64>()? / f64::from(calls))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // An error means that the process has already ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
