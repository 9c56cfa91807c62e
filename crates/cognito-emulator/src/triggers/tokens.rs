//! Issues tokens. The pre token generation trigger can change them.

use serde_json::{Value, json};

use crate::model::failure::{Answer, Failure};
use crate::model::group::Roles;
use crate::model::trigger::{Trigger, unrecognizable, user_attributes};
use crate::state::call::{Call, LOGIN};
use crate::state::tokens::grant::Grant;
use crate::state::tokens::overrides::Overrides;
use crate::triggers::event::Subject;

impl Call<'_> {
    /// Issues the tokens of a grant and records the session. The pre token generation trigger can
    /// change the tokens. Returns `AuthenticationResult`.
    pub(crate) fn issue(&self, grant: &Grant) -> Answer {
        let groups = &grant.groups;
        let roles = if groups.is_empty() {
            Roles::default()
        } else {
            self.state().roles(groups)
        };
        let service = self.service;
        let overrides = self.overrides(grant, &roles)?;
        let tokens = &service.tokens;
        let issued = tokens.issue(grant, &roles, &overrides, &service.random)?;
        self.record_session(grant);
        Ok(issued)
    }

    /// Calls the pre token generation trigger. Returns its changes to the tokens of a grant. If the
    /// pool does not have the trigger, returns no changes. Fails if the trigger fails.
    fn overrides(&self, grant: &Grant, roles: &Roles) -> Result<Overrides, Failure> {
        let triggers = &self.service.settings.triggers;
        // The sign-in page discards the tokens, because the browser gets a code instead.
        let is_used = self.operation != LOGIN;
        let Some(trigger) = triggers.token_generation().filter(|_| is_used) else {
            return Ok(Overrides::default());
        };
        let user = self.state().users.find(&grant.username).cloned();
        let user = user.ok_or_else(Failure::user_not_found)?;
        let answered = self.fields.get("ChallengeName").and_then(Value::as_str);
        let source = match answered {
            _ if grant.is_renewal => "RefreshTokens",
            _ if self.operation.starts_with('/') => "HostedAuth",
            Some("NEW_PASSWORD_REQUIRED") => "NewPasswordChallenge",
            Some("DEVICE_PASSWORD_VERIFIER") => "AuthenticateDevice",
            _ => "Authentication",
        };
        let mut request = json!({
            "userAttributes": user_attributes(&user),
            "groupConfiguration": {
                "groupsToOverride": grant.groups,
                "iamRolesToOverride": roles.all,
                "preferredRole": roles.preferred,
            },
            "clientMetadata": self.client_metadata(),
        });
        if trigger != Trigger::PreTokenGeneration {
            request["scopes"] = grant.scope().split(' ').collect();
        }
        let subject = Subject {
            username: Some(&user.username),
            client: Some(&grant.client.id),
        };
        call_trigger(self, trigger, source, &subject, request)
    }
}

/// Calls the pre token generation trigger for an access token of the app client itself. Returns its
/// changes. As in AWS, only version 3 of the trigger is called. If the pool does not have this
/// version, returns no changes.
pub(crate) fn overrides_for_machine(
    call: &Call<'_>,
    client: &str,
    scopes: &[String],
    metadata: &Value,
) -> Result<Overrides, Failure> {
    let request = json!({
        "userAttributes": {},
        "groupConfiguration": {
            "groupsToOverride": [],
            "iamRolesToOverride": [],
            "preferredRole": null,
        },
        "scopes": scopes,
        "clientMetadata": metadata,
    });
    let subject = Subject {
        username: None,
        client: Some(client),
    };
    let trigger = Trigger::PreTokenGenerationV3;
    call_trigger(call, trigger, "ClientCredentials", &subject, request)
}

fn call_trigger(
    call: &Call<'_>,
    trigger: Trigger,
    source: &str,
    subject: &Subject<'_>,
    request: Value,
) -> Result<Overrides, Failure> {
    let member = match trigger {
        Trigger::PreTokenGeneration => "claimsOverrideDetails",
        _ => "claimsAndScopeOverrideDetails",
    };
    let response = json!({ member: null });
    let returned = call.invoke(trigger, source, subject, request, response)?;
    let details = match returned.as_ref().and_then(|returned| returned.get(member)) {
        None | Some(Value::Null) => return Ok(Overrides::default()),
        Some(Value::Object(details)) => details,
        Some(_) => return Err(unrecognizable()),
    };
    Overrides::read(trigger, details)
}
