//! `cargo xtask model FILE`: generates the table that the emulator uses to validate requests.
//!
//! FILE is AWS's service model of a service (`service-2.json`). The Python package `botocore`
//! contains the models, for example the model of Cognito user pools in
//! `botocore/data/cognito-idp/2016-04-18/`. The table contains the inputs of the operations, the
//! constraints of their members, the names of the errors, and whether the request must be signed.
//! The table of Cognito user pools contains all operations. The table of any other service contains
//! only the operations that the emulator has.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Map, Value, json};

/// The folder of the generated tables, relative to the root of the repository. There is one table
/// for each AWS service in [`SERVICES`]. Its file name is the endpoint prefix of the service.
const FOLDER: &str = "crates/cognito-emulator/data";

/// The AWS services for which tables are generated, by endpoint prefix. Each service has the list
/// of the operations in its table. An empty list means all operations.
const SERVICES: [(&str, &[&str]); 5] = [
    ("cognito-idp", &[]),
    (
        "cognito-identity",
        &[
            "CreateIdentityPool",
            "DeleteIdentityPool",
            "DescribeIdentityPool",
            "GetCredentialsForIdentity",
            "GetId",
            "GetIdentityPoolRoles",
            "GetOpenIdToken",
            "ListIdentityPools",
            "SetIdentityPoolRoles",
            "UpdateIdentityPool",
        ],
    ),
    (
        "iam",
        &[
            "AttachRolePolicy",
            "CreateRole",
            "DeleteRole",
            "DeleteRolePolicy",
            "DetachRolePolicy",
            "GetRole",
            "GetRolePolicy",
            "ListAttachedRolePolicies",
            "ListInstanceProfilesForRole",
            "ListRolePolicies",
            "PutRolePolicy",
        ],
    ),
    (
        "secretsmanager",
        &[
            "CreateSecret",
            "DeleteSecret",
            "DescribeSecret",
            "GetResourcePolicy",
            "GetSecretValue",
            "ListSecretVersionIds",
            "ListSecrets",
            "PutSecretValue",
            "RestoreSecret",
            "TagResource",
            "UntagResource",
            "UpdateSecret",
            "UpdateSecretVersionStage",
        ],
    ),
    (
        "ssm",
        &[
            "AddTagsToResource",
            "DeleteParameter",
            "DeleteParameters",
            "DescribeParameters",
            "GetParameter",
            "GetParameterHistory",
            "GetParameters",
            "GetParametersByPath",
            "LabelParameterVersion",
            "ListTagsForResource",
            "PutParameter",
            "RemoveTagsFromResource",
            "UnlabelParameterVersion",
        ],
    ),
];

/// The properties of a shape (a type in the service model) that are copied to the generated table.
/// The emulator validates requests against them.
const KEPT: [&str; 7] = [
    "document",
    "enum",
    "max",
    "min",
    "pattern",
    "required",
    "sensitive",
];

/// Reads the service model of AWS in `file`, generates the table with which the emulator validates
/// requests to this service, and writes it to [`FOLDER`].
///
/// # Errors
///
/// Fails if the file cannot be read or is not a service model, or if the table cannot be written.
pub(crate) fn run(file: &str) -> crate::Result {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    let model: Value = serde_json::from_str(&text).map_err(|error| format!("{file}: {error}"))?;
    let prefix = &model["metadata"]["endpointPrefix"];
    let known = SERVICES.iter().find(|(service, _)| prefix == service);
    let table = known.and_then(|(service, kept)| Some((service, table(&model, kept)?)));
    let (service, table) = table.ok_or_else(|| {
        let services = SERVICES.map(|(service, _)| service).join(", ");
        format!("{file} is not a service model: use `service-2.json` of one of {services}")
    })?;
    let path = Path::new(FOLDER).join(format!("{service}.json"));
    std::fs::create_dir_all(crate::root().join(FOLDER))
        .and_then(|()| std::fs::write(crate::root().join(&path), table))
        .map_err(|error| format!("{}: {error}", path.display()))
}

/// Returns the table as JSON. Each operation and each shape has its own line, so that a diff is
/// readable. The table contains the operations in `kept`, or all operations if `kept` is empty.
/// Returns `None` if `model` is not a service model.
fn table(model: &Value, kept: &[&str]) -> Option<String> {
    let (operations, shapes) = (
        model["operations"].as_object()?,
        model["shapes"].as_object()?,
    );
    let mut reached = BTreeSet::new();
    let mut text = String::from("{\n\"operations\": {\n");
    let mut lines = Vec::new();
    let is_kept = |name: &str| kept.is_empty() || kept.contains(&name);
    for (name, operation) in operations.iter().filter(|(name, _)| is_kept(name)) {
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
            }, "Put": { "input": { "shape": "GetResponse" } } },
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
        let table = table(&model, &["Get"]).expect("a table");
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
