//! The command `cognito completions`: writes shell completions.

use std::io::{self, Write};

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use crate::arguments::Arguments;
use crate::failure::{Exit, Outcome};

/// Write the completions for a shell to stdout.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  cognito completions bash > ~/.local/share/bash-completion/completions/cognito"
)]
pub(crate) struct Completions {
    /// The shell.
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self) -> Outcome {
        let mut script = Vec::new();
        generate(
            self.shell,
            &mut Arguments::command(),
            "cognito",
            &mut script,
        );
        io::stdout().write_all(&script)?;
        Ok(Exit::Done)
    }
}
