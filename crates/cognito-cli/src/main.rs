//! The command `cognito` for operators of Amazon Cognito user pools.

mod arguments;
mod commands;
mod context;
mod failure;
mod filter;
mod global;
mod interrupt;
mod mask;
mod output;
mod private_file;
mod progress;
mod prompt;
mod rate;
mod user_list;
mod user_record;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::Arguments;
use crate::context::Context;
use crate::failure::Failure;

fn main() -> ExitCode {
    if let Some(exit) = commands::emulator::run() {
        return exit;
    }
    let arguments = Arguments::parse();
    let context = Context::new(arguments.global);
    let outcome = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::from)
        .and_then(|runtime| runtime.block_on(arguments.command.run(&context)));
    let exit = outcome.unwrap_or_else(|failure| {
        context.error(&failure.message);
        failure.exit
    });
    exit.into()
}
