//! Compares the reference page `docs/reference/audit-checks.md` with the table of checks.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use super::check::Check;
use super::checks;

const PAGE: &str = "../../docs/reference/audit-checks.md";

fn row(check: &Check) -> String {
    let cells = [
        format!("`{}`", check.id),
        check.severity.name().to_owned(),
        format!("{}. {}", capitalized(check.title), check.reason),
        check.fix.to_owned(),
        check.source.to_owned(),
    ];
    let cells = cells.map(|cell| cell.replace('|', "\\|"));
    format!("| {} |\n", cells.join(" | "))
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// Returns the tables of the page, one for each topic.
fn tables() -> String {
    let mut page = String::new();
    for (topic, checks) in checks::TOPICS {
        let head =
            "| check | severity | what and why | what to do | source |\n|---|---|---|---|---|";
        writeln!(page, "\n## {topic}\n\n{head}").unwrap();
        page.extend(checks.iter().map(row));
    }
    page
}

/// Compares the tables of the page with the checks. If they differ, prints the expected tables.
#[test]
fn reference_page_lists_all_checks() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let page = fs::read_to_string(path).unwrap();
    let tables = tables();
    let listed = page.ends_with(&tables);
    assert!(
        listed,
        "docs/reference/audit-checks.md must end with:\n{tables}"
    );
    let count = format!("{} checks", checks::all().count());
    assert!(page.contains(&count), "the page must say {count}");
}
