//! Test vectors of this project and of other projects.

use std::path::{Path, PathBuf};

/// Returns the content of a file of test vectors, such as `tokens/cases.json`. Returns `None` if
/// the file is not available.
///
/// The project's own vectors are in `data/vectors` of this crate. Vectors of other projects that
/// must not be copied are read from the directory in the environment variable `COGNITO_VECTORS`. If
/// the variable is not set, they are read from `shared/vectors` beside the repository. If a file is
/// missing, a line that starts with `SKIPPED:` is printed, and the test should return.
///
/// # Panics
///
/// Panics if the file is not available although `COGNITO_VECTORS` is set. A run with that variable
/// must check all vectors.
#[allow(
    clippy::panic,
    clippy::print_stdout,
    reason = "only tests call it, and a skipped test must be seen"
)]
pub fn vectors(file: &str) -> Option<String> {
    own_vectors(file).or_else(|| other_vectors(file))
}

/// Returns the content of a file with test vectors of other projects. Such a file must not be
/// copied into the repository. See [`vectors`].
///
/// # Panics
///
/// Panics if the file is not available although `COGNITO_VECTORS` is set.
#[allow(
    clippy::panic,
    clippy::print_stdout,
    reason = "only tests call it, and a skipped test must be seen"
)]
pub fn other_vectors(file: &str) -> Option<String> {
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

fn own_vectors(file: &str) -> Option<String> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/vectors");
    std::fs::read_to_string(own.join(file)).ok()
}

fn beside_the_repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors")
}
