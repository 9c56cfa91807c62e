//! An answered challenge, ready to be sent.

use std::collections::BTreeMap;
use std::fmt;

use crate::account::passkeys::PasskeyAssertion;
use crate::authentication::challenge::{Challenge, ChallengeName};
use crate::authentication::sign_in::{ChallengeApi, FirstFactor};
use crate::context::RequestContext;
use crate::device::RememberedDevice;
use crate::id::DeviceName;
use crate::input::InvalidInput;
use crate::metadata::ClientMetadata;
use crate::secret::{ConfirmationCode, Password, TotpCode};
use crate::user::Attributes;

/// Text that a person typed in answer to a challenge: a `&str`, a `String`, or a secret type.
///
/// It is checked when the answer is sent, so that building an answer needs no `?`.
pub trait IntoAnswerText {
    /// The text.
    fn into_text(self) -> String;
}

impl IntoAnswerText for &str {
    fn into_text(self) -> String {
        self.to_owned()
    }
}

impl IntoAnswerText for String {
    fn into_text(self) -> String {
        self
    }
}

impl IntoAnswerText for &String {
    fn into_text(self) -> String {
        self.clone()
    }
}

macro_rules! from_secret {
    ($($secret:ident),*) => {$(
        impl IntoAnswerText for $secret {
            fn into_text(self) -> String {
                self.expose().to_owned()
            }
        }

        impl IntoAnswerText for &$secret {
            fn into_text(self) -> String {
                self.expose().to_owned()
            }
        }
    )*};
}

from_secret!(ConfirmationCode, Password, TotpCode);

/// What a challenge is answered with.
#[non_exhaustive]
pub enum Answer {
    /// The factor or the way that was chosen.
    Choice(ChallengeName),
    /// A code that was sent to the person.
    Code(ConfirmationCode),
    /// What the person signs in with.
    FirstFactor(FirstFactor),
    /// A new password.
    #[non_exhaustive]
    NewPassword {
        /// The password.
        password: Password,
        /// Attributes that are set with it.
        attributes: Attributes,
    },
    /// Parameters as AWS documents them.
    Parameters(BTreeMap<String, String>),
    /// The proof that the person has a passkey.
    Passkey(PasskeyAssertion),
    /// The password.
    Password(Password),
    /// The code that an authenticator app shows.
    TotpCode(TotpCode),
    /// The first code of an authenticator app that is being set up.
    #[non_exhaustive]
    TotpSetup {
        /// The code.
        code: TotpCode,
        /// What the person calls the device.
        device_name: Option<DeviceName>,
    },
}

impl Answer {
    pub(super) const fn totp_setup(code: TotpCode) -> Self {
        Self::TotpSetup {
            code,
            device_name: None,
        }
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Security: names only; values are codes and passwords.
        match self {
            Self::Choice(name) => write!(f, "Choice({name:?})"),
            Self::Code(_) => f.write_str("Code"),
            Self::FirstFactor(factor) => write!(f, "FirstFactor({})", factor.challenge_name()),
            Self::NewPassword { attributes, .. } => write!(f, "NewPassword({attributes:?})"),
            Self::Parameters(parameters) => {
                write!(f, "Parameters({:?})", parameters.keys().collect::<Vec<_>>())
            }
            Self::Passkey(_) => f.write_str("Passkey"),
            Self::Password(_) => f.write_str("Password"),
            Self::TotpCode(_) => f.write_str("TotpCode"),
            Self::TotpSetup { .. } => f.write_str("TotpSetup"),
        }
    }
}

/// A challenge with its answer. An answer that cannot be right (a TOTP code with five digits) is
/// reported when it is sent.
#[derive(Debug)]
#[must_use = "an answer does nothing until it is sent"]
pub struct ChallengeAnswer {
    challenge: Challenge,
    answer: Result<Answer, InvalidInput>,
    client_metadata: ClientMetadata,
    context: RequestContext,
}

impl ChallengeAnswer {
    pub(super) const fn new(
        challenge: Challenge,
        answer: Result<Answer, InvalidInput>,
        client_metadata: ClientMetadata,
    ) -> Self {
        Self {
            challenge,
            answer,
            client_metadata,
            context: RequestContext::new(),
        }
    }

    /// The challenge that is answered.
    pub const fn challenge(&self) -> &Challenge {
        &self.challenge
    }

    /// The answer.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if what was given cannot be an answer to this challenge.
    pub fn answer(&self) -> Result<&Answer, InvalidInput> {
        self.answer.as_ref().map_err(Clone::clone)
    }

    /// For the pool's Lambda triggers.
    #[must_use]
    pub const fn client_metadata(&self) -> &ClientMetadata {
        &self.client_metadata
    }

    /// Where the answer came from, for Cognito's threat protection.
    #[must_use]
    pub const fn context(&self) -> &RequestContext {
        &self.context
    }

    /// The same answer with where it came from.
    pub fn with_context(mut self, context: RequestContext) -> Self {
        self.context = context;
        self
    }

    /// The same answer through another API.
    ///
    /// For a challenge that was resumed from its parts, which do not say which API it came from; a
    /// challenge that Cognito has just sent knows that itself and needs no change.
    pub const fn with_api(mut self, api: ChallengeApi) -> Self {
        self.challenge.step_mut().api = api;
        self
    }

    /// The same answer from a remembered device.
    ///
    /// For a challenge that was resumed from its parts, which do not hold the device; any other knows
    /// itself which device it is on.
    pub fn with_device(mut self, device: RememberedDevice) -> Self {
        self.challenge.step_mut().device = Some(device);
        self
    }

    /// The challenge again, to be answered anew after a wrong code. It keeps the attributes and
    /// the pairs for the pool's Lambda triggers that were set on it.
    pub fn into_challenge(self) -> Challenge {
        self.challenge
    }
}
