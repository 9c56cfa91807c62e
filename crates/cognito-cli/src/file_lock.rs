//! A lock for a file that is replaced at each change.
//!
//! The replaced file itself cannot hold the lock. Therefore the lock is on a second file in the
//! same folder.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::failure::{Exit, Failure, Outcome};
use crate::private_file;

/// A lock on a file. It is released when this value is dropped.
pub(crate) struct FileLock {
    path: PathBuf,
    _file: File,
}

impl FileLock {
    /// Locks a file. Fails if another process has locked it.
    pub(crate) fn new(path: &Path) -> Outcome<Self> {
        let shown = path.display();
        let lock = private_file::beside(path, ".lock");
        let file = private_file::open(&lock)
            .map_err(|error| Failure::usage(format!("cannot write {}: {error}", lock.display())))?;
        file.try_lock()
            .map_err(|_| Failure::new(Exit::Failed, format!("another process uses {shown}")))?;
        Ok(Self {
            path: lock,
            _file: file,
        })
    }

    /// Deletes the lock file, and releases the lock. Delete the locked file before this call.
    /// Otherwise another process could lock the file and read it before it is deleted.
    pub(crate) fn remove(self) {
        let _ = fs::remove_file(&self.path);
    }
}
