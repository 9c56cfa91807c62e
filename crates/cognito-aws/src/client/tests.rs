//! Checks in the source of this crate that each request uses the SDK client for its operation.

use std::fs;
use std::path::{Path, PathBuf};

use cognito_core::Operation;

/// Returns the paths of all files below a directory.
fn sources(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap();
    let found = entries.flat_map(|entry| {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => sources(&path),
            false => vec![path],
        }
    });
    found.collect()
}

/// Returns the name of the method of the SDK for an operation: `admin_get_user` for `AdminGetUser`.
fn method(operation: Operation) -> String {
    let mut method = String::new();
    for letter in format!("{operation:?}").chars() {
        if letter.is_uppercase() && !method.is_empty() {
            method.push('_');
        }
        method.extend(letter.to_lowercase());
    }
    method
}

/// Returns the rest of `source` after each occurrence of `text`.
fn after<'a>(source: &'a str, text: &'a str) -> impl Iterator<Item = &'a str> {
    let places = source.match_indices(text);
    places.map(|(at, found)| &source[at + found.len()..])
}

#[test]
fn each_request_uses_client_of_its_operation() {
    let mut requests = 0;
    for path in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let source = fs::read_to_string(&path).unwrap();
        let source: String = source.split_whitespace().collect();
        for operation in Operation::ALL {
            let expected = method(*operation);
            // A call, and the argument of a macro of `send.rs` or `turn.rs`.
            let call = format!(".client(Operation::{operation:?}).");
            let first = format!("({operation:?}.");
            let argument = format!(",{operation:?}.");
            for text in [call, first, argument] {
                for rest in after(&source, &text) {
                    assert!(
                        rest.starts_with(&expected),
                        "{}: {expected}",
                        path.display()
                    );
                    requests += 1;
                }
            }
        }
    }
    assert!(requests > 55, "only {requests} requests were found");
}
