//! The triggers of a pool: what Lambda functions are at AWS.

pub(crate) mod address;
mod lambda_config;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::model::failure::Failure;
use crate::model::user::User;
use address::is_local;

pub(crate) use lambda_config::read;

/// A moment at which a pool asks a function of its owner (`LambdaConfig`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Trigger {
    /// Makes a custom challenge.
    CreateAuthChallenge,
    /// Words a message.
    CustomMessage,
    /// Says which challenge comes next in a custom sign-in, or that it is over.
    DefineAuthChallenge,
    /// After a sign-in.
    PostAuthentication,
    /// After somebody was confirmed, or has set a forgotten password anew.
    PostConfirmation,
    /// Before a sign-in: it may refuse.
    PreAuthentication,
    /// Before a sign-up: it may refuse, confirm, and verify addresses.
    PreSignUp,
    /// Changes the claims of ID tokens, and the groups of both tokens, before they are signed. The
    /// event has version 1 (`PreTokenGeneration`, or `PreTokenGenerationConfig` with `V1_0`).
    ///
    /// A pool has this trigger in one version: setting one replaces the others.
    PreTokenGeneration,
    /// Changes the claims of ID and access tokens and the scopes of access tokens. The event has
    /// version 2 (`PreTokenGenerationConfig` with `V2_0`).
    PreTokenGenerationV2,
    /// The same as [`PreTokenGenerationV2`](Self::PreTokenGenerationV2), also for the access tokens of
    /// the grant `client_credentials`. The event has version 3 (`PreTokenGenerationConfig` with `V3_0`).
    PreTokenGenerationV3,
    /// For a person who is not there: it may bring them from elsewhere.
    UserMigration,
    /// Judges the answer to a custom challenge.
    VerifyAuthChallengeResponse,
}

impl Trigger {
    /// The versions of the pre token generation trigger.
    const TOKENS: [Self; 3] = [
        Self::PreTokenGeneration,
        Self::PreTokenGenerationV2,
        Self::PreTokenGenerationV3,
    ];

    /// The name in `LambdaConfig`.
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

    /// The version of the trigger's events.
    pub(crate) const fn version(self) -> &'static str {
        match self {
            Self::PreTokenGenerationV2 => "2",
            Self::PreTokenGenerationV3 => "3",
            _ => "1",
        }
    }

    /// The beginning of `triggerSource` in the trigger's events.
    pub(crate) fn source(self) -> &'static str {
        if Self::TOKENS.contains(&self) {
            "TokenGeneration"
        } else {
            self.setting()
        }
    }
}

/// Why a trigger gave no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TriggerError {
    /// It refused, with this message: `UserLambdaValidationException`.
    Refused(String),
    /// It did not answer in time, or could not be asked: `UnexpectedLambdaException`.
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

/// A trigger in this process: takes the event, and gives it back with the response filled in, as
/// a Lambda function does.
pub(crate) type Function = dyn Fn(Value) -> Result<Value, TriggerError> + Send + Sync;

/// Who is asked.
#[derive(Clone)]
pub(crate) enum Target {
    Function(Arc<Function>),
    /// The event is posted there.
    Url(String),
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Function(_) => f.write_str("Function"),
            Self::Url(url) => write!(f, "Url({url})"),
        }
    }
}

/// The triggers of a pool.
#[derive(Clone, Debug)]
pub(crate) struct Triggers {
    targets: BTreeMap<Trigger, Target>,
    /// How long one may take to answer. Cognito waits five seconds.
    pub(crate) patience: Duration,
}

impl Default for Triggers {
    fn default() -> Self {
        Self {
            targets: BTreeMap::new(),
            patience: Duration::from_secs(5),
        }
    }
}

impl Triggers {
    pub(crate) fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }

    /// Returns what is asked at a trigger.
    pub(crate) fn target(&self, trigger: Trigger) -> Option<&Target> {
        self.targets.get(&trigger)
    }

    pub(crate) fn has(&self, trigger: Trigger) -> bool {
        self.targets.contains_key(&trigger)
    }

    /// Returns `true` if the URL of a trigger is not one of this host.
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

    /// The pre token generation trigger, in the version that the pool has.
    pub(crate) fn token_generation(&self) -> Option<Trigger> {
        Trigger::TOKENS
            .into_iter()
            .find(|version| self.has(*version))
    }
}

/// A trigger that did not give back what it must.
pub(crate) fn unrecognizable() -> Failure {
    Failure::new(
        "InvalidLambdaResponseException",
        "Unrecognizable lambda output",
    )
}

/// `userAttributes` of an event.
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
