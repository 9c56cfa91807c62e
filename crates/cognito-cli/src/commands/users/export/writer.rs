//! Writes the exported file, in its format.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufWriter, Write};

use aws_lc_rs::digest::{self, SHA256};

use super::{FileFormat, Selection};
use crate::checksum::hex;
use crate::encryption::{MaybeEncrypted, Recipients};
use crate::failure::{Exit, Failure, Outcome};
use crate::output;
use crate::user_record::UserRecord;

/// A writer for the exported file, in its format.
pub(super) struct Writer<'a> {
    out: BufWriter<MaybeEncrypted<Hashing>>,
    selection: &'a Selection,
    /// The attributes that have a column in a CSV file.
    pub(super) columns: BTreeSet<String>,
}

impl<'a> Writer<'a> {
    /// Returns a writer to `file`. Encrypts the file if there are recipients.
    pub(super) fn new(
        file: File,
        selection: &'a Selection,
        recipients: Option<&Recipients>,
    ) -> Outcome<Self> {
        let out = Hashing {
            file,
            bytes: 0,
            hash: digest::Context::new(&SHA256),
        };
        Ok(Self {
            out: BufWriter::new(MaybeEncrypted::new(out, recipients)?),
            selection,
            columns: BTreeSet::new(),
        })
    }

    pub(super) fn header(&mut self) -> Outcome<()> {
        let mut names = vec![
            "username", "sub", "status", "enabled", "created", "modified",
        ];
        names.extend(self.selection.groups.then_some("groups"));
        names.extend(self.selection.mfa.then_some("mfa"));
        names.extend(self.columns.iter().map(String::as_str));
        csv_row(&mut self.out, names)
    }

    pub(super) fn line(&mut self, line: &str) -> Outcome<()> {
        self.out.write_all(line.as_bytes())?;
        self.out.write_all(b"\n")?;
        Ok(())
    }

    pub(super) fn user(&mut self, user: &UserRecord) -> Outcome<()> {
        if self.selection.format == FileFormat::Ndjson {
            serde_json::to_writer(&mut self.out, user)?;
            self.out.write_all(b"\n")?;
            return Ok(());
        }
        let enabled = user.enabled.to_string();
        let words = |list: &Option<Vec<String>>| list.as_deref().unwrap_or_default().join(" ");
        let (groups, mfa) = (words(&user.groups), words(&user.mfa));
        let mut cells = vec![user.username.as_str(), user.sub.as_str()];
        cells.extend([user.status.as_str(), enabled.as_str()]);
        cells.push(user.created.as_deref().unwrap_or_default());
        cells.push(user.modified.as_deref().unwrap_or_default());
        cells.extend(self.selection.groups.then_some(groups.as_str()));
        cells.extend(self.selection.mfa.then_some(mfa.as_str()));
        let value = |name| user.attributes.get(name).map_or("", String::as_str);
        cells.extend(self.columns.iter().map(value));
        csv_row(&mut self.out, cells)
    }

    /// Writes all data to disk. Returns the length and the SHA-256 of the file.
    pub(super) fn finish(self) -> Outcome<(u64, String)> {
        let out = self.out.into_inner();
        let out = out.map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
        let out = out.finish()?;
        out.file.sync_data()?;
        Ok((out.bytes, hex(out.hash.finish().as_ref())))
    }
}

fn csv_row(out: impl Write, cells: Vec<&str>) -> Outcome<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(cells.into_iter().map(output::csv_cell))?;
    csv.flush()?;
    Ok(())
}

/// A file that counts and hashes the bytes that are written to it.
struct Hashing {
    file: File,
    bytes: u64,
    hash: digest::Context,
}

impl Write for Hashing {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.file.write(buffer)?;
        self.hash.update(&buffer[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
