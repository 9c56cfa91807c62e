//! The types for a user in the file to import, and for an error in the file.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::output::Row;

/// A user of the file to import. It has no `Debug`, because it is personal data.
#[derive(Default)]
pub(super) struct ImportRow {
    /// The number of the user in the file. No two users have the same number. The journal
    /// identifies the user by this number.
    pub(super) key: u64,
    /// The number of the line in the file, for messages. The first line is 1.
    pub(super) line: u64,
    /// The name of the new user. Before [`check`](super::check::check), it is the name in the file.
    /// `check` replaces it with the name that the user will have in the pool.
    pub(super) username: String,
    /// The `sub` of the user in the old pool.
    pub(super) sub: Option<String>,
    pub(super) status: Option<String>,
    pub(super) is_disabled: bool,
    /// The attributes to set. Read-only attributes and empty values are left out.
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) groups: Vec<String>,
    /// `true` if accounts at identity providers are linked to the user.
    pub(super) is_linked: bool,
    /// `true` if SMS codes are a second factor of the user.
    pub(super) has_sms: bool,
    /// The password hash. It is a secret, and is never shown.
    pub(super) hash: Option<String>,
}

impl ImportRow {
    /// Returns `true` if the user's status in the file is `CONFIRMED`.
    pub(super) fn is_confirmed(&self) -> bool {
        self.status.as_deref() == Some("CONFIRMED")
    }
}

/// An error in the file: its place and its reason.
#[derive(Debug, Serialize)]
pub(super) struct Problem {
    pub(super) line: u64,
    /// The name of the column or member. It is empty if the whole line is wrong.
    pub(super) column: String,
    pub(super) reason: String,
    /// The wrong value. It is shown only with `--reveal`.
    pub(super) value: Option<String>,
}

impl Problem {
    pub(super) fn new(line: u64, column: &str, reason: impl Into<String>) -> Self {
        Self {
            line,
            column: column.to_owned(),
            reason: reason.into(),
            value: None,
        }
    }

    pub(super) fn with_value(mut self, value: &str) -> Self {
        self.value = Some(value.to_owned());
        self
    }

    /// Removes the value, unless it may be shown.
    pub(super) fn shown(mut self, reveal: bool) -> Self {
        self.value = self.value.filter(|_| reveal);
        self
    }
}

impl Row for Problem {
    const COLUMNS: &'static [&'static str] = &["line", "column", "reason", "value"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.line.to_string(),
            self.column.clone(),
            self.reason.clone(),
            self.value.clone().unwrap_or_default(),
        ]
    }
}
