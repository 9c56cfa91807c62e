//! The command `cognito` for operators of Amazon Cognito user pools.

mod arguments;
mod checksum;
mod commands;
mod context;
mod document;
mod encryption;
mod endpoint;
mod failure;
mod file_lock;
mod filter;
mod global;
mod html;
mod input_file;
mod interrupt;
mod journal;
mod mask;
mod output;
mod pool_settings;
mod private_file;
mod progress;
mod prompt;
mod rate;
mod user_list;
mod user_record;

use std::process::ExitCode;

use clap::Parser;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::arguments::Arguments;
use crate::context::Context;
use crate::failure::Failure;

fn main() -> ExitCode {
    if let Some(exit) = commands::emulator::run() {
        return exit;
    }
    let arguments = Arguments::try_parse().unwrap_or_else(|error| without_values(error).exit());
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

/// Removes an unexpected value from the message of `error`, because it could be a password or a
/// token. The names of options stay in the message.
fn without_values(mut error: clap::Error) -> clap::Error {
    for kind in [ContextKind::InvalidArg, ContextKind::InvalidSubcommand] {
        let is_unexpected = matches!(
            error.kind(),
            ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand
        );
        let is_value = matches!(
            error.get(kind),
            Some(ContextValue::String(value)) if !value.starts_with('-')
        );
        if is_unexpected && is_value {
            error.remove(kind);
            // The suggestions can have the value, too.
            error.remove(ContextKind::Suggested);
        }
    }
    error
}
