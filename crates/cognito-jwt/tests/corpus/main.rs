//! The stored inputs of the fuzz targets: seeds, and inputs that once failed.

#![cfg(test)] // so that clippy.toml's exceptions for tests hold in helpers, too

mod checks;

use std::path::Path;

use cognito_testkit::{FixedClock, TestPool};

/// Runs a check on each input of a folder, and returns the names of the accepted ones.
fn run(target: &str, check: fn(&[u8]) -> bool) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/corpus")
        .join(target);
    let mut accepted = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        println!("{target}/{name}");
        if check(&std::fs::read(file.path()).unwrap()) {
            accepted.push(name);
        }
    }
    accepted.sort_unstable();
    accepted
}

#[test]
fn claims() {
    assert_eq!(
        run("claims", checks::claims),
        ["access", "access-respelled", "delegate", "id", "machine"]
    );
}

#[test]
fn header() {
    assert_eq!(
        run("header", checks::header),
        [
            "as-cognito-writes-it",
            "respelled",
            "with-a-key-of-its-own",
            "with-a-type"
        ]
    );
}

#[test]
fn jwks() {
    assert_eq!(
        run("jwks", checks::jwks),
        ["one-key-of-each-type", "two-keys"]
    );
}

#[test]
fn jws() {
    assert_eq!(run("jws", checks::jws), ["access-token", "id-token"]);
}

#[test]
fn seeds_match_test_pool_tokens() {
    let pool =
        TestPool::new(checks::POOL, checks::CLIENT).with_clock(FixedClock::at_unix(checks::NOW));
    assert_eq!(include_str!("jws/access-token"), pool.access_token(|_| {}));
    assert_eq!(include_str!("jws/id-token"), pool.id_token(|_| {}));
    assert_eq!(include_str!("jwks/two-keys"), pool.jwks_json());
}
