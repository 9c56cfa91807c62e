//! The location of the token in a request.

mod cookie;

use std::ops::Range;
use std::sync::Arc;

use cognito_core::secret::MAX_TOKEN_LENGTH;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};

use crate::rejection::RejectionKind;

/// The location of the token in a request: the header `Authorization`, a cookie, or either.
///
/// The body and the URL are never read (RFC 6750 sections 2.2 and 2.3). URLs are stored in logs and
/// browser histories.
///
/// A token may have up to [`MAX_TOKEN_LENGTH`], 64 KiB. HTTP servers and proxies in front of the
/// guard usually accept less, and reject a longer header themselves (431 or 400). AWS's application
/// load balancers accept 16 kB per line, and API Gateway accepts 10,240 bytes for all headers
/// together. nginx accepts 8 kB per line by default (`large_client_header_buffers`).
///
/// A request with two tokens is rejected ([`InvalidRequest`](RejectionKind::InvalidRequest)), even
/// if one of them is valid. Otherwise, a proxy in front of the service and the guard could check
/// different tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenSource {
    header: bool,
    cookie: Option<Arc<str>>,
}

impl TokenSource {
    /// Reads `Authorization: Bearer …` (RFC 6750 section 2.1). This is the default.
    pub const fn header() -> Self {
        Self {
            header: true,
            cookie: None,
        }
    }

    /// Reads a cookie with exactly this name. The header `Authorization` is ignored.
    ///
    /// A request with more than 1,000 cookies is rejected
    /// ([`InvalidRequest`](RejectionKind::InvalidRequest)).
    ///
    /// A token that is too long for one cookie may be split into `name.0`, `name.1` and so on, up
    /// to `name.9`, in order.
    ///
    /// A browser also sends cookies with requests that another site causes. Protect routes that
    /// change data against cross-site request forgery (CSRF).
    pub fn cookie(name: impl Into<String>) -> Self {
        Self {
            header: false,
            cookie: Some(name.into().into()),
        }
    }

    /// Reads the header `Authorization`. If it has no bearer token, reads the
    /// [cookie](Self::cookie) with this name. A request with a token in the header and another in
    /// the cookie is rejected.
    pub fn header_or_cookie(name: impl Into<String>) -> Self {
        Self {
            header: true,
            ..Self::cookie(name)
        }
    }

    /// Returns the token of the request. Fails if the request has no token, several tokens or a
    /// malformed token.
    pub(crate) fn find(&self, headers: &HeaderMap) -> Result<Token, RejectionKind> {
        let of_header = if self.header { bearer(headers)? } else { None };
        let of_cookie = match &self.cookie {
            Some(name) => cookie::find(headers, name)?,
            None => None,
        };
        match (of_header, of_cookie) {
            (Some(_), Some(_)) => Err(RejectionKind::InvalidRequest),
            (Some(token), None) | (None, Some(token)) => token.checked(),
            (None, None) => Err(RejectionKind::MissingToken),
        }
    }
}

impl Default for TokenSource {
    fn default() -> Self {
        Self::header()
    }
}

/// A token that is not verified yet. The token owns its bytes, so that a future can contain the
/// token. A token in one header or cookie is not copied: it shares the bytes of the header value. A
/// token in several cookies is copied, because its parts must be joined.
pub(crate) enum Token {
    InHeader {
        value: HeaderValue,
        place: Range<usize>,
    },
    Joined(Vec<u8>),
}

impl Token {
    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(self.bytes()).unwrap_or_default()
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::InHeader { value, place } => {
                value.as_bytes().get(place.clone()).unwrap_or_default()
            }
            Self::Joined(bytes) => bytes,
        }
    }

    /// Rejects a string that cannot be a bearer token, before the verifier receives it.
    fn checked(self) -> Result<Self, RejectionKind> {
        let bytes = self.bytes();
        // Without an early exit, so that the compiler can process many bytes at once.
        let is_token = bytes
            .iter()
            .fold(true, |so_far, byte| so_far & is_b64(*byte));
        if bytes.is_empty() || bytes.len() > MAX_TOKEN_LENGTH || !is_token {
            return Err(RejectionKind::InvalidToken);
        }
        Ok(self)
    }
}

/// Returns the token in the header `Authorization`. Returns `None` if there is no such header, or
/// if its scheme is not `Bearer`. Fails if there are several such headers.
fn bearer(headers: &HeaderMap) -> Result<Option<Token>, RejectionKind> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(RejectionKind::InvalidRequest);
    }
    let bytes = value.as_bytes();
    let end = |found: &dyn Fn(u8) -> bool, from: usize| {
        let rest = bytes.get(from..).unwrap_or_default();
        from + rest.iter().take_while(|byte| found(**byte)).count()
    };
    // RFC 9110 section 11.4: the scheme, in any case, and one space or more.
    let scheme = end(&|byte| byte != b' ', 0);
    if !bytes[..scheme].eq_ignore_ascii_case(b"bearer") {
        return Ok(None);
    }
    let start = end(&|byte| byte == b' ', scheme);
    Ok(Some(Token::InHeader {
        value: value.clone(),
        place: start..bytes.len(),
    }))
}

/// Returns `true` for the bytes of a `b64token` of RFC 6750 section 2.1. The verifier checks the
/// position of `=`.
///
/// The function uses only comparisons, so the compiler can vectorize it.
const fn is_b64(byte: u8) -> bool {
    let is_letter = (byte | 0x20).is_ascii_lowercase();
    // From `-` to `9` there are `-`, `.`, `/` and the digits.
    let is_between = byte >= b'-' && byte <= b'9';
    is_letter | is_between | (byte == b'+') | (byte == b'=') | (byte == b'_') | (byte == b'~')
}
