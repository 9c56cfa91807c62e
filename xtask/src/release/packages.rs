//! The packages of the published crates, unpacked into workspaces outside of the repository's
//! workspace.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{Dependency, DependencyKind, Package};

use crate::repository::{read, write};
use crate::{Result, process, repository};

/// The files that each package must contain.
const REQUIRED: &[&str] = &["README.md", "LICENSE-APACHE", "LICENSE-MIT"];

/// Returns the folder of all files that the release checks write.
pub(super) fn folder() -> PathBuf {
    crate::target().join("release-check")
}

/// The published crates, and the folder of their packages.
#[derive(Debug)]
pub(super) struct Packages {
    crates: Vec<Package>,
    archives: PathBuf,
}

impl Packages {
    /// Packages the published crates. Cargo packages them in the order of their dependencies, so
    /// that a crate can depend on another crate that is not published yet.
    ///
    /// # Errors
    ///
    /// Fails if Cargo cannot package a crate, for example because a file is not committed.
    pub(super) fn create() -> Result<Self> {
        let crates = repository::published()?;
        let mut command = process::cargo(&["package", "--locked", "--no-verify", "--target-dir"]);
        command.arg(folder());
        for package in &crates {
            command.args(["-p", package.name.as_str()]);
        }
        process::run(&mut command)?;
        let archives = folder().join("package");
        Ok(Self { crates, archives })
    }

    /// Returns the number of packages, which is the number of published crates.
    pub(super) fn len(&self) -> usize {
        self.crates.len()
    }

    /// Returns the paths of the archives of the packages.
    pub(super) fn archives(&self) -> impl Iterator<Item = PathBuf> {
        let archive = |package| self.archives.join(format!("{}.crate", full_name(package)));
        self.crates.iter().map(archive)
    }

    /// Returns a workspace of the unpacked packages, in which their tests can run. When Cargo
    /// creates a package, it removes the dev-dependencies that have only a path. This function adds
    /// these dependencies again, with the paths of the unpacked packages.
    ///
    /// # Errors
    ///
    /// Fails if a package cannot be unpacked, or if it lacks a required file.
    pub(super) fn with_tests(&self) -> Result<Workspace> {
        let workspace = self.unpack("tested", |package, manifest| {
            manifest.to_owned() + &self.removed_dependencies(package)
        })?;
        for package in &self.crates {
            for file in REQUIRED {
                if !workspace.package(package).join(file).exists() {
                    return Err(format!("the package of {} has no {file}", package.name));
                }
            }
        }
        Ok(workspace)
    }

    /// Returns a workspace of the unpacked packages without dev-dependencies.
    ///
    /// # Errors
    ///
    /// Fails if a package cannot be unpacked.
    pub(super) fn without_tests(&self) -> Result<Workspace> {
        self.unpack("minimal", |_, manifest| without_dev_dependencies(manifest))
    }

    /// Returns lines for a manifest. With these lines, Cargo uses the packages in `folder` instead
    /// of the crates of the registry.
    fn patches(&self, folder: &str) -> String {
        let line = |package: &Package| {
            let (name, full) = (&package.name, full_name(package));
            format!("{name} = {{ path = \"{folder}/{full}\" }}\n")
        };
        let lines: String = self.crates.iter().map(line).collect();
        format!("[patch.crates-io]\n{lines}")
    }

    /// Adds lines to a manifest, so that its crate uses the packages of `workspace` instead of the
    /// packages of the registry.
    pub(super) fn patch(&self, manifest: &str, workspace: &Workspace) -> String {
        let packages = workspace.folder.join("packages");
        format!(
            "{manifest}\n{}",
            self.patches(&packages.display().to_string())
        )
    }

    fn unpack(&self, name: &str, change: impl Fn(&Package, &str) -> String) -> Result<Workspace> {
        let folder = folder().join(name);
        let workspace = Workspace { folder };
        for (package, archive) in self.crates.iter().zip(self.archives()) {
            let unpacked = workspace.package(package);
            unpack(&archive, &unpacked)?;
            let manifest = read(&unpacked.join(PACKAGED))?;
            write(&unpacked.join("Cargo.toml"), &change(package, &manifest))?;
        }
        let optimized = optimized_dependencies(&read(&crate::root().join("Cargo.toml"))?);
        let manifest = format!(
            "[workspace]\nresolver = \"3\"\nmembers = [\"packages/*\"]\n\n{}\n{PROFILES}\n{optimized}",
            self.patches("packages")
        );
        write(&workspace.folder.join("Cargo.toml"), &manifest)?;
        Ok(workspace)
    }

    fn removed_dependencies(&self, package: &Package) -> String {
        let version = |name: &str| {
            let found = self.crates.iter().find(|package| package.name == name);
            found.map(full_name)
        };
        package
            .dependencies
            .iter()
            .filter(|it| it.kind == DependencyKind::Development && it.path.is_some())
            .filter_map(|it| Some(dev_dependency(it, &version(&it.name)?)))
            .collect()
    }
}

/// The Cargo profiles of the workspaces in which the unpacked packages are built. The settings for
/// individual dependencies (`[profile.dev.package.*]`) are added later.
const PROFILES: &str = "\
[profile.dev]
debug = false
incremental = false

[profile.release]
strip = true
";

/// Returns the tables `[profile.dev.package.*]` of a manifest. Cargo optimizes the dependencies
/// that they name, also in debug builds. Without the tables, the computations of a sign-in take ten
/// times as long, and the verification of an imported password hash takes seconds.
fn optimized_dependencies(manifest: &str) -> String {
    let mut kept = String::new();
    let mut keeps = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            keeps = line.starts_with("[profile.dev.package.");
        }
        if keeps && !line.starts_with('#') {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

fn full_name(package: &Package) -> String {
    format!("{}-{}", package.name, package.version)
}

fn dev_dependency(dependency: &Dependency, folder: &str) -> String {
    let Dependency {
        name,
        features,
        uses_default_features,
        ..
    } = dependency;
    format!(
        "\n[dev-dependencies.{name}]\npath = \"../{folder}\"\nfeatures = {features:?}\n\
         default-features = {uses_default_features}\n"
    )
}

/// Returns a manifest without its dev-dependencies. Cargo has written the manifest, so each of its
/// dependencies is a separate table.
fn without_dev_dependencies(manifest: &str) -> String {
    let mut kept = String::new();
    let mut skips = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            skips = line.contains("dev-dependencies.");
        }
        if !skips {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// The file name of a copy of the packaged manifest. The copy is in the folder of the unpacked
/// package.
const PACKAGED: &str = ".packaged.toml";

/// Unpacks the archive of a package to the folder `unpacked`. Does nothing if the folder was
/// created from the same archive.
fn unpack(archive: &Path, unpacked: &Path) -> Result {
    let cannot = |error: std::io::Error| format!("cannot unpack {}: {error}", archive.display());
    let copy = unpacked.join(".package.crate");
    let bytes = fs::read(archive).map_err(cannot)?;
    if fs::read(&copy).is_ok_and(|before| before == bytes) {
        return Ok(());
    }
    if unpacked.exists() {
        fs::remove_dir_all(unpacked).map_err(cannot)?;
    }
    let parent = unpacked.parent().unwrap_or(unpacked);
    fs::create_dir_all(parent).map_err(cannot)?;
    let mut tar = Command::new("tar");
    // `m`: the files get the current time. All files of an archive have the same time, so Cargo
    // would not notice a change.
    process::run(tar.arg("-xzmf").arg(archive).arg("-C").arg(parent))?;
    fs::copy(unpacked.join("Cargo.toml"), unpacked.join(PACKAGED)).map_err(cannot)?;
    fs::write(copy, bytes).map_err(cannot)
}

/// A workspace of unpacked packages.
#[derive(Debug)]
pub(super) struct Workspace {
    pub(super) folder: PathBuf,
}

impl Workspace {
    fn package(&self, package: &Package) -> PathBuf {
        self.folder.join("packages").join(full_name(package))
    }
}

/// Returns a command for `cargo` in a folder outside of the repository's workspace. All these
/// commands use the same target folder.
pub(super) fn cargo(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = process::cargo(arguments);
    command.current_dir(folder).env("CARGO_TARGET_DIR", build());
    command
}

/// Returns the target folder of the workspaces and crates outside of the repository's workspace.
pub(super) fn build() -> PathBuf {
    folder().join("build")
}

/// Locks the dependencies in `folder` to the versions in the repository's lock file.
///
/// # Errors
///
/// Fails if a dependency needs a version that the repository's lock file does not contain. The
/// error message names the versions.
pub(super) fn lock(folder: &Path) -> Result {
    let ours = read(&crate::root().join("Cargo.lock"))?;
    let path = folder.join("Cargo.lock");
    write(&path, &ours)?;
    process::run(&mut cargo(folder, &["update", "--workspace", "--quiet"]))?;
    let theirs = read(&path)?;
    let ours = locked(&ours);
    let new: Vec<String> = locked(&theirs).difference(&ours).cloned().collect();
    if new.is_empty() {
        Ok(())
    } else {
        Err(format!("not in Cargo.lock: {}", new.join(", ")))
    }
}

/// Reads a lock file. Returns the names and versions of the packages that come from a registry.
fn locked(text: &str) -> BTreeSet<String> {
    let packages = text.split("[[package]]").skip(1);
    let value = |package: &str, key: &str| {
        let mut lines = package.lines();
        lines.find_map(|line| {
            line.strip_prefix(key)?
                .strip_prefix(" = ")
                .map(str::to_owned)
        })
    };
    packages
        .filter(|package| value(package, "source").is_some())
        .filter_map(|package| Some(value(package, "name")? + " " + &value(package, "version")?))
        .map(|package| package.replace('"', ""))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removed_test_dependencies_refer_to_packages() {
        let crates = repository::published().unwrap();
        let archives = PathBuf::new();
        let packages = Packages { crates, archives };
        let facade = packages
            .crates
            .iter()
            .find(|package| package.name == "cognito");
        let added = packages.removed_dependencies(facade.unwrap());
        let testkit = "[dev-dependencies.cognito-testkit]\npath = \"../cognito-testkit-";
        assert!(added.contains(testkit), "{added}");
        assert!(
            added.contains("features = [\"aws-sdk\", \"mocks\", \"passkeys\"]"),
            "{added}"
        );
        assert!(!added.contains("tokio"), "{added}");
    }

    #[test]
    fn removes_only_dev_dependencies() {
        let manifest = "[dependencies.a]\nversion = \"1\"\n\n[dev-dependencies.b]\nversion = \"1\"\n\n\
            [target.\"cfg(unix)\".dev-dependencies.c]\nversion = \"1\"\n\n[features]\nd = []\n";
        let expected = "[dependencies.a]\nversion = \"1\"\n\n[features]\nd = []\n";
        assert_eq!(without_dev_dependencies(manifest), expected);
    }

    #[test]
    fn optimizes_the_same_dependencies() {
        let manifest = "[profile.dev]\ndebug = 1\n\n[profile.dev.package.a]\nopt-level = 3\n\n\
            # Why.\n[profile.dev.package.b]\nopt-level = 2\n\n[profile.dist]\nlto = \"fat\"\n";
        let expected = "[profile.dev.package.a]\nopt-level = 3\n\n[profile.dev.package.b]\n\
            opt-level = 2\n\n";
        assert_eq!(optimized_dependencies(manifest), expected);
    }

    #[test]
    fn only_registry_packages_are_compared() {
        let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\
            source = \"registry+x\"\n\n[[package]]\nname = \"b\"\nversion = \"0.1.0\"\n";
        assert_eq!(locked(lock), BTreeSet::from(["a 1.0.0".to_owned()]));
    }
}
