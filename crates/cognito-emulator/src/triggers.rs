//! The functions that a pool asks at certain moments: what Lambda triggers are at AWS.
//!
//! No lock may be held while one is asked: it may ask the emulator in turn.

mod http;
pub(crate) mod lambda_config;
mod message;
mod sign_in;
mod sign_up;
mod tokens;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

pub(crate) use message::Outbox;
pub(crate) use sign_in::{post_authentication, pre_authentication};
pub(crate) use sign_up::{migrate, post_confirmation, pre_sign_up};
pub(crate) use tokens::Overrides;

use crate::model::user::User;
use crate::model::wire::Failure;
use crate::state::service::Call;

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
    const fn version(self) -> &'static str {
        match self {
            Self::PreTokenGenerationV2 => "2",
            Self::PreTokenGenerationV3 => "3",
            _ => "1",
        }
    }

    /// The beginning of `triggerSource` in the trigger's events.
    fn source(self) -> &'static str {
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

    pub(crate) fn has(&self, trigger: Trigger) -> bool {
        self.targets.contains_key(&trigger)
    }

    /// Returns `true` if the URL of a trigger is not one of this host.
    pub(crate) fn leave_host(&self) -> bool {
        let is_elsewhere = |target: &Target| match target {
            Target::Function(_) => false,
            Target::Url(url) => !http::is_local(url),
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

/// The user and the app client that an event is about.
pub(crate) struct Subject<'a> {
    /// `None` for an app client that gets a token for itself.
    pub(crate) username: Option<&'a str>,
    pub(crate) client: Option<&'a str>,
}

impl<'a> Subject<'a> {
    pub(crate) fn of(user: &'a User, call: &Call<'a>) -> Self {
        Self {
            username: Some(&user.username),
            client: call.client_id(),
        }
    }
}

impl<'a> Call<'a> {
    /// The client that the request names.
    pub(crate) fn client_id(&self) -> Option<&'a str> {
        self.fields.get("ClientId").and_then(Value::as_str)
    }

    /// What the request tells triggers.
    pub(crate) fn client_metadata(&self) -> Value {
        let told = self.fields.get("ClientMetadata").cloned();
        told.unwrap_or_else(|| json!({}))
    }

    /// Asks a trigger, if the pool has it: its response.
    pub(crate) fn ask(
        &self,
        trigger: Trigger,
        source: &str,
        subject: &Subject<'_>,
        request: Value,
        response: Value,
    ) -> Result<Option<Map<String, Value>>, Failure> {
        // What is done in process, as a seed does it, asks nobody.
        if self.operation.is_empty() {
            return Ok(None);
        }
        let settings = &self.service.settings;
        let Some(target) = settings.triggers.targets.get(&trigger) else {
            return Ok(None);
        };
        let mut event = json!({
            "version": trigger.version(),
            "triggerSource": format!("{}_{source}", trigger.source()),
            "region": settings.region,
            "userPoolId": settings.pool_id,
            "callerContext": {
                "awsSdkVersion": "aws-sdk-unknown-unknown",
                "clientId": subject.client.unwrap_or("CLIENT_ID_NOT_APPLICABLE"),
            },
        });
        if let Some(username) = subject.username {
            event["userName"] = json!(username);
        }
        event["request"] = request;
        event["response"] = response;
        let answer = match target {
            Target::Function(function) => function(event),
            Target::Url(url) => http::post(url, &event, settings.triggers.patience),
        };
        let name = trigger.setting();
        match answer {
            Ok(mut event) => match event.get_mut("response").map(Value::take) {
                Some(Value::Object(response)) => Ok(Some(response)),
                _ => Err(unrecognizable()),
            },
            Err(TriggerError::Refused(message)) => Err(Failure::new(
                "UserLambdaValidationException",
                format!("{name} failed with error {message}."),
            )),
            Err(TriggerError::Failed(message)) => Err(Failure::new(
                "UnexpectedLambdaException",
                format!("{name} invocation failed due to error {message}."),
            )),
        }
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
