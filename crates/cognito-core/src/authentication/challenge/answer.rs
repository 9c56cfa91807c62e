//! A response to a challenge, with the challenge itself.

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

/// A string that the user entered as the response to a challenge: a `&str`, a `String`, or one of
/// the secret types [`ConfirmationCode`], [`Password`] and [`TotpCode`].
///
/// The methods that create a response accept an invalid string without an error, so they return no
/// `Result`. The error occurs when the response is sent.
pub trait IntoAnswerText {
    /// Returns the string that the user entered.
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

/// The content of a response to a challenge.
#[non_exhaustive]
pub enum Answer {
    /// The second factor that the user chose (`SELECT_MFA_TYPE`).
    Choice(ChallengeName),
    /// A code that Cognito sent to the user.
    Code(ConfirmationCode),
    /// The first factor that the user chose (`SELECT_CHALLENGE`).
    FirstFactor(FirstFactor),
    /// A new password in place of a temporary one.
    #[non_exhaustive]
    NewPassword {
        /// The new password.
        password: Password,
        /// The attributes to set together with the new password.
        attributes: Attributes,
    },
    /// The parameters of a response (`ChallengeResponses`) to any kind of challenge. The keys are
    /// the parameter names that AWS documents for the challenge.
    Parameters(BTreeMap<String, String>),
    /// A credential that proves that the user has a passkey.
    Passkey(PasskeyAssertion),
    /// The user's password.
    Password(Password),
    /// The code of an authenticator app.
    TotpCode(TotpCode),
    /// The code that completes the set-up of an authenticator app.
    #[non_exhaustive]
    TotpSetup {
        /// The six-digit code that the authenticator app shows.
        code: TotpCode,
        /// The name of the authenticator app, if the user chose one.
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

/// A challenge with its response. A response with an invalid value, such as a TOTP code with five
/// digits, can be created, but sending it fails.
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

    /// Returns the challenge that the user responds to.
    pub const fn challenge(&self) -> &Challenge {
        &self.challenge
    }

    /// Returns the content of the response.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if the value cannot be a response to this challenge, or if an attribute for
    /// the response is invalid.
    pub fn answer(&self) -> Result<&Answer, InvalidInput> {
        self.answer.as_ref().map_err(Clone::clone)
    }

    /// Returns the key-value pairs for the pool's Lambda triggers.
    pub const fn client_metadata(&self) -> &ClientMetadata {
        &self.client_metadata
    }

    /// Returns the client data for the pool's threat protection.
    pub const fn context(&self) -> &RequestContext {
        &self.context
    }

    /// Sets the client data for the pool's threat protection. Default: no data.
    pub fn with_context(mut self, context: RequestContext) -> Self {
        self.context = context;
        self
    }

    /// Sets the API through which this response to the challenge is sent.
    ///
    /// A challenge that Cognito returned already contains the API. A challenge that you created
    /// from the name, the user name and the session of an earlier challenge does not contain it. In
    /// this case, call this method.
    pub const fn with_api(mut self, api: ChallengeApi) -> Self {
        self.challenge.step_mut().api = api;
        self
    }

    /// Sets the remembered device of the sign-in.
    ///
    /// A challenge that Cognito returned already contains the device. A challenge that you created
    /// from the name, the user name and the session of an earlier challenge does not contain it. In
    /// this case, call this method.
    pub fn with_device(mut self, device: RememberedDevice) -> Self {
        self.challenge.step_mut().device = Some(device);
        self
    }

    /// Returns the challenge, so that the caller can respond again after a wrong code. The
    /// challenge keeps its attributes and its key-value pairs for the pool's Lambda triggers.
    pub fn into_challenge(self) -> Challenge {
        self.challenge
    }
}
