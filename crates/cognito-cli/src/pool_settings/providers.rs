//! The secrets of identity providers. AWS never returns the private key of a provider for Sign in
//! with Apple.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::merge::{Goal, remove};
use super::part::{Kind, PartId, Parts, label};
use super::secrets::{self, LEFT_OUT};

const DETAILS: &str = "ProviderDetails";

/// The member of `ProviderDetails` with the private key of an Apple provider. No response contains
/// it.
const PRIVATE_KEY: &str = "private_key";

fn is_apple(provider: &Value) -> bool {
    provider["ProviderType"] == "SignInWithApple"
}

/// Adds [`LEFT_OUT`] as the private key to the details of an Apple provider, if they have no
/// private key.
pub(super) fn mark_key(provider: &mut Map<String, Value>) {
    let is_apple = provider.get("ProviderType") == Some(&json!("SignInWithApple"));
    if let Some(Value::Object(details)) = provider.get_mut(DETAILS)
        && is_apple
    {
        details
            .entry(PRIVATE_KEY)
            .or_insert_with(|| LEFT_OUT.into());
    }
}

/// Returns `true` if a provider cannot be created, because a secret is missing.
pub(super) fn lacks_secret(provider: &Value) -> bool {
    let details = provider[DETAILS].as_object().into_iter().flatten();
    let mut secrets = details.filter(|(name, _)| secrets::is_secret(name));
    let has_gap = secrets.any(|(_, value)| *value == LEFT_OUT);
    has_gap || (is_apple(provider) && !provider[DETAILS][PRIVATE_KEY].is_string())
}

/// Corrects the secrets in the merged settings of a provider, and returns a message for each
/// setting that cannot be changed. A secret that neither the file nor the provider has is removed.
/// AWS accepts changed details of an Apple provider only with the private key. If the file does not
/// contain the key, the details stay unchanged.
pub(super) fn keep_secrets(
    name: &str,
    (current, wanted): (&Value, &Value),
    merged: &mut Value,
) -> Vec<String> {
    if !is_apple(current) {
        let mut dropped = Vec::new();
        drop_markers(&mut merged[DETAILS], &mut dropped);
        if merged[DETAILS].is_null() {
            remove(merged, DETAILS);
        }
        let text = "was left out of the file, and the provider has none";
        let findings = dropped.iter();
        return findings
            .map(|secret| format!("{name}.{DETAILS}.{secret} {text}"))
            .collect();
    }
    let without_key = |provider: &Value| {
        let mut details = provider[DETAILS].clone();
        remove(&mut details, PRIVATE_KEY);
        details
    };
    if without_key(current) == without_key(merged) {
        return Vec::new();
    }
    let key = &wanted[DETAILS][PRIVATE_KEY];
    if key.is_string() && *key != LEFT_OUT {
        merged[DETAILS][PRIVATE_KEY] = key.clone();
        return Vec::new();
    }
    merged[DETAILS] = current[DETAILS].clone();
    let text = "cannot be changed without private_key: add the key to the file";
    vec![format!("{name}.{DETAILS} {text}")]
}

/// Removes the secrets that were left out, and adds their names to `dropped`.
fn drop_markers(details: &mut Value, dropped: &mut Vec<String>) {
    if let Value::Object(details) = details {
        details.retain(|name, value| {
            let is_gap = secrets::is_secret(name) && *value == LEFT_OUT;
            if is_gap {
                dropped.push(name.clone());
            }
            !is_gap
        });
    }
}

/// Skips the app clients that need a provider in `skipped`: keeps existing app clients unchanged in
/// `goal`, and removes new app clients from `goal`. The providers in `skipped` are not created, and
/// AWS rejects an app client with an unknown provider.
pub(super) fn skip_clients(
    goal: &mut Goal,
    current: &Parts,
    wanted: &Parts,
    skipped: &BTreeSet<String>,
) {
    let is_client = |id: &&PartId| id.kind == Kind::Client;
    let clients: Vec<_> = goal.parts.keys().filter(is_client).cloned().collect();
    for id in clients {
        let used = &goal.parts[&id]["settings"]["SupportedIdentityProviders"];
        let mut used = used.as_array().into_iter().flatten();
        let provider = used.find_map(|it| skipped.get(it.as_str()?));
        let Some(provider) = provider else {
            continue;
        };
        let known = current.get(&id);
        let done = if known.is_some() {
            "changed"
        } else {
            "created"
        };
        let name = label(if known.is_some() { current } else { wanted }, &id);
        goal.findings.push(format!(
            "{name} is not {done}, because it needs the identity provider {provider}"
        ));
        if let Some(known) = known {
            goal.parts.insert(id, known.clone());
        } else {
            let is_of_it = |other: &PartId| other.kind.is_of_client() && other.key == id.key;
            goal.parts
                .retain(|other, _| !is_of_it(other) && *other != id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::merge::goal;
    use super::super::normal;
    use super::*;

    fn apple(details: &Value) -> Value {
        let mut provider = json!({
            "ProviderName": "SignInWithApple",
            "ProviderType": "SignInWithApple",
            "ProviderDetails": details,
        });
        normal::clean(Kind::IdentityProvider, &mut provider);
        provider
    }

    #[test]
    fn unknown_key_of_apple_is_marked() {
        let provider = apple(&json!({ "client_id": "a" }));
        assert_eq!(provider[DETAILS][PRIVATE_KEY], LEFT_OUT);
        assert!(lacks_secret(&provider));
        let known = apple(&json!({ "client_id": "a", "private_key": "k" }));
        assert_eq!(known[DETAILS][PRIVATE_KEY], "k");
        assert!(!lacks_secret(&known));
        assert!(lacks_secret(&json!({ "ProviderType": "SignInWithApple" })));
    }

    #[test]
    fn changed_apple_details_need_the_key() {
        let current = apple(&json!({ "client_id": "a", "key_id": "1" }));
        let check = |wanted: Value, merged: Value| {
            let mut merged = apple(&merged);
            let wanted = apple(&wanted);
            let findings = keep_secrets("apple", (&current, &wanted), &mut merged);
            (findings.len(), merged)
        };
        let new = json!({ "client_id": "a", "key_id": "2" });
        let (findings, merged) = check(new.clone(), new);
        assert_eq!((findings, &merged), (1, &current));
        let new = json!({ "client_id": "a", "key_id": "2", "private_key": "k" });
        let (findings, merged) = check(new.clone(), new);
        assert_eq!(findings, 0);
        assert_eq!(merged[DETAILS][PRIVATE_KEY], "k");
    }

    #[test]
    fn clients_of_skipped_provider_are_kept() {
        let provider = json!({
            "ProviderName": "Google",
            "ProviderType": "Google",
            "ProviderDetails": { "client_secret": LEFT_OUT },
        });
        let client = |id: &str, providers: &Value| {
            let settings = json!({ "ClientName": id, "SupportedIdentityProviders": providers });
            let part = json!({ "id": id, "settings": settings });
            (PartId::new(Kind::Client, id), part)
        };
        let old = client("old", &json!(["COGNITO"]));
        let current = Parts::from([old.clone()]);
        let risk = (PartId::new(Kind::Risk, "new"), json!({ "ClientId": "new" }));
        let wanted = Parts::from([
            (PartId::new(Kind::IdentityProvider, "Google"), provider),
            client("old", &json!(["COGNITO", "Google"])),
            client("new", &json!(["Google"])),
            client("other", &json!(["COGNITO"])),
            risk,
        ]);
        let goal = goal(&current, &wanted, &BTreeSet::new(), false);
        assert_eq!(goal.findings.len(), 3, "{:?}", goal.findings);
        let expected = Parts::from([old, client("other", &json!(["COGNITO"]))]);
        assert_eq!(goal.parts, expected);
    }

    #[test]
    fn left_out_secret_is_never_written() {
        let provider = |kind: &str, details: &Value| {
            let part = json!({
                "ProviderName": "p",
                "ProviderType": kind,
                "ProviderDetails": details,
            });
            Parts::from([(PartId::new(Kind::IdentityProvider, "p"), part)])
        };
        let current = provider("OIDC", &json!({ "client_id": "a" }));
        let gap = json!({ "client_id": "b", "client_secret": LEFT_OUT });
        let goal_of = |wanted| goal(&current, &wanted, &BTreeSet::new(), false);
        let dropped = goal_of(provider("OIDC", &gap));
        assert_eq!(dropped.findings.len(), 1, "{:?}", dropped.findings);
        assert_eq!(
            dropped.parts,
            provider("OIDC", &json!({ "client_id": "b" }))
        );
        // The details of another type of provider are not mixed with the current ones.
        let skipped = goal_of(provider("Google", &json!({ "client_id": "c" })));
        assert_eq!(skipped.findings.len(), 1, "{:?}", skipped.findings);
        assert_eq!(skipped.parts, current);
    }
}
