//! The operations of the SSM Parameter Store.

pub(super) mod history;
pub(super) mod labels;
pub(super) mod list;
pub(super) mod read;
pub(super) mod tags;
pub(super) mod write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::model::failure::Failure;
use crate::model::time::timestamp;
use crate::state::call::Call;
use crate::state::entries::watched::WatchedMap;
use crate::state::parameters::{Content, Parameter, Version};

/// Runs `work` with the parameters of the caller's account.
fn with_parameters<T>(call: &Call<'_>, work: impl FnOnce(&mut WatchedMap<Parameter>) -> T) -> T {
    let mut accounts = call.pools.parameters.lock();
    work(accounts.of(call.account))
}

fn invalid<T>(message: impl Into<String>) -> Result<T, Failure> {
    Err(Failure::new("ValidationException", message.into()))
}

/// Returns the exception for an SSM parameter that does not exist. It has no message, as in AWS.
fn not_found() -> Failure {
    Failure::new("ParameterNotFound", "")
}

fn version_not_found(name: &str, version: &str) -> Failure {
    let message = format!(
        "Systems Manager could not find version {version} of {name}. Verify the version and try \
         again."
    );
    Failure::new("ParameterVersionNotFound", message)
}

fn arn(call: &Call<'_>, name: &str) -> String {
    let region = call.region.unwrap_or(&call.service.settings.region);
    let separator = if name.starts_with('/') { "" } else { "/" };
    let account = call.account;
    format!("arn:aws:ssm:{region}:{account}:parameter{separator}{name}")
}

/// Returns the value for a response. Without `decrypt`, the value of a `SecureString` is opaque,
/// like a ciphertext.
fn shown_value(name: &str, version: &Version, decrypt: bool) -> String {
    if version.content.kind == "SecureString" && !decrypt {
        return STANDARD.encode(format!("encrypted:{name}:{}", version.number));
    }
    version.content.value.clone()
}

/// Returns the members that describe a parameter version and its value. Each operation that returns
/// parameter values returns at least these members.
fn describe_version(name: &str, version: &Version, decrypt: bool) -> Value {
    json!({
        "Name": name,
        "Type": version.content.kind,
        "Value": shown_value(name, version, decrypt),
        "Version": version.number,
        "LastModifiedDate": timestamp(version.modified),
    })
}

fn tier(content: &Content) -> &'static str {
    if content.is_advanced {
        "Advanced"
    } else {
        "Standard"
    }
}

/// Adds to `described` the settings of a parameter version that `GetParameterHistory` and
/// `DescribeParameters` return.
fn describe_settings(call: &Call<'_>, content: &Content, described: &mut Value) {
    let account = call.account;
    described["LastModifiedUser"] = format!("arn:aws:iam::{account}:root").into();
    described["Tier"] = tier(content).into();
    described["DataType"] = content.data_type.clone().into();
    described["Policies"] = Value::Array(Vec::new());
    for (name, value) in [
        ("AllowedPattern", &content.allowed_pattern),
        ("Description", &content.description),
        ("KeyId", &content.key_id),
    ] {
        if let Some(value) = value {
            described[name] = value.clone().into();
        }
    }
}
