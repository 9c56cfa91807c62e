//! The command `cognito-emulator`.

use std::process::ExitCode;

fn main() -> ExitCode {
    cognito_emulator::command::run("cognito-emulator", std::env::args_os().skip(1))
}
