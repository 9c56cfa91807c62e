//! The journal of a bulk change: the users, their earlier state, and their outcomes.

use std::collections::HashMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Target;
use super::change::Change;
use crate::failure::{Failure, Outcome};
use crate::journal::{self, JournalFile};
use crate::output;

/// A line of the journal.
#[derive(Debug, Deserialize, Serialize)]
#[serde(tag = "entry", rename_all = "lowercase")]
enum Entry {
    /// The description of the change. It is the first line of the journal.
    Change(Change),
    /// A user to change.
    User(Target),
    /// A user for whom the request is about to be sent. [`Target::value`] is the value that the
    /// attribute has before the request.
    Before(Target),
    /// The outcome for a user.
    Outcome {
        username: String,
        outcome: UserOutcome,
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
}

impl journal::Entry for Entry {
    const COMMAND: &'static str = "users bulk";

    fn is_head(&self) -> bool {
        matches!(self, Self::Change(_))
    }
}

/// The outcome of a bulk change for one user.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum UserOutcome {
    Changed,
    /// The user was already in the requested state.
    Unchanged,
    Failed,
}

/// The number of users with each outcome of a bulk change. `pending` counts the users without an
/// outcome.
#[derive(Debug, Default, Serialize)]
pub(super) struct Outcomes {
    changed: u64,
    unchanged: u64,
    pub(super) failed: u64,
    pending: u64,
}

impl Outcomes {
    pub(super) fn fields(&self) -> Vec<(String, String)> {
        output::counts(&[
            ("changed", self.changed),
            ("unchanged", self.unchanged),
            ("failed", self.failed),
            ("pending", self.pending),
        ])
    }
}

#[derive(Default)]
struct State {
    before: Option<Target>,
    outcome: Option<UserOutcome>,
}

/// The journal of a bulk change: the open file, and its content in memory.
pub(super) struct Journal {
    file: JournalFile,
    users: Vec<Target>,
    states: HashMap<String, State>,
    /// The name of each user for whom the change has begun, by the `sub` of the user.
    names: HashMap<String, String>,
}

impl Journal {
    /// Creates a journal that contains the change and all users to change.
    pub(super) fn create(path: &Path, change: &Change, users: Vec<Target>) -> Outcome<Self> {
        let head = [Entry::Change(change.clone())].into_iter();
        let entries = head.chain(users.iter().cloned().map(Entry::User));
        let file = JournalFile::create(path, entries)?;
        Ok(Self::new(file, users))
    }

    /// Opens the journal of an interrupted change. If the file is not the journal of `change`,
    /// fails and does not change the file.
    pub(super) fn open(path: &Path, change: &Change) -> Outcome<Self> {
        let (file, entries) = JournalFile::open(path, |head| match head {
            Entry::Change(earlier) if earlier == *change => Ok(()),
            _ => {
                let path = path.display();
                let text = format!("{path} is of another change or pool");
                Err(Failure::usage(text))
            }
        })?;
        let mut journal = Self::new(file, Vec::new());
        for entry in entries {
            match entry {
                Entry::Change(_) => {}
                Entry::User(target) => journal.users.push(target),
                Entry::Before(target) => journal.remember(target),
                Entry::Outcome {
                    username, outcome, ..
                } => journal.state(&username).outcome = Some(outcome),
            }
        }
        Ok(journal)
    }

    fn new(file: JournalFile, users: Vec<Target>) -> Self {
        Self {
            file,
            users,
            states: HashMap::new(),
            names: HashMap::new(),
        }
    }

    /// Returns the `sub` of the user whom `target` names. It is the `sub` that the journal recorded
    /// before the request for the user, or else the `sub` in `target`. Returns `None` if neither is
    /// known.
    pub(super) fn sub(&self, target: &Target) -> Option<String> {
        let state = self.states.get(&target.username);
        let before = state.and_then(|state| state.before.as_ref());
        let begun = before.and_then(|before| before.sub.clone());
        begun.or_else(|| target.sub.clone())
    }

    /// Returns the users who still have to be changed: those without an outcome, and those for whom
    /// the change failed.
    pub(super) fn pending(&self) -> Vec<Target> {
        let is_done = |target: &&Target| {
            let state = self.states.get(&target.username);
            let outcome = state.and_then(|state| state.outcome);
            !matches!(outcome, Some(UserOutcome::Changed | UserOutcome::Unchanged))
        };
        self.users.iter().filter(is_done).cloned().collect()
    }

    /// Returns `true` if the request for the user may have been sent, by this run of the command or
    /// by an earlier run.
    pub(super) fn was_begun(&self, username: &str) -> bool {
        let state = self.states.get(username);
        state.is_some_and(|state| state.before.is_some())
    }

    /// Records in the journal that the request for a user will be sent now. `before` contains the
    /// user, and the value of the attribute before the request.
    pub(super) fn begin(&mut self, before: Target) -> Outcome<()> {
        self.file.write(&Entry::Before(before.clone()))?;
        self.remember(before);
        Ok(())
    }

    /// Returns `true` if the change of the user with this `sub` has begun under a name other than
    /// `username`. Example: the file contains the user name and also an alias of the user.
    pub(super) fn was_begun_as_other(&self, username: &str, sub: &str) -> bool {
        self.names.get(sub).is_some_and(|name| name != username)
    }

    fn remember(&mut self, before: Target) {
        let username = before.username.clone();
        if let Some(sub) = &before.sub {
            let name = self.names.entry(sub.clone());
            name.or_insert_with(|| username.clone());
        }
        self.states.entry(username).or_default().before = Some(before);
    }

    /// Writes the outcome for a user to the journal.
    pub(super) fn end(
        &mut self,
        username: &str,
        outcome: UserOutcome,
        error: Option<String>,
    ) -> Outcome<()> {
        self.state(username).outcome = Some(outcome);
        let username = username.to_owned();
        self.file.write(&Entry::Outcome {
            username,
            outcome,
            error,
        })
    }

    /// Returns the users who were changed. The value of each is the value of the attribute before
    /// the change.
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
}
