//! Known answers that are kept outside the repository.

use std::path::{Path, PathBuf};

/// The text of a file of the test vectors, `tokens/cases.json`, or nothing if it is not there.
///
/// The vectors are not part of the repository (some may not be copied). They are looked for in the
/// directory that the environment variable `COGNITO_VECTORS` names, else beside the repository in
/// `shared/vectors`. A test that gets nothing ends; what it left out is printed in a line that
/// starts with `SKIPPED:`.
///
/// # Panics
///
/// If the file is not there although `COGNITO_VECTORS` is set: so that a build that is meant to
/// check everything cannot pass by checking nothing.
#[must_use]
#[allow(
    clippy::panic,
    clippy::print_stdout,
    reason = "it runs in tests only, and must be heard"
)]
pub fn vectors(file: &str) -> Option<String> {
    let named = std::env::var_os("COGNITO_VECTORS").map(PathBuf::from);
    let is_required = named.is_some();
    let directory = named.unwrap_or_else(beside_the_repository);
    match std::fs::read_to_string(directory.join(file)) {
        Ok(text) => Some(text),
        Err(error) if is_required => {
            let reason = error.kind();
            panic!("the test vectors {file} are required and cannot be read: {reason}");
        }
        Err(error) => {
            let reason = error.kind();
            println!("SKIPPED: {file}: the test vectors cannot be read: {reason}");
            None
        }
    }
}

fn beside_the_repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors")
}
