//! Runs the benchmarks and prints their tables.
//!
//! A benchmark writes its results to `target/bench/<name>.json`: `{"cases": [{"name": "...",
//! "unit": "ns", "median": 1.5, "min": 1.0, "max": 2.0}, ...]}`. Instead of the member `unit`, the
//! names can contain the unit: `median_ns`, `min_ns` and `max_ns`. Other members of a case become
//! additional columns.

use std::fs;
use std::path::Path;

use cargo_metadata::{MetadataCommand, TargetKind};
use serde_json::{Map, Value};

use crate::{Result, process, table};

/// Runs the benchmarks of all crates, then prints the tables of results.
///
/// # Errors
///
/// Fails if a benchmark fails, or if its results cannot be read.
pub(crate) fn run() -> Result {
    let crates = crates_with_benches()?;
    if crates.is_empty() {
        println!("no crate has a benchmark");
    }
    for name in &crates {
        // The benchmark of the emulator measures the command as it is published.
        let profile = if name == "cognito-emulator" {
            "dist"
        } else {
            "bench"
        };
        process::run(&mut process::cargo(&[
            "bench",
            "--profile",
            profile,
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

/// Returns one table for each JSON file with benchmark results in a folder, sorted by file name.
/// Returns an empty string if the folder does not exist.
fn tables(folder: &Path) -> Result<String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(String::new()); // No benchmark has written results.
    };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "json")
    });
    paths.sort();
    let mut text = String::new();
    for path in paths {
        let read = || {
            let title = path.file_stem()?.to_str()?;
            one(title, &serde_json::from_slice(&fs::read(&path).ok()?).ok()?)
        };
        let table = read().ok_or_else(|| {
            format!(
                "{} is not the result of a benchmark: remove it",
                path.display()
            )
        })?;
        text.push('\n');
        text.push_str(&table);
    }
    Ok(text)
}

/// Returns the results of one benchmark as a table. Returns `None` if the JSON does not have the
/// format of this module.
fn one(title: &str, json: &Value) -> Option<String> {
    let cases: Vec<Map<String, Value>> = json
        .get("cases")?
        .as_array()?
        .iter()
        .map(|case| case.as_object().map(with_unit))
        .collect::<Option<_>>()?;
    let mut columns = COLUMNS.to_vec();
    for name in cases.iter().flat_map(|case| case.keys()) {
        if !columns.contains(&name.as_str()) {
            columns.push(name);
        }
    }
    let rows: Vec<Vec<String>> = cases
        .iter()
        .map(|case| {
            let value = |column: &&str| case.get(*column).map_or_else(String::new, cell);
            columns.iter().map(value).collect()
        })
        .collect();
    Some(format!("{title}\n\n{}", table::layout(&columns, &rows)))
}

/// Moves the unit of a benchmark case from the names of its members to a member `unit`: `median_ns`
/// becomes `median`, and `unit` is `ns`.
fn with_unit(case: &Map<String, Value>) -> Map<String, Value> {
    let mut plain = Map::new();
    for (name, value) in case {
        match name.strip_suffix("_ns") {
            Some(name) => {
                plain.insert("unit".to_owned(), "ns".into());
                plain.insert(name.to_owned(), value.clone());
            }
            None => {
                plain.insert(name.clone(), value.clone());
            }
        }
    }
    plain
}

/// Formats a cell: a string and an integer unchanged, any other number with two decimals.
fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => {
            format!("{:.2}", number.as_f64().unwrap_or_default())
        }
        other => other.to_string(),
    }
}

/// The first columns of every table of benchmark results. Other members of a case in the results
/// become further columns.
const COLUMNS: [&str; 5] = ["name", "unit", "median", "min", "max"];

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
    fn prints_tables_in_order_and_skips_others() {
        let b =
            r#"{"cases": [{"name": "b", "unit": "ns", "median": 12, "min": 1.5, "max": 3.126}]}"#;
        let a = r#"{"cases": [{"name": "a", "peer": "x"}, {"name": "longer", "unit": "us"}]}"#;
        let files = [("b.json", b), ("a.json", a), ("notes.txt", "no")];
        let text = tables(&folder("tables", &files)).unwrap();
        let due = "\n\
            a\n\n\
            name    unit  median  min  max  peer\n\
            ------  ----  ------  ---  ---  ----\n\
            a                               x\n\
            longer  us\n\
            \n\
            b\n\n\
            name  unit  median   min   max\n\
            ----  ----  ------  ----  ----\n\
            b     ns        12  1.50  3.13\n";
        assert_eq!(text, due);
    }

    #[test]
    fn a_name_may_say_the_unit() {
        let case = r#"{"cases": [{"name": "a", "median_ns": 12, "min_ns": 1.5, "max_ns": 3.126}]}"#;
        let text = tables(&folder("unit", &[("a.json", case)])).unwrap();
        let due = "\n\
            a\n\n\
            name  unit  median   min   max\n\
            ----  ----  ------  ----  ----\n\
            a     ns        12  1.50  3.13\n";
        assert_eq!(text, due);
    }

    #[test]
    fn invalid_table_is_named() {
        let folder = folder("no-table", &[("c.json", r#"{"cases": [1]}"#)]);
        assert!(
            tables(&folder)
                .unwrap_err()
                .contains("c.json is not the result")
        );
    }

    #[test]
    fn no_folder_is_no_table() {
        let missing = crate::target().join("xtask-tests").join("nowhere");
        assert_eq!(tables(&missing).unwrap(), "");
    }
}
