//! Files that only their owner can read (mode 0600 on Unix).

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Opens a file for writing, and keeps its content. If the file does not exist, creates a file that
/// only the owner can read.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    options().create(true).truncate(false).open(path)
}

/// Returns the options to open a file for writing. If this creates the file, only the owner can
/// read it.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Creates a file. Removes an existing file or link first: an earlier run can have left it, or
/// another user can have created it in a shared folder.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    options().create_new(true).open(path)
}

/// Replaces the content of a file. After a crash, the file has the old content or the new one.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let new = written(path, content)?;
    discard_if_failed(fs::rename(&new, path), &new)
}

/// Creates a file with this content. An existing file is kept.
///
/// # Errors
///
/// Fails if the file exists.
pub(crate) fn create_with(path: &Path, content: &[u8]) -> io::Result<()> {
    let new = written(path, content)?;
    discard_if_failed(publish(&new, path), &new)
}

/// Gives a file its final name.
///
/// # Errors
///
/// Fails if a file with this name exists.
pub(crate) fn publish(new: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(new, path) {
        Ok(()) => fs::remove_file(new),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // The file system has no hard links.
        Err(error) if fs::symlink_metadata(path).is_ok() => Err(error),
        Err(_) => fs::rename(new, path),
    }
}

/// Writes a file with a temporary name, and returns its path.
fn written(path: &Path, content: &[u8]) -> io::Result<PathBuf> {
    let new = beside(path, ".new");
    let mut file = create(&new)?;
    let result = file.write_all(content).and_then(|()| file.sync_data());
    discard_if_failed(result, &new)?;
    Ok(new)
}

/// Removes the file `new` if `result` is an error.
fn discard_if_failed(result: io::Result<()>, new: &Path) -> io::Result<()> {
    if result.is_err() {
        let _ = fs::remove_file(new);
    }
    result
}

/// Returns `path` with `suffix` added to the name of the file.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
