//! A server of a test's own.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Mutex;
use std::time::Duration;

use redis::{ConnectionAddr, IntoConnectionInfo, Value};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// The names of the program.
const NAMES: &[&str] = &["redis-server", "valkey-server"];

/// Longer than anything takes that works.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// A server on a free port of this machine. It ends, and its folder goes, with this value.
pub(crate) struct Server {
    child: Option<Child>,
    folder: PathBuf,
    program: PathBuf,
    options: Vec<String>,
    password: Option<String>,
    pub(crate) port: u16,
}

impl Server {
    /// Starts one with these options, each with its value. Nothing is saved unless they say so.
    /// None, and a line that says so, if there is no such program.
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

    /// Starts a sentinel with these lines of its own configuration.
    pub(crate) async fn start_sentinel(lines: &[&str]) -> Option<Self> {
        Self::start_sentinel_with(lines, &[]).await
    }

    /// The same, with options that a server has, too.
    pub(crate) async fn start_sentinel_with(lines: &[&str], options: &[&str]) -> Option<Self> {
        let program = program()?;
        let (port, folder) = claim();
        let lines: String = lines
            .iter()
            .map(|line| format!("sentinel {line}\n"))
            .collect();
        // It writes what it learns into its file.
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
        // A sentinel does not say when it is ready.
        while sentinel.try_to_ask(&["PING"]).await.is_err() {
            tokio::task::yield_now().await;
        }
        Some(sentinel)
    }

    /// Starts it (again), on the same port and with what is in its folder, and waits until it
    /// accepts connections.
    pub(crate) async fn restart(&mut self) {
        let restart = async {
            loop {
                match self.try_to_start().await {
                    Ok(()) => return,
                    // Somebody's connection goes out by this port, for a moment.
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

    /// The same, with further options from now on.
    pub(crate) async fn restart_with(&mut self, options: &[&str]) {
        let further = options.iter().map(ToString::to_string);
        self.options.extend(further);
        self.restart().await;
    }

    /// Takes its folder away: it cannot save anything any more.
    pub(crate) fn cannot_save(&self) {
        std::fs::remove_dir_all(&self.folder).expect("the folder goes");
    }

    /// Fails with what the server said before it ended.
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
                // It must be able to go on talking.
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return Ok(());
            }
            said.push_str(&line);
            said.push('\n');
        }
        Err(said)
    }

    /// Ends it as a machine ends that loses its power (kill -9).
    pub(crate) async fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().await.expect("it ends");
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// The answer to a command, by a connection of its own.
    pub(crate) async fn ask(&self, command: &[&str]) -> Value {
        self.try_to_ask(command).await.expect("an answer")
    }

    pub(crate) async fn try_to_ask(&self, command: &[&str]) -> redis::RedisResult<Value> {
        let address = ConnectionAddr::Tcp("127.0.0.1".to_owned(), self.port);
        let mut info = address.into_connection_info()?;
        if let Some(password) = &self.password {
            let settings = info.redis_settings().clone();
            info = info.set_redis_settings(settings.set_password(password));
        }
        let mut link = redis::Client::open(info)?
            .get_multiplexed_async_connection()
            .await?;
        let (name, arguments) = command.split_first().expect("a command");
        redis::cmd(name).arg(arguments).query_async(&mut link).await
    }

    /// The same as text.
    pub(crate) async fn text(&self, command: &[&str]) -> String {
        redis::from_redis_value(self.ask(command).await).expect("text")
    }

    /// Waits until this part of what it says of itself holds these words.
    pub(crate) async fn says(&self, section: &str, words: &str) {
        let holds = |said: Value| {
            let said: redis::RedisResult<String> =
                redis::from_redis_value(said).map_err(Into::into);
            said.is_ok_and(|said| said.contains(words))
        };
        self.answers(&["INFO", section], holds).await;
    }

    /// Waits until the answer to this command is right; fails if it never is.
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

    /// How often the server has run this command, by its own count.
    pub(crate) async fn calls(&self, command: &str) -> u64 {
        calls_in(&self.text(&["INFO", "commandstats"]).await, command)
    }
}

/// The same, where it has been asked already.
pub(crate) fn calls_in(stats: &str, command: &str) -> u64 {
    let line = format!("cmdstat_{command}:calls=");
    stats
        .lines()
        .find_map(|stat| stat.strip_prefix(&line)?.split(',').next()?.parse().ok())
        .unwrap_or(0)
}

impl Drop for Server {
    fn drop(&mut self) {
        // The process is killed with its handle; the folder is in nobody's way until it is.
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// What follows this name.
fn value_of(name: &str, options: &[&str]) -> Option<String> {
    let at = options.iter().position(|option| *option == name)?;
    options.get(at + 1).map(ToString::to_string)
}

/// The program, or a line that says that there is none.
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

/// A port that nobody listens on, and a folder of its name.
///
/// The folder keeps the port for this test while its server is down: another test would take the
/// port, and hear the clients of this one.
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

/// A port that nobody listens on, and that no other test keeps for its server.
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
