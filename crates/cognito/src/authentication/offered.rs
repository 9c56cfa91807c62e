//! Choice-based sign-in that does not reveal whether an account exists: the responses have the same
//! form for every user name.

use std::collections::BTreeMap;
use std::time::Duration;

use cognito_core::authentication::challenge::{Answer, ChallengeStep};
use cognito_core::authentication::sign_in::{ChallengeApi, FirstFactor};
use cognito_core::error::HiddenStep;
use cognito_core::mask::masked;
use cognito_core::{
    Challenge, ChallengeAnswer, ChallengeName, Error, ErrorKind, Result, Session, SignIn, Username,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cognito::Inner;

/// The first factors that a public sign-in page offers to every user name. It is the argument of
/// [`Call::hide_account`](crate::Call::hide_account).
///
/// Add the factors that the user pool allows (`AllowedFirstAuthFactors`). A user can sign in with a
/// factor only if this list contains it and the user has set it up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[must_use = "a setter returns the changed value"]
pub struct OfferedFactors {
    names: Vec<String>,
    relying_party: Option<String>,
}

impl OfferedFactors {
    /// Creates a list of first factors that contains only passwords.
    pub fn passwords() -> Self {
        let names = [ChallengeName::PasswordChallenge, ChallengeName::PasswordSrp];
        Self {
            names: names.map(|name| name.as_str().to_owned()).to_vec(),
            relying_party: None,
        }
    }

    /// Adds one-time codes by e-mail (`EMAIL_OTP`).
    pub fn email_otp(self) -> Self {
        self.with(&ChallengeName::EmailOtp)
    }

    /// Adds one-time codes by SMS (`SMS_OTP`).
    pub fn sms_otp(self) -> Self {
        self.with(&ChallengeName::SmsOtp)
    }

    /// Adds passkeys (`WEB_AUTHN`). `relying_party` is the relying party id of the user pool, such
    /// as `auth.example.com`.
    pub fn passkeys(mut self, relying_party: impl Into<String>) -> Self {
        self.relying_party = Some(relying_party.into());
        self.with(&ChallengeName::WebAuthn)
    }

    fn with(mut self, name: &ChallengeName) -> Self {
        if !self.names.iter().any(|known| known == name.as_str()) {
            self.names.push(name.as_str().to_owned());
        }
        self
    }
}

/// Data for the next step of a sign-in whose responses must not reveal whether the account exists.
/// Each challenge of the sign-in carries this data as a parameter.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct HiddenAccount {
    /// The user name in the request. The visible parts of a challenge are derived only from this
    /// name and `offered`.
    requested: String,
    offered: OfferedFactors,
}

impl HiddenAccount {
    pub(super) fn new(requested: &Username, offered: OfferedFactors) -> Self {
        Self {
            requested: requested.as_str().to_owned(),
            offered,
        }
    }

    /// Reads the `HiddenAccount` from the parameters of a challenge. Returns `None` if the
    /// challenge does not contain it. The sign-in may then reveal whether the account exists.
    pub(super) fn of(step: &ChallengeStep) -> Option<Self> {
        serde_json::from_str(step.parameter(HIDDEN)?).ok()
    }

    /// Converts `outcome` so that it does not reveal whether the account exists. `outcome` is the
    /// outcome of `answer`, a response to a challenge.
    pub(super) fn continued(
        &self,
        inner: &Inner,
        answer: &ChallengeAnswer,
        outcome: Result<SignIn>,
    ) -> Result<SignIn> {
        let operation = answer.challenge().step().api().respond_operation();
        let outcome = outcome.map_err(|error| error.with_operation(operation));
        let step = match answer.answer() {
            Ok(Answer::FirstFactor(factor)) => return self.begun(inner, Some(factor), outcome),
            Ok(Answer::Code(_)) => HiddenStep::Code,
            _ => HiddenStep::Password,
        };
        outcome.map_err(|error| rejected(inner, error.in_hidden_sign_in(step)))
    }

    /// Converts `outcome` so that it does not reveal whether the account exists. `outcome` is the
    /// outcome of the first step of a sign-in: the caller starts the sign-in or chooses a first
    /// factor. `wanted` is the requested factor, or `None` if the request contains no factor.
    pub(super) fn begun(
        &self,
        inner: &Inner,
        wanted: Option<&FirstFactor>,
        outcome: Result<SignIn>,
    ) -> Result<SignIn> {
        let name = wanted.map_or(ChallengeName::SelectChallenge, FirstFactor::challenge_name);
        let is_password = wanted.is_some_and(|factor| factor.password().is_some());
        match outcome {
            Ok(SignIn::Challenge(Challenge::SelectChallenge(_))) if is_password => {
                let error = Error::new(ErrorKind::InvalidCredentials);
                Err(error
                    .with_detail("the user cannot sign in with a password: offer other factors"))
            }
            Err(error) if is_password => Err(rejected(
                inner,
                error.in_hidden_sign_in(HiddenStep::Password),
            )),
            outcome if is_password => outcome,
            Ok(SignIn::Challenge(challenge)) if *challenge.name() == name => {
                self.shown(&challenge).map(SignIn::Challenge)
            }
            Ok(SignIn::Complete(tokens)) => Ok(SignIn::Complete(tokens)),
            Ok(_) => self.made_up(inner, name),
            Err(error) => {
                let error = error.in_hidden_sign_in(HiddenStep::Factor);
                if error.substitute().is_none() {
                    return Err(error);
                }
                inner.note_hidden(&error);
                self.made_up(inner, name)
            }
        }
    }

    /// Returns `challenge` without the parts that differ between users.
    fn shown(&self, challenge: &Challenge) -> Result<Challenge> {
        let step = challenge.step();
        let passkey = step.parameter("CREDENTIAL_REQUEST_OPTIONS");
        let passkey = passkey.and_then(|text| serde_json::from_str::<Value>(text).ok());
        let nonce = passkey
            .as_ref()
            .and_then(|options| options["challenge"].as_str());
        let made = self.step(
            step.name().clone(),
            step.username().clone(),
            step.session().cloned(),
            nonce.unwrap_or_default(),
        )?;
        let made = match step.device() {
            Some(device) => made.with_device(device.clone()),
            None => made,
        };
        Ok(match step.stale_device() {
            Some(key) => made.with_stale_device(key.clone()),
            None => made,
        }
        .into())
    }

    /// Returns a simulated challenge, for a user who does not exist or does not have the factor.
    /// Every response to it is rejected.
    fn made_up(&self, inner: &Inner, name: ChallengeName) -> Result<SignIn> {
        let session = inner.sealed(MADE_UP, &self.requested, inner.challenge_seal.lifetime())?;
        let nonce = nonce(inner)?;
        let username = Username::new(self.requested.as_str())?;
        let step = self.step(name, username, Some(Session::new(session)?), &nonce)?;
        Ok(SignIn::Challenge(step.into()))
    }

    /// Creates a challenge for a sign-in that hides whether the account exists. Its content depends
    /// only on the arguments, the requested user name and the offered factors.
    fn step(
        &self,
        name: ChallengeName,
        username: Username,
        session: Option<Session>,
        nonce: &str,
    ) -> Result<ChallengeStep> {
        let hidden = serde_json::to_string(self).map_err(|_| Error::new(ErrorKind::Misuse))?;
        let mut parameters = BTreeMap::from([(HIDDEN.to_owned(), hidden)]);
        let mut add = |name: &str, value: String| drop(parameters.insert(name.to_owned(), value));
        let medium = match name {
            ChallengeName::EmailOtp => Some("EMAIL"),
            ChallengeName::SmsOtp => Some("SMS"),
            _ => None,
        };
        if let Some(medium) = medium {
            add("CODE_DELIVERY_DELIVERY_MEDIUM", medium.to_owned());
            add(
                "CODE_DELIVERY_DESTINATION",
                masked(&self.requested).to_string(),
            );
        }
        if name == ChallengeName::WebAuthn {
            // Without `allowCredentials` the browser finds the passkey itself. Cognito registers
            // passkeys that it can find (`residentKey: required`).
            let options = json!({
                "challenge": nonce,
                "timeout": 180_000,
                "rpId": self.offered.relying_party,
                "allowCredentials": [],
                "userVerification": "preferred",
            });
            add("CREDENTIAL_REQUEST_OPTIONS", options.to_string());
        }
        let available = self.offered.names.iter().cloned().map(ChallengeName::from);
        let api = ChallengeApi::Public;
        let step = ChallengeStep::new(name, username, session, parameters, api);
        Ok(step.with_available(available.collect()))
    }
}

/// Returns a new challenge for a passkey to sign: 32 bytes in base64url. The bytes are taken from
/// the AES-GCM ciphertext of a constant string. Each call encrypts the string with a new random
/// nonce, so each call returns different bytes. Without the key, they cannot be distinguished from
/// random bytes.
fn nonce(inner: &Inner) -> Result<String> {
    let sealed = inner.sealed(MADE_UP, &"-".repeat(64), Duration::from_secs(1))?;
    let mut nonce: String = sealed.chars().skip(32).take(42).collect();
    // The last of 43 characters carries four bits (RFC 4648 section 3.5).
    let last = sealed.as_bytes().get(75).copied().unwrap_or_default();
    nonce.push(char::from(b"AEIMQUYcgkosw048"[usize::from(last) % 16]));
    Ok(nonce)
}

/// Replaces the kind of an error that reveals whether the account exists, and records the original
/// error for operators. The new kind is the kind of the error's [substitute](Error::substitute): an
/// error that reveals nothing. If the error has no substitute, returns it unchanged.
fn rejected(inner: &Inner, error: Error) -> Error {
    if error.substitute().is_none() {
        return error;
    }
    inner.note_hidden(&error);
    let kind = error.public_kind();
    error.with_kind(kind)
}

/// The name of the challenge parameter that contains the [`HiddenAccount`].
const HIDDEN: &str = "HIDDEN_ACCOUNT";
/// The purpose for which the session strings of simulated challenges are sealed (encrypted and
/// authenticated). A string that was sealed for one purpose cannot be opened for another.
const MADE_UP: &str = "made-up session";
