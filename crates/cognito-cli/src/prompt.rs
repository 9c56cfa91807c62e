//! Asks the user for values. If stdin is not a terminal, each line of stdin is one value.

use std::io::{self, BufRead, IsTerminal, Read, Write};

use crate::failure::{Failure, Outcome};
use crate::output::printable;

/// The maximum length of a line of input, in bytes. The rest of a longer line counts as the next
/// line.
const MAX_ANSWER: u64 = 64 * 1024;

/// Asks the user for a value, and returns the value without the line end.
///
/// # Errors
///
/// Fails if stdin ends before the value.
pub(crate) fn ask(question: &str) -> Outcome<String> {
    write!(io::stderr(), "{}: ", printable(question))?;
    let mut answer = String::new();
    if io::stdin().lock().take(MAX_ANSWER).read_line(&mut answer)? == 0 {
        return Err(Failure::usage(format!(
            "stdin ended before the answer to: {question}"
        )));
    }
    if !io::stdin().is_terminal() {
        writeln!(io::stderr())?;
    }
    Ok(answer.trim_end_matches(['\r', '\n']).to_owned())
}

/// Asks the user for a secret, such as a password. The terminal does not show the typed characters.
///
/// # Errors
///
/// Fails if stdin ends before the value.
pub(crate) fn ask_secret(question: &str) -> Outcome<String> {
    if io::stdin().is_terminal() {
        return Ok(rpassword::prompt_password(format!(
            "{}: ",
            printable(question)
        ))?);
    }
    ask(question)
}
