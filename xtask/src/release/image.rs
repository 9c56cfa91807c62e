//! Checks the container image of the emulator. The files of the image are created from its
//! `Dockerfile`, without Docker.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::artifacts;
use super::binary::{self, Program};
use super::packages;
use super::running::{self, Root};
use crate::steps::Done;
use crate::{Result, process, repository};

/// The size in megabytes that the container image must not reach.
const LARGEST: f64 = 20.0;
/// The time in which the container's health check must finish.
const SLOWEST: Duration = Duration::from_millis(100);
/// The files in the Docker build context, besides the program. They are copied from the folder of
/// the emulator's crate.
const FILES: &[&str] = &[
    ".dockerignore",
    "Dockerfile",
    "LICENSE-APACHE",
    "LICENSE-MIT",
];

/// Prepares the build context, and creates the files of the image from it. Then runs the command
/// and the health check of the image with these files as the root of the file system. If a Docker
/// daemon is running, also builds the image.
///
/// # Errors
///
/// Fails if the `Dockerfile` cannot be read, if a command fails, or if the image is too large or
/// its health check too slow.
pub(super) fn check(program: &Program) -> Result<Done> {
    let context = packages::folder().join("image");
    artifacts::clear(&context)?;
    let sources = crate::root().join("crates").join(binary::NAME);
    for file in FILES {
        binary::copy(&sources.join(file), &context)?;
    }
    binary::copy(&program.path, &context)?;
    let image = Image::read(&repository::read(&context.join("Dockerfile"))?)?;
    let root = packages::folder().join("image-root");
    let size = image.create(&context, &root)?;
    if size >= LARGEST {
        return Err(format!(
            "the image has {size:.1} MB, not less than {LARGEST}"
        ));
    }
    let mut note = format!("{size:.1} MB");
    note.push_str(&match image.run(&root)? {
        Some(health) if health < SLOWEST => format!("; health check: {} ms", health.as_millis()),
        Some(health) => return Err(format!("a health check takes {} ms", health.as_millis())),
        None => "; not run, because that needs root or user namespaces".to_owned(),
    });
    if process::succeeds(Command::new("docker").arg("info")) {
        let mut docker = Command::new("docker");
        process::run(docker.args(["build", "--tag", binary::NAME]).arg(&context))?;
        note.push_str("; built with Docker");
    } else {
        note.push_str("; not built with Docker, because no daemon is running");
    }
    Ok(Done::Passed(note))
}

/// The contents of a `Dockerfile` that has no base image (`FROM scratch`).
#[derive(Debug, Default)]
struct Image {
    /// The files that the `Dockerfile` copies to the root folder of the container image.
    files: Vec<String>,
    user: String,
    entry_point: Vec<String>,
    health_check: Vec<String>,
}

impl Image {
    /// Parses the instructions that the emulator's `Dockerfile` uses, each on one line. Fails for
    /// other instructions, and if the user is not numeric or has privileges.
    fn read(text: &str) -> Result<Self> {
        let mut image = Self::default();
        let lines = text.lines().map(str::trim);
        for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (instruction, rest) = line.split_once(' ').unwrap_or((line, ""));
            match instruction {
                "COPY" => {
                    let files = rest.strip_suffix(" /");
                    let files = files.ok_or("the Dockerfile copies to another folder than /")?;
                    image.files = files.split(' ').map(str::to_owned).collect();
                }
                "USER" => rest.clone_into(&mut image.user),
                "ENTRYPOINT" => image.entry_point = words(rest)?,
                "HEALTHCHECK" => {
                    let (_, command) = rest.split_once("CMD ").unwrap_or_default();
                    image.health_check = words(command)?;
                }
                "FROM" if rest == "scratch" => {}
                "EXPOSE" => {}
                _ => return Err(format!("unexpected instruction of the Dockerfile: {line}")),
            }
        }
        if image
            .user
            .split(':')
            .all(|id| id.parse().is_ok_and(|id: u32| id > 0))
        {
            Ok(image)
        } else {
            Err("the Dockerfile has no numeric user without privileges".to_owned())
        }
    }

    /// Creates the files of the image in the folder `root`, and returns their size in megabytes.
    fn create(&self, context: &Path, root: &Path) -> Result<f64> {
        artifacts::clear(root)?;
        let mut size = 0.0;
        for file in &self.files {
            binary::copy(&context.join(file), root)?;
            size += binary::megabytes(&root.join(file))?;
        }
        Ok(size)
    }

    /// Starts the emulator with the command of the image and `root` as the root directory, and runs
    /// the health check of the image five times. Returns the duration of the fastest health check.
    /// Returns `None` if the current user is not permitted to run a program with another root
    /// directory.
    fn run(&self, root: &Path) -> Result<Option<Duration>> {
        let (Some((program, arguments)), [checker, option]) =
            (self.entry_point.split_first(), self.health_check.as_slice())
        else {
            return Err("the Dockerfile has no command or no health check".to_owned());
        };
        if checker != program || option != "--health-check" {
            return Err("the health check of the Dockerfile is another program".to_owned());
        }
        let Some(root) = Root::of(root, Some(&self.user)) else {
            return Ok(None);
        };
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        running::check(&arguments, || root.command(program)).map(Some)
    }
}

/// Parses a command that is written as a JSON list of strings.
fn words(text: &str) -> Result<Vec<String>> {
    serde_json::from_str(text).map_err(|error| format!("`{text}` in the Dockerfile: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_dockerfile_of_emulator() {
        let path = crate::root().join("crates/cognito-emulator/Dockerfile");
        let image = Image::read(&repository::read(&path).unwrap()).unwrap();
        assert_eq!(
            image.files,
            ["LICENSE-APACHE", "LICENSE-MIT", "cognito-emulator"]
        );
        assert_eq!(image.user, "65532:65532");
        assert_eq!(
            image.entry_point,
            ["/cognito-emulator", "--host", "0.0.0.0"]
        );
        assert_eq!(image.health_check, ["/cognito-emulator", "--health-check"]);
    }

    #[test]
    fn dockerfile_needs_user_without_privileges() {
        for user in ["", "USER root", "USER 0:0", "USER 65532:0"] {
            let text = format!("FROM scratch\n{user}\n");
            assert!(
                Image::read(&text).unwrap_err().contains("numeric user"),
                "{user}"
            );
        }
        assert!(
            Image::read("FROM debian\n")
                .unwrap_err()
                .contains("FROM debian")
        );
    }
}
