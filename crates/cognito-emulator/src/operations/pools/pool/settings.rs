//! The settings in `CreateUserPool` and `UpdateUserPool`.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::model::attributes::standard::ADDRESSES;
use crate::model::failure::Failure;
use crate::model::options::{
    DeviceConfiguration, FirstFactor, MfaMode, ThreatProtection, Usernames,
};
use crate::model::policy::PasswordPolicy;
use crate::model::recovery;
use crate::model::request;
use crate::model::settings::{Factors, Settings, days};
use crate::model::trigger::Triggers;
use crate::model::trigger::lambda_config;
use crate::operations::pools::pool::templates;

/// The first factor that is stored without an effect.
pub(super) const SOFTWARE_TOKEN: &str = "SOFTWARE_TOKEN";

/// The settings that are stored without an effect.
const KEPT: [&str; 18] = [
    "AccountRecoverySetting",
    "AcrConfiguration",
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

/// The settings for the names of users. They cannot be changed after the pool was created.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Naming<'a> {
    #[serde(borrow, default, deserialize_with = "request::or_default")]
    username_attributes: Vec<&'a str>,
    #[serde(borrow, default, deserialize_with = "request::or_default")]
    alias_attributes: Vec<&'a str>,
    username_configuration: Option<UsernameConfiguration>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UsernameConfiguration {
    case_sensitive: bool,
}

/// The attributes that can be aliases.
const ALIASES: [&str; 3] = ["email", "phone_number", "preferred_username"];

impl Naming<'_> {
    pub(super) fn apply(self, settings: &mut Settings) -> Result<(), Failure> {
        let usernames = request::known(&self.username_attributes, &ADDRESSES);
        let aliases = request::known(&self.alias_attributes, &ALIASES);
        if !usernames.is_empty() && !aliases.is_empty() {
            return Err(Failure::invalid_parameter(
                "Only one of the aliasAttributes or usernameAttributes can be set in a user pool.",
            ));
        }
        let case_sensitive = self.username_configuration.map(|told| told.case_sensitive);
        settings.case_sensitive = case_sensitive.unwrap_or(true);
        settings.is_case_told = case_sensitive.is_some();
        let (kind, names) = if usernames.is_empty() {
            (Usernames::Plain, aliases)
        } else {
            (Usernames::Email, usernames)
        };
        settings.usernames = kind;
        settings.name_attributes = names.into_iter().collect();
        Ok(())
    }
}

/// The members that have an effect in the emulator.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Told<'a> {
    #[serde(borrow, default, deserialize_with = "request::or_default")]
    policies: Policies<'a>,
    mfa_configuration: Option<&'a str>,
    #[serde(borrow, default, deserialize_with = "request::or_default")]
    auto_verified_attributes: Vec<&'a str>,
    device_configuration: Option<Devices>,
    #[serde(borrow, default, deserialize_with = "request::or_default")]
    user_attribute_update_settings: UpdateSettings<'a>,
    #[serde(borrow, default, deserialize_with = "request::or_default")]
    user_pool_add_ons: AddOns<'a>,
    #[serde(borrow, default, deserialize_with = "request::or_default")]
    account_recovery_setting: recovery::Setting<'a>,
    #[serde(default, deserialize_with = "request::or_default")]
    admin_create_user_config: AdminCreateUser,
    deletion_protection: Option<&'a str>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Policies<'a> {
    password_policy: Option<Password>,
    #[serde(borrow, default, deserialize_with = "request::or_default")]
    sign_in_policy: SignIn<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SignIn<'a> {
    #[serde(borrow, default, deserialize_with = "request::or_default")]
    allowed_first_auth_factors: Vec<&'a str>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateSettings<'a> {
    #[serde(borrow, default, deserialize_with = "request::or_default")]
    attributes_require_verification_before_update: Vec<&'a str>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AddOns<'a> {
    advanced_security_mode: Option<&'a str>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminCreateUser {
    #[serde(default, deserialize_with = "request::or_default")]
    allow_admin_create_user_only: bool,
}

/// Applies the settings of a request, which an update replaces together. Missing ones have their
/// defaults.
pub(super) fn apply(fields: &Map<String, Value>, settings: &mut Settings) -> Result<(), Failure> {
    let told: Told<'_> = request::read(fields)?;
    let mut kept = request::kept(fields, &KEPT);
    templates::check(&kept)?;
    templates::mirror(&mut kept);
    check_validity(&kept)?;
    if let Some(Value::Object(config)) = fields.get("LambdaConfig") {
        let config = Value::Object(lambda_config::read(config));
        kept.insert("LambdaConfig".to_owned(), config);
    }
    let has_sms = kept.contains_key("SmsConfiguration");
    settings.apply_addresses(&told, has_sms)?;
    settings.apply_factors(&told, has_sms)?;
    let password = told.policies.password_policy.as_ref();
    settings.policy = password.map_or_else(PasswordPolicy::default, policy);
    settings.devices = told.device_configuration.as_ref().map(devices);
    let mode = told.user_pool_add_ons.advanced_security_mode;
    let mode = mode.and_then(ThreatProtection::named);
    settings.threat_protection = mode.unwrap_or(ThreatProtection::Off);
    settings.recovery = told.account_recovery_setting.mechanisms();
    settings.admin_creates = told.admin_create_user_config.allow_admin_create_user_only;
    settings.is_protected = told.deletion_protection == Some("ACTIVE");
    settings.triggers = Triggers::read(kept.get("LambdaConfig"), &settings.triggers)?;
    settings.kept = kept;
    Ok(())
}

impl Settings {
    /// Sets which addresses are verified, and when.
    fn apply_addresses(&mut self, told: &Told<'_>, has_sms: bool) -> Result<(), Failure> {
        let first = &told.user_attribute_update_settings;
        let first = &first.attributes_require_verification_before_update;
        let first = request::known(first, &ADDRESSES);
        let verified = request::known(&told.auto_verified_attributes, &ADDRESSES);
        if !first.iter().all(|name| verified.contains(name)) {
            return Err(Failure::invalid_parameter(
                "All attributes in AttributesRequireVerificationBeforeUpdate must exist in \
                 AutoVerifiedAttributes",
            ));
        }
        if verified.contains(&"phone_number") && !has_sms {
            return Err(Failure::invalid_parameter(
                "SMS configuration is required when phone_number is selected for auto verification",
            ));
        }
        self.auto_verified = verified.into_iter().collect();
        self.verified_first = first.into_iter().collect();
        Ok(())
    }

    /// Sets the first and second factors.
    fn apply_factors(&mut self, told: &Told<'_>, has_sms: bool) -> Result<(), Failure> {
        let mode = told.mfa_configuration.and_then(MfaMode::named);
        self.mfa = mode.unwrap_or(MfaMode::Off);
        let factors = Factors {
            sms: has_sms,
            ..self.factors
        };
        self.factors = match self.mfa {
            MfaMode::Off => {
                self.mfa_kept.remove("EmailMfaConfiguration");
                Factors::default()
            }
            MfaMode::On | MfaMode::Optional if factors.any() => factors,
            MfaMode::On | MfaMode::Optional => {
                return Err(Failure::invalid_parameter(
                    "SMS configuration and Auto verification for phone_number are required when \
                     MFA is required/optional",
                ));
            }
        };
        let first_factors = &told.policies.sign_in_policy.allowed_first_auth_factors;
        let first_factors = first_factors.iter().copied();
        self.first_factors = first_factors.filter_map(FirstFactor::named).collect();
        self.check_first_factors()
    }
}

/// Rejects a pool with both settings for the lifetime of temporary passwords
/// (github.com/aws/aws-sdk-js/issues/3817). 0 days count as not set
/// (github.com/hashicorp/terraform-provider-aws/pull/8845).
fn check_validity(kept: &Map<String, Value>) -> Result<(), Failure> {
    let days = |structure: &str, path: &str| kept.get(structure)?.pointer(path)?.as_i64();
    let older = days("AdminCreateUserConfig", "/UnusedAccountValidityDays");
    let newer = days("Policies", "/PasswordPolicy/TemporaryPasswordValidityDays");
    if older.is_some_and(|days| days > 0) && newer.is_some() {
        return Err(Failure::invalid_parameter(
            "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of \
             UnusedAccountValidityDays",
        ));
    }
    Ok(())
}

/// `DeviceConfigurationType`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Devices {
    #[serde(default, deserialize_with = "request::or_default")]
    challenge_required_on_new_device: bool,
    #[serde(default, deserialize_with = "request::or_default")]
    device_only_remembered_on_user_prompt: bool,
}

/// Returns the device settings of a pool. The presence of the structure enables devices.
fn devices(told: &Devices) -> DeviceConfiguration {
    DeviceConfiguration::new()
        .challenge_required_on_new_device(told.challenge_required_on_new_device)
        .device_only_remembered_on_user_prompt(told.device_only_remembered_on_user_prompt)
}

/// `PasswordPolicyType`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Password {
    minimum_length: Option<usize>,
    temporary_password_validity_days: Option<u64>,
    #[serde(default, deserialize_with = "request::or_default")]
    require_uppercase: bool,
    #[serde(default, deserialize_with = "request::or_default")]
    require_lowercase: bool,
    #[serde(default, deserialize_with = "request::or_default")]
    require_numbers: bool,
    #[serde(default, deserialize_with = "request::or_default")]
    require_symbols: bool,
}

/// Returns the policy of a request. A requirement that is missing in it is disabled.
fn policy(told: &Password) -> PasswordPolicy {
    let default = PasswordPolicy::default();
    PasswordPolicy {
        min_length: told.minimum_length.unwrap_or(default.min_length),
        uppercase: told.require_uppercase,
        lowercase: told.require_lowercase,
        numbers: told.require_numbers,
        symbols: told.require_symbols,
        // AWS treats 0 as the default.
        temporary_validity: told
            .temporary_password_validity_days
            .filter(|count| *count > 0)
            .map_or(default.temporary_validity, days),
    }
}
