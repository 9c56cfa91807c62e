//! Reads the text files of the repository, without build output and downloaded packages.

use std::fs;
use std::path::Path;

use crate::Result;

/// A text file. `path` is relative to the root of the repository.
#[derive(Debug)]
pub(super) struct File {
    pub(super) path: String,
    pub(super) text: String,
}

impl File {
    /// Returns the extension of the file name, without the dot. Returns an empty string if there is
    /// none.
    pub(super) fn extension(&self) -> &str {
        Path::new(&self.path)
            .extension()
            .and_then(|extension| extension.to_str())
            .unwrap_or_default()
    }
}

/// The names of files and folders that are skipped. In a Git work tree, `.git` can be a file.
const NOT_OURS: &[&str] = &[".git", "node_modules", "target"];

/// Reads all text files below a folder, sorted by path.
///
/// # Errors
///
/// Fails if a folder or a file cannot be read.
pub(super) fn read(root: &Path) -> Result<Vec<File>> {
    let mut found = Vec::new();
    walk(root, "", &mut found)?;
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn walk(folder: &Path, prefix: &str, found: &mut Vec<File>) -> Result {
    let cannot = |error: std::io::Error| format!("cannot read {}: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(cannot)? {
        let entry = entry.map_err(cannot)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        let kind = entry.file_type().map_err(cannot)?;
        if NOT_OURS.contains(&name.as_str()) {
            continue;
        }
        if kind.is_dir() {
            walk(&entry.path(), &format!("{path}/"), found)?;
        } else if kind.is_file() {
            let bytes = fs::read(entry.path()).map_err(cannot)?;
            // The rules do not apply to binary files.
            if let Ok(text) = String::from_utf8(bytes) {
                found.push(File { path, text });
            }
        }
    }
    Ok(())
}
