//! The state file: a SQLite database with one row for each entry ([`StateFile`]).
//!
//! The file is in WAL mode with `synchronous = NORMAL`: a transaction is a write into the log, which
//! the operating system keeps if the process is killed. The log is flushed to the disk when it is
//! copied into the database (a checkpoint). After a power failure, the last transactions can
//! therefore be missing, but the file is intact.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;
use std::thread;

use aws_lc_rs::digest::{Context, SHA256};
use rusqlite::{Connection, ErrorCode, MAIN_DB, OpenFlags, params};

use crate::state::entries::Entry;
use crate::state::journal::Row;

/// The value of `PRAGMA application_id` of a state file: `COGN` in ASCII.
const APPLICATION: i32 = 0x434f_474e;
/// The version of the format: the value of `PRAGMA user_version`.
const VERSION: i32 = 1;
/// If the rows in the log have more bytes than this, or the log has more than [`MOST_TRANSACTIONS`]
/// transactions, the log is copied into the database.
const MOST_BYTES: usize = 8 * 1024 * 1024;
const MOST_TRANSACTIONS: usize = 2_000;

/// The smallest number of entries for which a thread is started.
const FEWEST: usize = 10_000;

const INSERT: &str =
    "INSERT INTO entries (id, scope, kind, key, value) VALUES (?1, ?2, ?3, ?4, ?5)";
const UPDATE: &str = "UPDATE entries SET value = ?2 WHERE id = ?1";
const DELETE: &str = "DELETE FROM entries WHERE id = ?1";

/// An open state file. No other process can open it.
///
/// Each row has a number and a name (its scope, kind and key). New rows get the next number. The
/// names are random, so an index of the names in the file would make each write several times
/// slower. Therefore only the memory has an index of the names.
pub(crate) struct StateFile {
    connection: Connection,
    /// The number of each row, by its [`name`].
    ids: HashMap<u128, i64>,
    /// The highest number of a row so far.
    last: i64,
    /// The size of the rows that were written since the last checkpoint, in bytes.
    bytes: usize,
    transactions: usize,
}

impl StateFile {
    /// Opens a state file and returns its entries, sorted by scope, kind and key. If the file does
    /// not exist, creates it without entries. On Unix, only the user who runs this process can read
    /// a new file.
    ///
    /// Fails with a reason that says what to do.
    pub(crate) fn open(path: &Path) -> Result<(Self, Vec<Entry>), String> {
        create(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection =
            Connection::open_with_flags(path, flags).map_err(|error| reason(&error))?;
        let mut opened = Self {
            connection,
            ids: HashMap::new(),
            last: 0,
            bytes: 0,
            transactions: 0,
        };
        let version = opened.version().map_err(|error| reason(&error))?;
        match version {
            None => return Err(FOREIGN.to_owned()),
            Some(0 | VERSION) => {}
            Some(version) => return Err(other_version(version)),
        }
        if opened.connection.is_readonly(MAIN_DB).unwrap_or(false) {
            return Err(READ_ONLY.to_owned());
        }
        opened
            .prepare(version == Some(0))
            .and_then(|()| opened.entries())
            .map(|entries| (opened, entries))
            .map_err(|error| reason(&error))
    }

    /// Locks the file, and returns the version of its format: 0 if the database is empty, and `None`
    /// if it is the database of another program.
    fn version(&self) -> rusqlite::Result<Option<i32>> {
        let connection = &self.connection;
        // The default waits five seconds for another process.
        connection.busy_timeout(std::time::Duration::ZERO)?;
        // The lock is held until the connection is closed.
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
        let (application, version) = (pragma("application_id")?, pragma("user_version")?);
        let count = "SELECT count(*) FROM sqlite_schema";
        let tables: i64 = connection.query_row(count, [], |row| row.get(0))?;
        Ok(match (application, version, tables) {
            (APPLICATION, version, _) if version != 0 => Some(version),
            (0, 0, 0) => Some(0),
            _ => None,
        })
    }

    /// Sets the modes of the connection. If the database is empty, creates its table.
    fn prepare(&self, is_new: bool) -> rusqlite::Result<()> {
        let connection = &self.connection;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        // A checkpoint waits for the disk, so it must not be a part of a transaction.
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        if is_new {
            connection.execute_batch(&format!(
                "BEGIN IMMEDIATE;
                 CREATE TABLE entries (
                     id INTEGER PRIMARY KEY,
                     scope TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL
                 );
                 PRAGMA application_id = {APPLICATION};
                 PRAGMA user_version = {VERSION};
                 COMMIT;"
            ))?;
        } else {
            // Fails if the file or its directory cannot be written.
            connection.execute_batch("BEGIN IMMEDIATE; COMMIT;")?;
            // A killed process leaves its log. Without this, the logs of many short runs add up. If
            // it fails, for example because the disk is full, a later checkpoint does the same.
            let pragma = "PRAGMA wal_checkpoint(TRUNCATE)";
            let _ = connection.query_row(pragma, [], |_| Ok(()));
        }
        Ok(())
    }

    fn entries(&mut self) -> rusqlite::Result<Vec<Entry>> {
        let query = "SELECT id, scope, kind, key, value FROM entries";
        let mut statement = self.connection.prepare(query)?;
        let rows = statement.query_map([], |row| {
            let entry = Entry {
                scope: row.get(1)?,
                kind: row.get(2)?,
                key: row.get(3)?,
                value: row.get(4)?,
            };
            Ok((row.get(0)?, entry))
        })?;
        let mut entries = Vec::new();
        for row in rows {
            let (id, entry) = row?;
            self.ids
                .insert(name(&entry.scope, &entry.kind, &entry.key), id);
            self.last = self.last.max(id);
            entries.push(entry);
        }
        sort(&mut entries);
        Ok(entries)
    }

    /// Writes rows in one transaction. A row without a value is removed. If a row cannot be written,
    /// none is.
    pub(crate) fn write(&mut self, rows: &[Row<'_>]) -> Result<(), String> {
        let mut earlier = Vec::new();
        match self.transaction(rows, &mut earlier) {
            Ok(bytes) => {
                self.bytes += bytes;
                self.transactions += 1;
                Ok(())
            }
            Err(error) => {
                if !self.connection.is_autocommit() {
                    let _ = self.connection.execute_batch("ROLLBACK");
                }
                for (name, id) in earlier.into_iter().rev() {
                    match id {
                        Some(id) => self.ids.insert(name, id),
                        None => self.ids.remove(&name),
                    };
                }
                Err(reason(&error))
            }
        }
    }

    /// Writes rows, and returns the number of written bytes. For each row that is added or removed,
    /// adds its earlier number to `earlier`. With these numbers, the caller can restore `ids` if
    /// the transaction fails.
    fn transaction(
        &mut self,
        rows: &[Row<'_>],
        earlier: &mut Vec<(u128, Option<i64>)>,
    ) -> rusqlite::Result<usize> {
        let connection = &self.connection;
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let mut bytes = 0;
        for ((scope, kind, key), value) in rows {
            let name = name(scope, kind, key);
            let id = self.ids.get(&name).copied();
            match (id, value) {
                (None, None) => {}
                (Some(id), None) => {
                    connection.prepare_cached(DELETE)?.execute([id])?;
                    earlier.push((name, self.ids.remove(&name)));
                }
                (Some(id), Some(value)) => {
                    let mut update = connection.prepare_cached(UPDATE)?;
                    update.execute(params![id, value])?;
                }
                (None, Some(value)) => {
                    self.last += 1;
                    let mut insert = connection.prepare_cached(INSERT)?;
                    insert.execute(params![self.last, scope, kind, key, value])?;
                    earlier.push((name, self.ids.insert(name, self.last)));
                }
            }
            bytes += value.map_or(0, str::len);
        }
        connection.prepare_cached("COMMIT")?.execute([])?;
        Ok(bytes)
    }

    /// Limits the size of the database, as a full disk does.
    #[cfg(test)]
    pub(crate) fn limit(&self, pages: i32) {
        let set = self.connection.pragma_update(None, "max_page_count", pages);
        set.expect("the limit is set");
    }

    /// Returns `true` if the log is so large that a checkpoint is useful.
    pub(crate) const fn needs_checkpoint(&self) -> bool {
        self.bytes > MOST_BYTES || self.transactions > MOST_TRANSACTIONS
    }

    /// Copies the log into the database, and waits for the disk. The log is then used again from its
    /// beginning.
    pub(crate) fn checkpoint(&mut self) -> Result<(), String> {
        (self.bytes, self.transactions) = (0, 0);
        let connection = &self.connection;
        let pragma = "PRAGMA wal_checkpoint(RESTART)";
        connection
            .query_row(pragma, [], |_| Ok(()))
            // The first transaction after a checkpoint waits for the disk, too. This one changes
            // nothing.
            .and_then(|()| connection.pragma_update(None, "user_version", VERSION))
            .map_err(|error| reason(&error))
    }
}

/// Sorts entries. Two threads sort one half each.
fn sort(entries: &mut [Entry]) {
    let (first, second) = entries.split_at_mut(entries.len() / 2);
    if second.len() > FEWEST {
        thread::scope(|threads| {
            threads.spawn(|| second.sort_unstable());
            first.sort_unstable();
        });
    }
    // This sort is fast if the halves are sorted.
    entries.sort();
}

/// Returns a digest of the name of a row, which takes less memory than the name.
fn name(scope: &str, kind: &str, key: &str) -> u128 {
    let mut context = Context::new(&SHA256);
    for part in [scope, kind, key] {
        context.update(&part.len().to_le_bytes());
        context.update(part.as_bytes());
    }
    let digest = context.finish();
    let bytes = digest.as_ref().first_chunk().copied();
    u128::from_le_bytes(bytes.unwrap_or_default())
}

/// Creates the file if it does not exist.
fn create(path: &Path) -> Result<(), String> {
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
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err("its directory does not exist: create the directory".to_owned())
        }
        Err(error) => Err(cannot_open(&error)),
    }
}

fn cannot_open(error: &io::Error) -> String {
    format!("it cannot be opened: {error}")
}

const FOREIGN: &str = "it is not a state file: use another file, or a new one";
const READ_ONLY: &str = "it is read-only: make the file and its directory writable";

fn other_version(version: i32) -> String {
    if version > VERSION {
        format!(
            "a newer version of the emulator wrote it (format {version}, and this version reads only \
             format {VERSION}): use the newer version, or a new file"
        )
    } else {
        format!(
            "an older version of the emulator wrote it (format {version}, and this version reads only \
             format {VERSION}): use the older version, or a new file"
        )
    }
}

/// Returns the reason for an error of SQLite, and what to do. It contains no value of an entry.
fn reason(error: &rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => FOREIGN.to_owned(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another process uses it: stop the other emulator, or use another file".to_owned()
        }
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            READ_ONLY.to_owned()
        }
        Some(ErrorCode::DiskFull) => "the disk is full: free some space".to_owned(),
        Some(ErrorCode::DatabaseCorrupt) => {
            "it is damaged: use a copy of it, or a new file".to_owned()
        }
        _ => match error {
            rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
            rusqlite::Error::SqliteFailure(code, None) => code.to_string(),
            // The messages of other errors can contain values.
            _ => "it is damaged: use a copy of it, or a new file".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests;
