//! The document from a file.

use std::fs;
use std::path::PathBuf;

use cognito_jwt::{CognitoVerifier, FileJwks, JwksSource, Reason, SourceErrorKind};
use cognito_testkit::{FixedClock, TestPool};
use futures_util::FutureExt;

/// Returns an unused path below the build folder.
fn path(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_file(&path);
    path
}

fn fetch(path: PathBuf) -> Result<Vec<u8>, SourceErrorKind> {
    let source = FileJwks::new(path);
    let fetched = source.fetch("https://a.example/").now_or_never();
    fetched.unwrap().map_err(|error| error.kind())
}

#[test]
fn changed_file_is_read_again() {
    let clock = FixedClock::at_unix(1_800_000_000);
    let pool = TestPool::new("us-east-1_TestPool1", "client1").with_clock(clock.clone());
    let path = path("rotating.json");
    let verifier = CognitoVerifier::builder("us-east-1_TestPool1".parse().unwrap())
        .client_id("client1")
        .clock(clock.clone())
        .jwks_source(FileJwks::new(&path))
        .build()
        .unwrap();
    let verify = |pool: &TestPool| {
        let token = pool.access_token(|_| {});
        let verified = verifier.verify_access(&token).now_or_never();
        verified.unwrap().map(drop).map_err(|error| error.reason())
    };
    assert_eq!(verify(&pool), Err(Reason::KeysUnavailable));
    fs::write(&path, pool.jwks_json()).unwrap();
    clock.advance(std::time::Duration::from_secs(2));
    assert_eq!(verify(&pool), Ok(()));

    let rotated = pool.clone().rotated();
    fs::write(&path, rotated.jwks_json()).unwrap();
    clock.advance(std::time::Duration::from_secs(10));
    assert_eq!(verify(&rotated), Ok(()));
    assert_eq!(verify(&pool), Err(Reason::UnknownKid));
}

#[test]
fn unreadable_file_is_an_error() {
    let missing = path("missing.json");
    assert_eq!(fetch(missing), Err(SourceErrorKind::Unreadable));
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    assert_eq!(fetch(folder), Err(SourceErrorKind::Unreadable));
}

#[test]
fn not_more_than_64_kib_are_read() {
    let path = path("large.json");
    fs::write(&path, vec![b' '; 64 * 1024]).unwrap();
    assert_eq!(fetch(path.clone()).unwrap().len(), 64 * 1024);
    fs::write(&path, vec![b' '; 64 * 1024 + 1]).unwrap();
    assert_eq!(fetch(path), Err(SourceErrorKind::TooLarge));
}
