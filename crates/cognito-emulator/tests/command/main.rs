//! Tests of the command `cognito-emulator`: it starts, prints its address, responds to requests,
//! and stops.

#![cfg(all(feature = "command", unix))]
#![cfg(test)] // so that clippy.toml's exceptions for tests hold in helpers, too

mod state;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// A process of the command. It is killed when the test ends, even if the test fails.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // The process may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(arguments: &[&str]) -> (Running, BTreeMap<String, String>) {
    let child = Command::new(env!("CARGO_BIN_EXE_cognito-emulator"))
        .args(["--port", "0"])
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut child = Running(child);
    let stdout = child.0.stdout.take().expect("piped");
    let mut lines = BufReader::new(stdout).lines();
    let mut settings = BTreeMap::new();
    for line in lines.by_ref() {
        let line = line.expect("text");
        if let Some((name, value)) = line
            .strip_prefix("export ")
            .and_then(|line| line.split_once('='))
        {
            settings.insert(name.to_owned(), value.to_owned());
        }
        if let Some((pool, clients)) = line
            .strip_prefix("# ")
            .and_then(|line| line.split_once(", clients: "))
        {
            settings.insert(pool.to_owned(), clients.to_owned());
        }
        if line.contains("ctrl-c") {
            break;
        }
    }
    (child, settings)
}

/// Sends a signal to the command, and checks that the command then stops without an error.
fn stop(child: &mut Running, signal: &str) {
    let sent = Command::new("kill")
        .args([signal, &child.0.id().to_string()])
        .status()
        .expect("sent");
    assert!(sent.success());
    assert!(child.0.wait().expect("ends").success());
}

fn get(endpoint: &str, path: &str) -> String {
    let address = endpoint.trim_start_matches("http://");
    exchange(
        address,
        &format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"),
    )
}

/// Sends a request and returns the response.
fn exchange(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("connects");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

#[test]
fn prints_its_url_and_stops_at_ctrl_c() {
    let (mut child, settings) = start(&[
        "--pool",
        "eu-west-1_Abc",
        "--client",
        "mine",
        "--secret",
        "shh",
        "--mfa",
        "off",
        "--plain-usernames",
    ]);
    for (name, value) in [
        ("AWS_REGION", "eu-west-1"),
        ("AWS_DEFAULT_REGION", "eu-west-1"),
        ("AWS_COGNITO_USER_POOL_ID", "eu-west-1_Abc"),
        ("AWS_COGNITO_CLIENT_ID", "mine"),
        ("AWS_COGNITO_CLIENT_SECRET", "shh"),
    ] {
        assert_eq!(settings[name], value, "{name}");
    }
    let endpoint = &settings["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"];
    assert_eq!(
        settings["COGNITO_ISSUER"],
        format!("{endpoint}/eu-west-1_Abc")
    );
    let path = settings["COGNITO_JWKS_URI"]
        .strip_prefix(endpoint)
        .expect("here");
    assert!(get(endpoint, path).contains("\"keys\""));
    stop(&mut child, "-INT");
}

/// Sends a request of the AWS JSON protocol, or of the query protocol if `target` is empty. Returns
/// the response.
fn call(endpoint: &str, target: &str, body: &str) -> String {
    let address = endpoint.trim_start_matches("http://");
    let kind = match target {
        "" => "content-type: application/x-www-form-urlencoded".to_owned(),
        target => format!("content-type: application/x-amz-json-1.1\r\nx-amz-target: {target}"),
    };
    let length = body.len();
    exchange(
        address,
        &format!(
            "POST / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{kind}\r\n\
             content-length: {length}\r\n\r\n{body}"
        ),
    )
}

/// Each of AWS's SDKs reads these variables, whose names contain the id of the service.
#[test]
fn prints_endpoint_of_each_service() {
    let (mut child, settings) = start(&[]);
    for (service, target, body) in [
        (
            "COGNITO_IDENTITY_PROVIDER",
            "AWSCognitoIdentityProviderService.SignUp",
            "{}",
        ),
        ("COGNITO_IDENTITY", "AWSCognitoIdentityService.GetId", "{}"),
        ("IAM", "", "Action=GetRole&Version=2010-05-08"),
        ("KMS", "TrentService.DescribeKey", "{}"),
        ("SECRETS_MANAGER", "secretsmanager.GetSecretValue", "{}"),
        ("SSM", "AmazonSSM.GetParameter", "{}"),
        ("STS", "", "Action=GetCallerIdentity&Version=2011-06-15"),
    ] {
        let endpoint = &settings[&format!("AWS_ENDPOINT_URL_{service}")];
        let response = call(endpoint, target, body);
        for unknown in ["UnknownOperation", "InvalidAction"] {
            assert!(!response.contains(unknown), "{service}: {response}");
        }
    }
    let printed = settings
        .keys()
        .filter(|name| name.starts_with("AWS_ENDPOINT_URL"));
    assert_eq!(printed.count(), 7);
    assert_eq!(settings["AWS_ACCESS_KEY_ID"], "test");
    assert_eq!(settings["AWS_SECRET_ACCESS_KEY"], "test");
    stop(&mut child, "-TERM");
}

#[test]
fn starts_from_seed_and_stops_at_sigterm() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/seed.json");
    let (mut child, settings) = start(&["--seed", file]);
    assert_eq!(settings["AWS_COGNITO_USER_POOL_ID"], "us-east-1_SeedPool1");
    assert_eq!(settings["AWS_COGNITO_CLIENT_ID"], "seedwebclient");
    assert!(!settings.contains_key("AWS_COGNITO_CLIENT_SECRET"));
    assert_eq!(
        settings["pool us-east-1_SeedPool1"],
        "seedserverclient, seedwebclient"
    );
    assert_eq!(settings["pool us-east-1_SeedPool2"], "seedmachineclient");
    let endpoint = &settings["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"];
    let keys = get(endpoint, "/us-east-1_SeedPool2/.well-known/jwks.json");
    assert!(keys.contains("\"keys\""), "{keys}");
    stop(&mut child, "-TERM");
}

#[test]
fn writes_outputs_of_template_to_private_file() {
    use std::os::unix::fs::PermissionsExt;

    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (template, outputs) = (folder.join("shop.yaml"), folder.join("outputs.json"));
    let document = "
Parameters:
  Stage: {Type: String}
Resources:
  Pool: {Type: AWS::Cognito::UserPool}
Outputs:
  PoolId: {Value: !Ref Pool}
  Stage: {Value: !Ref Stage}
";
    std::fs::write(&template, document).expect("written");
    // An earlier run may have created the file.
    let _ = std::fs::remove_file(&outputs);
    let [template, file] = [&template, &outputs].map(|path| path.to_str().expect("a path"));
    let (mut child, settings) = start(&[
        "--template",
        template,
        "--parameter",
        "Stage=live",
        "--outputs-file",
        file,
    ]);
    let written = std::fs::read_to_string(&outputs).expect("outputs");
    let pool = &settings["AWS_COGNITO_USER_POOL_ID"];
    let expected = serde_json::json!({ "shop": { "PoolId": pool, "Stage": "live" } });
    assert_eq!(written, expected.to_string());
    let permissions = std::fs::metadata(&outputs).expect("a file").permissions();
    assert_eq!(permissions.mode() & 0o777, 0o600);
    stop(&mut child, "-TERM");
}

#[test]
fn invalid_seed_is_named_by_file_and_path() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let file = folder.join("seed-without-id.json");
    std::fs::write(&file, r#"{ "pools": [{ "name": "people" }] }"#).expect("written");
    let missing = folder.join("no-such-seed.json");
    for (file, expected) in [
        (&file, "invalid seed at pools[0].name: unknown field `name`"),
        (&missing, "cannot read"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_cognito-emulator"))
            .args(["--port", "0", "--seed"])
            .arg(file)
            .output()
            .expect("runs");
        assert!(!output.status.success());
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(text.contains(expected), "{text}");
        assert!(text.contains(&file.display().to_string()), "{text}");
    }
}

#[test]
fn seed_excludes_settings_of_one_pool() {
    let output = Command::new(env!("CARGO_BIN_EXE_cognito-emulator"))
        .args(["--seed", "seed.json", "--pool", "us-east-1_Abc"])
        .output()
        .expect("runs");
    assert!(!output.status.success());
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("cannot be used with"), "{text}");
}

#[test]
fn a_bad_setting_is_named() {
    let output = Command::new(env!("CARGO_BIN_EXE_cognito-emulator"))
        .args(["--port", "0", "--pool", "nonsense"])
        .output()
        .expect("runs");
    assert!(!output.status.success());
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("invalid user pool id"), "{text}");
}

fn check_health(arguments: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_cognito-emulator"))
        .arg("--health-check")
        .args(arguments)
        .output()
        .expect("runs");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.success(), text)
}

#[test]
fn health_check_fails_when_emulator_stops() {
    let (mut child, settings) = start(&[]);
    let endpoint = &settings["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"];
    let port = endpoint.rsplit(':').next().expect("a port");
    for arguments in [[endpoint.as_str()].as_slice(), &["--port", port]] {
        assert_eq!(check_health(arguments), (true, String::new()));
    }
    stop(&mut child, "-TERM");
    let (healthy, text) = check_health(&[endpoint]);
    assert!(!healthy);
    assert!(text.contains(endpoint), "{text}");
}

#[test]
fn health_check_names_invalid_url() {
    for url in [
        "https://127.0.0.1:9229",
        "127.0.0.1:9229",
        "http://localhost",
    ] {
        let (healthy, text) = check_health(&[url]);
        assert!(!healthy);
        assert!(
            text.contains("use a URL such as http://127.0.0.1:9229"),
            "{text}"
        );
    }
}

#[test]
fn warns_if_other_hosts_can_connect() {
    for (host, warns) in [("127.0.0.1", false), ("0.0.0.0", true)] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cognito-emulator"))
            .args(["--port", "0", "--host", host])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map(Running)
            .expect("starts");
        let stdout = child.0.stdout.take().expect("piped");
        let started = BufReader::new(stdout)
            .lines()
            .any(|line| line.is_ok_and(|line| line.contains("ctrl-c")));
        assert!(started);
        let mut stderr = child.0.stderr.take().expect("piped");
        stop(&mut child, "-TERM");
        let mut text = String::new();
        stderr.read_to_string(&mut text).expect("text");
        assert_eq!(
            text.contains(
                "anyone who can reach this port can read all codes, passwords and secrets"
            ),
            warns,
            "{text}"
        );
    }
}
