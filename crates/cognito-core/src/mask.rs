//! How names of people are shown in logs: `u***@example.com`.

use std::fmt;

use crate::id::is_email;

/// Shows a person's name, address or number so that it helps a reader who knows it and tells
/// nothing to one who does not.
///
/// | text | shown |
/// |---|---|
/// | `user@example.com` | `u***@example.com` |
/// | `u@example.com` | `*@example.com` |
/// | `+4930123456` | `+***56` |
/// | `alice` | `a***` |
///
/// A domain is shown only of what can be an e-mail address and has a dot in its domain: people type
/// their password into the field for the name, and `MyP@ssw0rd` must not be taken for an address.
///
/// Control, bidirectional and other invisible characters come out as `?`, so that a name cannot
/// forge a line of a log.
#[must_use]
pub fn masked(text: &str) -> Masked<'_> {
    Masked(text)
}

/// A masked text; see [`masked`].
#[derive(Clone, Copy)]
pub struct Masked<'a>(&'a str);

impl fmt::Display for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((local, domain)) = self.0.rsplit_once('@')
            && domain.contains('.')
            && is_email(self.0)
        {
            let mut chars = local.chars();
            match (chars.next(), chars.next()) {
                (Some(first), Some(_)) => write!(f, "{}***@", visible(first))?,
                _ => f.write_str("*@")?,
            }
            return f.write_str(domain);
        }
        if let Some(digits) = self.0.strip_prefix('+')
            && digits.len() > 4
            && digits.bytes().all(|b| b.is_ascii_digit())
        {
            return write!(f, "+***{}", &digits[digits.len() - 2..]);
        }
        match self.0.chars().next() {
            Some(first) if self.0.chars().nth(1).is_some() => write!(f, "{}***", visible(first)),
            _ => f.write_str("***"),
        }
    }
}

impl fmt::Debug for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn visible(c: char) -> char {
    if crate::input::is_printable(c) {
        c
    } else {
        '?'
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_the_docs() {
        for (text, shown) in [
            ("user@example.com", "u***@example.com"),
            ("u@example.com", "*@example.com"),
            ("@example.com", "@***"),
            ("+4930123456", "+***56"),
            ("alice", "a***"),
            ("a", "***"),
            ("", "***"),
        ] {
            assert_eq!(masked(text).to_string(), shown, "{text:?}");
        }
    }

    #[test]
    fn a_password_in_the_field_for_the_name_is_not_shown() {
        for (text, shown) in [
            ("p@ssw0rd123", "p***"),
            ("MyP@ssw0rd", "M***"),
            ("MyP@ss.w0rd!", "M***"),
            ("P@ss@word.1", "P***"),
            ("u@localhost", "u***"),
            ("a@b@example.com", "a***"),
            ("user@.com", "u***"),
        ] {
            assert_eq!(masked(text).to_string(), shown, "{text:?}");
        }
    }

    #[test]
    fn a_name_cannot_forge_a_line() {
        let shown = masked("\u{1b}[31m\u{202e}@evil\r\nlevel=ERROR").to_string();
        assert!(
            !shown.contains(['\r', '\n', '\u{1b}', '\u{202e}']),
            "{shown:?}"
        );
    }
}
