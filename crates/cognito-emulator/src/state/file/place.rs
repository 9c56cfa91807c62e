//! The place of a state file in the file system ([`Place`]).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{FOREIGN, READ_ONLY};
use crate::model::private::complaint;

/// The paths of an open state file (the database and its log, `-wal`), and the identities of the
/// files at these paths.
///
/// [`is_kept`](Self::is_kept) compares them with the files that exist now. Without this check,
/// changes would be lost after a file was moved or deleted, because an open file can still be
/// written.
pub(super) struct Place {
    path: PathBuf,
    file: Identity,
    log: PathBuf,
    /// The identity of SQLite's write-ahead log. If the file at the path `log` has another
    /// identity, the log was moved or deleted. `None` until the log exists.
    log_file: Option<Identity>,
}

impl Place {
    /// Determines the paths of an open state file, which is an SQLite database, and of its
    /// write-ahead log. If `path` is a symbolic link, the log is next to its target.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let mut log = fs::canonicalize(path)?.into_os_string();
        log.push("-wal");
        // The process may change its directory.
        let path = std::path::absolute(path)?;
        Ok(Self {
            file: identity(&path)?,
            path,
            log: log.into(),
            log_file: None,
        })
    }

    /// Returns the path of SQLite's write-ahead log.
    pub(super) fn log(&self) -> &Path {
        &self.log
    }

    /// Stores the identity of SQLite's write-ahead log, if the log exists and no identity is stored
    /// yet.
    pub(super) fn find_log(&mut self) {
        if self.log_file.is_none() {
            self.log_file = identity(&self.log).ok();
        }
    }

    /// Returns `true` if the database and its log were neither moved nor deleted.
    pub(super) fn is_kept(&self) -> bool {
        let has = |path, file| identity(path).is_ok_and(|found| found == file);
        has(&self.path, self.file) && self.log_file.is_none_or(|file| has(&self.log, file))
    }
}

/// The device and the number (inode) of a file.
#[cfg(unix)]
type Identity = (u64, u64);

#[cfg(unix)]
fn identity(path: &Path) -> io::Result<Identity> {
    use std::os::unix::fs::MetadataExt;

    fs::metadata(path).map(|metadata| (metadata.dev(), metadata.ino()))
}

/// The identity of a file on systems other than Unix. It is empty, because these systems do not
/// allow a process to move or delete an open file.
#[cfg(not(unix))]
type Identity = ();

#[cfg(not(unix))]
fn identity(path: &Path) -> io::Result<Identity> {
    fs::metadata(path).map(drop)
}

/// Creates an empty state file if no file exists at `path`. Fails if the path cannot be used as a
/// state file.
pub(super) fn create(path: &Path) -> Result<(), String> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    // The file contains secrets. SQLite gives its other files the same permissions.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let metadata = fs::metadata(path).map_err(|error| cannot_open(&error))?;
            if metadata.is_dir() {
                return Err("it is a directory: use the path of a file".to_owned());
            }
            if metadata.permissions().readonly() {
                return Err(READ_ONLY.to_owned());
            }
            // SQLite overwrites a file of one byte.
            if !metadata.is_file() || metadata.len() == 1 {
                return Err(FOREIGN.to_owned());
            }
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err("its directory does not exist: create the directory".to_owned())
        }
        Err(error) => Err(cannot_open(&error)),
    }
}

/// Fails if other users have access to the state file. If `path` is a symbolic link, checks the
/// target of the link.
pub(super) fn check_private(path: &Path) -> Result<(), String> {
    let metadata = fs::metadata(path).map_err(|error| cannot_open(&error))?;
    match complaint(&metadata, 0o077, "accessible") {
        Some(complaint) => Err(format!(
            "it {complaint}: use a file of your own, with the mode 600"
        )),
        None => Ok(()),
    }
}

pub(super) fn cannot_open(error: &io::Error) -> String {
    format!("it cannot be opened: {error}")
}
