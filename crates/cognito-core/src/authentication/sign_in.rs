//! Signing in: it ends with tokens or goes on with a challenge.

use serde::{Serialize, Serializer};

use crate::authentication::challenge::{Challenge, ChallengeName};
use crate::context::RequestContext;
use crate::device::RememberedDevice;
use crate::id::{DeviceKey, Username};
use crate::metadata::ClientMetadata;
use crate::secret::{Password, Session};
use crate::token::Tokens;

/// How a password is proven. Each must be allowed in the app client's settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignInFlow {
    /// `ADMIN_USER_PASSWORD_AUTH`: the password is sent to Cognito (over TLS) in a call signed
    /// with AWS credentials, so that nobody without them can try passwords.
    AdminUserPassword,
    /// `USER_PASSWORD_AUTH`: the password is sent to Cognito (over TLS).
    UserPassword,
    /// `USER_SRP_AUTH`: the password is proven with SRP and never leaves this process.
    #[default]
    UserSrp,
}

impl SignInFlow {
    /// The setting of the app client that must be on, `ALLOW_USER_PASSWORD_AUTH`.
    #[must_use]
    pub const fn required_setting(self) -> &'static str {
        match self {
            Self::AdminUserPassword => "ALLOW_ADMIN_USER_PASSWORD_AUTH",
            Self::UserPassword => "ALLOW_USER_PASSWORD_AUTH",
            Self::UserSrp => "ALLOW_USER_SRP_AUTH",
        }
    }

    /// Through which API the challenges of such a sign-in are answered.
    #[must_use]
    pub const fn api(self) -> ChallengeApi {
        match self {
            Self::AdminUserPassword => ChallengeApi::Admin,
            Self::UserPassword | Self::UserSrp => ChallengeApi::Public,
        }
    }
}

/// Through which API a sign-in runs. A challenge must be answered through the one that it came
/// from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChallengeApi {
    /// `AdminRespondToAuthChallenge`, signed with AWS credentials.
    Admin,
    /// `RespondToAuthChallenge`, unsigned.
    Public,
}

/// What a person can sign in with first, where the sign-in is a matter of choice (`USER_AUTH`).
///
/// The pool must allow it (`AllowedFirstAuthFactors`; passwords are always allowed), and the person
/// must have it: a verified address, a passkey.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum FirstFactor {
    /// `EMAIL_OTP`: a code by e-mail.
    EmailOtp,
    /// `PASSWORD`: the password, sent to Cognito (over TLS).
    Password(Password),
    /// `PASSWORD_SRP`: the password, proven with SRP. It never leaves this process.
    PasswordSrp(Password),
    /// `SMS_OTP`: a code by SMS.
    SmsOtp,
    /// `WEB_AUTHN`: a passkey.
    WebAuthn,
}

impl FirstFactor {
    /// The challenge of this factor.
    #[must_use]
    pub const fn challenge_name(&self) -> ChallengeName {
        match self {
            Self::EmailOtp => ChallengeName::EmailOtp,
            Self::Password(_) => ChallengeName::PasswordChallenge,
            Self::PasswordSrp(_) => ChallengeName::PasswordSrp,
            Self::SmsOtp => ChallengeName::SmsOtp,
            Self::WebAuthn => ChallengeName::WebAuthn,
        }
    }

    /// The password, if it comes with the factor: somebody may be guessing at it.
    #[must_use]
    pub const fn password(&self) -> Option<&Password> {
        match self {
            Self::Password(password) | Self::PasswordSrp(password) => Some(password),
            Self::EmailOtp | Self::SmsOtp | Self::WebAuthn => None,
        }
    }
}

/// The way a person signs in.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SignInMethod {
    /// `USER_AUTH`: Cognito offers what the person can sign in with.
    #[non_exhaustive]
    Choice {
        /// What the person wants to sign in with. Without it, and where they do not have it, the
        /// challenge [`SelectChallenge`](crate::Challenge::SelectChallenge) follows.
        preferred: Option<FirstFactor>,
        /// The session that a confirmed sign-up gave: it signs the person in without asking again.
        session: Option<Session>,
    },
    /// `CUSTOM_AUTH`: the pool's Lambda triggers ask what they like.
    #[non_exhaustive]
    Custom {
        /// The password, if it is to be proven (with SRP) before they ask.
        password: Option<Password>,
    },
    /// A password.
    #[non_exhaustive]
    Password {
        /// The password.
        password: Password,
        /// How it is proven.
        flow: SignInFlow,
    },
}

impl SignInMethod {
    /// A password that is proven by this flow.
    #[must_use]
    pub const fn password(password: Password, flow: SignInFlow) -> Self {
        Self::Password { password, flow }
    }

    /// A matter of choice; with what the person wants to sign in with, if that is known.
    #[must_use]
    pub const fn choice(preferred: Option<FirstFactor>) -> Self {
        Self::Choice {
            preferred,
            session: None,
        }
    }

    /// Straight after a confirmed sign-up, with the session that it gave.
    #[must_use]
    pub const fn after_sign_up(session: Session) -> Self {
        Self::Choice {
            preferred: None,
            session: Some(session),
        }
    }

    /// The pool's own challenges, after a password if there is one.
    #[must_use]
    pub const fn custom(password: Option<Password>) -> Self {
        Self::Custom { password }
    }

    /// The setting of the app client that must be on, `ALLOW_USER_AUTH`.
    #[must_use]
    pub const fn required_setting(&self) -> &'static str {
        match self {
            Self::Choice { .. } => "ALLOW_USER_AUTH",
            Self::Custom { .. } => "ALLOW_CUSTOM_AUTH",
            Self::Password { flow, .. } => flow.required_setting(),
        }
    }

    /// The API that it runs through unless said otherwise.
    const fn api(&self) -> ChallengeApi {
        match self {
            Self::Choice { .. } | Self::Custom { .. } => ChallengeApi::Public,
            Self::Password { flow, .. } => flow.api(),
        }
    }
}

/// Starts a sign-in (`InitiateAuth` or `AdminInitiateAuth`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignInRequest {
    /// Who.
    pub username: Username,
    /// How they sign in.
    pub method: SignInMethod,
    /// Through which API. `AdminUserPassword` has the signed one and `UserPassword` the unsigned;
    /// the others have both.
    pub api: ChallengeApi,
    /// The remembered device that they sign in on, if it is one.
    pub device: Option<RememberedDevice>,
    /// For the pool's Lambda triggers.
    pub client_metadata: ClientMetadata,
    /// Where the request came from, for the pool's threat protection.
    pub context: RequestContext,
}

impl SignInRequest {
    /// A sign-in by this method.
    #[must_use]
    pub const fn new(username: Username, method: SignInMethod) -> Self {
        Self {
            username,
            api: method.api(),
            method,
            device: None,
            client_metadata: ClientMetadata::new(),
            context: RequestContext::new(),
        }
    }

    /// A sign-in with a password.
    #[must_use]
    pub const fn password(username: Username, password: Password, flow: SignInFlow) -> Self {
        Self::new(username, SignInMethod::password(password, flow))
    }
}

/// Where a sign-in stands: complete, or with a challenge to answer.
///
/// It serializes to the JSON that a front end expects: the tokens, or
/// `{"requiresMFA": true, "challenge", "session"}`, or
/// `{"requiresNewPassword": true, "challenge", "session"}`; `username` is added, because the answer must
/// name the user as Cognito does. Other challenges have neither `requires…` member.
#[derive(Debug)]
#[must_use = "a sign-in is not complete until it is `Complete`"]
#[allow(
    clippy::exhaustive_enums,
    reason = "a sign-in is complete or it is not: callers match without a wildcard arm"
)]
pub enum SignIn {
    /// The person is signed in.
    Complete(Tokens),
    /// Cognito asks for something more.
    Challenge(Challenge),
}

impl SignIn {
    /// The tokens, if the sign-in is complete.
    #[must_use]
    pub fn into_tokens(self) -> Option<Tokens> {
        match self {
            Self::Complete(tokens) => Some(tokens),
            Self::Challenge(_) => None,
        }
    }

    /// The device that was named and that Cognito does not know any more, if that has happened: delete
    /// what is kept of it. The sign-in went on without it.
    #[must_use]
    pub const fn stale_device(&self) -> Option<&DeviceKey> {
        match self {
            Self::Complete(tokens) => tokens.stale_device.as_ref(),
            Self::Challenge(challenge) => challenge.step().stale_device(),
        }
    }

    /// The challenge, if there is one.
    #[must_use]
    pub fn into_challenge(self) -> Option<Challenge> {
        match self {
            Self::Complete(_) => None,
            Self::Challenge(challenge) => Some(challenge),
        }
    }
}

impl Serialize for SignIn {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Complete(tokens) => tokens.serialize(serializer),
            Self::Challenge(challenge) => challenge.serialize(serializer),
        }
    }
}
