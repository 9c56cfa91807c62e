//! Writes the results of commands to stdout, in the format of `--output`.

use std::fmt::Display;
use std::io::{self, Write};
use std::{env, iter, slice};

use comfy_table::presets::{UTF8_FULL, UTF8_FULL_CONDENSED};
use comfy_table::{ContentArrangement, Table};
use console::{Term, measure_text_width};
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
    let header = R::COLUMNS.iter().map(|column| (*column).to_owned());
    let records = iter::once(header.collect()).chain(rows.iter().map(Row::cells));
    write(format, || table_of_rows(rows, width()), rows, rows, records)
}

/// Writes one object to stdout. JSON contains the fields of its type. Tables and CSV contain
/// `fields`, which are pairs of name and value.
pub(crate) fn record(
    format: Format,
    object: &impl Serialize,
    fields: &[(String, String)],
) -> Outcome<()> {
    let (names, values) = fields.iter().cloned().unzip();
    let records = [names, values].into_iter();
    let table = || table_of_fields(fields, width());
    write(format, table, object, slice::from_ref(object), records)
}

/// Writes a result to stdout: `table`, the JSON document `whole`, the JSON documents `lines`, or the
/// CSV `records`.
fn write(
    format: Format,
    table: impl FnOnce() -> Table,
    whole: &(impl Serialize + ?Sized),
    lines: &[impl Serialize],
    records: impl Iterator<Item = Vec<String>>,
) -> Outcome<()> {
    let mut out = io::stdout().lock();
    match format {
        Format::Table => writeln!(out, "{}", table())?,
        Format::Json => writeln!(out, "{}", json(&serde_json::to_string_pretty(whole)?))?,
        Format::Ndjson => {
            for line in lines {
                writeln!(out, "{}", json(&serde_json::to_string(line)?))?;
            }
        }
        Format::Csv => {
            let mut csv = csv::Writer::from_writer(out);
            for record in records {
                csv.write_record(record.iter().map(|cell| csv_cell(cell)))?;
            }
            csv.flush()?;
        }
    }
    Ok(())
}

/// Converts named counts into the fields of a result.
pub(crate) fn counts(counts: &[(&str, u64)]) -> Vec<(String, String)> {
    let counts = counts.iter();
    counts
        .map(|(name, count)| ((*name).to_owned(), count.to_string()))
        .collect()
}

/// Returns a table with a line for each row. Cells are wrapped, so that no line is longer than
/// `width`.
fn table_of_rows<R: Row>(rows: &[R], width: u16) -> Table {
    let mut table = table(width);
    table.set_header(R::COLUMNS.iter().copied());
    for row in rows {
        table.add_row(row.cells().iter().map(|cell| printable(cell)));
    }
    // The header and the frame have four lines.
    separated(table, rows.len() + 4)
}

/// Returns a table with a line for each pair of name and value.
fn table_of_fields(fields: &[(String, String)], width: u16) -> Table {
    let mut table = table(width);
    for (name, value) in fields {
        table.add_row([printable(name), printable(value)]);
    }
    separated(table, fields.len() + 2)
}

/// Draws lines between the rows if cells are wrapped: if the table has more than this number of
/// lines.
///
/// Security: without these lines, a user could choose a value whose second line looks like the row
/// of another user.
fn separated(mut table: Table, lines: usize) -> Table {
    if table.lines().count() > lines {
        table.load_style(UTF8_FULL);
    }
    table
}

fn table(width: u16) -> Table {
    let mut table = Table::new();
    table
        .load_style(UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width);
    table
}

/// The width of results if the width of the terminal is unknown, in characters.
const DEFAULT_WIDTH: u16 = 100;

/// Returns the width of the terminal of stdout, in characters. If stdout is not a terminal, returns
/// the environment variable `COLUMNS`, or 100 if the variable is not set.
pub(crate) fn width() -> u16 {
    let terminal = Term::stdout().size_checked().map(|(_, columns)| columns);
    let variable = || env::var("COLUMNS").ok()?.parse().ok();
    let known = terminal.or_else(variable).filter(|width| *width > 0);
    known.unwrap_or(DEFAULT_WIDTH)
}

/// Writes a paragraph. Its first line begins with `mark`. The other lines are indented by `indent`
/// characters.
pub(crate) fn paragraph(
    out: &mut impl Write,
    mark: &str,
    indent: usize,
    text: &str,
) -> io::Result<()> {
    let mut mark = mark;
    let width = usize::from(width()).saturating_sub(indent);
    for line in wrapped(&printable(text), width) {
        writeln!(out, "{mark:<indent$}{line}")?;
        mark = "";
    }
    Ok(())
}

/// Splits a string into lines at its spaces. A word that is longer than a line is not split, so that
/// the operator can copy it.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let Some(line) = lines.last_mut() else {
            continue;
        };
        let length = measure_text_width(line) + 1 + measure_text_width(word);
        if line.is_empty() {
            line.push_str(word);
        } else if length <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// Returns a count with its noun, such as `1 problem` or `2 problems`.
pub(crate) fn count_of<N>(count: N, noun: &str) -> String
where
    N: Copy + Display + From<u8> + PartialEq,
{
    let plural = if count == N::from(1) { "" } else { "s" };
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

/// Returns `true` for control, format, private and unassigned characters, for separators of lines and
/// paragraphs, and for [blank](is_blank) characters.
pub(crate) fn is_invisible(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_control();
    }
    character.general_category_group() == GeneralCategoryGroup::Other
        || matches!(character, '\u{2028}' | '\u{2029}')
        || is_blank(character)
}

/// Returns `true` for characters that are shown as nothing or as a space, although they are letters,
/// marks or symbols: those with the property `Default_Ignorable_Code_Point` of Unicode, such as
/// variation selectors and the fillers of Hangul, and the empty character of Braille.
const fn is_blank(character: char) -> bool {
    matches!(
        character,
        '\u{34f}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{ffa0}'
            | '\u{e0100}'..='\u{e01ef}'
    )
}

/// Returns the content of a cell of a CSV file. If a spreadsheet would evaluate `text` as a formula,
/// adds `'` at the start (OWASP, "CSV Injection"). The spreadsheet then does not compute the cell.
///
/// In many languages, a spreadsheet splits a CSV file at semicolons, not at commas. Therefore each
/// part between semicolons is handled like a cell.
pub(crate) fn csv_cell(text: &str) -> String {
    let parts = text.split(';').map(|part| {
        let prefix = if is_formula(part) { "'" } else { "" };
        format!("{prefix}{}", printable(part))
    });
    parts.collect::<Vec<_>>().join(";")
}

/// Removes each `'` that [`csv_cell`] has added to a cell. [`csv_cell`] writes both `=a` and `'=a`
/// as `'=a`, so the original text of such a cell is unknown. This function returns `=a`.
pub(crate) fn without_quotes(cell: &str) -> String {
    let parts = cell.split(';').map(|part| match part.strip_prefix('\'') {
        Some(text) if is_formula(text) => text,
        _ => part,
    });
    parts.collect::<Vec<_>>().join(";")
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

    /// They have no width, or look like a space: two different names would look equal.
    #[test]
    fn ignorable_characters_and_fillers_are_escaped() {
        for character in [
            '\u{34f}',
            '\u{115f}',
            '\u{1160}',
            '\u{17b4}',
            '\u{180b}',
            '\u{180f}',
            '\u{2800}',
            '\u{3164}',
            '\u{fe00}',
            '\u{fe0f}',
            '\u{ffa0}',
            '\u{e0100}',
            '\u{e01ef}',
        ] {
            let escaped = format!("a\\u{{{:x}}}b", u32::from(character));
            assert_eq!(printable(&format!("a{character}b")), escaped);
        }
        assert_eq!(printable("e\u{301}한글"), "e\u{301}한글");
    }

    #[derive(Serialize)]
    struct User {
        name: &'static str,
        note: &'static str,
    }

    impl Row for User {
        const COLUMNS: &'static [&'static str] = &["name", "status", "note"];

        fn cells(&self) -> Vec<String> {
            [self.name, "CONFIRMED", self.note]
                .map(str::to_owned)
                .into()
        }
    }

    const USERS: [User; 2] = [
        User {
            name: "ann",
            note: "the user exists, but has no verified address",
        },
        User {
            name: "0123456789abcdef0123456789abcdef",
            note: "",
        },
    ];

    #[test]
    fn table_is_wrapped_at_width() {
        let table = table_of_rows(&USERS, 46).to_string();
        assert_eq!(table, TABLE.trim(), "\n{table}");
        for width in [20, 30, 60, 100] {
            let table = table_of_rows(&USERS, width).to_string();
            let longest = table.lines().map(|line| line.chars().count()).max();
            assert!(longest <= Some(width.into()), "{width}\n{table}");
        }
        let fields = [("a".to_owned(), "word ".repeat(30))];
        let table = table_of_fields(&fields, 40).to_string();
        assert!(
            table.lines().all(|line| line.chars().count() <= 40),
            "{table}"
        );
    }

    /// Without lines between the rows, the rest of a wrapped cell looks like the row of another user.
    #[test]
    fn rows_are_separated_if_cells_are_wrapped() {
        for (width, lines) in [(46, 1), (100, 0)] {
            let table = table_of_rows(&USERS, width).to_string();
            assert_eq!(table.matches('├').count(), lines, "{table}");
            let fields = ["a", "b"].map(|name| (name.to_owned(), "word ".repeat(15)));
            let table = table_of_fields(&fields, width).to_string();
            assert_eq!(table.matches('├').count(), lines, "{table}");
        }
    }

    const TABLE: &str = "
┌────────────────┬───────────┬───────────────┐
│ name           ┆ status    ┆ note          │
╞════════════════╪═══════════╪═══════════════╡
│ ann            ┆ CONFIRMED ┆ the user      │
│                ┆           ┆ exists, but   │
│                ┆           ┆ has no        │
│                ┆           ┆ verified      │
│                ┆           ┆ address       │
├╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌┼╌╌╌╌╌╌╌╌╌╌╌┼╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌┤
│ 0123456789abcd ┆ CONFIRMED ┆               │
│ ef0123456789ab ┆           ┆               │
│ cdef           ┆           ┆               │
└────────────────┴───────────┴───────────────┘
";

    #[test]
    fn lines_are_wrapped_at_spaces() {
        let lines = wrapped(&"AdminGetUser, ".repeat(20), 70);
        assert!(lines.len() > 1, "{lines:?}");
        assert!(lines.iter().all(|line| line.len() <= 70), "{lines:?}");
    }

    #[test]
    fn width_of_lines_is_in_columns() {
        let lines = wrapped("日本語 日本語 e\u{301}e\u{301} ab", 13);
        assert_eq!(lines, ["日本語 日本語", "e\u{301}e\u{301} ab"]);
        assert_eq!(wrapped("日本語 日本語", 12), ["日本語", "日本語"]);
    }

    #[test]
    fn long_word_stays_in_one_piece() {
        let url = format!("https://{}", "a".repeat(100));
        assert_eq!(wrapped(&format!("see {url} now"), 70), ["see", &url, "now"]);
    }

    #[test]
    fn count_has_right_noun() {
        assert_eq!(count_of(0_usize, "user"), "0 users");
        assert_eq!(count_of(1_u64, "user"), "1 user");
        assert_eq!(count_of(2_u64, "user"), "2 users");
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
            ("a;=1; -1;b", "a;'=1;' -1;b"),
            ("", ""),
        ] {
            assert_eq!(csv_cell(text), cell);
        }
    }
}
