//! The JWKS document from a file.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use async_trait::async_trait;

use crate::jwks::key_set::MAX_DOCUMENT_LENGTH;
use crate::jwks::source::{JwksSource, SourceError, SourceErrorKind};

/// A document that is read from a file whenever the keys are renewed: a mounted secret, or a copy
/// that something else keeps up to date, for services without a way out.
///
/// It serves every address it is asked for, so it is for a verifier of one pool. Not more than
/// 64 KiB are read. Reading blocks the thread for a moment; it happens about once in
/// [`refresh_every`](crate::CognitoVerifierBuilder::refresh_every).
///
/// # Security
///
/// Whoever can write the file can let anybody in.
#[derive(Clone, Debug)]
pub struct FileJwks {
    path: PathBuf,
}

impl FileJwks {
    /// The document in this file. It need not be there yet.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }
}

#[async_trait]
impl JwksSource for FileJwks {
    async fn fetch(&self, _jwks_uri: &str) -> Result<Vec<u8>, SourceError> {
        let document = read(&self.path).map_err(|error| {
            SourceError::new(SourceErrorKind::Unreadable, "the file cannot be read")
                .with_source(error)
        })?;
        if document.len() > MAX_DOCUMENT_LENGTH {
            return Err(SourceError::new(
                SourceErrorKind::TooLarge,
                "the file is too large",
            ));
        }
        Ok(document)
    }
}

/// The file's first bytes: up to one more than a document may have.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    // Opening a named pipe would wait for somebody to write into it.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    let mut document = Vec::new();
    File::open(path)?
        .take(MAX_DOCUMENT_LENGTH as u64 + 1)
        .read_to_end(&mut document)?;
    Ok(document)
}
