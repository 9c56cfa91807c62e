//! The settings in `CreateUserPool` and `UpdateUserPool`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::model::attributes::standard::ADDRESSES;
use crate::model::failure::Failure;
use crate::model::form::{Form, POOL_NAME};
use crate::model::options::Mechanism;
use crate::model::options::{
    DeviceConfiguration, FirstFactor, MfaMode, ThreatProtection, Usernames,
};
use crate::model::policy::PasswordPolicy;
use crate::model::recovery;
use crate::model::settings::{Factors, Settings, days};
use crate::model::trigger;
use crate::model::trigger::Triggers;
use crate::operations::pools::pool::templates;

/// The first factor that is stored and has no effect.
pub(super) const SOFTWARE_TOKEN: &str = "SOFTWARE_TOKEN";

/// The settings that are stored and have no effect.
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

/// Returns the name of a pool, if it is set.
pub(super) fn name<'a>(form: &mut Form<'a>) -> Option<&'a str> {
    form.optional("PoolName", &POOL_NAME)
}

/// Returns tags, if they are set.
pub(super) fn tags(form: &mut Form<'_>, name: &str) -> Option<BTreeMap<String, String>> {
    let is_told = !form.keep(&[name]).is_empty();
    let tags = form.texts(name);
    let tags = tags
        .iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()));
    is_told.then(|| tags.collect())
}

/// How users are named, which cannot be changed later.
pub(super) struct Naming {
    usernames: BTreeSet<&'static str>,
    aliases: BTreeSet<&'static str>,
    case_sensitive: Option<bool>,
}

impl Naming {
    pub(super) fn read(form: &mut Form<'_>) -> Self {
        let usernames = form.choices("UsernameAttributes", &ADDRESSES);
        let aliases = ["email", "phone_number", "preferred_username"];
        let aliases = form.choices("AliasAttributes", &aliases);
        let case_sensitive = form.within("UsernameConfiguration", |inner| {
            inner.must_have("CaseSensitive");
            inner.flag("CaseSensitive")
        });
        Self {
            usernames: usernames.into_iter().collect(),
            aliases: aliases.into_iter().collect(),
            case_sensitive: case_sensitive.flatten(),
        }
    }

    pub(super) fn apply(self, settings: &mut Settings) -> Result<(), Failure> {
        if !self.usernames.is_empty() && !self.aliases.is_empty() {
            return Err(Failure::invalid_parameter(
                "Only one of the aliasAttributes or usernameAttributes can be set in a user pool.",
            ));
        }
        settings.case_sensitive = self.case_sensitive.unwrap_or(true);
        settings.is_case_told = self.case_sensitive.is_some();
        (settings.usernames, settings.name_attributes) = if self.usernames.is_empty() {
            (Usernames::Plain, self.aliases)
        } else {
            (Usernames::Email, self.usernames)
        };
        Ok(())
    }
}

/// The settings that an update replaces together. Missing ones have their defaults.
pub(super) struct Wanted {
    policy: PasswordPolicy,
    first_factors: Vec<&'static str>,
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

impl Wanted {
    pub(super) fn read(form: &mut Form<'_>) -> Self {
        let policies = form.within("Policies", |inner| {
            let first = inner.within("SignInPolicy", |inner| {
                let names = [
                    "PASSWORD",
                    "EMAIL_OTP",
                    "SMS_OTP",
                    "WEB_AUTHN",
                    SOFTWARE_TOKEN,
                ];
                inner.choices("AllowedFirstAuthFactors", &names)
            });
            (
                inner.within("PasswordPolicy", policy).unwrap_or_default(),
                first.unwrap_or_default(),
            )
        });
        let (policy, first_factors) = policies.unwrap_or_default();
        let admin_creates = form.within("AdminCreateUserConfig", |inner| {
            inner.structure("InviteMessageTemplate");
            inner.integer("UnusedAccountValidityDays", 0, 365);
            inner.flag("AllowAdminCreateUserOnly")
        });
        form.structure("VerificationMessageTemplate");
        let devices = form.within("DeviceConfiguration", devices);
        let verified_first = form.within("UserAttributeUpdateSettings", |inner| {
            inner.choices("AttributesRequireVerificationBeforeUpdate", &ADDRESSES)
        });
        let threat_protection = form.within("UserPoolAddOns", |inner| {
            inner.keep(&["AdvancedSecurityAdditionalFlows"]);
            inner.must_have("AdvancedSecurityMode");
            let modes = ThreatProtection::ALL.map(ThreatProtection::setting);
            let mode = inner.choice("AdvancedSecurityMode", &modes);
            ThreatProtection::ALL
                .into_iter()
                .find(|one| Some(one.setting()) == mode)
        });
        let recovery = recovery::read(form);
        let protection = form.choice("DeletionProtection", &["ACTIVE", "INACTIVE"]);
        form.structure("SmsConfiguration");
        let lambda_config = trigger::read(form);
        let mut kept = form.keep(&KEPT);
        kept.extend(lambda_config.map(|config| ("LambdaConfig".to_owned(), Value::Object(config))));
        Self {
            policy,
            first_factors,
            mfa: mode(form).unwrap_or(MfaMode::Off),
            has_sms: kept.contains_key("SmsConfiguration"),
            auto_verified: form
                .choices("AutoVerifiedAttributes", &ADDRESSES)
                .into_iter()
                .collect(),
            devices,
            verified_first: verified_first.unwrap_or_default(),
            threat_protection: threat_protection.flatten().unwrap_or(ThreatProtection::Off),
            recovery,
            admin_creates: admin_creates.flatten().unwrap_or(false),
            is_protected: protection == Some("ACTIVE"),
            kept,
        }
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
        settings.first_factors = FirstFactor::ALL
            .into_iter()
            .filter(|factor| self.first_factors.contains(&factor.setting()))
            .collect();
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

/// Rejects a pool with both settings for how long temporary passwords are valid
/// (github.com/aws/aws-sdk-js/issues/3817). 0 days mean none
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

/// `MfaConfiguration`.
pub(super) fn mode(form: &mut Form<'_>) -> Option<MfaMode> {
    let name = form.choice("MfaConfiguration", &MfaMode::ALL.map(MfaMode::setting))?;
    MfaMode::ALL.into_iter().find(|mode| mode.setting() == name)
}

/// Reads `DeviceConfigurationType`. Its presence turns devices on; missing members are off.
fn devices(form: &mut Form<'_>) -> DeviceConfiguration {
    let mut flag = |name| form.flag(name).unwrap_or(false);
    DeviceConfiguration::new()
        .challenge_required_on_new_device(flag("ChallengeRequiredOnNewDevice"))
        .device_only_remembered_on_user_prompt(flag("DeviceOnlyRememberedOnUserPrompt"))
}

/// Reads `PasswordPolicyType`. A missing requirement is off.
fn policy(form: &mut Form<'_>) -> PasswordPolicy {
    let default = PasswordPolicy::default();
    let length = form.integer("MinimumLength", 6, 99);
    form.integer("PasswordHistorySize", 0, 24);
    let validity = form.integer("TemporaryPasswordValidityDays", 0, 365);
    let validity = validity.and_then(|days| u64::try_from(days).ok());
    let mut requires = |name| form.flag(name).unwrap_or(false);
    PasswordPolicy {
        min_length: length
            .and_then(|length| usize::try_from(length).ok())
            .unwrap_or(default.min_length),
        uppercase: requires("RequireUppercase"),
        lowercase: requires("RequireLowercase"),
        numbers: requires("RequireNumbers"),
        symbols: requires("RequireSymbols"),
        // AWS takes 0 for the default.
        temporary_validity: validity
            .filter(|count| *count > 0)
            .map_or(default.temporary_validity, days),
    }
}
