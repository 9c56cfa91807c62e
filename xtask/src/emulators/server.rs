//! Starts a server in a separate process on a free port and waits until it is ready. The server is
//! stopped even if this process is killed.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::Result;

/// A script that runs a server, and stops the server when the script's standard input closes. If
/// this task is killed, no server keeps running.
const SUPERVISOR: &str = include_str!("supervise.sh");
/// The timeout for the start of a server. The emulators start within two seconds on an idle host,
/// but need longer on a busy host.
const PATIENCE: Duration = Duration::from_secs(60);
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// A server that a task has started on a loopback port, such as an emulator.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    child: Child,
}

impl Server {
    /// Starts a server, and waits until its health page at the path `health` returns 200. `command`
    /// returns the command of the server for a port. The output of the server is written to a file
    /// in `logs`.
    ///
    /// # Errors
    ///
    /// Fails if the server cannot be started, stops early, or is not ready within 60 seconds.
    pub(crate) fn start(
        name: &str,
        health: &str,
        logs: &Path,
        command: impl FnOnce(u16) -> Command,
    ) -> Result<Self> {
        Self::start_until(name, |address| answers(address, health), logs, command)
    }

    /// Starts a server, and waits until `is_ready` returns `true` for its address.
    ///
    /// # Errors
    ///
    /// Fails if the server cannot be started, stops early, or is not ready within 60 seconds.
    pub(crate) fn start_until(
        name: &str,
        is_ready: impl Fn(SocketAddr) -> bool,
        logs: &Path,
        command: impl FnOnce(u16) -> Command,
    ) -> Result<Self> {
        let cannot = |error: std::io::Error| format!("cannot start {name}: {error}");
        let log = logs.join(format!("{name}.log"));
        let output = File::create(&log).map_err(cannot)?;
        let address = free_address().map_err(cannot)?;
        let child = supervised(&command(address.port()))
            .current_dir(logs)
            .stdin(Stdio::piped())
            .stderr(output.try_clone().map_err(cannot)?)
            .stdout(output)
            .spawn()
            .map_err(cannot)?;
        let mut server = Self { address, child };
        server
            .wait_for(is_ready)
            .map_err(|reason| format!("{name} {reason}; its log: {}", log.display()))?;
        Ok(server)
    }

    pub(crate) const fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn wait_for(&mut self, is_ready: impl Fn(SocketAddr) -> bool) -> Result {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if is_ready(self.address) {
                return Ok(());
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("ended with {status}"));
            }
            thread::sleep(BETWEEN_LOOKS);
        }
        Err(format!("did not answer within {} s", PATIENCE.as_secs()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The supervisor detects the end of its input, stops the server and exits.
        drop(self.child.stdin.take());
        drop(self.child.wait());
    }
}

/// Waits until one of the started servers stops by itself. Returns its name and its exit status, or
/// the error of the wait.
pub(crate) fn wait_for_first(servers: &mut [(&str, &mut Server)]) -> String {
    loop {
        for (name, server) in servers.iter_mut() {
            match server.child.try_wait() {
                Ok(None) => {}
                Ok(Some(status)) => return format!("{name} ended with {status}"),
                Err(error) => return format!("cannot wait for {name}: {error}"),
            }
        }
        thread::sleep(BETWEEN_LOOKS);
    }
}

fn supervised(server: &Command) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", SUPERVISOR, "supervise"])
        .arg(server.get_program())
        .args(server.get_args())
        .envs(
            server
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
    command
}

/// Returns a loopback address with a free port. The next port is free too, because some emulators
/// need two ports.
fn free_address() -> std::io::Result<SocketAddr> {
    loop {
        let first = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let next = first.port().checked_add(1);
        if next.is_some_and(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()) {
            return Ok(first);
        }
    }
}

/// Returns `true` if a GET request to the path returns status 200.
fn answers(address: SocketAddr, path: &str) -> bool {
    status_line(address, path)
        .is_ok_and(|line| line.split(' ').nth(1).is_some_and(|code| code == "200"))
}

fn status_line(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut start = [0; 64];
    let length = stream.read(&mut start)?;
    Ok(String::from_utf8_lossy(&start[..length]).into_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;

    /// Imitates an emulator for the tests. Returns the command of a process that writes its process
    /// id to the file `pid` and then runs until it is stopped. A thread serves the health page on
    /// `port`. The page has status 200 as soon as the file `pid` is written.
    fn stays(port: u16, pid: &Path) -> Command {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        let written = pid.to_path_buf();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, &written);
            }
        });
        let mut command = Command::new("sh");
        let line = format!("echo $$ >'{}'; exec tail -f /dev/null", pid.display());
        command.args(["-c", &line]);
        command
    }

    /// Responds to `GET /health` with status 200 if the file `pid` is written, otherwise with 404.
    fn answer(mut stream: TcpStream, pid: &Path) {
        // The caller may have disconnected. The next one gets its response anyway.
        let mut request = [0; 512];
        let Ok(length) = stream.read(&mut request) else {
            return;
        };
        let found = request[..length].starts_with(b"GET /health ")
            && fs::read_to_string(pid).is_ok_and(|pid| pid.ends_with('\n'));
        let code = if found { "200 OK" } else { "404 Not Found" };
        let _ = write!(stream, "HTTP/1.1 {code}\r\nContent-Length: 0\r\n\r\n");
    }

    fn logs(test: &str) -> PathBuf {
        let folder = crate::target().join("xtask-tests").join(test);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn runs(pid: &str) -> bool {
        crate::process::succeeds(Command::new("sh").args(["-c", &format!("kill -0 {pid}")]))
    }

    #[test]
    fn server_runs_until_dropped() {
        let folder = logs("held");
        let file = folder.join("pid");
        drop(fs::remove_file(&file));
        let server = Server::start("stays", "/health", &folder, |port| stays(port, &file)).unwrap();
        let address = server.address;
        assert_eq!(server.url(), format!("http://{address}"));
        assert!(!answers(address, "/missing"));
        let pid = fs::read_to_string(&file).unwrap();
        assert!(runs(&pid), "{pid}");
        drop(server);
        assert!(!runs(&pid), "{pid}");
    }

    #[test]
    fn end_of_any_server_is_reported() {
        let folder = logs("first");
        let start = |name: &str| {
            let file = folder.join(name);
            drop(fs::remove_file(&file));
            let server = Server::start(name, "/health", &folder, |port| stays(port, &file));
            (server.unwrap(), file)
        };
        let ((mut one, _), (mut other, file)) = (start("one"), start("other"));
        let pid = fs::read_to_string(&file).unwrap();
        assert!(crate::process::succeeds(
            Command::new("sh").args(["-c", &format!("kill {pid}")])
        ));
        let error = wait_for_first(&mut [("one", &mut one), ("other", &mut other)]);
        assert!(error.starts_with("other ended with "), "{error}");
    }

    #[test]
    fn early_exit_is_reported_with_log() {
        let dies = |_| {
            let mut command = Command::new("sh");
            command.args(["-c", "exit 7"]);
            command
        };
        let error = Server::start("dies", "/health", &logs("dies"), dies).unwrap_err();
        assert!(
            error.starts_with("dies ended with exit status: 7"),
            "{error}"
        );
        assert!(error.ends_with("dies.log"), "{error}");
    }
}
