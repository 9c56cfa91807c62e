//! Checks of second factors, passkeys and remembered devices.

use serde_json::Value;

use crate::commands::audit::check::{Check, Document, Scope, Severity, Subject, texts};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "mfa-off",
        severity: Severity::High,
        scope: Scope::Pool,
        needs: &[],
        title: "no user has a second factor",
        reason: "A stolen password is enough to sign in.",
        fix: "SetUserPoolMfaConfig: MfaConfiguration ON, SoftwareTokenMfaConfiguration.Enabled true",
        source: "OWASP ASVS 5.0, 6.3.3; AWS developer guide, \"Adding MFA to a user pool\"",
        find: mfa_off,
    },
    Check {
        id: "mfa-optional",
        severity: Severity::Medium,
        scope: Scope::Pool,
        needs: &[],
        title: "a second factor is optional",
        reason: "Most users do not set up an optional factor, so a stolen password is enough for their \
                 accounts.",
        fix: "SetUserPoolMfaConfig: MfaConfiguration ON",
        source: "OWASP ASVS 5.0, 6.3.3; AWS developer guide, \"Adding MFA to a user pool\"",
        find: mfa_optional,
    },
    Check {
        id: "mfa-sms-only",
        severity: Severity::High,
        scope: Scope::Pool,
        needs: &[Document::Mfa],
        title: "SMS is the only second factor",
        reason: "Codes by SMS can be intercepted, and phone numbers can be taken over (SIM swap).",
        fix: "SetUserPoolMfaConfig: SoftwareTokenMfaConfiguration.Enabled true",
        source: "OWASP ASVS 5.0, 6.6.1; OWASP Multifactor Authentication Cheat Sheet",
        find: mfa_sms_only,
    },
    Check {
        id: "mfa-sms-allowed",
        severity: Severity::Low,
        scope: Scope::Pool,
        needs: &[Document::Mfa],
        title: "SMS is one of the second factors",
        reason: "A user who chooses SMS is exposed to the takeover of the phone number.",
        fix: "SetUserPoolMfaConfig: without SmsMfaConfiguration",
        source: "OWASP ASVS 5.0, 6.6.1",
        find: mfa_sms_allowed,
    },
    Check {
        id: "mfa-email",
        severity: Severity::Low,
        scope: Scope::Pool,
        needs: &[Document::Mfa],
        title: "e-mail is one of the second factors",
        reason: "The mailbox is also the way to recover the password, so it is the only factor that an \
                 attacker needs.",
        fix: "SetUserPoolMfaConfig: without EmailMfaConfiguration",
        source: "OWASP ASVS 5.0, 6.3.6",
        find: mfa_email,
    },
    Check {
        id: "first-factor-sms",
        severity: Severity::Medium,
        scope: Scope::Pool,
        needs: &[],
        title: "users can sign in with a code by SMS alone",
        reason: "Anyone who takes over the phone number of a user can sign in without a password.",
        fix: "Policies.SignInPolicy.AllowedFirstAuthFactors: without SMS_OTP",
        source: "OWASP ASVS 5.0, 6.6.1; API reference, SignInPolicyType",
        find: first_factor_sms,
    },
    Check {
        id: "first-factor-email",
        severity: Severity::Low,
        scope: Scope::Pool,
        needs: &[],
        title: "users can sign in with a code by e-mail alone",
        reason: "Anyone who can read the mailbox of the user can sign in.",
        fix: "Policies.SignInPolicy.AllowedFirstAuthFactors: without EMAIL_OTP",
        source: "OWASP ASVS 5.0, 6.3.6; API reference, SignInPolicyType",
        find: first_factor_email,
    },
    Check {
        id: "passkey-user-verification",
        severity: Severity::Medium,
        scope: Scope::Pool,
        needs: &[Document::Mfa],
        title: "passkeys need no user verification",
        reason: "Anyone who has the authenticator can sign in without its PIN or a fingerprint.",
        fix: "SetUserPoolMfaConfig: WebAuthnConfiguration.UserVerification required",
        source: "API reference, WebAuthnConfigurationType; W3C Web Authentication, section 5.8.6",
        find: passkey_user_verification,
    },
    Check {
        id: "device-replaces-factor",
        severity: Severity::Medium,
        scope: Scope::Pool,
        needs: &[],
        title: "a remembered device signs in without the second factor",
        reason: "An attacker who has the device and the password needs no second factor.",
        fix: "DeviceConfiguration.ChallengeRequiredOnNewDevice: false",
        source: "API reference, DeviceConfigurationType",
        find: device_replaces_factor,
    },
    Check {
        id: "device-always-remembered",
        severity: Severity::Low,
        scope: Scope::Pool,
        needs: &[],
        title: "devices are remembered without a question",
        reason: "A device that several people use is remembered for the first of them.",
        fix: "DeviceConfiguration.DeviceOnlyRememberedOnUserPrompt: true",
        source: "API reference, DeviceConfigurationType",
        find: device_always_remembered,
    },
    Check {
        id: "device-untracked",
        severity: Severity::Info,
        scope: Scope::Pool,
        needs: &[],
        title: "devices are not tracked",
        reason: "A user cannot see and forget the devices on which the account is used.",
        fix: "DeviceConfiguration: ChallengeRequiredOnNewDevice false, \
              DeviceOnlyRememberedOnUserPrompt true",
        source: "AWS developer guide, \"Working with user devices in your user pool\"",
        find: device_untracked,
    },
];

fn mfa<'a>(pool: &Subject<'a>) -> &'a Value {
    pool.all.get(Document::Mfa)
}

fn mfa_off(pool: Subject<'_>) -> Option<String> {
    let mode = pool.text("MfaConfiguration");
    matches!(mode, "" | "OFF").then(|| "MfaConfiguration is OFF".into())
}

fn mfa_optional(pool: Subject<'_>) -> Option<String> {
    let optional = pool.text("MfaConfiguration") == "OPTIONAL";
    optional.then(|| "MfaConfiguration is OPTIONAL".into())
}

/// Returns whether users can have SMS codes, and whether they can have another second factor.
fn sms_and_others(pool: &Subject<'_>) -> (bool, bool) {
    let config = mfa(pool);
    let is_on = matches!(pool.text("MfaConfiguration"), "ON" | "OPTIONAL");
    let sms = is_on && config["SmsMfaConfiguration"]["SmsConfiguration"].is_object();
    let app = config["SoftwareTokenMfaConfiguration"]["Enabled"] == true;
    let email = config["EmailMfaConfiguration"].is_object();
    (sms, app || email)
}

fn mfa_sms_only(pool: Subject<'_>) -> Option<String> {
    let only = sms_and_others(&pool) == (true, false);
    only.then(|| "only SmsMfaConfiguration is set".into())
}

fn mfa_sms_allowed(pool: Subject<'_>) -> Option<String> {
    let allowed = sms_and_others(&pool) == (true, true);
    allowed.then(|| "SmsMfaConfiguration is set".into())
}

fn mfa_email(pool: Subject<'_>) -> Option<String> {
    let is_on = matches!(pool.text("MfaConfiguration"), "ON" | "OPTIONAL");
    let allowed = is_on && mfa(&pool)["EmailMfaConfiguration"].is_object();
    allowed.then(|| "EmailMfaConfiguration is set".into())
}

fn has_first_factor(pool: &Subject<'_>, factor: &str) -> bool {
    let policy = &pool.item["Policies"]["SignInPolicy"];
    texts(&policy["AllowedFirstAuthFactors"]).contains(&factor)
}

fn first_factor_sms(pool: Subject<'_>) -> Option<String> {
    let allowed = has_first_factor(&pool, "SMS_OTP");
    allowed.then(|| "AllowedFirstAuthFactors has SMS_OTP".into())
}

fn first_factor_email(pool: Subject<'_>) -> Option<String> {
    let allowed = has_first_factor(&pool, "EMAIL_OTP");
    allowed.then(|| "AllowedFirstAuthFactors has EMAIL_OTP".into())
}

fn passkey_user_verification(pool: Subject<'_>) -> Option<String> {
    let passkeys = &mfa(&pool)["WebAuthnConfiguration"];
    let weak = has_first_factor(&pool, "WEB_AUTHN") && passkeys["UserVerification"] != "required";
    let found = passkeys["UserVerification"].as_str().unwrap_or("not set");
    weak.then(|| format!("UserVerification is {found}"))
}

fn device_replaces_factor(pool: Subject<'_>) -> Option<String> {
    let devices = &pool.item["DeviceConfiguration"];
    let replaces = devices["ChallengeRequiredOnNewDevice"] == true;
    replaces.then(|| "ChallengeRequiredOnNewDevice is true".into())
}

fn device_always_remembered(pool: Subject<'_>) -> Option<String> {
    let devices = &pool.item["DeviceConfiguration"];
    let always = devices.is_object() && devices["DeviceOnlyRememberedOnUserPrompt"] != true;
    always.then(|| "DeviceOnlyRememberedOnUserPrompt is false".into())
}

fn device_untracked(pool: Subject<'_>) -> Option<String> {
    let untracked = !pool.item["DeviceConfiguration"].is_object();
    untracked.then(|| "DeviceConfiguration is not set".into())
}
