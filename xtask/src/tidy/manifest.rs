//! The rules for `Cargo.toml`: inherited fields, and dependencies that allow publishing.

use super::Finding;
use super::files::File;

/// The fields that a crate inherits from the workspace, so that they change together.
const INHERITED: &[&str] = &["version", "edition", "license"];

/// Applies the rules to all manifests. The root manifest defines the workspace dependencies.
pub(super) fn check(files: &[File]) -> Vec<Finding> {
    let root = files
        .iter()
        .find(|file| file.path == "Cargo.toml")
        .map(|file| entries(&file.text))
        .unwrap_or_default();
    files
        .iter()
        .filter(|file| file.name() == "Cargo.toml" && is_member(&file.path))
        .flat_map(|file| member(file, &root))
        .collect()
}

/// One `key = value` line of a manifest.
#[derive(Debug)]
struct Entry {
    table: String,
    key: String,
    value: String,
    /// The line number, starting at 1.
    line: usize,
}

impl Entry {
    /// Returns the first word of a dotted key: `a` for `a.workspace = true`.
    fn name(&self) -> &str {
        self.key.split('.').next().unwrap_or_default()
    }
}

fn is_member(path: &str) -> bool {
    path.starts_with("crates/") || path.starts_with("xtask/")
}

fn member(file: &File, root: &[Entry]) -> Vec<Finding> {
    let own = entries(&file.text);
    let mut found = Vec::new();
    for key in INHERITED {
        if !inherits(&own, "package", key) {
            let message = format!("`{key}.workspace = true` is missing from [package]");
            found.push(Finding::error(&file.path, 1, message));
        }
    }
    // A crate that does not depend on the SDK may support an older compiler.
    let states_compiler = own
        .iter()
        .any(|entry| entry.table == "package" && entry.name() == "rust-version");
    if !states_compiler {
        let message = "[package] neither inherits nor states `rust-version`";
        found.push(Finding::error(&file.path, 1, message));
    }
    let lints = own
        .iter()
        .any(|entry| entry.table == "lints" && entry.key == "workspace" && entry.value == "true");
    if !lints {
        let message = "`[lints] workspace = true` is missing";
        found.push(Finding::error(&file.path, 1, message));
    }
    let publishable = !own
        .iter()
        .any(|entry| entry.table == "package" && entry.key == "publish" && entry.value == "false");
    if publishable {
        found.extend(test_dependencies(file, &own, root));
    }
    found
}

/// Checks the dev-dependencies on crates of this workspace. They must have a path and no version:
/// Cargo omits them when it publishes, so there are no cycles.
fn test_dependencies(file: &File, own: &[Entry], root: &[Entry]) -> Vec<Finding> {
    own.iter()
        .filter(|entry| entry.table.ends_with("dev-dependencies"))
        .filter(|entry| is_ours(entry.name()))
        .filter(|entry| {
            let inherited = entry.key.ends_with(".workspace") || entry.value.contains("workspace");
            let versioned_at_root = || {
                root.iter().any(|shared| {
                    shared.table == "workspace.dependencies"
                        && shared.name() == entry.name()
                        && has_version(shared)
                })
            };
            has_version(entry) || (inherited && versioned_at_root())
        })
        .map(|entry| {
            let message = format!(
                "tests depend on {} with a version; give only its path, or publishing has a cycle",
                entry.name()
            );
            Finding::error(&file.path, entry.line, message)
        })
        .collect()
}

fn is_ours(name: &str) -> bool {
    name == "cognito" || name.starts_with("cognito-")
}

fn has_version(entry: &Entry) -> bool {
    entry.value.contains("version")
        || entry.value.starts_with('"')
        || entry.key.ends_with(".version")
}

fn inherits(own: &[Entry], table: &str, key: &str) -> bool {
    own.iter().any(|entry| {
        entry.table == table
            && ((entry.key == format!("{key}.workspace") && entry.value == "true")
                || (entry.key == key && entry.value.contains("workspace = true")))
    })
}

/// Returns the settings of a manifest, which have one line each. For a list of several lines,
/// returns its first line.
fn entries(text: &str) -> Vec<Entry> {
    let mut table = String::new();
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(name) = line.strip_prefix('[') {
            table = name.split(']').next().unwrap_or_default().to_owned();
        } else if let Some((key, value)) = line.split_once('=')
            && !line.starts_with('#')
        {
            found.push(Entry {
                table: table.clone(),
                key: key.trim().to_owned(),
                value: without_comment(value).trim().to_owned(),
                line: index + 1,
            });
        }
    }
    found
}

fn without_comment(value: &str) -> &str {
    let mut quoted = false;
    for (at, character) in value.char_indices() {
        match character {
            '"' => quoted = !quoted,
            '#' if !quoted => return &value[..at],
            _ => {}
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "[workspace.dependencies]\n\
        cognito-jwt = { path = \"crates/cognito-jwt\", version = \"0.1.0\" }\n\
        cognito-testkit = { path = \"crates/cognito-testkit\" }\n";
    const GOOD: &str = "[package]\nname = \"cognito-a\"\nversion.workspace = true\n\
        edition = { workspace = true }\nrust-version.workspace = true # why\n\
        license.workspace = true\n\n[lints]\nworkspace = true\n";

    fn messages(manifest: &str) -> Vec<String> {
        let file = |path: &str, text: &str| File {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        check(&[
            file("Cargo.toml", ROOT),
            file("crates/cognito-a/Cargo.toml", manifest),
        ])
        .into_iter()
        .map(|finding| finding.message)
        .collect()
    }

    #[test]
    fn a_good_manifest_is_left_alone() {
        assert_eq!(messages(GOOD), Vec::<String>::new());
    }

    #[test]
    fn each_setting_that_is_not_inherited_is_named() {
        for (line, instead, due) in [
            (
                "version.workspace = true",
                "version = \"1.0.0\"",
                "`version.workspace",
            ),
            (
                "edition = { workspace = true }",
                "edition = \"2024\"",
                "`edition.workspace",
            ),
            (
                "license.workspace = true",
                "license = \"MIT\"",
                "`license.workspace",
            ),
            ("rust-version.workspace = true # why", "", "`rust-version`"),
            ("[lints]\nworkspace = true", "", "`[lints]"),
        ] {
            let found = messages(&GOOD.replace(line, instead));
            assert_eq!(found.len(), 1, "{line}: {found:?}");
            assert!(found[0].contains(due), "{found:?}");
        }
    }

    #[test]
    fn an_older_compiler_may_be_promised() {
        let text = GOOD.replace("rust-version.workspace = true", "rust-version = \"1.88\"");
        assert!(messages(&text).is_empty());
    }

    #[test]
    fn tests_depend_on_our_crates_by_path_alone() {
        let with = |line: &str| format!("{GOOD}\n[dev-dependencies]\n{line}\n");
        for bad in [
            "cognito-jwt.workspace = true",
            "cognito-jwt = { workspace = true, features = [\"http\"] }",
            "cognito-jwt = { path = \"../cognito-jwt\", version = \"0.1.0\" }",
            "cognito-jwt = \"0.1\"",
        ] {
            let found = messages(&with(bad));
            assert_eq!(found.len(), 1, "{bad}");
            assert!(
                found[0].starts_with("tests depend on cognito-jwt"),
                "{found:?}"
            );
        }
        for good in [
            "cognito-testkit.workspace = true",
            "cognito-jwt = { path = \"../cognito-jwt\" }",
            "serde.workspace = true",
            "cognitive = \"1\"",
        ] {
            assert!(messages(&with(good)).is_empty(), "{good}");
        }
        let unpublished =
            with("cognito-jwt.workspace = true").replace("[lints]", "publish = false\n[lints]");
        assert!(messages(&unpublished).is_empty());
    }
}
