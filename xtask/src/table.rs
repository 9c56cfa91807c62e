//! Formats text tables for the terminal.

/// Formats rows under a header. Each column is as wide as its widest cell. Columns that contain
/// only numbers are aligned to the right.
pub(crate) fn layout(header: &[&str], rows: &[Vec<String>]) -> String {
    let widths: Vec<usize> = header
        .iter()
        .enumerate()
        .map(|(index, title)| {
            cells(rows, index)
                .map(|cell| cell.chars().count())
                .chain([title.chars().count()])
                .max()
                .unwrap_or_default()
        })
        .collect();
    let numeric: Vec<bool> = (0..header.len())
        .map(|index| cells(rows, index).all(is_number))
        .collect();
    let titles: Vec<String> = header.iter().map(|&title| title.to_owned()).collect();
    let rule: Vec<String> = widths.iter().map(|&width| "-".repeat(width)).collect();
    [titles, rule]
        .iter()
        .chain(rows)
        .map(|row| one_row(row, &widths, &numeric))
        .collect()
}

fn cells(rows: &[Vec<String>], index: usize) -> impl Iterator<Item = &str> {
    rows.iter()
        .map(move |row| row.get(index).map_or("", String::as_str))
}

fn is_number(cell: &str) -> bool {
    cell.chars()
        .all(|character| character.is_ascii_digit() || matches!(character, '.' | ',' | '-'))
}

fn one_row(row: &[String], widths: &[usize], numeric: &[bool]) -> String {
    let mut line = String::new();
    for (index, (&width, &right)) in widths.iter().zip(numeric).enumerate() {
        let cell = row.get(index).map_or("", String::as_str);
        if index > 0 {
            line.push_str("  ");
        }
        if right {
            line.push_str(&format!("{cell:>width$}"));
        } else {
            line.push_str(&format!("{cell:<width$}"));
        }
    }
    let mut line = line.trim_end().to_owned();
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aligns_numbers_right_and_words_left() {
        let rows = [
            vec!["doctests".to_owned(), "7".to_owned()],
            vec!["unit".to_owned(), "1204".to_owned()],
        ];
        let text = layout(&["group", "passed"], &rows);
        assert_eq!(
            text,
            "group     passed\n--------  ------\ndoctests       7\nunit        1204\n"
        );
    }
}
