//! The order in which the resources of a template are created.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::fault::Fault;

/// Returns the logical ids in `meant` in the order in which the resources are created.
///
/// A resource needs another resource if its properties or its `DependsOn` refer to it. It comes
/// after all resources that it needs, directly or indirectly: if `A` needs `B`, and `B` needs `C`,
/// then `A` comes after `C`, even if `B` is not in `meant`. Independent resources are in the order
/// of their logical ids.
///
/// Fails if the references form a cycle.
pub(super) fn sorted<'a>(
    resources: &'a Map<String, Value>,
    meant: &BTreeSet<&'a str>,
) -> Result<Vec<&'a str>, Fault> {
    let needs: BTreeMap<&str, BTreeSet<&str>> = resources
        .iter()
        .map(|(name, resource)| (name.as_str(), needs(resource, resources)))
        .collect();
    let mut order = Vec::new();
    let mut done = BTreeSet::new();
    for name in meant {
        visit(name, &needs, &mut done, &mut order)?;
    }
    order.retain(|name| meant.contains(name));
    Ok(order)
}

/// Adds a resource to `order`, after the resources that it needs. The function is not recursive,
/// because a template can have chains of references of any length.
fn visit<'a>(
    name: &'a str,
    needs: &BTreeMap<&'a str, BTreeSet<&'a str>>,
    done: &mut BTreeSet<&'a str>,
    order: &mut Vec<&'a str>,
) -> Result<(), Fault> {
    let mut stack = vec![name];
    let mut entered = BTreeSet::new();
    while let Some(name) = stack.last().copied() {
        if done.contains(name) {
            stack.pop();
            continue;
        }
        if !entered.insert(name) {
            // All needed resources are done.
            stack.pop();
            done.insert(name);
            order.push(name);
            continue;
        }
        for need in needs.get(name).into_iter().flatten() {
            if entered.contains(need) && !done.contains(need) {
                let reason = format!("`{name}` and `{need}` depend on each other");
                return Err(Fault::new(reason).within(name).within("Resources"));
            }
            if !done.contains(need) {
                stack.push(need);
            }
        }
    }
    Ok(())
}

/// Returns the logical ids of the resources to which a resource refers.
fn needs<'a>(resource: &'a Value, resources: &'a Map<String, Value>) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::new();
    let depends = &resource["DependsOn"];
    names.extend(depends.as_str());
    names.extend(
        depends
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str),
    );
    references(&resource["Properties"], &mut names);
    let known = names
        .iter()
        .filter_map(|name| resources.get_key_value(*name));
    known.map(|(name, _)| name.as_str()).collect()
}

/// Adds to `names` the logical ids to which the functions `Ref`, `Fn::GetAtt` and `Fn::Sub` in a
/// value refer. Names of parameters are added, too.
fn references<'a>(value: &'a Value, names: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(object) => {
            for (name, argument) in object {
                let text = match argument {
                    Value::Array(parts) => parts.first().and_then(Value::as_str),
                    argument => argument.as_str(),
                };
                match (name.as_str(), text) {
                    ("Ref", Some(text)) => {
                        names.insert(text);
                    }
                    ("Fn::GetAtt", Some(text)) => names.extend(text.split('.').next()),
                    ("Fn::Sub", Some(text)) => {
                        let variables = text.split("${").skip(1);
                        let variables = variables.filter_map(|rest| rest.split('}').next());
                        names.extend(variables.filter_map(|name| name.trim().split('.').next()));
                    }
                    _ => {}
                }
                references(argument, names);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, names)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn order(resources: &Value) -> Result<Vec<&str>, Fault> {
        let resources = resources.as_object().expect("an object");
        let meant = resources.keys().map(String::as_str);
        sorted(resources, &meant.filter(|name| *name != "Role").collect())
    }

    #[test]
    fn references_come_first() {
        let resources = json!({
            "A": { "Properties": { "Sub": { "Fn::Sub": "x ${Role} ${ B.Arn } ${!D}" } } },
            "B": { "DependsOn": ["C"] },
            "C": { "DependsOn": "D", "Properties": { "List": [{ "Ref": "E" }] } },
            "D": {},
            "E": { "Properties": { "Name": { "Fn::GetAtt": ["F", "Arn"] } } },
            "F": {},
            "Role": { "Properties": { "Of": { "Fn::GetAtt": "B.Arn" } } },
        });
        assert_eq!(
            order(&resources).expect("sorted"),
            ["F", "E", "D", "C", "B", "A"]
        );
    }

    #[test]
    fn cycles_are_rejected() {
        let resources = json!({
            "A": { "Properties": { "Of": { "Ref": "Role" } } },
            "Role": { "Properties": { "Of": { "Ref": "A" } } },
        });
        let fault = order(&resources).expect_err("a cycle");
        assert_eq!(
            fault.to_string(),
            "Resources.Role: `Role` and `A` depend on each other"
        );
        let own = json!({ "A": { "Properties": { "Of": { "Ref": "A" } } } });
        let fault = order(&own).expect_err("a cycle");
        assert_eq!(
            fault.to_string(),
            "Resources.A: `A` and `A` depend on each other"
        );
    }

    #[test]
    fn long_chains_are_sorted() {
        let names: Vec<_> = (0..20_000).map(|place| format!("R{place:05}")).collect();
        let pairs = names.windows(2);
        let mut resources: Map<String, Value> = pairs
            .map(|pair| (pair[0].clone(), json!({ "DependsOn": pair[1] })))
            .collect();
        resources.insert(names[names.len() - 1].clone(), json!({}));
        let resources = Value::Object(resources);
        let sorted = order(&resources).expect("sorted");
        assert_eq!(sorted.first(), Some(&"R19999"));
        assert_eq!(sorted.len(), 20_000);
    }
}
