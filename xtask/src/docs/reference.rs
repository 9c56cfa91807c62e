//! Checks that the reference pages contain everything that they must list: kinds of errors,
//! exceptions, reasons of the verifier, log messages, metrics, events, problems of the health
//! report, features and environment variables.

use std::fs;
use std::path::Path;

use super::{Page, messages};
use crate::Result;

/// Compares the reference pages with the code. Returns one line for each of these faults:
///
/// - A name in the code, such as an error kind, an event or a metric, is missing on its page.
/// - A log message or a problem of the health report is missing on its page.
/// - An error message is only in the code, or only on the page of error messages.
/// - A message on the troubleshooting page is not in the code.
pub(super) fn check(root: &Path, pages: &[Page]) -> Result<Vec<String>> {
    let read = |path: &str| {
        fs::read_to_string(root.join(path)).map_err(|error| format!("cannot read {path}: {error}"))
    };
    let kinds = read("crates/cognito-core/src/error/kind.rs")?;
    let exceptions = read("crates/cognito-core/tests/data/exceptions.tsv")?;
    let reasons = read("crates/cognito-jwt/src/error.rs")?;
    let bridge = read("crates/cognito-metrics/src/bridge/names.rs")?;
    let event = read("crates/cognito-core/src/event.rs")?;
    let health = read("crates/cognito/src/health.rs")?;
    let sources = sources(&root.join("crates"))?;
    let logs = sources.iter().flat_map(|source| log_messages(source));
    let variables = sources.iter().flat_map(|source| variables_of(source));
    let expected: [(&str, Vec<String>); 7] = [
        (
            "reference/errors.md",
            [
                kind_rows(&kinds),
                exception_rows(&exceptions),
                reason_rows(&reasons),
            ]
            .concat(),
        ),
        (
            "reference/logs.md",
            logs.map(|text| format!("`{text}`")).collect(),
        ),
        (
            "reference/metrics.md",
            strings(&bridge)
                .filter(|name| is_metric(name))
                .map(|name| format!("`{name}`"))
                .collect(),
        ),
        ("reference/events.md", events(&event)),
        ("reference/health.md", problem_rows(&health)),
        ("reference/settings.md", variables.collect()),
        (
            "reference/cargo-features.md",
            features(&root.join("crates"))?,
        ),
    ];
    let mut found = Vec::new();
    for (path, names) in expected {
        if names.is_empty() {
            found.push(format!(
                "docs/{path}: the check finds no names in the code: correct it in \
                 xtask/src/docs/reference.rs"
            ));
        }
        let text = pages.iter().find(|page| page.path == path);
        let text = text.map_or("", |page| page.text.as_str());
        let missing = names.iter().filter(|name| !text.contains(*name));
        found.extend(missing.map(|name| format!("docs/{path} lacks: {name}")));
    }
    // Messages of AWS are in a table.
    let recorded = read("crates/cognito-testkit/data/recorded-responses.tsv")?;
    let emulator = EMULATOR.map(read).into_iter().collect::<Result<Vec<_>>>()?;
    found.extend(message_faults(pages, sources, recorded, &emulator));
    found.sort();
    found.dedup();
    Ok(found)
}

/// Returns one line for each message on the troubleshooting page that is not in the code. Also
/// returns one line for each difference between the code and the page of error messages.
fn message_faults(
    pages: &[Page],
    sources: Vec<String>,
    recorded: String,
    emulator: &[String],
) -> Vec<String> {
    let page = |path: &str| pages.iter().find(|page| page.path == path);
    let mut found = Vec::new();
    if let Some(page) = page(TROUBLESHOOTING) {
        let known = [sources.as_slice(), &[recorded]].concat();
        found.extend(unknown_messages(&page.text, &known));
    }
    let emulator = emulator.iter().map(|text| library_code(text)).collect();
    match page(messages::PAGE) {
        Some(page) => found.extend(messages::differences(page, &[sources, emulator].concat())),
        None => found.push(format!("docs/{} is missing", messages::PAGE)),
    }
    found
}

/// Returns the start of the required table row in `docs/reference/errors.md` for each error kind.
/// It contains the name, a `*` if a retry can succeed, and the status.
fn kind_rows(source: &str) -> Vec<String> {
    let retryable = source.split("fn is_retryable").nth(1).unwrap_or_default();
    let retryable = retryable.split("fn ").next().unwrap_or_default();
    let row = |line: &str| {
        let mut words = line.split_whitespace();
        let kind = words.next()?;
        let status = words.next()?.parse::<u16>().ok()?;
        words.next()?.starts_with('"').then_some(())?;
        let mark = if retryable
            .lines()
            .any(|line| line.trim().ends_with(&format!("Self::{kind}")))
        {
            " *"
        } else {
            ""
        };
        Some(format!("\n| `{kind}`{mark} | {status} | "))
    };
    source.lines().filter_map(row).collect()
}

/// Returns the names of AWS's exceptions in `table`, which has one exception per line. The tests of
/// `cognito-core` compare the same table with the code.
fn exception_rows(table: &str) -> Vec<String> {
    let rows = table.lines().filter(|line| !line.starts_with('#'));
    rows.filter_map(|line| line.split('\t').next())
        .filter(|code| !code.is_empty())
        .map(|code| format!("`{code}`"))
        .collect()
}

/// Returns the strings that `docs/reference/errors.md` must contain for each rejection reason. The
/// reasons are those of the verifier (`cognito_jwt::Reason`). The strings are the start of a table
/// row, with the name of the reason, and the table cell with its message.
fn reason_rows(source: &str) -> Vec<String> {
    let table = source.split("reasons! {").nth(1).unwrap_or_default();
    let table = table.split("\n}").next().unwrap_or_default();
    let row = |line: &str| {
        let (names, message) = line.trim().split_once(" \"")?;
        let name = names.split(' ').next()?;
        let message = message.strip_suffix("\",")?;
        let is_name = name.starts_with(|first: char| first.is_ascii_uppercase());
        is_name.then(|| [format!("\n| `{name}` | "), format!(" | {message} | ")])
    };
    table.lines().filter_map(row).flatten().collect()
}

/// Compares the messages in the first column of the troubleshooting page with the code. Returns one
/// line for each message that the code does not contain. A message that contains `…` is not
/// checked.
fn unknown_messages(page: &str, sources: &[String]) -> Vec<String> {
    let sources: Vec<String> = sources.iter().map(|source| joined(source)).collect();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| "));
    let cells = rows.filter_map(|row| row.split(" | ").next());
    let spans = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    spans
        .filter(|span| span.contains(' ') && !span.contains('…'))
        .filter(|span| !sources.iter().any(|source| source.contains(*span)))
        .map(|span| format!("docs/{TROUBLESHOOTING}: the code has no such message: {span}"))
        .collect()
}

const TROUBLESHOOTING: &str = "troubleshooting.md";

/// Returns `source` without the escaped line breaks in its string literals.
fn joined(source: &str) -> String {
    let mut parts = source.split("\\\n");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.trim_start())
}

/// Returns the start of the required table row in `docs/reference/events.md` for each event.
fn events(source: &str) -> Vec<String> {
    let body = source.split("\nevents! {").nth(1).unwrap_or_default();
    let body = body.split("\n}").next().unwrap_or_default();
    body.lines()
        .filter_map(|line| line.strip_prefix("    ")?.strip_suffix(" {"))
        .filter(|name| name.chars().all(char::is_alphanumeric))
        .map(|name| format!("\n| `{name}` | "))
        .collect()
}

/// Returns the start of the required table row in `docs/reference/health.md` for each problem. The
/// problems of the health report are the string literals of `source` that contain a space.
fn problem_rows(source: &str) -> Vec<String> {
    let code = joined(&library_code(source));
    strings(&code)
        .filter(|text| text.contains(' '))
        .map(|text| format!("\n| `{text}` | "))
        .collect()
}

/// Returns the start of the required row in `docs/reference/cargo-features.md` for each Cargo
/// feature. Only features that users may enable are included.
fn features(crates: &Path) -> Result<Vec<String>> {
    let cannot = |error: std::io::Error| format!("cannot read {}: {error}", crates.display());
    let mut found = Vec::new();
    for entry in fs::read_dir(crates).map_err(cannot)? {
        let entry = entry.map_err(cannot)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let manifest = fs::read_to_string(entry.path().join("Cargo.toml")).unwrap_or_default();
        found.extend(feature_rows(&name, &manifest));
    }
    Ok(found)
}

fn feature_rows(name: &str, manifest: &str) -> Vec<String> {
    let table = manifest.split("[features]\n").nth(1).unwrap_or_default();
    let table = table.split("\n[").next().unwrap_or_default();
    table
        .lines()
        .filter_map(|line| line.split_once(" = ["))
        .map(|(feature, _)| feature)
        .filter(|feature| !["default", "test-util"].contains(feature) && !feature.starts_with('#'))
        .map(|feature| format!("\n| `{name}` | `{feature}` | "))
        .collect()
}

fn is_metric(name: &str) -> bool {
    name.starts_with("cognito_") && name.chars().all(|c| c.is_ascii_lowercase() || c == '_')
}

/// Returns the names of the environment variables that a source file of the library contains.
fn variables_of(source: &str) -> Vec<String> {
    let is_ours = |name: &&str| {
        let prefix = [
            "AWS_COGNITO_",
            "AWS_REGION",
            "AWS_DEFAULT_REGION",
            "AWS_ENDPOINT_",
            "COGNITO_",
        ]
        .iter()
        .any(|prefix| name.starts_with(prefix));
        prefix && name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
    };
    strings(source)
        .filter(is_ours)
        .map(|name| format!("`{name}`"))
        .collect()
}

/// Returns the message of each log line: the last string in the call of a `tracing` macro.
fn log_messages(source: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for level in ["warn", "info", "debug", "error"] {
        let macro_call = format!("tracing::{level}!(");
        for (at, _) in source.match_indices(&macro_call) {
            let call = arguments(&source[at + macro_call.len()..]);
            found.extend(strings(call).last());
        }
    }
    found
}

/// Returns the arguments of a macro call, up to the closing parenthesis. `source` begins after the
/// opening parenthesis.
fn arguments(source: &str) -> &str {
    let (mut depth, mut quoted) = (1, false);
    for (at, character) in source.char_indices() {
        match character {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &source[..at];
        }
    }
    source
}

/// Returns the string literals of a source. Literals with escaped quotation marks are not
/// supported.
fn strings(source: &str) -> impl Iterator<Item = &str> {
    source.split('"').skip(1).step_by(2)
}

/// Reads the source files that can write log lines or read environment variables in users'
/// programs. Tests and comments are removed.
fn sources(folder: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let cannot = |error: std::io::Error| format!("cannot read {}: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(cannot)? {
        let entry = entry.map_err(cannot)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type().map_err(cannot)?.is_dir() {
            if !OTHERS.contains(&name.as_str()) {
                found.extend(sources(&entry.path())?);
            }
        } else if name.ends_with(".rs") && name != "tests.rs" {
            let text = fs::read_to_string(entry.path()).map_err(cannot)?;
            found.push(library_code(&text));
        }
    }
    Ok(found)
}

/// Returns a source without its tests and comments. Comments are removed because quotation marks in
/// them would be parsed as strings.
fn library_code(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests {").next();
    let lines = code.unwrap_or_default().lines();
    let lines = lines.filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The emulator files whose error messages are custom. The error messages in other files are AWS's.
const EMULATOR: [&str; 2] = [
    "crates/cognito-emulator/src/command.rs",
    "crates/cognito-emulator/src/model/error.rs",
];

/// The folders with code that services do not run, such as tests and examples.
const OTHERS: &[&str] = &[
    "benches",
    "cognito-cli",
    "cognito-emulator",
    "cognito-examples",
    "cognito-testkit",
    "examples",
    "fuzz",
    "tests",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_message_is_the_last_string() {
        let source = "tracing::warn!(%error, \"it failed\");\n\
            tracing::debug!(\n    kind = key.name(),\n    \"two (2)\"\n);\n\
            None => tracing::info!(operation, \"three\"),\n";
        assert_eq!(log_messages(source), ["it failed", "three", "two (2)"]);
    }

    #[test]
    fn kind_row_has_name_and_status() {
        let source = "    CodeExpired 400 \"Code has expired\" \"code has expired\";\n\
            fn is_retryable(self) {\n Self::Network\n fn x\n";
        assert_eq!(kind_rows(source), ["\n| `CodeExpired` | 400 | "]);
        let source = "    Network 503 \"a\" \"b\";\nfn is_retryable(self) {\n | Self::Network\n";
        assert_eq!(kind_rows(source), ["\n| `Network` * | 503 | "]);
    }

    #[test]
    fn event_row_has_its_name() {
        let source = "macro_rules! events {\n}\nevents! {\n    /// A.\n    DeviceStale {\n        operation: O,\n    },\n}\n";
        assert_eq!(events(source), ["\n| `DeviceStale` | "]);
    }

    #[test]
    fn problem_row_has_its_whole_text() {
        let source = "/// \"A comment.\"\nproblems.push(\n    \"it is full: \\\n     raise it\",\n);\nservice: \"Name\",\n";
        assert_eq!(problem_rows(source), ["\n| `it is full: raise it` | "]);
    }

    #[test]
    fn reason_has_name_and_message() {
        let source = "reasons! {\n    /// Why.\n    Expired Claims \"it has expired\",\n}\n";
        let rows = ["\n| `Expired` | ", " | it has expired | "];
        assert_eq!(reason_rows(source), rows);
    }

    #[test]
    fn message_without_a_source_is_named() {
        let page =
            "| symptom | cause |\n| `it has failed` | x |\n| `it is gone` | `not compared` |\n";
        let sources = ["\"it has \\\n     failed\"".to_owned()];
        assert_eq!(
            unknown_messages(page, &sources),
            ["docs/troubleshooting.md: the code has no such message: it is gone"]
        );
    }

    #[test]
    fn feature_row_has_crate_and_feature() {
        let manifest = "[features]\ndefault = [\"a\"]\n# Why.\na = [\n  \"dep:b\",\n]\n\n[dependencies]\nc = [1]\n";
        assert_eq!(feature_rows("one", manifest), ["\n| `one` | `a` | "]);
    }

    #[test]
    fn missing_name_is_reported_with_its_page() {
        let page = |path: &str| Page {
            path: path.to_owned(),
            text: String::new(),
        };
        let pages = [page("reference/events.md")];
        let found = check(&crate::root(), &pages).unwrap();
        let missing = "docs/reference/events.md lacks: \n| `DeviceStale` | ";
        assert!(found.iter().any(|line| line == missing), "{found:?}");
    }
}
