//! Tests of the state file: which files are rejected, and what is read again.

use std::fs;

use super::folder::Folder;
use super::*;
use crate::state::entries::Entry;

/// Opens a state file, and returns its entries in order.
fn open(path: &Path) -> Result<(StateFile, Vec<Entry>), String> {
    let mut entries = Vec::new();
    let file = StateFile::open(path, |(scope, kind, key), value| {
        entries.push(Entry {
            scope: scope.to_owned(),
            kind: kind.to_owned(),
            key: key.to_owned(),
            value: value.to_owned(),
        });
    })?;
    entries.sort();
    Ok((file, entries))
}

#[track_caller]
fn rejects(path: &Path, expected: &str) {
    match open(path) {
        Ok(_) => panic!("opened"),
        Err(reason) => assert!(reason.contains(expected), "{reason}"),
    }
}

fn row<'r>(key: &'r str, value: Option<&'r str>) -> Row<'r> {
    (("pool", "user", key), value)
}

fn values(entries: &[Entry]) -> Vec<(&str, &str)> {
    let pairs = entries.iter();
    pairs
        .map(|it| (it.key.as_str(), it.value.as_str()))
        .collect()
}

#[test]
fn rows_survive_without_a_close() {
    let folder = Folder::new("rows");
    let (mut file, entries) = open(&folder.file()).expect("a file");
    assert!(entries.is_empty());
    file.write(&[row("a", Some("1")), row("b", Some("2"))])
        .expect("written");
    file.write(&[row("a", Some("3")), row("b", None)])
        .expect("written");
    // The files of a process that was killed.
    let copy = folder.join("copy.db");
    for end in ["", "-wal"] {
        let from = folder.join(format!("state.db{end}"));
        fs::copy(from, folder.join(format!("copy.db{end}"))).expect("copied");
    }
    let (mut copied, entries) = open(&copy).expect("a file");
    assert_eq!(values(&entries), [("a", "3")]);
    // Otherwise the logs of many killed processes would add up.
    let log = fs::metadata(folder.join("copy.db-wal")).expect("a log");
    assert_eq!(log.len(), 0);
    copied.checkpoint().expect("done");
    copied.write(&[row("c", Some("4"))]).expect("written");
    drop(copied);
    assert!(!folder.join("copy.db-wal").exists());
    let (_, entries) = open(&copy).expect("a file");
    assert_eq!(values(&entries), [("a", "3"), ("c", "4")]);
}

#[test]
fn checkpoint_is_due_after_many_transactions() {
    let folder = Folder::new("checkpoint");
    let (mut file, _) = open(&folder.file()).expect("a file");
    let large = "x".repeat(MOST_BYTES);
    file.write(&[row("a", Some(&large))]).expect("written");
    assert!(!file.needs_checkpoint());
    for _ in 0..MOST_TRANSACTIONS {
        file.write(&[row("b", Some("1"))]).expect("written");
    }
    assert!(file.needs_checkpoint());
    file.checkpoint().expect("done");
    assert!(!file.needs_checkpoint());
    file.write(&[row("a", Some(&large)), row("b", Some("1"))])
        .expect("written");
    assert!(file.needs_checkpoint());
}

#[test]
fn second_process_cannot_open_the_file() {
    let folder = Folder::new("lock");
    let path = folder.file();
    let (first, _) = open(&path).expect("a file");
    rejects(&path, "another process uses it: stop the other emulator");
    drop(first);
    // The lock of an existing file is as strict as the lock of a new one.
    let (second, _) = open(&path).expect("a file");
    rejects(&path, "another process uses it");
    drop(second);
}

#[test]
fn files_of_other_programs_are_not_changed() {
    let folder = Folder::new("foreign");
    let path = folder.file();
    for content in ["hello", &"a text that is no database\n".repeat(300)] {
        fs::write(&path, content).expect("written");
        rejects(&path, "not a state file: use another file, or a new one");
        assert_eq!(fs::read_to_string(&path).expect("read"), content);
    }
    for content in ["\0", "S"] {
        fs::write(&path, content).expect("written");
        rejects(&path, "not a state file");
        assert_eq!(fs::read_to_string(&path).expect("read"), content);
    }
    fs::remove_file(&path).expect("removed");
    let other = Connection::open(&path).expect("a database");
    other
        .execute_batch("CREATE TABLE entries (a)")
        .expect("created");
    drop(other);
    let content = fs::read(&path).expect("read");
    rejects(&path, "not a state file");
    assert_eq!(fs::read(&path).expect("read"), content);
}

#[test]
fn other_versions_are_rejected() {
    let folder = Folder::new("versions");
    let path = folder.file();
    drop(open(&path).expect("a file"));
    for (version, expected) in [
        (
            VERSION + 1,
            "a newer version of the emulator wrote it (format 2, and this",
        ),
        (-1, "an older version of the emulator wrote it (format -1"),
        (0, "not a state file"),
    ] {
        let other = Connection::open(&path).expect("a database");
        other
            .pragma_update(None, "user_version", version)
            .expect("set");
        drop(other);
        rejects(&path, expected);
    }
}

#[test]
fn paths_without_a_writable_file_are_rejected() {
    let folder = Folder::new("paths");
    fs::create_dir(folder.join("folder")).expect("a directory");
    rejects(&folder.join("folder"), "it is a directory");
    rejects(
        &folder.join("no/state.db"),
        "its directory does not exist: create",
    );
    let path = folder.file();
    drop(open(&path).expect("a file"));
    let mut permissions = fs::metadata(&path).expect("a file").permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).expect("set");
    rejects(
        &path,
        "it is read-only: make the file and its directory writable",
    );
}

#[test]
fn damaged_files_are_rejected() {
    let folder = Folder::new("damaged");
    let path = folder.file();
    let (mut file, _) = open(&path).expect("a file");
    let large = "x".repeat(100_000);
    file.write(&[row("a", Some(&large))]).expect("written");
    drop(file);
    let content = fs::read(&path).expect("read");
    fs::write(&path, &content[..content.len() / 2]).expect("written");
    rejects(&path, "it is damaged: use a copy of it, or a new file");
}

#[test]
fn full_disk_changes_nothing() {
    let folder = Folder::new("full");
    let path = folder.file();
    let (mut file, _) = open(&path).expect("a file");
    file.write(&[row("a", Some("1"))]).expect("written");
    file.limit(3);
    let large = "x".repeat(100_000);
    let failed = file.write(&[row("a", Some("2")), row("b", Some(&large))]);
    assert!(failed.expect_err("fails").contains("the disk is full"));
    file.limit(10_000);
    file.write(&[row("c", Some("3"))]).expect("written");
    drop(file);
    let (_, entries) = open(&path).expect("a file");
    assert_eq!(values(&entries), [("a", "1"), ("c", "3")]);
}

#[cfg(unix)]
#[test]
fn new_file_is_private() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new("private");
    let (mut file, _) = open(&folder.file()).expect("a file");
    file.write(&[row("a", Some("1"))]).expect("written");
    for name in ["state.db", "state.db-wal"] {
        let permissions = fs::metadata(folder.join(name)).expect(name).permissions();
        assert_eq!(permissions.mode() & 0o777, 0o600, "{name}");
    }
}

/// Runs SQL in a state file with one row, as another program could.
fn changed(path: &Path, sql: &str) {
    let _ = fs::remove_file(path);
    let (mut file, _) = open(path).expect("a file");
    file.write(&[row("a", Some("1"))]).expect("written");
    drop(file);
    let other = Connection::open(path).expect("a database");
    other.execute_batch(sql).expect("changed");
}

// The row with the higher number would win, and a deleted user would come back.
#[test]
fn repeated_rows_and_invalid_numbers_are_rejected() {
    let folder = Folder::new("rows-twice");
    let path = folder.file();
    changed(
        &path,
        "INSERT INTO entries SELECT 7, scope, kind, key, 'x' FROM entries",
    );
    rejects(&path, "it is damaged: use a copy of it, or a new file");
    for id in [0, -1, HIGHEST + 1, i64::MAX] {
        changed(&path, &format!("UPDATE entries SET id = {id}"));
        rejects(&path, "it is damaged");
    }
    changed(&path, &format!("UPDATE entries SET id = {HIGHEST}"));
    let (mut file, _) = open(&path).expect("a file");
    file.write(&[row("b", Some("2"))]).expect("written");
}

#[test]
fn added_tables_triggers_and_views_are_rejected() {
    let folder = Folder::new("schema");
    let path = folder.file();
    for sql in [
        "CREATE TABLE other (a)",
        "CREATE VIEW other AS SELECT 1",
        "CREATE TRIGGER other AFTER INSERT ON entries BEGIN DELETE FROM entries; END",
        "CREATE INDEX other ON entries (key)",
        "ALTER TABLE entries ADD COLUMN more",
    ] {
        changed(&path, sql);
        rejects(
            &path,
            "another program has added tables, triggers or views to it: remove them",
        );
    }
}

#[test]
fn open_transaction_is_undone_before_a_write() {
    let folder = Folder::new("panic");
    let path = folder.file();
    let (mut file, _) = open(&path).expect("a file");
    // The state after a panic in a write.
    file.connection
        .execute_batch("BEGIN IMMEDIATE")
        .expect("begun");
    let name = file.names.of(("pool", "user", "a"));
    let earlier = file.ids.insert(name, 1);
    file.earlier.push((name, earlier));
    file.write(&[row("a", Some("1"))]).expect("written");
    drop(file);
    let (_, entries) = open(&path).expect("a file");
    assert_eq!(values(&entries), [("a", "1")]);
}

// Otherwise the emulator would acknowledge changes that it cannot read again.
#[cfg(unix)]
#[test]
fn moved_file_is_not_written() {
    let folder = Folder::new("moved");
    let path = folder.file();
    let log = folder.join("state.db-wal");
    let (mut file, _) = open(&path).expect("a file");
    file.write(&[row("a", Some("1"))]).expect("written");
    for moved in [&path, &log] {
        let aside = folder.join("aside");
        fs::rename(moved, &aside).expect("moved");
        let failed = file.write(&[row("b", Some("2"))]).expect_err("fails");
        assert_eq!(
            failed,
            "it was moved or deleted: stop the emulator, and start it again"
        );
        fs::rename(&aside, moved).expect("moved");
        file.write(&[row("b", Some("2"))]).expect("written");
    }
    let aside = folder.join("aside.db");
    fs::rename(&path, &aside).expect("moved");
    fs::remove_file(&log).expect("removed");
    let (mut other, _) = open(&path).expect("a file");
    other.write(&[row("c", Some("3"))]).expect("written");
    file.write(&[row("d", Some("4"))]).expect_err("fails");
    // The log has the name of the log of the other emulator, which must keep it.
    drop(file);
    assert!(log.exists());
    other.write(&[row("e", Some("5"))]).expect("written");
    drop(other);
    let (_, entries) = open(&path).expect("a file");
    assert_eq!(values(&entries), [("c", "3"), ("e", "5")]);
    let (_, entries) = open(&aside).expect("a file");
    assert_eq!(values(&entries), [("a", "1"), ("b", "2")]);
}

#[cfg(unix)]
#[test]
fn files_of_other_users_are_rejected() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let folder = Folder::new("accessible");
    let path = folder.file();
    drop(open(&path).expect("a file"));
    let link = folder.join("link.db");
    symlink(&path, &link).expect("a link");
    drop(open(&link).expect("a file"));
    for mode in [0o640, 0o604, 0o620] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("set");
        for name in [&path, &link] {
            rejects(name, "it is accessible for other users: use a file");
        }
    }
}
