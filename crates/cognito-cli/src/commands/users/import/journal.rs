//! The journal of an import. It records what was done for each user of the file. The users are
//! identified by [`ImportRow::key`], so the journal contains no names and no attributes.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::row::ImportRow;
use crate::failure::{Failure, Outcome};
use crate::journal::{self, JournalFile};

/// The options of an import that must be the same when it is resumed.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(super) struct Plan {
    pub(super) pool: String,
    /// The endpoint, because pools of two emulators can have the same id.
    pub(super) endpoint_url: Option<String>,
    /// The SHA-256 of the file with the users.
    pub(super) sha256: String,
    pub(super) map: Vec<(String, String)>,
    pub(super) invites: bool,
    pub(super) confirms: bool,
    pub(super) skips_invalid: bool,
    /// The algorithm of the password hashes, if users are imported by a job.
    pub(super) algorithm: Option<String>,
    /// `true` if users are imported by a job.
    pub(super) by_job: bool,
}

/// A line of the journal.
#[derive(Debug, Deserialize, Serialize)]
#[serde(tag = "entry", rename_all = "lowercase")]
enum Entry {
    /// The description of the import. It is the first line of the journal.
    Import(Plan),
    /// The request to create the user is sent after this line is written. `at` is the current time,
    /// in seconds since 1970.
    Begun { row: u64, at: u64 },
    /// This import has created the user. The user may not be in all groups yet.
    Created { row: u64, sub: String },
    /// The request to create the user has certainly created no user.
    Rejected { row: u64 },
    /// An import job. Before the request to create the job, a line without `id` is written. After
    /// the response, a second line with `id` is written.
    Job {
        name: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<String>,
    },
    /// The last import job has ended, or the command no longer waits for it.
    Ended,
    /// The outcome of a line of the file.
    Outcome {
        row: u64,
        outcome: RowOutcome,
        #[serde(skip_serializing_if = "Option::is_none")]
        sub: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
}

impl journal::Entry for Entry {
    const COMMAND: &'static str = "users import";

    fn is_head(&self) -> bool {
        matches!(self, Self::Import(_))
    }
}

/// The outcome of an import for one user.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum RowOutcome {
    Created,
    /// The user already existed. The attributes were updated to the values in the file.
    Updated,
    /// The user already existed, with the same attributes as in the file.
    Unchanged,
    /// A user with this name or address exists, who was not created by this import.
    Conflict,
    Failed,
}

/// The recorded progress of a line of the import file.
#[derive(Default)]
pub(super) struct State {
    begun: Option<u64>,
    is_created: bool,
    pub(super) outcome: Option<RowOutcome>,
    /// The `sub` of the user in the pool.
    pub(super) sub: Option<String>,
    pub(super) error: Option<String>,
}

/// The journal of an import: the open file, and its content in memory.
pub(super) struct Journal {
    file: JournalFile,
    states: HashMap<u64, State>,
    /// The import job that has not ended. `None` if there is no such job.
    job: Option<Job>,
}

/// An import job in the journal.
#[derive(Clone)]
pub(super) struct Job {
    /// The name of the import job. No other job of the pool has this name.
    pub(super) name: String,
    /// The id that AWS returned. `None` if no response to the request that creates the job is
    /// recorded. In this case, it is unknown whether the job exists.
    pub(super) id: Option<String>,
}

impl Journal {
    pub(super) fn create(path: &Path, plan: &Plan) -> Outcome<Self> {
        let file = JournalFile::create(path, [Entry::Import(plan.clone())])?;
        Ok(Self::new(file))
    }

    /// Opens the journal of an interrupted import. If the file is not the journal of `plan`, fails
    /// and does not change the file.
    pub(super) fn open(path: &Path, plan: &Plan) -> Outcome<Self> {
        let (file, entries) = JournalFile::open(path, |head| match head {
            Entry::Import(earlier) if earlier == *plan => Ok(()),
            _ => {
                let path = path.display();
                Err(Failure::usage(format!(
                    "{path} is of another file, pool or options: resume with the same"
                )))
            }
        })?;
        let mut journal = Self::new(file);
        for entry in entries {
            journal.remember(entry);
        }
        Ok(journal)
    }

    fn new(file: JournalFile) -> Self {
        Self {
            file,
            states: HashMap::new(),
            job: None,
        }
    }

    /// Returns the import job that has not ended. Returns `None` if there is no such job.
    pub(super) fn job(&self) -> Option<Job> {
        self.job.clone()
    }

    /// Records an import job. `id` is `None` before the request to create the job is sent.
    pub(super) fn begin_job(&mut self, name: &str, id: Option<&str>) -> Outcome<()> {
        let (name, id) = (name.to_owned(), id.map(str::to_owned));
        self.add(Entry::Job { name, id })
    }

    /// Records that the last import job has ended.
    pub(super) fn end_job(&mut self) -> Outcome<()> {
        self.add(Entry::Ended)
    }

    /// Returns `true` if the line is not done: it has no outcome, or it failed. With
    /// `with_conflicts`, a line whose user exists is not done either.
    pub(super) fn is_pending(&self, key: u64, with_conflicts: bool) -> bool {
        match self.states.get(&key).and_then(|state| state.outcome) {
            None | Some(RowOutcome::Failed) => true,
            Some(RowOutcome::Conflict) => with_conflicts,
            _ => false,
        }
    }

    /// Returns what was done for a line. Returns `None` if nothing was done.
    pub(super) fn state(&self, key: u64) -> Option<&State> {
        self.states.get(&key)
    }

    /// Returns the `sub` of the user, if this import has created the user.
    pub(super) fn created(&self, row: &ImportRow) -> Option<String> {
        let state = self.states.get(&row.key)?;
        state.sub.clone().filter(|_| state.is_created)
    }

    /// Returns the time recorded before the first request to create the user was sent. Returns
    /// `None` if no request can have created the user.
    pub(super) fn begun(&self, row: &ImportRow) -> Option<SystemTime> {
        let state = self.states.get(&row.key)?;
        Some(UNIX_EPOCH + Duration::from_secs(state.begun?))
    }

    /// Records that the request to create the user will be sent now.
    pub(super) fn begin(&mut self, row: &ImportRow, now: SystemTime) -> Outcome<()> {
        let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let (row, at) = (row.key, since.as_secs());
        self.add(Entry::Begun { row, at })
    }

    /// Records that the request to create the user has certainly created no user.
    pub(super) fn reject(&mut self, row: &ImportRow) -> Outcome<()> {
        self.add(Entry::Rejected { row: row.key })
    }

    /// Records that this import has created the user.
    pub(super) fn create_done(&mut self, row: &ImportRow, sub: &str) -> Outcome<()> {
        let (row, sub) = (row.key, sub.to_owned());
        self.add(Entry::Created { row, sub })
    }

    /// Records the outcome of a line.
    pub(super) fn end(
        &mut self,
        row: &ImportRow,
        outcome: RowOutcome,
        sub: Option<String>,
        error: Option<String>,
    ) -> Outcome<()> {
        self.add(Entry::Outcome {
            row: row.key,
            outcome,
            sub,
            error,
        })
    }

    fn add(&mut self, entry: Entry) -> Outcome<()> {
        self.file.write(&entry)?;
        self.remember(entry);
        Ok(())
    }

    fn remember(&mut self, entry: Entry) {
        match entry {
            Entry::Import(_) => {}
            Entry::Job { name, id } => self.job = Some(Job { name, id }),
            Entry::Ended => self.job = None,
            Entry::Begun { row, at } => {
                self.state_of(row).begun.get_or_insert(at);
            }
            Entry::Rejected { row } => self.state_of(row).begun = None,
            Entry::Created { row, sub } => {
                let state = self.state_of(row);
                (state.is_created, state.sub) = (true, Some(sub));
            }
            Entry::Outcome {
                row,
                outcome,
                sub,
                error,
            } => {
                let state = self.state_of(row);
                state.outcome = Some(outcome);
                if outcome == RowOutcome::Conflict {
                    // The requests so far have created no user.
                    state.begun = None;
                }
                state.sub = sub.or_else(|| state.sub.take());
                state.error = error;
            }
        }
    }

    fn state_of(&mut self, row: u64) -> &mut State {
        self.states.entry(row).or_default()
    }
}
