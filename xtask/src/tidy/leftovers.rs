//! Finds traces of a developer's host: its folders, and the hosts from which it downloads packages.

use super::Finding;
use super::files::File;

/// Folders that exist only on a developer's host. The strings are split, so that the check does not
/// find them in this file.
const PATHS: &[&str] = &[concat!("/wo", "rk/"), concat!("/ro", "ot/")];
/// The folder for temporary files. Documents and comments must not refer to it.
const SCRATCH: &str = concat!("/tm", "p/");
/// The hosts of package registries. The index of crates.io is not in the list, because every lock
/// file contains it.
const HOSTS: &[&str] = &[
    concat!("deb.deb", "ian.org"),
    concat!("files.python", "hosted.org"),
    concat!("index.crates", ".io"),
    concat!("proxy.go", "lang.org"),
    concat!("py", "pi.org"),
    concat!("registry.np", "mjs.org"),
    concat!("static.crates", ".io"),
];

/// Returns the findings in a text file. A line is a finding if it contains a folder in [`PATHS`] or
/// a host in [`HOSTS`]. A line of a document or comment is also a finding if it contains a path
/// below [`SCRATCH`].
pub(super) fn check(file: &File) -> Vec<Finding> {
    let mut found = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        for path in PATHS {
            if begins_a_path(line, path) {
                let message = format!("`{path}` is a folder of one host: remove it");
                found.push(Finding::new(&file.path, index + 1, message));
            }
        }
        if is_prose(file, line) && begins_a_path(line, SCRATCH) {
            let message =
                format!("`{SCRATCH}` is a folder of one host: remove it from the document");
            found.push(Finding::new(&file.path, index + 1, message));
        }
        for host in HOSTS {
            if line.contains(host) {
                let message = format!("`{host}` is a host of a package registry: remove it");
                found.push(Finding::new(&file.path, index + 1, message));
            }
        }
    }
    found
}

/// Returns `true` if a path in the line begins with `needle`. A `needle` within a longer path or a
/// URL does not count.
fn begins_a_path(line: &str, needle: &str) -> bool {
    let inside = |character: char| character.is_alphanumeric() || "._-/*}".contains(character);
    line.match_indices(needle)
        .any(|(at, _)| !line[..at].ends_with(inside))
}

fn is_prose(file: &File, line: &str) -> bool {
    match file.extension() {
        "md" => true,
        "rs" => line.trim_start().starts_with("//"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, text: &str) -> usize {
        check(&File {
            path: path.to_owned(),
            text: text.to_owned(),
        })
        .len()
    }

    #[test]
    fn finds_local_folders_in_any_file() {
        for path in PATHS {
            assert_eq!(count("a.toml", &format!("dir = \"{path}main\"\n")), 1);
            assert_eq!(count("a.rs", &format!("// see {path}shared\n")), 1);
        }
    }

    #[test]
    fn part_of_longer_path_is_not_local() {
        for path in PATHS {
            assert_eq!(
                count("a.md", &format!("crates{path}a, a.example{path}b")),
                0
            );
        }
    }

    #[test]
    fn rejects_scratch_folder_only_in_documents() {
        let line = format!("{SCRATCH}x\n");
        assert_eq!(count("a.md", &line), 1);
        assert_eq!(count("a.rs", &format!("/// {line}")), 1);
        assert_eq!(count("a.rs", &format!("let a = \"{line}\";")), 0);
    }

    #[test]
    fn finds_registry_hosts_but_not_index() {
        for host in HOSTS {
            assert_eq!(count(".cargo/config.toml", &format!("https://{host}/x")), 1);
        }
        let index = "source = \"registry+https://github.com/rust-lang/crates.io-index\"\n";
        assert_eq!(count("Cargo.lock", index), 0);
    }
}
