//! Checks the users of the file, before a request is sent.

use std::collections::{BTreeSet, HashMap};

use cognito::administration::UserStatus;
use cognito::{EmailAddress, PhoneNumber};

use super::file::Input;
use super::row::{ImportRow, Problem};
use super::schema::Schema;

/// The maximum length of a user name or of the name of a group, in characters.
const MOST_NAME: usize = 128;

/// The maximum number of groups of a user: AWS's quota.
const MOST_GROUPS: usize = 100;

/// Checks all users, and sets their final names. Removes invalid users from `input.rows`, and adds
/// the reasons to `input.problems`, in the order of the lines.
pub(super) fn check(input: &mut Input, schema: &Schema) {
    let mut lines: HashMap<String, Vec<(u64, u64)>> = HashMap::new();
    let mut right = Vec::new();
    for mut row in std::mem::take(&mut input.rows) {
        let mut problems = Vec::new();
        match name(&row, schema) {
            Ok(name) => {
                row.username = name;
                let lines = lines.entry(folded(&row, schema)).or_default();
                lines.push((row.key, row.line));
            }
            Err(problem) => problems.push(problem),
        }
        check_values(&row, schema, &mut problems);
        if problems.is_empty() {
            right.push(row);
        }
        input.problems.append(&mut problems);
    }
    for row in right {
        let lines = lines.get(&folded(&row, schema));
        let other = lines.and_then(|lines| lines.iter().find(|(key, _)| *key != row.key));
        if let Some((_, other)) = other {
            let problem = Problem::new(row.line, "username", format!("is also in line {other}"));
            input.problems.push(problem.with_value(&row.username));
        } else {
            input.rows.push(row);
        }
    }
    input.problems.sort_by_key(|problem| problem.line);
}

/// Returns the name of a user in the form in which the pool compares names.
fn folded(row: &ImportRow, schema: &Schema) -> String {
    if schema.is_case_sensitive {
        row.username.clone()
    } else {
        row.username.to_lowercase()
    }
}

/// Rejects users with a password hash, because only an import job accepts hashes. Removes them from
/// `input.rows`, and adds the reasons to `input.problems`.
pub(super) fn check_no_hashes(input: &mut Input) {
    let problems = &mut input.problems;
    input.rows.retain(|row| {
        if row.hash.is_some() {
            let reason = "needs --by job: only an import job accepts password hashes";
            problems.push(Problem::new(row.line, "password_hash", reason));
        }
        row.hash.is_none()
    });
    problems.sort_by_key(|problem| problem.line);
}

/// Returns the name with which the user is created. In a pool whose users sign in with an address,
/// this is an address of the row. If the row has no address attribute, the user name in the row
/// must be an address.
fn name(row: &ImportRow, schema: &Schema) -> Result<String, Problem> {
    let given = row.username.as_str();
    let wrong = |reason: &str| {
        let problem = Problem::new(row.line, "username", reason);
        Err(problem.with_value(given))
    };
    let email = row.attributes.get("email").map_or("", String::as_str);
    if given.ends_with("***") || email.ends_with("***") {
        return wrong("is masked: use a file of `users export`, or add --reveal");
    }
    if schema.has_address_names() {
        let kinds = || schema.username_attributes.iter();
        let is_given_address = kinds().any(|kind| is_address(kind, given));
        let addresses = || kinds().filter_map(|kind| row.attributes.get(kind));
        let is_same = |address: &String| address.to_lowercase() == given.to_lowercase();
        if let Some(same) = addresses().find(|address| is_same(address)) {
            return Ok(same.clone());
        }
        return match addresses().next() {
            Some(_) if is_given_address => wrong(
                "is an address, but not that of the user: correct it, or leave the column out",
            ),
            Some(address) => Ok(address.clone()),
            None if is_given_address => Ok(given.to_owned()),
            None => wrong("is no address: users of the pool sign in with an address"),
        };
    }
    if given.is_empty() {
        return wrong("is missing");
    }
    if given.chars().nth(MOST_NAME).is_some() {
        return wrong("has more than 128 characters");
    }
    if given.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return wrong("has white space or control characters");
    }
    let mut aliases = schema.alias_attributes.iter();
    if aliases.any(|kind| is_address(kind, given)) {
        return wrong("is an address: in this pool, addresses are aliases and no user names");
    }
    Ok(given.to_owned())
}

/// Returns `true` if `text` is an address of this kind: `email` or `phone_number`.
fn is_address(kind: &str, text: &str) -> bool {
    match kind {
        "email" => text.parse::<EmailAddress>().is_ok(),
        "phone_number" => text.parse::<PhoneNumber>().is_ok(),
        _ => false,
    }
}

fn check_values(row: &ImportRow, schema: &Schema, problems: &mut Vec<Problem>) {
    let mut add = |column: &str, reason: String, value: &str| {
        problems.push(Problem::new(row.line, column, reason).with_value(value));
    };
    for (name, value) in &row.attributes {
        if let Err(reason) = schema.check(name, value) {
            add(name, reason, value);
        }
        let address = name.strip_suffix("_verified");
        let address = address.filter(|address| matches!(*address, "email" | "phone_number"));
        let is_missing = |address: &str| {
            !row.attributes.contains_key(address) && !is_address(address, &row.username)
        };
        if value == "true" && address.is_some_and(is_missing) {
            add(
                name,
                "is true, but the address is missing".to_owned(),
                value,
            );
        }
    }
    match row.status.as_deref() {
        Some("EXTERNAL_PROVIDER") => {
            let reason = "users of identity providers cannot be imported: Cognito creates them at \
                          their sign-in";
            add("status", reason.to_owned(), "EXTERNAL_PROVIDER");
        }
        Some(status) if matches!(UserStatus::from(status), UserStatus::Other(_)) => {
            add("status", "is no status of a user".to_owned(), status);
        }
        _ => {}
    }
    let groups: BTreeSet<&String> = row.groups.iter().collect();
    if groups.len() > MOST_GROUPS {
        add("groups", format!("has more than {MOST_GROUPS} groups"), "");
    }
    let is_wrong = |name: &str| {
        name.is_empty()
            || name.chars().nth(MOST_NAME).is_some()
            || name.contains(|c: char| c.is_whitespace() || c.is_control())
    };
    if let Some(group) = groups.into_iter().find(|name| is_wrong(name)) {
        let reason = "the name of a group has 1 to 128 characters and no white space";
        add("groups", reason.to_owned(), group);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(key: u64, username: &str, email: &str) -> ImportRow {
        let email = Some(("email".to_owned(), email.to_owned()));
        ImportRow {
            key,
            line: key,
            username: username.to_owned(),
            attributes: email.into_iter().filter(|(_, it)| !it.is_empty()).collect(),
            ..ImportRow::default()
        }
    }

    #[test]
    fn attribute_wins_over_name_that_is_address() {
        let schema = Schema::with_email_names();
        for (username, email, expected) in [
            ("old", "ann@example.com", Some("ann@example.com")),
            ("", "ann@example.com", Some("ann@example.com")),
            (
                "ANN@example.com",
                "ann@example.com",
                Some("ann@example.com"),
            ),
            ("ann@example.com", "", Some("ann@example.com")),
            ("eve@example.com", "ann@example.com", None),
            ("old", "", None),
        ] {
            let found = name(&row(1, username, email), &schema).ok();
            assert_eq!(found.as_deref(), expected, "{username} {email}");
        }
    }

    #[test]
    fn all_rows_of_duplicate_name_are_rejected() {
        let mut input = Input {
            rows: vec![row(1, "ann", ""), row(2, "bob", ""), row(3, "ANN", "")],
            ..Input::default()
        };
        check(&mut input, &Schema::default());
        let lines: Vec<u64> = input.problems.iter().map(|problem| problem.line).collect();
        assert_eq!(lines, [1, 3]);
        assert_eq!(input.problems[0].reason, "is also in line 3");
        assert_eq!(input.rows[0].username, "bob");
    }
}
