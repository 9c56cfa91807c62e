//! The folder `FILE.parts` of an incomplete export. It contains the options of the export and the
//! rows that were read so far.
//!
//! The rows are divided into parts: one part for each list of users
//! ([`UserList`](crate::user_list::UserList)), and one part for the members of the groups. The name
//! of a part is, for example, `users-0` or `groups`. Each part has a file with rows and a file with
//! a checkpoint. The checkpoint contains the length of the rows, and is written after the rows are
//! on disk. When the export is resumed, the rows after this length are cut off.
//!
//! The rows and the checkpoints of an encrypted export are encrypted with a [`Seal`].

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::seal::{self, Blocks, Seal};
use super::{Selection, join};
use crate::encryption::{Identities, Recipients};
use crate::failure::{Exit, Failure, Outcome};
use crate::private_file;

/// The folder `FILE.parts` of an incomplete export.
pub(super) struct Parts<'a> {
    /// The file that the export creates.
    pub(super) target: PathBuf,
    /// The recipients of an encrypted export.
    pub(super) recipients: Option<&'a Recipients>,
    folder: PathBuf,
    /// The key of an encrypted export.
    seal: Option<Arc<Seal>>,
    /// The lock file. It is locked until this value is dropped, so that no other process changes
    /// the folder.
    _lock: File,
}

impl<'a> Parts<'a> {
    /// Creates the folder of a new export. If `resume` is `true`, opens the folder of an
    /// interrupted export. Returns `None` if the export to resume is already complete.
    ///
    /// If there are recipients, the export is encrypted. `identities` are needed to resume it.
    pub(super) fn open(
        target: &Path,
        selection: &Selection,
        resume: bool,
        recipients: Option<&'a Recipients>,
        identities: Option<&Identities>,
    ) -> Outcome<Option<Self>> {
        let folder = private_file::beside(target, ".parts");
        let shown = target.display();
        // This folder exists if an earlier process was killed at the end of an export.
        delete(&private_file::beside(target, ".parts-done"))?;
        let mut created = None;
        match (resume, exists(target), exists(&folder)) {
            (true, true, has_parts) => {
                if !join::is_complete(target, selection)? {
                    return Err(Failure::usage(format!(
                        "{shown} already exists, and is not the result of this export, or others \
                         can read or change it or its manifest"
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
                if let Some(recipients) = recipients {
                    created = Some(Seal::create(&folder.join(KEY), recipients)?);
                }
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
        let seal = match (created, recipients) {
            (None, Some(_)) => Some(earlier_seal(&folder, identities)?),
            (created, _) => created,
        };
        Ok(Some(Self {
            target: target.to_owned(),
            recipients,
            folder,
            seal: seal.map(Arc::new),
            _lock: lock,
        }))
    }

    /// Opens the part of the export with this name at its last checkpoint. Creates the part if it
    /// does not exist.
    pub(super) fn part(&self, name: &str) -> Outcome<Part> {
        let checkpoint = self.folder.join(format!("{name}.json"));
        let at = self.checkpoint(name, &checkpoint)?.unwrap_or_default();
        let file = private_file::open(&self.rows(name))?;
        if file.metadata()?.len() < at.bytes {
            let text = format!("{} was changed", self.rows(name).display());
            return Err(Failure::new(Exit::Failed, text));
        }
        let mut part = Part {
            name: name.to_owned(),
            checkpoint,
            at,
            file,
            rows: Vec::new(),
            seal: self.seal.clone(),
        };
        part.cut()?;
        Ok(part)
    }

    fn checkpoint(&self, name: &str, file: &Path) -> Outcome<Option<Checkpoint>> {
        let Some(seal) = &self.seal else {
            return read_json(file);
        };
        match fs::read(file) {
            Ok(sealed) => {
                let clear = seal.read(name, CHECKPOINT, sealed)?;
                Ok(Some(serde_json::from_slice(&clear)?))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns a reader of the rows in the part of the export with this name, such as `users-0`.
    pub(super) fn reader(&self, name: &str) -> Outcome<Box<dyn BufRead>> {
        let file = File::open(self.rows(name))?;
        Ok(match &self.seal {
            Some(seal) => Box::new(BufReader::new(Blocks::new(file, name, Arc::clone(seal)))),
            None => Box::new(BufReader::new(file)),
        })
    }

    /// Returns the path of the file that contains the rows of the part with this name.
    fn rows(&self, name: &str) -> PathBuf {
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

/// The name of the file with the key of an encrypted export.
const KEY: &str = "key.age";

/// The position of a checkpoint in [`Seal::close`]. No block of rows has this position.
const CHECKPOINT: u64 = u64::MAX;

/// The size of the rows in memory, in bytes, at which [`Part::add`] writes them to the file.
const MOST_ROWS: usize = 64 * 1024;

/// Reads the key of an interrupted export.
fn earlier_seal(folder: &Path, identities: Option<&Identities>) -> Outcome<Seal> {
    let Some(identities) = identities else {
        return Err(Failure::usage(format!(
            "add --identity FILE with the key of a recipient, because the rows so far are \
             encrypted; or delete {}, and start again",
            folder.display()
        )));
    };
    Seal::open(&folder.join(KEY), identities)
}

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
    let metadata = fs::symlink_metadata(folder)?;
    let is_own =
        metadata.is_dir() && private_file::is_private(&metadata) && exists(&folder.join(SELECTION));
    if is_own {
        return Ok(());
    }
    let folder = folder.display();
    Err(Failure::usage(format!(
        "{folder} is not of an export, or others can change it: move it away"
    )))
}

/// Deletes the folder of an export, if it exists.
///
/// `selection.json` is deleted last, because it identifies the folder as the folder of an export.
/// If this process is killed earlier, the deletion can be repeated.
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

/// The progress of a part of an export: the rows that are on disk, and the page to read next.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub(super) struct Checkpoint {
    /// The length of the complete rows on disk, in bytes.
    bytes: u64,
    /// The number of rows.
    pub(super) rows: u64,
    /// The page token of the next page. `None` before the first page and after the last page.
    pub(super) token: Option<String>,
    /// `true` if all rows of the part are on disk.
    pub(super) is_complete: bool,
}

/// A part of an export, such as the rows of one list of users, open for writing.
pub(super) struct Part {
    name: String,
    checkpoint: PathBuf,
    pub(super) at: Checkpoint,
    file: File,
    /// The rows that are not in the file yet.
    rows: Vec<u8>,
    seal: Option<Arc<Seal>>,
}

impl Part {
    /// Adds a row. If the command is interrupted before the next [`advance`](Self::advance), the
    /// row is lost.
    pub(super) fn add(&mut self, row: &impl Serialize) -> Outcome<()> {
        serde_json::to_writer(&mut self.rows, row)?;
        self.rows.push(b'\n');
        self.at.rows += 1;
        if self.rows.len() >= MOST_ROWS {
            self.write()?;
        }
        Ok(())
    }

    /// Writes the rows of a page to disk, and then the checkpoint. `token` is the page token of the
    /// next page. It is `None` if this was the last page.
    pub(super) fn advance(&mut self, token: Option<String>) -> Outcome<()> {
        self.write()?;
        self.file.sync_data()?;
        self.at.bytes = self.file.stream_position()?;
        self.at.is_complete = token.is_none();
        self.at.token = token;
        self.save()
    }

    /// Removes all rows of the part, so that its list is read again from the first page.
    pub(super) fn restart(&mut self) -> Outcome<()> {
        self.at = Checkpoint::default();
        self.save()?;
        self.cut()
    }

    /// Writes the new rows to the file. In an encrypted export, they are one block.
    fn write(&mut self) -> Outcome<()> {
        let mut rows = std::mem::take(&mut self.rows);
        match &self.seal {
            Some(seal) if !rows.is_empty() => {
                let position = self.file.stream_position()?;
                let block = seal.close(&self.name, position, &rows)?;
                self.file.write_all(&seal::length(&block))?;
                self.file.write_all(&block)?;
            }
            _ => self.file.write_all(&rows)?,
        }
        rows.clear();
        self.rows = rows;
        Ok(())
    }

    fn save(&self) -> Outcome<()> {
        let mut checkpoint = serde_json::to_vec(&self.at)?;
        if let Some(seal) = &self.seal {
            checkpoint = seal.close(&self.name, CHECKPOINT, &checkpoint)?;
        }
        private_file::replace(&self.checkpoint, &checkpoint)?;
        Ok(())
    }

    /// Removes the rows after the checkpoint.
    fn cut(&mut self) -> Outcome<()> {
        self.rows.clear();
        self.file.set_len(self.at.bytes)?;
        self.file.seek(SeekFrom::Start(self.at.bytes))?;
        Ok(())
    }
}
