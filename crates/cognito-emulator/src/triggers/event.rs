//! Creates the events for triggers, calls the triggers, and reads their responses.

use serde_json::{Map, Value, json};

use crate::model::failure::Failure;
use crate::model::trigger::{Target, Trigger, TriggerError, unrecognizable, user_attributes};
use crate::model::user::User;
use crate::outgoing::NoResponse;
use crate::state::call::Call;
use crate::triggers::http;

/// The user and the app client that an event is about.
pub(crate) struct Subject<'a> {
    /// The user name. `None` for an event about a token of the app client itself.
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

impl Call<'_> {
    /// Calls a trigger whose response has no effect, with an event about a user. Does nothing if
    /// the pool does not have the trigger or the user does not exist. Fails if the trigger fails.
    pub(super) fn notify(
        &self,
        trigger: Trigger,
        source: &str,
        username: &str,
        mut request: Value,
    ) -> Result<(), Failure> {
        if !self.service.settings.triggers.has(trigger) {
            return Ok(());
        }
        let Some(user) = self.state().users.find(username).cloned() else {
            return Ok(());
        };
        request["userAttributes"] = user_attributes(&user);
        request["clientMetadata"] = self.client_metadata();
        let subject = Subject::of(&user, self);
        self.invoke(trigger, source, &subject, request, json!({}))?;
        Ok(())
    }

    /// Calls a trigger and returns the `response` of the event that the trigger returns.
    ///
    /// `source` is the part of `triggerSource` after the underscore. `request` and `response` are
    /// the members of the event with these names. Returns `None` if the pool does not have the
    /// trigger, or if the operation must not call triggers. Fails if the trigger fails.
    pub(crate) fn invoke(
        &self,
        trigger: Trigger,
        source: &str,
        subject: &Subject<'_>,
        request: Value,
        response: Value,
    ) -> Result<Option<Map<String, Value>>, Failure> {
        if !self.calls_triggers || !self.service.settings.triggers.has(trigger) {
            return Ok(None);
        }
        let mut event = self.event(trigger, source, subject, request);
        event["response"] = response;
        let Some(answer) = self.send_event(trigger, event) else {
            return Ok(None);
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

    /// Returns the event for a trigger, without the member `response`.
    pub(super) fn event(
        &self,
        trigger: Trigger,
        source: &str,
        subject: &Subject<'_>,
        request: Value,
    ) -> Value {
        let settings = &self.service.settings;
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
        event
    }

    /// Sends an event to a trigger, and returns the event that the trigger returns. Returns `None`
    /// if the pool does not have the trigger, or if the operation must not call triggers.
    pub(super) fn send_event(
        &self,
        trigger: Trigger,
        event: Value,
    ) -> Option<Result<Value, TriggerError>> {
        let triggers = &self.service.settings.triggers;
        let target = triggers.target(trigger).filter(|_| self.calls_triggers)?;
        // Cognito invokes custom senders asynchronously, and does not repeat the call.
        let most_calls = if trigger.is_sender() { 1 } else { 3 };
        Some(match target {
            Target::Function(function) => function(event),
            Target::Url(_) if !self.may_wait => {
                Err(TriggerError::Failed(NoResponse::Changed.to_string()))
            }
            Target::Url(url) => http::post(url, &event, triggers.timeout, most_calls),
        })
    }
}
