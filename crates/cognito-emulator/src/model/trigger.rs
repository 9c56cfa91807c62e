//! The triggers of a pool. In AWS they are Lambda functions.

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
    /// Creates a custom challenge.
    CreateAuthChallenge,
    /// Sets the content of a message.
    CustomMessage,
    /// Determines the next challenge of a custom sign-in, or completes the sign-in.
    DefineAuthChallenge,
    /// Runs after a sign-in.
    PostAuthentication,
    /// Runs after a user was confirmed or has reset a forgotten password.
    PostConfirmation,
    /// Runs before a sign-in. It may reject the sign-in.
    PreAuthentication,
    /// Runs before a sign-up. It may reject or confirm the sign-up, and verify addresses.
    PreSignUp,
    /// Changes the claims of ID tokens, and the groups of ID and access tokens, before they are
    /// signed. The event has version 1 (`PreTokenGeneration`, or `PreTokenGenerationConfig` with
    /// `V1_0`).
    ///
    /// A pool has this trigger in one version only: setting one version replaces the others.
    PreTokenGeneration,
    /// Changes the claims of ID and access tokens and the scopes of access tokens. The event has
    /// version 2 (`PreTokenGenerationConfig` with `V2_0`).
    PreTokenGenerationV2,
    /// Makes the changes of [`PreTokenGenerationV2`](Self::PreTokenGenerationV2), and also changes
    /// the access tokens of the grant `client_credentials`. The event has version 3
    /// (`PreTokenGenerationConfig` with `V3_0`).
    PreTokenGenerationV3,
    /// Runs for a user who does not exist. It may migrate the user from another system.
    UserMigration,
    /// Checks the response to a custom challenge.
    VerifyAuthChallengeResponse,
}

impl Trigger {
    /// The versions of the pre token generation trigger.
    const TOKENS: [Self; 3] = [
        Self::PreTokenGeneration,
        Self::PreTokenGenerationV2,
        Self::PreTokenGenerationV3,
    ];

    /// Returns the name in `LambdaConfig`.
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

    /// Returns the version of the trigger's events.
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

/// The error of a trigger that returned no response.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TriggerError {
    /// The trigger rejected the request with this message: `UserLambdaValidationException`.
    Refused(String),
    /// The trigger timed out, or could not be called: `UnexpectedLambdaException`.
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

/// A trigger in this process. Like a Lambda function, it receives the event and returns it with the
/// response filled in.
pub(crate) type Function = dyn Fn(Value) -> Result<Value, TriggerError> + Send + Sync;

#[derive(Clone)]
pub(crate) enum Target {
    Function(Arc<Function>),
    /// The URL to which the event is sent.
    Url(String),
}

#[derive(Clone)]
pub(crate) struct Triggers {
    targets: BTreeMap<Trigger, Target>,
    /// The timeout of a trigger. Cognito waits five seconds.
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

    /// Sets a trigger. The versions of the pre token generation trigger replace each other.
    pub(crate) fn set(&mut self, trigger: Trigger, target: Target) {
        if Trigger::TOKENS.contains(&trigger) {
            for version in Trigger::TOKENS {
                self.targets.remove(&version);
            }
        }
        self.targets.insert(trigger, target);
    }

    /// Returns the pre token generation trigger, in the version that the pool has.
    pub(crate) fn token_generation(&self) -> Option<Trigger> {
        Trigger::TOKENS
            .into_iter()
            .find(|version| self.has(*version))
    }
}

/// Returns the error for a trigger with an invalid response.
pub(crate) fn unrecognizable() -> Failure {
    Failure::new(
        "InvalidLambdaResponseException",
        "Unrecognizable lambda output",
    )
}

/// Returns `userAttributes` of an event.
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
