//! A server in a separate process, so that its time, memory and file descriptors can be measured.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::Result;

/// A running server of the benchmark. The process stops when this value is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts the benchmark's own program as a server with the guard of this crate. `option` is
    /// `--serve` or `--serve-all-cores`.
    pub(crate) fn ours(option: &str) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        Self::start(command.arg(option).stderr(Stdio::inherit()), "")
    }

    /// Starts a server program that checks tokens with another library. The program reads `setup`
    /// as one line from its standard input. Its errors are written to the file `log`.
    pub(crate) fn peer(program: &Path, setup: &str, log: &Path) -> Result<Self> {
        let mut command = Command::new(program);
        Self::start(command.stderr(File::create(log)?), setup)
    }

    fn start(command: &mut Command, setup: &str) -> Result<Self> {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        // The pipe stays open in the child. When this process ends, the server ends too.
        let input = child
            .stdin
            .as_mut()
            .ok_or("the server has no standard input")?;
        if !setup.is_empty() {
            writeln!(input, "{setup}")?;
        }
        let output = child
            .stdout
            .take()
            .ok_or("the server has no standard output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let address = line.trim().parse();
        // Created first, so that the process is stopped if its output is wrong.
        let mut server = Self {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        server.address =
            address.map_err(|_| format!("the server did not print its address: {line}"))?;
        Ok(server)
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the resident memory of the server in kilobytes (`VmRSS` of `proc_pid_status(5)`).
    pub(crate) fn memory(&self) -> Result<u64> {
        let text = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        Ok(number.ok_or("/proc/PID/status has no VmRSS")?.parse()?)
    }

    /// Returns the number of open file descriptors of the server.
    pub(crate) fn descriptors(&self) -> Result<usize> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.child.id()))?.count())
    }

    /// Returns the CPU time of the threads of the measured server in nanoseconds (`schedstat` of
    /// `proc(5)`).
    pub(crate) fn cpu(&self) -> Result<f64> {
        let mut sum = 0.0;
        for thread in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let text = fs::read_to_string(thread?.path().join("schedstat"))?;
            let first = text.split(' ').next().unwrap_or_default();
            sum += first.parse::<f64>()?;
        }
        Ok(sum)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // An error means that the process has already ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
