//! The functions that a pool asks at certain moments: what Lambda triggers are at AWS.
//!
//! No lock may be held while one is asked: it may ask the emulator in turn.

mod http;
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

use crate::service::Call;
use crate::user::User;
use crate::wire::Failure;

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
    /// Before tokens are signed: it may change what they say. It is asked with an event of
    /// version 2.
    PreTokenGeneration,
    /// For a person who is not there: it may bring them from elsewhere.
    UserMigration,
    /// Judges the answer to a custom challenge.
    VerifyAuthChallengeResponse,
}

impl Trigger {
    pub(crate) const ALL: [Self; 10] = [
        Self::CreateAuthChallenge,
        Self::CustomMessage,
        Self::DefineAuthChallenge,
        Self::PostAuthentication,
        Self::PostConfirmation,
        Self::PreAuthentication,
        Self::PreSignUp,
        Self::PreTokenGeneration,
        Self::UserMigration,
        Self::VerifyAuthChallengeResponse,
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
            Self::PreTokenGeneration => "PreTokenGeneration",
            Self::UserMigration => "UserMigration",
            Self::VerifyAuthChallengeResponse => "VerifyAuthChallengeResponse",
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

    pub(crate) fn set(&mut self, trigger: Trigger, target: Target) {
        self.targets.insert(trigger, target);
    }

    /// What `LambdaConfig` names: addresses on this machine. Names of AWS's own functions are kept
    /// with the other settings and do nothing.
    pub(crate) fn read(config: Option<&Value>, before: &Self) -> Self {
        let mut triggers = Self {
            patience: before.patience,
            targets: BTreeMap::new(),
        };
        // Functions in this process cannot be named over the wire: they stay.
        for (trigger, target) in &before.targets {
            if matches!(target, Target::Function(_)) {
                triggers.set(*trigger, target.clone());
            }
        }
        for trigger in Trigger::ALL {
            let told = config.and_then(|config| config[trigger.setting()].as_str());
            if let Some(url) = told.filter(|text| http::is_local(text)) {
                triggers.set(trigger, Target::Url(url.to_owned()));
            }
        }
        triggers
    }
}

/// Whom an event is about.
pub(crate) struct Subject<'a> {
    pub(crate) username: &'a str,
    pub(crate) client: Option<&'a str>,
}

impl<'a> Subject<'a> {
    pub(crate) fn of(user: &'a User, call: &Call<'a>) -> Self {
        Self {
            username: &user.username,
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
        let version = match trigger {
            Trigger::PreTokenGeneration => "2",
            _ => "1",
        };
        let mut event = json!({
            "version": version,
            "triggerSource": format!("{}_{source}", trigger.source()),
            "region": settings.region,
            "userPoolId": settings.pool_id,
            "userName": subject.username,
            "callerContext": {
                "awsSdkVersion": "aws-sdk-unknown-unknown",
                "clientId": subject.client.unwrap_or("CLIENT_ID_NOT_APPLICABLE"),
            },
        });
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

impl Trigger {
    /// What the source of its events begins with.
    const fn source(self) -> &'static str {
        match self {
            Self::PreTokenGeneration => "TokenGeneration",
            other => other.setting(),
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
