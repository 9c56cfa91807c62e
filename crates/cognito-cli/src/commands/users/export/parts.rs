//! The folder `FILE.parts` of an incomplete export. It contains the options of the export, and the
//! files of each part.
//!
//! A part has a file with rows and a file with a checkpoint. The checkpoint contains the length of
//! the rows, and is written after the rows are on disk. When the export is resumed, the rows after
//! this length are cut off.

use std::fs::{self, File};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Selection, join};
use crate::failure::{Exit, Failure, Outcome};
use crate::private_file;

/// The folder `FILE.parts` of an incomplete export.
pub(super) struct Parts {
    /// The file that the export creates.
    pub(super) target: PathBuf,
    folder: PathBuf,
    /// The lock file. It is locked until this value is dropped, so that no other process changes
    /// the folder.
    _lock: File,
}

impl Parts {
    /// Creates the folder of a new export. If `resume` is `true`, opens the folder of an
    /// interrupted export. Returns `None` if the export to resume is already complete.
    pub(super) fn open(
        target: &Path,
        selection: &Selection,
        resume: bool,
    ) -> Outcome<Option<Self>> {
        let folder = private_file::beside(target, ".parts");
        let shown = target.display();
        // A rest of an export whose process was killed at its end.
        delete(&private_file::beside(target, ".parts-done"))?;
        match (resume, exists(target), exists(&folder)) {
            (true, true, has_parts) => {
                if !join::is_complete(target, selection)? {
                    return Err(Failure::usage(format!(
                        "{shown} already exists, and is not the result of this export"
                    )));
                }
                if has_parts {
                    delete(&folder)?;
                }
                return Ok(None);
            }
            (true, false, false) => {
                return Err(Failure::usage(format!("no export to {shown} was started")));
            }
            (false, _, true) => {
                let parts = folder.display();
                return Err(Failure::usage(format!(
                    "an export to {shown} was interrupted: add --resume, or delete {parts}"
                )));
            }
            (false, true, false) => {
                return Err(Failure::usage(format!("{shown} already exists")));
            }
            (true, false, true) => check_own(&folder)?,
            (false, false, false) => {
                create_folder(&folder)?;
                let selection = serde_json::to_vec(selection)?;
                private_file::replace(&folder.join(SELECTION), &selection)?;
            }
        }
        let lock = private_file::open(&folder.join("lock"))?;
        if lock.try_lock().is_err() {
            let text = format!("another process exports to {shown}");
            return Err(Failure::new(Exit::Failed, text));
        }
        if read_json::<Selection>(&folder.join(SELECTION))?.as_ref() != Some(selection) {
            return Err(Failure::usage(
                "the interrupted export has another pool or other options: resume with the same",
            ));
        }
        Ok(Some(Self {
            target: target.to_owned(),
            folder,
            _lock: lock,
        }))
    }

    /// Opens the part `name` at its last checkpoint. Creates the part if it does not exist.
    pub(super) fn part(&self, name: &str) -> Outcome<Part> {
        let checkpoint = self.folder.join(format!("{name}.json"));
        let at: Checkpoint = read_json(&checkpoint)?.unwrap_or_default();
        let file = private_file::open(&self.rows(name))?;
        if file.metadata()?.len() < at.bytes {
            let text = format!("{} was changed", self.rows(name).display());
            return Err(Failure::new(Exit::Failed, text));
        }
        let mut part = Part {
            checkpoint,
            at,
            rows: BufWriter::new(file),
        };
        part.cut()?;
        Ok(part)
    }

    /// Returns the path of the file with the rows of the part `name`.
    pub(super) fn rows(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.ndjson"))
    }

    /// Deletes the folder of a complete export. Renames the folder first. If this process is then
    /// killed, no folder `FILE.parts` with missing files is left.
    pub(super) fn delete(&self) -> Outcome<()> {
        let done = private_file::beside(&self.target, ".parts-done");
        fs::rename(&self.folder, &done)?;
        delete(&done)
    }
}

/// The name of the file with the options of the export. Every folder of an export contains it.
const SELECTION: &str = "selection.json";

/// Returns `true` if a file, a folder or a link has this path.
fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Creates the folder of an export. On Unix, only the owner has access to it.
///
/// # Errors
///
/// Fails if the folder exists, because another user may have created it.
fn create_folder(folder: &Path) -> io::Result<()> {
    #[cfg_attr(not(unix), allow(unused_mut, reason = "modes are of Unix"))]
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Checks that a folder was created by an export, and that no other user can change it.
fn check_own(folder: &Path) -> Outcome<()> {
    let is_own = fs::symlink_metadata(folder)?.is_dir()
        && private_file::is_private(folder, &folder.join("owner"))?
        && exists(&folder.join(SELECTION));
    if is_own {
        return Ok(());
    }
    let folder = folder.display();
    Err(Failure::usage(format!(
        "{folder} is not of an export, or others can change it: move it away"
    )))
}

/// Deletes a folder of an export, if it exists. `selection.json` is deleted last. If this process
/// is killed before, the file still shows that an export has created the folder.
fn delete(folder: &Path) -> Outcome<()> {
    if !exists(folder) || fs::remove_dir(folder).is_ok() {
        return Ok(());
    }
    check_own(folder)?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name() != SELECTION {
            fs::remove_file(entry.path())?;
        }
    }
    fs::remove_file(folder.join(SELECTION))?;
    fs::remove_dir(folder)?;
    Ok(())
}

pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Outcome<Option<T>> {
    match fs::read(path) {
        Ok(text) => Ok(Some(serde_json::from_slice(&text)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The progress of a part: the rows that are on disk, and the page to read next.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub(super) struct Checkpoint {
    /// The length of the complete rows on disk, in bytes.
    bytes: u64,
    /// The number of rows.
    pub(super) rows: u64,
    /// The page token of the next page. `None` before the first page and after the last page.
    pub(super) token: Option<String>,
    /// `true` if the part has all rows.
    pub(super) is_complete: bool,
}

/// A part of an export, open for writing.
pub(super) struct Part {
    checkpoint: PathBuf,
    pub(super) at: Checkpoint,
    rows: BufWriter<File>,
}

impl Part {
    /// Adds a row. If the command is interrupted before the next [`advance`](Self::advance), the
    /// row is lost.
    pub(super) fn add(&mut self, row: &impl Serialize) -> Outcome<()> {
        serde_json::to_writer(&mut self.rows, row)?;
        self.rows.write_all(b"\n")?;
        self.at.rows += 1;
        Ok(())
    }

    /// Writes the rows of a page to disk, and then the checkpoint. `token` is the page token of the
    /// next page. It is `None` if this was the last page.
    pub(super) fn advance(&mut self, token: Option<String>) -> Outcome<()> {
        self.rows.flush()?;
        let file = self.rows.get_mut();
        file.sync_data()?;
        self.at.bytes = file.stream_position()?;
        self.at.is_complete = token.is_none();
        self.at.token = token;
        self.save()
    }

    /// Removes all rows of the part, to start it again.
    pub(super) fn restart(&mut self) -> Outcome<()> {
        self.at = Checkpoint::default();
        self.save()?;
        self.cut()
    }

    fn save(&self) -> Outcome<()> {
        private_file::replace(&self.checkpoint, &serde_json::to_vec(&self.at)?)?;
        Ok(())
    }

    /// Removes the rows after the checkpoint.
    fn cut(&mut self) -> Outcome<()> {
        self.rows.flush()?;
        let file = self.rows.get_mut();
        file.set_len(self.at.bytes)?;
        file.seek(SeekFrom::Start(self.at.bytes))?;
        Ok(())
    }
}
