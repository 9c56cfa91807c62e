//! The operations `GetParameter`, `GetParameters` and `PutParameter` of the SSM Parameter Store.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::failure::{Answer, Failure};
use crate::model::time::timestamp;
use crate::state::call::Call;
use crate::state::parameters::Parameter;

const MOST_NAMES: usize = 10;

const KINDS: [&str; 3] = ["SecureString", "String", "StringList"];

pub(crate) fn get_parameter(call: &Call<'_>) -> Answer {
    let name = required(call, "Name")?;
    let decrypt = flag(call, "WithDecryption")?;
    let parameter = call.service.parameters.read(name);
    let parameter = parameter.ok_or_else(|| Failure::new("ParameterNotFound", ""))?;
    Ok(json!({ "Parameter": describe(call, name, &parameter, decrypt) }))
}

/// Handles `GetParameters`. Missing parameters are not an error: the response lists their names in
/// `InvalidParameters`.
pub(crate) fn get_parameters(call: &Call<'_>) -> Answer {
    let names: Vec<&str> =
        member(call, "Names", "a List of Strings")?.ok_or_else(|| missing("names"))?;
    let decrypt = flag(call, "WithDecryption")?;
    if names.is_empty() || names.len() > MOST_NAMES {
        let constraint = format!("have length less than or equal to {MOST_NAMES}");
        return Err(unsatisfied("names", &constraint));
    }
    let (mut found, mut invalid) = (Vec::new(), Vec::new());
    for name in names {
        match call.service.parameters.read(name) {
            Some(parameter) => found.push(describe(call, name, &parameter, decrypt)),
            None => invalid.push(name),
        }
    }
    Ok(json!({ "Parameters": found, "InvalidParameters": invalid }))
}

pub(crate) fn put_parameter(call: &Call<'_>) -> Answer {
    let name = required(call, "Name")?;
    let value = required(call, "Value")?;
    let kind: Option<&str> = member(call, "Type", "a String")?;
    let overwrite = flag(call, "Overwrite")?;
    let old = call.service.parameters.read(name);
    if old.is_some() && !overwrite {
        return Err(Failure::new(
            "ParameterAlreadyExists",
            "The parameter already exists. To overwrite this value, set the overwrite option in \
             the request to true.",
        ));
    }
    let kind = match kind {
        Some(kind) => KINDS.into_iter().find(|known| *known == kind),
        None => old.map(|old| old.kind),
    };
    let kind = kind.ok_or_else(|| {
        let message = "A parameter type is required when you create a parameter.";
        Failure::new("ValidationException", message)
    })?;
    let parameters = &call.service.parameters;
    let version = parameters.write(name.to_owned(), kind, value.to_owned(), call.now);
    Ok(json!({ "Version": version, "Tier": "Standard" }))
}

/// Returns a member of the request, or `None` if it is missing. Fails if the member has another
/// type. `kind` names the required type in the message. The service model contains only Cognito, so
/// no earlier code validates requests to SSM.
fn member<'a, T: Deserialize<'a>>(
    call: &Call<'a>,
    name: &str,
    kind: &str,
) -> Result<Option<T>, Failure> {
    let value = call.fields.get(name).unwrap_or(&Value::Null);
    let message = || format!("Value can not be converted to {kind}");
    Option::deserialize(value).map_err(|_| Failure::new("SerializationException", message()))
}

fn required<'a>(call: &Call<'a>, name: &str) -> Result<&'a str, Failure> {
    member(call, name, "a String")?.ok_or_else(|| missing(&name.to_lowercase()))
}

fn flag(call: &Call<'_>, name: &str) -> Result<bool, Failure> {
    Ok(member(call, name, "a Boolean")?.unwrap_or(false))
}

fn missing(name: &str) -> Failure {
    unsatisfied(name, "not be null")
}

fn unsatisfied(name: &str, constraint: &str) -> Failure {
    let message = format!(
        "1 validation error detected: Value at '{name}' failed to satisfy constraint: Member must \
         {constraint}"
    );
    Failure::new("ValidationException", message)
}

fn describe(call: &Call<'_>, name: &str, parameter: &Parameter, decrypt: bool) -> Value {
    let value = if parameter.kind == "SecureString" && !decrypt {
        // The value is opaque, like a ciphertext.
        STANDARD.encode(format!("encrypted:{name}:{}", parameter.version))
    } else {
        parameter.value.clone()
    };
    let separator = if name.starts_with('/') { "" } else { "/" };
    let region = &call.service.settings.region;
    json!({
        "Name": name,
        "Type": parameter.kind,
        "Value": value,
        "Version": parameter.version,
        "LastModifiedDate": timestamp(parameter.modified),
        "ARN": format!("arn:aws:ssm:{region}:123456789012:parameter{separator}{name}"),
        "DataType": "text",
    })
}
