//! Formats the values in a token that the verifier checks.

use std::time::Duration;

use cognito::verifier::{Check, MAX_TOKEN_LENGTH, UnverifiedToken};
use serde_json::Value;

use crate::commands::token::input::TokenKind;
use crate::commands::token::times::in_words;
use crate::mask;
use crate::output::count_of;

/// A token, and the data that is needed to show its values.
pub(crate) struct Facts<'a> {
    pub(crate) token: &'a str,
    /// The content of the token. `None` if it cannot be decoded.
    pub(crate) content: Option<&'a UnverifiedToken>,
    pub(crate) kind: TokenKind,
    /// The current time, in seconds since 1970-01-01T00:00:00Z.
    pub(crate) now: u64,
    /// `true` if personal data is not masked.
    pub(crate) reveal: bool,
}

/// The length after which a shown value is cut off, in characters.
const MAX_LENGTH: usize = 100;

impl Facts<'_> {
    /// Returns the value in the token that the check verifies, as a string. Returns `None` if the
    /// token does not have the value, or the check is not about one value.
    pub(crate) fn value(&self, check: Check) -> Option<String> {
        match check {
            Check::Length => {
                let length = self.token.len();
                return Some(format!("{length} bytes, at most {MAX_TOKEN_LENGTH}"));
            }
            Check::Format => return Some(count_of(self.token.split('.').count(), "part")),
            _ => {}
        }
        let content = self.content?;
        let client = match self.kind {
            TokenKind::Access => "client_id",
            TokenKind::Id => "aud",
        };
        Some(match check {
            Check::Header => count_of(content.header().len(), "member"),
            Check::Algorithm => self.member("alg")?,
            Check::Extensions => self.member("crit").or_else(|| self.member("b64"))?,
            Check::Type => self.member("typ").or_else(|| self.member("cty"))?,
            Check::KeyId | Check::Key => self.member("kid")?,
            Check::Payload => count_of(content.claims().len(), "claim"),
            Check::Issuer => self.claim("iss")?,
            Check::TokenUse => self.claim("token_use")?,
            Check::Client => self.claim(client)?,
            Check::Expiry => self.time("exp")?,
            Check::IssuedAt => self.time("iat")?,
            Check::Lifetime => self.lifetime()?,
            Check::NotBefore => self.time("nbf")?,
            Check::AuthTime | Check::SignInAge => self.time("auth_time")?,
            Check::Subject => self.claim("sub")?,
            Check::Audience => self.claim("aud")?,
            Check::SignInStrength => self.claim("acr").or_else(|| self.claim("amr"))?,
            Check::Actor => self.claim("act")?,
            Check::Groups => self.claim("cognito:groups")?,
            Check::Scopes => self.claim("scope")?,
            _ => return None,
        })
    }

    fn member(&self, name: &str) -> Option<String> {
        self.content?.header().get(name).map(short)
    }

    fn claim(&self, name: &str) -> Option<String> {
        let value = self.content?.claim(name)?;
        Some(short(&shown(name, value, self.reveal)))
    }

    fn seconds(&self, name: &str) -> Option<u64> {
        self.content?.claim(name)?.as_u64()
    }

    /// Formats the time in the claim `name`. If the claim is not a whole number, returns its value
    /// like [`claim`](Self::claim). Returns `None` if the token does not have the claim.
    fn time(&self, name: &str) -> Option<String> {
        let seconds = self.seconds(name);
        let words = seconds.map(|seconds| in_words(seconds, self.now));
        words.or_else(|| self.claim(name))
    }

    fn lifetime(&self) -> Option<String> {
        let lifetime = self.seconds("exp")?.checked_sub(self.seconds("iat")?)?;
        Some(humantime::format_duration(Duration::from_secs(lifetime)).to_string())
    }
}

/// Returns the value of the claim `name`. Masks personal data in it, unless `reveal` is `true`.
pub(crate) fn shown(name: &str, value: &Value, reveal: bool) -> Value {
    if reveal {
        return value.clone();
    }
    match value {
        Value::String(text) => mask::attribute(name, text).into(),
        Value::Array(values) => values
            .iter()
            .map(|value| shown(name, value, false))
            .collect(),
        Value::Object(members) => members
            .iter()
            .map(|(inner, value)| (inner.clone(), shown(within(name, inner), value, false)))
            .collect(),
        Value::Number(_) | Value::Bool(_) if mask::is_personal(name) => "***".into(),
        _ => value.clone(),
    }
}

/// Returns the name that [`shown`] uses to decide whether it masks a member of a claim. If the
/// claim is personal data, returns the name of the claim, so that all members are masked.
/// Otherwise, returns the name of the member.
fn within<'a>(claim: &'a str, member: &'a str) -> &'a str {
    if mask::is_personal(claim) {
        claim
    } else {
        member
    }
}

/// Returns the value as a string, cut off after [`MAX_LENGTH`] characters.
pub(crate) fn short(value: &Value) -> String {
    let text = text(value);
    match text.char_indices().nth(MAX_LENGTH) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Returns a string unchanged, and any other value as JSON.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn personal_claims_are_masked() {
        let identities = json!([{ "userId": "ann", "primary": true }]);
        for (name, value, expected) in [
            ("email", json!("ann@example.com"), json!("a***@***")),
            (
                "cognito:username",
                json!("ann@example.com"),
                json!("a***@***"),
            ),
            (
                "identities",
                identities,
                json!([{ "userId": "a***", "primary": "***" }]),
            ),
            (
                "act",
                json!({ "sub": "+4930123" }),
                json!({ "sub": "+***" }),
            ),
            ("phone_number", json!(4930123456_u64), json!("***")),
            ("sub", json!("11111111-2222"), json!("11111111-2222")),
            ("exp", json!(5), json!(5)),
        ] {
            assert_eq!(shown(name, &value, false), expected, "{name}");
            assert_eq!(shown(name, &value, true), value, "{name}");
        }
    }

    #[test]
    fn long_values_are_cut_off() {
        let long = json!("ä".repeat(101));
        assert_eq!(short(&long), format!("{}…", "ä".repeat(100)));
        assert_eq!(short(&json!([1])), "[1]");
    }
}
