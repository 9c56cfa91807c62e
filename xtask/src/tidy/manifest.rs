//! The rules for `Cargo.toml`: fields that all crates have in common, and dependencies that can be
//! published.

use std::fs;
use std::path::Path;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

use super::Finding;
use crate::Result;

/// Returns a finding for each fault in a manifest of the workspace.
///
/// # Errors
///
/// Fails if Cargo cannot read a manifest.
pub(super) fn check(root: &Path) -> Result<Vec<Finding>> {
    let metadata = MetadataCommand::new()
        .current_dir(root)
        .no_deps()
        .exec()
        .map_err(|error| format!("Cargo cannot read the manifests: {error}"))?;
    Ok(packages(&metadata))
}

fn packages(metadata: &Metadata) -> Vec<Finding> {
    let mut found = Vec::new();
    for package in &metadata.packages {
        let path = package.manifest_path.strip_prefix(&metadata.workspace_root);
        let path = path.unwrap_or(&package.manifest_path);
        let text = fs::read_to_string(&package.manifest_path).unwrap_or_default();
        let messages = shared(package, &metadata.packages)
            .chain(lints(&text))
            .chain(test_dependencies(package));
        found.extend(messages.map(|message| Finding::new(path.as_str(), 1, message)));
    }
    found
}

/// Returns a message for each field of `[package]` that breaks a rule. `version`, `edition` and
/// `license` must be the same in all packages. `rust-version` must exist. Its value may differ,
/// because a crate without the AWS SDK may support an older compiler.
fn shared(package: &Package, packages: &[Package]) -> impl Iterator<Item = String> {
    let first = packages.first().unwrap_or(package);
    let rules = [
        ("version", package.version == first.version),
        ("edition", package.edition == first.edition),
        ("license", package.license == first.license),
        ("rust-version", package.rust_version.is_some()),
    ];
    let broken = rules.into_iter().filter(|(_, holds)| !holds);
    broken.map(|(key, _)| format!("[package] must have `{key}.workspace = true`"))
}

fn lints(text: &str) -> Option<String> {
    let inherited = text.contains("[lints]\nworkspace = true\n");
    (!inherited).then(|| "`[lints]` must have `workspace = true`".to_owned())
}

/// Checks the dev-dependencies of a published crate. A dev-dependency on another crate of this
/// workspace must have only a path, and no version. Returns a message for each that has a version.
///
/// When Cargo publishes a crate, it omits the dev-dependencies without a version. Dev-dependencies
/// with versions could form a cycle, and then no crate of the cycle could be published first.
fn test_dependencies(package: &Package) -> impl Iterator<Item = String> {
    let publishable = package
        .publish
        .as_ref()
        .is_none_or(|places| !places.is_empty());
    let versioned = package.dependencies.iter().filter(move |dependency| {
        publishable
            && dependency.kind == DependencyKind::Development
            && dependency.path.is_some()
            && dependency.req != cargo_metadata::semver::VersionReq::STAR
    });
    versioned.map(|dependency| {
        format!(
            "the dev-dependency {} has a version: give only its path, because a version makes a \
             cycle when crates are published",
            dependency.name
        )
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// Returns the messages about the manifests of this workspace. `change` changes their metadata
    /// before the check.
    fn messages(change: impl FnOnce(&mut Value)) -> Vec<String> {
        let mut command = MetadataCommand::new();
        command.current_dir(crate::root()).no_deps();
        let output = command.cargo_command().output().unwrap();
        let mut metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
        change(&mut metadata);
        packages(&MetadataCommand::parse(metadata.to_string()).unwrap())
            .into_iter()
            .map(|finding| finding.message)
            .collect()
    }

    fn package<'a>(metadata: &'a mut Value, name: &str) -> &'a mut Value {
        let packages = metadata["packages"].as_array_mut().unwrap();
        let found = packages.iter_mut().find(|package| package["name"] == name);
        found.unwrap()
    }

    #[test]
    fn values_of_the_workspace_are_inherited() {
        assert_eq!(messages(|_| {}), Vec::<String>::new());
        for (key, own) in [
            ("version", json!("9.0.0")),
            ("edition", json!("2015")),
            ("license", json!("MIT")),
            ("rust_version", Value::Null),
        ] {
            let found = messages(|metadata| package(metadata, "cognito-jwt")[key] = own);
            let name = key.replace('_', "-");
            let expected = format!("[package] must have `{name}.workspace = true`");
            assert_eq!(found, [expected]);
        }
    }

    #[test]
    fn lints_of_the_workspace_are_inherited() {
        assert_eq!(lints("[a]\n\n[lints]\nworkspace = true\n"), None);
        assert!(lints("[lints.rust]\nunsafe_code = \"forbid\"\n").is_some());
    }

    #[test]
    fn tests_depend_on_our_crates_by_path_only() {
        let version = |metadata: &mut Value, name: &str| {
            let dependencies = package(metadata, name)["dependencies"].as_array_mut();
            let testkit = dependencies.unwrap().iter_mut();
            for dependency in testkit.filter(|it| it["name"] == "cognito-testkit") {
                dependency["req"] = json!("^0.1.0");
            }
        };
        let found = messages(|metadata| version(metadata, "cognito-jwt"));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("the dev-dependency cognito-testkit has a version"));
        let unpublished = messages(|metadata| version(metadata, "cognito-examples"));
        assert_eq!(unpublished, Vec::<String>::new());
    }
}
