//! Responses of Amazon Cognito: recorded, quoted or documented.

use std::sync::LazyLock;

/// The table of the responses that [`recorded`] returns, tab-separated. Its header describes the
/// columns.
const TABLE: &str = include_str!("../data/recorded-responses.tsv");

static ROWS: LazyLock<Vec<RecordedResponse>> = LazyLock::new(|| {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    lines.skip(1).map(RecordedResponse::read).collect()
});

/// Returns the recorded responses, in the order of the table.
///
/// ```
/// use cognito_core::Error;
///
/// let quota = cognito_testkit::recorded()
///     .iter()
///     .find(|row| row.operation == "ForgotPassword" && row.kind == "DeliveryQuota")
///     .expect("a row");
/// let error = Error::from_aws(quota.exception, &quota.message);
/// assert_eq!(error.kind().name(), quota.kind);
/// ```
///
/// # Panics
///
/// Panics if the table has an invalid row.
pub fn recorded() -> &'static [RecordedResponse] {
    &ROWS
}

/// A response of AWS, and the error to which the library converts it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedResponse {
    /// The unique name of this recorded response.
    pub id: &'static str,
    /// The operation, by its AWS name, or the endpoint of managed login (`oauth2/token`).
    pub operation: &'static str,
    /// The situation in which AWS sends the response, such as `wrong password`.
    pub situation: &'static str,
    /// The HTTP status of AWS's response.
    pub status: u16,
    /// The name of AWS's exception, or the error code of OAuth 2.0.
    pub exception: &'static str,
    /// The message of AWS. Empty if it is unknown. A placeholder such as `<client>` matches any
    /// string.
    pub message: String,
    /// The document, issue or recording from which the response is known.
    pub source: &'static str,
    /// How reliably `source` proves that AWS sends this response.
    pub strength: Strength,
    /// The name of the [`ErrorKind`](cognito_core::ErrorKind) to which the library maps the
    /// response.
    pub kind: &'static str,
    /// The HTTP status that a caller of the application receives under the default
    /// `EnumerationPolicy`. 200 means that the error is hidden: the response states that a code was
    /// sent.
    pub public_status: u16,
    /// The audience of the error: `public`, `operator` or `both`. See
    /// [`Error::audience`](cognito_core::Error::audience).
    pub audience: &'static str,
    /// The scenario in which the emulator returns the same response as AWS (`Ok`). If the emulator
    /// never returns this response, the reason (`Err`).
    pub emulator: Result<&'static str, &'static str>,
}

/// How reliably the source of a [`RecordedResponse`] proves that AWS sends the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Strength {
    /// The source is the AWS documentation or service model, which contains the response.
    Documented,
    /// The source does not state the whole response. The operation, the exception or the message
    /// was inferred and is uncertain.
    Inferred,
    /// The source is another emulator of Cognito, which returns the response. No other source shows
    /// that AWS sends it.
    OtherEmulator,
    /// The source is a public page, such as an issue on GitHub, in which a user of AWS quotes the
    /// response.
    Quoted,
    /// The source is AWS itself: the response was recorded from AWS, or verified against AWS.
    Recorded,
}

impl RecordedResponse {
    /// Returns `true` if a message of the emulator matches the recorded message. If the recorded
    /// message is unknown, every message matches.
    #[must_use]
    pub fn matches_message(&self, message: &str) -> bool {
        if self.message.is_empty() {
            return true;
        }
        let mut rest = message;
        let mut parts = Parts(&self.message);
        let Some(first) = parts.next() else {
            return false;
        };
        let Some(after) = rest.strip_prefix(first) else {
            return false;
        };
        rest = after;
        let mut last = first;
        for part in parts {
            let Some(place) = rest.find(part) else {
                return false;
            };
            rest = &rest[place + part.len()..];
            last = part;
        }
        rest.is_empty() || last.is_empty()
    }

    #[allow(
        clippy::panic,
        clippy::expect_used,
        reason = "the table is part of this crate, and a bad row is a bug"
    )]
    fn read(line: &'static str) -> Self {
        let columns: Vec<&'static str> = line.split('\t').collect();
        let [
            id,
            operation,
            situation,
            status,
            exception,
            message,
            source,
            strength,
            kind,
            public_status,
            audience,
            emulator,
        ] = columns[..]
        else {
            panic!("a row has {} columns: {line}", columns.len());
        };
        let strength = match strength {
            "D" => Strength::Documented,
            "I" => Strength::Inferred,
            "P" => Strength::OtherEmulator,
            "Q" => Strength::Quoted,
            "R" => Strength::Recorded,
            _ => panic!("no strength: {line}"),
        };
        Self {
            id,
            operation,
            situation,
            status: status.parse().expect("a status"),
            exception,
            message: message.replace("\\n", "\n"),
            source,
            strength,
            kind,
            public_status: public_status.parse().expect("a status"),
            audience,
            emulator: match emulator.strip_prefix("no: ") {
                Some(reason) => Err(reason),
                None => Ok(emulator),
            },
        }
    }
}

/// An iterator over the parts of a message between its placeholders. If the message ends with a
/// placeholder, the last part is empty.
struct Parts<'a>(&'a str);

impl<'a> Iterator for Parts<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.0 == END {
            return None;
        }
        let Some((part, rest)) = self.0.split_once('<') else {
            return Some(std::mem::replace(&mut self.0, END));
        };
        self.0 = rest.split_once('>').map_or(END, |(_, after)| after);
        Some(part)
    }
}

/// The value of [`Parts`] when no part of the message is left. It differs from every part of a
/// message, because no message contains the character NUL.
const END: &str = "\0";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_match_any_string() {
        let row = |message: &str| RecordedResponse {
            message: message.to_owned(),
            ..recorded()[0].clone()
        };
        for (pattern, message, matches) in [
            ("", "anything", true),
            ("User is disabled.", "User is disabled.", true),
            ("User is disabled.", "User is disabled", false),
            ("User is disabled.", "User is disabled. Really", false),
            ("client <client> is", "client abc is", true),
            ("client <client> is", "client abc was", false),
            ("for client <client>", "for client abc", true),
            ("for client <client>", "for user abc", false),
            ("<user> has <thing>.", "ann has it.", true),
        ] {
            let result = row(pattern).matches_message(message);
            assert_eq!(result, matches, "{pattern} {message}");
        }
    }

    #[test]
    fn rows_are_many_and_have_sources() {
        assert!(recorded().len() >= 800, "{}", recorded().len());
        let with_text = recorded().iter().filter(|row| !row.message.is_empty());
        assert!(with_text.count() >= 150);
        let mut ids: Vec<_> = recorded().iter().map(|row| row.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), recorded().len(), "ids are unique");
        for row in recorded() {
            assert!(!row.source.is_empty(), "{}", row.id);
            assert!(
                ["public", "operator", "both"].contains(&row.audience),
                "{}",
                row.id
            );
        }
    }
}
