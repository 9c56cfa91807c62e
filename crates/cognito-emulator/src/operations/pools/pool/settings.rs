//! The settings of a pool in the requests `CreateUserPool` and `UpdateUserPool`.

use serde_json::{Map, Value};

use crate::model::acr::AcrNames;
use crate::model::attributes::standard::ADDRESSES;
use crate::model::failure::Failure;
use crate::model::options::{
    DeviceConfiguration, FirstFactor, MfaMode, ThreatProtection, Usernames,
};
use crate::model::policy::PasswordPolicy;
use crate::model::recovery;
use crate::model::registration;
use crate::model::request::{self, Texts};
use crate::model::settings::{Factors, Settings, days};
use crate::model::trigger::{Triggers, lambda_config};
use crate::operations::common::{invalid, strings};
use crate::operations::pools::pool::templates;

/// The name of a first factor that is stored, but has no effect.
pub(super) const SOFTWARE_TOKEN: &str = "SOFTWARE_TOKEN";

/// The settings that `DescribeUserPool` returns with the values from the last create or update
/// request. Some of them also have an effect in the emulator.
pub(crate) const STORED: [&str; 17] = [
    "AccountRecoverySetting",
    "AdminCreateUserConfig",
    "DcrConfiguration",
    "DeviceConfiguration",
    "EmailConfiguration",
    "EmailVerificationMessage",
    "EmailVerificationSubject",
    "IssuerConfiguration",
    "KeyConfiguration",
    "Policies",
    "SmsAuthenticationMessage",
    "SmsConfiguration",
    "SmsVerificationMessage",
    "UserAttributeUpdateSettings",
    "UserPoolAddOns",
    "UserPoolTier",
    "VerificationMessageTemplate",
];

/// The attributes that a pool can use as aliases.
const ALIASES: [&str; 3] = ["email", "phone_number", "preferred_username"];

/// Applies the settings for user names. They can be set only when a pool is created.
pub(super) fn apply_names(request: &Value, settings: &mut Settings) -> Result<(), Failure> {
    let usernames = known(&request["UsernameAttributes"], &ADDRESSES);
    let aliases = known(&request["AliasAttributes"], &ALIASES);
    if !usernames.is_empty() && !aliases.is_empty() {
        return invalid(
            "Only one of the aliasAttributes or usernameAttributes can be set in a user pool.",
        );
    }
    let case_sensitive = request["UsernameConfiguration"]["CaseSensitive"].as_bool();
    settings.case_sensitive = case_sensitive.unwrap_or(true);
    settings.has_username_configuration = case_sensitive.is_some();
    let (kind, names) = if usernames.is_empty() {
        (Usernames::Plain, aliases)
    } else {
        (Usernames::Email, usernames)
    };
    settings.usernames = kind;
    settings.name_attributes = names.into_iter().collect();
    Ok(())
}

/// Replaces the settings with the settings in a request. A setting that the request omits is reset
/// to its default. These settings are kept instead:
///
/// - the name, the tags, the passkey settings and `DcrConfiguration`;
/// - the settings for authenticator apps and for e-mail codes as second factors, if the request
///   sets an MFA mode other than `OFF`.
pub(super) fn apply(fields: &Map<String, Value>, settings: &mut Settings) -> Result<(), Failure> {
    let mut stored = request::copy_members(fields, &STORED);
    templates::check(&stored)?;
    templates::mirror(&mut stored);
    registration::complete(&settings.members, &mut stored);
    let request = Value::Object(fields.clone());
    if let Some(name) = request["PoolName"].as_str() {
        name.clone_into(&mut settings.name);
    }
    let tags: Option<Texts<'_>> = request::read(&request["UserPoolTags"])?;
    if let Some(tags) = tags {
        settings.tags = tags.to_map();
    }
    check_validity(&request)?;
    if let Some(config) = request["LambdaConfig"].as_object() {
        let config = Value::Object(lambda_config::read(config));
        stored.insert("LambdaConfig".to_owned(), config);
    }
    apply_addresses(&request, settings)?;
    apply_factors(&request, settings)?;
    settings.policy = policy(&request["Policies"]["PasswordPolicy"]);
    // The presence of the structure enables devices.
    let devices = request["DeviceConfiguration"].as_object();
    settings.devices = devices.map(|devices| {
        let is_set = |name: &str| devices.get(name) == Some(&Value::Bool(true));
        DeviceConfiguration::new()
            .challenge_required_on_new_device(is_set("ChallengeRequiredOnNewDevice"))
            .device_only_remembered_on_user_prompt(is_set("DeviceOnlyRememberedOnUserPrompt"))
    });
    let mode = request["UserPoolAddOns"]["AdvancedSecurityMode"].as_str();
    let mode = mode.and_then(ThreatProtection::named);
    settings.threat_protection = mode.unwrap_or(ThreatProtection::Off);
    let recovery: Option<recovery::Setting<'_>> =
        request::read(&request["AccountRecoverySetting"])?;
    settings.recovery = recovery.unwrap_or_default().mechanisms();
    let admin_creates = &request["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"];
    settings.admin_creates = admin_creates == true;
    settings.is_protected = request["DeletionProtection"] == "ACTIVE";
    settings.triggers = Triggers::read(stored.get("LambdaConfig"), &settings.triggers)?;
    settings.acr = AcrNames::configured(&request["AcrConfiguration"])?;
    settings.members = stored;
    let has_names = request["AcrConfiguration"].as_object();
    if has_names.is_some_and(|names| !names.is_empty()) {
        settings.check_tier("AcrConfiguration")?;
    }
    settings.check_add_ons()?;
    registration::check(settings)
}

/// Returns the strings of `list` that are in `known`, in the order of `list`.
fn known(list: &Value, known: &[&'static str]) -> Vec<&'static str> {
    let find = |name: &str| known.iter().find(|known| **known == name).copied();
    strings(list).filter_map(find).collect()
}

/// Reads `AutoVerifiedAttributes` and the attributes that a user must verify before an update takes
/// effect. Fails if `AutoVerifiedAttributes` does not contain all of these attributes, or if the
/// pool verifies phone numbers without an SMS configuration.
fn apply_addresses(request: &Value, settings: &mut Settings) -> Result<(), Failure> {
    let update = &request["UserAttributeUpdateSettings"];
    let first = known(
        &update["AttributesRequireVerificationBeforeUpdate"],
        &ADDRESSES,
    );
    let verified = known(&request["AutoVerifiedAttributes"], &ADDRESSES);
    if !first.iter().all(|name| verified.contains(name)) {
        return invalid(
            "All attributes in AttributesRequireVerificationBeforeUpdate must exist in \
             AutoVerifiedAttributes",
        );
    }
    if verified.contains(&"phone_number") && request["SmsConfiguration"].is_null() {
        return invalid(
            "SMS configuration is required when phone_number is selected for auto verification",
        );
    }
    settings.auto_verified = verified.into_iter().collect();
    settings.verified_first = first.into_iter().collect();
    Ok(())
}

/// Sets the MFA mode, SMS codes as a second factor, and the first factors that the pool offers. If
/// MFA is off, disables all second factors.
fn apply_factors(request: &Value, settings: &mut Settings) -> Result<(), Failure> {
    let mode = request["MfaConfiguration"].as_str();
    settings.mfa = mode.and_then(MfaMode::named).unwrap_or(MfaMode::Off);
    if settings.mfa == MfaMode::Off {
        settings.mfa_members.remove("EmailMfaConfiguration");
        settings.factors = Factors::default();
    } else {
        settings.factors.sms = !request["SmsConfiguration"].is_null();
        if !settings.factors.any() {
            return invalid(
                "SMS configuration and Auto verification for phone_number are required when MFA \
                 is required/optional",
            );
        }
    }
    let first_factors = strings(&request["Policies"]["SignInPolicy"]["AllowedFirstAuthFactors"]);
    settings.first_factors = first_factors.filter_map(FirstFactor::named).collect();
    settings.check_first_factors()
}

/// Fails if a request has both settings for the lifetime of temporary passwords,
/// `UnusedAccountValidityDays` and `TemporaryPasswordValidityDays`
/// (github.com/aws/aws-sdk-js/issues/3817). If `UnusedAccountValidityDays` is 0, it counts as not
/// set (github.com/hashicorp/terraform-provider-aws/pull/8845).
fn check_validity(request: &Value) -> Result<(), Failure> {
    let older = request["AdminCreateUserConfig"]["UnusedAccountValidityDays"].as_i64();
    let newer = &request["Policies"]["PasswordPolicy"]["TemporaryPasswordValidityDays"];
    if older.is_some_and(|days| days > 0) && newer.is_i64() {
        return invalid(
            "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of \
             UnusedAccountValidityDays",
        );
    }
    Ok(())
}

/// Returns the password policy of a request. If the request has none, returns the default policy.
/// Otherwise, a requirement such as `RequireNumbers` that the request omits is disabled.
fn policy(policy: &Value) -> PasswordPolicy {
    let default = PasswordPolicy::default();
    if policy.is_null() {
        return default;
    }
    let number = |name: &str| policy[name].as_u64();
    let min_length = number("MinimumLength").and_then(|length| usize::try_from(length).ok());
    // AWS treats 0 days as the default.
    let validity = number("TemporaryPasswordValidityDays").filter(|days| *days > 0);
    PasswordPolicy {
        min_length: min_length.unwrap_or(default.min_length),
        uppercase: policy["RequireUppercase"] == true,
        lowercase: policy["RequireLowercase"] == true,
        numbers: policy["RequireNumbers"] == true,
        symbols: policy["RequireSymbols"] == true,
        temporary_validity: validity.map_or(default.temporary_validity, days),
    }
}
