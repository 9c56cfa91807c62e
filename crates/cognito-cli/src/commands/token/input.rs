//! Reads a token from a file or from stdin.

use std::convert::Infallible;
use std::fs::File;
use std::io::{self, Read};

use clap::Args;
use cognito::verifier::MAX_TOKEN_LENGTH;
use serde_json::Value;

use crate::failure::{Failure, Outcome};

/// The arguments that select a token: the file or stdin, and the kind of the token.
#[derive(Args, Clone, Debug)]
pub(crate) struct Input {
    /// @FILE for a file, or - for stdin. The content is a token, or the JSON of `cognito login`.
    #[arg(value_name = "@FILE|-", value_parser = place)]
    token: Place,
    /// The token is an ID token. Default: an access token.
    #[arg(long)]
    id: bool,
}

/// The kind of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Access,
    Id,
}

impl TokenKind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Id => "id",
        }
    }
}

#[derive(Clone, Debug)]
enum Place {
    Stdin,
    File(String),
    /// The argument is neither `-` nor `@FILE`. It may be the token itself, so it is not stored.
    /// [`Input::read`] rejects it. The parser must not reject it, because clap's error message
    /// would contain the token.
    CommandLine,
}

/// Parses the argument that selects a file or stdin.
fn place(text: &str) -> Result<Place, Infallible> {
    Ok(match text.strip_prefix('@') {
        _ if text == "-" => Place::Stdin,
        Some(path) if !path.is_empty() => Place::File(path.to_owned()),
        _ => Place::CommandLine,
    })
}

impl Input {
    /// Returns the kind of the token.
    pub(crate) const fn kind(&self) -> TokenKind {
        if self.id {
            TokenKind::Id
        } else {
            TokenKind::Access
        }
    }

    /// Reads the token from the file or stdin, and removes one line end after it. If the input is
    /// the JSON of `cognito login`, returns the token of the selected kind.
    ///
    /// # Errors
    ///
    /// Fails if the file or stdin cannot be read, is not UTF-8, or is much longer than a token.
    pub(crate) fn read(&self) -> Outcome<String> {
        let (text, name) = match &self.token {
            Place::Stdin => (read_all(io::stdin().lock()), "stdin"),
            Place::File(path) => (File::open(path).and_then(read_all), "the file"),
            Place::CommandLine => {
                return Err(Failure::usage(
                    "a token is a secret, and other users of this computer can read the command \
                     line; write it to a file and pass @FILE, or pass - and write it to stdin",
                ));
            }
        };
        // The name of the file is not repeated, because it could be a token.
        let text =
            text.map_err(|error| Failure::usage(format!("{name} cannot be read: {error}")))?;
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        Ok(saved(text, self.kind()).unwrap_or_else(|| text.to_owned()))
    }
}

/// The maximum length of the input. It is enough for JSON with three tokens.
const MAX_LENGTH: u64 = 4 * MAX_TOKEN_LENGTH as u64;

fn read_all(source: impl Read) -> io::Result<String> {
    let mut text = String::new();
    source.take(MAX_LENGTH + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_LENGTH {
        return Err(io::Error::other("it is too large for a token"));
    }
    Ok(text)
}

/// Returns the token of this kind in the JSON that `cognito login` writes. Returns `None` if `text`
/// is not such JSON.
fn saved(text: &str, kind: TokenKind) -> Option<String> {
    let saved: Value = serde_json::from_str(text).ok()?;
    let member = match kind {
        TokenKind::Id => "idToken",
        TokenKind::Access => "accessToken",
    };
    saved.get(member)?.as_str().map(str::to_owned)
}
