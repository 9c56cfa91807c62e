//! A pool in the form of `DescribeUserPool`.

use serde_json::{Value, json};

use crate::model::options::{ThreatProtection, Usernames};
use crate::model::settings::Settings;
use crate::model::time::timestamp;
use crate::operations::pools::pool::settings::SOFTWARE_TOKEN;
use crate::state::service::Service;

/// `UserPoolType`.
pub(super) fn pool(service: &Service) -> Value {
    let settings = &service.settings;
    let mut described = json!({
        "Id": settings.pool_id,
        "Name": settings.name,
        "Arn": settings.arn(),
        "CreationDate": timestamp(settings.created),
        "LastModifiedDate": timestamp(settings.modified),
        "MfaConfiguration": settings.mfa.name(),
        "DeletionProtection": if settings.is_protected { "ACTIVE" } else { "INACTIVE" },
        "EstimatedNumberOfUsers": service.state.lock().users.len(),
        "UserPoolTags": settings.tags,
        "SchemaAttributes": settings
            .schema
            .describe(|name| settings.required_attributes.contains(name)),
        // The default. It is returned although SMS has precedence without the setting (API
        // reference). The order of these two is known only from moto.
        "AccountRecoverySetting": { "RecoveryMechanisms": [
            { "Name": "verified_email", "Priority": 1 },
            { "Name": "verified_phone_number", "Priority": 2 },
        ] },
        "LambdaConfig": {},
        "EmailConfiguration": { "EmailSendingAccount": "COGNITO_DEFAULT" },
        "VerificationMessageTemplate": { "DefaultEmailOption": "CONFIRM_WITH_CODE" },
        "UserPoolTier": "ESSENTIALS",
    });
    for (name, value) in &settings.kept {
        described[name] = value.clone();
    }
    for (domain, told) in &settings.domains {
        let is_custom = told.contains_key("CustomDomainConfig");
        let name = if is_custom { "CustomDomain" } else { "Domain" };
        described[name] = json!(domain);
    }
    if settings.is_case_told {
        let case_sensitive = settings.case_sensitive;
        described["UsernameConfiguration"] = json!({ "CaseSensitive": case_sensitive });
    }
    let is_told = settings.kept.contains_key("UserPoolAddOns");
    if is_told || settings.threat_protection != ThreatProtection::Off {
        let mode = settings.threat_protection.name();
        described["UserPoolAddOns"]["AdvancedSecurityMode"] = json!(mode);
    }
    described["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] = json!(settings.admin_creates);
    describe_policies(settings, &mut described);
    describe_first_factors(settings, &mut described);
    describe_names(settings, &mut described);
    described
}

/// Returns a setting that is stored without an effect. A structure that was not set is empty.
pub(super) fn kept(settings: &Settings, name: &str) -> Value {
    let told = settings.kept.get(name).cloned();
    told.unwrap_or_else(|| json!({}))
}

fn describe_policies(settings: &Settings, described: &mut Value) {
    let policy = &settings.policy;
    let password = &mut described["Policies"]["PasswordPolicy"];
    for (name, value) in [
        ("MinimumLength", json!(policy.min_length)),
        ("RequireUppercase", json!(policy.uppercase)),
        ("RequireLowercase", json!(policy.lowercase)),
        ("RequireNumbers", json!(policy.numbers)),
        ("RequireSymbols", json!(policy.symbols)),
        (
            "TemporaryPasswordValidityDays",
            json!(policy.temporary_validity.as_secs() / 86_400),
        ),
    ] {
        password[name] = value;
    }
}

/// Adds the allowed first factors. Passwords are always allowed.
fn describe_first_factors(settings: &Settings, described: &mut Value) {
    let told = &mut described["Policies"]["SignInPolicy"]["AllowedFirstAuthFactors"];
    let others = settings.first_factors.iter().map(|factor| factor.name());
    let is_token = |told: &&str| *told == SOFTWARE_TOKEN;
    let names = told.as_array().into_iter().flatten();
    let token = names.filter_map(Value::as_str).find(is_token);
    let token = token.map(|_| SOFTWARE_TOKEN);
    *told = std::iter::once("PASSWORD")
        .chain(others)
        .chain(token)
        .collect();
}

/// Adds the lists that are returned only if they are not empty.
fn describe_names(settings: &Settings, described: &mut Value) {
    let names = match settings.usernames {
        Usernames::Email => "UsernameAttributes",
        Usernames::Plain => "AliasAttributes",
    };
    for (name, list) in [
        (names, &settings.name_attributes),
        ("AutoVerifiedAttributes", &settings.auto_verified),
    ] {
        if !list.is_empty() {
            described[name] = json!(list);
        }
    }
}
