//! The data of a sign-in that is stored while the browser is at managed login.

use std::borrow::Cow;
use std::hint::black_box;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::authentication::step_up::StepUp;
use crate::error::{Error, ErrorKind, Result};
use crate::hosted_login::callback::{Answer, Callback};
use crate::hosted_login::names::{RedirectUri, ResourceId};
use crate::id::AcrValue;
use crate::input::InvalidInput;
use crate::secret::{AuthorizationCode, SerializedPendingLogin};

/// The data of a sign-in that is stored while the browser is at managed login. It links the
/// response of managed login to the browser that was redirected there.
///
/// [`answered_by`](Self::answered_by) checks a response and consumes the pending login, so that
/// it can be used only once.
#[must_use = "the response of managed login cannot be checked without it"]
pub struct PendingLogin {
    state: SecretString,
    nonce: SecretString,
    code_verifier: SecretString,
    redirect_uri: RedirectUri,
    resource: Option<ResourceId>,
    step_up: StepUp,
}

impl PendingLogin {
    /// Creates a pending login from the random values of one sign-in: `state` (RFC 6749 section
    /// 10.12), `nonce` (OpenID Connect Core section 3.1.2.1) and `code_verifier` (RFC 7636 section
    /// 4.1).
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if one of the three values is too short, has more than 128 characters, or
    /// has characters other than letters, digits and `-._~`. The minimum is 43 characters for the
    /// code verifier (RFC 7636), and 22 characters (128 bits in base64url) for the state and the
    /// nonce.
    pub fn new(
        state: impl Into<String>,
        nonce: impl Into<String>,
        code_verifier: impl Into<String>,
        redirect_uri: RedirectUri,
    ) -> Result<Self, InvalidInput> {
        Ok(Self {
            state: drawn(state.into(), 22)?,
            nonce: drawn(nonce.into(), 22)?,
            // RFC 7636 requires at least 43.
            code_verifier: drawn(code_verifier.into(), 43)?,
            redirect_uri,
            resource: None,
            step_up: StepUp::new(),
        })
    }

    /// Sets the resource for which the access token is issued. The request to managed login contains
    /// it. Default: none.
    pub fn with_resource(mut self, resource: Option<ResourceId>) -> Self {
        self.resource = resource;
        self
    }

    /// Sets the authentication levels and the maximum age in the request to managed login. The
    /// sign-in must meet them. Default: no requirement.
    pub fn with_step_up(mut self, step_up: StepUp) -> Self {
        self.step_up = step_up;
        self
    }

    /// Returns the `state` parameter. The request to managed login contains it, and the response
    /// must contain the same value.
    pub fn state(&self) -> &str {
        self.state.expose_secret()
    }

    /// Returns the `nonce` parameter. The request to managed login contains it, and the ID token
    /// must contain the same value as a claim.
    pub fn nonce(&self) -> &str {
        self.nonce.expose_secret()
    }

    /// Returns the code verifier (RFC 7636). The request to managed login contains its SHA-256
    /// hash, and the request for the tokens contains the code verifier itself.
    pub fn code_verifier(&self) -> &str {
        self.code_verifier.expose_secret()
    }

    /// Returns the URL to which managed login redirects the browser after the sign-in.
    pub const fn redirect_uri(&self) -> &RedirectUri {
        &self.redirect_uri
    }

    /// Returns the resource for which the access token is issued, or `None` if the sign-in has none.
    pub const fn resource(&self) -> Option<&ResourceId> {
        self.resource.as_ref()
    }

    /// Returns the authentication levels and the maximum age that the sign-in must meet.
    pub const fn step_up(&self) -> &StepUp {
        &self.step_up
    }

    /// Checks that a response has the right state. Returns the code in the response, and the values
    /// that are needed to exchange the code.
    ///
    /// # Errors
    ///
    /// - [`InvalidParameter`](ErrorKind::InvalidParameter) if the state differs or is missing. The
    ///   response then belongs to another sign-in, possibly of an attacker.
    /// - The error of managed login, if it returned an error instead of a code; see
    ///   [`Error::from_oauth`](crate::Error::from_oauth).
    pub fn answered_by(self, callback: Callback) -> Result<CodeExchange> {
        let (state, answer) = callback.into_parts();
        // Without the state, not even an error is accepted.
        let is_ours = state.is_some_and(|state| is_same(state.expose_secret(), self.state()));
        if !is_ours {
            return Err(Error::new(ErrorKind::InvalidParameter).with_detail(
                "the state does not belong to this sign-in: start the sign-in again",
            ));
        }
        match answer {
            Answer::Code(code) => Ok(CodeExchange { code, login: self }),
            Answer::Refused(error) => Err(error),
        }
    }

    /// Serializes the pending login, so that [`from_secret_string`](Self::from_secret_string) can
    /// restore it. The result is not encrypted. Encrypt it before it leaves the service.
    ///
    /// # Errors
    ///
    /// None in practice, because serializing strings cannot fail.
    pub fn to_secret_string(&self) -> Result<SerializedPendingLogin, InvalidInput> {
        let written = Written {
            state: self.state().into(),
            nonce: self.nonce().into(),
            code_verifier: self.code_verifier().into(),
            redirect_uri: self.redirect_uri.as_str().into(),
            resource: self.resource().map(|resource| resource.as_str().into()),
            acr_values: self.step_up.acr_values().map(Cow::Owned),
            max_age: self.step_up.max_age.map(|age| age.as_secs()),
        };
        SerializedPendingLogin::new(serde_json::to_string(&written).map_err(|_| UNREADABLE)?)
    }

    /// Restores a pending login from the result of [`to_secret_string`](Self::to_secret_string).
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if the string is not a serialized pending login, or if a version of this
    /// library with another format wrote it.
    pub fn from_secret_string(text: &SerializedPendingLogin) -> Result<Self, InvalidInput> {
        let written: Written<'_> = serde_json::from_str(text.expose()).map_err(|_| UNREADABLE)?;
        let redirect_uri = RedirectUri::new(written.redirect_uri)?;
        let resource = written.resource.map(ResourceId::new).transpose()?;
        let mut step_up = StepUp::new();
        if let Some(levels) = written.acr_values {
            let levels = levels.split(' ').map(AcrValue::new);
            step_up.levels = levels.collect::<Result<_, _>>()?;
        }
        step_up.max_age = written.max_age.map(Duration::from_secs);
        let pending = Self::new(
            written.state,
            written.nonce,
            written.code_verifier,
            redirect_uri,
        )?;
        Ok(pending.with_resource(resource).with_step_up(step_up))
    }
}

redacted!(PendingLogin);

/// The code of a sign-in, with the values that are needed to exchange it for tokens.
/// [`PendingLogin::answered_by`] creates it from a response with the right state.
#[must_use = "a code does nothing until it is exchanged"]
pub struct CodeExchange {
    code: AuthorizationCode,
    login: PendingLogin,
}

impl CodeExchange {
    /// Returns the authorization code from managed login.
    pub const fn code(&self) -> &AuthorizationCode {
        &self.code
    }

    /// Returns the code verifier, which proves that the same client requested the code and
    /// exchanges it (RFC 7636).
    pub fn code_verifier(&self) -> &str {
        self.login.code_verifier()
    }

    /// Returns the nonce that the ID token must contain.
    pub fn nonce(&self) -> &str {
        self.login.nonce()
    }

    /// Returns the redirect URI of the sign-in. The request for the tokens must contain it again.
    pub const fn redirect_uri(&self) -> &RedirectUri {
        self.login.redirect_uri()
    }

    /// Returns the resource of the sign-in, or `None` if it has none. The request for the tokens must
    /// contain it again (RFC 8707 section 2.2).
    pub const fn resource(&self) -> Option<&ResourceId> {
        self.login.resource()
    }

    /// Returns the authentication levels and the maximum age that the sign-in must meet. The ID token
    /// has the level (`acr`) and the time (`auth_time`) of the sign-in.
    pub const fn step_up(&self) -> &StepUp {
        self.login.step_up()
    }
}

redacted!(CodeExchange);

/// The serialized form of a pending login. Unknown members are rejected, because a later version
/// may have added a member that changes the required checks.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Written<'a> {
    state: Cow<'a, str>,
    nonce: Cow<'a, str>,
    code_verifier: Cow<'a, str>,
    redirect_uri: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resource: Option<Cow<'a, str>>,
    /// The accepted authentication levels, separated by spaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    acr_values: Option<Cow<'a, str>>,
    /// The maximum age of the sign-in, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_age: Option<u64>,
}

const UNREADABLE: InvalidInput = InvalidInput::new(
    "pending login",
    "must be the string that this version of the library wrote; otherwise start the sign-in again",
);

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

/// Compares two strings in constant time, so that the duration does not reveal the position of the
/// first difference.
fn is_same(one: &str, other: &str) -> bool {
    let pairs = one.bytes().zip(other.bytes());
    let differences = pairs.fold(0, |seen, (one, other)| seen | black_box(one ^ other));
    one.len() == other.len() && black_box(differences) == 0
}
