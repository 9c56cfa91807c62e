//! `cargo xtask model FILE`: generates the table that the emulator uses to validate requests.
//!
//! FILE is AWS's service model of Cognito user pools (`service-2.json`). The Python package
//! `botocore` contains it in `botocore/data/cognito-idp/2016-04-18/`. The table contains the inputs
//! of the operations, the constraints of their members, the names of the errors, and whether the
//! request must be signed.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Map, Value, json};

/// The path of the table, relative to the root of the repository.
const TABLE: &str = "crates/cognito-emulator/data/cognito-idp.json";

/// The properties of a shape that are copied to the table.
const KEPT: [&str; 7] = [
    "document",
    "enum",
    "max",
    "min",
    "pattern",
    "required",
    "sensitive",
];

/// Reads the service model in `file` and writes the table.
///
/// # Errors
///
/// Fails if the file cannot be read or is not a service model, or if the table cannot be written.
pub(crate) fn run(file: &str) -> crate::Result {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    let model: Value = serde_json::from_str(&text).map_err(|error| format!("{file}: {error}"))?;
    let table = table(&model).ok_or_else(|| {
        format!("{file} is not a service model: use `service-2.json` of `cognito-idp`")
    })?;
    let path = crate::root().join(TABLE);
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&path, table))
        .map_err(|error| format!("{TABLE}: {error}"))
}

/// Returns the table as JSON. Each operation and each shape has its own line, so that a diff is
/// readable. Returns `None` if `model` is not a service model.
fn table(model: &Value) -> Option<String> {
    let (operations, shapes) = (
        model["operations"].as_object()?,
        model["shapes"].as_object()?,
    );
    let mut reached = BTreeSet::new();
    let mut text = String::from("{\n\"operations\": {\n");
    let mut lines = Vec::new();
    for (name, operation) in operations {
        let errors: Vec<&Value> = operation["errors"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|error| &error["shape"])
            .collect();
        let is_signed = operation["authtype"] != "none";
        let mut entry = json!({ "errors": errors, "signed": is_signed });
        if let Some(input) = operation["input"]["shape"].as_str() {
            entry["input"] = json!(input);
            reach(shapes, input, &mut reached);
        }
        lines.push(format!("\"{name}\": {entry}"));
    }
    text.push_str(&lines.join(",\n"));
    text.push_str("\n},\n\"shapes\": {\n");
    let lines: Vec<String> = reached
        .iter()
        .map(|name| format!("\"{name}\": {}", compact(&shapes[*name])))
        .collect();
    text.push_str(&lines.join(",\n"));
    let _ = writeln!(text, "\n}}\n}}");
    Some(text)
}

/// Adds a shape, and all shapes to which it refers, to `reached`.
fn reach<'a>(shapes: &'a Map<String, Value>, name: &'a str, reached: &mut BTreeSet<&'a str>) {
    let Some(shape) = shapes.get(name) else {
        return;
    };
    if !reached.insert(name) {
        return;
    }
    let members = shape["members"].as_object().into_iter().flatten();
    let members = members.map(|(_, member)| member);
    let parts = ["member", "key", "value"].map(|part| &shape[part]);
    for part in members.chain(parts) {
        if let Some(name) = part["shape"].as_str() {
            reach(shapes, name, reached);
        }
    }
}

fn compact(shape: &Value) -> Value {
    let mut kept = json!({ "type": shape["type"] });
    for name in KEPT {
        if let Some(value) = shape.get(name) {
            kept[name] = value.clone();
        }
    }
    for part in ["member", "key", "value"] {
        if let Some(name) = shape[part].get("shape") {
            kept[part] = name.clone();
        }
    }
    if let Some(members) = shape["members"].as_object() {
        let members = members
            .iter()
            .map(|(name, member)| (name.clone(), member["shape"].clone()));
        kept["members"] = Value::Object(members.collect());
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_keeps_inputs_and_their_constraints() {
        let model = json!({
            "operations": { "Get": {
                "authtype": "none",
                "errors": [{ "shape": "NotFound" }],
                "input": { "shape": "GetRequest" },
                "output": { "shape": "GetResponse" },
            }},
            "shapes": {
                "GetRequest": {
                    "type": "structure",
                    "required": ["Name"],
                    "members": { "Name": { "shape": "NameType", "documentation": "no" } },
                },
                "GetResponse": { "type": "structure", "members": {} },
                "NameType": { "type": "string", "max": 3, "documentation": "no" },
            },
        });
        let table = table(&model).expect("a table");
        let table: Value = serde_json::from_str(&table).expect("JSON");
        assert_eq!(
            table,
            json!({
                "operations": { "Get": {
                    "errors": ["NotFound"], "input": "GetRequest", "signed": false,
                }},
                "shapes": {
                    "GetRequest": {
                        "type": "structure", "required": ["Name"], "members": { "Name": "NameType" },
                    },
                    "NameType": { "type": "string", "max": 3 },
                },
            })
        );
    }
}
