//! Tests of `--state`: the process is killed while several connections write, and every write that it
//! has acknowledged is there after the next start.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::{Running, call, start, stop};

const POOL: &str = "us-east-1_EmuPool01";
const WRITERS: usize = 6;

/// A state file that is removed when the test ends.
struct File(PathBuf);

impl File {
    fn new(test: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let folder = folder.join(format!("{}-{test}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a directory");
        Self(folder.join("state.db"))
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("text")
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.0.parent().expect("a directory"));
    }
}

/// A connection to the command. All methods return `None` if the command has ended.
struct Connection(BufReader<TcpStream>);

impl Connection {
    fn open(endpoint: &str) -> Option<Self> {
        let address = endpoint.trim_start_matches("http://");
        let stream = TcpStream::connect(address).ok()?;
        stream.set_nodelay(true).ok()?;
        Some(Self(BufReader::new(stream)))
    }

    /// Calls a signed operation of Cognito. Returns the status line and the body.
    fn call(&mut self, operation: &str, body: &str) -> Option<(String, String)> {
        let request = format!(
            "POST / HTTP/1.1\r\nhost: localhost\r\nauthorization: AWS4-HMAC-SHA256 x\r\n\
             x-amz-target: AWSCognitoIdentityProviderService.{operation}\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.0.get_mut().write_all(request.as_bytes()).ok()?;
        let mut status = String::new();
        self.0.read_line(&mut status).ok()?;
        let mut length = 0;
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if line == "\r\n" {
                break;
            }
            let line = line.to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().expect("a number");
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).ok()?;
        let body = String::from_utf8(body).expect("text");
        Some((status, body))
    }
}

/// The acknowledged writes: for each user, the last written value, and the value of a write that may
/// or may not be there, because the process was killed before its response.
type Written = BTreeMap<String, (Option<u64>, Option<u64>)>;

/// Writes on one connection until the process is killed: creates a user, and changes an attribute of
/// this and of earlier users. Adds the number of acknowledged writes to `count`.
fn write(endpoint: &str, (kill, writer): (usize, usize), count: &AtomicUsize) -> Written {
    let mut written = Written::new();
    let Some(mut connection) = Connection::open(endpoint) else {
        return written;
    };
    for number in 0_u64.. {
        let place = number / 3;
        let name = format!("k{kill}-w{writer}-{place}@example.com");
        let attribute = format!(r#"{{"Name":"nickname","Value":"{number}"}}"#);
        let user = format!(r#""UserPoolId":"{POOL}","Username":"{name}""#);
        let operation = if number % 3 == 0 {
            "AdminCreateUser"
        } else {
            "AdminUpdateUserAttributes"
        };
        let body = format!(
            r#"{{{user},"UserAttributes":[{attribute}]{}}}"#,
            match number % 3 {
                0 => r#","MessageAction":"SUPPRESS""#,
                _ => "",
            }
        );
        let entry = written.entry(name).or_default();
        entry.1 = Some(number);
        let Some((status, body)) = connection.call(operation, &body) else {
            return written;
        };
        assert!(status.contains(" 200 "), "{operation}: {status}{body}");
        *entry = (Some(number), None);
        count.fetch_add(1, Ordering::Relaxed);
    }
    written
}

/// Checks that every acknowledged write is there.
fn check(endpoint: &str, written: &Written) {
    let mut connection = Connection::open(endpoint).expect("connects");
    for (name, (acknowledged, unanswered)) in written {
        let body = format!(r#"{{"UserPoolId":"{POOL}","Username":"{name}"}}"#);
        let response = connection.call("AdminGetUser", &body);
        let (_, user) = response.expect("a response");
        let user: serde_json::Value = serde_json::from_str(&user).expect("JSON");
        let attributes = user["UserAttributes"].as_array().into_iter().flatten();
        let mut nicknames = attributes.filter(|it| it["Name"] == "nickname");
        let there = nicknames.next().map(|it| {
            let text = it["Value"].as_str().expect("text");
            text.parse().expect("a number")
        });
        assert!(
            there == *acknowledged || (there.is_some() && there == *unanswered),
            "{name} is {there:?}, but {acknowledged:?} was acknowledged: {user}"
        );
    }
}

/// Kills the command `kills` times. Each time, at least `writes` writes were acknowledged before.
fn kill_and_check(test: &str, kills: usize, writes: usize) {
    let file = File::new(test);
    let (mut written, mut last) = (Written::new(), Written::new());
    // The number of writes before a kill differs, so that the kills are at different places.
    let mut random = u64::from(std::process::id()) | 1;
    println!("the first number of the random sequence is {random}");
    for kill in 0..kills {
        let (mut child, settings) = start(&["--state", file.path()]);
        let endpoint = settings["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"].as_str();
        check(endpoint, &last);
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let target = writes + (random >> 33) as usize % (writes / 4 + 1);
        let count = AtomicUsize::new(0);
        let all: Vec<Written> = thread::scope(|scope| {
            let count = &count;
            let writers = (0..WRITERS)
                .map(|writer| scope.spawn(move || write(endpoint, (kill, writer), count)));
            let writers: Vec<_> = writers.collect();
            while count.load(Ordering::Relaxed) < target {
                thread::yield_now();
            }
            // SIGKILL.
            child.0.kill().expect("killed");
            let all = writers.into_iter();
            all.map(|writer| writer.join().expect("joins")).collect()
        });
        child.0.wait().expect("ends");
        written.append(&mut last);
        last = all.into_iter().flatten().collect();
    }
    written.append(&mut last);
    let (mut child, settings) = start(&["--state", file.path()]);
    check(
        &settings["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"],
        &written,
    );
    stop(&mut child, "-TERM");
}

#[test]
fn killed_process_loses_no_acknowledged_write() {
    kill_and_check("killed", 5, 400);
}

#[test]
#[ignore = "takes minutes: 100 kills, 100,000 writes"]
fn hundred_kills_lose_no_acknowledged_write() {
    kill_and_check("hundred", 100, 1_000);
}

#[test]
fn data_survives_a_normal_stop() {
    let file = File::new("stopped");
    let (mut child, settings) = start(&["--state", file.path()]);
    let endpoint = &settings["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"];
    let body =
        r#"{"ClientId":"emulatorclient1","Username":"a@example.com","Password":"SecurePass123!"}"#;
    let sign_up = |endpoint: &str| call(endpoint, "AWSCognitoIdentityProviderService.SignUp", body);
    assert!(sign_up(endpoint).contains("200 OK"));
    stop(&mut child, "-TERM");
    // The log was copied into the file.
    let names = std::fs::read_dir(file.0.parent().expect("a directory")).expect("read");
    assert_eq!(names.count(), 1);
    let (mut child, settings) = start(&["--state", file.path()]);
    let endpoint = &settings["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"];
    assert!(sign_up(endpoint).contains("UsernameExistsException"));
    stop(&mut child, "-INT");
}

/// Starts the command, which fails. Returns its error message.
fn failure(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_cognito-emulator"))
        .args(["--port", "0"])
        .args(arguments)
        .output()
        .expect("runs");
    assert!(!output.status.success());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn unusable_state_file_is_named_with_reason() {
    let file = File::new("unusable");
    std::fs::write(&file.0, "a text").expect("written");
    let text = failure(&["--state", file.path()]);
    let start = format!(
        "cognito-emulator: cannot use the state file {}: it is not",
        file.path()
    );
    assert!(text.starts_with(&start), "{text}");
    std::fs::remove_file(&file.0).expect("removed");
    let (mut child, _) = super::start(&["--state", file.path()]);
    let text = failure(&["--state", file.path()]);
    assert!(
        text.contains("another process uses it: stop the other emulator"),
        "{text}"
    );
    stop(&mut child, "-TERM");
}

#[test]
fn note_says_that_the_file_wins() {
    let file = File::new("note");
    let (mut child, _) = start(&["--state", file.path()]);
    stop(&mut child, "-TERM");
    let mut child = Command::new(env!("CARGO_BIN_EXE_cognito-emulator"))
        .args([
            "--port",
            "0",
            "--state",
            file.path(),
            "--pool",
            "eu-west-1_Abc",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map(Running)
        .expect("starts");
    let stdout = child.0.stdout.take().expect("piped");
    let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("AWS_COGNITO_USER_POOL_ID=us-east-1_EmuPool01")));
    assert!(lines.any(|line| line.contains("ctrl-c")));
    let mut stderr = child.0.stderr.take().expect("piped");
    stop(&mut child, "-TERM");
    let mut text = String::new();
    stderr.read_to_string(&mut text).expect("text");
    let expected = "has no pool eu-west-1_Abc with an app client emulatorclient1";
    assert!(
        text.starts_with("cognito-emulator: note: ") && text.contains(expected),
        "{text}"
    );
}
