//! Files that only their owner can read (mode 0600 on Unix).

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::rand;

/// Opens a file for writing, and keeps its content. If the file does not exist, creates a file that
/// only the owner can read.
///
/// Security: a link is not followed. Otherwise another user who can write to the folder could make
/// this process create or change any of its own files.
///
/// # Errors
///
/// If the file exists, fails like [`open_own`].
pub(crate) fn open(path: &Path) -> io::Result<File> {
    loop {
        match options().create_new(true).open(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            created => return created,
        }
        match open_checked(path, OpenOptions::new().write(true)) {
            // Another process has deleted the file in the meantime.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            opened => return opened,
        }
    }
}

/// Opens an existing file for reading and writing.
///
/// # Errors
///
/// Fails if the path is not a regular file, for example a link. Also fails if other users own the
/// file or have access to it.
pub(crate) fn open_own(path: &Path) -> io::Result<File> {
    open_checked(path, OpenOptions::new().read(true).write(true))
}

/// Opens an existing file for reading.
///
/// # Errors
///
/// Fails like [`open_own`].
pub(crate) fn open_own_to_read(path: &Path) -> io::Result<File> {
    open_checked(path, OpenOptions::new().read(true))
}

fn open_checked(path: &Path, options: &OpenOptions) -> io::Result<File> {
    let found = fs::symlink_metadata(path)?;
    if found.is_file() {
        let file = options.open(path)?;
        let opened = file.metadata()?;
        // The path can have got another file, or a link, before the file was opened.
        if is_same(&found, &opened) && is_private(&opened) {
            return Ok(file);
        }
    }
    let text = "it is a link or no file, or others can read or change it";
    Err(io::Error::new(io::ErrorKind::PermissionDenied, text))
}

/// Opens an existing file for reading. Other users may have permission to read it, but not to
/// change it.
///
/// # Errors
///
/// Fails if the file belongs neither to the user of this process nor to root, or if other users can
/// change it.
pub(crate) fn open_unchangeable(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    if can_others_change(&file.metadata()?) {
        let text = "others can change it";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
    }
    Ok(file)
}

#[cfg(unix)]
fn is_same(one: &fs::Metadata, other: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
const fn is_same(_one: &fs::Metadata, _other: &fs::Metadata) -> bool {
    true
}

/// Returns `true` if the file or folder belongs to the user of this process, and no other user has
/// access.
#[cfg(unix)]
pub(crate) fn is_private(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    metadata.mode() & 0o077 == 0 && metadata.uid() == rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
pub(crate) const fn is_private(_metadata: &fs::Metadata) -> bool {
    true
}

#[cfg(unix)]
fn can_others_change(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    let owners = [0, rustix::process::geteuid().as_raw()];
    metadata.mode() & 0o022 != 0 || !owners.contains(&metadata.uid())
}

#[cfg(not(unix))]
const fn can_others_change(_metadata: &fs::Metadata) -> bool {
    false
}

/// Returns the options to open a file for writing. If opening creates the file, only the owner can
/// read the file.
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
///
/// # Errors
///
/// Fails if the path exists and is neither a file nor a link to a file.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    check_target(path)?;
    let new = written(path, content)?;
    discard_if_failed(fs::rename(&new, path), &new)
}

/// Checks whether a file may be replaced. Without this check, a command that runs as root could
/// replace `/dev/null` and break the host.
///
/// # Errors
///
/// Fails if the path exists and is neither a file nor a link to a file.
pub(crate) fn check_target(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is not a regular file",
        )),
        // A link to nothing is replaced, not followed.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other.map(drop),
    }
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

/// Writes a file with a random temporary name, and returns its path. No other file is removed.
fn written(path: &Path, content: &[u8]) -> io::Result<PathBuf> {
    let mut random = [0; 8];
    rand::fill(&mut random).map_err(|_| io::Error::other("no random numbers"))?;
    let new = beside(path, &format!(".{:016x}.new", u64::from_be_bytes(random)));
    let mut file = options().create_new(true).open(&new)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let name = format!("cognito-private-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    /// Creates a folder with a private file and a link to the file. Returns their paths.
    #[cfg(unix)]
    fn linked(name: &str) -> [PathBuf; 3] {
        let folder = folder(name);
        let (file, link) = (folder.join("file"), folder.join("link"));
        create(&file).unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        [folder, file, link]
    }

    #[test]
    fn only_regular_files_are_replaced() {
        let folder = folder("replace");
        let file = folder.join("file");
        let other = folder.join("file.new");
        fs::write(&other, "other").unwrap();
        for content in ["first", "second"] {
            replace(&file, content.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&file).unwrap(), content);
        }
        assert_eq!(fs::read_to_string(&other).unwrap(), "other");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
        let error = replace(&folder, b"x").unwrap_err();
        assert!(error.to_string().contains("not a regular file"), "{error}");
        fs::remove_dir_all(folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn devices_are_not_replaced() {
        let [folder, _, link] = linked("device");
        replace(&link, b"x").unwrap();
        assert!(!link.is_symlink());
        let to_device = folder.join("to-device");
        std::os::unix::fs::symlink("/dev/null", &to_device).unwrap();
        // A check, not a replacement: a faulty test must not replace the device.
        assert!(check_target(Path::new("/dev/null")).is_err());
        assert!(replace(&to_device, b"x").is_err());
        assert!(to_device.is_symlink());
        fs::remove_dir_all(folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn links_create_and_open_no_file() {
        let [folder, file, link] = linked("follow");
        let (target, dangling) = (folder.join("target"), folder.join("dangling"));
        std::os::unix::fs::symlink(&target, &dangling).unwrap();
        for path in [&link, &dangling] {
            assert!(open(path).is_err(), "{}", path.display());
        }
        assert!(!target.exists());
        // A file of this user is opened, and keeps its content.
        fs::write(&file, "content").unwrap();
        open(&file).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "content");
        open(&target).unwrap();
        assert!(is_private(&target.metadata().unwrap()));
        fs::remove_dir_all(&folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn shared_files_and_links_are_not_opened() {
        use std::os::unix::fs::PermissionsExt;

        let [folder, file, link] = linked("open");
        let beside = beside(&file, ".owner");
        fs::write(&beside, "other").unwrap();
        assert!(open_own(&file).is_ok() && open_own_to_read(&file).is_ok());
        assert_eq!(fs::read_to_string(&beside).unwrap(), "other");
        for path in [&link, &folder] {
            assert!(open_own(path).is_err(), "{}", path.display());
        }
        for mode in [0o640, 0o602] {
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            assert!(open_own(&file).is_err(), "{mode:o}");
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}
