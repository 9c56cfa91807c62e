//! The lines of an import file: the header, and one user in each further line.

use crate::model::attributes::standard::{ADDRESSES, VERIFIED, is_boolean, is_true};
use crate::model::attributes::{self, Writer};
use crate::model::factors;
use crate::model::import_job::Outcome;
use crate::model::options::MfaMode;
use crate::model::password::StoredPassword;
use crate::model::password::imported::{HashAlgorithm, HashFault, ImportedHash};
use crate::model::settings::Settings;
use crate::model::user::{Status, User};
use crate::operations::imports::{MFA, USERNAME, columns};
use crate::state::call::Call;
use crate::state::names::{check_addresses_free, claim_verified, new_user, with_username};

/// The column for password hashes in an import file.
const HASH: &str = "password_hash";

/// The maximum length of a line of an import file, in characters: AWS's quota.
const LONGEST_LINE: usize = 16_000;

/// The maximum length of a user name, in characters (`UsernameType`).
const LONGEST_USERNAME: usize = 128;

/// The columns of an import file, in the order of the file.
pub(super) struct Header(Vec<String>);

impl Header {
    /// Parses the first line of a file. If it is invalid, fails with the message that the import
    /// job then shows.
    ///
    /// "All columns in the header must be present", in any order (AWS developer guide).
    pub(super) fn parse(
        line: &str,
        settings: &Settings,
        algorithm: Option<HashAlgorithm>,
    ) -> Result<Self, &'static str> {
        // Security: a column of a single comma takes much more memory than its characters.
        if is_too_long(line) {
            return Err("The header of the CSV file has more than 16,000 characters.");
        }
        let found = values(line);
        let has = |name: &str| found.iter().any(|column| column == name);
        if !columns(settings).all(has) {
            return Err("A column of the user pool is missing in the header of the CSV file.");
        }
        if algorithm.is_some() && !has(HASH) {
            return Err("The column password_hash is missing in the header of the CSV file.");
        }
        let expected = columns(settings).count() + usize::from(has(HASH));
        if found.len() != expected {
            return Err(
                "The header of the CSV file has a column that the user pool does not have.",
            );
        }
        Ok(Self(found))
    }

    /// Imports the user in a line of an import file.
    pub(super) fn import(
        &self,
        call: &Call<'_>,
        line: &str,
        algorithm: Option<HashAlgorithm>,
    ) -> Outcome {
        let created = self.record(line).and_then(|record| {
            let user = record.user(call, algorithm)?;
            insert(call, user, record.username())
        });
        created.err().unwrap_or(Outcome::Succeeded)
    }

    fn record(&self, line: &str) -> Result<Record<'_>, Outcome> {
        if is_too_long(line) {
            return Err(Outcome::TooLong);
        }
        let values = values(line);
        if values.len() != self.0.len() {
            return Err(Outcome::Columns);
        }
        let names = self.0.iter().map(String::as_str);
        Ok(Record(names.zip(values).collect()))
    }
}

fn is_too_long(line: &str) -> bool {
    line.chars().nth(LONGEST_LINE).is_some()
}

/// Splits a line of an import file into its values, at the commas. A comma after a backslash
/// belongs to the value. Quotation marks have no meaning. White space around a value is removed.
fn values(line: &str) -> Vec<String> {
    let mut values = vec![String::new()];
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        let last = values.len() - 1;
        match c {
            ',' => values.push(String::new()),
            '\\' if rest.next_if_eq(&',').is_some() => values[last].push(','),
            c => values[last].push(c),
        }
    }
    let trimmed = values.iter().map(|value| value.trim().to_owned());
    trimmed.collect()
}

/// A line of an import file: the name of each column, and its value.
struct Record<'a>(Vec<(&'a str, String)>);

impl Record<'_> {
    fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(column, _)| *column == name);
        found.map_or("", |(_, value)| value)
    }

    fn username(&self) -> &str {
        self.get(USERNAME)
    }

    /// Returns the user whom this line of the CSV file describes. Fails if a value in the line is
    /// not valid for the pool.
    fn user(&self, call: &Call<'_>, algorithm: Option<HashAlgorithm>) -> Result<User, Outcome> {
        let settings = &call.service.settings;
        let username = self.username();
        let is_valid = !username.is_empty()
            && username.chars().nth(LONGEST_USERNAME).is_none()
            && !username.contains(char::is_whitespace);
        if !is_valid {
            return Err(Outcome::UserName);
        }
        let has_mfa = self.mfa(settings)?;
        self.check_addresses(settings)?;
        let birth_date = self.get("birthdate");
        if !birth_date.is_empty() && !is_date(birth_date) {
            return Err(Outcome::BirthDate);
        }
        let given = self.attributes();
        let given: Vec<_> = given
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let schema = |_| Outcome::Schema;
        attributes::check(settings, Writer::Operator, &given).map_err(schema)?;
        let named = with_username(settings, username, &given).map_err(|_| Outcome::UserName)?;
        attributes::check_required(settings, &named).map_err(schema)?;

        let mut user = new_user(call, username, Status::ResetRequired);
        user.attributes = named;
        user.mfa.sms_enabled = has_mfa && user.attribute("phone_number").is_some();
        let hash = algorithm.map(|algorithm| (algorithm, self.get(HASH)));
        if let Some((algorithm, text)) = hash.filter(|(_, text)| !text.is_empty()) {
            let hash = ImportedHash::parse(algorithm, text).map_err(|fault| match fault {
                HashFault::Malformed => Outcome::HashMalformed,
                HashFault::OutOfBounds => Outcome::HashBounds,
            })?;
            call.pools.imports.note_hash();
            user.set_password(StoredPassword::imported(hash), None);
            user.status = Status::Confirmed;
        } else if factors::codes(settings, &user).next().is_some() {
            user.status = Status::Confirmed;
        }
        Ok(user)
    }

    /// Returns `true` if the user in this line of the import file gets SMS as second factor. Fails
    /// if the column `cognito:mfa_enabled` has a value that the pool's MFA mode does not allow.
    fn mfa(&self, settings: &Settings) -> Result<bool, Outcome> {
        let given = self.get(MFA);
        if !given.is_empty() && !is_boolean(given) {
            return Err(Outcome::MfaMode);
        }
        let is_enabled = match (settings.mfa, given) {
            (mode, "") => mode == MfaMode::On,
            (MfaMode::On, given) if !is_true(given) => return Err(Outcome::MfaMode),
            (MfaMode::Off, given) if is_true(given) => return Err(Outcome::MfaMode),
            (_, given) => is_true(given),
        };
        Ok(is_enabled && settings.factors.sms)
    }

    /// Checks the addresses (`email`, `phone_number`) that this line of the import file marks as
    /// verified. Fails if the line does not mark any of the pool's auto-verified attributes as
    /// verified, or if an address that it marks has no value.
    fn check_addresses(&self, settings: &Settings) -> Result<(), Outcome> {
        let is_verified = |address: &str| is_true(self.get(&format!("{address}_verified")));
        if !settings.auto_verified.iter().any(|name| is_verified(name)) {
            return Err(Outcome::Unverified);
        }
        let mut verified = ADDRESSES.into_iter().filter(|name| is_verified(name));
        if verified.any(|address| self.get(address).is_empty()) {
            return Err(Outcome::NoAddress);
        }
        Ok(())
    }

    /// Returns the names and values of the user's attributes, without empty values. Booleans are in
    /// lower case.
    fn attributes(&self) -> Vec<(&str, String)> {
        let columns = self.0.iter();
        let attributes = columns
            .filter(|(name, value)| !value.is_empty() && ![MFA, USERNAME, HASH].contains(name));
        let attributes = attributes.map(|(name, value)| {
            let value = if VERIFIED.contains(name) {
                value.to_lowercase()
            } else {
                value.clone()
            };
            (*name, value)
        });
        attributes.collect()
    }
}

/// Adds a user to the pool. Fails if the user name, an address or an alias is taken.
fn insert(call: &Call<'_>, user: User, username: &str) -> Result<(), Outcome> {
    let mut state = call.state();
    if state.users.find(username).is_some() {
        return Err(Outcome::Exists);
    }
    let settings = &call.service.settings;
    let taken = |_| Outcome::AliasTaken;
    check_addresses_free(settings, &state.users, &user.attributes).map_err(taken)?;
    claim_verified(call, &mut state, &user, false).map_err(taken)?;
    state.users.insert(user);
    Ok(())
}

/// Returns `true` if a string has the form `mm/dd/yyyy`.
fn is_date(text: &str) -> bool {
    let parts: Vec<_> = text.split('/').collect();
    let number = |part: &str, length: usize, most: u32| {
        let is_number = part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
        is_number
            && part
                .parse()
                .is_ok_and(|number: u32| (1..=most).contains(&number))
    };
    matches!(parts.as_slice(), [month, day, year]
        if number(month, 2, 12) && number(day, 2, 31) && number(year, 4, 9999))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_are_escaped_and_quotes_are_kept() {
        for (line, expected) in [
            ("a,b", &["a", "b"][..]),
            (r"a\,b, c ,", &["a,b", "c", ""]),
            (r"a\b,c\", &[r"a\b", r"c\"]),
            (r#""a,b""#, &["\"a", "b\""]),
            ("", &[""]),
        ] {
            assert_eq!(values(line), expected, "{line}");
        }
    }

    #[test]
    fn dates_have_the_form_of_import_files() {
        assert!(is_date("02/01/1985"));
        for text in [
            "1985-02-01",
            "2/1/1985",
            "13/01/1985",
            "00/01/1985",
            "+2/01/1985",
            "",
        ] {
            assert!(!is_date(text), "{text}");
        }
    }
}
