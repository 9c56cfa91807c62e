//! The settings in `CreateUserPool` and `UpdateUserPool`.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::model::attributes::standard::ADDRESSES;
use crate::model::failure::Failure;
use crate::model::options::Mechanism;
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

/// The settings for the names of users. They are set once.
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

/// The settings that an update replaces together. Missing ones have their defaults.
pub(super) struct Wanted {
    policy: PasswordPolicy,
    first_factors: BTreeSet<FirstFactor>,
    mfa: MfaMode,
    has_sms: bool,
    auto_verified: BTreeSet<&'static str>,
    devices: Option<DeviceConfiguration>,
    verified_first: Vec<&'static str>,
    threat_protection: ThreatProtection,
    recovery: Vec<Mechanism>,
    admin_creates: bool,
    is_protected: bool,
    kept: Map<String, Value>,
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

impl Wanted {
    pub(super) fn read(fields: &Map<String, Value>) -> Result<Self, Failure> {
        let told: Told<'_> = request::read(fields)?;
        let mut kept = request::kept(fields, &KEPT);
        if let Some(Value::Object(config)) = fields.get("LambdaConfig") {
            let config = Value::Object(lambda_config::read(config));
            kept.insert("LambdaConfig".to_owned(), config);
        }
        let mode = told.user_pool_add_ons.advanced_security_mode;
        let verified_first = told.user_attribute_update_settings;
        let verified_first = verified_first.attributes_require_verification_before_update;
        let auto_verified = request::known(&told.auto_verified_attributes, &ADDRESSES);
        let first_factors = told.policies.sign_in_policy.allowed_first_auth_factors;
        let first_factors = FirstFactor::ALL
            .into_iter()
            .filter(|factor| first_factors.contains(&factor.setting()));
        Ok(Self {
            policy: told
                .policies
                .password_policy
                .as_ref()
                .map_or_else(PasswordPolicy::default, policy),
            first_factors: first_factors.collect(),
            mfa: told
                .mfa_configuration
                .and_then(mode_named)
                .unwrap_or(MfaMode::Off),
            has_sms: kept.contains_key("SmsConfiguration"),
            auto_verified: auto_verified.into_iter().collect(),
            devices: told.device_configuration.as_ref().map(devices),
            verified_first: request::known(&verified_first, &ADDRESSES),
            threat_protection: ThreatProtection::ALL
                .into_iter()
                .find(|one| Some(one.setting()) == mode)
                .unwrap_or(ThreatProtection::Off),
            recovery: told.account_recovery_setting.mechanisms(),
            admin_creates: told.admin_create_user_config.allow_admin_create_user_only,
            is_protected: told.deletion_protection == Some("ACTIVE"),
            kept,
        })
    }

    pub(super) fn apply(mut self, settings: &mut Settings) -> Result<(), Failure> {
        templates::check(&self.kept)?;
        templates::mirror(&mut self.kept);
        check_validity(&self.kept)?;
        let is_verified = |name: &&str| self.auto_verified.contains(name);
        if !self.verified_first.iter().all(is_verified) {
            return Err(Failure::invalid_parameter(
                "All attributes in AttributesRequireVerificationBeforeUpdate must exist in \
                 AutoVerifiedAttributes",
            ));
        }
        if self.auto_verified.contains("phone_number") && !self.has_sms {
            return Err(Failure::invalid_parameter(
                "SMS configuration is required when phone_number is selected for auto verification",
            ));
        }
        let factors = Factors {
            sms: self.has_sms,
            ..settings.factors
        };
        settings.factors = match self.mfa {
            MfaMode::Off => Factors::default(),
            MfaMode::On | MfaMode::Optional if factors.any() => factors,
            MfaMode::On | MfaMode::Optional => {
                return Err(Failure::invalid_parameter(
                    "SMS configuration and Auto verification for phone_number are required when \
                     MFA is required/optional",
                ));
            }
        };
        if self.mfa == MfaMode::Off {
            settings.mfa_kept.remove("EmailMfaConfiguration");
        }
        settings.mfa = self.mfa;
        settings.policy = self.policy;
        settings.first_factors = self.first_factors;
        settings.check_first_factors()?;
        settings.auto_verified = self.auto_verified;
        settings.devices = self.devices;
        settings.verified_first = self.verified_first.into_iter().collect();
        settings.threat_protection = self.threat_protection;
        settings.recovery = self.recovery;
        settings.admin_creates = self.admin_creates;
        settings.is_protected = self.is_protected;
        settings.triggers = Triggers::read(self.kept.get("LambdaConfig"), &settings.triggers)?;
        settings.kept = self.kept;
        Ok(())
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

/// Converts a value of `MfaConfiguration`.
pub(super) fn mode_named(name: &str) -> Option<MfaMode> {
    MfaMode::ALL.into_iter().find(|mode| mode.setting() == name)
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
