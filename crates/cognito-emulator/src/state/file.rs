//! The state file: a SQLite database with one row for each entry ([`StateFile`]).
//!
//! The file is in WAL mode with `synchronous = NORMAL`: a transaction is a write into the log, which
//! the operating system keeps if the process is killed. The log is flushed to the disk when it is
//! copied into the database (a checkpoint). After a power failure, the last transactions can
//! therefore be missing, but the file is intact.

#[cfg(test)]
pub(crate) mod folder;
mod names;
mod place;
#[cfg(test)]
mod tests;

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, MAIN_DB, OpenFlags, params};

use self::names::{Ids, Names};
use self::place::{Place, cannot_open, check_private, create};
use crate::state::journal::{Row, RowKey};

/// The value of `PRAGMA application_id` of a state file: `COGN` in ASCII.
const APPLICATION: i32 = 0x434f_474e;
/// The version of the format of a state file: the value of `PRAGMA user_version`.
const VERSION: i32 = 1;
/// The maximum size of the rows in the log, in bytes. If it is exceeded, or if the log has more
/// than [`MOST_TRANSACTIONS`] transactions, the log is copied into the database.
const MOST_BYTES: usize = 32 * 1024 * 1024;
const MOST_TRANSACTIONS: usize = 8_000;

/// The assumed maximum number of rows in a page of the database: a row with a user takes at least a
/// sixteenth of a page. Memory for the row ids is reserved before the rows are read, for at most
/// this number of rows in each page.
const MOST_ROWS: i64 = 16;

/// The highest row id that is accepted when a state file is opened. Higher ids are left for new
/// rows. If a file already has a higher id, it is damaged.
const HIGHEST: i64 = i64::MAX / 2;

const TABLE: &str = "CREATE TABLE entries (
    id INTEGER PRIMARY KEY,
    scope TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL
)";
const INSERT: &str =
    "INSERT INTO entries (id, scope, kind, key, value) VALUES (?1, ?2, ?3, ?4, ?5)";
const UPDATE: &str = "UPDATE entries SET value = ?2 WHERE id = ?1";
const DELETE: &str = "DELETE FROM entries WHERE id = ?1";

/// An open state file. No other process can open it.
///
/// Each row has an id, which is a number, and a name (its scope, kind and key). A new row gets the
/// next id. The index from names to ids is in memory only. New names are not in ascending order
/// (many keys are random), so an index in the file would make each write several times slower.
pub(crate) struct StateFile {
    connection: Connection,
    place: Place,
    names: Names,
    /// The id of each row, by the digest of the row's name.
    ids: Ids,
    /// The changes of `ids` by the open transaction: the digest of the name, and the id before the
    /// change. The id is `None` if the transaction has added the row. If the transaction fails,
    /// these changes are undone.
    earlier: Vec<(u128, Option<i64>)>,
    /// The highest row id that the state file has contained since it was opened.
    last: i64,
    /// The size of the rows that were written since the last checkpoint, in bytes.
    bytes: usize,
    transactions: usize,
}

impl StateFile {
    /// Opens a state file, and calls `add` with each entry, in any order. If the file does not exist,
    /// creates it without entries. On Unix, only the user who runs this process can read a new file.
    ///
    /// Fails with a reason that says what to do.
    pub(crate) fn open(path: &Path, add: impl FnMut(RowKey<'_>, &str)) -> Result<Self, String> {
        create(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection =
            Connection::open_with_flags(path, flags).map_err(|error| reason(&error))?;
        let mut opened = Self {
            connection,
            place: Place::of(path).map_err(|error| cannot_open(&error))?,
            names: Names::default(),
            ids: Ids::default(),
            earlier: Vec::new(),
            last: 0,
            bytes: 0,
            transactions: 0,
        };
        let version = opened.version().map_err(|error| reason(&error))?;
        match version {
            None => return Err(FOREIGN.to_owned()),
            Some(0) => {}
            Some(VERSION) => opened.check_tables()?,
            Some(version) => return Err(other_version(version)),
        }
        check_private(path)?;
        if opened.connection.is_readonly(MAIN_DB).unwrap_or(false) {
            return Err(READ_ONLY.to_owned());
        }
        let prepared = opened.prepare(version == Some(0));
        prepared.map_err(|error| reason(&error))?;
        opened.place.find_log();
        opened.read(add)?;
        Ok(opened)
    }

    /// Locks the file, and returns the version of its format: 0 if the database is empty, and `None`
    /// if it is the database of another program.
    fn version(&self) -> rusqlite::Result<Option<i32>> {
        let connection = &self.connection;
        // The default waits five seconds for another process.
        connection.busy_timeout(std::time::Duration::ZERO)?;
        // Security: the file may be from another computer. Its schema must call no function.
        connection.pragma_update(None, "trusted_schema", false)?;
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

    /// Fails if the database has tables that a state file does not have, or triggers or views.
    /// These could change the rows that are written.
    fn check_tables(&self) -> Result<(), String> {
        let read = || {
            let query = "SELECT coalesce(sql, '') FROM sqlite_schema";
            let mut statement = self.connection.prepare(query)?;
            let tables = statement.query_map([], |row| row.get::<_, String>(0))?;
            tables.collect::<rusqlite::Result<Vec<_>>>()
        };
        let tables = read().map_err(|error| reason(&error))?;
        // Earlier versions wrote other spaces.
        let is_expected = |sql: &String| sql.split_whitespace().eq(TABLE.split_whitespace());
        if tables.len() == 1 && tables.iter().all(is_expected) {
            Ok(())
        } else {
            Err(TABLES.to_owned())
        }
    }

    /// Sets the SQLite modes of the connection, such as WAL. If the database is new, creates its
    /// table. Otherwise checks that the database can be written, and empties its write-ahead log.
    fn prepare(&self, is_new: bool) -> rusqlite::Result<()> {
        let connection = &self.connection;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        // A checkpoint waits for the disk, so it must not be a part of a transaction.
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        if is_new {
            connection.execute_batch(&format!(
                "BEGIN IMMEDIATE;
                 {TABLE};
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

    /// Reads all rows, and calls `add` with the name and the value of each. Fails if two rows have
    /// the same name, or if the id of a row is invalid.
    fn read(&mut self, mut add: impl FnMut(RowKey<'_>, &str)) -> Result<(), String> {
        let mut read = || {
            // Most ids from 1 to the highest id are in use.
            let count = |query| {
                self.connection
                    .query_row(query, [], |row| row.get::<_, i64>(0))
            };
            let rows = count("SELECT coalesce(max(id), 0) FROM entries")?;
            let most = count("PRAGMA page_count")?.saturating_mul(MOST_ROWS);
            self.ids
                .reserve(usize::try_from(rows.min(most)).unwrap_or(0));
            let query = "SELECT id, scope, kind, key, value FROM entries";
            let mut statement = self.connection.prepare(query)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let id = row.get(0)?;
                let text = |column| Ok::<_, rusqlite::Error>(row.get_ref(column)?.as_str()?);
                let key = (text(1)?, text(2)?, text(3)?);
                let other = self.ids.insert(self.names.of(key), id);
                if other.is_some() || !(1..=HIGHEST).contains(&id) {
                    return Ok(false);
                }
                self.last = self.last.max(id);
                add(key, text(4)?);
            }
            Ok(true)
        };
        match read() {
            Ok(true) => Ok(()),
            Ok(false) => Err(DAMAGED.to_owned()),
            Err(error) => Err(reason(&error)),
        }
    }

    /// Writes rows to the state file in one transaction. A row without a value is removed. If a row
    /// cannot be written, no row is written. Fails if the file was moved or deleted.
    pub(crate) fn write(&mut self, rows: &[Row<'_>]) -> Result<(), String> {
        // A transaction is open if an earlier call panicked.
        self.roll_back();
        if !self.place.is_kept() {
            return Err(MOVED.to_owned());
        }
        match self.transaction(rows) {
            Ok(bytes) => {
                self.earlier.clear();
                self.bytes += bytes;
                self.transactions += 1;
                self.place.find_log();
                Ok(())
            }
            Err(error) => {
                self.roll_back();
                Err(reason(&error))
            }
        }
    }

    /// Undoes the changes of a transaction that was not committed.
    fn roll_back(&mut self) {
        if !self.connection.is_autocommit() {
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        for (name, id) in self.earlier.drain(..).rev() {
            match id {
                Some(id) => self.ids.insert(name, id),
                None => self.ids.remove(&name),
            };
        }
    }

    /// Writes rows, and returns the number of written bytes.
    fn transaction(&mut self, rows: &[Row<'_>]) -> rusqlite::Result<usize> {
        let connection = &self.connection;
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let mut bytes = 0;
        for ((scope, kind, key), value) in rows {
            let name = self.names.of((scope, kind, key));
            let id = self.ids.get(&name).copied();
            match (id, value) {
                (None, None) => {}
                (Some(id), None) => {
                    connection.prepare_cached(DELETE)?.execute([id])?;
                    self.earlier.push((name, self.ids.remove(&name)));
                }
                (Some(id), Some(value)) => {
                    let mut update = connection.prepare_cached(UPDATE)?;
                    update.execute(params![id, value])?;
                }
                (None, Some(value)) => {
                    self.last += 1;
                    let mut insert = connection.prepare_cached(INSERT)?;
                    insert.execute(params![self.last, scope, kind, key, value])?;
                    self.earlier.push((name, self.ids.insert(name, self.last)));
                }
            }
            bytes += value.map_or(0, str::len);
        }
        connection.prepare_cached("COMMIT")?.execute([])?;
        Ok(bytes)
    }

    /// Limits the size of the database to `pages` pages. Tests use this instead of a full disk.
    #[cfg(test)]
    pub(crate) fn limit(&self, pages: i32) {
        let set = self.connection.pragma_update(None, "max_page_count", pages);
        set.expect("the limit is set");
    }

    /// Returns the path of SQLite's write-ahead log.
    pub(crate) fn log(&self) -> &Path {
        self.place.log()
    }

    /// Returns `true` if the log is so large that a checkpoint is useful.
    pub(crate) const fn needs_checkpoint(&self) -> bool {
        self.bytes > MOST_BYTES || self.transactions > MOST_TRANSACTIONS
    }

    /// Copies SQLite's write-ahead log into the database, and waits for the disk. The next
    /// transaction overwrites the log from its beginning.
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

impl Drop for StateFile {
    fn drop(&mut self) {
        if !self.place.is_kept() {
            // SQLite removes the log by its name when it closes the database. The log with this name
            // can now be that of another emulator.
            let _ = self.checkpoint();
            let keeps = DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
            let _ = self.connection.set_db_config(keeps, true);
        }
    }
}

const FOREIGN: &str = "it is not a state file: use another file, or a new one";
const DAMAGED: &str = "it is damaged: use a copy of it, or a new file";
const MOVED: &str = "it was moved or deleted: stop the emulator, and start it again";
const TABLES: &str =
    "another program has added tables, triggers or views to it: remove them, or use a new file";
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

/// Returns an error message for an error of SQLite: the reason, and what the user can do.
///
/// Security: the message contains no value that is stored in the file, because a value can be a
/// secret.
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
        Some(ErrorCode::DatabaseCorrupt) => DAMAGED.to_owned(),
        _ => match error {
            rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
            rusqlite::Error::SqliteFailure(code, None) => code.to_string(),
            // The messages of other errors can contain values.
            _ => DAMAGED.to_owned(),
        },
    }
}
