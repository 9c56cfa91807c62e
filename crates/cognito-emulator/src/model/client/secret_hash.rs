//! The `SECRET_HASH` that requests of an app client with a secret contain.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::model::client::{Client, Secret};
use crate::model::failure::Failure;

/// Returns the `SECRET_HASH` of a client and a user name, made with the oldest secret. Returns
/// `None` if the client has no secret.
pub(crate) fn secret_hash(client: &Client, username: &str) -> Option<String> {
    let secret = client.secrets.first()?;
    Some(hash_with(secret, username, &client.id))
}

/// Returns the HMAC-SHA256 of the user name and the client id in Base64. The key is the client
/// secret.
fn hash_with(secret: &Secret, username: &str, id: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.text.as_bytes());
    let mut context = hmac::Context::with_key(&key);
    context.update(username.as_bytes());
    context.update(id.as_bytes());
    STANDARD.encode(context.sign())
}

/// Checks the `SECRET_HASH` of a request. If the client has a secret, a valid hash is required. If
/// the client has no secret, a hash is an error.
pub(crate) fn check_secret_hash(
    client: &Client,
    username: &str,
    given: Option<&str>,
) -> Result<(), Failure> {
    let id = &client.id;
    let mismatch =
        || Failure::not_authorized(format!("Unable to verify secret hash for client {id}"));
    match given {
        None if client.secrets.is_empty() => Ok(()),
        None => Err(Failure::not_authorized(format!(
            "Client {id} is configured with secret but SECRET_HASH was not received"
        ))),
        Some(_) if client.secrets.is_empty() => Err(Failure::invalid_parameter(format!(
            "Client {id} is not configured for secret but secret hash was received"
        ))),
        Some(given) => {
            let is_right = |secret: &Secret| {
                let expected = hash_with(secret, username, id);
                verify_slices_are_equal(expected.as_bytes(), given.as_bytes()).is_ok()
            };
            // If a client has several secrets, a hash that was made with any of them is valid.
            let found = client.secrets.iter().any(is_right);
            found.then_some(()).ok_or_else(mismatch)
        }
    }
}
