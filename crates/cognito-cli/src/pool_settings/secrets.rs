//! The secrets in the settings of a pool: the secrets of app clients and of identity providers.

use serde_json::{Value, json};

/// The value in a file for a secret that was left out. It is not a valid secret of an app client.
pub(crate) const LEFT_OUT: &str = "(left out)";

/// The value that is shown for a secret.
const HIDDEN: &str = "(secret)";

/// Returns `true` if the member with this name contains secrets: `secrets` of an app client, or a
/// detail of an identity provider such as `client_secret` or `private_key`.
pub(crate) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "secrets"
        || name == "clientsecret"
        || ["client_secret", "private_key"]
            .iter()
            .any(|word| name.contains(word))
}

/// Replaces all secrets in `value`, so that it can be written to a file for review.
pub(crate) fn leave_out(value: &mut Value) {
    replace(value, LEFT_OUT);
}

/// Returns `value` with all secrets replaced, so that it can be shown.
pub(crate) fn hidden(value: &Value) -> Value {
    let mut value = value.clone();
    replace(&mut value, HIDDEN);
    value
}

/// Returns the value that is shown instead of the value of a secret member.
pub(crate) fn shown() -> Value {
    json!(HIDDEN)
}

/// Returns `true` if two values of a secret member can be equal.
///
/// This is the case if both are empty. It is also the case if both are not empty, and they have a
/// secret in common, or a secret was left out of one of them.
pub(crate) fn may_be_equal(one: &Value, other: &Value) -> bool {
    let (one, other) = (list(one), list(other));
    if one.is_empty() || other.is_empty() {
        return one.is_empty() && other.is_empty();
    }
    let is_known = |secret: &&Value| **secret == LEFT_OUT;
    one.iter().chain(&other).any(is_known) || one.iter().any(|secret| other.contains(secret))
}

fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(list) => list.iter().collect(),
        single => vec![single],
    }
}

fn replace(value: &mut Value, with: &str) {
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                if is_secret(name) {
                    overwrite(member, with);
                } else {
                    replace(member, with);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|item| replace(item, with)),
        _ => {}
    }
}

fn overwrite(member: &mut Value, with: &str) {
    match member {
        Value::Array(list) => list.iter_mut().for_each(|item| *item = json!(with)),
        Value::Null => {}
        single => *single = json!(with),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_left_out() {
        let mut value = json!({
            "secrets": ["a"],
            "ProviderDetails": { "client_secret": "b", "client_id": "c", "token_url": "d" },
            "PasswordPolicy": { "MinimumLength": 8 },
            "Schema": [{ "Name": "secret" }],
        });
        leave_out(&mut value);
        let expected = json!({
            "secrets": [LEFT_OUT],
            "ProviderDetails": { "client_secret": LEFT_OUT, "client_id": "c", "token_url": "d" },
            "PasswordPolicy": { "MinimumLength": 8 },
            "Schema": [{ "Name": "secret" }],
        });
        assert_eq!(value, expected);
    }

    #[test]
    fn left_out_secret_equals_any_other() {
        let (left_out, known) = (json!([LEFT_OUT]), json!(["a"]));
        assert!(may_be_equal(&left_out, &known));
        assert!(may_be_equal(&known, &json!(["b", "a"])));
        assert!(!may_be_equal(&known, &json!(["b"])));
        assert!(!may_be_equal(&known, &Value::Null));
        assert!(!may_be_equal(&left_out, &json!([])));
    }
}
