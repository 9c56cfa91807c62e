//! A source that reads the JWKS from a file.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use async_trait::async_trait;

use crate::jwks::key_set::MAX_DOCUMENT_LENGTH;
use crate::jwks::source::{JwksSource, SourceError, SourceErrorKind};

/// A source that reads the JWKS from a file. It is for services without internet access: the file
/// is a mounted secret, or a copy that another process updates.
///
/// The file is read for each renewal of the keys (see
/// [`refresh_every`](crate::CognitoVerifierBuilder::refresh_every)) and for unknown key ids.
/// Reading blocks the thread for a short time. A file of more than 64 KiB is rejected. The source
/// returns the same JWKS for every URL, so use it for one pool only.
///
/// # Security
///
/// An attacker who can write the file can forge tokens. Therefore only trusted users must have
/// write access to it.
#[derive(Clone, Debug)]
pub struct FileJwks {
    path: PathBuf,
}

impl FileJwks {
    /// Creates a source that reads the JWKS from the file at `path`. The file need not exist before
    /// the first fetch.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }
}

#[async_trait]
impl JwksSource for FileJwks {
    async fn fetch(&self, _jwks_uri: &str) -> Result<Vec<u8>, SourceError> {
        let document = read(&self.path).map_err(|error| {
            SourceError::new(
                SourceErrorKind::Unreadable,
                "the file cannot be read: check its path and permissions",
            )
            .with_source(error)
        })?;
        if document.len() > MAX_DOCUMENT_LENGTH {
            return Err(SourceError::new(
                SourceErrorKind::TooLarge,
                "the file is too large: at most 64 KiB are allowed",
            ));
        }
        Ok(document)
    }
}

/// Reads the file. Stops one byte after the maximum length of a JWKS, so that the caller can detect
/// a longer file. Fails if the path is not a regular file.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    // Opening a named pipe would block until another process writes to it.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a file: name a regular file"));
    }
    let mut document = Vec::new();
    File::open(path)?
        .take(MAX_DOCUMENT_LENGTH as u64 + 1)
        .read_to_end(&mut document)?;
    Ok(document)
}
