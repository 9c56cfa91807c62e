//! The format of the entries in the Redis stream, and of the responses that contain them.

use std::fmt;

use cognito_core::{Result, Revocation};
use redis::Value;

use crate::error::{array, invalid_response};

/// The id of an entry in the Redis stream. It consists of the time at which the entry was written,
/// in milliseconds by the clock of the Redis server, and a sequence number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct EntryId(u64, u64);

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.0, self.1)
    }
}

impl EntryId {
    /// An id that is less than the ids of all entries of a stream.
    pub(super) const START: Self = Self(0, 0);

    /// Returns the time at which the stream entry with this id was written, in seconds since 1970
    /// by the clock of the Redis server.
    pub(super) const fn seconds(self) -> u64 {
        self.0 / 1000
    }

    pub(super) fn parse(value: &Value) -> Result<Self> {
        let text = text(value)?;
        let (moment, number) = text.split_once('-').ok_or_else(invalid_response)?;
        match (moment.parse(), number.parse()) {
            (Ok(moment), Ok(number)) => Ok(Self(moment, number)),
            _ => Err(invalid_response()),
        }
    }
}

/// Entries of the Redis stream: the id and the revocation of each. The revocation is `None` if this
/// version of the crate cannot parse the entry, for example because its kind is new.
pub(super) type Page = Vec<(EntryId, Option<Revocation>)>;

/// Returns the kind, the identifier and the extent of a revocation. For a session or token, the
/// extent is its expiry. For a user, it is a time in seconds: tokens that were issued in this
/// second or earlier are revoked. Of two entries with the same kind and identifier, the entry with
/// the larger extent rejects more tokens. Returns `None` if this crate does not support the kind.
pub(super) fn encode(revocation: &Revocation) -> Option<(&'static str, &str, u64)> {
    match revocation {
        Revocation::Session {
            origin_jti,
            expires_at,
            ..
        } => Some(("s", origin_jti, *expires_at)),
        Revocation::Token {
            jti, expires_at, ..
        } => Some(("t", jti, *expires_at)),
        Revocation::User {
            sub, issued_until, ..
        } => Some(("u", sub, *issued_until)),
        _ => None,
    }
}

/// Returns the values of the fields `s` and `n` in the stream entry of a revocation:
///
/// - for a revoked session or token: the user's `sub`, and the time of the revocation in seconds;
/// - for a revoked session or token of an unknown user: an empty string and 0;
/// - for a revoked user: an empty string, and the expiry of the last revoked token.
pub(super) fn details(revocation: &Revocation) -> (&str, u64) {
    match revocation {
        Revocation::User { expires_at, .. } => ("", *expires_at),
        _ => revocation.subject().unwrap_or_default(),
    }
}

/// Parses the fields of an entry. Returns `None` if a required field is missing or malformed, or if
/// this crate does not support the kind of the revocation.
fn decode(fields: &[Value]) -> Option<Revocation> {
    let (mut kind, mut id, mut number) = (None, None, None);
    let (mut sub, mut second) = ("", None);
    for pair in fields.chunks_exact(2) {
        let [name, value] = pair else { continue };
        let value = text(value).ok()?;
        match text(name).ok()? {
            "k" => kind = Some(value),
            "i" => id = Some(value),
            "e" => number = value.parse().ok(),
            "s" => sub = value,
            "n" => second = value.parse().ok(),
            _ => {}
        }
    }
    let single = |revocation: Revocation| match second {
        Some(second) if !sub.is_empty() => revocation.of_user(sub, second),
        _ => revocation,
    };
    match (kind?, id?, number?) {
        ("s", id, number) => Some(single(Revocation::session(id, number))),
        ("t", id, number) => Some(single(Revocation::token(id, number))),
        ("u", id, number) => {
            let user = Revocation::user(id, number);
            Some(match second {
                Some(expires_at) => user.expiring_at(expires_at),
                None => user,
            })
        }
        _ => None,
    }
}

/// Parses the response of the script [`APPEND`](crate::script::APPEND): the ids of the written
/// entries.
pub(super) fn ids(answer: &Value) -> Result<Vec<EntryId>> {
    array(answer)?.iter().map(EntryId::parse).collect()
}

/// Parses the response of `XRANGE`: the entries with their ids. The result is empty if the response
/// is `nil`.
pub(super) fn entries(answer: &Value) -> Result<Page> {
    if *answer == Value::Nil {
        return Ok(Page::new());
    }
    let entry = |entry: &Value| match array(entry)? {
        [id, Value::Array(fields)] => Ok((EntryId::parse(id)?, decode(fields))),
        _ => Err(invalid_response()),
    };
    array(answer)?.iter().map(entry).collect()
}

/// Parses the new entries in the response of `XREAD` for one stream. If there are no new entries,
/// the response is `nil` and the page is empty.
pub(super) fn news(answer: &Value) -> Result<Page> {
    if *answer == Value::Nil {
        return Ok(Page::new());
    }
    let [stream] = array(answer)? else {
        return Err(invalid_response());
    };
    match array(stream)? {
        [_, read] => entries(read),
        _ => Err(invalid_response()),
    }
}

pub(super) fn text(value: &Value) -> Result<&str> {
    match value {
        Value::BulkString(text) => std::str::from_utf8(text).map_err(|_| invalid_response()),
        Value::SimpleString(text) => Ok(text),
        _ => Err(invalid_response()),
    }
}

#[cfg(test)]
impl EntryId {
    /// Returns the lowest id that a stream entry written in this second can have. `seconds` is the
    /// time since 1970-01-01T00:00:00Z.
    pub(super) const fn of(seconds: u64) -> Self {
        Self(seconds * 1000, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    fn written(revocation: &Revocation) -> Vec<Value> {
        let (kind, id, number) = encode(revocation).expect("it is known");
        let (sub, second) = details(revocation);
        let (number, second) = (number.to_string(), second.to_string());
        let fields = ["k", kind, "i", id, "e", &number, "s", sub, "n", &second];
        fields.map(bulk).into()
    }

    #[test]
    fn each_revocation_is_read_as_it_was_written() {
        for revocation in [
            Revocation::session("o", 1),
            Revocation::token("j", u64::MAX),
            Revocation::user("s", 0),
            Revocation::user("s", 5).expiring_at(9),
            Revocation::session("o", 9).of_user("s", 5),
            Revocation::token("j", 9).of_user("s", 5),
        ] {
            assert_eq!(decode(&written(&revocation)), Some(revocation));
        }
    }

    #[test]
    fn entry_of_later_version_is_accepted() {
        let mut fields = written(&Revocation::token("j", 7));
        fields.extend([bulk("new"), bulk("field")]);
        assert_eq!(decode(&fields), Some(Revocation::token("j", 7)));
        let unknown: Vec<_> = ["k", "z", "i", "x", "e", "1"].map(bulk).into();
        let answer = Value::Array(vec![Value::Array(vec![bulk("5-0"), Value::Array(unknown)])]);
        assert_eq!(entries(&answer).expect("entries"), [(EntryId(5, 0), None)]);
    }

    #[test]
    fn invalid_response_is_error_not_panic() {
        let odd = Value::Array(vec![bulk("5"), Value::Array(vec![])]);
        let odd = Value::Array(vec![odd]);
        assert!(entries(&odd).is_err());
        assert!(news(&Value::Array(vec![bulk("a stream"), odd])).is_err());
        for answer in [
            Value::Okay,
            Value::Array(vec![Value::Int(1)]),
            Value::Array(vec![Value::Array(vec![])]),
        ] {
            assert!(entries(&answer).is_err(), "{answer:?}");
            assert!(news(&answer).is_err(), "{answer:?}");
        }
    }

    #[test]
    fn ids_are_in_the_order_of_time() {
        let parse = |text| EntryId::parse(&bulk(text)).expect("an id");
        assert!(parse("9-10") < parse("10-0") && parse("9-9") < parse("9-10"));
        assert_eq!(parse("9-10").to_string(), "9-10");
        assert_eq!(parse("61999-10").seconds(), 61);
    }
}
