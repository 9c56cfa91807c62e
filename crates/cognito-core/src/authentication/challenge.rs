//! The challenges of a sign-in: the steps that Cognito requires before it returns tokens.
//!
//! The methods of a [`Challenge`] consume it and return a [`ChallengeAnswer`]. Each type of
//! challenge allows only its own responses: for example, a TOTP code cannot be sent as an SMS code.
//! The challenge contains the user name that Cognito returned. This name is sent automatically with
//! the response.

mod answer;
mod json;
mod kinds;
mod name;
mod text;

use std::collections::BTreeMap;

pub use answer::{Answer, ChallengeAnswer, IntoAnswerText};
pub use kinds::TotpAssociation;
pub use name::ChallengeName;

use crate::authentication::sign_in::ChallengeApi;
use crate::device::RememberedDevice;
use crate::id::{DeviceKey, Username};
use crate::input::InvalidInput;
use crate::metadata::ClientMetadata;
use crate::secret::Session;
use crate::user::Attributes;

/// The data that all challenges have: the user, the session and the parameters from Cognito.
pub struct ChallengeStep {
    name: ChallengeName,
    username: Username,
    session: Option<Session>,
    parameters: BTreeMap<String, String>,
    available: Vec<ChallengeName>,
    api: ChallengeApi,
    device: Option<RememberedDevice>,
    stale_device: Option<DeviceKey>,
}

impl ChallengeStep {
    /// Creates the data of a challenge from Cognito's response, or from stored data of an earlier
    /// request.
    ///
    /// `username` must be the name that Cognito returned with the challenge (`USER_ID_FOR_SRP` or
    /// `USERNAME` in its parameters), not the alias that the user entered. The secret hash of the
    /// response is computed from this name.
    pub const fn new(
        name: ChallengeName,
        username: Username,
        session: Option<Session>,
        parameters: BTreeMap<String, String>,
        api: ChallengeApi,
    ) -> Self {
        Self {
            name,
            username,
            session,
            parameters,
            available: Vec::new(),
            api,
            device: None,
            stale_device: None,
        }
    }

    /// Sets the remembered device of the sign-in. The response to the challenge then contains the
    /// key of the device.
    pub fn with_device(mut self, device: RememberedDevice) -> Self {
        self.device = Some(device);
        self
    }

    /// Sets the key of a stale device. A device is stale if the request of the sign-in contained
    /// it, but it no longer exists in Cognito. The sign-in continues without the device.
    pub fn with_stale_device(mut self, key: DeviceKey) -> Self {
        self.stale_device = Some(key);
        self
    }

    /// Sets the challenges from which the user can choose (`AvailableChallenges`). Default: none.
    pub fn with_available(mut self, challenges: Vec<ChallengeName>) -> Self {
        self.available = challenges;
        self
    }

    /// Returns the challenge's name.
    pub const fn name(&self) -> &ChallengeName {
        &self.name
    }

    /// Returns the user name that Cognito returned with the challenge. If Cognito returned none, it
    /// is the user name of the request.
    pub const fn username(&self) -> &Username {
        &self.username
    }

    /// Returns the session string that links this step to the previous step, if Cognito sent a
    /// session. Cognito accepts a session only once, and for a few minutes (default: 3).
    pub const fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// Returns a parameter of the challenge, or `None` if Cognito did not send it.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    /// Returns the challenges from which the user can choose (`AvailableChallenges`), or an empty
    /// slice if Cognito did not send them.
    pub fn available(&self) -> &[ChallengeName] {
        &self.available
    }

    /// Returns the remembered device of the sign-in, if there is one.
    pub const fn device(&self) -> Option<&RememberedDevice> {
        self.device.as_ref()
    }

    /// Returns the key of the stale device, or `None` if there is none. A device is stale if the
    /// request of the sign-in contained it, but it no longer exists in Cognito. Delete the device
    /// where you have stored it.
    pub const fn stale_device(&self) -> Option<&DeviceKey> {
        self.stale_device.as_ref()
    }

    /// Returns the API that the response to this challenge must use. It is the API of the request
    /// that returned the challenge.
    pub const fn api(&self) -> ChallengeApi {
        self.api
    }

    /// Parses the parameter `name` as a JSON list of strings. Returns an empty list if the
    /// parameter is missing or is not a JSON list of strings.
    fn list(&self, name: &str) -> Vec<String> {
        self.parameter(name)
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default()
    }

    /// Parses the parameter `name` as a JSON list of challenge names. Returns an empty list if the
    /// parameter is missing or is not a JSON list of strings.
    fn names(&self, name: &str) -> Vec<ChallengeName> {
        let names = self.list(name);
        names.into_iter().map(ChallengeName::from).collect()
    }
}

// Security: parameters contain the user's attributes and parts of the SRP proof.
impl_debug!(ChallengeStep as step {
    name,
    username,
    parameters: step.parameters.keys().collect::<Vec<_>>(),
});

macro_rules! challenges {
    ($($(#[$doc:meta])* $challenge:ident,)*) => {
        /// A challenge of Cognito: a step that a sign-in requires before Cognito returns tokens. A
        /// challenge that this version does not support is [`Other`](Self::Other). The caller can
        /// respond to it with [`answer_with`](Self::answer_with).
        #[derive(Debug)]
        #[non_exhaustive]
        #[must_use = "the user is not signed in until the challenge is answered"]
        pub enum Challenge {
            $($(#[$doc])* $challenge($challenge),)*
            /// A challenge that this version does not support.
            Other(OtherChallenge),
        }

        $(
            $(#[$doc])*
            #[derive(Debug)]
            pub struct $challenge {
                step: ChallengeStep,
                attributes: Attributes,
                refused: Option<InvalidInput>,
                client_metadata: ClientMetadata,
            }

            step_type!($challenge, $challenge);
        )*

        /// A challenge that this version does not support. Respond with
        /// [`answer_with`](Self::answer_with) and the parameters that AWS documents.
        #[derive(Debug)]
        pub struct OtherChallenge {
            step: ChallengeStep,
            attributes: Attributes,
            refused: Option<InvalidInput>,
            client_metadata: ClientMetadata,
        }

        step_type!(OtherChallenge, Other);

        impl From<ChallengeStep> for Challenge {
            fn from(step: ChallengeStep) -> Self {
                match step.name {
                    $(ChallengeName::$challenge => Self::$challenge($challenge::from_step(step)),)*
                    ChallengeName::Other(_) => Self::Other(OtherChallenge::from_step(step)),
                }
            }
        }

        impl Challenge {
            /// Returns the data that all challenges have: the name, the user, the session and the
            /// parameters from Cognito.
            pub const fn step(&self) -> &ChallengeStep {
                match self {
                    $(Self::$challenge(challenge) => &challenge.step,)*
                    Self::Other(challenge) => &challenge.step,
                }
            }

            const fn step_mut(&mut self) -> &mut ChallengeStep {
                match self {
                    $(Self::$challenge(challenge) => &mut challenge.step,)*
                    Self::Other(challenge) => &mut challenge.step,
                }
            }

            /// Returns the data that the caller has already added for the response to this
            /// challenge: the valid attributes, the error of the first invalid attribute (`None` if
            /// there is none), and the key-value pairs for the pool's Lambda triggers.
            const fn answered_with(
                &self,
            ) -> (&Attributes, Option<&InvalidInput>, &ClientMetadata) {
                match self {
                    $(Self::$challenge(challenge) => challenge.answered_with(),)*
                    Self::Other(challenge) => challenge.answered_with(),
                }
            }

            /// Restores the data for the response after the challenge was deserialized: the
            /// attributes, and the key-value pairs for the pool's Lambda triggers.
            /// [`answered_with`](Self::answered_with) returned this data before the challenge was
            /// serialized.
            fn answer_again_with(&mut self, set: Attributes, metadata: ClientMetadata) {
                let (attributes, client_metadata) = match self {
                    $(Self::$challenge(challenge) => {
                        (&mut challenge.attributes, &mut challenge.client_metadata)
                    })*
                    Self::Other(challenge) => {
                        (&mut challenge.attributes, &mut challenge.client_metadata)
                    }
                };
                *attributes = set;
                *client_metadata = metadata;
            }

            /// Returns the challenge's name.
            pub const fn name(&self) -> &ChallengeName {
                self.step().name()
            }

            /// Creates the response from the parameters that AWS documents for this challenge
            /// (`ChallengeResponses`). `USERNAME` and, if the app client has a secret,
            /// `SECRET_HASH` are added automatically.
            pub fn answer_with<K: Into<String>, V: Into<String>>(
                self,
                parameters: impl IntoIterator<Item = (K, V)>,
            ) -> ChallengeAnswer {
                match self {
                    $(Self::$challenge(challenge) => challenge.answer_with(parameters),)*
                    Self::Other(challenge) => challenge.answer_with(parameters),
                }
            }
        }
    };
}

macro_rules! step_type {
    ($type:ident, $variant:ident) => {
        impl $type {
            const fn from_step(step: ChallengeStep) -> Self {
                Self {
                    step,
                    attributes: Attributes::new(),
                    refused: None,
                    client_metadata: ClientMetadata::new(),
                }
            }

            /// Returns the data that all challenges have: the name, the user, the session and the
            /// parameters from Cognito.
            pub const fn step(&self) -> &ChallengeStep {
                &self.step
            }

            /// Adds a key-value pair to the client metadata of the response to this challenge.
            /// Cognito passes the metadata to the pool's Lambda triggers.
            pub fn client_metadata(
                mut self,
                key: impl Into<String>,
                value: impl Into<String>,
            ) -> Self {
                self.client_metadata.insert(key, value);
                self
            }

            /// Creates the response from the parameters that AWS documents for this challenge
            /// (`ChallengeResponses`). `USERNAME` and, if the app client has a secret,
            /// `SECRET_HASH` are added automatically.
            pub fn answer_with<K: Into<String>, V: Into<String>>(
                self,
                parameters: impl IntoIterator<Item = (K, V)>,
            ) -> ChallengeAnswer {
                let parameters = parameters
                    .into_iter()
                    .map(|(key, value)| (key.into(), value.into()))
                    .collect();
                self.answered(Ok(Answer::Parameters(parameters)))
            }

            const fn answered_with(&self) -> (&Attributes, Option<&InvalidInput>, &ClientMetadata) {
                (
                    &self.attributes,
                    self.refused.as_ref(),
                    &self.client_metadata,
                )
            }

            fn answered(mut self, answer: Result<Answer, InvalidInput>) -> ChallengeAnswer {
                // A rejected attribute is not kept, so that the caller can respond again without
                // it.
                let answer = self.refused.take().map_or(answer, Err);
                let answer = answer.map(|answer| match answer {
                    Answer::NewPassword { password, .. } => Answer::NewPassword {
                        password,
                        attributes: self.attributes.clone(),
                    },
                    other => other,
                });
                let client_metadata = self.client_metadata.clone();
                ChallengeAnswer::new(Challenge::$variant(self), answer, client_metadata)
            }
        }

        impl From<$type> for Challenge {
            fn from(challenge: $type) -> Self {
                Self::$variant(challenge)
            }
        }
    };
}

challenges! {
    /// `ADMIN_NO_SRP_AUTH`: the password must be sent in a request signed with AWS credentials.
    AdminNoSrpAuth,
    /// `CUSTOM_CHALLENGE`: a challenge that the pool's Lambda triggers define.
    CustomChallenge,
    /// `DEVICE_PASSWORD_VERIFIER`: the second half of the SRP proof of a remembered device.
    DevicePasswordVerifier,
    /// `DEVICE_SRP_AUTH`: the first half of the SRP proof of a remembered device.
    DeviceSrpAuth,
    /// `EMAIL_OTP`: a code was sent by e-mail, as the first or the second factor.
    EmailOtp,
    /// `MFA_SETUP`: the pool requires a second factor and the user has none yet.
    MfaSetup,
    /// `NEW_PASSWORD_REQUIRED`: the user has a temporary password and must choose a new one.
    NewPasswordRequired,
    /// `PASSWORD`: the password must be sent.
    PasswordChallenge,
    /// `PASSWORD_SRP`: the password must be proven with SRP.
    PasswordSrp,
    /// `PASSWORD_VERIFIER`: the second half of the SRP proof of the password.
    PasswordVerifier,
    /// `SELECT_CHALLENGE`: the user chooses the first factor.
    SelectChallenge,
    /// `SELECT_MFA_TYPE`: the user has several second factors and must choose one.
    SelectMfaType,
    /// `SMS_MFA`: a code was sent by SMS as the second factor.
    SmsMfa,
    /// `SMS_OTP`: a code was sent by SMS as the first factor.
    SmsOtp,
    /// `SOFTWARE_TOKEN_MFA`: a code of an authenticator app is required.
    SoftwareTokenMfa,
    /// `WEB_AUTHN`: a passkey is required.
    WebAuthn,
}
