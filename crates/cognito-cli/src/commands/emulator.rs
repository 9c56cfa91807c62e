//! `cognito emulator`: the command line of the emulator.

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

use clap::Args;

use crate::failure::{Failure, Outcome};

/// Run an emulator of user pools. See `cognito emulator --help` for its options.
#[derive(Args, Debug)]
#[command(
    disable_help_flag = true,
    after_help = "Example:\n  cognito emulator --port 9229 --state pool.db"
)]
pub(crate) struct EmulatorCommand {
    /// The options of the emulator.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    options: Vec<OsString>,
}

impl EmulatorCommand {
    /// Fails: the command is run by [`run`], which does not read the global options.
    pub(crate) fn reject(self) -> Outcome {
        let options = self.options.len();
        Err(Failure::usage(format!(
            "write `emulator` first, before its {options} options: the global options do not apply"
        )))
    }
}

/// Runs the emulator if the first argument is `emulator`. Its options have the same names as global
/// options and another meaning, so they are parsed by the emulator itself.
pub(crate) fn run() -> Option<ExitCode> {
    let mut arguments = env::args_os().skip(1);
    let is_emulator = arguments.next().is_some_and(|first| first == "emulator");
    is_emulator.then(|| cognito_emulator::command::run("cognito emulator", arguments))
}
