//! Reads the file to import: an export of `users export`, or a CSV file of another system.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::columns::{Column, Mapping, SMS, columns};
use super::row::{ImportRow, Problem};
use super::schema::{Schema, is_read_only};
use crate::commands::users::job_file;
use crate::failure::{Failure, Outcome};
use crate::output::is_formula;

/// The users in a file, and the errors of the lines that are no users.
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
    if is_csv && !text.is_empty() {
        return read_csv(text, map, schema, reveal);
    }
    if !map.is_empty() {
        return Err(Failure::usage("--map is for CSV files"));
    }
    Ok(read_ndjson(text))
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
    let (_, header) = records.next().unwrap_or_default();
    let header: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
    let is_export = header.iter().take(EXPORT.len()).eq(EXPORT.iter());
    let syntax = match (is_job, is_export) {
        (true, _) => Syntax::Job,
        (_, true) => Syntax::Export,
        _ => Syntax::Other,
    };
    let columns = columns(&header, map, schema, reveal)?;
    let mut input = Input::default();
    for (line, record) in records {
        if record.len() != columns.len() {
            let (found, expected) = (record.len(), columns.len());
            let reason = format!("has {found} values, but the header has {expected} columns");
            input.problems.push(Problem::new(line, "", reason));
            continue;
        }
        let cells = header.iter().zip(&columns).zip(record);
        let before = input.problems.len();
        let mut row = ImportRow {
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
    /// `users export --format import-job`, or another file for an import job.
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

/// A line number, and the values of the line.
type Record = (u64, Vec<String>);

fn job_records(text: &str) -> Vec<Record> {
    let lines = (1..).zip(text.lines());
    let lines = lines.filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(at, line)| (at, job_file::values(line)))
        .collect()
}

fn csv_records(text: &str) -> Outcome<Vec<Record>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut records = Vec::new();
    for record in reader.records() {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        records.push((line, record.iter().map(str::to_owned).collect()));
    }
    Ok(records)
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
/// Values that are the same in CSV cannot be distinguished: `'=a` is read as `=a`.
fn exported(cell: &str) -> String {
    let mut value = String::with_capacity(cell.len());
    let mut rest = cell;
    while let Some((before, after)) = rest.split_once("\\u{") {
        value.push_str(before);
        let escaped = after.split_once('}').and_then(|(digits, after)| {
            let number = u32::from_str_radix(digits, 16).ok()?;
            Some((char::from_u32(number)?, after))
        });
        if let Some((character, _)) = escaped {
            value.push(character);
        } else {
            value.push_str("\\u{");
        }
        rest = escaped.map_or(after, |(_, after)| after);
    }
    value.push_str(rest);
    match value.strip_prefix('\'') {
        Some(text) if is_formula(text) => text.to_owned(),
        _ => value,
    }
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
            "a\u{1b}[2J\u{9b}\u{202e}b",
            "\t",
            "\n=1",
            "O'Neil",
            "'quoted'",
            "\\u{",
            "\\u{x}",
            "",
        ] {
            assert_eq!(exported(&csv_cell(value)), value);
        }
    }
}
