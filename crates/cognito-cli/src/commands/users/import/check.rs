//! Checks the users of the file, before a request is sent.

use std::collections::{BTreeSet, HashMap};

use cognito::{EmailAddress, PhoneNumber};

use super::file::Input;
use super::row::{ImportRow, Problem};
use super::schema::Schema;

/// The maximum length of a user name or of the name of a group, in characters.
const MOST_NAME: usize = 128;

/// The maximum number of groups of a user: AWS's quota.
const MOST_GROUPS: usize = 100;

/// The values of `status` in an export.
const STATUSES: [&str; 8] = [
    "ARCHIVED",
    "COMPROMISED",
    "CONFIRMED",
    "EXTERNAL_PROVIDER",
    "FORCE_CHANGE_PASSWORD",
    "RESET_REQUIRED",
    "UNCONFIRMED",
    "UNKNOWN",
];

/// Checks all users, and sets their final names. Moves wrong users out of `input.rows`, and adds
/// what is wrong to `input.problems`, in the order of the lines.
pub(super) fn check(input: &mut Input, schema: &Schema) {
    let mut lines: HashMap<String, u64> = HashMap::new();
    let rows = std::mem::take(&mut input.rows);
    for mut row in rows {
        let mut problems = Vec::new();
        match name(&row, schema) {
            Ok(name) => row.username = name,
            Err(problem) => problems.push(problem),
        }
        check_values(&row, schema, &mut problems);
        let folded = if schema.is_case_sensitive {
            row.username.clone()
        } else {
            row.username.to_lowercase()
        };
        if problems.is_empty()
            && let Some(first) = lines.insert(folded, row.line)
        {
            let reason = format!("is also in line {first}");
            let problem = Problem::new(row.line, "username", reason);
            problems.push(problem.with_value(&row.username));
        }
        if problems.is_empty() {
            input.rows.push(row);
        }
        input.problems.append(&mut problems);
    }
    input.problems.sort_by_key(|problem| problem.line);
}

/// Moves users with a password hash out of `input.rows`: only an import job accepts hashes.
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

/// Returns the name with which the user is created. If users of the pool sign in with an address,
/// it is the address of the user, and not the name in the old pool.
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
        if kinds().any(|kind| is_address(kind, given)) {
            return Ok(given.to_owned());
        }
        let address = kinds().find_map(|kind| row.attributes.get(kind));
        return match address {
            Some(address) => Ok(address.clone()),
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
        Some(status) if !STATUSES.contains(&status) => {
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
