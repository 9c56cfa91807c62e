//! The journal of a bulk change: the users, their earlier state, and their outcomes.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Target;
use super::change::Change;
use crate::failure::{Failure, Outcome};
use crate::private_file;

/// A line of the journal. A line that a kill cut off is removed when the journal is opened again.
#[derive(Debug, Deserialize, Serialize)]
#[serde(tag = "entry", rename_all = "lowercase")]
enum Entry {
    /// The change. The first line.
    Change(Change),
    /// A user to change.
    User(Target),
    /// The request for a user is sent next. `value` is the earlier value of the attribute.
    Before(Target),
    /// The outcome for a user.
    Outcome {
        username: String,
        outcome: UserOutcome,
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
}

/// What happened to a user.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum UserOutcome {
    Changed,
    /// The user already was in the wanted state.
    Unchanged,
    Failed,
}

/// The number of users by outcome.
#[derive(Debug, Default, Serialize)]
pub(super) struct Outcomes {
    changed: u64,
    unchanged: u64,
    pub(super) failed: u64,
    pending: u64,
}

impl Outcomes {
    pub(super) fn fields(&self) -> Vec<(String, String)> {
        [
            ("changed", self.changed),
            ("unchanged", self.unchanged),
            ("failed", self.failed),
            ("pending", self.pending),
        ]
        .map(|(name, count)| (name.to_owned(), count.to_string()))
        .into()
    }
}

#[derive(Default)]
struct State {
    before: Option<Target>,
    outcome: Option<UserOutcome>,
}

/// The journal, which a file keeps.
pub(super) struct Journal {
    file: File,
    users: Vec<Target>,
    states: HashMap<String, State>,
}

impl Journal {
    /// Creates a journal with all users.
    pub(super) fn create(path: &Path, change: &Change, users: Vec<Target>) -> Outcome<Self> {
        if path.exists() {
            let path = path.display();
            return Err(Failure::usage(format!(
                "{path} already exists: add --resume, or choose another journal"
            )));
        }
        let mut text = Vec::new();
        let change = [Entry::Change(change.clone())];
        let entries = change
            .into_iter()
            .chain(users.iter().cloned().map(Entry::User));
        for entry in entries {
            serde_json::to_writer(&mut text, &entry)?;
            text.push(b'\n');
        }
        private_file::replace(path, &text)?;
        let mut file = private_file::open(path)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Self {
            file,
            users,
            states: HashMap::new(),
        })
    }

    /// Opens the journal of an interrupted change.
    pub(super) fn open(path: &Path, change: &Change) -> Outcome<Self> {
        let shown = path.display();
        let text = fs::read(path)
            .map_err(|error| Failure::usage(format!("cannot read {shown}: {error}")))?;
        let length = text
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        let mut file = private_file::open(path)?;
        file.set_len(length as u64)?;
        file.seek(SeekFrom::End(0))?;
        let mut journal = Self {
            file,
            users: Vec::new(),
            states: HashMap::new(),
        };
        for line in text[..length].split(|byte| *byte == b'\n') {
            if line.is_empty() {
                continue;
            }
            let entry = serde_json::from_slice(line)
                .map_err(|error| Failure::usage(format!("{shown} is not a journal: {error}")))?;
            match entry {
                Entry::Change(earlier) if earlier != *change => {
                    return Err(Failure::usage(format!(
                        "{shown} is of another change or pool"
                    )));
                }
                Entry::Change(_) => {}
                Entry::User(target) => journal.users.push(target),
                Entry::Before(target) => journal.remember(target),
                Entry::Outcome {
                    username, outcome, ..
                } => {
                    journal.state(&username).outcome = Some(outcome);
                }
            }
        }
        Ok(journal)
    }

    /// Returns the users who are not done, also those who failed.
    pub(super) fn pending(&self) -> Vec<Target> {
        let is_done = |target: &&Target| {
            let state = self.states.get(&target.username);
            let outcome = state.and_then(|state| state.outcome);
            !matches!(outcome, Some(UserOutcome::Changed | UserOutcome::Unchanged))
        };
        self.users.iter().filter(is_done).cloned().collect()
    }

    /// Returns `true` if an earlier run may have sent the request for the user.
    pub(super) fn was_begun(&self, username: &str) -> bool {
        let state = self.states.get(username);
        state.is_some_and(|state| state.before.is_some())
    }

    /// Writes that the request for a user is sent next.
    pub(super) fn begin(&mut self, before: Target) -> Outcome<()> {
        self.write(&Entry::Before(before.clone()))?;
        self.remember(before);
        Ok(())
    }

    fn remember(&mut self, before: Target) {
        let username = before.username.clone();
        self.states.entry(username).or_default().before = Some(before);
    }

    /// Writes the outcome of a user.
    pub(super) fn end(
        &mut self,
        username: &str,
        outcome: UserOutcome,
        error: Option<String>,
    ) -> Outcome<()> {
        self.state(username).outcome = Some(outcome);
        let username = username.to_owned();
        self.write(&Entry::Outcome {
            username,
            outcome,
            error,
        })
    }

    /// Returns the users who were changed, with their earlier values.
    pub(super) fn changed(&self) -> Vec<Target> {
        let changed = self.users.iter().filter_map(|target| {
            let state = self.states.get(&target.username)?;
            (state.outcome == Some(UserOutcome::Changed)).then_some(state.before.clone())?
        });
        changed.collect()
    }

    pub(super) fn outcomes(&self) -> Outcomes {
        let mut outcomes = Outcomes::default();
        for target in &self.users {
            let state = self.states.get(&target.username);
            *match state.and_then(|state| state.outcome) {
                Some(UserOutcome::Changed) => &mut outcomes.changed,
                Some(UserOutcome::Unchanged) => &mut outcomes.unchanged,
                Some(UserOutcome::Failed) => &mut outcomes.failed,
                None => &mut outcomes.pending,
            } += 1;
        }
        outcomes
    }

    fn state(&mut self, username: &str) -> &mut State {
        self.states.entry(username.to_owned()).or_default()
    }

    /// Appends a line with one `write`, which a kill of this process does not undo.
    fn write(&mut self, entry: &Entry) -> Outcome<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        self.file.write_all(&line)?;
        Ok(())
    }
}
