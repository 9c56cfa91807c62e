//! `cognito completions`, `cognito man` and `cognito emulator`.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};

use crate::support::{run, without_pool};

#[tokio::test]
async fn completions_name_commands() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let ran = run(without_pool(&["completions", shell])).await;
        ran.check(0, "");
        for part in ["verify", "logout", "endpoint-url"] {
            assert!(ran.stdout.contains(part), "{shell}: {part}");
        }
    }
    run(without_pool(&["completions", "cmd"]))
        .await
        .check(2, "");
}

#[tokio::test]
async fn man_writes_page_of_each_command() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("man/man1");
    let man = ["man", folder.to_str().unwrap()];
    let _ = fs::remove_dir_all(&folder);
    run(without_pool(&[man[0], man[1], "--dry-run"]))
        .await
        .check(2, "--dry-run");
    assert!(!folder.exists());
    let ran = run(without_pool(&man)).await;
    ran.check(0, "has the manual pages");
    for page in ["cognito.1", "cognito-token-verify.1", "cognito-login.1"] {
        let text = fs::read_to_string(folder.join(page)).unwrap();
        assert!(text.contains(".SH SYNOPSIS"), "{page}");
    }
    let file = folder.join("cognito.1");
    run(without_pool(&["man", file.to_str().unwrap()]))
        .await
        .check(1, "cognito.1");
}

#[tokio::test]
async fn emulator_has_its_own_options() {
    let ran = run(without_pool(&["emulator", "--help"])).await;
    ran.check(0, "");
    assert!(
        ran.stdout.contains("Usage: cognito emulator [OPTIONS]"),
        "{ran:?}"
    );
    assert!(ran.stdout.contains("--test-provider"), "{ran:?}");
    run(without_pool(&["emulator", "--nonsense"]))
        .await
        .check(2, "--nonsense");
    run(without_pool(&["--quiet", "emulator", "--port", "0"]))
        .await
        .check(2, "write `emulator` first");
}

#[tokio::test]
async fn emulator_runs_until_it_is_stopped() {
    let mut command = without_pool(&["emulator", "--port", "0", "--pool", "eu-west-1_Mine00001"]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut found = false;
    while let Some(line) = lines.next_line().await.unwrap() {
        if line.contains("eu-west-1_Mine00001") {
            found = true;
            break;
        }
    }
    assert!(found);
    assert_eq!(child.try_wait().unwrap(), None);
    child.kill().await.unwrap();
}

/// The printed lines are for a shell, which must not run a part of a value.
#[tokio::test]
async fn emulator_quotes_secret_for_shell() {
    let secret = "it's $(touch x)";
    let mut command = without_pool(&["emulator", "--port", "0", "--secret", secret]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut exported = String::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        if line.starts_with("export AWS_COGNITO_CLIENT_SECRET=") {
            exported = line;
            break;
        }
    }
    child.kill().await.unwrap();
    assert_eq!(
        exported,
        r"export AWS_COGNITO_CLIENT_SECRET='it'\''s $(touch x)'"
    );
}
