//! The requests that create, change and delete a part of a pool, such as an app client.

use cognito::{Error, Operation};
use serde_json::{Value, json};

use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::pool_settings::part::Kind;
use crate::pool_settings::read;
use crate::pool_settings::secrets::LEFT_OUT;

/// An operation with the members of its request, without the id of the pool.
pub(super) type Request = (Operation, Value);

/// The members of a pool that `UpdateUserPool` does not accept.
const FIXED: [&str; 4] = [
    "AliasAttributes",
    "Schema",
    "UsernameAttributes",
    "UsernameConfiguration",
];

/// Returns the request that creates a part, or that sets a part that always exists. Returns `None`
/// for a pool, a group and terms, which have other requests.
pub(super) fn create(kind: Kind, goal: &Value) -> Option<Request> {
    let operation = match kind {
        Kind::Pool | Kind::Group | Kind::Terms => return None,
        Kind::ResourceServer => Operation::CreateResourceServer,
        Kind::Branding => Operation::CreateManagedLoginBranding,
        Kind::IdentityProvider => Operation::CreateIdentityProvider,
        Kind::Domain => Operation::CreateUserPoolDomain,
        Kind::Client => {
            let mut members = goal["settings"].clone();
            let secret = &goal["secrets"][0];
            if *secret == LEFT_OUT {
                members["GenerateSecret"] = json!(true);
            } else if secret.is_string() {
                members["ClientSecret"] = secret.clone();
            }
            return Some((Operation::CreateUserPoolClient, members));
        }
        Kind::Mfa
        | Kind::Sessions
        | Kind::Risk
        | Kind::Logs
        | Kind::ClientSessions
        | Kind::UiCustomization => return update(kind, None, goal),
    };
    Some((operation, goal.clone()))
}

/// Returns the request that changes a part. The request contains all settings of the part, because
/// AWS resets the settings that a request does not contain.
///
/// The `ProviderDetails` of an identity provider are an exception: AWS keeps them if the request
/// does not contain them. If the details do not change, the request omits them, because the file
/// may not contain their secrets.
pub(super) fn update(kind: Kind, before: Option<&Value>, goal: &Value) -> Option<Request> {
    let mut members = goal.clone();
    let operation = match kind {
        Kind::Group | Kind::Branding | Kind::Terms => return None,
        Kind::Pool => {
            without(&mut members, &FIXED);
            Operation::UpdateUserPool
        }
        Kind::ResourceServer => Operation::UpdateResourceServer,
        Kind::IdentityProvider => {
            without(&mut members, &["ProviderType"]);
            let details = "ProviderDetails";
            if before.is_some_and(|before| before[details] == goal[details]) {
                without(&mut members, &[details]);
            }
            Operation::UpdateIdentityProvider
        }
        Kind::Domain => Operation::UpdateUserPoolDomain,
        Kind::Client => {
            members = goal["settings"].clone();
            members["ClientId"] = goal["id"].clone();
            Operation::UpdateUserPoolClient
        }
        Kind::Mfa => Operation::SetUserPoolMfaConfig,
        Kind::Sessions => Operation::SetUserPoolSessionConfiguration,
        Kind::Risk => Operation::SetRiskConfiguration,
        Kind::ClientSessions => Operation::SetUserPoolClientSessionConfiguration,
        Kind::UiCustomization => Operation::SetUiCustomization,
        Kind::Logs => {
            let logs = &mut members["LogConfigurations"];
            if logs.is_null() {
                *logs = json!([]);
            }
            Operation::SetLogDeliveryConfiguration
        }
    };
    Some((operation, members))
}

/// Returns the request that changes the style of an app client. `raw` is the style in AWS's
/// response, which has its id.
pub(super) fn update_style(raw: &Value, goal: &Value) -> Request {
    let mut members = goal.clone();
    without(&mut members, &["ClientId"]);
    let id = "ManagedLoginBrandingId";
    members[id] = raw[id].clone();
    (Operation::UpdateManagedLoginBranding, members)
}

/// Returns the request that deletes the style of an app client.
pub(super) fn delete_style(raw: &Value) -> Request {
    let id = "ManagedLoginBrandingId";
    (
        Operation::DeleteManagedLoginBranding,
        json!({ id: raw[id] }),
    )
}

/// Returns the request that deletes a part. Returns `None` for a part that cannot be deleted, and
/// for a part that has other requests.
pub(super) fn delete(kind: Kind, key: &str) -> Option<Request> {
    Some(match kind {
        Kind::Pool
        | Kind::Mfa
        | Kind::Sessions
        | Kind::Logs
        | Kind::Group
        | Kind::ClientSessions
        | Kind::UiCustomization
        | Kind::Branding
        | Kind::Terms => return None,
        Kind::ResourceServer => (
            Operation::DeleteResourceServer,
            json!({ "Identifier": key }),
        ),
        Kind::IdentityProvider => (
            Operation::DeleteIdentityProvider,
            json!({ "ProviderName": key }),
        ),
        Kind::Domain => (Operation::DeleteUserPoolDomain, json!({ "Domain": key })),
        Kind::Client => (Operation::DeleteUserPoolClient, json!({ "ClientId": key })),
        // A request without settings resets the configuration (API reference).
        Kind::Risk if key.is_empty() => (Operation::SetRiskConfiguration, json!({})),
        Kind::Risk => (Operation::SetRiskConfiguration, json!({ "ClientId": key })),
    })
}

/// Sends a request, and returns the response.
///
/// # Errors
///
/// Fails if a value of the request was left out of the file.
pub(super) async fn send(context: &Context, request: Request) -> Outcome<Value> {
    Ok(try_send(context, request).await??)
}

/// Sends a request like [`send`]. An error of AWS is returned as the inner `Err`, so that the
/// caller can handle it. If the outer result is an error, no request was sent.
pub(super) async fn try_send(
    context: &Context,
    (operation, members): Request,
) -> Outcome<Result<Value, Error>> {
    if has_gap(&members) {
        let name = operation.name();
        let text = format!("{name} is not sent, because a value was left out of the file");
        return Err(Failure::usage(text));
    }
    read::try_send(context, operation, members).await
}

fn has_gap(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.values().any(has_gap),
        Value::Array(list) => list.iter().any(has_gap),
        value => *value == LEFT_OUT,
    }
}

/// Returns the settings of a pool without those that `UpdateUserPool` does not accept.
pub(super) fn updatable(pool: &Value) -> Value {
    let mut pool = pool.clone();
    without(&mut pool, &FIXED);
    pool
}

fn without(value: &mut Value, names: &[&str]) {
    if let Value::Object(members) = value {
        members.retain(|name, _| !names.contains(&&**name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn update_contains_all_settings() {
        let pool =
            json!({ "PoolName": "a", "Schema": [], "UsernameAttributes": ["email"], "X": 1 });
        let (_, members) = update(Kind::Pool, None, &pool).unwrap();
        assert_eq!(members, json!({ "PoolName": "a", "X": 1 }));
        let client = json!({ "id": "web", "secrets": ["s"], "settings": { "ClientName": "a" } });
        let (_, members) = update(Kind::Client, None, &client).unwrap();
        assert_eq!(members, json!({ "ClientId": "web", "ClientName": "a" }));
    }

    #[test]
    fn unchanged_provider_details_are_not_sent() {
        let old = json!({ "ProviderName": "a", "ProviderDetails": { "private_key": LEFT_OUT } });
        let mut goal = old.clone();
        goal["IdpIdentifiers"] = json!(["b"]);
        let (_, members) = update(Kind::IdentityProvider, Some(&old), &goal).unwrap();
        let expected = json!({ "ProviderName": "a", "IdpIdentifiers": ["b"] });
        assert_eq!(members, expected);
        assert!(!has_gap(&members));
        assert!(has_gap(&json!({ "List": [goal] })));
        goal["ProviderDetails"] = json!({ "private_key": "k" });
        let (_, members) = update(Kind::IdentityProvider, Some(&old), &goal).unwrap();
        assert_eq!(members["ProviderDetails"], goal["ProviderDetails"]);
    }

    #[test]
    fn new_client_gets_secret_of_file() {
        let mut client = json!({ "id": "web", "secrets": [LEFT_OUT], "settings": {} });
        let (_, members) = create(Kind::Client, &client).unwrap();
        assert_eq!(members, json!({ "GenerateSecret": true }));
        client["secrets"] = json!(["s"]);
        let (_, members) = create(Kind::Client, &client).unwrap();
        assert_eq!(members, json!({ "ClientSecret": "s" }));
    }
}
