//! The command: starts, says where, answers, stops.

#![cfg(all(feature = "command", unix))]
#![allow(
    clippy::expect_used,
    reason = "a helper of a test fails the test, as the test itself would"
)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

fn start(arguments: &[&str]) -> (Child, BTreeMap<String, String>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_cognito-emulator"))
        .args(["--port", "0"])
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let stdout = child.stdout.take().expect("piped");
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
        if line.contains("ctrl-c") {
            break;
        }
    }
    (child, settings)
}

fn get(endpoint: &str, path: &str) -> String {
    let address = endpoint.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).expect("connects");
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"
    )
    .expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

#[test]
fn it_says_where_it_is_and_stops_at_ctrl_c() {
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
        ("AWS_COGNITO_USER_POOL_ID", "eu-west-1_Abc"),
        ("AWS_COGNITO_CLIENT_ID", "mine"),
        ("AWS_COGNITO_CLIENT_SECRET", "shh"),
    ] {
        assert_eq!(settings[name], value, "{name}");
    }
    let endpoint = &settings["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"];
    assert_eq!(&settings["AWS_ENDPOINT_URL_SSM"], endpoint);
    assert_eq!(
        settings["COGNITO_ISSUER"],
        format!("{endpoint}/eu-west-1_Abc")
    );
    let path = settings["COGNITO_JWKS_URI"]
        .strip_prefix(endpoint)
        .expect("here");
    assert!(get(endpoint, path).contains("\"keys\""));
    let interrupted = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .expect("sent");
    assert!(interrupted.success());
    assert!(child.wait().expect("ends").success());
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
