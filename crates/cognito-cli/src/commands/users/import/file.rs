//! Reads the file to import: an export of `users export`, or a CSV file of another system.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use serde::Deserialize;

use super::columns::{Column, Mapping, SMS, columns};
use super::row::{ImportRow, Problem};
use super::schema::{Schema, is_read_only};
use crate::commands::users::job_file;
use crate::failure::{Failure, Outcome};
use crate::output::{is_invisible, without_quotes};

/// The users in a file, and the errors in its lines.
#[derive(Default)]
pub(super) struct Input {
    pub(super) rows: Vec<ImportRow>,
    pub(super) problems: Vec<Problem>,
}

/// Reads the users in a file with this content. If `reveal` is `true`, messages contain the names of
/// unknown columns.
///
/// # Errors
///
/// Fails if the content is not UTF-8, or if the header of a CSV file is wrong.
pub(super) fn read(
    path: &Path,
    content: &[u8],
    map: &[Mapping],
    schema: &Schema,
    reveal: bool,
) -> Outcome<Input> {
    let shown = path.display();
    let text = std::str::from_utf8(content);
    let text = text.map_err(|_| Failure::usage(format!("{shown} is not UTF-8")))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let is_csv = path.extension().is_some_and(|end| end == "csv") || !text.starts_with('{');
    let input = if is_csv && !text.is_empty() {
        read_csv(text, map, schema, reveal)?
    } else if map.is_empty() {
        read_ndjson(text)
    } else {
        return Err(Failure::usage("--map is for CSV files"));
    };
    check_keys(&input.rows)?;
    Ok(input)
}

/// Checks that no two rows have the same [`ImportRow::key`], because the journal identifies rows by
/// their keys.
fn check_keys(rows: &[ImportRow]) -> Outcome<()> {
    let mut keys = HashSet::new();
    match rows.iter().find(|row| !keys.insert(row.key)) {
        Some(row) => Err(Failure::usage(format!(
            "the rows of the file cannot be distinguished: see line {}",
            row.line
        ))),
        None => Ok(()),
    }
}

/// A line of an NDJSON export. `created` and `modified` are not imported.
#[derive(Deserialize)]
struct JsonUser {
    username: String,
    sub: Option<String>,
    status: Option<String>,
    enabled: Option<bool>,
    attributes: BTreeMap<String, String>,
    groups: Option<Vec<String>>,
    mfa: Option<Vec<String>>,
    password_hash: Option<String>,
}

fn read_ndjson(text: &str) -> Input {
    let mut input = Input::default();
    for (at, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        match serde_json::from_str::<JsonUser>(line) {
            Ok(user) => input.rows.push(user.into_row(at)),
            // Security: the error of `serde_json` can contain a value.
            Err(error) => {
                let column = error.column();
                let reason = format!("is no user of an export: see column {column} of the line");
                input.problems.push(Problem::new(at, "", reason));
            }
        }
    }
    input
}

impl JsonUser {
    fn into_row(self, line: u64) -> ImportRow {
        let identities = self.attributes.get("identities");
        let is_linked = identities.is_some_and(|linked| !matches!(&**linked, "" | "[]"));
        let attributes = self.attributes.into_iter();
        let attributes =
            attributes.filter(|(name, value)| !is_read_only(name) && !value.is_empty());
        ImportRow {
            key: line,
            line,
            username: self.username,
            sub: self.sub,
            status: self.status,
            is_disabled: self.enabled == Some(false),
            attributes: attributes.collect(),
            groups: self.groups.unwrap_or_default(),
            is_linked,
            has_sms: self.mfa.into_iter().flatten().any(|name| name == SMS),
            hash: self.password_hash.filter(|hash| !hash.is_empty()),
        }
    }
}

/// The first columns of a CSV file that `users export` has written.
const EXPORT: [&str; 6] = [
    "username", "sub", "status", "enabled", "created", "modified",
];

fn read_csv(text: &str, map: &[Mapping], schema: &Schema, reveal: bool) -> Outcome<Input> {
    let is_job = text.lines().next().is_some_and(is_job_header);
    let mut records = if is_job {
        job_records(text)
    } else {
        csv_records(text)?
    }
    .into_iter();
    let header = records.next().unwrap_or_default().values;
    let header: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
    let is_export = header.iter().take(EXPORT.len()).eq(EXPORT.iter());
    let syntax = match (is_job, is_export) {
        (true, _) => Syntax::Job,
        (_, true) => Syntax::Export,
        _ => Syntax::Other,
    };
    let columns = columns(&header, map, schema, reveal)?;
    let mut input = Input::default();
    for record in records {
        let Record { key, line, values } = record;
        if values.len() != columns.len() {
            let (found, expected) = (values.len(), columns.len());
            let reason = format!("has {found} values, but the header has {expected} columns");
            input.problems.push(Problem::new(line, "", reason));
            continue;
        }
        let cells = header.iter().zip(&columns).zip(values);
        let before = input.problems.len();
        let mut row = ImportRow {
            key,
            line,
            ..ImportRow::default()
        };
        for ((name, column), cell) in cells {
            set(&mut row, (name, column), cell, syntax)
                .unwrap_or_else(|problem| input.problems.push(problem));
        }
        if input.problems.len() == before {
            input.rows.push(row);
        }
    }
    Ok(input)
}

/// The origin of a CSV file, which decides how values are written.
#[derive(Clone, Copy)]
enum Syntax {
    /// `users export`.
    Export,
    /// A file for an import job, such as the output of `users export --format import-job`.
    Job,
    Other,
}

/// Returns `true` if this is the header of a file for an import job.
fn is_job_header(line: &str) -> bool {
    let names = job_file::values(line);
    [job_file::USERNAME, job_file::MFA]
        .iter()
        .all(|name| names.iter().any(|found| found == name))
}

/// A record of a CSV file.
#[derive(Default)]
struct Record {
    /// The number of the record in the file.
    key: u64,
    /// The number of the line in which the record starts.
    line: u64,
    values: Vec<String>,
}

fn job_records(text: &str) -> Vec<Record> {
    let lines = (1..).zip(text.lines());
    let lines = lines.filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(at, line)| Record {
            key: at,
            line: at,
            values: job_file::values(line),
        })
        .collect()
}

fn csv_records(text: &str) -> Outcome<Vec<Record>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut records = Vec::new();
    let mut lines = Lines {
        text,
        at: 0,
        line: 1,
    };
    for (key, record) in (1..).zip(reader.records()) {
        let record = record?;
        let start = record.position().map_or(0, csv::Position::byte);
        records.push(Record {
            key,
            line: lines.line_of(usize::try_from(start).unwrap_or(usize::MAX)),
            values: record.iter().map(str::to_owned).collect(),
        });
    }
    Ok(records)
}

/// Counts the lines of a file. A line ends with `\n`, `\r` or `\r\n`, and a file can mix these
/// ends. The line numbers of the crate `csv` are not used, because that crate counts only `\n`.
struct Lines<'a> {
    text: &'a str,
    /// The position in bytes up to which the lines are counted.
    at: usize,
    /// The number of the line at this position.
    line: u64,
}

impl Lines<'_> {
    /// Returns the line number at the byte `start`. Line ends at this position are skipped, because
    /// empty lines can precede the record. `start` must not decrease from call to call.
    fn line_of(&mut self, start: usize) -> u64 {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            let is_end = matches!(byte, b'\n' | b'\r');
            if self.at >= start && !is_end {
                break;
            }
            let is_first_of_two = *byte == b'\r' && bytes.get(self.at + 1) == Some(&b'\n');
            self.line += u64::from(is_end && !is_first_of_two);
            self.at += 1;
        }
        self.line
    }
}

fn set(
    row: &mut ImportRow,
    (name, column): (&str, &Column),
    cell: String,
    syntax: Syntax,
) -> Result<(), Problem> {
    let is_date = *column == Column::Attribute("birthdate".to_owned());
    let value = match syntax {
        Syntax::Export => exported(&cell),
        Syntax::Job if is_date => job_file::to_iso(&cell).unwrap_or(cell),
        Syntax::Job | Syntax::Other => cell,
    };
    let line = row.line;
    column.set(row, value.clone()).map_err(|reason| {
        let problem = Problem::new(line, name, reason);
        problem.with_value(&value)
    })
}

/// Returns the value of a cell that [`csv_cell`](crate::output::csv_cell) has written.
fn exported(cell: &str) -> String {
    let mut value = String::with_capacity(cell.len());
    let mut rest = cell;
    while let Some((before, after)) = rest.split_once("\\u{") {
        value.push_str(before);
        let escaped = after.split_once('}').and_then(|(digits, after)| {
            let number = u32::from_str_radix(digits, 16).ok()?;
            let character = char::from_u32(number)?;
            // The export writes only invisible characters in this form, and without leading zeros.
            let is_escape = is_invisible(character) && digits == format!("{number:x}");
            is_escape.then_some((character, after))
        });
        if let Some((character, _)) = escaped {
            value.push(character);
        } else {
            value.push_str("\\u{");
        }
        rest = escaped.map_or(after, |(_, after)| after);
    }
    value.push_str(rest);
    without_quotes(&value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::csv_cell;

    #[test]
    fn cells_of_export_are_read_back() {
        for value in [
            "=1",
            "+4930123456",
            " @SUM(1)",
            "a;=1;\t;b",
            "a\u{1b}[2J\u{9b}\u{202e}b",
            "\t",
            "\n=1",
            "O'Neil",
            "'quoted'",
            "\\u{",
            "\\u{x}",
            "\\u{41}",
            "\\u{001b}",
            "\\u{1B}",
            "",
        ] {
            assert_eq!(exported(&csv_cell(value)), value);
        }
    }

    #[test]
    fn records_with_any_line_end_have_own_keys() {
        for (text, expected) in [
            ("username\rann\rbob\r", [1, 2, 3]),
            ("username\nann\r\nbob\r\n", [1, 2, 3]),
            ("username\r\nann\rbob", [1, 2, 3]),
            ("username\r\n\r\nann\n\nbob\n", [1, 3, 5]),
            ("username\n\"a\r\nnn\"\r\nbob\n", [1, 2, 4]),
        ] {
            let records = csv_records(text).unwrap();
            let keys: Vec<u64> = records.iter().map(|record| record.key).collect();
            let lines: Vec<u64> = records.iter().map(|record| record.line).collect();
            assert_eq!(keys, [1, 2, 3], "{text:?}");
            assert_eq!(lines, expected, "{text:?}");
        }
    }

    #[test]
    fn rows_with_same_key_are_rejected() {
        let row = |key| ImportRow {
            key,
            ..ImportRow::default()
        };
        assert!(check_keys(&[row(1), row(2)]).is_ok());
        assert!(check_keys(&[row(1), row(1)]).is_err());
    }
}
