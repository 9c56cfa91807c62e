//! The descriptions of an app client that `DescribeUserPoolClient` and `ListUserPoolClients`
//! return.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::model::client::{AuthFlow, Client};
use crate::model::request::present;
use crate::model::time::timestamp;
use crate::operations::common::add_members;
use crate::state::call::Call;

/// Returns an app client as AWS's `UserPoolClientType`.
pub(super) fn client(call: &Call<'_>, client: &Client) -> Value {
    let mut described = summary(call, client);
    described["CreationDate"] = timestamp(client.created);
    described["LastModifiedDate"] = timestamp(client.modified);
    described["ClientType"] = json!(client_type(client));
    match (&client.secret_arn, client.secrets.first()) {
        (Some(arn), _) => described["ClientSecretArn"] = json!(arn),
        (None, Some(secret)) => described["ClientSecret"] = json!(secret.text),
        (None, None) => {}
    }
    add_members(&mut described, &stored(client));
    described
}

/// Returns the settings of a client as members of `CreateUserPoolClient`, without the name and the
/// secrets.
pub(crate) fn stored(client: &Client) -> Map<String, Value> {
    let stored = client.description.clone();
    stored.unwrap_or_else(|| settings(client))
}

/// Returns how an app client was created: `DCR` by dynamic client registration, `REGULAR` in any
/// other way.
pub(super) const fn client_type(client: &Client) -> &'static str {
    match client.registrant {
        Some(_) => "DCR",
        None => "REGULAR",
    }
}

/// Returns an app client as AWS's `UserPoolClientDescription`.
pub(super) fn summary(call: &Call<'_>, client: &Client) -> Value {
    json!({
        "ClientId": client.id,
        "ClientName": client.name,
        "UserPoolId": call.service.settings.pool_id,
    })
}

/// Returns the settings of a client that [`EmulatorBuilder`](crate::EmulatorBuilder) created at the
/// start. Such a client has no stored request of `CreateUserPoolClient`, so the settings are
/// created from the fields of `client`.
fn settings(client: &Client) -> Map<String, Value> {
    let flows = AuthFlow::ALL.iter().filter(|flow| client.allows(**flow));
    let flows: Vec<_> = flows.map(|flow| flow.name()).collect();
    let hides_users = if client.hides_users {
        "ENABLED"
    } else {
        "LEGACY"
    };
    let units =
        json!({ "AccessToken": "seconds", "IdToken": "seconds", "RefreshToken": "seconds" });
    let rotation = client
        .rotation_grace
        .map(|grace| json!({ "Feature": "ENABLED", "RetryGracePeriodSeconds": grace.as_secs() }));
    let session_validity = json!(client.validity.session.as_secs() / 60);
    let refresh_validity = json!(client.validity.refresh.as_secs());
    let oauth = &client.oauth;
    let oauth_flows: Vec<_> = oauth.flows.iter().map(|flow| flow.name()).collect();
    let scopes: Vec<_> = oauth.scopes.iter().collect();
    present([
        ("ExplicitAuthFlows", json!(flows)),
        (
            "AccessTokenValidity",
            json!(client.validity.access.as_secs()),
        ),
        ("IdTokenValidity", json!(client.validity.id.as_secs())),
        ("RefreshTokenValidity", refresh_validity),
        ("TokenValidityUnits", units),
        ("AuthSessionValidity", session_validity),
        ("EnableTokenRevocation", json!(client.revocation)),
        ("PreventUserExistenceErrors", json!(hides_users)),
        (
            "EnablePropagateAdditionalUserContextData",
            json!(client.propagates_context),
        ),
        ("RefreshTokenRotation", json!(rotation)),
        ("ReadAttributes", json!(client.readable)),
        ("WriteAttributes", json!(client.writable)),
        ("AllowedOAuthFlowsUserPoolClient", json!(oauth.enabled)),
        ("AllowedOAuthFlows", list(&oauth_flows)),
        ("AllowedOAuthScopes", list(&scopes)),
        ("CallbackURLs", list(&oauth.callbacks)),
        ("DefaultRedirectURI", json!(oauth.default_callback)),
        ("LogoutURLs", list(&oauth.logouts)),
    ])
}

/// Converts a list to JSON. Returns `null` if the list is empty.
fn list<T: Serialize>(list: &[T]) -> Value {
    if list.is_empty() {
        Value::Null
    } else {
        json!(list)
    }
}
