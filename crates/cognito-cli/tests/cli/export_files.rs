//! The files of `cognito users export`: what is replaced, kept and deleted.
#![cfg(unix)]

use std::fs::{self, DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use cognito_emulator::Fault;
use serde_json::Value;

use crate::support::{Folder, Pool, run, without_pool};

fn beside(file: &Path, suffix: &str) -> PathBuf {
    format!("{}{suffix}", file.display()).into()
}

fn export<'a>(file: &'a Path, options: &[&'a str]) -> Vec<&'a str> {
    [&["users", "export", file.to_str().unwrap()], options].concat()
}

fn mode(file: &Path) -> u32 {
    fs::symlink_metadata(file).unwrap().permissions().mode() & 0o777
}

/// Starts an export that ends after it has created its folder.
async fn begin(pool: &Pool, file: &Path) {
    let fault = Fault::error("ListUsers", "TooManyRequestsException", "Rate exceeded");
    pool.emulator.inject(fault).unwrap();
    let ran = pool.run(&export(file, &["--max-retries", "0"])).await;
    ran.check(4, "ListUsers");
    pool.emulator.clear_faults();
}

#[tokio::test(flavor = "multi_thread")]
async fn export_replaces_readable_or_linked_file() {
    let (pool, folder) = (Pool::with_ann().await, Folder::new("linked"));
    let (readable, linked) = (folder.path("readable.csv"), folder.path("linked.ndjson"));
    let (new, victim) = (beside(&readable, ".new"), folder.path("victim"));
    fs::write(&new, "").unwrap();
    fs::set_permissions(&new, Permissions::from_mode(0o644)).unwrap();
    fs::write(&victim, "mine").unwrap();
    symlink(&victim, beside(&linked, ".new")).unwrap();
    for file in [&readable, &linked] {
        pool.run(&export(file, &[])).await.check(0, "1 user");
        assert_eq!(mode(file), 0o600);
        assert!(!file.is_symlink() && !beside(file, ".new").exists());
    }
    assert_eq!(fs::read_to_string(victim).unwrap(), "mine");
}

#[tokio::test(flavor = "multi_thread")]
async fn export_keeps_file_that_appears_meanwhile() {
    let (pool, folder) = (Pool::with_ann().await, Folder::new("appears"));
    let file = folder.path("users.ndjson");
    begin(&pool, &file).await;
    fs::write(&file, "mine").unwrap();
    pool.run(&export(&file, &["--resume"]))
        .await
        .check(2, "already exists");
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    fs::remove_file(&file).unwrap();
    pool.run(&export(&file, &["--resume"]))
        .await
        .check(0, "1 user");
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_of_others_are_rejected() {
    let (pool, folder) = (Pool::with_ann().await, Folder::new("others"));
    let file = folder.path("users.ndjson");
    let parts = beside(&file, ".parts");
    DirBuilder::new().mode(0o700).create(&parts).unwrap();
    pool.run(&export(&file, &["--resume"]))
        .await
        .check(2, "is not of an export");
    fs::remove_dir(&parts).unwrap();
    begin(&pool, &file).await;
    fs::set_permissions(&parts, Permissions::from_mode(0o770)).unwrap();
    pool.run(&export(&file, &["--resume"]))
        .await
        .check(2, "is not of an export");
    fs::set_permissions(&parts, Permissions::from_mode(0o700)).unwrap();
    let moved = folder.path("moved");
    fs::rename(&parts, &moved).unwrap();
    symlink(&moved, &parts).unwrap();
    pool.run(&export(&file, &["--resume"]))
        .await
        .check(2, "is not of an export");
    assert!(!file.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn rest_of_complete_export_is_deleted() {
    let (pool, folder) = (Pool::with_ann().await, Folder::new("rest"));
    let file = folder.path("users.ndjson");
    let (parts, done) = (beside(&file, ".parts"), beside(&file, ".parts-done"));
    let other = folder.path("other.ndjson");
    for resume in [true, false] {
        begin(&pool, &other).await;
        pool.run(&export(&file, &[])).await.check(0, "1 user");
        fs::rename(beside(&other, ".parts"), &done).unwrap();
        if !resume {
            fs::remove_file(&file).unwrap();
        }
        let options = resume.then_some("--resume");
        pool.run(&export(&file, options.as_slice()))
            .await
            .check(0, "");
        assert!(!done.exists() && !parts.exists());
        fs::remove_file(&file).unwrap();
    }
    fs::create_dir(&done).unwrap();
    fs::write(done.join("mine"), "").unwrap();
    pool.run(&export(&file, &[]))
        .await
        .check(2, "is not of an export");
    assert!(done.join("mine").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn resume_rejects_unrelated_file() {
    let (pool, folder) = (Pool::with_ann().await, Folder::new("unrelated"));
    let file = folder.path("users.ndjson");
    fs::write(&file, "unrelated").unwrap();
    pool.run(&export(&file, &["--resume"]))
        .await
        .check(2, "is not the result of this export");
    fs::remove_file(&file).unwrap();
    pool.run(&export(&file, &[])).await.check(0, "1 user");
    pool.run(&export(&file, &["--resume"]))
        .await
        .check(0, "already complete");
    pool.run(&export(&file, &["--resume", "--groups"]))
        .await
        .check(2, "is not the result of this export");
    fs::write(&file, "changed").unwrap();
    pool.run(&export(&file, &["--resume"]))
        .await
        .check(2, "is not the result of this export");
}

/// In a shared folder, another user can create the file and its manifest.
#[tokio::test(flavor = "multi_thread")]
async fn resume_rejects_files_of_others() {
    let (pool, folder) = (Pool::with_ann().await, Folder::new("planted"));
    let (file, other) = (folder.path("users.ndjson"), folder.path("other.ndjson"));
    pool.run(&export(&other, &[])).await.check(0, "1 user");
    begin(&pool, &file).await;
    for (mode, manifest) in [(0o644, 0o600), (0o600, 0o644), (0o600, 0o600)] {
        for (suffix, mode) in [("", mode), (".manifest.json", manifest)] {
            let planted = beside(&file, suffix);
            fs::copy(beside(&other, suffix), &planted).unwrap();
            fs::set_permissions(&planted, Permissions::from_mode(mode)).unwrap();
        }
        let is_own = (mode, manifest) == (0o600, 0o600);
        let ran = pool.run(&export(&file, &["--resume"])).await;
        if is_own {
            ran.check(0, "already complete");
        } else {
            ran.check(2, "or others can read or change it");
        }
        assert_eq!(beside(&file, ".parts").exists(), !is_own);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dry_run_writes_no_file() {
    let (pool, folder) = (Pool::with_ann().await, Folder::new("dry"));
    let file = folder.path("users.ndjson");
    let ran = pool.run(&export(&file, &["--dry-run"])).await;
    ran.check(0, "dry run, not done: exports users");
    assert!(!file.exists() && !beside(&file, ".parts").exists());
    assert_eq!(pool.emulator.calls("ListUsers"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn endpoint_of_environment_is_in_manifest() {
    let (pool, folder) = (Pool::with_ann().await, Folder::new("endpoint"));
    for variable in [
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER",
    ] {
        let file = folder.path(&format!("{variable}.ndjson"));
        let mut command = without_pool(&export(&file, &[]));
        command.args(["--pool", pool.emulator.user_pool_id()]);
        command.env(variable, pool.emulator.endpoint());
        run(command).await.check(0, "1 user");
        let manifest = fs::read(beside(&file, ".manifest.json")).unwrap();
        let manifest: Value = serde_json::from_slice(&manifest).unwrap();
        assert_eq!(manifest["endpoint_url"], pool.emulator.endpoint());
    }
}
