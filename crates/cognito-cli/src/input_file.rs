//! The file that `cognito users import` and `cognito users bulk` read.

use std::fs;
use std::io;
use std::path::Path;

use serde::Deserialize;

use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::{checksum, encryption, private_file};

/// Reads a file, without decrypting it.
///
/// If the file has a manifest (`FILE.manifest.json`), fails if the file differs from the export
/// that the manifest describes. If an encrypted file has no manifest, shows a warning.
pub(crate) fn read(context: &Context, file: &Path) -> Outcome<Vec<u8>> {
    let shown = file.display();
    let content =
        fs::read(file).map_err(|error| Failure::usage(format!("cannot read {shown}: {error}")))?;
    match is_of_manifest(file, &content)? {
        Some(false) => Err(Failure::usage(format!(
            "{shown} is incomplete or was changed after the export: its SHA-256 is not that of \
             {shown}.manifest.json; to use it anyway, move the manifest away"
        ))),
        None if encryption::is_encrypted(&content) => {
            context.message(&format!(
                "{shown} has no manifest: everyone who has the public key can write such a file; \
                 compare its SHA-256 with that of the export"
            ));
            Ok(content)
        }
        _ => Ok(content),
    }
}

/// Compares the SHA-256 of `content` with the manifest of `file`. Returns `Some(true)` if they are
/// equal, and `Some(false)` if they differ. Returns `None` if there is no manifest.
fn is_of_manifest(file: &Path, content: &[u8]) -> Outcome<Option<bool>> {
    #[derive(Deserialize)]
    struct Manifest {
        sha256: String,
    }
    match fs::read(private_file::beside(file, ".manifest.json")) {
        Ok(text) => {
            let manifest: Manifest = serde_json::from_slice(&text)?;
            Ok(Some(manifest.sha256 == checksum::sha256(content)))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}
