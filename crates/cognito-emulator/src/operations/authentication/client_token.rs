//! The operation `GetClientToken`.

use serde_json::json;

use crate::model::client::AuthFlow;
use crate::model::failure::{Answer, Failure};
use crate::model::settings::STANDARD_SCOPES;
use crate::operations::authentication::refresh::check_secret;
use crate::operations::authentication::sign_in::NOT_ENABLED;
use crate::operations::common::invalid;
use crate::state::call::Call;
use crate::triggers::overrides_for_machine;

/// Handles `GetClientToken`. Returns an access token for the app client itself. The client must
/// send its secret. The token has only scopes of resource servers.
pub(crate) fn get(call: &Call<'_>) -> Answer {
    let client = call.client()?;
    if check_secret(&client, Some(call.required("Secret")?)).is_err() {
        let id = &client.id;
        return Err(Failure::not_authorized(format!(
            "Unable to verify secret for client {id}"
        )));
    }
    if !client.allows(AuthFlow::ClientToken) {
        return invalid(NOT_ENABLED);
    }
    let named: Vec<&str> = call.member("Scopes")?;
    let named = (!named.is_empty()).then(|| named.join(" "));
    let service = call.service;
    let is_for_machines = |scope: &str| !STANDARD_SCOPES.contains(&scope);
    let scopes = client
        .oauth
        .grant(&service.settings, named.as_deref(), is_for_machines);
    let Some(scopes) = scopes else {
        return invalid("Invalid scope requested.");
    };
    let metadata = call.client_metadata();
    let overrides = overrides_for_machine(call, &client.id, &scopes, &metadata)?;
    let token = service
        .tokens
        .machine(&client, &scopes, &overrides, call.now, &service.random)?;
    Ok(json!({
        "ClientAuthenticationResult": {
            "AccessToken": token,
            "ExpiresIn": client.validity.access.as_secs(),
            "TokenType": "Bearer",
        },
    }))
}
