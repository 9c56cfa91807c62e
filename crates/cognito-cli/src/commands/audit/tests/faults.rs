//! For each check, a change of the hardened pool that makes exactly this check find something.

use super::client_faults::{CLIENTS, TOKENS};
use super::*;

/// Changes: the document, the JSON pointer and the new value. `null` removes the setting.
pub(super) type Fault = &'static [(Document, &'static str, &'static str)];

use Document::{Clients, Domains, Logs, Mfa, Pool, Providers, ResourceServers, Risk};

const ACCOUNTS: &[(&str, Fault)] = &[
    (
        "self-sign-up",
        &[(
            Pool,
            "/AdminCreateUserConfig/AllowAdminCreateUserOnly",
            "false",
        )],
    ),
    (
        "case-sensitive-names",
        &[(Pool, "/UsernameConfiguration", "null")],
    ),
    (
        "verify-before-update",
        &[(Pool, "/UserAttributeUpdateSettings", "null")],
    ),
    (
        "no-verified-addresses",
        &[(Pool, "/AutoVerifiedAttributes", "[]")],
    ),
    (
        "no-verified-addresses",
        &[(Pool, "/AliasAttributes", r#"["phone_number"]"#)],
    ),
    (
        "recovery-by-sms-only",
        &[(
            Pool,
            "/AccountRecoverySetting/RecoveryMechanisms/0/Name",
            "\"verified_phone_number\"",
        )],
    ),
    (
        "recovery-by-sms-too",
        &[(Pool, "/AccountRecoverySetting", "null")],
    ),
    (
        "client-writes-role",
        &[(Clients, "/0/WriteAttributes/1", "\"custom:Admin_Level\"")],
    ),
    (
        "client-writes-verified",
        &[(Clients, "/0/WriteAttributes/1", "\"email_verified\"")],
    ),
    (
        "client-writes-address",
        &[(Clients, "/0/WriteAttributes", "null")],
    ),
    (
        "client-reads-all",
        &[(Clients, "/0/ReadAttributes", "null")],
    ),
    (
        "password-length",
        &[(Pool, "/Policies/PasswordPolicy/MinimumLength", "7")],
    ),
    (
        "password-length-recommended",
        &[(Pool, "/Policies/PasswordPolicy/MinimumLength", "14")],
    ),
    (
        "password-history",
        &[(Pool, "/Policies/PasswordPolicy/PasswordHistorySize", "null")],
    ),
    (
        "temporary-password-validity",
        &[(
            Pool,
            "/Policies/PasswordPolicy/TemporaryPasswordValidityDays",
            "8",
        )],
    ),
];

const FACTORS: &[(&str, Fault)] = &[
    ("mfa-off", &[(Pool, "/MfaConfiguration", "\"OFF\"")]),
    (
        "mfa-optional",
        &[(Pool, "/MfaConfiguration", "\"OPTIONAL\"")],
    ),
    (
        "mfa-sms-only",
        &[
            (Mfa, "/SmsMfaConfiguration", r#"{"SmsConfiguration": {}}"#),
            (Mfa, "/SoftwareTokenMfaConfiguration", "null"),
        ],
    ),
    (
        "mfa-sms-allowed",
        &[(Mfa, "/SmsMfaConfiguration", r#"{"SmsConfiguration": {}}"#)],
    ),
    ("mfa-email", &[(Mfa, "/EmailMfaConfiguration", "{}")]),
    (
        "first-factor-sms",
        &[(
            Pool,
            "/Policies/SignInPolicy/AllowedFirstAuthFactors/1",
            "\"SMS_OTP\"",
        )],
    ),
    (
        "first-factor-email",
        &[(
            Pool,
            "/Policies/SignInPolicy/AllowedFirstAuthFactors/1",
            "\"EMAIL_OTP\"",
        )],
    ),
    (
        "passkey-user-verification",
        &[(
            Mfa,
            "/WebAuthnConfiguration/UserVerification",
            "\"preferred\"",
        )],
    ),
    (
        "passkey-user-verification",
        &[(Mfa, "/WebAuthnConfiguration", "null")],
    ),
    (
        "device-replaces-factor",
        &[(
            Pool,
            "/DeviceConfiguration/ChallengeRequiredOnNewDevice",
            "true",
        )],
    ),
    (
        "device-always-remembered",
        &[(
            Pool,
            "/DeviceConfiguration/DeviceOnlyRememberedOnUserPrompt",
            "false",
        )],
    ),
    (
        "device-untracked",
        &[(Pool, "/DeviceConfiguration", "null")],
    ),
    (
        "email-default-sender",
        &[(
            Pool,
            "/EmailConfiguration/EmailSendingAccount",
            "\"COGNITO_DEFAULT\"",
        )],
    ),
    (
        "email-fails",
        &[(Pool, "/EmailConfigurationFailure", "\"IllegalAccess\"")],
    ),
    (
        "sms-fails",
        &[(
            Pool,
            "/SmsConfigurationFailure",
            "\"InvalidSmsRole,SNSSandbox\"",
        )],
    ),
    (
        "sms-external-id",
        &[(Pool, "/SmsConfiguration/ExternalId", "null")],
    ),
    (
        "sms-external-id",
        &[(
            Pool,
            "/SmsConfiguration",
            r#"{"EumsSms": {"CallerArn": "arn:aws:iam::123456789012:role/eums"}}"#,
        )],
    ),
    (
        "sms-sandbox",
        &[(Pool, "/SmsConfigurationFailure", "\"SNSSandbox\"")],
    ),
    (
        "log-delivery-failures",
        &[(
            Logs,
            "/LogConfigurations/0/EventSource",
            "\"userAuthEvents\"",
        )],
    ),
    (
        "log-sign-ins",
        &[(
            Logs,
            "/LogConfigurations/1/EventSource",
            "\"userNotification\"",
        )],
    ),
];

const HIGH_ACTION: &str = "/0/AccountTakeoverRiskConfiguration/Actions/HighAction/EventAction";

const THREATS: &[(&str, Fault)] = &[
    (
        "threat-protection-off",
        &[(Pool, "/UserPoolAddOns", "null")],
    ),
    (
        "threat-protection-audit",
        &[(Pool, "/UserPoolAddOns/AdvancedSecurityMode", "\"AUDIT\"")],
    ),
    (
        "threat-custom-auth",
        &[(
            Pool,
            "/LambdaConfig/DefineAuthChallenge",
            "\"arn:aws:lambda:eu-central-1:123456789012:function:define\"",
        )],
    ),
    (
        "risk-compromised-credentials",
        &[(
            Risk,
            "/0/CompromisedCredentialsRiskConfiguration/Actions/EventAction",
            "\"NO_ACTION\"",
        )],
    ),
    (
        "risk-compromised-events",
        &[(
            Risk,
            "/0/CompromisedCredentialsRiskConfiguration/EventFilter",
            r#"["SIGN_IN"]"#,
        )],
    ),
    (
        "risk-takeover-high",
        &[(Risk, HIGH_ACTION, "\"NO_ACTION\"")],
    ),
    (
        "risk-takeover-medium",
        &[(
            Risk,
            "/0/AccountTakeoverRiskConfiguration/Actions/MediumAction",
            "null",
        )],
    ),
    (
        "risk-factor-if-configured",
        &[
            (Risk, HIGH_ACTION, "\"MFA_IF_CONFIGURED\""),
            (Pool, "/MfaConfiguration", "\"OPTIONAL\""),
        ],
    ),
    (
        "risk-no-notification",
        &[(
            Risk,
            "/0/AccountTakeoverRiskConfiguration/Actions/HighAction/Notify",
            "false",
        )],
    ),
    (
        "risk-wide-exception",
        &[(
            Risk,
            "/0/RiskExceptionConfiguration/SkippedIPRangeList/0",
            "\"10.0.0.0/8\"",
        )],
    ),
];

const OTHERS: &[(&str, Fault)] = &[
    (
        "saml-unsigned-requests",
        &[(
            Providers,
            "/0/ProviderDetails/RequestSigningAlgorithm",
            "null",
        )],
    ),
    (
        "saml-started-by-provider",
        &[(Providers, "/0/ProviderDetails/IDPInit", "\"true\"")],
    ),
    (
        "saml-unencrypted",
        &[(Providers, "/0/ProviderDetails/EncryptedResponses", "null")],
    ),
    (
        "provider-http",
        &[(
            Providers,
            "/1/ProviderDetails/oidc_issuer",
            "\"http://login.example.com\"",
        )],
    ),
    (
        "provider-email-unverified",
        &[(Providers, "/0/AttributeMapping/email_verified", "null")],
    ),
    (
        "provider-username-changes",
        &[(Providers, "/1/AttributeMapping/username", "\"email\"")],
    ),
    (
        "provider-maps-role",
        &[(
            Providers,
            "/1/AttributeMapping",
            r#"{"custom:role": "groups"}"#,
        )],
    ),
    (
        "deletion-protection",
        &[(Pool, "/DeletionProtection", "\"INACTIVE\"")],
    ),
    ("feature-plan-lite", &[(Pool, "/UserPoolTier", "\"LITE\"")]),
    ("no-tags", &[(Pool, "/UserPoolTags", "{}")]),
    (
        "domain-classic",
        &[(Domains, "/0/ManagedLoginVersion", "1")],
    ),
    (
        "domain-of-aws",
        &[(Domains, "/0/CustomDomainConfig", "null")],
    ),
    (
        "domain-old-tls",
        &[(
            Domains,
            "/0/CustomDomainConfig/SecurityPolicy",
            "\"TLS_V1\"",
        )],
    ),
    ("domain-inactive", &[(Domains, "/0/Status", "\"FAILED\"")]),
    (
        "resource-server-without-scopes",
        &[(ResourceServers, "/0/Scopes", "[]")],
    ),
    (
        "resource-server-no-url",
        &[(ResourceServers, "/0/Identifier", "\"api\"")],
    ),
    (
        "trigger-of-other-account",
        &[(
            Pool,
            "/LambdaConfig/PreSignUp",
            "\"arn:aws:lambda:eu-central-1:210987654321:function:check\"",
        )],
    ),
    (
        "trigger-user-migration",
        &[(
            Pool,
            "/LambdaConfig/UserMigration",
            "\"arn:aws:lambda:eu-central-1:123456789012:function:migrate\"",
        )],
    ),
];

/// The findings that a fault has in addition, because it breaks two rules.
const COMPANIONS: &[(&str, &str)] = &[
    ("risk-factor-if-configured", "mfa-optional"),
    ("sms-fails", "sms-sandbox"),
];

/// Sets the value at a JSON pointer, whose last part can be a new member.
pub(super) fn set(document: &mut Value, pointer: &str, value: &str) {
    let value: Value = serde_json::from_str(value).unwrap();
    if let Some(found) = document.pointer_mut(pointer) {
        *found = value;
        return;
    }
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    document.pointer_mut(parent).unwrap()[name] = value;
}

fn all() -> impl Iterator<Item = &'static (&'static str, Fault)> {
    let topics = [ACCOUNTS, FACTORS, THREATS, CLIENTS, TOKENS, OTHERS];
    topics.into_iter().flatten()
}

#[test]
fn fault_is_found_by_its_check() {
    for (id, fault) in all() {
        let mut documents = hardened();
        for (document, pointer, value) in *fault {
            set(documents.read.get_mut(document).unwrap(), pointer, value);
        }
        let report = audit(&documents);
        let mut found = ids(&report, Status::Finding);
        found.retain(|found| !COMPANIONS.contains(&(id, found)));
        assert_eq!(found, [*id], "{:?}", report.lines);
    }
}

#[test]
fn each_check_has_fault() {
    let faults: Vec<&str> = all().map(|(id, _)| *id).collect();
    for check in checks::all() {
        let is_tested = faults.contains(&check.id) || check.scope == Scope::Outside;
        assert!(is_tested, "{} has no fault", check.id);
    }
    let unknown = faults.iter().find(|id| checks::named(id).is_none());
    assert_eq!(unknown, None);
}
