//! The page of the emulator's window (its web interface) that decodes a token.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use maud::{Markup, html};
use serde_json::Value;

use super::frame::{Frame, Section};
use super::visit::{Visit, link};
use crate::http::page::Page;
use crate::model::time::{iso8601, seconds};

/// The maximum length of a token that the page decodes, in bytes. The page shows the JSON of the
/// token with spaces, which can be much longer than the token.
const LONGEST_TOKEN: usize = 16 * 1024;

/// Returns the page with the form in which a token is entered.
pub(super) fn page() -> Page {
    Frame::new(Section::Tokens, "Tokens").page(&form("", &html! {}))
}

/// Handles the form with the token. The form is sent in the body of the request, so the token is in
/// no URL. A token that is too long is rejected with status 400, and the page does not contain it.
pub(super) fn decode(visit: &Visit<'_>) -> Page {
    let token = visit.parameter("token").trim();
    if token.len() > LONGEST_TOKEN {
        let content = html! { p role="alert" { "The token is longer than 16 KiB." } };
        let frame = Frame::new(Section::Tokens, "Tokens");
        let frame = frame.with_status(StatusCode::BAD_REQUEST);
        return frame.page(&form("", &content));
    }
    let content = match Decoded::read(token) {
        Ok(decoded) => decoded.content(visit, token),
        Err(reason) => html! { p role="alert" { (reason) } },
    };
    Frame::new(Section::Tokens, "Tokens").page(&form(token, &content))
}

fn form(token: &str, content: &Markup) -> Markup {
    html! {
        form method="post" action=(link("/tokens", &[])) {
            label {
                span { "Access token or ID token" }
                textarea name="token" rows="6" required spellcheck="false" autocomplete="off" { (token) }
            }
            button { "Decode" }
        }
        (content)
    }
}

/// The header and the claims of a signed token (JWT).
struct Decoded {
    header: Value,
    claims: Value,
}

impl Decoded {
    /// Reads a token without verifying it. If it is not a signed JWT, fails with the reason as a
    /// sentence for the user.
    fn read(token: &str) -> Result<Self, String> {
        let parts: Vec<_> = token.split('.').collect();
        match parts.as_slice() {
            [header, claims, _] => Ok(Self {
                header: object("header", header)?,
                claims: object("payload", claims)?,
            }),
            [""] => Err("Enter a token.".to_owned()),
            [_, _, _, _, _] => Err(
                "The token is encrypted, so only its pool can read it. Cognito encrypts refresh tokens."
                    .to_owned(),
            ),
            parts => Err(format!(
                "A signed token (JWT) has three parts with dots between them. The number of parts here \
                 is {}.",
                parts.len()
            )),
        }
    }

    fn content(&self, visit: &Visit<'_>, token: &str) -> Markup {
        let pools = &visit.instance.pools;
        let now = seconds(pools.clock.now());
        let signer = pools
            .all()
            .into_iter()
            .find(|pool| pool.tokens.has_signed(token));
        let expiry = self.claims["exp"].as_u64();
        html! {
            section {
                h2 { "Result" }
                dl {
                    dt { "Signature" }
                    dd {
                        @match &signer {
                            Some(pool) => span.good { "valid, by pool " (pool.settings.pool_id) },
                            None => span.bad { "not by a pool of this emulator" },
                        }
                    }
                    dt { "Expiry" }
                    dd {
                        @match expiry {
                            Some(expiry) if expiry > now => span.good { "valid for " (expiry - now) " seconds" },
                            Some(expiry) => span.bad { "expired " (now - expiry) " seconds ago" },
                            None => "none",
                        }
                    }
                    dt { "Time of the emulator" } dd { (iso8601(pools.clock.now())) }
                }
                h3 { "Header" }
                (json("Header", &self.header))
                h3 { "Claims" }
                (json("Claims", &self.claims))
            }
        }
    }
}

/// Reads a part of a token: a JSON object in Base64url. `name` is the name of the part for the error.
fn object(name: &str, part: &str) -> Result<Value, String> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| {
        format!(
            "The {name} of the token is not Base64url. Copy the whole token, without spaces and other \
             words."
        )
    })?;
    let value = serde_json::from_slice(&bytes).unwrap_or_default();
    match value {
        Value::Object(_) => Ok(value),
        _ => Err(format!("The {name} of the token is not a JSON object.")),
    }
}

fn json(label: &str, value: &Value) -> Markup {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    html! { pre tabindex="0" role="region" aria-label=(label) { code { (text) } } }
}
