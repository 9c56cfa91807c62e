//! `AddUserPoolClientSecret`, `ListUserPoolClientSecrets`, `DeleteUserPoolClientSecret`.

use serde_json::{Value, json};

use crate::model::client::Secret;
use crate::model::failure::{Answer, Failure};
use crate::model::time::timestamp;
use crate::operations::pools::clients::{change, generate};
use crate::state::call::Call;

/// The maximum number of secrets of a client (`AddUserPoolClientSecret`).
const MOST_SECRETS: usize = 2;

/// `AddUserPoolClientSecret`.
pub(crate) fn add(call: &Call<'_>) -> Answer {
    let brought = call.text("ClientSecret");
    call.check_pool()?;
    let mut described = Value::Null;
    change(call, |client| {
        if client.secrets.is_empty() {
            return Err(Failure::invalid_parameter(
                "A secret cannot be added to a client that was created without one.",
            ));
        }
        if client.secrets.len() >= MOST_SECRETS {
            return Err(Failure::new(
                "LimitExceededException",
                format!("A client has up to {MOST_SECRETS} secrets."),
            ));
        }
        let text = brought.map_or_else(|| generate(&call.service.random), ToOwned::to_owned);
        let secret = client.add_secret(text, call.now);
        described = describe(secret);
        // A caller who sets a secret already has it.
        if brought.is_none() {
            described["ClientSecretValue"] = json!(secret.text);
        }
        Ok(())
    })?;
    Ok(json!({ "ClientSecretDescriptor": described }))
}

/// `ListUserPoolClientSecrets`. It never returns a secret.
pub(crate) fn list(call: &Call<'_>) -> Answer {
    call.check_pool()?;
    let client = call.client()?;
    let list: Value = client.secrets.iter().map(describe).collect();
    Ok(json!({ "ClientSecrets": list }))
}

/// `DeleteUserPoolClientSecret`.
pub(crate) fn delete(call: &Call<'_>) -> Answer {
    let id = call.required("ClientSecretId")?;
    call.check_pool()?;
    change(call, |client| {
        let place = client.secrets.iter().position(|secret| secret.id == id);
        let place = place.ok_or_else(|| Failure::not_found("Client secret does not exist."))?;
        if client.secrets.len() == 1 {
            return Err(Failure::invalid_parameter(
                "The last secret of a client cannot be deleted.",
            ));
        }
        client.secrets.remove(place);
        Ok(())
    })?;
    Ok(Value::Null)
}

fn describe(secret: &Secret) -> Value {
    json!({
        "ClientSecretId": secret.id,
        "ClientSecretCreateDate": timestamp(secret.created),
    })
}
