//! Checks of accounts: sign-up, user names, attributes, verification and recovery.

use serde_json::Value;

use crate::commands::audit::check::{Check, Document, Scope, Severity, Subject, texts};
use crate::commands::audit::checks::roles::is_role;

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "self-sign-up",
        severity: Severity::Low,
        scope: Scope::Pool,
        needs: &[],
        title: "anyone can sign up",
        reason: "Anyone who has the id of an app client can create accounts in the pool.",
        fix: "AdminCreateUserConfig.AllowAdminCreateUserOnly: true, unless the service needs sign-up",
        source: "AWS developer guide, \"Configuring user creation policies\"",
        find: self_sign_up,
    },
    Check {
        id: "case-sensitive-names",
        severity: Severity::Medium,
        scope: Scope::Pool,
        needs: &[],
        title: "user names are case-sensitive",
        reason: "Another user can sign up with a name or address that differs in case only.",
        fix: "UsernameConfiguration.CaseSensitive: false; it can be set only when a pool is created",
        source: "AWS developer guide, \"User pool case sensitivity\"",
        find: case_sensitive_names,
    },
    Check {
        id: "verify-before-update",
        severity: Severity::High,
        scope: Scope::Pool,
        needs: &[],
        title: "a new address replaces the verified one before it is verified",
        reason: "A user, or an attacker with an access token, can set an address of someone else, and an \
                 application can mistake it for a verified one.",
        fix: "UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate: all of \
              AutoVerifiedAttributes",
        source: "AWS developer guide, \"Verifying updates to email addresses and phone numbers\"; \
                 OWASP ASVS 5.0, 6.3.7",
        find: verify_before_update,
    },
    Check {
        id: "no-verified-addresses",
        severity: Severity::Medium,
        scope: Scope::Pool,
        needs: &[],
        title: "Cognito does not verify each address that users sign in with",
        reason: "A user can sign up with the address of someone else, and cannot recover the account.",
        fix: "AutoVerifiedAttributes: email, and each address of UsernameAttributes and AliasAttributes",
        source: "AWS developer guide, \"Verifying contact information at sign-up\"",
        find: no_verified_addresses,
    },
    Check {
        id: "recovery-by-sms-only",
        severity: Severity::Medium,
        scope: Scope::Pool,
        needs: &[],
        title: "accounts are recovered by SMS only",
        reason: "Anyone who takes over the phone number of a user (SIM swap) can set a new password.",
        fix: "AccountRecoverySetting.RecoveryMechanisms: verified_email with priority 1",
        source: "OWASP ASVS 5.0, 6.4.3 and 6.6.1; API reference, AccountRecoverySettingType",
        find: recovery_by_sms_only,
    },
    Check {
        id: "recovery-by-sms-too",
        severity: Severity::Low,
        scope: Scope::Pool,
        needs: &[],
        title: "accounts are recovered by SMS, too",
        reason: "A second way to recover an account is a second way to take it over, and SMS is the \
                 weaker one.",
        fix: "AccountRecoverySetting.RecoveryMechanisms: only verified_email",
        source: "OWASP ASVS 5.0, 6.3.4 and 6.4.3; API reference, AccountRecoverySettingType",
        find: recovery_by_sms_too,
    },
    Check {
        id: "client-writes-role",
        severity: Severity::High,
        scope: Scope::Client,
        needs: &[],
        title: "users can change an attribute that looks like a permission",
        reason: "A user can call UpdateUserAttributes with their own access token, and raise their own \
                 permissions.",
        fix: "WriteAttributes: without this attribute; set it with AdminUpdateUserAttributes, or use \
              groups",
        source: "AWS developer guide, \"Working with user attributes\"; OWASP ASVS 5.0, 8.2.3",
        find: client_writes_role,
    },
    Check {
        id: "client-writes-verified",
        severity: Severity::High,
        scope: Scope::Client,
        needs: &[],
        title: "an app client can write email_verified or phone_number_verified",
        reason: "A user could mark an address as verified without a code.",
        fix: "WriteAttributes: without email_verified and phone_number_verified",
        source: "AWS developer guide, \"Working with user attributes\"; OWASP ASVS 5.0, 8.2.3",
        find: client_writes_verified,
    },
    Check {
        id: "client-writes-address",
        severity: Severity::Low,
        scope: Scope::Client,
        needs: &[Document::Pool],
        title: "an app client can write the address that users sign in with",
        reason: "An attacker with an access token can change the address, and then recover the account with \
                 it.",
        fix: "WriteAttributes: without email and phone_number, unless users change them in this app",
        source: "AWS developer guide, \"Working with user attributes\"; OWASP ASVS 5.0, 8.2.3",
        find: client_writes_address,
    },
    Check {
        id: "client-reads-all",
        severity: Severity::Info,
        scope: Scope::Client,
        needs: &[],
        title: "an app client can read all standard attributes",
        reason: "ID tokens then contain personal data that the app does not need.",
        fix: "ReadAttributes: only the attributes that the app needs",
        source: "AWS developer guide, \"Working with user attributes\"; OWASP ASVS 5.0, 8.2.3",
        find: client_reads_all,
    },
];

fn self_sign_up(pool: Subject<'_>) -> Option<String> {
    let only = &pool.item["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"];
    (only != true).then(|| "AllowAdminCreateUserOnly is false".into())
}

fn case_sensitive_names(pool: Subject<'_>) -> Option<String> {
    let case = &pool.item["UsernameConfiguration"]["CaseSensitive"];
    (case != false).then(|| "CaseSensitive is not false".into())
}

fn verify_before_update(pool: Subject<'_>) -> Option<String> {
    let settings = &pool.item["UserAttributeUpdateSettings"];
    let required = texts(&settings["AttributesRequireVerificationBeforeUpdate"]);
    let mut names = pool.list("AutoVerifiedAttributes");
    names.retain(|name| !required.contains(name));
    (!names.is_empty()).then(|| format!("missing: {}", names.join(", ")))
}

/// Returns the names of the attributes `email` and `phone_number`, if users can sign in with them.
fn addresses(pool: &Value) -> Vec<&str> {
    let mut names = texts(&pool["UsernameAttributes"]);
    names.extend(texts(&pool["AliasAttributes"]));
    names.retain(|name| *name != "preferred_username");
    names
}

fn no_verified_addresses(pool: Subject<'_>) -> Option<String> {
    let verified = pool.list("AutoVerifiedAttributes");
    if verified.is_empty() {
        return Some("AutoVerifiedAttributes is empty".into());
    }
    let mut names = addresses(pool.item);
    names.retain(|name| !verified.contains(name));
    (!names.is_empty()).then(|| format!("not in AutoVerifiedAttributes: {}", names.join(", ")))
}

/// Returns the names of the ways to recover an account. If the setting is missing, Cognito uses a
/// verified phone number, or else a verified e-mail address.
fn recovery<'a>(pool: &Subject<'a>) -> Vec<&'a str> {
    let setting = &pool.item["AccountRecoverySetting"]["RecoveryMechanisms"];
    let Some(list) = setting.as_array() else {
        return vec!["verified_phone_number", "verified_email"];
    };
    let names = list.iter().filter_map(|way| way["Name"].as_str());
    names.collect()
}

fn recovery_by_sms_only(pool: Subject<'_>) -> Option<String> {
    let only = recovery(&pool) == ["verified_phone_number"];
    only.then(|| "only verified_phone_number".into())
}

fn recovery_by_sms_too(pool: Subject<'_>) -> Option<String> {
    let ways = recovery(&pool);
    let both = ways.len() > 1 && ways.contains(&"verified_phone_number");
    both.then(|| format!("allowed: {}", ways.join(", ")))
}

fn client_writes_role(client: Subject<'_>) -> Option<String> {
    let mut names = client.list("WriteAttributes");
    names.retain(|name| is_role(name));
    (!names.is_empty()).then(|| format!("writable: {}", names.join(", ")))
}

fn client_writes_verified(client: Subject<'_>) -> Option<String> {
    let mut names = client.list("WriteAttributes");
    names.retain(|name| name.ends_with("_verified"));
    (!names.is_empty()).then(|| format!("writable: {}", names.join(", ")))
}

/// Returns a finding if the app client can write an address with which users sign in. Without
/// `WriteAttributes`, a client can write all standard attributes.
fn client_writes_address(client: Subject<'_>) -> Option<String> {
    let mut names = addresses(client.all.pool());
    if client.item["WriteAttributes"].is_array() {
        names.retain(|name| client.has("WriteAttributes", name));
    }
    (!names.is_empty()).then(|| format!("writable: {}", names.join(", ")))
}

fn client_reads_all(client: Subject<'_>) -> Option<String> {
    let all = !client.item["ReadAttributes"].is_array();
    all.then(|| "ReadAttributes is not set".into())
}
