//! Converts the parameters of the query protocol to the members of a request.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::api::Api;
use super::shape::{Kind, Model, Shape};
use super::table::model;

/// A parameter: the part of its name that was not converted yet, and its value. For
/// `Tags.member.1.Key`, this part is `member.1.Key` after `Tags` was converted.
type Parameter<'a> = (&'a str, &'a str);

/// Returns the members of a request from the parameters of the query protocol, such as
/// `Tags.member.1.Key`. Parameters that the service model does not have are ignored, as in AWS.
pub(crate) fn members(
    api: Api,
    operation: &str,
    parameters: &[Parameter<'_>],
) -> Map<String, Value> {
    let input = model(api).and_then(|model| {
        let name = model.operations.get(operation)?.input?;
        Some((model, model.shapes.get(name)?))
    });
    input.map_or_else(Map::new, |(model, shape)| {
        structure(model, shape, parameters)
    })
}

fn structure(model: &Model, shape: &Shape, parameters: &[Parameter<'_>]) -> Map<String, Value> {
    let mut groups: BTreeMap<&str, Vec<Parameter<'_>>> = BTreeMap::new();
    for (name, value) in parameters {
        let (first, rest) = name.split_once('.').unwrap_or((name, ""));
        groups.entry(first).or_default().push((rest, value));
    }
    let known = groups.into_iter().filter_map(|(name, parameters)| {
        let member = model.shapes.get(*shape.members.get(name)?)?;
        Some((name.to_owned(), value(model, member, &parameters)?))
    });
    known.collect()
}

fn value(model: &Model, shape: &Shape, parameters: &[Parameter<'_>]) -> Option<Value> {
    match shape.kind {
        Kind::Structure => Some(Value::Object(structure(model, shape, parameters))),
        Kind::List => {
            let member = model.shapes.get(shape.member)?;
            let mut items: BTreeMap<usize, Vec<Parameter<'_>>> = BTreeMap::new();
            for (name, value) in parameters {
                let Some(name) = name.strip_prefix("member.") else {
                    continue;
                };
                let (place, rest) = name.split_once('.').unwrap_or((name, ""));
                if let Ok(place) = place.parse() {
                    items.entry(place).or_default().push((rest, value));
                }
            }
            let items = items.values();
            Some(
                items
                    .filter_map(|item| value(model, member, item))
                    .collect(),
            )
        }
        kind => {
            let (_, text) = parameters.iter().find(|(rest, _)| rest.is_empty())?;
            Some(simple(kind, text))
        }
    }
}

/// Converts a string to a JSON value of the type `kind`. A string that is not a value of this type
/// stays a string, and validation rejects it later.
fn simple(kind: Kind, text: &str) -> Value {
    let converted = match kind {
        Kind::Integer | Kind::Long => text.parse::<i64>().ok().map(Value::from),
        Kind::Boolean => text.parse::<bool>().ok().map(Value::from),
        _ => None,
    };
    converted.unwrap_or_else(|| Value::from(text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parameters_become_typed_members() {
        let parameters = [
            ("Action", "CreateRole"),
            ("RoleName", "1"),
            ("MaxSessionDuration", "3600"),
            ("Tags.member.2.Key", "b"),
            ("Tags.member.1.Value", "1"),
            ("Tags.member.1.Key", "a"),
            ("Tags.entry.1", "ignored"),
        ];
        let found = members(Api::Iam, "CreateRole", &parameters);
        let expected = json!({
            "RoleName": "1",
            "MaxSessionDuration": 3600,
            "Tags": [{ "Key": "a", "Value": "1" }, { "Key": "b" }],
        });
        assert_eq!(Value::Object(found), expected);
    }
}
