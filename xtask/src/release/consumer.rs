//! Tests the packages of a release in a crate that uses them. Like a user's crate, this crate is
//! outside of the workspace.

use super::packages::{self, Packages};
use crate::{Result, process, repository};

/// The source code of a test that uses the packages of a release. The test starts the emulator,
/// creates a user, signs the user in, and verifies the user's token.
const TEST: &str = include_str!("../../consumer/sign_in.rs");

/// Creates a crate that uses the packages, outside of the workspace, and runs its test.
///
/// # Errors
///
/// Fails if the crate does not compile, or if its test fails.
pub(super) fn check(all: &Packages) -> Result {
    let workspace = all.with_tests()?;
    let folder = packages::folder().join("consumer");
    let manifest = all.patch(&manifest(env!("CARGO_PKG_VERSION")), &workspace);
    repository::write(&folder.join("Cargo.toml"), &manifest)?;
    repository::write(&folder.join("src/lib.rs"), "//! Has only a test.\n")?;
    repository::write(&folder.join("tests/sign_in.rs"), TEST)?;
    packages::lock(&folder)?;
    process::run(&mut packages::cargo(&folder, &["test", "--locked"]))
}

fn manifest(version: &str) -> String {
    format!(
        r#"[package]
name = "consumer"
version = "0.0.0"
edition = "2024"

[dependencies]
axum = {{ version = "0.8", default-features = false }}
cognito = "{version}"
cognito-axum = "{version}"
cognito-emulator = {{ version = "{version}", default-features = false }}
cognito-jwt = "{version}"
http = "1"
http-body-util = "0.1"
tokio = {{ version = "1", features = ["macros", "rt-multi-thread"] }}
tower = {{ version = "0.5", features = ["util"] }}

[profile.dev]
debug = false
incremental = false

[workspace]
"#
    )
}
