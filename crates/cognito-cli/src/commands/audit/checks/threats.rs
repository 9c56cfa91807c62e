//! Checks of threat protection and of the risk configurations.

use serde_json::Value;

use crate::commands::audit::check::{Check, Document, Scope, Severity, Subject, texts};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "threat-protection-off",
        severity: Severity::Medium,
        scope: Scope::Pool,
        needs: &[],
        title: "threat protection is off",
        reason: "Cognito does not look for leaked passwords and unusual sign-ins.",
        fix: "UserPoolAddOns.AdvancedSecurityMode: ENFORCED (feature plan Plus)",
        source: "AWS developer guide, \"Advanced security with threat protection\"; OWASP ASVS 5.0, 6.2.12 \
                 and 6.3.1; AWS Security Hub, Cognito.1",
        find: threat_protection_off,
    },
    Check {
        id: "threat-protection-audit",
        severity: Severity::Medium,
        scope: Scope::Pool,
        needs: &[],
        title: "threat protection only records",
        reason: "In the mode AUDIT, Cognito records risks and allows each sign-in.",
        fix: "UserPoolAddOns.AdvancedSecurityMode: ENFORCED",
        source: "AWS developer guide, \"Advanced security with threat protection\"; AWS Security Hub, \
                 Cognito.1",
        find: threat_protection_audit,
    },
    Check {
        id: "threat-custom-auth",
        severity: Severity::Low,
        scope: Scope::Pool,
        needs: &[],
        title: "custom challenges are not protected",
        reason: "Threat protection does not assess sign-ins by custom challenges, unless this is configured.",
        fix: "UserPoolAddOns.AdvancedSecurityAdditionalFlows.CustomAuthMode: ENFORCED",
        source: "API reference, AdvancedSecurityAdditionalFlowsType; AWS Security Hub, Cognito.4",
        find: threat_custom_auth,
    },
    Check {
        id: "risk-compromised-credentials",
        severity: Severity::High,
        scope: Scope::Risk,
        needs: &[],
        title: "leaked passwords are not blocked",
        reason: "An attacker with a list of leaked passwords can sign in.",
        fix: "CompromisedCredentialsRiskConfiguration.Actions.EventAction: BLOCK",
        source: "AWS developer guide, \"Working with compromised-credentials detection\"; OWASP ASVS 5.0, \
                 6.2.12",
        find: compromised_credentials,
    },
    Check {
        id: "risk-compromised-events",
        severity: Severity::Low,
        scope: Scope::Risk,
        needs: &[],
        title: "leaked passwords are not checked at each event",
        reason: "A leaked password that is blocked at one event is still accepted at another.",
        fix: "CompromisedCredentialsRiskConfiguration.EventFilter: SIGN_IN, SIGN_UP and PASSWORD_CHANGE",
        source: "API reference, CompromisedCredentialsRiskConfigurationType; OWASP ASVS 5.0, 6.2.12",
        find: compromised_events,
    },
    Check {
        id: "risk-takeover-high",
        severity: Severity::High,
        scope: Scope::Risk,
        needs: &[],
        title: "sign-ins with a high risk are allowed",
        reason: "An attacker can sign in although Cognito has detected the risk.",
        fix: "AccountTakeoverRiskConfiguration.Actions.HighAction.EventAction: BLOCK or MFA_REQUIRED",
        source: "AWS developer guide, \"Working with adaptive authentication\"; OWASP ASVS 5.0, 6.3.1",
        find: takeover_high,
    },
    Check {
        id: "risk-takeover-medium",
        severity: Severity::Medium,
        scope: Scope::Risk,
        needs: &[],
        title: "sign-ins with a medium risk are allowed",
        reason: "An unusual sign-in needs no second factor.",
        fix: "AccountTakeoverRiskConfiguration.Actions.MediumAction.EventAction: MFA_REQUIRED",
        source: "AWS developer guide, \"Working with adaptive authentication\"; OWASP ASVS 5.0, 6.3.1",
        find: takeover_medium,
    },
    Check {
        id: "risk-factor-if-configured",
        severity: Severity::Medium,
        scope: Scope::Risk,
        needs: &[Document::Pool],
        title: "sign-ins with a high risk are allowed without a second factor",
        reason: "MFA_IF_CONFIGURED allows the sign-in of each user who has no second factor.",
        fix: "AccountTakeoverRiskConfiguration.Actions.HighAction.EventAction: BLOCK or MFA_REQUIRED",
        source: "API reference, AccountTakeoverActionType",
        find: factor_if_configured,
    },
    Check {
        id: "risk-no-notification",
        severity: Severity::Low,
        scope: Scope::Risk,
        needs: &[],
        title: "users get no message about sign-ins with a high risk",
        reason: "A user who gets no message does not know that the password was stolen.",
        fix: "AccountTakeoverRiskConfiguration: Actions.HighAction.Notify true, NotifyConfiguration with a \
              sender",
        source: "API reference, NotifyConfigurationType; OWASP ASVS 5.0, 6.3.5",
        find: no_notification,
    },
    Check {
        id: "risk-wide-exception",
        severity: Severity::Medium,
        scope: Scope::Risk,
        needs: &[],
        title: "threat protection skips a large address range",
        reason: "An attacker in this range is never assessed.",
        fix: "RiskExceptionConfiguration.SkippedIPRangeList: only your own addresses (/16 or smaller, IPv6 \
              /32 or smaller)",
        source: "API reference, RiskExceptionConfigurationType",
        find: wide_exception,
    },
];

fn mode(pool: &Value) -> &str {
    let mode = pool["UserPoolAddOns"]["AdvancedSecurityMode"].as_str();
    mode.unwrap_or("OFF")
}

fn threat_protection_off(pool: Subject<'_>) -> Option<String> {
    let off = mode(pool.item) == "OFF";
    off.then(|| "AdvancedSecurityMode is OFF".into())
}

fn threat_protection_audit(pool: Subject<'_>) -> Option<String> {
    let audit = mode(pool.item) == "AUDIT";
    audit.then(|| "AdvancedSecurityMode is AUDIT".into())
}

fn threat_custom_auth(pool: Subject<'_>) -> Option<String> {
    let flows = &pool.item["UserPoolAddOns"]["AdvancedSecurityAdditionalFlows"];
    let has_trigger = pool.item["LambdaConfig"]["DefineAuthChallenge"].is_string();
    let is_weak = mode(pool.item) != "OFF" && flows["CustomAuthMode"] != "ENFORCED";
    (has_trigger && is_weak).then(|| "CustomAuthMode is not ENFORCED".into())
}

/// Returns the action for a level of risk. Default: `NO_ACTION`.
fn action<'a>(risk: &Subject<'a>, level: &str) -> &'a str {
    let actions = &risk.item["AccountTakeoverRiskConfiguration"]["Actions"];
    let action = actions[level]["EventAction"].as_str();
    action.unwrap_or("NO_ACTION")
}

fn compromised_credentials(risk: Subject<'_>) -> Option<String> {
    let actions = &risk.item["CompromisedCredentialsRiskConfiguration"]["Actions"];
    let blocks = actions["EventAction"] == "BLOCK";
    (!blocks).then(|| "EventAction is not BLOCK".into())
}

/// Returns the events in which Cognito does not check passwords. Returns `None` if it checks the
/// passwords of all events, as it does without a filter.
fn compromised_events(risk: Subject<'_>) -> Option<String> {
    let filter = &risk.item["CompromisedCredentialsRiskConfiguration"]["EventFilter"];
    let events = texts(filter);
    let mut missing = vec!["SIGN_IN", "SIGN_UP", "PASSWORD_CHANGE"];
    missing.retain(|event| !events.contains(event));
    let is_partial = !events.is_empty() && !missing.is_empty();
    is_partial.then(|| format!("not checked at: {}", missing.join(", ")))
}

fn takeover_high(risk: Subject<'_>) -> Option<String> {
    let allowed = action(&risk, "HighAction") == "NO_ACTION";
    allowed.then(|| "HighAction is NO_ACTION".into())
}

fn takeover_medium(risk: Subject<'_>) -> Option<String> {
    let allowed = action(&risk, "MediumAction") == "NO_ACTION";
    allowed.then(|| "MediumAction is NO_ACTION".into())
}

fn factor_if_configured(risk: Subject<'_>) -> Option<String> {
    let pool = risk.all.pool();
    let optional = action(&risk, "HighAction") == "MFA_IF_CONFIGURED";
    let required = pool["MfaConfiguration"] == "ON";
    (optional && !required).then(|| "HighAction is MFA_IF_CONFIGURED".into())
}

fn no_notification(risk: Subject<'_>) -> Option<String> {
    let actions = &risk.item["AccountTakeoverRiskConfiguration"]["Actions"];
    let notifies = actions["HighAction"]["Notify"] == true;
    (!notifies).then(|| "HighAction.Notify is false".into())
}

fn wide_exception(risk: Subject<'_>) -> Option<String> {
    let exceptions = &risk.item["RiskExceptionConfiguration"]["SkippedIPRangeList"];
    let mut ranges = texts(exceptions);
    ranges.retain(|range| is_wide(range));
    (!ranges.is_empty()).then(|| format!("skipped: {}", ranges.join(", ")))
}

/// Returns `true` for a CIDR range that is larger than the network of one organization usually is.
fn is_wide(range: &str) -> bool {
    let Some((address, length)) = range.split_once('/') else {
        return false;
    };
    let smallest = if address.contains(':') { 32 } else { 16 };
    length.parse::<u8>().is_ok_and(|length| length < smallest)
}
