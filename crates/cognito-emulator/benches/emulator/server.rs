//! The servers that the benchmark compares: this emulator, moto and ministack. Each server is a
//! process and has one user.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::Result;
use crate::load::{Call, Connection, NUMBER};

/// The default pool of this emulator.
pub(crate) const POOL: &str = "us-east-1_EmuPool01";
/// The name of the state file of [`Kind::Many`].
pub(crate) const MANY_USERS: &str = "many-users.db";
const EMAIL: &str = "user@example.com";
const PASSWORD: &str = "SecurePass123!";
const PATIENCE: Duration = Duration::from_secs(60);
/// The pause between two requests that check whether a server has started. It is much shorter than
/// the start of any of the servers.
const BETWEEN_LOOKS: Duration = Duration::from_micros(200);

/// The program of a server: this emulator (`Ours`, `Kept` with a new state file, or `Many` with the
/// state file of many users) or an emulator of another project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Kept,
    Many,
    Ministack,
    Moto,
    Ours,
}

impl Kind {
    /// Returns the servers to measure: this emulator without a state file, this emulator with a
    /// state file, moto and ministack. Omits moto or ministack if it is not installed in `target`.
    pub(crate) fn all(target: &Path) -> Vec<Self> {
        let kinds = [Self::Ours, Self::Kept, Self::Moto, Self::Ministack];
        let is_there = |kind: &Self| kind.command(target).is_file();
        kinds.into_iter().filter(is_there).collect()
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Kept => "ours with --state",
            Self::Many => "ours with many users",
            Self::Ministack => "ministack",
            Self::Moto => "moto",
            Self::Ours => "ours",
        }
    }

    fn command(self, target: &Path) -> PathBuf {
        let scripts = target.join("emulators/venv/bin");
        match self {
            Self::Ministack => scripts.join("ministack"),
            Self::Moto => scripts.join("moto_server"),
            Self::Kept | Self::Many | Self::Ours => env!("CARGO_BIN_EXE_cognito-emulator").into(),
        }
    }

    const fn health(self) -> &'static str {
        match self {
            Self::Ministack => "/_ministack/health",
            Self::Moto => "/moto-api/",
            Self::Kept | Self::Many | Self::Ours => "/_emulator/health",
        }
    }
}

/// A running server process. If this value is dropped, the process is stopped.
#[derive(Debug)]
pub(crate) struct Server {
    kind: Kind,
    address: SocketAddr,
    child: Child,
    /// The time from the start of the process to the first successful response.
    pub(crate) started_in: Duration,
}

impl Server {
    /// Starts a server on a free loopback port and waits until its health page returns 200. Fails
    /// if the process ends first, or after 60 seconds.
    pub(crate) fn start(kind: Kind, target: &Path) -> Result<Self> {
        let logs = target.join("bench");
        fs::create_dir_all(&logs)?;
        let log = File::create(logs.join(format!("{}.log", kind.name())))?;
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let port = address.port().to_string();
        let mut command = Command::new(kind.command(target));
        match kind {
            Kind::Ministack => command
                .env("AUTH", "true")
                .env("BIND_HOST", "127.0.0.1")
                .env("GATEWAY_PORT", &port)
                .env("IOT_MTLS_ENABLED", "0")
                .env("SFTP_ENABLED", "0")
                .env("STATE_DIR", logs.join("ministack-state")),
            Kind::Moto => command.args(["-H", "127.0.0.1", "-p", &port]),
            Kind::Kept => {
                let file = logs.join("state.db");
                // An earlier run may have left the file.
                for name in ["state.db", "state.db-wal"] {
                    let _ = fs::remove_file(logs.join(name));
                }
                command.args(["--port", &port, "--state"]).arg(file)
            }
            Kind::Many => command
                .args(["--port", &port, "--state"])
                .arg(logs.join(MANY_USERS)),
            Kind::Ours => command.args(["--port", &port]),
        };
        command
            .current_dir(&logs)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let start = Instant::now();
        let mut server = Self {
            kind,
            address,
            child: command.spawn()?,
            started_in: Duration::ZERO,
        };
        while !answers(address, kind.health()) {
            if start.elapsed() > PATIENCE || server.child.try_wait()?.is_some() {
                return Err(format!("{} does not start", kind.name()).into());
            }
            thread::sleep(BETWEEN_LOOKS);
        }
        server.started_in = start.elapsed();
        Ok(server)
    }

    pub(crate) const fn kind(&self) -> Kind {
        self.kind
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the resident memory of the server in megabytes.
    pub(crate) fn memory(&self) -> Result<f64> {
        memory_of(&self.child.id().to_string())
    }

    /// Returns the CPU time of the server in seconds (`utime` and `stime` of `proc_pid_stat(5)`).
    pub(crate) fn cpu(&self) -> Result<f64> {
        /// The number of clock ticks per second (`USER_HZ`). `/proc` contains the CPU time in these
        /// ticks. The number is the same on all supported hosts.
        const TICKS: f64 = 100.0;
        let text = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The second field is a name in parentheses; these two are the 12th and 13th after it.
        let (_, fields) = text.rsplit_once(')').ok_or("/proc/PID/stat has no name")?;
        let fields = fields.split_whitespace().skip(11).take(2);
        let ticks = fields
            .map(str::parse::<f64>)
            .sum::<std::result::Result<f64, _>>()?;
        Ok(ticks / TICKS)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A signal that lets the server stop its own child processes.
        let asked = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        if !asked.is_ok_and(|status| status.success()) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// Returns the resident memory of a process in megabytes (`VmRSS` of `proc_pid_status(5)`).
/// `process` is its id, or `self`.
pub(crate) fn memory_of(process: &str) -> Result<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    let kilobytes: f64 = kilobytes.ok_or("/proc/PID/status has no VmRSS")?.parse()?;
    Ok(kilobytes / 1024.0)
}

fn answers(address: SocketAddr, path: &str) -> bool {
    first_line(address, path).is_ok_and(|line| line.ends_with(" 200"))
}

fn first_line(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut start = [0; 12];
    stream.read_exact(&mut start)?;
    Ok(String::from_utf8_lossy(&start).into_owned())
}

/// The data in the measured requests: the id of the app client, and the access token of a signed-in
/// user.
#[derive(Debug)]
pub(crate) struct Fixture {
    client: String,
    token: String,
}

impl Fixture {
    /// Creates a user and signs the user in. If the server has no pool at the start, creates a pool
    /// and an app client first.
    pub(crate) async fn make(kind: Kind, address: SocketAddr) -> Result<Self> {
        let mut connection = Connection::open(address).await?;
        let mut ask = async |operation, body: Value| {
            let answer = connection.ask(&Call::new(operation, &body)).await?;
            // Some operations return no output.
            Result::Ok(serde_json::from_slice::<Value>(&answer).unwrap_or_default())
        };
        let (pool, client) = if matches!(kind, Kind::Kept | Kind::Ours) {
            (POOL.to_owned(), "emulatorclient1".to_owned())
        } else {
            let made = ask("CreateUserPool", json!({ "PoolName": "bench" })).await?;
            let pool = text(&made, "/UserPool/Id")?;
            let client = json!({
                "UserPoolId": pool,
                "ClientName": "bench",
                "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            });
            let made = ask("CreateUserPoolClient", client).await?;
            (pool, text(&made, "/UserPoolClient/ClientId")?)
        };
        let sign_up = json!({
            "ClientId": client,
            "Username": EMAIL,
            "Password": PASSWORD,
            "UserAttributes": [{ "Name": "email", "Value": EMAIL }],
        });
        ask("SignUp", sign_up).await?;
        let confirm = json!({ "UserPoolId": pool, "Username": EMAIL });
        ask("AdminConfirmSignUp", confirm).await?;
        let signed_in = ask("InitiateAuth", login(&client)).await?;
        let token = text(&signed_in, "/AuthenticationResult/AccessToken")?;
        Ok(Self { client, token })
    }

    pub(crate) fn get_user(&self) -> Call {
        Call::new("GetUser", &json!({ "AccessToken": self.token }))
    }

    /// Returns a call that creates a user in the pool of this emulator. Each request of the call
    /// contains another user name.
    pub(crate) fn create_user() -> Call {
        let body = json!({
            "MessageAction": "SUPPRESS",
            "UserPoolId": POOL,
            "Username": format!("{NUMBER}@example.com"),
        });
        Call::new("AdminCreateUser", &body).numbered()
    }

    pub(crate) fn login(&self) -> Call {
        Call::new("InitiateAuth", &login(&self.client))
    }
}

fn login(client: &str) -> Value {
    json!({
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": { "PASSWORD": PASSWORD, "USERNAME": EMAIL },
        "ClientId": client,
    })
}

fn text(answer: &Value, place: &str) -> Result<String> {
    let found = answer.pointer(place).and_then(Value::as_str);
    Ok(found
        .ok_or_else(|| format!("the response has no {place}"))?
        .to_owned())
}
