//! The operations `CreateSecret`, `PutSecretValue` and `UpdateSecret`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;

use super::{check_owner, invalid_request, named, new_arn, with_secret, with_secrets};
use crate::model::failure::{Answer, Failure};
use crate::state::call::Call;
use crate::state::secrets::{CURRENT, MOST_SECRETS, Secret, SecretValue};

/// The maximum size of the value of a secret, in bytes.
const MOST_BYTES: usize = 65536;

/// The maximum number of tags of a secret.
pub(super) const MOST_TAGS: usize = 50;

/// A tag that a request adds to a secret.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag<'a> {
    key: Option<&'a str>,
    value: Option<&'a str>,
}

pub(crate) fn create(call: &Call<'_>) -> Answer {
    let name = call.required("Name")?;
    check_name(name)?;
    let value = value(call)?;
    let token = token(call);
    for member in ["AddReplicaRegions", "CrossAccountPrimaryARN"] {
        if call.fields.contains_key(member) {
            return invalid_request("the emulator does not replicate secrets");
        }
    }
    with_secrets(call, |secrets| {
        if let Some(secret) = secrets.get(name) {
            return repeated(secret, &token, value.as_ref());
        }
        if secrets.len() >= MOST_SECRETS {
            let message = "The emulator stores at most 10,000 secrets of an account.";
            return Err(Failure::new("LimitExceededException", message));
        }
        let mut secret = Secret::new(name.to_owned(), new_arn(call, name), call.now);
        add_tags(&mut secret, &call.member::<Vec<Tag<'_>>>("Tags")?)?;
        describe(call, &mut secret);
        let mut answer = named(&secret);
        if let Some(value) = value {
            secret.add(token.clone(), value, call.now);
            secret.stage(&token, CURRENT);
            answer["VersionId"] = json!(token);
        }
        secrets.insert(name.to_owned(), secret);
        Ok(answer)
    })
}

/// Handles a `CreateSecret` request with the name of an existing secret. If the request has the
/// same `ClientRequestToken` and value as an existing version, the request is a repetition and
/// succeeds.
fn repeated(secret: &Secret, token: &str, value: Option<&SecretValue>) -> Answer {
    if secret.deletion.is_some() {
        return invalid_request(
            "You can't create this secret because a secret with this name is already scheduled \
             for deletion.",
        );
    }
    let version = secret.version(token);
    if version.is_some_and(|version| Some(&version.value) == value) {
        let mut answer = named(secret);
        answer["VersionId"] = json!(token);
        return Ok(answer);
    }
    let name = &secret.name;
    let message = format!("The operation failed because the secret {name} already exists.");
    Err(Failure::new("ResourceExistsException", message))
}

/// Handles `PutSecretValue`. The new version gets the staging label `AWSCURRENT` if the request has
/// no `VersionStages`, or if it is the first version of the secret.
pub(crate) fn put(call: &Call<'_>) -> Answer {
    let Some(value) = value(call)? else {
        return invalid_request("You must provide either SecretString or SecretBinary.");
    };
    let token = token(call);
    let mut stages: Vec<&str> = call.member("VersionStages")?;
    with_secret(call, |secret| {
        check_owner(secret)?;
        if (stages.is_empty() || secret.versions.is_empty()) && !stages.contains(&CURRENT) {
            stages.push(CURRENT);
        }
        if add(secret, &token, value, call)? {
            for stage in stages {
                secret.stage(&token, stage);
            }
        }
        let mut answer = named(secret);
        answer["VersionId"] = json!(token);
        answer["VersionStages"] = json!(secret.version(&token).map(|version| &version.stages));
        Ok(answer)
    })
}

/// Handles `UpdateSecret`. Members that the request omits are not changed.
pub(crate) fn update(call: &Call<'_>) -> Answer {
    let value = value(call)?;
    let token = token(call);
    with_secret(call, |secret| {
        check_owner(secret)?;
        let mut answer = named(secret);
        if let Some(value) = value {
            if add(secret, &token, value, call)? {
                secret.stage(&token, CURRENT);
            }
            answer["VersionId"] = json!(token);
        }
        secret.changed = call.now;
        describe(call, secret);
        Ok(answer)
    })
}

/// Adds a version with the id `token` to the secret. Returns `false` if the secret already has this
/// version with the same value. Fails if the version has another value.
fn add(
    secret: &mut Secret,
    token: &str,
    value: SecretValue,
    call: &Call<'_>,
) -> Result<bool, Failure> {
    match secret.version(token) {
        Some(version) if version.value == value => Ok(false),
        Some(_) => {
            let message = format!(
                "You can't use ClientRequestToken {token} because that value is already in use \
                 for a version of secret {}.",
                secret.arn
            );
            Err(Failure::new("ResourceExistsException", message))
        }
        None => {
            secret.add(token.to_owned(), value, call.now);
            Ok(true)
        }
    }
}

/// Sets the description and the KMS key of a secret, if the request contains them.
fn describe(call: &Call<'_>, secret: &mut Secret) {
    let text = |member: &str| call.text(member).map(ToOwned::to_owned);
    if let Some(description) = text("Description") {
        secret.description = Some(description);
    }
    if let Some(key) = text("KmsKeyId") {
        secret.key_id = Some(key);
    }
}

/// Adds tags to a secret. A tag with the same key is replaced.
pub(super) fn add_tags(secret: &mut Secret, tags: &[Tag<'_>]) -> Result<(), Failure> {
    let mut all = secret.tags.clone();
    for tag in tags {
        let Some(key) = tag.key else {
            return Err(Failure::invalid_parameter("A tag must have a key."));
        };
        all.insert(key.to_owned(), tag.value.unwrap_or_default().to_owned());
    }
    if all.len() > MOST_TAGS {
        let message = format!("A secret can have at most {MOST_TAGS} tags.");
        return Err(Failure::invalid_parameter(message));
    }
    secret.tags = all;
    Ok(())
}

/// Returns the id of the new version: `ClientRequestToken` of the request, or a random UUID.
fn token(call: &Call<'_>) -> String {
    let given = call.text("ClientRequestToken").map(ToOwned::to_owned);
    given.unwrap_or_else(|| call.service.random.uuid())
}

/// Returns the secret value in a request: `SecretString` or `SecretBinary`. Returns `None` if the
/// request has neither. Fails if it has both, or if the value is too long.
fn value(call: &Call<'_>) -> Result<Option<SecretValue>, Failure> {
    match (call.text("SecretString"), call.text("SecretBinary")) {
        (Some(_), Some(_)) => Err(Failure::invalid_parameter(
            "You can't specify both SecretString and SecretBinary.",
        )),
        (Some(text), None) if text.len() > MOST_BYTES => Err(too_long("secretString")),
        (Some(text), None) => Ok(Some(SecretValue::Text(text.to_owned()))),
        (None, Some(binary)) => match STANDARD.decode(binary) {
            Err(_) => Err(Failure::serialization("SecretBinary is not valid base64")),
            Ok(bytes) if bytes.len() > MOST_BYTES => Err(too_long("secretBinary")),
            Ok(_) => Ok(Some(SecretValue::Binary(binary.to_owned()))),
        },
        (None, None) => Ok(None),
    }
}

fn too_long(member: &str) -> Failure {
    let message = format!(
        "1 validation error detected: Value at '{member}' failed to satisfy constraint: Member \
         must have length less than or equal to {MOST_BYTES}"
    );
    Failure::new("ValidationException", message)
}

fn check_name(name: &str) -> Result<(), Failure> {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || "-/_+=.@!".contains(c);
    if name.chars().all(is_letter) {
        return Ok(());
    }
    Err(Failure::new(
        "ValidationException",
        "Invalid name. Must be a valid name containing alphanumeric characters, or any of the \
         following: -/_+=.@!",
    ))
}
