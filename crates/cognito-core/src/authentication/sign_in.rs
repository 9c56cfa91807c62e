//! Signing in: it ends with tokens or goes on with a challenge.

use serde::{Serialize, Serializer};

use crate::authentication::challenge::Challenge;
use crate::context::RequestContext;
use crate::id::Username;
use crate::metadata::ClientMetadata;
use crate::secret::Password;
use crate::token::Tokens;

/// How the password is proven. Each must be allowed in the app client's settings.
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

/// Starts a sign-in (`InitiateAuth` or `AdminInitiateAuth`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignInRequest {
    /// Who.
    pub username: Username,
    /// The password.
    pub password: Password,
    /// How the password is proven.
    pub flow: SignInFlow,
    /// For the pool's Lambda triggers.
    pub client_metadata: ClientMetadata,
    /// Where the request came from, for the pool's threat protection.
    pub context: RequestContext,
}

impl SignInRequest {
    /// A sign-in with a password.
    #[must_use]
    pub const fn new(username: Username, password: Password, flow: SignInFlow) -> Self {
        Self {
            username,
            password,
            flow,
            client_metadata: ClientMetadata::new(),
            context: RequestContext::new(),
        }
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
