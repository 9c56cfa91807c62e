//! Splits a value that is too long for one cookie into the cookies `name.0`, `name.1` and so on,
//! and joins them again. `TokenSource::cookie` of `cognito-tower` reads the same format.

use cognito_core::InvalidInput;
use http::HeaderMap;
use http::header::COOKIE;

/// The maximum length of the value of one cookie, in bytes. Browsers accept 4,096 bytes per cookie,
/// so 296 bytes remain for the name and the attributes.
pub(super) const LENGTH: usize = 3_800;
/// The maximum number of cookies for one value. A value can therefore have at most 19,000 bytes: 5
/// times [`LENGTH`].
pub(super) const MOST: usize = 5;
/// The number of numbered cookies that are read for one value: `name.0` to `name.9`. This is the
/// same number as in `TokenSource::cookie` of `cognito-tower`. [`split`] creates at most [`MOST`]
/// cookies.
const READ: usize = 10;
/// The maximum number of cookies that are read from a request. Browsers keep at most 180 per site.
const MAX_COOKIES: usize = 1_000;

/// Splits a value into cookies, and returns their names and values. Each cookie has at most 3,800
/// bytes of the value. Returns `None` if the value is longer than 19,000 bytes, the maximum for
/// five cookies.
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

/// Returns the value that is stored under `name`: the value of the cookie `name`, or the joined
/// values of `name.0`, `name.1` and so on. Returns `None` if the request has none of these cookies,
/// or if the cookie `name` is empty.
///
/// Fails if a part is missing, or if the value is not UTF-8. Also fails if the request has one of
/// these cookies twice, both the cookie `name` and parts, or more than 1,000 cookies.
pub(super) fn read(request: &HeaderMap, name: &str) -> Result<Option<String>, InvalidInput> {
    let found = Found::new(request, name)?;
    let whole = found.whole.once()?;
    let mut parts = Vec::with_capacity(READ);
    for part in &found.parts {
        parts.push(part.once()?);
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

/// Returns the names of the request's cookies that store the value `name` or a part of it: `name`,
/// `name.0`, `name.1` and so on. Returns an empty list if the request has more than 1,000 cookies.
pub(super) fn present(request: &HeaderMap, name: &str) -> Vec<String> {
    let Ok(found) = Found::new(request, name) else {
        return Vec::new();
    };
    let mut names = Vec::new();
    if !matches!(found.whole, Sent::Never) {
        names.push(name.to_owned());
    }
    for (index, part) in found.parts.iter().enumerate() {
        if !matches!(part, Sent::Never) {
            names.push(part_name(name, index));
        }
    }
    names
}

pub(super) fn part_name(name: &str, index: usize) -> String {
    format!("{name}.{index}")
}

/// The cookies of a request that can store one value: the cookie `name` with the whole value, and
/// the cookies `name.0` to `name.9` with the parts of a long value.
#[derive(Default)]
struct Found<'a> {
    whole: Sent<'a>,
    parts: [Sent<'a>; READ],
}

/// The occurrences of one cookie in a request: none, one with its value, or several.
#[derive(Clone, Copy, Default)]
enum Sent<'a> {
    #[default]
    Never,
    Once(&'a [u8]),
    Again,
}

impl<'a> Found<'a> {
    /// Finds the cookie `name` and the cookies `name.0` to `name.9` in a request. Values are read
    /// as bytes, because the cookies of other applications need not be UTF-8. Fails if the request
    /// has more than 1,000 cookies.
    fn new(request: &'a HeaderMap, name: &str) -> Result<Self, InvalidInput> {
        let mut found = Self::default();
        let lines = request.get_all(COOKIE).iter();
        let pairs = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
        for (count, pair) in pairs.enumerate() {
            if count == MAX_COOKIES {
                return Err(InvalidInput::new("cookies", "must be at most 1000"));
            }
            let Some(equals) = pair.iter().position(|byte| *byte == b'=') else {
                continue;
            };
            let sent = match pair[..equals].trim_ascii().strip_prefix(name.as_bytes()) {
                Some([]) => &mut found.whole,
                Some([b'.', digit @ b'0'..=b'9']) => &mut found.parts[usize::from(digit - b'0')],
                _ => continue,
            };
            sent.add(pair[equals + 1..].trim_ascii());
        }
        Ok(found)
    }
}

impl<'a> Sent<'a> {
    const fn add(&mut self, value: &'a [u8]) {
        *self = match self {
            Self::Never => Self::Once(value),
            Self::Once(_) | Self::Again => Self::Again,
        };
    }

    /// Returns the value if the cookie occurs once, or `None` if it does not occur. Fails if it
    /// occurs more than once. Security: a second cookie of this name was set by another
    /// application, possibly by an attacker. RFC 6265 section 5.4 does not define the order of the
    /// cookies, so no value can be trusted.
    fn once(self) -> Result<Option<&'a [u8]>, InvalidInput> {
        match self {
            Self::Never => Ok(None),
            Self::Once(value) => Ok(Some(value)),
            Self::Again => Err(InvalidInput::new("cookie", "must be sent once")),
        }
    }
}
