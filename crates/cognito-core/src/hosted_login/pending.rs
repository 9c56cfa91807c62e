//! A sign-in while the browser is away at managed login.

use std::borrow::Cow;
use std::fmt;
use std::hint::black_box;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::hosted_login::callback::{Answer, Callback};
use crate::hosted_login::names::RedirectUri;
use crate::input::InvalidInput;
use crate::secret::{AuthorizationCode, PendingLoginText};

/// What ties the answer of managed login to the browser that was sent there.
///
/// It is used up by the answer that it is held against ([`answered_by`](Self::answered_by)), right
/// or wrong, so that one state cannot let two answers in.
#[must_use = "without it the answer to a sign-in is of no use"]
pub struct PendingLogin {
    state: SecretString,
    nonce: SecretString,
    code_verifier: SecretString,
    redirect_uri: RedirectUri,
}

impl PendingLogin {
    /// What was drawn for one sign-in: `state` (RFC 6749 section 10.12), `nonce` (OpenID Connect
    /// Core section 3.1.2.1) and `code_verifier` (RFC 7636 section 4.1).
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if one has less than 22 characters (128 bits in base64url), more than 128,
    /// or others than letters, digits and `-._~`.
    pub fn new(
        state: impl Into<String>,
        nonce: impl Into<String>,
        code_verifier: impl Into<String>,
        redirect_uri: RedirectUri,
    ) -> Result<Self, InvalidInput> {
        Ok(Self {
            state: drawn(state.into(), 22)?,
            nonce: drawn(nonce.into(), 22)?,
            // RFC 7636 wants 43 at least.
            code_verifier: drawn(code_verifier.into(), 43)?,
            redirect_uri,
        })
    }

    /// Sent to managed login, and sent back by it.
    #[must_use]
    pub fn state(&self) -> &str {
        self.state.expose_secret()
    }

    /// Sent to managed login, and written into the ID token by it.
    #[must_use]
    pub fn nonce(&self) -> &str {
        self.nonce.expose_secret()
    }

    /// Its SHA-256 is sent to managed login, itself to the token endpoint.
    #[must_use]
    pub fn code_verifier(&self) -> &str {
        self.code_verifier.expose_secret()
    }

    /// Where the browser is sent back to.
    #[must_use]
    pub const fn redirect_uri(&self) -> &RedirectUri {
        &self.redirect_uri
    }

    /// Holds the answer against it: the state must be the one that was sent.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](ErrorKind::InvalidParameter) if the state is another or missing: the
    /// answer is to another sign-in, perhaps to one that a stranger wants this browser to have.
    /// What managed login said instead of giving a code, as
    /// [`Error::from_oauth`](crate::Error::from_oauth) has it.
    pub fn answered_by(self, callback: Callback) -> Result<CodeExchange> {
        let (state, answer) = callback.into_parts();
        // Whoever has no state may not even tell this person an error.
        let is_ours = state.is_some_and(|state| is_same(state.expose_secret(), self.state()));
        if !is_ours {
            return Err(Error::new(ErrorKind::InvalidParameter)
                .with_detail("the state is not the one of this sign-in"));
        }
        match answer {
            Answer::Code(code) => Ok(CodeExchange {
                code,
                code_verifier: self.code_verifier,
                nonce: self.nonce,
                redirect_uri: self.redirect_uri,
            }),
            Answer::Refused(error) => Err(error),
        }
    }

    /// Writes it out, so that [`read_back`](Self::read_back) makes the same of it. It is in clear:
    /// seal it before it leaves the service.
    ///
    /// # Errors
    ///
    /// None that a caller could bring about: texts can be written.
    pub fn write_out(&self) -> Result<PendingLoginText, InvalidInput> {
        let written = Written {
            state: self.state().into(),
            nonce: self.nonce().into(),
            code_verifier: self.code_verifier().into(),
            redirect_uri: self.redirect_uri.as_str().into(),
        };
        PendingLoginText::new(serde_json::to_string(&written).map_err(|_| UNREADABLE)?)
    }

    /// The pending login that was written out.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if it was not written by [`write_out`](Self::write_out) of this version.
    pub fn read_back(text: &PendingLoginText) -> Result<Self, InvalidInput> {
        let written: Written<'_> = serde_json::from_str(text.expose()).map_err(|_| UNREADABLE)?;
        let redirect_uri = RedirectUri::new(written.redirect_uri)?;
        Self::new(
            written.state,
            written.nonce,
            written.code_verifier,
            redirect_uri,
        )
    }
}

impl fmt::Debug for PendingLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PendingLogin(** redacted **)")
    }
}

/// A code, and what must be shown with it. Only an answer to the right sign-in makes one.
#[must_use = "a code is worth nothing until it is exchanged"]
pub struct CodeExchange {
    code: AuthorizationCode,
    code_verifier: SecretString,
    nonce: SecretString,
    redirect_uri: RedirectUri,
}

impl CodeExchange {
    /// What managed login sent the browser back with.
    #[must_use]
    pub const fn code(&self) -> &AuthorizationCode {
        &self.code
    }

    /// Proves that the one who exchanges the code is the one who asked for it (RFC 7636).
    #[must_use]
    pub fn code_verifier(&self) -> &str {
        self.code_verifier.expose_secret()
    }

    /// What the ID token must carry.
    #[must_use]
    pub fn nonce(&self) -> &str {
        self.nonce.expose_secret()
    }

    /// Where the browser was sent back to.
    #[must_use]
    pub const fn redirect_uri(&self) -> &RedirectUri {
        &self.redirect_uri
    }
}

impl fmt::Debug for CodeExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeExchange(** redacted **)")
    }
}

/// A member that this version does not know is refused: it may change what must be checked.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Written<'a> {
    state: Cow<'a, str>,
    nonce: Cow<'a, str>,
    code_verifier: Cow<'a, str>,
    redirect_uri: Cow<'a, str>,
}

const UNREADABLE: InvalidInput =
    InvalidInput::new("pending login", "must be as this version writes it out");

fn drawn(text: String, least: usize) -> Result<SecretString, InvalidInput> {
    let secret = SecretString::from(text);
    let text = secret.expose_secret();
    let is_unreserved = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    if (least..=128).contains(&text.len()) && text.bytes().all(is_unreserved) {
        Ok(secret)
    } else {
        Err(InvalidInput::new(
            "pending login",
            "must have a state, a nonce and a code verifier of 22 (the last of 43) to 128 letters, \
             digits and - . _ ~",
        ))
    }
}

/// Looks at every byte: the time taken does not say where the first difference is.
fn is_same(one: &str, other: &str) -> bool {
    let pairs = one.bytes().zip(other.bytes());
    let differences = pairs.fold(0, |seen, (one, other)| seen | black_box(one ^ other));
    one.len() == other.len() && black_box(differences) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATE: &str = "state-of-22-characters";
    const NONCE: &str = "nonce-of-22-characters";
    const VERIFIER: &str = "a-code-verifier-that-has-at-least-43-of-them";

    fn pending() -> PendingLogin {
        let uri = RedirectUri::new("https://shop.example/callback").unwrap();
        PendingLogin::new(STATE, NONCE, VERIFIER, uri).unwrap()
    }

    fn answered(query: &str) -> Result<CodeExchange> {
        pending().answered_by(Callback::from_query(query)?)
    }

    #[test]
    fn the_answer_to_this_sign_in_can_be_exchanged() {
        let exchange = answered(&format!("code=abc&state={STATE}")).unwrap();
        assert_eq!(exchange.code().expose(), "abc");
        assert_eq!(exchange.code_verifier(), VERIFIER);
        assert_eq!(exchange.nonce(), NONCE);
        assert_eq!(
            exchange.redirect_uri().as_str(),
            "https://shop.example/callback"
        );
    }

    #[test]
    fn the_answer_to_another_sign_in_is_refused_also_if_it_is_an_error() {
        for query in [
            "code=abc".to_owned(),
            "code=abc&state=".to_owned(),
            "code=abc&state=State-of-22-characters".to_owned(),
            format!("code=abc&state={STATE}x"),
            format!("code=abc&state={}", &STATE[1..]),
            "error=access_denied&state=another".to_owned(),
            "error=access_denied".to_owned(),
        ] {
            let error = answered(&query).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidParameter, "{query}");
            assert_eq!(error.code(), None, "{query}");
        }
    }

    #[test]
    fn what_managed_login_refuses_is_told() {
        let error = answered(&format!("error=access_denied&state={STATE}")).unwrap_err();
        assert_eq!(error.code(), Some("access_denied"));
    }

    #[test]
    fn it_comes_back_whole() {
        let text = pending().write_out().unwrap();
        let back = PendingLogin::read_back(&text).unwrap();
        assert_eq!(
            (back.state(), back.nonce(), back.code_verifier()),
            (STATE, NONCE, VERIFIER)
        );
        assert_eq!(back.redirect_uri(), pending().redirect_uri());
        let newer = text.expose().replacen('{', r#"{"device":"x","#, 1);
        for text in ["", "{}", "null", newer.as_str()] {
            let text = PendingLoginText::new(text).unwrap();
            assert!(PendingLogin::read_back(&text).is_err());
        }
    }

    #[test]
    fn what_could_be_guessed_is_refused() {
        let uri = pending().redirect_uri().clone();
        for (state, nonce, verifier) in [
            ("", NONCE, VERIFIER),
            (STATE, "short", VERIFIER),
            (STATE, NONCE, "only-22-characters-xxx"),
            (STATE, "nonce of 22 characters", VERIFIER),
        ] {
            assert!(PendingLogin::new(state, nonce, verifier, uri.clone()).is_err());
        }
    }

    #[test]
    fn nothing_shows_itself() {
        let shown = format!(
            "{:?} {:?}",
            pending(),
            answered(&format!("code=abc&state={STATE}"))
        );
        for secret in [STATE, NONCE, VERIFIER, "abc"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
