//! Reads the token from one cookie, or from several cookies that contain its parts.

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

use super::Token;
use crate::rejection::RejectionKind;

/// Finds the token in the cookie `name`, or in `name.0`, `name.1` and so on. An empty cookie counts
/// as missing, because some services empty the cookie at a sign-out. Fails if two of these cookies
/// have the same name, if a part is missing, or if both the whole token and parts are present. Also
/// fails if the request has more than 1,000 cookies.
pub(super) fn find(headers: &HeaderMap, name: &str) -> Result<Option<Token>, RejectionKind> {
    let mut whole = None;
    let mut parts = [const { None }; MAX_PARTS];
    let mut pairs = 0;
    // HTTP/2 may send each cookie in a separate header (RFC 9113 section 8.2.3).
    for value in headers.get_all(COOKIE) {
        for cookie in Cookie::all(value) {
            pairs += 1;
            if pairs > MAX_COOKIES {
                return Err(RejectionKind::InvalidRequest);
            }
            let Some(cookie) = cookie else { continue };
            let place = match cookie.part_of(name) {
                Some(Part::Whole) => &mut whole,
                Some(Part::Number(number)) => &mut parts[number],
                None => continue,
            };
            if place.replace(cookie).is_some() {
                return Err(RejectionKind::InvalidRequest);
            }
        }
    }
    if parts.iter().all(Option::is_none) {
        return Ok(whole.and_then(Cookie::into_token));
    }
    if whole.is_some() {
        return Err(RejectionKind::InvalidRequest);
    }
    joined(&parts).map(Some)
}

/// Joins the values of the cookies that contain the parts of a token, in order. Fails if a part
/// before the last part is missing.
fn joined(parts: &[Option<Cookie<'_>>]) -> Result<Token, RejectionKind> {
    let count = parts.iter().take_while(|part| part.is_some()).count();
    if parts[count..].iter().any(Option::is_some) {
        return Err(RejectionKind::InvalidToken);
    }
    let values = parts.iter().flatten().map(Cookie::value);
    Ok(Token::Joined(values.collect::<Vec<_>>().concat()))
}

/// One `name=value` pair (RFC 6265 section 4.2.1).
struct Cookie<'a> {
    header: &'a HeaderValue,
    start: usize,
    equals: usize,
    end: usize,
}

enum Part {
    Whole,
    Number(usize),
}

impl<'a> Cookie<'a> {
    /// Returns the cookies of one header. An entry without `=` is `None`.
    fn all(header: &'a HeaderValue) -> impl Iterator<Item = Option<Self>> {
        let bytes = header.as_bytes();
        let mut next = 0;
        bytes.split(|byte| *byte == b';').map(move |pair| {
            let start = next;
            next += pair.len() + 1;
            let indent = pair.len() - pair.trim_ascii_start().len();
            let equals = pair.iter().position(|byte| *byte == b'=')?;
            Some(Self {
                header,
                start: start + indent,
                equals: start + equals,
                end: start + pair.trim_ascii_end().len(),
            })
        })
    }

    fn name(&self) -> &'a [u8] {
        let name = self.header.as_bytes().get(self.start..self.equals);
        name.unwrap_or_default().trim_ascii_end()
    }

    fn value(&self) -> &'a [u8] {
        let value = self.header.as_bytes().get(self.equals + 1..self.end);
        value.unwrap_or_default()
    }

    /// Returns the part of the token that this cookie contains. Returns `None` if the cookie has
    /// another name.
    fn part_of(&self, name: &str) -> Option<Part> {
        match self.name().strip_prefix(name.as_bytes())? {
            [] => Some(Part::Whole),
            [b'.', digit @ b'0'..=b'9'] => Some(Part::Number(usize::from(digit - b'0'))),
            _ => None,
        }
    }

    fn into_token(self) -> Option<Token> {
        if self.value().is_empty() {
            return None;
        }
        Some(Token::InHeader {
            value: self.header.clone(),
            place: self.equals + 1..self.end,
        })
    }
}

const MAX_PARTS: usize = 10;
/// The maximum number of cookies of a request. A request with more cookies is rejected. Browsers
/// keep at most 180 per site.
const MAX_COOKIES: usize = 1_000;
