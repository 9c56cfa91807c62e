//! A directory that keeps the certificate authority (CA) between starts.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use super::authority::Authority;
use super::failed;
use crate::model::error::StartError;
use crate::model::private::complaint;
use crate::model::random::Random;

/// The file with the certificate of the CA, for clients. It is a copy of the certificate in
/// [`KEY`].
const CERTIFICATE: &str = "ca.pem";
/// The file from which the emulator reads the CA: its certificate and its private key. Both are in
/// one file, so that they are written together.
const KEY: &str = "ca-key.pem";

/// Returns the CA in a directory. If there is none, creates the directory and a CA.
pub(super) fn authority(directory: &Path, hosts: &[String]) -> Result<Authority, StartError> {
    let cannot = |error: io::Error| StartError::Https {
        reason: format!("cannot use the directory {}", directory.display()),
        source: Some(error),
    };
    create(directory).map_err(cannot)?;
    check_private(directory, 0o022, "writable")?;
    let path = directory.join(KEY);
    if !path.try_exists().map_err(cannot)? {
        let new = Authority::new(hosts)?.to_pem();
        add(directory, &path, &new).map_err(cannot)?;
    }
    check_private(&path, 0o077, "accessible")?;
    let text = fs::read_to_string(&path).map_err(cannot)?;
    let authority = Authority::from_pem(&text).ok_or_else(|| {
        failed(format!(
            "{} contains no certificate with a private key: remove it",
            path.display()
        ))
    })?;
    let public = directory.join(CERTIFICATE);
    let is_written = fs::read_to_string(&public).is_ok_and(|text| text == authority.certificate);
    if !is_written {
        fs::write(&public, &authority.certificate).map_err(cannot)?;
    }
    Ok(authority)
}

/// Creates a directory and its parents if they do not exist. On Unix, only the user who runs this
/// process has access to the new directories.
fn create(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

/// Adds a file. On Unix, only the user who runs this process can read it. If another process has
/// added the file first, keeps the file of that process.
///
/// Other processes see the file only with its whole content: the content is written to a draft, and
/// the file is created as a hard link to the draft.
fn add(directory: &Path, path: &Path, text: &str) -> io::Result<()> {
    let draft = directory.join(format!(".{KEY}.{}", Random::new(None).uuid()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all());
    let linked = written.and_then(|()| match fs::hard_link(&draft, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        done => done,
    });
    fs::remove_file(&draft)?;
    linked
}

/// Fails if a file or directory belongs to another user (other than root), or if its mode has a bit
/// of `mask`. `right` describes these bits in the error message.
fn check_private(path: &Path, mask: u32, right: &str) -> Result<(), StartError> {
    let metadata = fs::metadata(path).map_err(|error| StartError::Https {
        reason: format!("cannot read {}", path.display()),
        source: Some(error),
    })?;
    match complaint(&metadata, mask, right) {
        Some(complaint) => Err(failed(format!("{} {complaint}", path.display()))),
        None => Ok(()),
    }
}
