//! Computes the settings that a pool has after `pool apply`.

use std::collections::BTreeSet;

use cognito::administration::STANDARD_ATTRIBUTES;
use serde_json::{Map, Value, json};

use super::normal::{exists, item_key, without_factors};
use super::part::{Kind, PartId, Parts, client_name, clients_named, label};
use super::{linked, providers, secrets};

/// The settings of a pool that cannot be changed after the pool was created, besides `Schema`.
const FIXED: [&str; 3] = [
    "AliasAttributes",
    "UsernameAttributes",
    "UsernameConfiguration",
];

/// The result of [`match_clients`].
pub(crate) struct Matched {
    /// The settings in the file, in which app clients have the ids that they have in the pool.
    pub(crate) parts: Parts,
    /// The names of app clients that cannot be matched, because several app clients in the pool or
    /// in the file have the name.
    pub(crate) ambiguous: BTreeSet<String>,
}

/// Replaces the id of each app client in `wanted` by the id of the app client in `current` that has
/// the same name. Keeps the ids that exist in `current`. `wanted` are the settings in the file, and
/// `current` are the settings of the pool.
pub(crate) fn match_clients(wanted: &Parts, current: &Parts) -> Matched {
    let mut parts = Parts::new();
    let mut ambiguous = BTreeSet::new();
    for (id, part) in wanted {
        let (mut id, mut part) = (id.clone(), part.clone());
        if (id.kind == Kind::Client || id.kind.is_of_client()) && !id.key.is_empty() {
            match counterpart(wanted, current, &id.key) {
                Ok(Some(other)) => {
                    let key = id.kind.key().unwrap_or_default();
                    part[key] = json!(other);
                    id.key = other;
                }
                Ok(None) => {}
                Err(name) => {
                    ambiguous.insert(name);
                }
            }
        }
        parts.insert(id, part);
    }
    Matched { parts, ambiguous }
}

/// Returns the id of the app client in `current` that has the same name as the app client `id` in
/// `wanted`. Ignores app clients that exist in both with the same id. Returns `None` if `id` exists
/// in `current`, or if no app client in `current` has the name. Fails with the name if several app
/// clients of `wanted` or of `current` have it.
fn counterpart(wanted: &Parts, current: &Parts, id: &str) -> Result<Option<String>, String> {
    let client = |parts: &Parts, id: &str| parts.get(&PartId::new(Kind::Client, id)).cloned();
    if client(current, id).is_some() {
        return Ok(None);
    }
    let found = client(wanted, id);
    let Some(name) = found.as_ref().and_then(client_name) else {
        return Ok(None);
    };
    let others = |parts, other| -> Vec<String> {
        let named = clients_named(parts, name).filter(|id| client(other, id).is_none());
        named.map(str::to_owned).collect()
    };
    match (&*others(wanted, current), &*others(current, wanted)) {
        (_, []) => Ok(None),
        ([_], [only]) => Ok(Some(only.clone())),
        _ => Err(name.to_owned()),
    }
}

/// The settings that the pool has after `pool apply`, and messages about the settings in the file
/// that cannot be applied.
pub(crate) struct Goal {
    pub(crate) parts: Parts,
    /// The attributes to add to the schema, as members of `Schema`.
    pub(crate) new_attributes: Vec<Value>,
    /// Messages about the differences between the file and the pool that cannot be applied.
    pub(crate) findings: Vec<String>,
}

/// Returns the settings that the pool has after `pool apply`.
///
/// `current` are the settings of the pool now. `wanted` are the settings in the file. The settings
/// are divided into parts, such as the app clients ([`Kind`]).
///
/// - If `prune` is `false`, settings and parts that are missing in the file are kept.
/// - If `prune` is `true`, they are deleted. Secrets and parts that AWS cannot delete are kept.
///   Parts of a kind are deleted only if `sections` contains the kind, that is, if the file has a
///   field for it ([`Kind::section`]).
pub(crate) fn goal(
    current: &Parts,
    wanted: &Parts,
    sections: &BTreeSet<Kind>,
    prune: bool,
) -> Goal {
    let mut goal = Goal {
        parts: Parts::new(),
        new_attributes: Vec::new(),
        findings: Vec::new(),
    };
    for (id, part) in current {
        let is_deleted = prune
            && sections.contains(&id.kind)
            && id.kind.key().is_some()
            // AWS has no request to delete it, or it always exists.
            && !matches!(id.kind, Kind::UiCustomization | Kind::ClientSessions);
        match wanted.get(id) {
            Some(wanted) => {
                let name = label(current, id);
                let merged = goal.merge_part(id.kind, &name, (part, wanted), prune);
                goal.parts.insert(id.clone(), merged);
            }
            None if is_deleted => {}
            None => {
                goal.parts.insert(id.clone(), part.clone());
            }
        }
    }
    // The parts that belong to a deleted app client, such as its branding, are deleted too.
    let clients: BTreeSet<_> = goal.parts.keys().chain(wanted.keys()).cloned().collect();
    goal.parts.retain(|id, _| {
        let client = PartId::new(Kind::Client, id.key.clone());
        !id.kind.is_of_client() || id.key.is_empty() || clients.contains(&client)
    });
    let new = wanted.iter().filter(|(id, _)| !current.contains_key(id));
    let mut skipped = BTreeSet::new();
    for (id, part) in new.filter(|(id, part)| exists(id.kind, part)) {
        if id.kind == Kind::IdentityProvider && providers::lacks_secret(part) {
            skipped.insert(id.key.clone());
            let name = label(wanted, id);
            goal.findings.push(format!(
                "{name} is not created, because its secret was left out of the file"
            ));
        } else {
            goal.parts.insert(id.clone(), part.clone());
        }
    }
    providers::skip_clients(&mut goal, current, wanted, &skipped);
    linked::copy_shared(&mut goal.parts, wanted);
    linked::keep_customizations(&mut goal, current);
    goal
}

impl Goal {
    fn merge_part(
        &mut self,
        kind: Kind,
        name: &str,
        (current, wanted): (&Value, &Value),
        prune: bool,
    ) -> Value {
        let mut merged = merge(current, wanted, prune);
        match kind {
            Kind::Pool => {
                for fixed in FIXED {
                    self.keep(name, fixed, (current, wanted), &mut merged);
                }
                merged["Schema"] = self.schema(name, (current, wanted), prune);
                if merged["Schema"] == json!([]) {
                    remove(&mut merged, "Schema");
                }
            }
            Kind::IdentityProvider => {
                self.keep(name, "ProviderType", (current, wanted), &mut merged);
                let kind = &wanted["ProviderType"];
                // The other settings in the file are for another type of provider, too.
                if !kind.is_null() && *kind != current["ProviderType"] {
                    return current.clone();
                }
                let pair = (current, wanted);
                let findings = providers::keep_secrets(name, pair, &mut merged);
                self.findings.extend(findings);
            }
            Kind::Client => self.keep_secrets(name, (current, wanted), &mut merged),
            Kind::Mfa => {
                if let Value::Object(members) = &mut merged {
                    without_factors(members);
                }
            }
            _ => {}
        }
        merged
    }

    /// Keeps the current value of a member that cannot be changed. If the file has another value,
    /// adds a message to `findings`.
    fn keep(
        &mut self,
        part: &str,
        name: &str,
        (current, wanted): (&Value, &Value),
        to: &mut Value,
    ) {
        let (old, new) = (&current[name], &wanted[name]);
        if !new.is_null() && old != new {
            self.findings.push(format!(
                "{part}.{name} cannot be changed after the creation of the {}",
                if part == Kind::Pool.section() {
                    "pool"
                } else {
                    "provider"
                }
            ));
        }
        remove(to, name);
        if !old.is_null() {
            to[name] = old.clone();
        }
    }

    fn keep_secrets(&mut self, part: &str, (current, wanted): (&Value, &Value), to: &mut Value) {
        let (old, new) = (&current["secrets"], &wanted["secrets"]);
        if old.is_null() && !new.is_null() {
            self.findings.push(format!(
                "{part} is a public app client: it cannot get a secret after its creation"
            ));
        } else if !new.is_null() && !secrets::may_be_equal(old, new) {
            self.findings.push(format!(
                "{part}.secrets differ: use `cognito client rotate-secret`"
            ));
        }
        remove(to, "secrets");
        if !old.is_null() {
            to["secrets"] = old.clone();
        }
    }

    /// Returns the schema (the attributes) that the pool has after `pool apply`.
    fn schema(&mut self, part: &str, (current, wanted): (&Value, &Value), prune: bool) -> Value {
        let list = |settings: &Value| settings["Schema"].as_array().cloned().unwrap_or_default();
        let (mut schema, wanted) = (list(current), list(wanted));
        let is_same = |one: &Value, other: &Value| {
            let is_developer_only = |it: &Value| it["DeveloperOnlyAttribute"] == true;
            one["Name"] == other["Name"] && is_developer_only(one) == is_developer_only(other)
        };
        for attribute in &wanted {
            let name = item_key(attribute).unwrap_or_default();
            let known = schema.iter().find(|known| is_same(known, attribute));
            let differs = |known: &Value| {
                let mut members = attribute.as_object().into_iter().flatten();
                members.any(|(name, value)| known[name] != *value)
            };
            if known.is_some_and(differs)
                || (known.is_none() && STANDARD_ATTRIBUTES.contains(&name))
            {
                let text = "cannot be changed after the creation of the pool";
                self.findings.push(format!("{part}.Schema[{name}] {text}"));
            } else if known.is_none() {
                self.new_attributes.push(without_prefix(attribute));
                schema.push(attribute.clone());
            }
        }
        for attribute in &schema {
            let is_wanted = wanted.iter().any(|wanted| is_same(wanted, attribute));
            if prune && !is_wanted && !wanted.is_empty() {
                let name = item_key(attribute).unwrap_or_default();
                let text = "cannot be deleted: Cognito deletes no attributes";
                self.findings.push(format!("{part}.Schema[{name}] {text}"));
            }
        }
        Value::Array(schema)
    }
}

/// Removes the prefix `custom:` from the name of an attribute, for the request that adds attributes:
/// AWS adds the prefix itself. In the settings file, an attribute has the prefix only if a standard
/// attribute has the same name.
fn without_prefix(attribute: &Value) -> Value {
    let mut attribute = attribute.clone();
    let name = attribute["Name"].as_str().unwrap_or_default();
    let short = name.strip_prefix("custom:");
    if let Some(short) = short.filter(|short| STANDARD_ATTRIBUTES.contains(short)) {
        attribute["Name"] = json!(short);
    }
    attribute
}

pub(super) fn remove(value: &mut Value, name: &str) {
    if let Value::Object(members) = value {
        members.remove(name);
    }
}

/// Returns `wanted`, with the members of `current` that `wanted` does not have. If `prune` is
/// `true`, only secrets of `current` are kept.
fn merge(current: &Value, wanted: &Value, prune: bool) -> Value {
    match (current, wanted) {
        (Value::Object(current), Value::Object(wanted)) => {
            let is_kept = |name: &str| !prune || secrets::is_secret(name);
            let kept = current.iter().filter(|(name, _)| is_kept(name));
            let kept = kept.map(|(name, value)| (name.clone(), value.clone()));
            let mut merged: Map<String, Value> = kept.collect();
            for (name, new) in wanted {
                let old = current.get(name);
                let value = match old {
                    Some(old) if secrets::is_secret(name) && secrets::may_be_equal(old, new) => {
                        old.clone()
                    }
                    Some(old) => merge(old, new, prune),
                    None => new.clone(),
                };
                merged.insert(name.clone(), value);
            }
            Value::Object(merged)
        }
        (Value::Array(current), Value::Array(wanted)) if !prune => {
            let key = |item: &Value| own_key(item).map(str::to_owned);
            let keys: BTreeSet<_> = wanted.iter().filter_map(key).collect();
            let is_missing = |item: &&Value| key(item).is_some_and(|key| !keys.contains(&key));
            let mut merged = wanted.clone();
            merged.extend(current.iter().filter(is_missing).cloned());
            merged.sort_by_cached_key(|item| (key(item), item.to_string()));
            Value::Array(merged)
        }
        _ => wanted.clone(),
    }
}

/// Returns the name of a scope, or the event source of a log delivery. Returns `None` for other
/// objects.
///
/// If the current list has an element with a key that the wanted list does not have, [`merge`]
/// keeps this element unless `prune` is `true`. Without it, the request would delete the scope or
/// the log delivery.
fn own_key(item: &Value) -> Option<&str> {
    let mut keys = ["ScopeName", "EventSource"].iter();
    keys.find_map(|key| item[*key].as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(id: &str, name: &str) -> (PartId, Value) {
        let settings = json!({ "id": id, "settings": { "ClientName": name } });
        (PartId::new(Kind::Client, id), settings)
    }

    #[test]
    fn clients_are_matched_by_id_then_name() {
        let current = Parts::from([client("a", "web"), client("b", "app"), client("c", "app")]);
        let risk = (PartId::new(Kind::Risk, "x"), json!({ "ClientId": "x" }));
        let wanted = Parts::from([
            client("x", "web"),
            client("b", "other"),
            client("y", "new"),
            risk,
        ]);
        let matched = match_clients(&wanted, &current);
        let keys: Vec<_> = matched.parts.keys().map(|id| &*id.key).collect();
        assert_eq!(keys, ["a", "b", "y", "a"]);
        assert!(matched.ambiguous.is_empty());
        let matched = match_clients(&Parts::from([client("x", "app")]), &current);
        assert_eq!(matched.ambiguous, BTreeSet::from(["app".to_owned()]));
    }

    #[test]
    fn missing_settings_are_kept_unless_pruned() {
        let old = json!({ "A": { "B": 1, "C": 2 }, "Scopes": [{ "ScopeName": "a" }], "L": ["x"] });
        let new = json!({ "A": { "B": 3 }, "Scopes": [{ "ScopeName": "b" }], "L": ["y"] });
        let kept = json!({
            "A": { "B": 3, "C": 2 },
            "Scopes": [{ "ScopeName": "a" }, { "ScopeName": "b" }],
            "L": ["y"],
        });
        assert_eq!(merge(&old, &new, false), kept);
        assert_eq!(merge(&old, &new, true), new);
    }

    #[test]
    fn secrets_are_kept() {
        let old = json!({ "ProviderDetails": { "client_secret": "s", "client_id": "a" } });
        let left_out = json!({ "ProviderDetails": { "client_secret": secrets::LEFT_OUT } });
        let merged = merge(&old, &left_out, true);
        assert_eq!(merged["ProviderDetails"], json!({ "client_secret": "s" }));
        let other = json!({ "ProviderDetails": { "client_secret": "t" } });
        let merged = merge(&old, &other, false);
        assert_eq!(merged["ProviderDetails"]["client_secret"], "t");
    }

    #[test]
    fn fixed_settings_are_findings() {
        let pool = PartId::only(Kind::Pool);
        let current = json!({
            "UsernameAttributes": ["email"],
            "Schema": [{ "Name": "plan", "Mutable": true }],
        });
        let wanted = json!({
            "UsernameAttributes": ["phone_number"],
            "Schema": [
                { "Name": "plan", "Mutable": false },
                { "Name": "email" },
                { "Name": "n" },
                { "Name": "custom:locale" },
            ],
        });
        let current = Parts::from([(pool.clone(), current)]);
        let wanted = Parts::from([(pool.clone(), wanted)]);
        let goal = goal(&current, &wanted, &BTreeSet::from([Kind::Pool]), false);
        assert_eq!(goal.findings.len(), 3, "{:?}", goal.findings);
        let added = [json!({ "Name": "n" }), json!({ "Name": "locale" })];
        assert_eq!(goal.new_attributes, added);
        assert_eq!(goal.parts[&pool]["UsernameAttributes"], json!(["email"]));
    }
}
