//! A response to a challenge, ready to be sent.

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

/// A string that the user entered as the response to a challenge: a `&str`, a `String`, or a secret
/// type.
///
/// The string is validated when the response is sent, so that building a response needs no `?`.
pub trait IntoAnswerText {
    /// Returns the string.
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

/// The content of a challenge response.
#[non_exhaustive]
pub enum Answer {
    /// The chosen factor or challenge.
    Choice(ChallengeName),
    /// A code that was sent to the user.
    Code(ConfirmationCode),
    /// The factor with which the user signs in.
    FirstFactor(FirstFactor),
    /// A new password.
    #[non_exhaustive]
    NewPassword {
        /// The password.
        password: Password,
        /// Attributes to set at the same time.
        attributes: Attributes,
    },
    /// Parameters as documented by AWS.
    Parameters(BTreeMap<String, String>),
    /// The proof that the user has a passkey.
    Passkey(PasskeyAssertion),
    /// The password.
    Password(Password),
    /// The code of an authenticator app.
    TotpCode(TotpCode),
    /// The first code of an authenticator app during its set-up.
    #[non_exhaustive]
    TotpSetup {
        /// The six-digit code that the app shows.
        code: TotpCode,
        /// The name that the user chose for the device.
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
        // Security: shows only names, because values are codes and passwords.
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

/// A challenge with its response. An invalid response, such as a TOTP code with five digits, can be
/// created. Sending it then fails.
#[derive(Debug)]
#[must_use = "a challenge response does nothing until it is sent"]
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

    /// Returns the challenge.
    pub const fn challenge(&self) -> &Challenge {
        &self.challenge
    }

    /// Returns the response.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if the value cannot be a response to this challenge.
    pub fn answer(&self) -> Result<&Answer, InvalidInput> {
        self.answer.as_ref().map_err(Clone::clone)
    }

    /// Returns the key-value pairs for the pool's Lambda triggers.
    pub const fn client_metadata(&self) -> &ClientMetadata {
        &self.client_metadata
    }

    /// Returns the client data for Cognito's threat protection.
    pub const fn context(&self) -> &RequestContext {
        &self.context
    }

    /// Sets the client data for Cognito's threat protection. Default: no data.
    pub fn with_context(mut self, context: RequestContext) -> Self {
        self.context = context;
        self
    }

    /// Sets the API that the response uses.
    ///
    /// A challenge from a response of Cognito already has the API. Set it if the challenge was
    /// created from the name, the user name and the session of an earlier challenge. These values
    /// do not contain the API.
    pub const fn with_api(mut self, api: ChallengeApi) -> Self {
        self.challenge.step_mut().api = api;
        self
    }

    /// Sets the remembered device of the sign-in.
    ///
    /// A challenge from a response of Cognito already has the device. Set it if the challenge was
    /// created from the name, the user name and the session of an earlier challenge. These values
    /// do not contain the device.
    pub fn with_device(mut self, device: RememberedDevice) -> Self {
        self.challenge.step_mut().device = Some(device);
        self
    }

    /// Returns the challenge, to respond again after a wrong code. The challenge keeps its
    /// attributes and its key-value pairs for the pool's Lambda triggers.
    pub fn into_challenge(self) -> Challenge {
        self.challenge
    }
}
