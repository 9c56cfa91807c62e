//! Dependencies between the parts of a user pool. For example, AWS accepts a risk configuration
//! only if threat protection is on in the settings of the pool.

use serde_json::Value;

use super::merge::Goal;
use super::part::{Kind, PartId, Parts, label};

/// The settings that AWS stores both in the pool and in the MFA configuration.
pub(super) const SHARED: [&str; 2] = ["SmsConfiguration", "SmsAuthenticationMessage"];

/// The member of the MFA configuration that contains [`SHARED`].
pub(super) const SMS: &str = "SmsMfaConfiguration";

/// Copies the settings of [`SHARED`] in `goal` between the pool and the MFA configuration. A
/// setting is copied if `wanted` contains it only in the pool or only in the MFA configuration. AWS
/// has a separate request for each of these two. Without the copy, the second request would set the
/// old value again.
pub(super) fn copy_shared(goal: &mut Parts, wanted: &Parts) {
    let (pool_id, mfa_id) = (PartId::only(Kind::Pool), PartId::only(Kind::Mfa));
    for name in SHARED {
        let has = |value: Option<&Value>| value.is_some_and(|value| !value[name].is_null());
        let in_pool = has(wanted.get(&pool_id));
        let in_mfa = has(wanted.get(&mfa_id).map(|mfa| &mfa[SMS]));
        let value = |value: Option<&Value>| value.map(|value| value[name].clone());
        if in_pool && !in_mfa {
            let new = value(goal.get(&pool_id)).unwrap_or_default();
            let mfa = goal.get_mut(&mfa_id);
            if let Some(Value::Object(sms)) = mfa.and_then(|mfa| mfa.get_mut(SMS)) {
                sms.insert(name.to_owned(), new);
            }
        } else if in_mfa && !in_pool {
            let new = value(goal.get(&mfa_id).map(|mfa| &mfa[SMS])).unwrap_or_default();
            if let Some(Value::Object(pool)) = goal.get_mut(&pool_id)
                && !new.is_null()
            {
                pool.insert(name.to_owned(), new);
            }
        }
    }
}

/// Returns `true` if threat protection is on. Otherwise AWS accepts no risk configuration.
pub(crate) fn has_threat_protection(parts: &Parts) -> bool {
    let pool = parts.get(&PartId::only(Kind::Pool));
    let mode = pool.and_then(|pool| pool["UserPoolAddOns"]["AdvancedSecurityMode"].as_str());
    mode.is_some_and(|mode| mode != "OFF")
}

/// Keeps the current UI customizations of a pool that has no domain. AWS rejects changes of the UI
/// customizations of such a pool.
pub(super) fn keep_customizations(goal: &mut Goal, current: &Parts) {
    if goal.parts.keys().any(|id| id.kind == Kind::Domain) {
        return;
    }
    let is_customization = |id: &&PartId| id.kind == Kind::UiCustomization;
    let ids: Vec<_> = goal
        .parts
        .keys()
        .filter(is_customization)
        .cloned()
        .collect();
    for id in ids {
        if current.get(&id) != goal.parts.get(&id) {
            let name = label(&goal.parts, &id);
            let text = "is not changed, because the pool has no domain";
            goal.findings.push(format!("{name} {text}"));
        }
        match current.get(&id) {
            Some(known) => goal.parts.insert(id, known.clone()),
            None => goal.parts.remove(&id),
        };
    }
}

/// Returns `true` if the pool tracks sessions. Otherwise its app clients have no sessions to
/// configure.
pub(crate) fn tracks_sessions(parts: &Parts) -> bool {
    let sessions = parts.get(&PartId::only(Kind::Sessions));
    sessions.is_some_and(|sessions| sessions["UserSessionTracking"] == "ENABLED")
}

/// Removes the parts of a kind, such as all risk configurations, from the settings of a pool.
pub(crate) fn without(parts: &mut Parts, kind: Kind) {
    parts.retain(|id, _| id.kind != kind);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parts(pool: Value, mfa: Value) -> Parts {
        Parts::from([
            (PartId::only(Kind::Pool), pool),
            (PartId::only(Kind::Mfa), mfa),
        ])
    }

    #[test]
    fn shared_setting_is_copied() {
        let (old, new) = (json!({ "SnsRegion": "a" }), json!({ "SnsRegion": "b" }));
        let both = |one: &Value, other: &Value| {
            let sms = json!({ "SmsConfiguration": other });
            parts(
                json!({ "SmsConfiguration": one }),
                json!({ "SmsMfaConfiguration": sms }),
            )
        };
        let mut goal = both(&new, &old);
        copy_shared(
            &mut goal,
            &parts(json!({ "SmsConfiguration": new }), json!({})),
        );
        assert_eq!(goal, both(&new, &new));
        let mut goal = both(&old, &new);
        let sms = json!({ "SmsMfaConfiguration": { "SmsConfiguration": new } });
        copy_shared(&mut goal, &parts(json!({}), sms));
        assert_eq!(goal, both(&new, &new));
        // Without SMS as a second factor, MFA has no such setting.
        let off = parts(
            json!({ "SmsConfiguration": new }),
            json!({ "MfaConfiguration": "OFF" }),
        );
        let mut goal = off.clone();
        copy_shared(&mut goal, &off);
        assert_eq!(goal, off);
    }

    #[test]
    fn risk_needs_threat_protection() {
        let with = |mode: &str| {
            let pool = json!({ "UserPoolAddOns": { "AdvancedSecurityMode": mode } });
            parts(pool, json!({}))
        };
        assert!(has_threat_protection(&with("AUDIT")));
        assert!(!has_threat_protection(&with("OFF")));
        assert!(!has_threat_protection(&Parts::new()));
        let mut risk = Parts::from([(PartId::only(Kind::Risk), json!({}))]);
        without(&mut risk, Kind::Risk);
        assert!(risk.is_empty());
    }
}
