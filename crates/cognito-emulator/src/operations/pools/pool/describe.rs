//! The description of a pool that `DescribeUserPool` returns.

use serde_json::{Value, json};

use crate::model::options::{ThreatProtection, Usernames};
use crate::model::settings::Settings;
use crate::model::time::timestamp;
use crate::operations::common::add_members;
use crate::operations::pools::pool::settings::SOFTWARE_TOKEN;
use crate::state::service::Service;

/// Returns a pool as AWS's `UserPoolType`.
pub(super) fn pool(service: &Service) -> Value {
    let mut described = settings(&service.settings);
    described["EstimatedNumberOfUsers"] = json!(service.state.lock().users.len());
    described
}

/// Returns the members of AWS's `UserPoolType` that depend only on the settings of a pool.
pub(crate) fn settings(settings: &Settings) -> Value {
    let mut described = json!({
        "Id": settings.pool_id,
        "Name": settings.name,
        "Arn": settings.arn(),
        "CreationDate": timestamp(settings.created),
        "LastModifiedDate": timestamp(settings.modified),
        "MfaConfiguration": settings.mfa.name(),
        "DeletionProtection": if settings.is_protected { "ACTIVE" } else { "INACTIVE" },
        "UserPoolTags": settings.tags,
        "SchemaAttributes": settings
            .schema
            .describe(|name| settings.required_attributes.contains(name)),
        // The default that AWS returns, although phone numbers have precedence if the setting is
        // missing (API reference). The order of these two is known only from moto.
        "AccountRecoverySetting": { "RecoveryMechanisms": [
            { "Name": "verified_email", "Priority": 1 },
            { "Name": "verified_phone_number", "Priority": 2 },
        ] },
        "LambdaConfig": {},
        "EmailConfiguration": { "EmailSendingAccount": "COGNITO_DEFAULT" },
        "VerificationMessageTemplate": { "DefaultEmailOption": "CONFIRM_WITH_CODE" },
        "UserPoolTier": settings.tier(),
    });
    add_members(&mut described, &settings.members);
    described["AcrConfiguration"] = settings.acr.describe();
    for (domain, members) in &settings.domains {
        let is_custom = members.contains_key("CustomDomainConfig");
        let name = if is_custom { "CustomDomain" } else { "Domain" };
        described[name] = json!(domain);
    }
    if settings.has_username_configuration {
        let case_sensitive = settings.case_sensitive;
        described["UsernameConfiguration"] = json!({ "CaseSensitive": case_sensitive });
    }
    let is_set = settings.members.contains_key("UserPoolAddOns");
    if is_set || settings.threat_protection != ThreatProtection::Off {
        let mode = settings.threat_protection.name();
        described["UserPoolAddOns"]["AdvancedSecurityMode"] = json!(mode);
    }
    described["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] = json!(settings.admin_creates);
    describe_policies(settings, &mut described);
    describe_names(settings, &mut described);
    described
}

fn describe_policies(settings: &Settings, described: &mut Value) {
    let policy = &settings.policy;
    let password = &mut described["Policies"]["PasswordPolicy"];
    let validity = policy.temporary_validity.as_secs() / 86_400;
    password["MinimumLength"] = json!(policy.min_length);
    password["RequireUppercase"] = json!(policy.uppercase);
    password["RequireLowercase"] = json!(policy.lowercase);
    password["RequireNumbers"] = json!(policy.numbers);
    password["RequireSymbols"] = json!(policy.symbols);
    password["TemporaryPasswordValidityDays"] = json!(validity);

    // Passwords are always allowed.
    let factors = &mut described["Policies"]["SignInPolicy"]["AllowedFirstAuthFactors"];
    let stored = factors.as_array().into_iter().flatten();
    let token = stored.into_iter().any(|name| name == SOFTWARE_TOKEN);
    let others = settings.first_factors.iter().map(|factor| factor.name());
    *factors = std::iter::once("PASSWORD")
        .chain(others)
        .chain(token.then_some(SOFTWARE_TOKEN))
        .collect();
}

/// Adds `AutoVerifiedAttributes`, and either `UsernameAttributes` or `AliasAttributes`. As in AWS,
/// an empty list is omitted.
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
