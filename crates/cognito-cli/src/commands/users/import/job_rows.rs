//! Checks the users for an import job, and creates the CSV file of the job.

use super::file::Input;
use super::hash::Algorithm;
use super::row::{ImportRow, Problem};
use super::schema::Schema;
use crate::commands::users::job_file::{self, JobFile, JobUser};
use crate::failure::{Failure, Outcome};

/// The maximum number of users in a file: AWS's quota.
const MOST_USERS: usize = 500_000;

/// The maximum size of a file in bytes: AWS's quota.
const MOST_BYTES: usize = 100 * 1024 * 1024;

/// Checks that the users meet the requirements of import jobs. Removes a user who does not meet
/// them from `input.rows`, and adds the reasons to `input.problems`, in the order of the lines.
pub(super) fn check(
    input: &mut Input,
    file: &JobFile,
    schema: &Schema,
    algorithm: Option<Algorithm>,
) -> Outcome<()> {
    if schema.auto_verified.is_empty() {
        return Err(Failure::usage(
            "the pool has no auto-verified attribute, which import jobs need: set \
             AutoVerifiedAttributes, or use --by create",
        ));
    }
    let problems = &mut input.problems;
    input.rows.retain(|row| {
        let before = problems.len();
        check_row(row, file, schema, algorithm, problems);
        problems.len() == before
    });
    input.problems.sort_by_key(|problem| problem.line);
    if input.rows.len() > MOST_USERS {
        return Err(Failure::usage(format!(
            "the file has more than {MOST_USERS} users, the maximum of an import job: split it"
        )));
    }
    Ok(())
}

fn check_row(
    row: &ImportRow,
    file: &JobFile,
    schema: &Schema,
    algorithm: Option<Algorithm>,
    problems: &mut Vec<Problem>,
) {
    let value = |name: &str| row.attributes.get(name).map(String::as_str);
    let mut add = |column: &str, reason: &str| {
        problems.push(Problem::new(row.line, column, reason));
    };
    let is_verified = |name: &String| value(&format!("{name}_verified")) == Some("true");
    if !schema.auto_verified.iter().any(is_verified) {
        let column = format!("{}_verified", schema.auto_verified[0]);
        add(
            &column,
            "must be true: an import job needs a verified address",
        );
    }
    for name in schema.required() {
        let is_name = schema.username_attributes.contains(name);
        if value(name).is_none() && !is_name {
            add(name, "is missing: the pool requires it");
        }
    }
    match (row.hash.as_deref(), algorithm) {
        (Some(hash), Some(algorithm)) => {
            if let Err(reason) = algorithm.check(hash) {
                add(job_file::HASH, reason);
            }
        }
        (Some(_), None) => add(job_file::HASH, "needs --hashes ALGORITHM"),
        (None, _) => {}
    }
    if let Err(rejected) = file.line(&user(row)) {
        add(&rejected.column, rejected.reason);
    }
}

fn user(row: &ImportRow) -> JobUser<'_> {
    JobUser {
        username: &row.username,
        attributes: &row.attributes,
        has_sms: row.has_sms,
        hash: hash(row),
    }
}

/// Returns the hash for the file. A user who was not confirmed gets none: with a hash, the job would
/// confirm the user.
fn hash(row: &ImportRow) -> Option<&str> {
    let is_other = row.status.is_some() && !row.is_confirmed();
    row.hash.as_deref().filter(|_| !is_other)
}

/// Returns the content of the file for an import job. `rows` are the users to import, which
/// [`check`] has accepted.
pub(super) fn file(file: &JobFile, rows: &[&ImportRow]) -> Outcome<Vec<u8>> {
    let mut text = file.header();
    text.push('\n');
    for row in rows {
        let line = file.line(&user(row));
        let line = line.map_err(|_| Failure::usage("the file was not checked"))?;
        text.push_str(&line);
        text.push('\n');
    }
    if text.len() > MOST_BYTES {
        return Err(Failure::usage(
            "the file of the import job has more than 100 MB, the maximum: split the users",
        ));
    }
    Ok(text.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_confirmed_users_keep_hashes() {
        for (status, expected) in [
            (None, Some("hash")),
            (Some("CONFIRMED"), Some("hash")),
            (Some("UNCONFIRMED"), None),
            (Some("COMPROMISED"), None),
            (Some("RESET_REQUIRED"), None),
        ] {
            let row = ImportRow {
                status: status.map(str::to_owned),
                hash: Some("hash".to_owned()),
                ..ImportRow::default()
            };
            assert_eq!(hash(&row), expected, "{status:?}");
        }
    }
}
