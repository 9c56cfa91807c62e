//! The triggers of a pool, which are Lambda functions in AWS.

pub(crate) mod address;
pub(crate) mod lambda_config;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::model::failure::Failure;
use crate::model::user::User;
use address::is_local;

/// A trigger of a pool (`LambdaConfig`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Trigger {
    /// Creates a challenge of a custom sign-in.
    CreateAuthChallenge,
    /// Sets the text of a message.
    CustomMessage,
    /// Selects the next challenge of a custom sign-in, or ends the sign-in with or without tokens.
    DefineAuthChallenge,
    /// Runs after a sign-in.
    PostAuthentication,
    /// Runs after a sign-up was confirmed or a forgotten password was replaced.
    PostConfirmation,
    /// Runs before a sign-in. It may reject the sign-in.
    PreAuthentication,
    /// Runs before a sign-up. It may reject or confirm the sign-up, and mark addresses as verified.
    PreSignUp,
    /// Changes the claims of ID tokens, and the groups in ID and access tokens. The event has
    /// version 1 (`PreTokenGeneration`, or `PreTokenGenerationConfig` with `V1_0`).
    ///
    /// A pool has the pre token generation trigger in one version only. Setting a version removes
    /// the others.
    PreTokenGeneration,
    /// Changes the claims of ID and access tokens, their groups, and the scopes of access tokens.
    /// The event has version 2 (`PreTokenGenerationConfig` with `V2_0`).
    PreTokenGenerationV2,
    /// Makes the changes of [`PreTokenGenerationV2`](Self::PreTokenGenerationV2), and also changes
    /// access tokens of the grant `client_credentials`. The event has version 3
    /// (`PreTokenGenerationConfig` with `V3_0`).
    PreTokenGenerationV3,
    /// Runs at a sign-in or password reset of an unknown user. It may create the user from another
    /// system.
    UserMigration,
    /// Checks the response to a challenge of a custom sign-in.
    VerifyAuthChallengeResponse,
}

impl Trigger {
    /// The versions of the pre token generation trigger.
    const TOKENS: [Self; 3] = [
        Self::PreTokenGeneration,
        Self::PreTokenGenerationV2,
        Self::PreTokenGenerationV3,
    ];

    /// Returns the name of the trigger in `LambdaConfig`.
    pub(crate) const fn setting(self) -> &'static str {
        match self {
            Self::CreateAuthChallenge => "CreateAuthChallenge",
            Self::CustomMessage => "CustomMessage",
            Self::DefineAuthChallenge => "DefineAuthChallenge",
            Self::PostAuthentication => "PostAuthentication",
            Self::PostConfirmation => "PostConfirmation",
            Self::PreAuthentication => "PreAuthentication",
            Self::PreSignUp => "PreSignUp",
            Self::PreTokenGeneration | Self::PreTokenGenerationV2 | Self::PreTokenGenerationV3 => {
                "PreTokenGeneration"
            }
            Self::UserMigration => "UserMigration",
            Self::VerifyAuthChallengeResponse => "VerifyAuthChallengeResponse",
        }
    }

    /// Returns the `version` of the trigger's events.
    pub(crate) const fn version(self) -> &'static str {
        match self {
            Self::PreTokenGenerationV2 => "2",
            Self::PreTokenGenerationV3 => "3",
            _ => "1",
        }
    }

    /// Returns the prefix of `triggerSource` in the trigger's events.
    pub(crate) fn source(self) -> &'static str {
        if Self::TOKENS.contains(&self) {
            "TokenGeneration"
        } else {
            self.setting()
        }
    }
}

/// The error of a trigger that returns no event.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TriggerError {
    /// The trigger rejects the request with this message. The operation fails with
    /// `UserLambdaValidationException`.
    Refused(String),
    /// The trigger failed, timed out or could not be called. The operation fails with
    /// `UnexpectedLambdaException`.
    Failed(String),
}

impl From<&str> for TriggerError {
    fn from(message: &str) -> Self {
        Self::Refused(message.to_owned())
    }
}

impl From<String> for TriggerError {
    fn from(message: String) -> Self {
        Self::Refused(message)
    }
}

/// A trigger in this process. Like a Lambda function, it receives an event and returns it with the
/// response filled in.
pub(crate) type Function = dyn Fn(Value) -> Result<Value, TriggerError> + Send + Sync;

/// The function or the URL of a trigger.
#[derive(Clone)]
pub(crate) enum Target {
    Function(Arc<Function>),
    /// The URL to which the event is sent.
    Url(String),
}

/// The triggers of a pool, and their timeout.
#[derive(Clone)]
pub(crate) struct Triggers {
    targets: BTreeMap<Trigger, Target>,
    /// The timeout of triggers with a URL. Default: 5 seconds, as in AWS.
    pub(crate) timeout: Duration,
}

impl Default for Triggers {
    fn default() -> Self {
        Self {
            targets: BTreeMap::new(),
            timeout: Duration::from_secs(5),
        }
    }
}

impl Triggers {
    pub(crate) fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }

    pub(crate) fn target(&self, trigger: Trigger) -> Option<&Target> {
        self.targets.get(&trigger)
    }

    pub(crate) fn has(&self, trigger: Trigger) -> bool {
        self.targets.contains_key(&trigger)
    }

    /// Returns `true` if the URL of a trigger is not a URL of this host.
    pub(crate) fn leave_host(&self) -> bool {
        let is_elsewhere = |target: &Target| match target {
            Target::Function(_) => false,
            Target::Url(url) => !is_local(url),
        };
        self.targets.values().any(is_elsewhere)
    }

    /// Sets a trigger. A version of the pre token generation trigger replaces the other versions.
    pub(crate) fn set(&mut self, trigger: Trigger, target: Target) {
        if Trigger::TOKENS.contains(&trigger) {
            for version in Trigger::TOKENS {
                self.targets.remove(&version);
            }
        }
        self.targets.insert(trigger, target);
    }

    /// Returns the version of the pre token generation trigger that the pool has. Returns `None` if
    /// the pool does not have this trigger.
    pub(crate) fn token_generation(&self) -> Option<Trigger> {
        Trigger::TOKENS
            .into_iter()
            .find(|version| self.has(*version))
    }
}

/// Returns the error for a trigger whose response is invalid.
pub(crate) fn unrecognizable() -> Failure {
    Failure::new(
        "InvalidLambdaResponseException",
        "Unrecognizable lambda output",
    )
}

/// Returns `userAttributes` of an event about a user.
pub(crate) fn user_attributes(user: &User) -> Value {
    let mut attributes: Map<String, Value> = user
        .attributes
        .iter()
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    attributes.insert("sub".to_owned(), json!(user.sub));
    let status = json!(user.status.name());
    attributes.insert("cognito:user_status".to_owned(), status);
    Value::Object(attributes)
}
