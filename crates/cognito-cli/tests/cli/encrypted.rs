//! `cognito users export --encrypt`, and the commands that read an encrypted file.

use std::fs;
use std::path::{Path, PathBuf};

use age::secrecy::ExposeSecret;
use age::x25519::Identity;
use cognito_emulator::Fault;
use serde_json::Value;

use crate::export::{check_manifest, export, killed, manifest, parts};
use crate::support::{Folder, Pool};

/// An identity of age, and the path of its file.
struct Key {
    identity: Identity,
    file: PathBuf,
}

impl Key {
    fn new(folder: &Folder, name: &str) -> Self {
        let identity = Identity::generate();
        let file = folder.path(name);
        let secret = identity.to_string();
        let text = format!("# created: today\n{}\n", secret.expose_secret());
        fs::write(&file, text).unwrap();
        set_mode(&file, 0o600);
        Self { identity, file }
    }

    fn recipient(&self) -> String {
        self.identity.to_public().to_string()
    }

    fn file(&self) -> &str {
        self.file.to_str().unwrap()
    }

    fn decrypt(&self, file: &Path) -> Vec<u8> {
        age::decrypt(&self.identity, &fs::read(file).unwrap()).unwrap()
    }
}

fn set_mode(file: &Path, mode: u32) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
    }
    #[cfg(not(unix))]
    let _ = (file, mode);
}

/// Checks that no file in the folder, or in a folder inside, has an address of the pool.
fn check_secrecy(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            check_secrecy(&path);
            continue;
        }
        let content = fs::read(&path).unwrap();
        for word in ["@example", "example.com", "u0000", "email\":"] {
            let found = content
                .windows(word.len())
                .any(|part| part == word.as_bytes());
            assert!(!found, "{} has {word}", path.display());
        }
    }
}

/// Starts an export that ends after it has created its folder.
async fn begin(pool: &Pool, file: &Path, options: &[&str]) {
    let fault = Fault::error("ListUsers", "TooManyRequestsException", "Rate exceeded");
    pool.emulator.inject(fault).unwrap();
    let options = [options, &["--max-retries", "0"]].concat();
    pool.run(&export(file, &options))
        .await
        .check(4, "ListUsers");
    pool.emulator.clear_faults();
}

#[tokio::test(flavor = "multi_thread")]
async fn encrypted_export_equals_plain_one() {
    let (pool, folder) = (Pool::with_users(150).await, Folder::new("encrypted"));
    let (one, two) = (Key::new(&folder, "one.txt"), Key::new(&folder, "two.txt"));
    let list = folder.path("recipients.txt");
    fs::write(&list, format!("# operators\n\n{}\n", two.recipient())).unwrap();
    let (first, second) = (one.recipient(), format!("@{}", list.display()));
    for format in ["ndjson", "csv"] {
        let plain = folder.path(&format!("plain.{format}"));
        let hidden = Folder::new(&format!("encrypted-{format}"));
        let file = hidden.path(&format!("users.{format}.age"));
        let options = ["--groups", "--encrypt", &first, "--encrypt", &second];
        pool.run(&export(&plain, &["--groups"]))
            .await
            .check(0, "150 users");
        let ran = pool.run(&export(&file, &options)).await;
        ran.check(0, "150 users");
        ran.check(0, &one.recipient());
        ran.check(0, &two.recipient());
        let expected = fs::read(&plain).unwrap();
        assert!(one.decrypt(&file) == expected && two.decrypt(&file) == expected);
        check_manifest(&file, &fs::read(&file).unwrap(), 150);
        let mut recipients = [one.recipient(), two.recipient()];
        recipients.sort();
        assert_eq!(
            manifest(&file)["recipients"],
            Value::from(recipients.to_vec())
        );
        check_secrecy(file.parent().unwrap());
        let again = [&options[..], &["--resume"]].concat();
        pool.run(&export(&file, &again))
            .await
            .check(0, "already complete");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_encrypted_export_shows_no_address() {
    let (pool, folder) = (
        Pool::with_users(2000).await,
        Folder::new("encrypted-killed"),
    );
    let (keys, plain) = (
        Folder::new("encrypted-keys"),
        Folder::new("encrypted-plain"),
    );
    let key = Key::new(&keys, "key.txt");
    let recipient = key.recipient();
    let file = folder.path("users.csv.age");
    let options = ["--groups", "--quiet", "--rate", "60"];
    let encrypted = ["--encrypt", &recipient, "--identity", key.file()];
    let secret = [&options[..], &encrypted].concat();
    let check = || check_secrecy(file.parent().unwrap());
    let kills = killed(&pool, &file, &secret, (5, 6), check).await;
    assert_eq!(kills, 5);
    check();
    check_manifest(&file, &fs::read(&file).unwrap(), 2000);
    let whole = plain.path("users.csv");
    pool.run(&export(&whole, &["--groups"]))
        .await
        .check(0, "2000 users");
    assert!(key.decrypt(&file) == fs::read(whole).unwrap());
}

/// A public key with only zeros.
const ZEROS: &str = "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z";

/// A public key of small order.
const SMALL_ORDER: &str = "age1ur4h5lpmgxu2u9jku0a0r87ydtdqnr0tnsetrlvxvgz3vh6fhqqqzyt4v9";

#[tokio::test(flavor = "multi_thread")]
async fn wrong_recipients_are_rejected() {
    let (pool, folder) = (Pool::with_ann().await, Folder::new("recipients"));
    let key = Key::new(&folder, "key.txt");
    let (empty, wrong) = (folder.path("empty"), folder.path("wrong"));
    fs::write(&empty, "# none\n").unwrap();
    fs::write(&wrong, format!("{}\nage1wrong\n", key.recipient())).unwrap();
    let file = folder.path("users.ndjson.age");
    let secret = fs::read_to_string(&key.file).unwrap();
    let secret = secret.lines().last().unwrap();
    let (empty, wrong) = (
        format!("@{}", empty.display()),
        format!("@{}", wrong.display()),
    );
    for (value, message) in [
        ("age1wrong", "is no X25519 recipient"),
        (ZEROS, "cannot be used"),
        (SMALL_ORDER, "cannot be used"),
        ("ssh-ed25519 AAAA", "is no X25519 recipient"),
        (secret, "is a secret key"),
        ("@/missing/file", "cannot read /missing/file"),
        (&empty, "has no recipients"),
        (&wrong, "line 2: the recipient is no X25519"),
    ] {
        let ran = pool.run(&export(&file, &["--encrypt", value])).await;
        ran.check(2, message);
        assert!(!ran.stderr.contains("age1wrong") && !ran.stderr.contains(secret));
        assert!(!file.exists() && !parts(&file).exists());
    }
    assert_eq!(pool.emulator.calls("ListUsers"), 0);
}

/// Another user could add a recipient.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn shared_list_of_recipients_is_rejected() {
    let (pool, folder) = (Pool::with_ann().await, Folder::new("shared-list"));
    let key = Key::new(&folder, "key.txt");
    let list = folder.path("recipients.txt");
    fs::write(&list, key.recipient()).unwrap();
    let value = format!("@{}", list.display());
    for (mode, code, message) in [
        (0o664, 2, "others can change it"),
        (0o646, 2, "others can change it"),
        (0o644, 0, "1 user"),
    ] {
        set_mode(&list, mode);
        let file = folder.path(&format!("{mode:o}.ndjson.age"));
        let ran = pool.run(&export(&file, &["--encrypt", &value])).await;
        ran.check(code, message);
    }
}

/// The journal would contain whole rows of the export as names.
#[tokio::test(flavor = "multi_thread")]
async fn bulk_accepts_only_encrypted_ndjson() {
    let (pool, folder) = (Pool::with_users(1).await, Folder::new("encrypted-bulk"));
    let key = Key::new(&folder, "key.txt");
    let (recipient, journal) = (key.recipient(), folder.path("journal"));
    let path = journal.to_str().unwrap();
    for name in ["users.csv.age", "users.age", "users.txt"] {
        let file = folder.path(name);
        let options = ["--encrypt", &recipient];
        pool.run(&export(&file, &options)).await.check(0, "1 user");
        let bulk = ["users", "bulk", "disable", "--yes", "--journal", path];
        let with = ["--identity", key.file(), "--file", file.to_str().unwrap()];
        let ran = pool.run(&[&bulk[..], &with].concat()).await;
        ran.check(2, "does not end with .ndjson.age");
        assert!(!journal.exists(), "{name}");
    }
    assert_eq!(pool.emulator.calls("AdminDisableUser"), 0);
}

/// The header of age has a list of keys, which is read in a time that grows with its square.
#[tokio::test(flavor = "multi_thread")]
async fn long_header_is_rejected() {
    let (pool, folder) = (Pool::with_ann().await, Folder::new("long-header"));
    let key = Key::new(&folder, "key.txt");
    let stanza = "-> X25519 a\n\n";
    let file = folder.path("users.ndjson.age");
    let text = format!("age-encryption.org/v1\n{}", stanza.repeat(10_000));
    fs::write(&file, text).unwrap();
    let import = ["users", "import", file.to_str().unwrap(), "--yes"];
    let import = [&import[..], &["--identity", key.file()]].concat();
    pool.run(&import)
        .await
        .check(2, "its header is longer than");
}

#[tokio::test(flavor = "multi_thread")]
async fn resume_needs_key_of_recipient() {
    let (pool, folder) = (Pool::with_ann().await, Folder::new("identity"));
    let (key, other) = (Key::new(&folder, "key.txt"), Key::new(&folder, "other.txt"));
    let (recipient, second) = (key.recipient(), other.recipient());
    let file = folder.path("users.ndjson.age");
    let options = ["--encrypt", &recipient, "--resume"];
    begin(&pool, &file, &options[..2]).await;
    let resumed = async |more: &[&str], code, message| {
        let ran = pool
            .run(&export(&file, &[&options[..], more].concat()))
            .await;
        ran.check(code, message);
    };
    resumed(&[], 2, "add --identity FILE").await;
    resumed(
        &["--identity", other.file()],
        2,
        "is not encrypted to the keys",
    )
    .await;
    let more = ["--identity", key.file(), "--encrypt", &second];
    resumed(&more, 2, "other options").await;
    pool.run(&export(&file, &["--resume"]))
        .await
        .check(2, "other options");
    let no_key = folder.path("no-key.txt");
    fs::write(&no_key, "ann").unwrap();
    set_mode(&no_key, 0o600);
    let more = ["--identity", no_key.to_str().unwrap()];
    resumed(&more, 2, "is no identity file").await;
    set_mode(&key.file, 0o640);
    #[cfg(unix)]
    resumed(&["--identity", key.file()], 2, "others can read").await;
    set_mode(&key.file, 0o400);
    resumed(&["--identity", key.file()], 0, "1 user").await;
    assert!(
        String::from_utf8(key.decrypt(&file))
            .unwrap()
            .contains("ann@example.com")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn filter_is_hashed_in_encrypted_export() {
    let (pool, folder) = (Pool::with_users(2).await, Folder::new("encrypted-filter"));
    let keys = Folder::new("filter-keys");
    let key = Key::new(&keys, "key.txt");
    let recipient = key.recipient();
    let file = folder.path("users.ndjson.age");
    let (filter, other) = ("email=u000001@example.com", "email=u000000@example.com");
    let options = ["--encrypt", &recipient, "--filter"];
    begin(&pool, &file, &[&options[..], &[filter]].concat()).await;
    check_secrecy(file.parent().unwrap());
    let more = ["--resume", "--identity", key.file()];
    pool.run(&export(&file, &[&options[..], &[other], &more].concat()))
        .await
        .check(2, "other options");
    pool.run(&export(&file, &[&options[..], &[filter], &more].concat()))
        .await
        .check(0, "1 user");
    check_secrecy(file.parent().unwrap());
    let shown = manifest(&file)["filter"].as_str().unwrap().to_owned();
    assert!(shown.starts_with("email = pbkdf2-sha256:"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn encrypted_export_is_imported_and_changed() {
    let (pool, folder) = (Pool::with_users(5).await, Folder::new("encrypted-import"));
    let key = Key::new(&folder, "key.txt");
    let recipient = key.recipient();
    for format in ["ndjson", "csv"] {
        let file = folder.path(&format!("users.{format}.age"));
        pool.run(&export(&file, &["--encrypt", &recipient]))
            .await
            .check(0, "5 users");
        let import = ["users", "import", file.to_str().unwrap(), "--yes"];
        let target = Pool::start().await;
        target
            .run(&import)
            .await
            .check(2, "is encrypted: add --identity");
        let import = [&import[..], &["--identity", key.file()]].concat();
        target
            .run(&import)
            .await
            .check(0, "the outcome of each row");
        let created = target.emulator.calls("AdminCreateUser");
        assert_eq!(created, 5, "{format}");
        let journal = folder.path(&format!("{format}.journal"));
        if format == "ndjson" {
            let bulk = ["users", "bulk", "disable", "--yes", "--file"];
            let with = [
                "--identity",
                key.file(),
                "--journal",
                journal.to_str().unwrap(),
            ];
            let bulk = [&bulk[..], &[file.to_str().unwrap()], &with].concat();
            pool.run(&bulk).await.check(0, "");
            assert_eq!(pool.emulator.calls("AdminDisableUser"), 5);
        }
        check_truncated(&target, &file, &import).await;
    }
}

/// Checks that an import notices a truncated file, with and without its manifest.
async fn check_truncated(pool: &Pool, file: &Path, import: &[&str]) {
    let content = fs::read(file).unwrap();
    fs::write(file, &content[..content.len() - 1]).unwrap();
    fs::remove_file(format!("{}.journal", file.display())).unwrap();
    pool.run(import)
        .await
        .check(2, "is incomplete or was changed");
    fs::remove_file(format!("{}.manifest.json", file.display())).unwrap();
    let ran = pool.run(import).await;
    ran.check(2, "cannot decrypt");
    ran.check(2, "has no manifest");
    fs::write(file, "username\nann\n").unwrap();
    pool.run(import).await.check(2, "is not encrypted with age");
}

#[tokio::test(flavor = "multi_thread")]
async fn left_out_users_are_encrypted() {
    let (pool, folder) = (Pool::with_users(3).await, Folder::new("encrypted-job"));
    let keys = Folder::new("job-keys");
    let key = Key::new(&keys, "key.txt");
    let recipient = key.recipient();
    pool.operator(
        "AdminDisableUser",
        serde_json::json!({ "Username": "u000001@example.com" }),
    )
    .await;
    let file = folder.path("users.csv.age");
    let options = ["--format", "import-job", "--mfa", "--encrypt", &recipient];
    pool.run(&export(&file, &options)).await.check(1, "see ");
    let left_out = folder.path("users.csv.age.left-out.ndjson.age");
    let text = String::from_utf8(key.decrypt(&left_out)).unwrap();
    assert!(text.contains("the user is disabled"), "{text}");
    assert_eq!(
        key.decrypt(&file)
            .iter()
            .filter(|byte| **byte == b'\n')
            .count(),
        3
    );
    check_secrecy(file.parent().unwrap());
    assert!(!folder.path("users.csv.age.left-out.ndjson").exists());
}
