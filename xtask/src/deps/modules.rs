//! The dependency rules between the files of a crate.
//!
//! If a crate has layers, its files import only from their own layer and from lower layers. No
//! crate may have a large import cycle. An import cycle is a set of files that all import each
//! other, directly or through other files. [`layers`](super::layers) contains the layers and the
//! limits. Tests may import from any file.

mod circle;
mod imports;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{fs, io};

use super::layers::{LARGEST_CIRCLE, LAYERS, Layers};
use crate::Result;
use imports::SourceFile;

/// The source files of one crate, and their imports from each other.
#[derive(Debug)]
pub(super) struct Crate {
    name: String,
    /// The files from which each file imports. The keys and values are paths below `src`.
    imports: BTreeMap<String, BTreeSet<String>>,
}

impl Crate {
    /// Finds the imports between the files of a crate. Each element of `sources` has the path of a
    /// file below `src`, and the content of this file.
    pub(super) fn new(name: &str, sources: &[(String, String)]) -> Self {
        let files: Vec<_> = sources
            .iter()
            .map(|(path, text)| SourceFile::read(path, text))
            .collect();
        Self {
            name: name.to_owned(),
            imports: imports::resolve(files),
        }
    }

    /// Returns the files of the largest import cycle. Returns an empty list if there is no cycle.
    pub(super) fn largest_circle(&self) -> Vec<&str> {
        circle::largest(&self.imports)
    }

    /// Describes the crate in one line: the number of its files, and how many are in its largest
    /// import cycle.
    pub(super) fn summary(&self) -> String {
        format!(
            "{}: {} files, {} of them in the largest import cycle",
            self.name,
            self.imports.len(),
            self.largest_circle().len()
        )
    }

    /// Adds one line to `found` for each import or import cycle that breaks a rule.
    pub(super) fn check(&self, found: &mut Vec<String>) {
        if let Some(rule) = LAYERS.iter().find(|rule| rule.name == self.name) {
            self.check_layers(rule, found);
        }
        self.check_circle(LARGEST_CIRCLE, found);
    }

    fn check_circle(&self, most: usize, found: &mut Vec<String>) {
        let circle = self.largest_circle();
        if circle.len() > most {
            found.push(format!(
                "{}: an import cycle has {} files, the limit is {most}: {}",
                self.name,
                circle.len(),
                circle.join(", ")
            ));
        }
    }

    fn check_layers(&self, rule: &Layers, found: &mut Vec<String>) {
        let layer = |file: &str| {
            let module = imports::top_module(file)?;
            let mut layers = rule.layers.iter();
            layers.position(|modules| modules.contains(&module))
        };
        for (file, imported) in &self.imports {
            let Some(own) = layer(file) else {
                // The root of the crate names every module.
                if imports::top_module(file).is_some() {
                    let name = &self.name;
                    found.push(format!(
                        "{name}: {file} is in no layer: add its module to xtask/src/deps/layers.rs"
                    ));
                }
                continue;
            };
            for other in imported {
                if layer(other).is_none_or(|other| other < own) {
                    let name = &self.name;
                    found.push(format!(
                        "{name}: {file} imports {other}, which is in a higher layer"
                    ));
                }
            }
        }
    }
}

/// Reads the source files of every crate of the workspace: the crates in the folder `crates`, and
/// `xtask`.
///
/// # Errors
///
/// Fails if a folder or a file cannot be read.
pub(super) fn read(root: &Path) -> Result<Vec<Crate>> {
    let crates = root.join("crates");
    let cannot = |error: io::Error| format!("cannot read {}: {error}", crates.display());
    let mut folders = vec![root.join("xtask")];
    for entry in fs::read_dir(&crates).map_err(cannot)? {
        folders.push(entry.map_err(cannot)?.path());
    }
    folders.sort();
    let mut read = Vec::new();
    for folder in folders.iter().filter(|folder| folder.join("src").is_dir()) {
        let mut sources = Vec::new();
        collect(&folder.join("src"), "", &mut sources)
            .map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        read.push(Crate::new(&name, &sources));
    }
    Ok(read)
}

/// Adds the paths and contents of all Rust files below a folder to `found`. The paths begin with
/// `prefix`.
fn collect(folder: &Path, prefix: &str, found: &mut Vec<(String, String)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{prefix}{name}/"), found)?;
        } else if name.ends_with(".rs") {
            found.push((format!("{prefix}{name}"), fs::read_to_string(entry.path())?));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
