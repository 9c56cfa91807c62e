//! The steps between a password and the tokens.
//!
//! A [`Challenge`] is answered by value and gives a [`ChallengeAnswer`]; what can be answered
//! depends on its type, so that a TOTP code cannot be sent as an SMS answer. It carries the user's
//! name as Cognito returned it, which is the only right one for the next step.

mod answer;
mod json;
mod kinds;
mod name;
mod text;

use std::collections::BTreeMap;
use std::fmt;

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

/// What every challenge has: whose it is, the session, what Cognito said with it.
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
    /// A step as Cognito sent it, or as it was put aside between two requests of a browser.
    ///
    /// `username` must be the name that Cognito returned with the challenge (`USER_ID_FOR_SRP` or
    /// `USERNAME` among its parameters), not the alias that the person typed: the secret hash of
    /// the answer is made over it.
    #[must_use]
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

    /// The same in a sign-in on a remembered device, which every answer must name.
    #[must_use]
    pub fn with_device(mut self, device: RememberedDevice) -> Self {
        self.device = Some(device);
        self
    }

    /// The same in a sign-in that goes on without a device, because Cognito does not know this one
    /// any more.
    #[must_use]
    pub fn with_stale_device(mut self, key: DeviceKey) -> Self {
        self.stale_device = Some(key);
        self
    }

    /// The same with what the person can sign in with (`AvailableChallenges`).
    #[must_use]
    pub fn with_available(mut self, challenges: Vec<ChallengeName>) -> Self {
        self.available = challenges;
        self
    }

    /// The challenge's name.
    #[must_use]
    pub const fn name(&self) -> &ChallengeName {
        &self.name
    }

    /// Whose sign-in it is, as Cognito calls them.
    #[must_use]
    pub const fn username(&self) -> &Username {
        &self.username
    }

    /// The thread to the previous step. It can be used once and lives for minutes (3 by default).
    #[must_use]
    pub const fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// A parameter that Cognito sent with the challenge.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    /// What the person can sign in with, where Cognito says so (`AvailableChallenges`).
    #[must_use]
    pub fn available(&self) -> &[ChallengeName] {
        &self.available
    }

    /// The remembered device that the sign-in comes from.
    #[must_use]
    pub const fn device(&self) -> Option<&RememberedDevice> {
        self.device.as_ref()
    }

    /// A device that was named and that Cognito does not know any more: delete what is kept of it.
    #[must_use]
    pub const fn stale_device(&self) -> Option<&DeviceKey> {
        self.stale_device.as_ref()
    }

    /// Through which API the answer must go.
    #[must_use]
    pub const fn api(&self) -> ChallengeApi {
        self.api
    }

    /// A parameter that holds a JSON list of texts; empty if it is absent or something else.
    fn list(&self, name: &str) -> Vec<String> {
        self.parameter(name)
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default()
    }

    /// A parameter that holds a JSON list of challenges' names.
    fn names(&self, name: &str) -> Vec<ChallengeName> {
        let names = self.list(name);
        names.into_iter().map(ChallengeName::from).collect()
    }
}

impl fmt::Debug for ChallengeStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Security: parameters hold the user's attributes and parts of the SRP proof.
        f.debug_struct("ChallengeStep")
            .field("name", &self.name)
            .field("username", &self.username)
            .field("parameters", &self.parameters.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

macro_rules! challenges {
    ($($(#[$doc:meta])* $challenge:ident,)*) => {
        /// What Cognito asks for before it gives tokens. New challenges may be added; those that
        /// this version does not know arrive as [`Other`](Self::Other) and can be answered.
        #[derive(Debug)]
        #[non_exhaustive]
        #[must_use = "an unanswered challenge leaves the person signed out"]
        pub enum Challenge {
            $($(#[$doc])* $challenge($challenge),)*
            /// A challenge that this version does not know.
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

        /// A challenge that this version does not know. [`answer_with`](Self::answer_with) answers
        /// it by parameters as AWS documents them.
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
            /// What every challenge has.
            #[must_use]
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

            /// What was set on it for its answer: attributes, one that was refused, and pairs for
            /// the pool's Lambda triggers.
            const fn answered_with(
                &self,
            ) -> (&Attributes, Option<&InvalidInput>, &ClientMetadata) {
                match self {
                    $(Self::$challenge(challenge) => challenge.answered_with(),)*
                    Self::Other(challenge) => challenge.answered_with(),
                }
            }

            /// Sets anew what was set on it for its answer.
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

            /// The challenge's name.
            #[must_use]
            pub const fn name(&self) -> &ChallengeName {
                self.step().name()
            }

            /// Answers with the parameters that AWS documents for this challenge. `USERNAME` and
            /// `SECRET_HASH` are added for you.
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

            /// The name, the user, the session and what Cognito said with the challenge.
            #[must_use]
            pub const fn step(&self) -> &ChallengeStep {
                &self.step
            }

            /// Adds a pair for the pool's Lambda triggers to the answer.
            #[must_use]
            pub fn client_metadata(
                mut self,
                key: impl Into<String>,
                value: impl Into<String>,
            ) -> Self {
                self.client_metadata.insert(key, value);
                self
            }

            /// Answers with the parameters that AWS documents for this challenge. `USERNAME` and
            /// `SECRET_HASH` are added for you.
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
                // A refused attribute was not kept: without it the challenge can be answered anew.
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
    /// `ADMIN_NO_SRP_AUTH`: send the password in a signed call.
    AdminNoSrpAuth,
    /// `CUSTOM_CHALLENGE`: whatever the pool's Lambda triggers ask for.
    CustomChallenge,
    /// `DEVICE_PASSWORD_VERIFIER`: the second half of the proof of a remembered device.
    DevicePasswordVerifier,
    /// `DEVICE_SRP_AUTH`: the first half of the proof of a remembered device.
    DeviceSrpAuth,
    /// `EMAIL_OTP`: a code was sent by e-mail.
    EmailOtp,
    /// `MFA_SETUP`: the pool requires a second factor and the user has none yet.
    MfaSetup,
    /// `NEW_PASSWORD_REQUIRED`: the password was set by an operator; the person must choose one.
    NewPasswordRequired,
    /// `PASSWORD`: send the password.
    PasswordChallenge,
    /// `PASSWORD_SRP`: prove the password with SRP.
    PasswordSrp,
    /// `PASSWORD_VERIFIER`: the second half of the SRP proof.
    PasswordVerifier,
    /// `SELECT_CHALLENGE`: the person chooses how to sign in.
    SelectChallenge,
    /// `SELECT_MFA_TYPE`: the person has several second factors and chooses one.
    SelectMfaType,
    /// `SMS_MFA`: a code was sent by SMS as the second factor.
    SmsMfa,
    /// `SMS_OTP`: a code was sent by SMS as the first factor.
    SmsOtp,
    /// `SOFTWARE_TOKEN_MFA`: the code that an authenticator app shows.
    SoftwareTokenMfa,
    /// `WEB_AUTHN`: a passkey.
    WebAuthn,
}

#[cfg(test)]
mod tests;
