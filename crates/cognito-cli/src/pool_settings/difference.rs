//! The differences between the old and the new settings of a pool, or between the settings of two
//! pools.

use std::collections::BTreeSet;

use aws_lc_rs::digest::{self, SHA256};
use serde::Serialize;
use serde_json::Value;

use super::normal::item_key;
use super::part::{Kind, Parts, label};
use super::secrets;
use crate::output::Row;

/// The kind of difference between the old and the new settings at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Change {
    /// Only the new settings have the path.
    Added,
    Changed,
    /// Only the old settings have the path.
    Removed,
}

impl Change {
    const fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Removed => "removed",
        }
    }
}

/// A difference between the old and the new settings of a pool. Secrets are hidden in the values. A
/// value is `null` if the settings do not have the path.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Difference {
    pub(crate) change: Change,
    /// The path of the setting, such as `clients[web].settings.CallbackURLs`.
    pub(crate) path: String,
    pub(crate) old: Value,
    pub(crate) new: Value,
}

impl Row for Difference {
    const COLUMNS: &'static [&'static str] = &["change", "path", "old", "new"];

    fn cells(&self) -> Vec<String> {
        let change = self.change.name().to_owned();
        vec![change, self.path.clone(), text(&self.old), text(&self.new)]
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Returns the differences between the old and the new settings of a pool. They are in the order of
/// the parts of the pool ([`Kind`]), and then of the paths.
pub(crate) fn between(old: &Parts, new: &Parts) -> Vec<Difference> {
    let ids: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let mut found = Vec::new();
    for id in ids {
        let (before, after) = (old.get(id), new.get(id));
        let path = match after {
            Some(_) => label(new, id),
            None => label(old, id),
        };
        // A section that is one object is compared member by member, also if it is missing.
        let empty = Value::Object(serde_json::Map::new());
        let (before, after) = match id.kind {
            Kind::Pool | Kind::Mfa | Kind::Sessions | Kind::Logs => {
                (before.or(Some(&empty)), after.or(Some(&empty)))
            }
            _ => (before, after),
        };
        compare(path, before, after, &mut found);
    }
    found
}

fn compare(path: String, old: Option<&Value>, new: Option<&Value>, found: &mut Vec<Difference>) {
    match (old, new) {
        (Some(old), Some(new)) if old == new => {}
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let names: BTreeSet<_> = old.keys().chain(new.keys()).collect();
            for name in names {
                let path = format!("{path}.{name}");
                let (old, new) = (old.get(name), new.get(name));
                if secrets::is_secret(name) {
                    compare_secrets(path, old, new, found);
                } else {
                    compare(path, old, new, found);
                }
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) if are_keyed(old, new) => {
            let keys: BTreeSet<_> = old.iter().chain(new).filter_map(item_key).collect();
            for key in keys {
                let item = |list: &'_ [Value]| {
                    let mut items = list.iter();
                    items.find(|item| item_key(item) == Some(key)).cloned()
                };
                let path = format!("{path}[{key}]");
                compare(path, item(old).as_ref(), item(new).as_ref(), found);
            }
        }
        (old, new) => {
            let change = match (old, new) {
                (None, _) => Change::Added,
                (_, None) => Change::Removed,
                _ => Change::Changed,
            };
            let shown = |value: Option<&Value>| {
                let mut value = value.map(secrets::hidden).unwrap_or_default();
                shorten_images(&mut value);
                value
            };
            found.push(Difference {
                change,
                path,
                old: shown(old),
                new: shown(new),
            });
        }
    }
}

/// Replaces the content of images, which would fill the terminal, by its length in characters and
/// the start of its SHA-256. The content is in base64.
fn shorten_images(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                match member {
                    Value::String(text) if name == "Bytes" => {
                        *member = image(text).into();
                    }
                    other => shorten_images(other),
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(shorten_images),
        _ => {}
    }
}

fn image(content: &str) -> String {
    let hash = digest::digest(&SHA256, content.as_bytes());
    let hash = hash.as_ref().iter().take(8);
    let hash: String = hash.map(|byte| format!("{byte:02x}")).collect();
    format!("({} characters, SHA-256 {hash})", content.len())
}

fn compare_secrets(
    path: String,
    old: Option<&Value>,
    new: Option<&Value>,
    found: &mut Vec<Difference>,
) {
    let (old, new) = (old.unwrap_or(&Value::Null), new.unwrap_or(&Value::Null));
    if secrets::may_be_equal(old, new) {
        return;
    }
    let shown = |value: &Value| {
        if value.is_null() {
            Value::Null
        } else {
            secrets::shown()
        }
    };
    let change = match (old, new) {
        (Value::Null, _) => Change::Added,
        (_, Value::Null) => Change::Removed,
        _ => Change::Changed,
    };
    found.push(Difference {
        change,
        path,
        old: shown(old),
        new: shown(new),
    });
}

/// Returns `true` if each object in the lists has a key, and no two objects of a list have the same
/// key.
fn are_keyed(old: &[Value], new: &[Value]) -> bool {
    [old, new].into_iter().all(|list| {
        let keys: BTreeSet<_> = list.iter().filter_map(item_key).collect();
        keys.len() == list.len()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::part::PartId;
    use super::*;

    fn parts(settings: Value) -> Parts {
        Parts::from([(PartId::only(Kind::Pool), settings)])
    }

    #[test]
    fn differences_have_paths() {
        let old = parts(json!({
            "PoolName": "a",
            "Schema": [{ "Name": "plan", "Mutable": true }],
            "Policies": { "PasswordPolicy": { "MinimumLength": 8 } },
            "List": ["a"],
        }));
        let new = parts(json!({
            "PoolName": "a",
            "Schema": [{ "Name": "plan", "Mutable": false }, { "Name": "team" }],
            "Policies": { "PasswordPolicy": { "MinimumLength": 12 } },
            "List": ["a", "b"],
            "UserPoolTier": "PLUS",
        }));
        let found = between(&old, &new);
        let found: Vec<_> = found.iter().map(|it| it.cells().join(" ")).collect();
        assert_eq!(
            found,
            [
                "changed settings.List [\"a\"] [\"a\",\"b\"]",
                "changed settings.Policies.PasswordPolicy.MinimumLength 8 12",
                "changed settings.Schema[plan].Mutable true false",
                "added settings.Schema[team]  {\"Name\":\"team\"}",
                "added settings.UserPoolTier  PLUS",
            ]
        );
        assert!(between(&old, &old).is_empty());
    }

    #[test]
    fn images_of_equal_length_differ() {
        let list = |content: &str| parts(json!({ "Assets": [{ "Bytes": content }] }));
        let found = between(&list("abc"), &list("xyz"));
        let [old, new] = [&found[0].old, &found[0].new].map(ToString::to_string);
        assert!(old.contains("(3 characters, SHA-256 "), "{old}");
        assert_ne!(old, new);
    }

    #[test]
    fn secrets_are_hidden() {
        let (one, other) = (json!({ "secrets": ["a"] }), json!({ "secrets": ["b"] }));
        let found = between(&parts(one.clone()), &parts(other));
        assert_eq!(
            found[0].cells(),
            ["changed", "settings.secrets", "(secret)", "(secret)"]
        );
        let client = PartId::new(Kind::Client, "web");
        let found = between(&Parts::new(), &Parts::from([(client, one)]));
        assert_eq!(found[0].path, "clients[web]");
        assert!(!found[0].new.to_string().contains("\"a\""), "{found:?}");
    }
}
