//! Calls the triggers `PreAuthentication` and `PostAuthentication`.

use serde_json::json;

use crate::model::client::Client;
use crate::model::client::no_such_user;
use crate::model::failure::Failure;
use crate::model::trigger::{Trigger, user_attributes};
use crate::state::call::Call;
use crate::state::tokens::grant::Grant;
use crate::triggers::event::Subject;

/// Calls the trigger `PreAuthentication`. Does nothing if the pool does not have this trigger.
/// Fails if the trigger rejects the sign-in. Also fails if the user does not exist and
/// `PreventUserExistenceErrors` of the client is not `ENABLED`.
pub(crate) fn pre_authentication(
    call: &Call<'_>,
    client: &Client,
    username: &str,
) -> Result<(), Failure> {
    let trigger = Trigger::PreAuthentication;
    if !call.service.settings.triggers.has(trigger) {
        return Ok(());
    }
    let user = call.state().users.find(username).cloned();
    if user.is_none() && !client.hides_users {
        return Err(no_such_user(client));
    }
    let attributes = user.as_ref().map_or_else(|| json!({}), user_attributes);
    let request = json!({
        "userAttributes": attributes,
        "validationData": call.client_metadata(),
        "userNotFound": user.is_none(),
    });
    let username = user.as_ref().map_or(username, |user| &user.username);
    let subject = Subject {
        username: Some(username),
        client: Some(&client.id),
    };
    call.invoke(trigger, "Authentication", &subject, request, json!({}))?;
    Ok(())
}

/// Calls the trigger `PostAuthentication`. Does nothing if the pool does not have this trigger.
/// Fails if the trigger fails.
pub(crate) fn post_authentication(call: &Call<'_>, grant: &Grant) -> Result<(), Failure> {
    let request = json!({ "newDeviceUsed": grant.is_on_new_device() });
    let trigger = Trigger::PostAuthentication;
    call.notify(trigger, "Authentication", &grant.username, request)
}
