//! An app client in the form of `DescribeUserPoolClient`.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::model::client::oauth::{OAuth, OAuthFlow};
use crate::model::client::{AuthFlow, Client};
use crate::model::time::timestamp;
use crate::state::call::Call;

/// `UserPoolClientType`.
pub(super) fn client(call: &Call<'_>, client: &Client) -> Value {
    let mut described = summary(call, client);
    described["CreationDate"] = timestamp(client.created);
    described["LastModifiedDate"] = timestamp(client.modified);
    if let Some(secret) = client.secrets.first() {
        described["ClientSecret"] = json!(secret.text);
    }
    let told = client.told.clone();
    for (name, value) in told.unwrap_or_else(|| settings(client)) {
        described[name] = value;
    }
    described
}

/// `UserPoolClientDescription`.
pub(super) fn summary(call: &Call<'_>, client: &Client) -> Value {
    json!({
        "ClientId": client.id,
        "ClientName": client.name,
        "UserPoolId": call.service.settings.pool_id,
    })
}

/// Returns the settings of a client that was created in process.
fn settings(client: &Client) -> Map<String, Value> {
    let flows: Vec<_> = AuthFlow::ALL
        .into_iter()
        .filter(|flow| client.allows(*flow))
        .map(AuthFlow::setting)
        .collect();
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
    [
        ("ExplicitAuthFlows", Some(json!(flows))),
        ("AccessTokenValidity", Some(seconds(client.access_validity))),
        ("IdTokenValidity", Some(seconds(client.id_validity))),
        (
            "RefreshTokenValidity",
            Some(seconds(client.refresh_validity)),
        ),
        ("TokenValidityUnits", Some(units)),
        (
            "AuthSessionValidity",
            Some(json!(client.session_validity.as_secs() / 60)),
        ),
        ("EnableTokenRevocation", Some(json!(client.revocation))),
        ("PreventUserExistenceErrors", Some(json!(hides_users))),
        ("RefreshTokenRotation", rotation),
        (
            "ReadAttributes",
            client.readable.as_ref().map(|names| json!(names)),
        ),
        (
            "WriteAttributes",
            client.writable.as_ref().map(|names| json!(names)),
        ),
    ]
    .into_iter()
    .chain(oauth(&client.oauth))
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    .collect()
}

fn oauth(oauth: &OAuth) -> [(&'static str, Option<Value>); 6] {
    let list = |list: &[String]| (!list.is_empty()).then(|| json!(list));
    let flows: Vec<_> = oauth
        .flows
        .iter()
        .map(|flow| OAuthFlow::setting(*flow))
        .collect();
    let scopes: Vec<_> = oauth.scopes.iter().cloned().collect();
    [
        (
            "AllowedOAuthFlowsUserPoolClient",
            Some(json!(oauth.enabled)),
        ),
        (
            "AllowedOAuthFlows",
            (!flows.is_empty()).then(|| json!(flows)),
        ),
        ("AllowedOAuthScopes", list(&scopes)),
        ("CallbackURLs", list(&oauth.callbacks)),
        (
            "DefaultRedirectURI",
            oauth.default_callback.as_ref().map(|url| json!(url)),
        ),
        ("LogoutURLs", list(&oauth.logouts)),
    ]
}

fn seconds(validity: Duration) -> Value {
    json!(validity.as_secs())
}
