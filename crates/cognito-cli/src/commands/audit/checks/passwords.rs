//! Checks of the password policy.

use serde_json::Value;

use crate::commands::audit::check::{Check, Scope, Severity, Subject};

/// The minimum password length that ASVS requires, in characters.
const MINIMUM: u64 = 8;

/// The minimum password length that ASVS recommends, in characters.
const RECOMMENDED: u64 = 15;

/// The maximum number of days for which a temporary password should be valid.
const TEMPORARY_DAYS: u64 = 7;

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "password-length",
        severity: Severity::High,
        scope: Scope::Pool,
        needs: &[],
        title: "passwords can be shorter than 8 characters",
        reason: "Short passwords are guessed, and computed from a stolen hash.",
        fix: "Policies.PasswordPolicy.MinimumLength: 15, at least 8",
        source: "OWASP ASVS 5.0, 6.2.1; AWS Security Hub, Cognito.3",
        find: password_length,
    },
    Check {
        id: "password-length-recommended",
        severity: Severity::Low,
        scope: Scope::Pool,
        needs: &[],
        title: "passwords can be shorter than 15 characters",
        reason: "ASVS strongly recommends 15 characters, because length protects better than rules about \
                 characters.",
        fix: "Policies.PasswordPolicy.MinimumLength: 15",
        source: "OWASP ASVS 5.0, 6.2.1",
        find: password_length_recommended,
    },
    Check {
        id: "password-history",
        severity: Severity::Low,
        scope: Scope::Pool,
        needs: &[],
        title: "a user can set the same password again",
        reason: "After a reset, a password that has leaked can be set again.",
        fix: "Policies.PasswordPolicy.PasswordHistorySize: 5 (feature plan Essentials or Plus)",
        source: "AWS developer guide, \"Passwords, account recovery, and password policies\"",
        find: password_history,
    },
    Check {
        id: "temporary-password-validity",
        severity: Severity::Medium,
        scope: Scope::Pool,
        needs: &[],
        title: "temporary passwords are valid for more than 7 days",
        reason: "A temporary password in a mailbox is a way into an account that its user has never used.",
        fix: "Policies.PasswordPolicy.TemporaryPasswordValidityDays: 7 or less",
        source: "OWASP ASVS 5.0, 6.4.1; AWS Security Hub, Cognito.3",
        find: temporary_password_validity,
    },
];

fn policy<'a>(pool: &Subject<'a>) -> &'a Value {
    &pool.item["Policies"]["PasswordPolicy"]
}

/// Returns the minimum length. Default: 8.
fn length(pool: &Subject<'_>) -> u64 {
    let length = policy(pool)["MinimumLength"].as_u64();
    length.unwrap_or(MINIMUM)
}

fn password_length(pool: Subject<'_>) -> Option<String> {
    let length = length(&pool);
    (length < MINIMUM).then(|| format!("MinimumLength is {length}"))
}

fn password_length_recommended(pool: Subject<'_>) -> Option<String> {
    let length = length(&pool);
    let is_short = (MINIMUM..RECOMMENDED).contains(&length);
    is_short.then(|| format!("MinimumLength is {length}"))
}

fn password_history(pool: Subject<'_>) -> Option<String> {
    let size = policy(&pool)["PasswordHistorySize"].as_u64();
    let none = size.unwrap_or_default() == 0;
    none.then(|| "PasswordHistorySize is 0".into())
}

fn temporary_password_validity(pool: Subject<'_>) -> Option<String> {
    let days = policy(&pool)["TemporaryPasswordValidityDays"].as_u64();
    let old = &pool.item["AdminCreateUserConfig"]["UnusedAccountValidityDays"];
    let days = days.or_else(|| old.as_u64()).unwrap_or(TEMPORARY_DAYS);
    (days > TEMPORARY_DAYS).then(|| format!("TemporaryPasswordValidityDays is {days}"))
}
