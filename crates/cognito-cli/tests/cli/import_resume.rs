//! `cognito users import` after lost responses, throttling, signals and kills.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use cognito_emulator::Fault;
use serde_json::json;

use crate::import::{check, import, results};
use crate::support::{Folder, Pool, until};

const THROTTLED: &str = "TooManyRequestsException";

/// Writes a file with this number of users. Every third user is in the group `g`, and every fifth is
/// disabled.
fn users(folder: &Folder, count: usize) -> PathBuf {
    let mut text = "username,sub,status,enabled,created,modified,groups,email\n".to_owned();
    for number in 0..count {
        let group = if number % 3 == 0 { "g" } else { "" };
        let enabled = number % 5 != 0;
        writeln!(
            text,
            "u{number},old-{number},CONFIRMED,{enabled},,,{group},u{number}@example.com"
        )
        .unwrap();
    }
    let file = folder.path("users.csv");
    fs::write(&file, text).unwrap();
    file
}

/// Checks that the pool has each of `count` users once, with group and state, and that the result
/// file maps each old `sub` to a user.
async fn check_users(pool: &Pool, file: &Path, count: usize) {
    let cognito = pool.cognito().await;
    let mut found = BTreeSet::new();
    let mut disabled = 0;
    let mut list = cognito.admin().users();
    loop {
        let page = list.await.unwrap();
        for user in page.users {
            assert!(found.insert(user.attributes.value("sub").unwrap().to_owned()));
            disabled += usize::from(!user.enabled);
        }
        match page.next_token {
            Some(token) => list = cognito.admin().users().page_token(token),
            None => break,
        }
    }
    assert_eq!((found.len(), disabled), (count, count.div_ceil(5)));
    let mut members = 0;
    let mut list = cognito.admin().group("g").users();
    loop {
        let page = list.await.unwrap();
        members += page.users.len();
        match page.next_token {
            Some(token) => list = cognito.admin().group("g").users().page_token(token),
            None => break,
        }
    }
    assert_eq!(members, count.div_ceil(3));
    let results = results(file);
    assert_eq!(results.len(), count);
    let subs: BTreeSet<_> = results
        .iter()
        .map(|result| result["sub"].as_str().unwrap().to_owned())
        .collect();
    assert!(subs == found);
    for (number, result) in results.iter().enumerate() {
        assert_eq!(result["old_sub"], format!("old-{number}"));
        assert_eq!(result["outcome"], "created");
    }
}

fn journal(file: &Path) -> PathBuf {
    format!("{}.journal", file.display()).into()
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_replies_create_no_conflict() {
    let (pool, folder) = (Pool::start().await, Folder::new("import-lost"));
    let file = users(&folder, 20);
    for (operation, times) in [
        ("CreateGroup", 1),
        ("AdminCreateUser", 4),
        ("AdminSetUserPassword", 2),
        ("AdminDisableUser", 1),
        ("AdminAddUserToGroup", 1),
    ] {
        pool.emulator
            .inject(Fault::cut(operation).times(times))
            .unwrap();
    }
    pool.emulator
        .inject(Fault::status("AdminCreateUser", 503).times(2))
        .unwrap();
    let options = ["--create-groups", "--confirm-with-random-password"];
    let ran = pool.run(&import(&file, &options)).await;
    check(&ran, 0, &[("created", 20)]);
    check_users(&pool, &file, 20).await;
    assert_eq!(pool.emulator.calls("AdminCreateUser"), 22);
}

/// The response is lost, and another user with the name exists.
#[tokio::test(flavor = "multi_thread")]
async fn lost_reply_does_not_adopt_other_user() {
    let (pool, folder) = (Pool::start().await, Folder::new("import-other"));
    let file = users(&folder, 1);
    pool.create("u0@example.com", &[("name", "Other")]);
    pool.operator(
        "AdminUpdateUserAttributes",
        json!({ "Username": "u0@example.com", "UserAttributes": [
            { "Name": "email_verified", "Value": "false" },
        ] }),
    )
    .await;
    fs::write(&file, "email,name\nu0@example.com,Ann\n").unwrap();
    pool.emulator
        .inject(Fault::cut("AdminCreateUser").times(1))
        .unwrap();
    let ran = pool.run(&import(&file, &[])).await;
    check(&ran, 1, &[("conflict", 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn throttled_import_is_resumed() {
    let (pool, folder) = (Pool::start().await, Folder::new("import-throttled"));
    let file = users(&folder, 12);
    let options = ["--create-groups", "--confirm-with-random-password"];
    let throttled = || Fault::error("AdminCreateUser", THROTTLED, "Rate exceeded");
    pool.emulator.inject(throttled()).unwrap();
    let once = [&options[..], &["--max-retries", "0"]].concat();
    let ran = pool.run(&import(&file, &once)).await;
    ran.check(4, "AdminCreateUser");
    pool.emulator.clear_faults();
    // A kill cut the last line off.
    let mut text = fs::read(journal(&file)).unwrap();
    text.extend_from_slice(b"{\"entry\":\"outc");
    fs::write(journal(&file), text).unwrap();
    let other = ["--resume", "--send-invitations"];
    let ran = pool.run(&import(&file, &other)).await;
    ran.check(2, "another file, pool or options");
    pool.emulator.inject(throttled().times(2)).unwrap();
    let resume = [&options[..], &["--resume", "--rate", "500"]].concat();
    let ran = pool.run(&import(&file, &resume)).await;
    check(&ran, 0, &[("created", 12)]);
    check_users(&pool, &file, 12).await;
    let calls = pool.emulator.calls("AdminCreateUser");
    let ran = pool.run(&import(&file, &resume)).await;
    check(&ran, 0, &[("created", 12)]);
    assert_eq!(pool.emulator.calls("AdminCreateUser"), calls);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn interrupted_import_is_resumed() {
    let (pool, folder) = (Pool::start().await, Folder::new("import-interrupted"));
    let file = users(&folder, 60);
    let options = ["--create-groups", "--rate", "30"];
    let mut child = pool.command(&import(&file, &options)).spawn().unwrap();
    let reached = || pool.emulator.calls("AdminCreateUser") >= 5;
    assert_eq!(until(&mut child, reached).await, None);
    let pid = child.id().expect("runs").to_string();
    let sent = std::process::Command::new("kill")
        .args(["-INT", &pid])
        .status();
    assert!(sent.unwrap().success());
    assert_eq!(child.wait().await.unwrap().code(), Some(130));
    let pending = results(&file)
        .iter()
        .filter(|result| result["outcome"] == "pending")
        .count();
    assert!(pending > 0 && pending < 60, "{pending}");
    let options = ["--create-groups", "--resume", "--rate", "1000"];
    let ran = pool.run(&import(&file, &options)).await;
    check(&ran, 0, &[("created", 60)]);
    check_users(&pool, &file, 60).await;
}

/// Imports the users of a file in runs of which `kills` are killed, each after up to `most`
/// requests. Throttles some requests, and loses some responses.
async fn killed(pool: &Pool, file: &Path, kills: u32, most: u64) {
    let mut random = 12_345_u64;
    let mut next = || {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        random >> 33
    };
    for done in 0..=kills {
        let resume = journal(file).exists().then_some("--resume");
        let fixed = ["--create-groups", "--rate", "10000", "--quiet"];
        let options: Vec<&str> = fixed.into_iter().chain(resume).collect();
        let mut child = pool.command(&import(file, &options)).spawn().unwrap();
        let calls = || pool.emulator.calls("AdminCreateUser");
        let end = calls() + 1 + next() % most;
        let mut fault_at = calls();
        let reached = || {
            if calls() >= fault_at {
                fault_at = calls() + 20 + next() % most;
                for fault in [
                    Fault::cut("AdminCreateUser").times(1 + next() % 3),
                    Fault::error("AdminCreateUser", THROTTLED, "Rate exceeded").times(1),
                    Fault::cut("AdminDisableUser").times(1),
                    Fault::error("AdminAddUserToGroup", THROTTLED, "Rate exceeded").times(1),
                ] {
                    pool.emulator.inject(fault).unwrap();
                }
            }
            done < kills && calls() >= end
        };
        if let Some(code) = until(&mut child, reached).await {
            assert_eq!(code, 0, "run {done}");
            assert_eq!(done, kills, "ended before it was killed");
            return;
        }
        child.kill().await.unwrap();
    }
    panic!("the last import did not end");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_import_creates_no_user_twice() {
    let (pool, folder) = (Pool::start().await, Folder::new("import-killed"));
    let file = users(&folder, 1500);
    killed(&pool, &file, 5, 200).await;
    check_users(&pool, &file, 1500).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: docs/contributing/testing.md"]
async fn imports_100_000_users_once() {
    const USERS: usize = 100_000;
    let (pool, folder) = (Pool::start().await, Folder::new("import-large"));
    let file = users(&folder, USERS);
    killed(&pool, &file, 10, 6000).await;
    check_users(&pool, &file, USERS).await;
}
