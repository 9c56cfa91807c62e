//! Questions on the terminal. Answers come from the terminal, or line by line from stdin.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::failure::{Failure, Outcome};

/// Asks for a value, and returns it without the line end.
///
/// # Errors
///
/// Fails if stdin ends before the answer.
pub(crate) fn ask(question: &str) -> Outcome<String> {
    write!(io::stderr(), "{question}: ")?;
    let mut answer = String::new();
    if io::stdin().lock().read_line(&mut answer)? == 0 {
        return Err(Failure::usage(format!(
            "stdin ended before the answer to: {question}"
        )));
    }
    if !io::stdin().is_terminal() {
        writeln!(io::stderr())?;
    }
    Ok(answer.trim_end_matches(['\r', '\n']).to_owned())
}

/// Asks for a secret. A terminal does not show what is typed.
///
/// # Errors
///
/// Fails if stdin ends before the answer.
pub(crate) fn ask_secret(question: &str) -> Outcome<String> {
    if io::stdin().is_terminal() {
        return Ok(rpassword::prompt_password(format!("{question}: "))?);
    }
    ask(question)
}
