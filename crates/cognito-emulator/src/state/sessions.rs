//! The sessions that link the steps of a sign-in.

use std::time::{Duration, SystemTime};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::model::acr::Progress;
use crate::model::client::Client;
use crate::model::custom::CustomChallenge;
use crate::model::failure::Failure;
use crate::model::options::Factor;
use crate::model::random::Random;
use crate::model::time::seconds;
use crate::model::user::User;
use crate::state::expiring::Expiring;
use crate::state::tokens::refresh::Seal;
use crate::state::users::UserKey;

/// The maximum number of sessions. If it is reached, the oldest session is removed.
const CAPACITY: usize = 100_000;

/// A sign-in or sign-up that waits for its next step.
#[derive(Clone)]
pub(crate) struct Session {
    /// The user who signs in or signs up. If no user has the user name in the request, `sub` is
    /// empty, and `username` is a digest of that name.
    pub(crate) user: UserKey,
    /// The id of the app client at which the user signs in or signs up.
    pub(crate) client: String,
    /// The next step of the sign-in or sign-up.
    pub(crate) step: Step,
    pub(crate) progress: Progress,
}

impl Session {
    pub(crate) fn of(user: &User, client: &Client, step: Step) -> Self {
        Self {
            user: UserKey::of(user),
            client: client.id.clone(),
            step,
            progress: Progress::default(),
        }
    }

    /// Returns a session for a name that no user has, for clients with
    /// `PreventUserExistenceErrors`.
    ///
    /// Only a digest of the name is stored, because any caller can send names of any length.
    pub(crate) fn without_user(name: &str, client: &str, step: Step) -> Self {
        Self {
            user: UserKey {
                username: digest_of(name),
                sub: String::new(),
            },
            client: client.to_owned(),
            step,
            progress: Progress::default(),
        }
    }

    /// Sets the authentication methods that the sign-in has completed, and the authentication level
    /// that it must reach.
    pub(crate) fn with_progress(mut self, progress: &Progress) -> Self {
        self.progress.clone_from(progress);
        self
    }

    /// Returns `true` if the session belongs to a user, and `false` if
    /// [`without_user`](Self::without_user) created it.
    pub(crate) const fn has_user(&self) -> bool {
        !self.user.sub.is_empty()
    }

    /// Returns `true` if [`without_user`](Self::without_user) created the session for this name.
    pub(crate) fn is_without_user(&self, name: &str) -> bool {
        !self.has_user() && self.user.username == digest_of(name)
    }
}

/// Returns the SHA-256 of a name in base64url.
fn digest_of(name: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, name.as_bytes()))
}

/// The next step of a sign-in or sign-up: what the user or the client must send.
#[derive(Clone)]
pub(crate) enum Step {
    /// The user must enter the code that was sent as the second factor. If `enrols` is an address,
    /// the correct code assigns the address to the user and enables the factor.
    Code {
        factor: Factor,
        code: String,
        enrols: Option<String>,
    },
    /// The user must respond to a challenge of the pool's triggers.
    Custom(Box<CustomChallenge>),
    /// The user must enter the code that was sent as the first factor.
    FirstCode { factor: Factor, code: String },
    /// The user must set up a second factor. `secret` is the secret of an authenticator app, or
    /// `None` if the user has not associated an app yet. `proved` is `true` if the user has entered
    /// a correct code of this app.
    MfaSetup {
        secret: Option<String>,
        proved: bool,
    },
    /// The user must set a new password, because the current one is temporary.
    NewPassword,
    /// The user has chosen the first factor `PASSWORD` and must enter the password.
    Password,
    /// The user has chosen the first factor `PASSWORD_SRP`. The client must send its public SRP
    /// value (`SRP_A`).
    PasswordSrp,
    /// The user must choose the first factor.
    Select,
    /// The user must choose the second factor.
    SelectMfa,
    /// The session is from the response to a confirmation of the sign-up whose request contained no
    /// session. A sign-in with this session needs no first factor if the pool allows codes to the
    /// confirmed address as a first factor. The value is the attribute with the confirmed address.
    Confirmed(&'static str),
    /// The user must confirm the sign-up.
    SignUp,
    /// The session is from the response to a confirmation of the sign-up whose request contained the
    /// session of the sign-up. A sign-in with this session needs no first factor.
    SignedUp,
    /// The user must enter the code of an authenticator app.
    SoftwareToken,
    /// The user must sign in with a passkey. `verification` is `true` if the authenticator must
    /// verify the user.
    WebAuthn {
        challenge: String,
        verification: bool,
    },
}

impl Step {
    /// Returns the name of the challenge (`ChallengeName`). For a step that is not a challenge,
    /// returns a name that no request can contain.
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

/// The open sessions. A session string contains its expiry. An expired string can therefore be
/// distinguished from a forged string, even after the session was removed.
pub(crate) struct Sessions(Expiring<Session>);

impl Default for Sessions {
    fn default() -> Self {
        Self(Expiring::new(CAPACITY))
    }
}

impl Sessions {
    /// Opens a session that expires after the time `validity`. Returns the session string for the
    /// client.
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

    /// Returns an open session with its id. Fails if the session string is forged, expired or used.
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

    /// Removes the session of a sign-in. Does nothing if it was already removed.
    pub(crate) fn close(&mut self, id: &str, now: SystemTime) {
        self.0.take(id, now);
    }

    /// Removes a session. Fails if it was already removed, for example by another request with the
    /// same session.
    pub(crate) fn take(&mut self, id: &str, now: SystemTime) -> Result<(), Failure> {
        self.0.take(id, now).map(|_| ()).ok_or_else(used)
    }
}

/// Returns the error for a session that was used before.
fn used() -> Failure {
    Failure::not_authorized("Invalid session for the user, session can only be used once.")
}

/// Returns the error for a session string that is invalid or does not belong to the request.
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
        assert!(session.user.username.len() < 64);
        assert!(session.is_without_user(&name));
        assert!(!session.is_without_user("x"));
    }
}
