//! The terms of an app client: the documents `terms-of-use` and `privacy-policy`.
//!
//! In the settings of a pool, the terms of one app client are one part, of the kind
//! [`Kind::Terms`]. The part contains the documents by name.

use std::collections::{BTreeMap, BTreeSet};

use cognito::{ErrorKind, Operation};
use serde_json::{Value, json};

use super::part::{Kind, PartId};
use super::read::{list, try_send};
use crate::context::Context;
use crate::failure::Outcome;

/// Reads the terms of all app clients in `clients`.
pub(super) async fn all(
    context: &Context,
    clients: &BTreeSet<String>,
) -> Outcome<BTreeMap<PartId, Value>> {
    let mut parts = BTreeMap::new();
    for listed in list(context, Operation::ListTerms, 60, "Terms").await? {
        let members = json!({ "TermsId": listed["TermsId"] });
        let document = match try_send(context, Operation::DescribeTerms, members).await? {
            Ok(mut response) => response["Terms"].take(),
            // It was deleted in the meantime.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(error.into()),
        };
        let (client, name) = (document["ClientId"].clone(), document["TermsName"].clone());
        let (Some(client), Some(name)) = (client.as_str(), name.as_str()) else {
            continue;
        };
        if clients.contains(client) {
            let part = parts.entry(PartId::new(Kind::Terms, client));
            let part = part.or_insert_with(|| json!({ "ClientId": client, "Documents": {} }));
            part["Documents"][name] = document;
        }
    }
    Ok(parts)
}

/// Reads the terms of an app client. Returns `None` if it has none.
pub(super) async fn of_client(context: &Context, client: &str) -> Outcome<Option<Value>> {
    let clients = BTreeSet::from([client.to_owned()]);
    let mut parts = all(context, &clients).await?;
    Ok(parts.remove(&PartId::new(Kind::Terms, client)))
}

/// Checks `documents`, the member `Documents` of a part in a file. It must be an object of objects,
/// or `null`. Fails with the path of the wrong value within the part.
pub(super) fn check_documents(documents: &Value) -> Result<(), String> {
    let documents = match documents {
        Value::Null => return Ok(()),
        Value::Object(documents) => documents,
        _ => return Err("Documents".to_owned()),
    };
    let mut documents = documents.iter();
    match documents.find(|(_, document)| !document.is_object()) {
        Some((name, _)) => Err(format!("Documents.{name}")),
        None => Ok(()),
    }
}

/// Returns the requests that change the terms of an app client from `before` to `goal`. `before` is
/// an object that [`all`] has returned, and `goal` contains the new settings. `None` means that the
/// app client has no terms.
pub(crate) fn requests(
    client: &str,
    before: Option<&Value>,
    goal: Option<&Value>,
) -> Vec<(Operation, Value)> {
    let documents = |part: Option<&Value>| {
        let part = part.and_then(|part| part["Documents"].as_object());
        part.cloned().unwrap_or_default()
    };
    let (before, goal) = (documents(before), documents(goal));
    let mut requests = Vec::new();
    for (name, document) in &goal {
        let known = before.get(name);
        let mut members = document.clone();
        let is_same = |known: &Value| {
            let mut members = document.as_object().into_iter().flatten();
            members.all(|(name, member)| known[name] == *member)
        };
        match known {
            Some(known) if is_same(known) => {}
            Some(known) => {
                members["TermsId"] = known["TermsId"].clone();
                requests.push((Operation::UpdateTerms, members));
            }
            None => {
                members["ClientId"] = json!(client);
                members["TermsName"] = json!(name);
                requests.push((Operation::CreateTerms, members));
            }
        }
    }
    let deleted = before.iter().filter(|(name, _)| !goal.contains_key(*name));
    requests.extend(deleted.map(|(_, document)| {
        let members = json!({ "TermsId": document["TermsId"] });
        (Operation::DeleteTerms, members)
    }));
    requests
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_changed_documents_are_sent() {
        let document = |id: &str, link: &str| json!({ "TermsId": id, "Links": { "a": link } });
        let before = json!({ "ClientId": "web", "Documents": {
            "terms-of-use": document("1", "x"),
            "privacy-policy": document("2", "y"),
        } });
        let goal = json!({ "Documents": {
            "terms-of-use": { "Links": { "a": "x" } },
            "privacy-policy": { "Links": { "a": "z" } },
        } });
        let changed = requests("web", Some(&before), Some(&goal));
        let update = json!({ "TermsId": "2", "Links": { "a": "z" } });
        assert_eq!(changed, [(Operation::UpdateTerms, update)]);
        let created = requests("new", None, Some(&goal));
        assert_eq!(created.len(), 2);
        assert!(created.iter().all(|(_, it)| it["ClientId"] == "new"));
        let deleted = requests("web", Some(&before), None);
        let ids: Vec<_> = deleted.iter().map(|(_, it)| &it["TermsId"]).collect();
        assert_eq!(ids, ["1", "2"]);
    }
}
