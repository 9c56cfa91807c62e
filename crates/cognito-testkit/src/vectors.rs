//! Known answers: the project's own, and those that may not be copied into the repository.

use std::path::{Path, PathBuf};

/// Returns the content of a file of test vectors, such as `tokens/cases.json`; `None` if it is not
/// available.
///
/// The project's own vectors are in `data/vectors` of this crate. Those of other projects that may
/// not be copied are read from the directory that the environment variable `COGNITO_VECTORS` names,
/// or else from `shared/vectors` beside the repository. If a file is in neither, a line that starts
/// with `SKIPPED:` is printed, and the test should return.
///
/// # Panics
///
/// If the file is not available although `COGNITO_VECTORS` is set: a run that is meant to check all
/// vectors must not pass without them.
#[must_use]
#[allow(
    clippy::panic,
    clippy::print_stdout,
    reason = "only tests call it, and a skipped test must be seen"
)]
pub fn vectors(file: &str) -> Option<String> {
    own_vectors(file).or_else(|| other_vectors(file))
}

/// Returns the content of a file of test vectors of other projects that may not be copied into the
/// repository. See [`vectors`].
///
/// # Panics
///
/// If the file is not available although `COGNITO_VECTORS` is set.
#[must_use]
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
