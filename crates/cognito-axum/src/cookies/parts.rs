//! A text that is too long for one cookie, in several: `name.0`, `name.1` and so on, as
//! `cognito-tower`'s `TokenSource::cookie` reads them.

use cognito_core::InvalidInput;
use http::HeaderMap;
use http::header::COOKIE;

/// How long a part is: name and attributes of our cookies stay below the other 296 bytes.
const LENGTH: usize = 3_800;
/// Some 19 kB: more than any token has, and about what servers take of a header.
const MOST: usize = 5;
/// How many are read, and forgotten.
const READ: usize = 10;

/// The cookies that keep a text; `None` if it does not fit.
pub(super) fn split(name: &str, text: &str) -> Option<Vec<(String, String)>> {
    if text.len() <= LENGTH {
        return Some(vec![(name.to_owned(), text.to_owned())]);
    }
    if text.len() > LENGTH * MOST {
        return None;
    }
    let parts = text.as_bytes().chunks(LENGTH).enumerate();
    parts
        .map(|(index, part)| {
            let part = std::str::from_utf8(part).ok()?;
            Some((part_name(name, index), part.to_owned()))
        })
        .collect()
}

/// The text, if it is there. An empty cookie is one that was forgotten.
pub(super) fn read(request: &HeaderMap, name: &str) -> Result<Option<String>, InvalidInput> {
    let whole = one(request, name)?;
    let mut parts = Vec::new();
    for index in 0..READ {
        parts.push(one(request, &part_name(name, index))?);
    }
    let count = parts.iter().take_while(|part| part.is_some()).count();
    let has_gap = parts[count..].iter().any(Option::is_some);
    let not_ours = || InvalidInput::new("cookie", "must be as it was set");
    let bytes = match (whole, count) {
        (_, 0) if !has_gap => whole.filter(|value| !value.is_empty()).map(<[u8]>::to_vec),
        (None, _) if !has_gap => Some(parts.into_iter().flatten().flatten().copied().collect()),
        _ => return Err(not_ours()),
    };
    let text = bytes.map(String::from_utf8).transpose();
    text.map_err(|_| not_ours())
}

/// The names under which a request brings the text or parts of it.
pub(super) fn present(request: &HeaderMap, name: &str) -> Vec<String> {
    let parts = (0..READ).map(|index| part_name(name, index));
    std::iter::once(name.to_owned())
        .chain(parts)
        .filter(|name| !matches!(one(request, name), Ok(None)))
        .collect()
}

fn part_name(name: &str, index: usize) -> String {
    format!("{name}.{index}")
}

/// The one value of a cookie. Security: a second one was set by somebody else, and which of the
/// two comes first is not said (RFC 6265 section 5.4).
///
/// Bytes, because others set cookies too: what stands in theirs must not hide ours.
fn one<'a>(request: &'a HeaderMap, name: &str) -> Result<Option<&'a [u8]>, InvalidInput> {
    let lines = request.get_all(COOKIE).iter();
    let mut values = lines
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b';'))
        .filter_map(|pair| {
            let equals = pair.iter().position(|byte| *byte == b'=')?;
            let (known, value) = (&pair[..equals], &pair[equals + 1..]);
            (known.trim_ascii() == name.as_bytes()).then(|| value.trim_ascii())
        });
    let value = values.next();
    match values.next() {
        None => Ok(value),
        Some(_) => Err(InvalidInput::new("cookie", "must be sent once")),
    }
}
