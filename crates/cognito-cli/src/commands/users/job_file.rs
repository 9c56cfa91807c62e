//! The CSV file of an import job. It differs from common CSV: quotation marks have no meaning, and
//! a comma in a value has a backslash before it (AWS developer guide, "Importing users into user
//! pools from a CSV file").

use std::collections::BTreeMap;

use cognito::Operation;
use serde_json::{Value, json};

use crate::context::Context;
use crate::document;
use crate::failure::{Exit, Failure, Outcome};
use crate::user_record::UserRecord;

/// The column of the user name.
pub(super) const USERNAME: &str = "cognito:username";
/// The column that enables SMS codes as the second factor.
pub(super) const MFA: &str = "cognito:mfa_enabled";
/// The column of the password hash. A job without hashes does not have it.
pub(super) const HASH: &str = "password_hash";

/// The maximum length of a line, in characters: AWS's quota.
const MOST_LINE: usize = 16_000;

/// A formatter for the lines of the CSV file of an import job. It has the columns of the file, and
/// the settings of the pool that it needs.
#[derive(Clone, Debug)]
pub(super) struct JobFile {
    columns: Vec<String>,
    /// The MFA mode of the pool (`MfaConfiguration`): `OFF`, `ON` or `OPTIONAL`.
    mfa: String,
    /// The attributes with which users sign in instead of a user name: `email`, `phone_number` or
    /// both.
    names: Vec<String>,
}

/// The data of a user that one line of the CSV file contains.
pub(super) struct JobUser<'a> {
    pub(super) username: &'a str,
    pub(super) attributes: &'a BTreeMap<String, String>,
    /// `true` if SMS codes are a second factor of the user.
    pub(super) has_sms: bool,
    pub(super) hash: Option<&'a str>,
}

/// The reason why the CSV file cannot contain a user: the column, and what is wrong. The column is
/// empty if the whole line is too long.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rejected {
    pub(super) column: String,
    pub(super) reason: &'static str,
}

impl JobFile {
    /// Reads the columns of the CSV file from AWS. `pool` is the description of the pool
    /// (`DescribeUserPool`).
    pub(super) async fn read(context: &Context, pool: &Value) -> Outcome<Self> {
        let header = document::send(context, Operation::GetCsvHeader, json!({})).await??;
        let names = header["CSVHeader"].as_array().into_iter().flatten();
        let columns: Vec<String> = names.filter_map(Value::as_str).map(str::to_owned).collect();
        if !columns.iter().any(|name| name == USERNAME) {
            let text = format!("Cognito returned a header without {USERNAME}");
            return Err(Failure::new(Exit::Failed, text));
        }
        let names = pool["UsernameAttributes"].as_array().into_iter().flatten();
        Ok(Self {
            columns,
            mfa: document::text(pool, "MfaConfiguration").unwrap_or_default(),
            names: names.filter_map(Value::as_str).map(str::to_owned).collect(),
        })
    }

    /// Returns the user name to write to the file for a user of the pool. If users sign in with an
    /// address, this is the address of the user.
    pub(super) fn name<'a>(&self, user: &'a UserRecord) -> &'a str {
        let address = self.names.iter().find_map(|name| user.attributes.get(name));
        address.unwrap_or(&user.username)
    }

    /// Adds the column for password hashes.
    pub(super) fn with_hashes(mut self) -> Self {
        if !self.columns.iter().any(|name| name == HASH) {
            self.columns.push(HASH.to_owned());
        }
        self
    }

    /// Returns the first line of the file.
    pub(super) fn header(&self) -> String {
        self.columns.join(",")
    }

    /// Returns the line of a user. Fails if a value cannot be written to the file.
    pub(super) fn line(&self, user: &JobUser<'_>) -> Result<String, Rejected> {
        let mut line = String::new();
        for (at, column) in self.columns.iter().enumerate() {
            let cell = self.cell(column, user).map_err(|reason| Rejected {
                column: column.clone(),
                reason,
            })?;
            if at > 0 {
                line.push(',');
            }
            line.push_str(&cell);
        }
        if line.chars().nth(MOST_LINE).is_some() {
            let (column, reason) = (String::new(), "is longer than 16000 characters");
            return Err(Rejected { column, reason });
        }
        Ok(line)
    }

    fn cell(&self, column: &str, user: &JobUser<'_>) -> Result<String, &'static str> {
        let value = match column {
            USERNAME => user.username,
            HASH => user.hash.unwrap_or_default(),
            MFA if self.mfa == "ON" => "true",
            MFA if self.mfa != "OFF" && user.has_sms => "true",
            MFA => "false",
            name => user.attributes.get(name).map_or("", String::as_str),
        };
        if value.contains(['\n', '\r']) {
            return Err("has a line break, which an import job cannot read");
        }
        if value.ends_with('\\') {
            return Err("ends with a backslash, which an import job cannot read");
        }
        if column == "birthdate" && !value.is_empty() {
            return from_iso(value).ok_or("must be a date such as 1985-02-28");
        }
        Ok(value.replace(',', "\\,"))
    }
}

/// Returns the values of a line, which are separated by commas. A comma after `\` belongs to the
/// value.
pub(super) fn values(line: &str) -> Vec<String> {
    let mut values = Vec::new();
    let mut value = String::new();
    let mut parts = line.split(',').peekable();
    while let Some(part) = parts.next() {
        match part.strip_suffix('\\') {
            // The comma belongs to the value.
            Some(start) if parts.peek().is_some() => value.extend([start, ","]),
            _ => {
                value.push_str(part);
                values.push(value.trim().to_owned());
                value.clear();
            }
        }
    }
    values
}

/// Changes `1985-02-28` to `02/28/1985`, the format of import jobs. A date that already has the
/// format of import jobs is not changed. Returns `None` if the date is invalid.
fn from_iso(date: &str) -> Option<String> {
    if let Some(iso) = to_iso(date) {
        return is_iso(&iso).then(|| date.to_owned());
    }
    let is_valid = is_iso(date);
    is_valid.then(|| format!("{}/{}/{}", &date[5..7], &date[8..], &date[..4]))
}

/// Changes `02/28/1985` to `1985-02-28`, the format of attributes.
pub(super) fn to_iso(date: &str) -> Option<String> {
    let parts: Vec<&str> = date.split('/').collect();
    let [month, day, year] = parts[..] else {
        return None;
    };
    Some(format!("{year}-{month}-{day}"))
}

fn is_iso(date: &str) -> bool {
    date.len() == 10 && humantime::parse_rfc3339(&format!("{date}T00:00:00Z")).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> JobFile {
        let columns = ["name", "birthdate", MFA, USERNAME, HASH];
        JobFile {
            columns: columns.map(str::to_owned).into(),
            mfa: "OPTIONAL".to_owned(),
            names: Vec::new(),
        }
    }

    fn line(name: &str, date: &str) -> Result<String, Rejected> {
        let attributes = [("name", name), ("birthdate", date)];
        let attributes = attributes.map(|(name, value)| (name.to_owned(), value.to_owned()));
        file().line(&JobUser {
            username: "ann",
            attributes: &attributes.into(),
            has_sms: true,
            hash: Some("$2b$,"),
        })
    }

    #[test]
    fn values_are_read_back() {
        for name in ["", "a, b", "\"a\"", "a\\b", "a\\,b", "'=1"] {
            let line = line(name, "1985-02-28").unwrap();
            let expected = [name, "02/28/1985", "true", "ann", "$2b$,"];
            assert_eq!(values(&line), expected, "{line}");
        }
        assert_eq!(values("a,"), ["a", ""]);
        assert_eq!(values("a\\"), ["a\\"]);
        assert_eq!(to_iso("02/28/1985").unwrap(), "1985-02-28");
    }

    #[test]
    fn values_that_break_lines_are_rejected() {
        for (name, date, column) in [
            ("a\nb", "", "name"),
            ("a\\", "", "name"),
            ("a", "28.02.1985", "birthdate"),
            ("a", "1985-02-30", "birthdate"),
            (&"x".repeat(16_000), "", ""),
        ] {
            assert_eq!(line(name, date).unwrap_err().column, column);
        }
    }
}
