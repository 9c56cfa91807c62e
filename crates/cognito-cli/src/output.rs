//! Writes results to stdout, in the format that the caller chose.

use std::io::{self, Write};

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{ContentArrangement, Table};
use serde::Serialize;

use crate::failure::Outcome;
use crate::global::Format;

/// One row of a result. JSON has the fields of the type; tables and CSV have the columns.
pub(crate) trait Row: Serialize {
    /// The headers of the columns.
    const COLUMNS: &'static [&'static str];

    /// Returns the values of the columns.
    fn cells(&self) -> Vec<String>;
}

/// Writes rows.
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
            serde_json::to_writer_pretty(&mut out, rows)?;
            writeln!(out)?;
        }
        Format::Ndjson => {
            for row in rows {
                serde_json::to_writer(&mut out, row)?;
                writeln!(out)?;
            }
        }
        Format::Csv => {
            let mut csv = csv::Writer::from_writer(out);
            csv.write_record(R::COLUMNS)?;
            for row in rows {
                csv.write_record(row.cells())?;
            }
            csv.flush()?;
        }
    }
    Ok(())
}

/// Writes one object. A table shows its `fields`, one in each line.
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
            serde_json::to_writer_pretty(&mut out, object)?;
            writeln!(out)?;
        }
        Format::Ndjson => {
            serde_json::to_writer(&mut out, object)?;
            writeln!(out)?;
        }
        Format::Csv => {
            let mut csv = csv::Writer::from_writer(out);
            csv.write_record(fields.iter().map(|(name, _)| name))?;
            csv.write_record(fields.iter().map(|(_, value)| value))?;
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

/// Returns `text` without control characters, which could change the terminal.
fn printable(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_have_no_control_characters() {
        assert_eq!(printable("a\u{1b}[2Jb"), "a\u{fffd}[2Jb");
    }
}
