//! The SSM Parameter Store: as much of it as settings are read from.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::model::form::{ANY, Form};
use crate::model::wire::{Answer, Failure, timestamp};
use crate::state::service::Call;

/// Names that one `GetParameters` may ask for.
const MOST_NAMES: usize = 10;

/// The parameters. Clones share them.
#[derive(Clone, Default)]
pub struct ParameterStore(Arc<Mutex<BTreeMap<String, Parameter>>>);

#[derive(Clone)]
struct Parameter {
    kind: &'static str,
    value: String,
    version: u64,
    modified: SystemTime,
}

impl ParameterStore {
    /// Writes a `String` parameter, over an older one.
    pub fn put(&self, name: impl Into<String>, value: impl Into<String>) {
        self.write(name.into(), "String", value.into(), UNIX_EPOCH);
    }

    /// Writes a `SecureString` parameter, over an older one. Only calls `WithDecryption` see
    /// its value.
    pub fn put_secure(&self, name: impl Into<String>, value: impl Into<String>) {
        self.write(name.into(), "SecureString", value.into(), UNIX_EPOCH);
    }

    /// Removes a parameter; says whether it was there.
    #[allow(
        clippy::must_use_candidate,
        reason = "whether it was there is a side remark"
    )]
    pub fn remove(&self, name: &str) -> bool {
        self.0.lock().remove(name).is_some()
    }

    pub(crate) fn clear(&self) {
        self.0.lock().clear();
    }

    fn write(&self, name: String, kind: &'static str, value: String, now: SystemTime) -> u64 {
        let mut parameters = self.0.lock();
        let version = parameters.get(&name).map_or(1, |old| old.version + 1);
        let parameter = Parameter {
            kind,
            value,
            version,
            modified: now,
        };
        parameters.insert(name, parameter);
        version
    }

    fn read(&self, name: &str) -> Option<Parameter> {
        self.0.lock().get(name).cloned()
    }
}

/// Security: how many parameters, never their values.
impl fmt::Debug for ParameterStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParameterStore")
            .field("len", &self.0.lock().len())
            .finish()
    }
}

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

/// `GetParameters`: what is not there is listed, not refused.
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

/// SSM calls a malformed request by another name than Cognito.
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
