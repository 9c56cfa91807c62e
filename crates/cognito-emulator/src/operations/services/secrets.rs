//! The operations of Secrets Manager.

pub(super) mod delete;
pub(super) mod details;
pub(super) mod list;
pub(crate) mod managed;
pub(super) mod stages;
pub(super) mod value;
pub(super) mod write;

use serde_json::{Value, json};

use crate::model::failure::Failure;
use crate::state::call::Call;
use crate::state::entries::watched::WatchedMap;
use crate::state::secrets::Secret;

/// The characters of the random suffix of a secret's ARN.
const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// The length of the random suffix of a secret's ARN, without the hyphen before it.
const SUFFIX: usize = 6;

/// Removes the secrets whose recovery window has ended. Then runs `work` with the other secrets of
/// the caller's account.
fn with_secrets<T>(call: &Call<'_>, work: impl FnOnce(&mut WatchedMap<Secret>) -> T) -> T {
    let mut accounts = call.pools.secrets.lock();
    let secrets = accounts.of(call.account);
    secrets.retain(|secret| secret.deletion.is_none_or(|at| at > call.now));
    work(secrets)
}

/// Runs `work` with the secret in `SecretId`. Fails if the secret does not exist or if its deletion
/// is scheduled.
fn with_secret<T>(
    call: &Call<'_>,
    work: impl FnOnce(&mut Secret) -> Result<T, Failure>,
) -> Result<T, Failure> {
    with_secrets(call, |secrets| {
        let secret = find(secrets, call.required("SecretId")?)?;
        if secret.deletion.is_some() {
            return invalid_request(
                "You can't perform this operation on the secret because it was marked for \
                 deletion.",
            );
        }
        work(secret)
    })
}

/// Fails if an AWS service manages the secret. Only the service can change it.
fn check_owner(secret: &Secret) -> Result<(), Failure> {
    match secret.owner {
        None => Ok(()),
        Some(owner) => invalid_request(format!(
            "You can't perform this operation on the secret because it is managed by {owner}."
        )),
    }
}

/// Finds a secret by its name, its ARN, or its ARN without the random suffix.
fn find<'a>(secrets: &'a mut WatchedMap<Secret>, id: &str) -> Result<&'a mut Secret, Failure> {
    let place = match id.split_once(":secret:") {
        Some((start, rest)) if start.starts_with("arn:") => {
            let end = rest.len().saturating_sub(SUFFIX + 1);
            let names = [rest.get(..end).unwrap_or_default(), rest];
            let is_meant = |secret: &Secret| {
                let end = secret.arn.len() - SUFFIX - 1;
                secret.arn == id || secret.arn.get(..end) == Some(id)
            };
            names
                .into_iter()
                .find(|name| secrets.get(*name).is_some_and(is_meant))
        }
        _ => Some(id),
    };
    let found = place.and_then(|place| secrets.get_mut(place));
    found.ok_or_else(|| Failure::not_found("Secrets Manager can't find the specified secret."))
}

fn new_arn(call: &Call<'_>, name: &str) -> String {
    let region = call.region.unwrap_or(&call.service.settings.region);
    let end = call.service.random.word(SUFFIX, LETTERS);
    format!(
        "arn:aws:secretsmanager:{region}:{}:secret:{name}-{end}",
        call.account
    )
}

fn invalid_request<T>(message: impl Into<String>) -> Result<T, Failure> {
    Err(Failure::new("InvalidRequestException", message.into()))
}

/// Returns the members `ARN` and `Name`, which most responses contain.
fn named(secret: &Secret) -> Value {
    json!({ "ARN": secret.arn, "Name": secret.name })
}
