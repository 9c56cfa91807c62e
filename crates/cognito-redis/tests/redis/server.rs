//! The server of a test.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Mutex;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, ConnectionAddr, IntoConnectionInfo, Value};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// The names of the program.
const NAMES: &[&str] = &["redis-server", "valkey-server"];

/// Longer than any successful operation takes.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// A server on a free port. Dropping it stops the server and deletes its folder.
pub(crate) struct Server {
    child: Option<Child>,
    folder: PathBuf,
    program: PathBuf,
    options: Vec<String>,
    password: Option<String>,
    pub(crate) port: u16,
}

impl Server {
    /// Starts a server with these options, each with its value. Nothing is saved unless an option
    /// enables it. If there is no such program, prints a note and returns `None`.
    pub(crate) async fn start(options: &[&str]) -> Option<Self> {
        let program = program()?;
        let (port, folder) = claim();
        let mut server = Self {
            child: None,
            folder,
            program,
            options: options.iter().map(ToString::to_string).collect(),
            password: value_of("--requirepass", options),
            port,
        };
        server.restart().await;
        Some(server)
    }

    /// Starts a sentinel with these configuration lines.
    pub(crate) async fn start_sentinel(lines: &[&str]) -> Option<Self> {
        Self::start_sentinel_with(lines, &[]).await
    }

    /// Starts a sentinel with these configuration lines and server options.
    pub(crate) async fn start_sentinel_with(lines: &[&str], options: &[&str]) -> Option<Self> {
        let program = program()?;
        let (port, folder) = claim();
        let lines: String = lines
            .iter()
            .map(|line| format!("sentinel {line}\n"))
            .collect();
        // A sentinel writes its state into its configuration file.
        let file = folder.join("sentinel.conf");
        std::fs::write(&file, format!("port {port}\nbind 127.0.0.1\n{lines}")).expect("a file");
        let child = Command::new(&program)
            .current_dir(&folder)
            .arg(&file)
            .arg("--sentinel")
            .args(options)
            .kill_on_drop(true)
            .stdout(Stdio::null())
            .spawn()
            .expect("the sentinel starts");
        let sentinel = Self {
            child: Some(child),
            folder,
            program,
            options: Vec::new(),
            password: value_of("--requirepass", options),
            port,
        };
        // A sentinel prints nothing when it is ready.
        while sentinel.try_to_ask(&["PING"]).await.is_err() {
            tokio::task::yield_now().await;
        }
        Some(sentinel)
    }

    /// Starts it (again) on the same port with the content of its folder, and waits until it
    /// accepts connections.
    pub(crate) async fn restart(&mut self) {
        let restart = async {
            loop {
                match self.try_to_start().await {
                    Ok(()) => return,
                    // Another connection uses this port as its local port for a moment.
                    Err(said) if said.contains("already in use") => {
                        tokio::task::yield_now().await;
                    }
                    Err(said) => panic!("the server ended: {said}"),
                }
            }
        };
        let restarted = tokio::time::timeout(LONG, restart).await;
        assert!(restarted.is_ok(), "the port of the server stays taken");
    }

    /// Restarts it with additional options from now on.
    pub(crate) async fn restart_with(&mut self, options: &[&str]) {
        let further = options.iter().map(ToString::to_string);
        self.options.extend(further);
        self.restart().await;
    }

    /// Deletes its folder, so that it cannot save any more.
    pub(crate) fn cannot_save(&self) {
        std::fs::remove_dir_all(&self.folder).expect("the folder goes");
    }

    /// Starts it, or returns what the server printed before it ended.
    async fn try_to_start(&mut self) -> Result<(), String> {
        let mut child = Command::new(&self.program)
            .current_dir(&self.folder)
            .args(["--port", &self.port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no"])
            .args(&self.options)
            .kill_on_drop(true)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let mut said = String::new();
        while let Some(line) = lines.next_line().await.expect("its output") {
            if line.contains("eady to accept connections") {
                self.child = Some(child);
                // The server must be able to write further output.
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return Ok(());
            }
            said.push_str(&line);
            said.push('\n');
        }
        Err(said)
    }

    /// Kills it, like a power failure (kill -9).
    pub(crate) async fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().await.expect("it ends");
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Sends a command over a new connection and returns the response.
    pub(crate) async fn ask(&self, command: &[&str]) -> Value {
        self.try_to_ask(command).await.expect("an answer")
    }

    pub(crate) async fn try_to_ask(&self, command: &[&str]) -> redis::RedisResult<Value> {
        let mut link = self.connect().await?;
        let (name, arguments) = command.split_first().expect("a command");
        redis::cmd(name).arg(arguments).query_async(&mut link).await
    }

    /// Opens a connection with long timeouts, for large responses on a busy host.
    pub(crate) async fn connect(&self) -> redis::RedisResult<MultiplexedConnection> {
        let address = ConnectionAddr::Tcp("127.0.0.1".to_owned(), self.port);
        let mut info = address.into_connection_info()?;
        if let Some(password) = &self.password {
            let settings = info.redis_settings().clone();
            info = info.set_redis_settings(settings.set_password(password));
        }
        let patient = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(LONG))
            .set_response_timeout(Some(LONG));
        redis::Client::open(info)?
            .get_multiplexed_async_connection_with_config(&patient)
            .await
    }

    /// Sends a command and returns the response as a string.
    pub(crate) async fn text(&self, command: &[&str]) -> String {
        redis::from_redis_value(self.ask(command).await).expect("text")
    }

    /// Waits until this section of `INFO` contains these words.
    pub(crate) async fn says(&self, section: &str, words: &str) {
        let holds = |said: Value| {
            let said: redis::RedisResult<String> =
                redis::from_redis_value(said).map_err(Into::into);
            said.is_ok_and(|said| said.contains(words))
        };
        self.answers(&["INFO", section], holds).await;
    }

    /// Waits until the response to this command is right. Fails if it never is.
    pub(crate) async fn answers(&self, command: &[&str], is_right: impl Fn(Value) -> bool) {
        let wait = async {
            // A failover breaks connections.
            while !self.try_to_ask(command).await.is_ok_and(&is_right) {
                tokio::task::yield_now().await;
            }
        };
        let waited = tokio::time::timeout(LONG, wait).await;
        assert!(waited.is_ok(), "it never came: {command:?}");
    }

    /// Returns how often the server has run this command, according to itself.
    pub(crate) async fn calls(&self, command: &str) -> u64 {
        calls_in(&self.text(&["INFO", "commandstats"]).await, command)
    }
}

/// Returns the same from statistics that were already read.
pub(crate) fn calls_in(stats: &str, command: &str) -> u64 {
    let line = format!("cmdstat_{command}:calls=");
    stats
        .lines()
        .find_map(|stat| stat.strip_prefix(&line)?.split(',').next()?.parse().ok())
        .unwrap_or(0)
}

impl Drop for Server {
    fn drop(&mut self) {
        // The process is killed when its handle is dropped. Until then the folder does no harm.
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// Returns the value of this option.
fn value_of(name: &str, options: &[&str]) -> Option<String> {
    let at = options.iter().position(|option| *option == name)?;
    options.get(at + 1).map(ToString::to_string)
}

/// Returns the program, or prints that there is none.
pub(crate) fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .flat_map(|folder| NAMES.iter().map(move |name| folder.join(name)))
        .find(|program| program.is_file());
    if found.is_none() {
        let line = "no redis-server; install it: apt-get install -y redis-server";
        assert!(
            std::env::var_os("COGNITO_REQUIRE_REDIS").is_none(),
            "{line}"
        );
        println!("SKIPPED: {line}");
    }
    found
}

/// Returns a free port, and a folder with its name.
///
/// The folder reserves the port for this test while its server is down. Otherwise another test
/// could use the port and receive the clients of this one.
fn claim() -> (u16, PathBuf) {
    loop {
        let port = free_port();
        let folder = folder_of(port);
        match std::fs::create_dir(&folder) {
            Ok(()) => return (port, folder),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => panic!("no folder can be made: {error}"),
        }
    }
}

/// Returns a free port that no other test has reserved.
pub(crate) fn free_port() -> u16 {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    loop {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let is_new = GIVEN.lock().expect("the ports").insert(port);
        if is_new && !folder_of(port).exists() {
            return port;
        }
    }
}

fn folder_of(port: u16) -> PathBuf {
    std::env::temp_dir().join(format!("cognito-redis-{port}"))
}
