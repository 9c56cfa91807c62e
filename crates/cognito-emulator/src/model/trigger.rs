//! The triggers of a pool ([`Trigger`]). In AWS, a trigger is a Lambda function.

pub(crate) mod address;
pub(crate) mod function;
pub(crate) mod lambda_config;
mod urls;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::model::failure::Failure;
use crate::model::user::User;
use address::is_local;
use function::Functions;

/// A trigger of a user pool (`LambdaConfig`): a function that is called during an operation. Most
/// triggers can change the result of the operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Trigger {
    /// Creates the next challenge of a custom sign-in, after `DefineAuthChallenge` has requested
    /// it.
    CreateAuthChallenge,
    /// Sends the e-mails that the pool would otherwise send to users. The event contains the code,
    /// encrypted with a KMS key. The response has no effect. If the trigger fails, the operation
    /// still succeeds. With this trigger, [`CustomMessage`](Self::CustomMessage) is not called for
    /// e-mails.
    CustomEmailSender,
    /// Sets the text of a message that is sent to a user.
    CustomMessage,
    /// Sends the text messages that the pool would otherwise send to users (`CustomSMSSender`). It
    /// works like [`CustomEmailSender`](Self::CustomEmailSender).
    CustomSmsSender,
    /// Selects the next challenge of a custom sign-in, or ends the sign-in: either tokens are
    /// issued or the sign-in fails.
    DefineAuthChallenge,
    /// Runs at a sign-in through an identity provider, before the claims of the provider are
    /// mapped. It can change the claims (`InboundFederation` with `V1_0`).
    InboundFederation,
    /// Runs after a sign-in, before the user gets tokens.
    PostAuthentication,
    /// Runs after a sign-up has been confirmed, or after a user has replaced a forgotten password.
    PostConfirmation,
    /// Runs before a sign-in. It can reject the sign-in.
    PreAuthentication,
    /// Runs before a sign-up, and before an operator creates a user. It can reject the new user,
    /// confirm the user, and mark the addresses of the user as verified.
    PreSignUp,
    /// Changes the claims of ID tokens, and the groups in ID and access tokens. This is version 1
    /// of the pre token generation trigger (`PreTokenGeneration`, or `PreTokenGenerationConfig`
    /// with `V1_0`).
    ///
    /// A pool can have only one version of this trigger. Setting a version removes the other
    /// versions.
    PreTokenGeneration,
    /// Changes the claims and the groups in ID and access tokens, and the scopes of access tokens.
    /// This is version 2 of the pre token generation trigger (`PreTokenGenerationConfig` with
    /// `V2_0`).
    PreTokenGenerationV2,
    /// Changes what [`PreTokenGenerationV2`](Self::PreTokenGenerationV2) changes, and also access
    /// tokens of app clients (grant `client_credentials`, `GetClientToken`). This is version 3 of
    /// the pre token generation trigger (`PreTokenGenerationConfig` with `V3_0`).
    PreTokenGenerationV3,
    /// Runs if an unknown user signs in or resets a password. It can return the data of the user
    /// from another system. The emulator then creates the user.
    UserMigration,
    /// Checks the user's response to a challenge of a custom sign-in.
    VerifyAuthChallengeResponse,
}

impl Trigger {
    /// The three versions of the pre token generation trigger.
    const TOKENS: [Self; 3] = [
        Self::PreTokenGeneration,
        Self::PreTokenGenerationV2,
        Self::PreTokenGenerationV3,
    ];

    /// Returns the name of the trigger in `LambdaConfig`. For each version of the pre token
    /// generation trigger, returns `PreTokenGeneration`.
    pub(crate) const fn setting(self) -> &'static str {
        match self {
            Self::CreateAuthChallenge => "CreateAuthChallenge",
            Self::CustomEmailSender => "CustomEmailSender",
            Self::CustomMessage => "CustomMessage",
            Self::CustomSmsSender => "CustomSMSSender",
            Self::DefineAuthChallenge => "DefineAuthChallenge",
            Self::InboundFederation => "InboundFederation",
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

    /// Returns the value of the member `version` in the trigger's events.
    pub(crate) const fn version(self) -> &'static str {
        match self {
            Self::PreTokenGenerationV2 => "2",
            Self::PreTokenGenerationV3 => "3",
            _ => "1",
        }
    }

    /// Returns `true` for a custom sender: a trigger that sends the messages that the pool would
    /// otherwise send.
    pub(crate) const fn is_sender(self) -> bool {
        matches!(self, Self::CustomEmailSender | Self::CustomSmsSender)
    }

    /// Returns the part of `triggerSource` in the trigger's events that precedes the underscore.
    pub(crate) fn source(self) -> &'static str {
        if Self::TOKENS.contains(&self) {
            "TokenGeneration"
        } else {
            self.setting()
        }
    }
}

/// The error that a trigger function returns. The operation that called the trigger then fails.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TriggerError {
    /// The trigger rejects the operation, with this message. The exception is
    /// `UserLambdaValidationException`.
    Refused(String),
    /// The trigger failed, timed out or could not be called, with this message. The exception is
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

/// A function of this process that is a trigger. Like a Lambda function, it receives an event and
/// returns the event with the response filled in.
pub(crate) type Function = dyn Fn(Value) -> Result<Value, TriggerError> + Send + Sync;

/// The target to which the events of a trigger are sent: a function of this process or a URL.
#[derive(Clone)]
pub(crate) enum Target {
    Function(Arc<Function>),
    /// The URL to which events are sent as JSON.
    Url(String),
}

/// The triggers of a pool, and the timeout of calls to trigger URLs.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Triggers {
    #[serde(with = "urls")]
    targets: BTreeMap<Trigger, Target>,
    /// The Lambda functions that run on this host. All pools of an emulator share them.
    #[serde(skip)]
    pub(crate) functions: Arc<Functions>,
    /// The ARN of the KMS key that encrypts codes for custom senders (`KMSKeyID`). `None` if it was
    /// not set.
    pub(crate) kms_key: Option<String>,
    /// The maximum duration of a call to a trigger URL. Default: 5 seconds, as in AWS.
    #[serde(skip, default = "usual_timeout")]
    pub(crate) timeout: Duration,
}

const fn usual_timeout() -> Duration {
    Duration::from_secs(5)
}

impl Default for Triggers {
    fn default() -> Self {
        Self {
            targets: BTreeMap::new(),
            functions: Arc::default(),
            kms_key: None,
            timeout: usual_timeout(),
        }
    }
}

impl Triggers {
    /// Returns a copy of these settings without triggers and without a KMS key. The copy keeps the
    /// timeout, and the URLs of the Lambda functions that run on this host, because these are not
    /// settings of one pool.
    pub(crate) fn without_targets(&self) -> Self {
        Self {
            targets: BTreeMap::new(),
            functions: Arc::clone(&self.functions),
            kms_key: None,
            timeout: self.timeout,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }

    /// Returns the triggers with their targets.
    pub(crate) fn targets(&self) -> impl Iterator<Item = (Trigger, &Target)> {
        self.targets
            .iter()
            .map(|(trigger, target)| (*trigger, target))
    }

    pub(crate) fn target(&self, trigger: Trigger) -> Option<&Target> {
        self.targets.get(&trigger)
    }

    pub(crate) fn has(&self, trigger: Trigger) -> bool {
        self.targets.contains_key(&trigger)
    }

    /// Returns `true` if any trigger has a URL that is not an `http` URL of this host.
    pub(crate) fn leave_host(&self) -> bool {
        let is_elsewhere = |target: &Target| match target {
            Target::Function(_) => false,
            Target::Url(url) => !is_local(url),
        };
        self.targets.values().any(is_elsewhere)
    }

    /// Sets the target of a trigger. A version of the pre token generation trigger replaces the
    /// other versions.
    pub(crate) fn set(&mut self, trigger: Trigger, target: Target) {
        if Trigger::TOKENS.contains(&trigger) {
            for version in Trigger::TOKENS {
                self.targets.remove(&version);
            }
        }
        self.targets.insert(trigger, target);
    }

    /// Adds the triggers of `other`. They replace triggers with the same name. If `other` has a KMS
    /// key, it also replaces the KMS key.
    pub(crate) fn extend(&mut self, other: &Self) {
        for (trigger, target) in &other.targets {
            self.set(*trigger, target.clone());
        }
        if other.kms_key.is_some() {
            self.kms_key.clone_from(&other.kms_key);
        }
    }

    /// Returns the version of the pre token generation trigger that the pool has. Returns `None` if
    /// the pool has no such trigger.
    pub(crate) fn token_generation(&self) -> Option<Trigger> {
        Trigger::TOKENS
            .into_iter()
            .find(|version| self.has(*version))
    }
}

/// Returns the exception for a trigger that returns an invalid response.
pub(crate) fn unrecognizable() -> Failure {
    Failure::new(
        "InvalidLambdaResponseException",
        "Unrecognizable lambda output",
    )
}

/// Returns the value of `userAttributes` in an event about a user: the attributes, the `sub` and
/// the status of the user.
pub(crate) fn user_attributes(user: &User) -> Value {
    let mut attributes: Map<String, Value> = user
        .attributes
        .iter()
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect();
    attributes.insert("sub".to_owned(), json!(user.sub));
    let status = json!(user.status.name());
    attributes.insert("cognito:user_status".to_owned(), status);
    if let Some(identities) = user.identities_text() {
        attributes.insert("identities".to_owned(), json!(identities));
    }
    Value::Object(attributes)
}
