//! Reads the file to import: an export of `users export`, or a CSV file of another system.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::columns::{Column, Mapping, columns};
use super::row::{ImportRow, Problem};
use super::schema::{Schema, is_read_only};
use crate::failure::{Failure, Outcome};
use crate::output::is_formula;

/// The users in a file, and the errors of the lines that are no users.
#[derive(Default)]
pub(super) struct Input {
    pub(super) rows: Vec<ImportRow>,
    pub(super) problems: Vec<Problem>,
}

/// Reads the users in a file with this content.
///
/// # Errors
///
/// Fails if the content is not UTF-8, or if the header of a CSV file is wrong.
pub(super) fn read(
    path: &Path,
    content: &[u8],
    map: &[Mapping],
    schema: &Schema,
) -> Outcome<Input> {
    let shown = path.display();
    let text = std::str::from_utf8(content);
    let text = text.map_err(|_| Failure::usage(format!("{shown} is not UTF-8")))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let is_csv = path.extension().is_some_and(|end| end == "csv") || !text.starts_with('{');
    if is_csv && !text.is_empty() {
        return read_csv(text, map, schema);
    }
    if !map.is_empty() {
        return Err(Failure::usage("--map is for CSV files"));
    }
    Ok(read_ndjson(text))
}

/// A line of an NDJSON export. `created`, `modified` and `mfa` are not imported.
#[derive(Deserialize)]
struct JsonUser {
    username: String,
    sub: Option<String>,
    status: Option<String>,
    enabled: Option<bool>,
    attributes: BTreeMap<String, String>,
    groups: Option<Vec<String>>,
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
        }
    }
}

/// The first columns of a CSV file that `users export` has written.
const EXPORT: [&str; 6] = [
    "username", "sub", "status", "enabled", "created", "modified",
];

fn read_csv(text: &str, map: &[Mapping], schema: &Schema) -> Outcome<Input> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut records = reader.records();
    let header = records.next().transpose()?.unwrap_or_default();
    let header: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
    let is_export = header.iter().take(EXPORT.len()).eq(EXPORT.iter());
    let columns = columns(&header, map, schema)?;
    let mut input = Input::default();
    for record in records {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        if record.len() != columns.len() {
            let (found, expected) = (record.len(), columns.len());
            let reason = format!("has {found} values, but the header has {expected} columns");
            input.problems.push(Problem::new(line, "", reason));
            continue;
        }
        let cells = header.iter().zip(&columns).zip(&record);
        let before = input.problems.len();
        let mut row = ImportRow {
            line,
            ..ImportRow::default()
        };
        for ((name, column), cell) in cells {
            set(&mut row, (name, column), cell, is_export)
                .unwrap_or_else(|problem| input.problems.push(problem));
        }
        if input.problems.len() == before {
            input.rows.push(row);
        }
    }
    Ok(input)
}

fn set(
    row: &mut ImportRow,
    (name, column): (&str, &Column),
    cell: &str,
    is_export: bool,
) -> Result<(), Problem> {
    let value = if is_export {
        exported(cell)
    } else {
        cell.to_owned()
    };
    let line = row.line;
    let result = column.set(row, value);
    result.map_err(|reason| Problem::new(line, name, reason).with_value(cell))
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
