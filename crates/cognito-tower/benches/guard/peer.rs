//! Builds and starts the benchmark server whose guard is from the library `jwt-authorizer`.
//!
//! This server belongs to a separate workspace, because `jwt-authorizer` depends on ring.
//! `deny.toml` does not allow ring in this workspace.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cognito_testkit::samples;
use serde_json::json;

use crate::server::Server;
use crate::{Result, root, tokens};

const PROGRAM: &str = "guard-jwt-authorizer";

/// Builds the server in the target folder `folder`, and returns the path of the program. The first
/// build takes minutes.
pub(crate) fn build(folder: &Path) -> Result<PathBuf> {
    println!("building {PROGRAM} below {}", folder.display());
    fs::create_dir_all(folder)?;
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--release", "--locked", "--manifest-path"])
        .arg(root().join("crates/cognito-jwt/benches/peers/Cargo.toml"))
        .arg("--target-dir")
        .arg(folder)
        .args(["--features", PROGRAM, "--bin", PROGRAM])
        .stdin(Stdio::null())
        .output()?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let line = text.lines().find(|line| line.starts_with("error"));
        return Err(line
            .unwrap_or("the build failed without a message")
            .to_owned()
            .into());
    }
    Ok(folder.join("release").join(PROGRAM))
}

pub(crate) fn start(program: &Path) -> Result<Server> {
    let pool = samples::pool();
    let setup = json!({
        "client_id": pool.client_id(),
        "forged": "",
        "issuer": pool.issuer(),
        "jwks": pool.jwks_json(),
        "region": pool.user_pool_id().split('_').next(),
        "token": tokens::token(0),
        "user_pool_id": pool.user_pool_id(),
    });
    Server::peer(program, &setup.to_string(), &program.with_extension("log"))
}
