//! Writes the results of commands to stdout, in the format of `--output`.

use std::io::{self, Write};

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{ContentArrangement, Table};
use serde::Serialize;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use crate::failure::Outcome;
use crate::global::Format;

/// A row of a result. JSON contains the fields of the type. Tables and CSV contain the
/// [`COLUMNS`](Self::COLUMNS).
pub(crate) trait Row: Serialize {
    /// The headers of the columns.
    const COLUMNS: &'static [&'static str];

    /// Returns the values of the row, in the order of [`COLUMNS`](Self::COLUMNS).
    fn cells(&self) -> Vec<String>;
}

/// Writes rows to stdout.
pub(crate) fn rows<R: Row>(format: Format, rows: &[R]) -> Outcome<()> {
    let mut out = io::stdout().lock();
    match format {
        Format::Table => {
            let mut table = table();
            table.set_header(R::COLUMNS.iter().copied());
            for row in rows {
                table.add_row(row.cells().iter().map(|cell| printable(cell)));
            }
            writeln!(out, "{table}")?;
        }
        Format::Json => {
            writeln!(out, "{}", json(&serde_json::to_string_pretty(rows)?))?;
        }
        Format::Ndjson => {
            for row in rows {
                writeln!(out, "{}", json(&serde_json::to_string(row)?))?;
            }
        }
        Format::Csv => {
            let mut csv = csv::Writer::from_writer(out);
            csv.write_record(R::COLUMNS)?;
            for row in rows {
                csv.write_record(row.cells().iter().map(|cell| csv_cell(cell)))?;
            }
            csv.flush()?;
        }
    }
    Ok(())
}

/// Writes one object to stdout. JSON contains the fields of its type. Tables and CSV contain
/// `fields`, which are pairs of name and value.
pub(crate) fn record(
    format: Format,
    object: &impl Serialize,
    fields: &[(String, String)],
) -> Outcome<()> {
    let mut out = io::stdout().lock();
    match format {
        Format::Table => {
            let mut table = table();
            for (name, value) in fields {
                table.add_row([printable(name), printable(value)]);
            }
            writeln!(out, "{table}")?;
        }
        Format::Json => {
            writeln!(out, "{}", json(&serde_json::to_string_pretty(object)?))?;
        }
        Format::Ndjson => {
            writeln!(out, "{}", json(&serde_json::to_string(object)?))?;
        }
        Format::Csv => {
            let mut csv = csv::Writer::from_writer(out);
            csv.write_record(fields.iter().map(|(name, _)| csv_cell(name)))?;
            csv.write_record(fields.iter().map(|(_, value)| csv_cell(value)))?;
            csv.flush()?;
        }
    }
    Ok(())
}

fn table() -> Table {
    let mut table = Table::new();
    table
        .load_style(UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Disabled);
    table
}

/// Returns a count with its noun, such as `1 problem` or `2 problems`.
pub(crate) fn count_of(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// Returns `text` with invisible characters escaped, such as `\u{1b}`. Control characters could
/// send commands to the terminal, and bidirectional characters could change the order of the shown
/// characters.
pub(crate) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_invisible(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Returns `true` for control, format, private and unassigned characters, and for separators of
/// lines and paragraphs.
pub(crate) fn is_invisible(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_control();
    }
    character.general_category_group() == GeneralCategoryGroup::Other
        || matches!(character, '\u{2028}' | '\u{2029}')
}

/// Returns the content of a cell of a CSV file. If a spreadsheet would evaluate `text` as a formula,
/// adds `'` at the start (OWASP, "CSV Injection"). The spreadsheet then does not compute the cell.
pub(crate) fn csv_cell(text: &str) -> String {
    let prefix = if is_formula(text) { "'" } else { "" };
    format!("{prefix}{}", printable(text))
}

/// Returns `true` if a spreadsheet would evaluate a cell with this content as a formula.
pub(crate) fn is_formula(text: &str) -> bool {
    text.trim_start().starts_with(['=', '+', '-', '@']) || text.starts_with(['\t', '\r', '\n'])
}

/// Returns a JSON document with invisible characters escaped, such as `\u001b`. Line feeds are
/// kept. The other invisible characters occur only in strings, where JSON allows escapes.
pub(crate) fn json(document: &str) -> String {
    let mut shown = String::with_capacity(document.len());
    for character in document.chars() {
        if character == '\n' || !is_invisible(character) {
            shown.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            shown.push_str(&format!("\\u{unit:04x}"));
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_characters_are_escaped() {
        let text = "a\u{1b}[2J\u{9b}\u{202e}\u{2028}\u{200b}\u{e0041}é ü";
        let shown = "a\\u{1b}[2J\\u{9b}\\u{202e}\\u{2028}\\u{200b}\\u{e0041}é ü";
        assert_eq!(printable(text), shown);
        let document = json(&serde_json::to_string(text).unwrap());
        assert!(!document.contains(is_invisible), "{document}");
        assert_eq!(serde_json::from_str::<String>(&document).unwrap(), text);
    }

    #[test]
    fn formulas_are_text_in_csv() {
        for (text, cell) in [
            ("=1", "'=1"),
            (" @SUM(1)", "' @SUM(1)"),
            ("+49", "'+49"),
            ("-1", "'-1"),
            ("\t", "'\\u{9}"),
            ("a=1", "a=1"),
            ("", ""),
        ] {
            assert_eq!(csv_cell(text), cell);
        }
    }
}
