//! Folders for the files of tests ([`Folder`]).

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder for the files of one test, in the output folder of Cargo. It is removed when the test
/// ends.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(test: &str) -> Self {
        // Cargo passes `CARGO_TARGET_TMPDIR` only to other kinds of tests.
        let program = env::current_exe().expect("the path of the test program");
        let output = program.ancestors().nth(3).expect("the output folder");
        let name = format!("emulator-{test}-{}", std::process::id());
        let path = output.join("tmp").join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.join("state.db")
    }

    pub(crate) fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
