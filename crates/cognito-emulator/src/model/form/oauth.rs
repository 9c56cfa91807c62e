//! Constraints of OAuth 2.0 fields.

use super::{Rule, graphic, rule, titled};

pub(crate) static DOMAIN: Rule = rule(1, 63, r"[a-z0-9](?:[a-z0-9\-\.]{0,61}[a-z0-9])?", |text| {
    let is_end = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let bytes = text.as_bytes();
    is_end(bytes.first())
        && is_end(bytes.last())
        && bytes
            .iter()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(b))
});
pub(crate) static REDIRECT_URL: Rule = rule(1, 1024, r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+", graphic);
pub(crate) static RESOURCE_SERVER: Rule = rule(1, 256, r"[\x21\x23-\x5B\x5D-\x7E]+", |text| {
    text.bytes().all(is_scope_byte)
});
pub(crate) static SCOPE: Rule = rule(1, 256, r"[\x21\x23-\x5B\x5D-\x7E]+", |text| {
    text.bytes().all(is_scope_byte)
});
pub(crate) static SCOPE_DESCRIPTION: Rule = rule(1, 256, "", |_| true);
pub(crate) static SCOPE_NAME: Rule = rule(1, 256, r"[\x21\x23-\x2E\x30-\x5B\x5D-\x7E]+", |text| {
    text.bytes().all(|b| is_scope_byte(b) && b != b'/')
});
pub(crate) static SERVER_NAME: Rule = rule(1, 256, r"[\w\s+=,.@-]+", titled);

/// The characters of a scope (RFC 6749 section 3.3).
const fn is_scope_byte(b: u8) -> bool {
    b.is_ascii_graphic() && b != b'"' && b != b'\\'
}
