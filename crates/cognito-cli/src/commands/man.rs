//! The command `cognito man`: writes manual pages.

use std::fs;
use std::path::PathBuf;

use clap::{Args, CommandFactory};

use crate::arguments::Arguments;
use crate::context::Context;
use crate::failure::{Exit, Failure, Outcome};

/// Write the manual pages of all commands to a directory.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  cognito man ~/.local/share/man/man1")]
pub(crate) struct Man {
    /// The directory. It is created if it does not exist.
    directory: PathBuf,
}

impl Man {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        context.reject_dry_run()?;
        let directory = &self.directory;
        let written = fs::create_dir_all(directory)
            .and_then(|()| clap_mangen::generate_to(Arguments::command(), directory));
        let directory = directory.display();
        written.map_err(|error| Failure::new(Exit::Failed, format!("{directory}: {error}")))?;
        context.message(&format!("{directory} has the manual pages"));
        Ok(Exit::Done)
    }
}
