//! The SSM Parameter Store, as far as settings are read from it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::model::failure::{Answer, Failure};
use crate::model::form::{ANY, Form};
use crate::model::time::timestamp;
use crate::state::call::Call;
use crate::state::parameters::Parameter;

/// The largest number of names in one `GetParameters`.
const MOST_NAMES: usize = 10;

/// `GetParameter`.
pub(crate) fn get_parameter(call: &Call<'_>) -> Answer {
    let mut form = call.form();
    let name = form.required("Name", &ANY);
    let decrypt = form.flag("WithDecryption").unwrap_or(false);
    finish(form)?;
    let parameter = call.service.parameters.read(name);
    let parameter = parameter.ok_or_else(|| Failure::new("ParameterNotFound", ""))?;
    Ok(json!({ "Parameter": describe(call, name, &parameter, decrypt) }))
}

/// `GetParameters`: missing parameters are listed, and are not an error.
pub(crate) fn get_parameters(call: &Call<'_>) -> Answer {
    let mut form = call.form();
    form.must_have("Names");
    let names = form.names("Names", &ANY);
    let decrypt = form.flag("WithDecryption").unwrap_or(false);
    finish(form)?;
    if names.is_empty() || names.len() > MOST_NAMES {
        return Err(Failure::new(
            "ValidationException",
            format!(
                "1 validation error detected: Value at 'names' failed to satisfy constraint: \
                 Member must have length less than or equal to {MOST_NAMES}"
            ),
        ));
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

/// `PutParameter`.
pub(crate) fn put_parameter(call: &Call<'_>) -> Answer {
    let mut form = call.form();
    let name = form.required("Name", &ANY);
    let value = form.required("Value", &ANY);
    let kind = form.optional("Type", &ANY);
    let overwrite = form.flag("Overwrite").unwrap_or(false);
    finish(form)?;
    let old = call.service.parameters.read(name);
    if old.is_some() && !overwrite {
        return Err(Failure::new(
            "ParameterAlreadyExists",
            "The parameter already exists. To overwrite this value, set the overwrite option in \
             the request to true.",
        ));
    }
    let kind = match (kind, old) {
        (Some("String"), _) => "String",
        (Some("StringList"), _) => "StringList",
        (Some("SecureString"), _) => "SecureString",
        (None, Some(old)) => old.kind,
        _ => {
            return Err(Failure::new(
                "ValidationException",
                "A parameter type is required when you create a parameter.",
            ));
        }
    };
    let parameters = &call.service.parameters;
    let version = parameters.write(name.to_owned(), kind, value.to_owned(), call.now);
    Ok(json!({ "Version": version, "Tier": "Standard" }))
}

/// Returns the form's error with SSM's name for it.
fn finish(form: Form<'_>) -> Result<(), Failure> {
    form.finish()
        .map_err(|failure| failure.renamed("InvalidParameterException", "ValidationException"))
}

fn describe(call: &Call<'_>, name: &str, parameter: &Parameter, decrypt: bool) -> Value {
    let settings = &call.service.settings;
    let value = if parameter.kind == "SecureString" && !decrypt {
        // Opaque, as ciphertext is; nothing is to be read from it.
        STANDARD.encode(format!("encrypted:{name}:{}", parameter.version))
    } else {
        parameter.value.clone()
    };
    let separator = if name.starts_with('/') { "" } else { "/" };
    let region = &settings.region;
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
