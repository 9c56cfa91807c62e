//! `cognito users export`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use cognito::clock::{Clock, SystemClock};
use cognito_emulator::Fault;
use serde_json::Value;
use tokio::time::timeout;

use crate::support::{Folder, Pool, until};

const THROTTLED: &str = "TooManyRequestsException";

impl Pool {
    /// Starts an emulator with this number of users. Every third user is in the group `a`, every
    /// fifth in the group `b`.
    pub(crate) async fn with_users(count: usize) -> Self {
        let pool = Self::start().await;
        pool.emulator.create_group("a");
        pool.emulator.create_group("b");
        for number in 0..count {
            pool.create(&format!("u{number:06}@example.com"), &[]);
            let email = format!("u{number:06}@example.com");
            for (group, every) in [("a", 3), ("b", 5)] {
                if number % every == 0 {
                    pool.emulator.add_user_to_group(&email, group).unwrap();
                }
            }
        }
        pool
    }
}

fn rows(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).unwrap();
    let rows = text.lines().map(|line| serde_json::from_str(line).unwrap());
    rows.collect()
}

pub(crate) fn manifest(file: &Path) -> Value {
    let path = format!("{}.manifest.json", file.display());
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Checks that the file has each of `count` users once, and that the manifest belongs to it.
fn check_file(file: &Path, count: usize) {
    let rows = rows(file);
    let emails: BTreeSet<&str> = rows
        .iter()
        .map(|row| row["attributes"]["email"].as_str().unwrap())
        .collect();
    assert_eq!((rows.len(), emails.len()), (count, count));
    let content = fs::read(file).unwrap();
    check_manifest(file, &content, count);
}

/// Checks that the manifest belongs to the file, and that the export is complete.
pub(crate) fn check_manifest(file: &Path, content: &[u8], count: usize) {
    let hash = digest(&SHA256, content);
    let hash: String = hash
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let manifest = manifest(file);
    assert_eq!(manifest["users"], count);
    assert_eq!(manifest["bytes"], content.len());
    assert_eq!(manifest["sha256"], hash);
    assert!(!parts(file).exists());
}

pub(crate) fn parts(file: &Path) -> PathBuf {
    PathBuf::from(format!("{}.parts", file.display()))
}

pub(crate) fn export<'a>(file: &'a Path, options: &[&'a str]) -> Vec<&'a str> {
    let file = file.to_str().unwrap();
    [&["users", "export", file], options].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn exports_every_user_with_groups() {
    let (pool, folder) = (Pool::with_users(150).await, Folder::new("all"));
    let file = folder.path("users.ndjson");
    let ran = pool.run(&export(&file, &["--groups"])).await;
    ran.check(0, "150 users");
    assert_eq!(ran.stdout, "");
    check_file(&file, 150);
    for row in rows(&file) {
        let email = row["attributes"]["email"].as_str().unwrap();
        let number: usize = email[1..7].parse().unwrap();
        let groups: Vec<&str> = [("a", 3), ("b", 5)]
            .iter()
            .filter(|(_, every)| number.is_multiple_of(*every))
            .map(|(group, _)| *group)
            .collect();
        assert_eq!(row["groups"], Value::from(groups), "{email}");
    }
    // 50 and 30 members, in pages of 60.
    assert_eq!(pool.emulator.calls("ListUsersInGroup"), 2);
    assert_eq!(pool.emulator.calls("AdminListGroupsForUser"), 0);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn csv_has_column_for_each_attribute() {
    let (pool, folder) = (Pool::with_phone().await, Folder::new("csv"));
    pool.create("bob@example.com", &[("nickname", "B, \"Bob\"")]);
    let file = folder.path("users.csv");
    pool.run(&export(&file, &["--mfa", "--filter", "status=Enabled"]))
        .await
        .check(0, "2 users");
    let text = fs::read_to_string(&file).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    let header = "username,sub,status,enabled,created,modified,mfa,\
                  email,email_verified,name,nickname,phone_number,phone_number_verified";
    assert_eq!(lines.remove(0), header);
    lines.sort_by_key(|line| line.contains("bob@"));
    assert!(lines[0].contains(",CONFIRMED,true,20"), "{text}");
    assert!(
        lines[0].ends_with(",SMS_MFA,ann@example.com,true,Ann,,'+4930123456,false"),
        "{text}"
    );
    assert!(
        lines[1].ends_with(",,bob@example.com,true,,\"B, \"\"Bob\"\"\",,"),
        "{text}"
    );
    assert_eq!(manifest(&file)["filter"], "status = \"Enabled\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn csv_cells_are_no_formulas() {
    let (pool, folder) = (Pool::start().await, Folder::new("formulas"));
    let attributes = [
        ("nickname", "=cmd|' /C calc'!A0"),
        ("name", "a\u{1b}[2J\u{9b}\u{202e}b"),
    ];
    pool.create("bob@example.com", &attributes);
    let file = folder.path("users.csv");
    pool.run(&export(&file, &[])).await.check(0, "1 user");
    let text = fs::read_to_string(&file).unwrap();
    let cells = "a\\u{1b}[2J\\u{9b}\\u{202e}b,'=cmd|' /C calc'!A0\n";
    assert!(text.ends_with(cells), "{text}");
    let exact = folder.path("users.ndjson");
    pool.run(&export(&exact, &[])).await.check(0, "1 user");
    assert_eq!(rows(&exact)[0]["attributes"]["nickname"], attributes[0].1);
    let show = ["user", "show", "bob@example.com", "--reveal", "--output"];
    let csv = pool.run(&[&show[..], &["csv"]].concat()).await;
    assert!(csv.stdout.ends_with(cells), "{csv:?}");
    for format in ["json", "ndjson", "table"] {
        let shown = pool.run(&[&show[..], &[format]].concat()).await.stdout;
        assert!(!shown.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{shown}");
        if format != "table" {
            let user: Value = serde_json::from_str(&shown).unwrap();
            assert_eq!(user["attributes"]["name"], attributes[1].1);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_input_is_rejected() {
    let (pool, folder) = (Pool::with_ann().await, Folder::new("wrong"));
    let file = folder.path("users.ndjson");
    for (options, message) in [
        (&["--filter", "custom:x=1"][..], "Cognito filters only by"),
        (&["--since", "yesterday"], "must be a time"),
        (&["--resume"], "no export to"),
    ] {
        pool.run(&export(&file, options)).await.check(2, message);
    }
    pool.run(&export(&file, &["--since", "2020-01-31"]))
        .await
        .check(0, "1 user");
    pool.run(&export(&file, &[]))
        .await
        .check(2, "already exists");
    pool.run(&export(&file, &["--resume", "--since", "2020-01-31"]))
        .await
        .check(0, "already complete");
    let future = folder.path("future.ndjson");
    pool.run(&export(&future, &["--since", "2999-01-31"]))
        .await
        .check(0, "0 users");
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_permission_ends_export() {
    let (pool, folder) = (Pool::with_ann().await, Folder::new("denied"));
    let denied = Fault::error("ListUsers", "AccessDeniedException", "not authorized");
    pool.emulator.inject(denied).unwrap();
    let file = folder.path("users.ndjson");
    let message = "the IAM action cognito-idp:ListUsers";
    pool.run(&export(&file, &[])).await.check(3, message);
    assert!(!file.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn throttled_export_is_resumed() {
    let (pool, folder) = (Pool::with_users(40).await, Folder::new("throttled"));
    let file = folder.path("users.ndjson");
    let throttled = || Fault::error("ListUsers", THROTTLED, "Rate exceeded");
    pool.emulator.inject(throttled()).unwrap();
    pool.run(&export(&file, &["--max-retries", "1"]))
        .await
        .check(4, "ListUsers");
    pool.run(&export(&file, &[])).await.check(2, "add --resume");
    pool.run(&export(&file, &["--resume", "--groups"]))
        .await
        .check(2, "other options");
    pool.emulator.clear_faults();
    pool.emulator.inject(throttled().times(3)).unwrap();
    pool.run(&export(&file, &["--resume", "--rate", "500"]))
        .await
        .check(0, "40 users");
    check_file(&file, 40);
}

/// Runs an export that is killed `kills` times, each after up to `most` pages. Returns how often it
/// was killed before it was complete. Calls `check` after each kill.
pub(crate) async fn killed(
    pool: &Pool,
    file: &Path,
    options: &[&str],
    (kills, most): (u32, u64),
    check: impl Fn(),
) -> u32 {
    let mut random = 12_345_u64;
    for done in 0..=kills {
        let resume = parts(file).exists().then_some("--resume");
        let options: Vec<&str> = options.iter().copied().chain(resume).collect();
        let mut child = pool.command(&export(file, &options)).spawn().unwrap();
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let pages = pool.emulator.calls("ListUsers") + 1 + (random >> 33) % most;
        let reached = || done < kills && pool.emulator.calls("ListUsers") >= pages;
        if let Some(code) = until(&mut child, reached).await {
            assert_eq!(code, 0);
            return done;
        }
        child.kill().await.unwrap();
        check();
    }
    panic!("the last export did not end");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_export_equals_complete_one() {
    let (pool, folder) = (Pool::with_users(2500).await, Folder::new("killed"));
    let (whole, pieces) = (folder.path("whole.ndjson"), folder.path("pieces.ndjson"));
    let options = ["--groups", "--quiet", "--rate", "60"];
    let kills = killed(&pool, &pieces, &options, (5, 8), || {}).await;
    assert_eq!(kills, 5);
    check_file(&pieces, 2500);
    pool.run(&export(&whole, &["--groups"]))
        .await
        .check(0, "2500 users");
    assert!(fs::read(whole).unwrap() == fs::read(pieces).unwrap());
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn interrupted_export_is_resumed() {
    let (pool, folder) = (Pool::with_users(100).await, Folder::new("interrupted"));
    let file = folder.path("users.ndjson");
    let mut child = pool
        .command(&export(&file, &["--rate", "2"]))
        .spawn()
        .unwrap();
    let first = parts(&file).join("users-0.json");
    assert_eq!(until(&mut child, || first.exists()).await, None);
    let pid = child.id().expect("runs").to_string();
    let sent = std::process::Command::new("kill")
        .args(["-INT", &pid])
        .status();
    assert!(sent.unwrap().success());
    assert_eq!(child.wait().await.unwrap().code(), Some(130));
    let before = pool.emulator.calls("ListUsers");
    pool.run(&export(&file, &["--resume"]))
        .await
        .check(0, "100 users");
    check_file(&file, 100);
    let all = pool.emulator.calls("ListUsers");
    assert!(before >= 1 && all <= 17, "{before} requests, then {all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rate_limits_requests() {
    let (pool, folder) = (Pool::with_ann().await, Folder::new("rate"));
    let start = SystemClock::new().monotonic();
    let file = folder.path("users.ndjson");
    pool.run(&export(&file, &["--rate", "10"]))
        .await
        .check(0, "1 user");
    // 16 shards.
    assert_eq!(pool.emulator.calls("ListUsers"), 16);
    let elapsed = SystemClock::new().monotonic() - start;
    assert!(elapsed >= Duration::from_millis(1500));
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_page_token_restarts_shard() {
    let (pool, folder) = (Pool::with_users(200).await, Folder::new("expired"));
    let file = folder.path("users.ndjson");
    let options = ["--filter", "email^=u", "--rate", "1"];
    let mut child = pool.command(&export(&file, &options)).spawn().unwrap();
    let first = parts(&file).join("users.json");
    assert_eq!(until(&mut child, || first.exists()).await, None);
    child.kill().await.unwrap();
    let invalid = "Invalid pagination token.";
    let expired = Fault::error("ListUsers", "InvalidParameterException", invalid);
    pool.emulator.inject(expired.times(1)).unwrap();
    let options = ["--filter", "email^=u", "--resume"];
    let ran = pool.run(&export(&file, &options)).await;
    ran.check(0, "users starts again");
    check_file(&file, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn lasting_rejection_of_token_ends_export() {
    let (pool, folder) = (Pool::with_users(130).await, Folder::new("lasting"));
    let file = folder.path("users.ndjson");
    let options = ["--filter", "email^=u", "--rate", "4"];
    let mut child = pool.command(&export(&file, &options)).spawn().unwrap();
    let checkpoint = parts(&file).join("users.json");
    // Rejects the token of each second page, until the command gives up.
    for _ in 0..20 {
        let has_token = || fs::read_to_string(&checkpoint).is_ok_and(|text| text.contains(":\""));
        if let Some(code) = until(&mut child, has_token).await {
            assert_eq!(code, 1);
            pool.run(&export(&file, &["--filter", "email^=u", "--resume"]))
                .await
                .check(0, "130 users");
            return check_file(&file, 130);
        }
        let invalid = "Invalid pagination token.";
        let rejected = Fault::error("ListUsers", "InvalidParameterException", invalid);
        pool.emulator.inject(rejected.times(1)).unwrap();
        let restarted = || !has_token();
        if until(&mut child, restarted).await.is_some() {
            pool.emulator.clear_faults();
        }
    }
    panic!("the export does not end");
}

/// Returns a size in the status of a process, in KiB.
fn size(pid: u32, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let mut lines = status.lines();
    let size = lines.find_map(|line| line.strip_prefix(name)?.split_whitespace().next());
    size.and_then(|size| size.parse().ok()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: docs/contributing/testing.md"]
async fn exports_100_000_users_in_64_mb() {
    const USERS: usize = 100_000;
    let (pool, folder) = (Pool::with_users(USERS).await, Folder::new("large"));
    let (whole, pieces) = (folder.path("whole.ndjson"), folder.path("pieces.ndjson"));
    let options = ["--groups", "--quiet", "--rate", "100"];
    let start = SystemClock::new().monotonic();
    let mut child = pool.command(&export(&whole, &options)).spawn().unwrap();
    // `most` includes the pages of the program, `own` does not.
    let (mut most, mut own) = (0, 0);
    let pid = child.id().unwrap();
    while timeout(Duration::from_millis(50), child.wait())
        .await
        .is_err()
    {
        most = size(pid, "VmHWM:").max(most);
        own = size(pid, "RssAnon:").max(own);
    }
    let requests = pool.emulator.calls("ListUsers") + pool.emulator.calls("ListUsersInGroup");
    let seconds = (SystemClock::new().monotonic() - start).as_secs_f64();
    println!("{requests} requests in {seconds:.1} s, {most} KiB, {own} KiB without the program");
    assert!((requests as f64) < seconds * 100.0 + 2.0);
    assert!(most > 0 && most < 64 * 1024, "{most} KiB");
    assert!(own > 0 && own < 16 * 1024, "{own} KiB");
    check_file(&whole, USERS);

    let options = ["--groups", "--quiet", "--rate", "400"];
    let kills = killed(&pool, &pieces, &options, (20, 80), || {}).await;
    println!("killed {kills} times");
    assert_eq!(kills, 20);
    check_file(&pieces, USERS);
    assert!(fs::read(whole).unwrap() == fs::read(pieces).unwrap());
}
