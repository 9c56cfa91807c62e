//! The sessions that link the challenges of a sign-in.

use std::time::{Duration, SystemTime};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::model::client::Client;
use crate::model::custom::CustomChallenge;
use crate::model::failure::Failure;
use crate::model::options::Factor;
use crate::model::random::Random;
use crate::model::time::seconds;
use crate::model::user::User;
use crate::state::expiring::Expiring;
use crate::state::tokens::refresh::Seal;

/// The maximum number of sessions. The oldest are dropped.
const CAPACITY: usize = 100_000;

/// A sign-in that waits for a response.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) username: String,
    /// The `sub` of the user. Another user can get the same name later, but not the same `sub`.
    /// Empty if no user has the name.
    pub(crate) sub: String,
    pub(crate) client: String,
    pub(crate) step: Step,
}

impl Session {
    pub(crate) fn of(user: &User, client: &Client, step: Step) -> Self {
        Self {
            username: user.username.clone(),
            sub: user.sub.clone(),
            client: client.id.clone(),
            step,
        }
    }

    /// Returns a session for a name without a user, for a client that hides missing users.
    ///
    /// The name may be as long as a request, and any caller can send one, so only its digest is
    /// stored.
    pub(crate) fn without_user(name: &str, client: &str, step: Step) -> Self {
        Self {
            username: digest_of(name),
            sub: String::new(),
            client: client.to_owned(),
            step,
        }
    }

    /// Returns `true` for a session that [`without_user`](Self::without_user) created for this name.
    pub(crate) fn is_without_user(&self, name: &str) -> bool {
        self.sub.is_empty() && self.username == digest_of(name)
    }
}

fn digest_of(name: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, name.as_bytes()))
}

/// The step of a sign-in that a session waits for.
#[derive(Clone)]
pub(crate) enum Step {
    /// A code that was sent. If `enrols` contains an address, the right code assigns it to the user
    /// and makes codes to it a factor.
    Code {
        factor: Factor,
        code: String,
        enrols: Option<String>,
    },
    /// A challenge of the pool's triggers.
    Custom(Box<CustomChallenge>),
    /// A code that was sent as the first factor.
    FirstCode {
        factor: Factor,
        code: String,
    },
    MfaSetup {
        secret: Option<String>,
        proved: bool,
    },
    NewPassword,
    Password,
    PasswordSrp,
    Select,
    SelectMfa,
    /// The first sign-in after a confirmation that had no session. The value is the attribute with
    /// the address to which the confirmation code was sent.
    Confirmed(&'static str),
    /// The confirmation of a sign-up.
    SignUp,
    /// The first sign-in after a confirmation that had the session of the sign-up.
    SignedUp,
    SoftwareToken,
    /// A passkey, and whether its authenticator must verify the user.
    WebAuthn {
        challenge: String,
        verification: bool,
    },
}

impl Step {
    pub(crate) const fn challenge(&self) -> &'static str {
        match self {
            Self::Code { factor, .. } => factor.name(),
            Self::Custom(_) => "CUSTOM_CHALLENGE",
            Self::FirstCode { factor, .. } => match factor {
                Factor::Sms => "SMS_OTP",
                other => other.name(),
            },
            Self::MfaSetup { .. } => "MFA_SETUP",
            Self::NewPassword => "NEW_PASSWORD_REQUIRED",
            Self::Password => "PASSWORD",
            Self::PasswordSrp => "PASSWORD_SRP",
            Self::Select => "SELECT_CHALLENGE",
            Self::SelectMfa => "SELECT_MFA_TYPE",
            // These are not challenges: no request can respond to them.
            Self::Confirmed(_) => "confirmed",
            Self::SignUp => "sign-up",
            Self::SignedUp => "signed up",
            Self::SoftwareToken => "SOFTWARE_TOKEN_MFA",
            Self::WebAuthn { .. } => "WEB_AUTHN",
        }
    }
}

/// All open sessions. The session string contains its expiry. An expired string can therefore be
/// distinguished from a forged one, even after the session was removed.
pub(crate) struct Sessions(Expiring<Session>);

impl Default for Sessions {
    fn default() -> Self {
        Self(Expiring::new(CAPACITY))
    }
}

impl Sessions {
    /// Opens a session and returns the string that the client must send back.
    pub(crate) fn open(
        &mut self,
        session: Session,
        validity: Duration,
        now: SystemTime,
        seal: &Seal,
        random: &Random,
    ) -> String {
        let id = self.0.add(session, validity, now, random);
        let expires = now.checked_add(validity).unwrap_or(now);
        let text = format!("{} {id}", seconds(expires));
        seal.seal_text(&text, random).unwrap_or_default()
    }

    /// Returns an open session with its id.
    pub(crate) fn find(
        &self,
        word: &str,
        now: SystemTime,
        seal: &Seal,
    ) -> Result<(String, &Session), Failure> {
        let text = seal.open_text(word).ok_or_else(unknown)?;
        let (expires, id) = text.split_once(' ').ok_or_else(unknown)?;
        let expires: u64 = expires.parse().map_err(|_| unknown())?;
        if expires <= seconds(now) {
            return Err(Failure::not_authorized(
                "Invalid session for the user, session is expired.",
            ));
        }
        let session = self.0.get(id, now).ok_or_else(used)?;
        Ok((id.to_owned(), session))
    }

    pub(crate) fn close(&mut self, id: &str, now: SystemTime) {
        self.0.take(id, now);
    }

    /// Removes a session. Fails if another request has removed it.
    pub(crate) fn take(&mut self, id: &str, now: SystemTime) -> Result<(), Failure> {
        self.0.take(id, now).map(|_| ()).ok_or_else(used)
    }
}

fn used() -> Failure {
    Failure::not_authorized("Invalid session for the user, session can only be used once.")
}

/// Returns the error for a session that does not belong to the request.
pub(crate) fn unknown() -> Failure {
    Failure::not_authorized("Invalid session for the user.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_unknown_names_are_not_stored() {
        let name = "x".repeat(131_072);
        let session = Session::without_user(&name, "c", Step::Select);
        assert!(session.username.len() < 64);
        assert!(session.is_without_user(&name));
        assert!(!session.is_without_user("x"));
    }
}
