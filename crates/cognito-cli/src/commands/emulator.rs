//! The command `cognito emulator`: runs the emulator with its own command line.

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
    /// Always fails, because the user has written a global option before `emulator`. If `emulator`
    /// is the first argument, [`run`] runs the emulator, and this method is not called.
    pub(crate) fn reject(self) -> Outcome {
        let options = self.options.len();
        Err(Failure::usage(format!(
            "write `emulator` first, before its {options} options: the global options do not apply"
        )))
    }
}

/// Runs the emulator if the first argument is `emulator`. Otherwise returns `None`. The emulator
/// parses its options itself, because some have the same name as a global option and another
/// meaning.
pub(crate) fn run() -> Option<ExitCode> {
    let mut arguments = env::args_os().skip(1);
    let is_emulator = arguments.next().is_some_and(|first| first == "emulator");
    is_emulator.then(|| cognito_emulator::command::run("cognito emulator", arguments))
}
