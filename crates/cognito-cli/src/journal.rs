//! The file of a journal: one JSON object in each line. The first line describes the work. Commands
//! that can be resumed append a line before and after each step.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::failure::{Exit, Failure, Outcome};
use crate::private_file;

/// A line of a journal.
pub(crate) trait Entry: DeserializeOwned + Serialize {
    /// The name of the command that writes such journals, such as `users bulk`.
    const COMMAND: &'static str;

    /// Returns `true` if this entry describes the whole work. Only the first entry of a journal
    /// does.
    fn is_head(&self) -> bool;
}

/// The open file of a journal. It is locked until this value is dropped.
pub(crate) struct JournalFile(File);

impl JournalFile {
    /// Creates a journal with these entries. Fails if the file exists.
    pub(crate) fn create<E: Entry>(
        path: &Path,
        entries: impl IntoIterator<Item = E>,
    ) -> Outcome<Self> {
        let mut text = Vec::new();
        for entry in entries {
            serde_json::to_writer(&mut text, &entry)?;
            text.push(b'\n');
        }
        private_file::create_with(path, &text).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => {
                let path = path.display();
                Failure::usage(format!(
                    "{path} already exists: add --resume, or choose another journal"
                ))
            }
            _ => error.into(),
        })?;
        let mut file = locked(path)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Self(file))
    }

    /// Opens the journal of interrupted work. Returns the file, and the entries after the first
    /// one. `check` checks the first entry. If the process was killed while it wrote a line, removes
    /// the incomplete line. If the file is not a journal of the command, or `check` fails, the file
    /// is not changed.
    pub(crate) fn open<E: Entry>(
        path: &Path,
        check: impl FnOnce(E) -> Outcome<()>,
    ) -> Outcome<(Self, Vec<E>)> {
        let shown = path.display();
        let mut text = Vec::new();
        private_file::open_own(path)
            .and_then(|mut file| file.read_to_end(&mut text))
            .map_err(|error| Failure::usage(format!("cannot read {shown}: {error}")))?;
        let length = text.iter().rposition(|byte| *byte == b'\n');
        let length = length.map_or(0, |at| at + 1);
        let lines = text[..length].split(|byte| *byte == b'\n');
        let lines = lines.filter(|line| !line.is_empty());
        let mut entries = lines.map(serde_json::from_slice::<E>);
        let wrong = || Failure::usage(format!("{shown} is not a journal of `{}`", E::COMMAND));
        match entries.next() {
            Some(Ok(head)) if head.is_head() => check(head)?,
            _ => return Err(wrong()),
        }
        let mut file = locked(path)?;
        if file.metadata()?.len() != text.len() as u64 {
            return Err(busy(path));
        }
        let rest = entries.map(|entry| entry.ok().filter(|entry| !entry.is_head()));
        let rest: Vec<E> = rest.collect::<Option<_>>().ok_or_else(wrong)?;
        file.set_len(length as u64)?;
        file.seek(SeekFrom::End(0))?;
        Ok((Self(file), rest))
    }

    /// Appends a line to the file. The line is not lost if this process is killed afterwards.
    pub(crate) fn write(&mut self, entry: &impl Entry) -> Outcome<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        self.0.write_all(&line)?;
        Ok(())
    }
}

/// Opens the journal for writing, and locks the file until it is closed. Fails if another process
/// has locked it.
fn locked(path: &Path) -> Outcome<File> {
    let file = private_file::open_own(path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(_) => Err(busy(path)),
    }
}

fn busy(path: &Path) -> Failure {
    let path = path.display();
    Failure::new(Exit::Failed, format!("another process uses {path}"))
}
