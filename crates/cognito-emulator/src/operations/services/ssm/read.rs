//! The operations `GetParameter` and `GetParameters`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{arn, describe_version, not_found, version_not_found, with_parameters};
use crate::model::failure::{Answer, Failure};
use crate::state::call::Call;
use crate::state::parameters::{Parameter, Version};

pub(crate) fn get(call: &Call<'_>) -> Answer {
    let name = call.required("Name")?;
    let decrypt = call.flag("WithDecryption");
    with_parameters(call, |parameters| {
        let found = select(parameters, name)?;
        Ok(json!({ "Parameter": describe(call, &found, decrypt) }))
    })
}

/// Handles `GetParameters`. Missing parameters are not an error: the response lists their names in
/// `InvalidParameters`.
pub(crate) fn get_all(call: &Call<'_>) -> Answer {
    let names: Vec<&str> = call.member("Names")?;
    let decrypt = call.flag("WithDecryption");
    with_parameters(call, |parameters| {
        let (mut found, mut invalid) = (Vec::new(), Vec::new());
        for name in names {
            match select(parameters, name) {
                Ok(selected) => found.push(describe(call, &selected, decrypt)),
                Err(_) => invalid.push(name),
            }
        }
        Ok(json!({ "Parameters": found, "InvalidParameters": invalid }))
    })
}

/// The version of an SSM parameter that a request selects.
pub(super) struct Selected<'a> {
    pub(super) name: &'a str,
    pub(super) version: &'a Version,
    /// The number or the label of a version in the request, with the colon before it. `None` for
    /// the newest version.
    pub(super) selector: Option<String>,
}

/// Finds a version of a parameter. `name` is a name or an ARN, and a colon with the number or the
/// label of a version may follow. Fails with `ParameterNotFound` or `ParameterVersionNotFound`.
fn select<'a>(
    parameters: &'a BTreeMap<String, Parameter>,
    name: &str,
) -> Result<Selected<'a>, Failure> {
    let (name, selector) = match name.split_once(":parameter/") {
        Some((start, rest)) if start.starts_with("arn:") => {
            let (rest, selector) = split(rest);
            let path = format!("/{rest}");
            let is_path = parameters.contains_key(&path);
            (if is_path { path } else { rest.to_owned() }, selector)
        }
        _ => {
            let (name, selector) = split(name);
            (name.trim().to_owned(), selector)
        }
    };
    let found = parameters.get_key_value(&name).ok_or_else(not_found)?;
    let (name, parameter) = found;
    let version = match selector {
        None => parameter.latest(),
        Some(selector) => {
            let found = parameter.find(selector);
            found.ok_or_else(|| version_not_found(name, selector))?
        }
    };
    let selector = selector.map(|selector| format!(":{selector}"));
    Ok(Selected {
        name,
        version,
        selector,
    })
}

fn split(name: &str) -> (&str, Option<&str>) {
    let parts = name.split_once(':');
    parts.map_or((name, None), |(name, selector)| (name, Some(selector)))
}

/// Returns the structure `Parameter` of a response.
pub(super) fn describe(call: &Call<'_>, selected: &Selected<'_>, decrypt: bool) -> Value {
    let Selected { name, version, .. } = selected;
    let mut described = describe_version(name, version, decrypt);
    described["ARN"] = json!(arn(call, name));
    described["DataType"] = json!(version.content.data_type);
    if let Some(selector) = &selected.selector {
        described["Selector"] = json!(selector);
    }
    described
}
