//! Functions that mask user names, addresses and messages for logs.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use crate::id::is_email;

/// Masks a user name, an e-mail address or a phone number for a log. The result shows at most the
/// first character, and whether the value is an e-mail address.
///
/// | value | shown |
/// |---|---|
/// | `user@example.com` | `u***@***` |
/// | `u@example.com` | `*@***` |
/// | `+4930123456` | `+***` |
/// | `alice` | `a***` |
/// | `a` | `***` |
///
/// Users sometimes enter their password as user name, and a password such as `My@Passw0rd.2026`
/// looks like an e-mail address. Therefore neither the domain of an address nor the end of a number
/// is shown.
///
/// If the first character is invisible, such as a control or bidirectional character, `?` is shown
/// instead. A name can therefore not forge a log line.
pub fn masked(text: &str) -> Masked<'_> {
    Masked(text)
}

/// A masked value, which `Display` and `Debug` show; see [`masked`].
#[derive(Clone, Copy)]
pub struct Masked<'a>(&'a str);

impl fmt::Display for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let domain = self.0.rsplit_once('@').map(|(_, domain)| domain);
        let is_address = domain.is_some_and(|domain| domain.contains('.')) && is_email(self.0);
        // The first character is shown only if there are others.
        let name = match self.0.rsplit_once('@') {
            Some((local, _)) if is_address => local,
            _ => self.0,
        };
        let mut chars = name.chars();
        match (chars.next(), chars.next()) {
            (Some(first), Some(_)) => write!(f, "{}", visible(first))?,
            _ if is_address => return f.write_str("*@***"),
            _ => {}
        }
        f.write_str(if is_address { "***@***" } else { "***" })
    }
}

impl fmt::Debug for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Masks a value like [`masked`], and adds a tag: a hash of the value, such as `u***@*** #5f3a9c01`.
/// Two values with the same mask can be told apart by their tags.
///
/// Security: the hash is keyed with a random key of this process. A reader of the log therefore
/// cannot compute the tag of a name, and the tag of a user changes with each start of the process.
/// But a reader who can also send requests learns the tag of a name from a request with this name. A
/// tag has 32 bits: two users of a process rarely have the same tag, but they can. The tag belongs to
/// the name as it was entered, so an alias of a user has another tag.
pub fn tagged(text: &str) -> Tagged<'_> {
    Tagged(text)
}

/// A value of which `Display` and `Debug` show only the masked form and the tag; see [`tagged`].
#[derive(Clone, Copy)]
pub struct Tagged<'a>(&'a str);

impl Tagged<'_> {
    /// Returns only the tag: 8 hexadecimal digits.
    pub fn tag(&self) -> String {
        format!("{:08x}", self.hash())
    }

    fn hash(&self) -> u32 {
        static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
        // The upper half. `u32::try_from` cannot fail.
        u32::try_from(KEY.hash_one(self.0) >> 32).unwrap_or_default()
    }
}

impl fmt::Display for Tagged<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} #{:08x}", masked(self.0), self.hash())
    }
}

impl fmt::Debug for Tagged<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Returns AWS's message for a log. Words that may be a name, an id or a secret are replaced by
/// `***`.
///
/// These words are not masked:
///
/// - words of at most 26 letters, because the words of AWS's own messages are short;
/// - names of flows and settings (`USER_SRP_AUTH`);
/// - IAM actions (`cognito-idp:ListUsers`).
///
/// All words from the first to the last quotation mark or bracket are masked, because a secret can
/// contain these characters too. If the message was cut (`is_cut`), everything after the first of
/// these characters is masked, because the last quotation mark or bracket may be missing. The
/// result has at most 300 characters.
pub(crate) fn masked_message(message: &str, is_cut: bool) -> String {
    let is_quoting = |word: &str| word.contains(QUOTING);
    let words: Vec<&str> = message.split_whitespace().collect();
    let first = words.iter().position(|word| is_quoting(word));
    let last = match is_cut {
        true => words.len().checked_sub(1),
        false => words.iter().rposition(|word| is_quoting(word)),
    };
    let mut shown = String::new();
    let mut names = false;
    for (place, word) in words.into_iter().enumerate() {
        let bare = word.trim_matches(|c: char| c.is_ascii_punctuation());
        let quoted =
            first.is_some_and(|first| first <= place) && last.is_some_and(|last| place <= last);
        let is_masked = quoted || names || !is_word(bare);
        let word_shown = if is_masked { "***" } else { word };
        let space = usize::from(!shown.is_empty());
        if shown.len() + space + word_shown.len() > MOST_MESSAGE {
            break;
        }
        shown.push_str(&" "[..space]);
        shown.push_str(word_shown);
        names = bare.eq_ignore_ascii_case("username") || word == "User:";
    }
    shown
}

/// The quotation marks and brackets that may enclose user input in a message.
pub(crate) const QUOTING: [char; 15] = [
    '\'', '"', '`', '[', ']', '{', '}', '<', '>', '\u{2018}', '\u{2019}', '\u{201c}', '\u{201d}',
    '\u{ab}', '\u{bb}',
];

/// The maximum number of characters of a masked message.
const MOST_MESSAGE: usize = 300;

/// Returns `true` if a word is not masked. Three kinds of words are not masked:
///
/// - at most 26 letters without other characters;
/// - the name of a flow or a setting, with at most 26 uppercase letters and underscores;
/// - an IAM action (`cognito-idp:ListUsers`).
fn is_word(bare: &str) -> bool {
    let is_letters = |text: &str| text.bytes().all(|b| b.is_ascii_alphabetic());
    let is_setting = |text: &str| {
        text.contains('_') && text.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
    };
    let action = bare.strip_prefix("cognito-idp:");
    bare.len() <= MOST_WORD && (is_letters(bare) || is_setting(bare))
        || action.is_some_and(is_letters)
}

/// The maximum number of characters of a word that is not masked. The longest word in AWS's
/// messages, `AccessDeniedException`, has 21 characters.
const MOST_WORD: usize = 26;

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

    fn assert_masked(expected: &[(&str, &str)]) {
        for (text, shown) in expected {
            assert_eq!(masked(text).to_string(), *shown, "{text:?}");
        }
    }

    #[test]
    fn the_table_of_the_docs() {
        assert_masked(&[
            ("user@example.com", "u***@***"),
            ("u@example.com", "*@***"),
            ("@example.com", "@***"),
            ("+4930123456", "+***"),
            ("alice", "a***"),
            ("a", "***"),
            ("", "***"),
        ]);
    }

    #[test]
    fn tags_tell_users_apart() {
        let (ann, amy) = (tagged("ann@example.com"), tagged("amy@example.com"));
        assert_ne!(ann.to_string(), amy.to_string());
        assert_eq!(ann.to_string(), tagged("ann@example.com").to_string());
        let shown = ann.to_string();
        let (mask, tag) = shown.split_once(" #").unwrap();
        assert_eq!(mask, "a***@***");
        assert_eq!(tag, ann.tag());
        assert!(
            tag.len() == 8 && tag.bytes().all(|b| b.is_ascii_hexdigit()),
            "{tag}"
        );
        assert_eq!(format!("{ann:?}"), shown);
    }

    #[test]
    fn masks_password_in_username_field() {
        assert_masked(&[
            ("p@ssw0rd123", "p***"),
            ("MyP@ssw0rd", "M***"),
            ("MyP@ss.w0rd!", "M***"),
            ("P@ss@word.1", "P***"),
            ("u@localhost", "u***"),
            ("a@b@example.com", "a***"),
            // A value that can be an address is shown as one, with at most its first character.
            ("P@ssw0rd.com", "*@***"),
            ("MyP@ssw0rd.2026", "M***@***"),
            ("+1234567890", "+***"),
            ("user@.com", "u***"),
        ]);
    }

    #[test]
    fn masks_names_and_ids_in_messages() {
        for (message, shown) in [
            (
                "Exceeded daily email limit for the operation or the account.",
                "Exceeded daily email limit for the operation or the account.",
            ),
            (
                "Client 67eb1d3nh97o2l6goh8pq3 is configured for secret but secret was not received",
                "Client *** is configured for secret but secret was not received",
            ),
            (
                "USER_SRP_AUTH is not enabled for the client.",
                "USER_SRP_AUTH is not enabled for the client.",
            ),
            (
                "User: arn:aws:iam::1:user/ann is not authorized to perform: cognito-idp:ListUsers on",
                "User: *** is not authorized to perform: cognito-idp:ListUsers on",
            ),
            (
                "Value 'my secret words' at 'password' failed, ann@example.com +4930123456 p4ss",
                "Value *** *** *** *** *** failed, *** *** ***",
            ),
            (
                "Already found an entry for username ann",
                "Already found an entry for username ***",
            ),
            (
                "Invalid names my_secret SECRET_1 abcdefghijklmnopqrstuvwxyz abcdefghijklmnopqrstuvwxyza",
                "Invalid names *** *** abcdefghijklmnopqrstuvwxyz ***",
            ),
            ("", ""),
        ] {
            assert_eq!(masked_message(message, false), shown, "{message}");
        }
    }

    #[test]
    fn messages_have_at_most_300_characters() {
        for (word, shown) in [
            ("word", "word"),
            // With the space, 299 and 2 characters would be too many.
            ("z", "z"),
            // Masked, it becomes longer.
            ("'", "***"),
            ("1", "***"),
        ] {
            for first in [295, 296, 297, 298, 299] {
                // Whole words of 20 letters, and one that fills up.
                let mut message = "abcdefghijklmnopqrs ".repeat(14);
                message.push_str(&"y".repeat(first - message.len()));
                let masked = masked_message(&format!("{message} {word} {word}"), false);
                assert!(masked.len() <= 300, "{first} {word}: {}", masked.len());
                let fits = (300 - first) / (shown.len() + 1);
                assert_eq!(
                    masked,
                    format!("{message}{}", format!(" {shown}").repeat(fits))
                );
            }
        }
    }

    #[test]
    fn quoted_strings_are_masked() {
        for message in [
            "Value 'hunter' secret words' at 'password' failed",
            "Invalid attributes {name='my secret words'}",
            "Invalid value (\"my secret words\") given",
            "Value ['my', 'secret words'] at x",
            "Value [my secret words] at x",
            "Value \u{2018}my secret words\u{2019} failed",
        ] {
            let shown = masked_message(message, false);
            assert!(
                !shown.contains("secret") && !shown.contains("words"),
                "{shown}"
            );
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
