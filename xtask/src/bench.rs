//! The benchmarks, and the tables that they leave behind.
//!
//! A benchmark that compares things writes `target/bench/<name>.json`:
//! `{"title": "...", "columns": ["...", ...], "rows": [["...", 1.5, ...], ...]}`.
//! Here these are printed as they are, so that a table in a document can be
//! made again with one command.

use std::fs;
use std::path::Path;

use cargo_metadata::{MetadataCommand, TargetKind};
use serde_json::Value;

use crate::{Result, process, table};

/// Runs the benchmarks of every crate that has some, then prints the tables.
///
/// # Errors
///
/// When a benchmark fails, or a table cannot be read.
pub(crate) fn run() -> Result {
    let crates = crates_with_benches()?;
    if crates.is_empty() {
        println!("no crate has a benchmark");
    }
    for name in &crates {
        process::run(&mut process::cargo(&[
            "bench",
            "-p",
            name,
            "--benches",
            "--all-features",
        ]))?;
    }
    print!("{}", tables(&crate::target().join("bench"))?);
    Ok(())
}

fn crates_with_benches() -> Result<Vec<String>> {
    let metadata = MetadataCommand::new()
        .manifest_path(crate::root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .map_err(|error| format!("cargo metadata failed: {error}"))?;
    Ok(metadata
        .packages
        .iter()
        .filter(|package| {
            package
                .targets
                .iter()
                .any(|target| target.kind.contains(&TargetKind::Bench))
        })
        .map(|package| package.name.to_string())
        .collect())
}

/// All tables in a folder, in order of their names.
fn tables(folder: &Path) -> Result<String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(String::new()); // No benchmark left a table.
    };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "json")
    });
    paths.sort();
    let mut text = String::new();
    for path in paths {
        let read = || one(&serde_json::from_slice(&fs::read(&path).ok()?).ok()?);
        let table = read().ok_or_else(|| format!("not a table: {}", path.display()))?;
        text.push('\n');
        text.push_str(&table);
    }
    Ok(text)
}

/// One table as text; nothing when it is not of the form that this module describes.
fn one(json: &Value) -> Option<String> {
    let title = json.get("title")?.as_str()?;
    let columns: Vec<&str> = strings(json.get("columns")?)?;
    let rows: Vec<Vec<String>> = json
        .get("rows")?
        .as_array()?
        .iter()
        .map(|row| Some(row.as_array()?.iter().map(cell).collect()))
        .collect::<Option<_>>()?;
    Some(format!("{title}\n\n{}", table::layout(&columns, &rows)))
}

fn strings(json: &Value) -> Option<Vec<&str>> {
    json.as_array()?.iter().map(Value::as_str).collect()
}

fn cell(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(test: &str, files: &[(&str, &str)]) -> std::path::PathBuf {
        let folder = crate::target().join("xtask-tests").join(test);
        drop(fs::remove_dir_all(&folder));
        fs::create_dir_all(&folder).unwrap();
        for (name, text) in files {
            fs::write(folder.join(name), text).unwrap();
        }
        folder
    }

    #[test]
    fn tables_are_printed_in_order_and_other_files_are_not() {
        let folder = folder(
            "tables",
            &[
                (
                    "b.json",
                    r#"{"title": "B", "columns": ["x"], "rows": [[1.5]]}"#,
                ),
                (
                    "a.json",
                    r#"{"title": "A", "columns": ["who", "ns"], "rows": [["we", 12]]}"#,
                ),
                ("notes.txt", "no"),
            ],
        );
        let text = tables(&folder).unwrap();
        assert_eq!(
            text,
            "\nA\n\nwho  ns\n---  --\nwe   12\n\nB\n\n  x\n---\n1.5\n"
        );
    }

    #[test]
    fn what_is_not_a_table_is_named() {
        let folder = folder("no-table", &[("c.json", r#"{"title": "C"}"#)]);
        assert!(tables(&folder).unwrap_err().ends_with("c.json"));
    }

    #[test]
    fn no_folder_is_no_table() {
        let missing = crate::target().join("xtask-tests").join("nowhere");
        assert_eq!(tables(&missing).unwrap(), "");
    }
}
