//! The settings of a pool ([`Settings`]), such as its password policy and its second factors.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::acr::AcrNames;
use crate::model::attributes::schema::Schema;
use crate::model::failure::Failure;
use crate::model::identity_provider::IdentityProvider;
use crate::model::json::names;
use crate::model::options::{
    DeviceConfiguration, Factor, FirstFactor, Mechanism, MfaMode, ThreatProtection,
    UserVerification, Usernames,
};
use crate::model::policy::PasswordPolicy;
use crate::model::registration::REGISTER_SCOPE;
use crate::model::stored::Stored;
use crate::model::trigger::Triggers;

/// The OAuth 2.0 scopes that every pool has.
pub(crate) const STANDARD_SCOPES: [&str; 5] = [
    "aws.cognito.signin.user.admin",
    "email",
    "openid",
    "phone",
    "profile",
];

/// The id of the default account. A request belongs to this account if its access key is not the id
/// of an account.
pub(crate) const DEFAULT_ACCOUNT: &str = "123456789012";

/// The maximum length of a region name, in characters. AWS's model limits a pool id, which contains
/// the region, to 55 characters.
const LONGEST_REGION: usize = 32;

/// Returns `true` if a string can be the name of a region: lower-case letters, digits and hyphens.
pub(crate) fn is_region(name: &str) -> bool {
    let is_name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=LONGEST_REGION).contains(&name.len()) && name.bytes().all(is_name)
}

/// The id of the KMS key that encrypts codes for custom senders, if the pool has no `KMSKeyID`.
const DEFAULT_KMS_KEY: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

/// All settings of a pool. They are immutable: a change creates a new value. An operation therefore
/// uses the same settings from its start to its end.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Settings {
    pub(crate) pool_id: String,
    pub(crate) region: String,
    /// The id of the account that owns the pool.
    pub(crate) account: String,
    pub(crate) endpoint: String,
    pub(crate) issuer: String,
    pub(crate) name: String,
    pub(crate) created: SystemTime,
    pub(crate) modified: SystemTime,
    pub(crate) policy: PasswordPolicy,
    pub(crate) mfa: MfaMode,
    pub(crate) factors: Factors,
    /// The first factors that users can choose instead of a password (`AllowedFirstAuthFactors`).
    pub(crate) first_factors: BTreeSet<FirstFactor>,
    /// The attributes (`email`, `phone_number`) that change only after verification
    /// (`AttributesRequireVerificationBeforeUpdate`): a new address takes effect when the user
    /// enters the code that was sent to it.
    #[serde(deserialize_with = "names")]
    pub(crate) verified_first: BTreeSet<&'static str>,
    pub(crate) usernames: Usernames,
    /// The attributes whose values users can enter as the user name at sign-in: the attributes in
    /// `UsernameAttributes` or `AliasAttributes`.
    #[serde(deserialize_with = "names")]
    pub(crate) name_attributes: BTreeSet<&'static str>,
    pub(crate) case_sensitive: bool,
    /// `true` if the pool was created with `UsernameConfiguration`. Only then does
    /// `DescribeUserPool` return this member.
    pub(crate) has_username_configuration: bool,
    /// The attributes (`email`, `phone_number`) that the pool verifies with a code
    /// (`AutoVerifiedAttributes`). If a user signs up with such an attribute or changes its value,
    /// a code is sent to the new address.
    #[serde(deserialize_with = "names")]
    pub(crate) auto_verified: BTreeSet<&'static str>,
    /// How the pool remembers devices (`DeviceConfiguration`). `None` if the pool does not remember
    /// devices.
    pub(crate) devices: Option<DeviceConfiguration>,
    pub(crate) schema: Schema,
    pub(crate) required_attributes: BTreeSet<String>,
    /// The mechanisms of account recovery, highest priority first (`AccountRecoverySetting`). Empty
    /// if the pool does not have this setting.
    pub(crate) recovery: Vec<Mechanism>,
    /// `true` if only operators can create users, so that `SignUp` is rejected
    /// (`AllowAdminCreateUserOnly`).
    pub(crate) admin_creates: bool,
    /// `true` if the pool cannot be deleted (`DeletionProtection` is `ACTIVE`).
    pub(crate) is_protected: bool,
    pub(crate) tags: BTreeMap<String, String>,
    /// The members of `CreateUserPool` and `UpdateUserPool` that `DescribeUserPool` returns
    /// unchanged, by their AWS names.
    pub(crate) members: Map<String, Value>,
    /// The members of `SetUserPoolMfaConfig` that `GetUserPoolMfaConfig` returns unchanged.
    pub(crate) mfa_members: Map<String, Value>,
    pub(crate) web_authn: WebAuthn,
    /// The names of the pool's authentication levels (`AcrConfiguration`).
    pub(crate) acr: AcrNames,
    /// `true` if the number of attempts per user and hour is limited (see
    /// [`Attempt`](crate::model::code::Attempt)).
    pub(crate) attempt_limits: bool,
    pub(crate) threat_protection: ThreatProtection,
    pub(crate) identity_providers: BTreeMap<String, IdentityProvider>,
    /// Whether the pool records the sessions of users, and how many.
    pub(crate) session_tracking: SessionTracking,
    /// Further settings and objects of the pool, such as terms documents and replicas.
    pub(crate) stored: Stored,
    /// The OAuth 2.0 resource servers of the pool, by identifier.
    pub(crate) resource_servers: BTreeMap<String, ResourceServer>,
    /// The domains of the pool. The value of each domain is its settings.
    pub(crate) domains: BTreeMap<String, Map<String, Value>>,
    /// The triggers of the pool (`LambdaConfig`).
    pub(crate) triggers: Triggers,
}

/// An OAuth 2.0 resource server: an API with its scopes (`ResourceServerType`).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ResourceServer {
    pub(crate) name: String,
    /// The scopes of the resource server: the name and the description of each.
    pub(crate) scopes: Vec<(String, String)>,
}

impl Settings {
    /// Creates the settings of a new pool with AWS's defaults. The name of the pool is its id.
    /// Default issuer: the endpoint, a slash and the id.
    pub(crate) fn new(
        pool_id: String,
        endpoint: String,
        attempt_limits: bool,
        now: SystemTime,
    ) -> Self {
        let region = pool_id.split('_').next().unwrap_or_default().to_owned();
        Self {
            issuer: format!("{endpoint}/{pool_id}"),
            name: pool_id.clone(),
            pool_id,
            region,
            account: DEFAULT_ACCOUNT.to_owned(),
            endpoint,
            created: now,
            modified: now,
            policy: PasswordPolicy::default(),
            mfa: MfaMode::Off,
            factors: Factors::default(),
            first_factors: BTreeSet::new(),
            verified_first: BTreeSet::new(),
            usernames: Usernames::Plain,
            name_attributes: BTreeSet::new(),
            case_sensitive: true,
            has_username_configuration: false,
            auto_verified: BTreeSet::new(),
            devices: None,
            schema: Schema::default(),
            required_attributes: BTreeSet::new(),
            recovery: Vec::new(),
            admin_creates: false,
            is_protected: false,
            tags: BTreeMap::new(),
            members: Map::new(),
            mfa_members: Map::new(),
            web_authn: WebAuthn::default(),
            acr: AcrNames::default(),
            attempt_limits,
            threat_protection: ThreatProtection::Off,
            identity_providers: BTreeMap::new(),
            session_tracking: SessionTracking::default(),
            stored: Stored::default(),
            resource_servers: BTreeMap::new(),
            domains: BTreeMap::new(),
            triggers: Triggers::default(),
        }
    }

    /// Returns `true` if the pool has a scope. The scopes of a pool are the standard scopes, the scope
    /// for the registration of app clients and the scopes of its resource servers. The full name of a resource server's scope is the identifier
    /// of the server, a slash and the name of the scope.
    pub(crate) fn has_scope(&self, scope: &str) -> bool {
        let is_custom = || {
            let (server, name) = scope.rsplit_once('/')?;
            let mut scopes = self.resource_servers.get(server)?.scopes.iter();
            scopes.find(|(known, _)| known == name)
        };
        STANDARD_SCOPES.contains(&scope) || scope == REGISTER_SCOPE || is_custom().is_some()
    }

    /// Returns `true` if the pool allows one-time codes as a first factor, so that users can sign
    /// in without a password.
    pub(crate) fn is_passwordless(&self) -> bool {
        self.first_factors.iter().any(|factor| factor.is_code())
    }

    /// Fails if the pool allows codes as a first factor and also requires a second factor. AWS
    /// rejects this combination.
    pub(crate) fn check_first_factors(&self) -> Result<(), Failure> {
        if self.mfa == MfaMode::On && self.is_passwordless() {
            return Err(Failure::invalid_parameter(
                "One-time passwords can't be first authentication factors when MFA is required.",
            ));
        }
        Ok(())
    }

    /// Fails with `FeatureUnavailableInTierException` if the pool has the feature plan `LITE`.
    /// `feature` is the name of a feature of higher plans. The error message begins with it.
    pub(crate) fn check_tier(&self, feature: &str) -> Result<(), Failure> {
        if self.is_lite() {
            return Err(Failure::new(
                "FeatureUnavailableInTierException",
                format!("{feature} is not available in the LITE tier."),
            ));
        }
        Ok(())
    }

    /// Returns `true` if the pool has the feature plan `LITE`.
    pub(crate) fn is_lite(&self) -> bool {
        self.tier() == "LITE"
    }

    /// Returns the feature plan of the pool (`UserPoolTier`). Default: `ESSENTIALS`.
    pub(crate) fn tier(&self) -> &str {
        let tier = self.members.get("UserPoolTier").and_then(Value::as_str);
        tier.unwrap_or("ESSENTIALS")
    }

    /// Fails with `UserPoolAddOnNotEnabledException` if threat protection is off in the pool.
    pub(crate) fn check_threat_protection(&self) -> Result<(), Failure> {
        if self.threat_protection != ThreatProtection::Off {
            return Ok(());
        }
        Err(Failure::new(
            "UserPoolAddOnNotEnabledException",
            "This is an add on feature. Please update AdvancedSecurityMode for your user pool to \
             access this API.",
        ))
    }

    /// Fails with `FeatureUnavailableInTierException` if the pool uses threat protection without the
    /// feature plan `PLUS` (github.com/hashicorp/terraform-provider-aws/pull/40734).
    pub(crate) fn check_add_ons(&self) -> Result<(), Failure> {
        let add_ons = self.members.get("UserPoolAddOns");
        let custom = add_ons.and_then(|it| it.get("AdvancedSecurityAdditionalFlows"));
        let has_custom = custom.is_some_and(|flows| flows.get("CustomAuthMode").is_some());
        let tier = self.tier();
        let is_used = has_custom || self.threat_protection != ThreatProtection::Off;
        if !is_used || tier == "PLUS" {
            return Ok(());
        }
        Err(Failure::new(
            "FeatureUnavailableInTierException",
            format!(
                "The following features need to be disabled for the {tier} pricing tier \
                 configured: Threat Protection"
            ),
        ))
    }

    pub(crate) fn jwks_uri(&self) -> String {
        format!("{}/{}/.well-known/jwks.json", self.endpoint, self.path())
    }

    /// Returns the path under which the pool's public documents (such as the JWKS) are served. This
    /// is the pool id. Exception: for a replica with a separate issuer, it is the region, a slash
    /// and the pool id.
    fn path(&self) -> String {
        if self.replica().is_some() && !self.has_shared_issuer() {
            return format!("{}/{}", self.region, self.pool_id);
        }
        self.pool_id.clone()
    }

    /// Returns the region in which the pool was created. In the settings of a replica,
    /// [`region`](Self::region) is the region of the replica instead.
    pub(crate) fn primary_region(&self) -> &str {
        self.pool_id.split('_').next().unwrap_or_default()
    }

    pub(crate) fn arn(&self) -> String {
        self.arn_in(&self.region)
    }

    /// Returns the ARN of the pool in a region. In the primary region, this is the ARN of the pool
    /// itself. In another region, it is the ARN of the replica.
    pub(crate) fn arn_in(&self, region: &str) -> String {
        let (account, id) = (&self.account, &self.pool_id);
        format!("arn:aws:cognito-idp:{region}:{account}:userpool/{id}")
    }

    /// Returns the ARN of the KMS key that encrypts codes for custom sender triggers. If the pool
    /// has no `KMSKeyID`, returns the ARN of a default key in the region of the pool.
    pub(crate) fn kms_key(&self) -> String {
        let (account, region) = (&self.account, &self.region);
        let named = self.triggers.kms_key.clone();
        named.unwrap_or_else(|| format!("arn:aws:kms:{region}:{account}:key/{DEFAULT_KMS_KEY}"))
    }

    /// Returns `true` if users of the pool can have an authenticator app as a second factor.
    pub(crate) fn offers_authenticator_apps(&self) -> bool {
        self.mfa != MfaMode::Off && self.factors.software_token
    }

    /// Returns `true` if the pool allows passkeys as a first factor (`AllowedFirstAuthFactors`).
    pub(crate) fn allows_passkeys(&self) -> bool {
        self.first_factors.contains(&FirstFactor::WebAuthn)
    }

    /// Returns the rules by which the pool finds a user by name.
    pub(crate) fn names(&self) -> Names {
        Names {
            usernames: self.usernames,
            attributes: self.name_attributes.clone(),
            case_sensitive: self.case_sensitive,
        }
    }
}

/// The setting for records of the sessions of users (`SetUserPoolSessionConfiguration`). Default:
/// no sessions are recorded. If recording is enabled without a maximum, at most 20 sessions are
/// recorded per user.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct SessionTracking {
    pub(crate) is_enabled: bool,
    /// The maximum number of sessions that are recorded per user (`MaxPerUser`).
    pub(crate) most: usize,
}

impl SessionTracking {
    /// The default maximum number of sessions per user.
    pub(crate) const MOST: usize = 20;
}

impl Default for SessionTracking {
    fn default() -> Self {
        Self {
            is_enabled: false,
            most: Self::MOST,
        }
    }
}

/// The rules by which a pool finds a user by name. They do not change after the pool was created.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    pub(crate) usernames: Usernames,
    /// The attributes whose values identify a user, in addition to the user name.
    pub(crate) attributes: BTreeSet<&'static str>,
    pub(crate) case_sensitive: bool,
}

impl Names {
    /// Returns a name in the form that is compared with other names: in lower case if the pool is
    /// not case-sensitive, otherwise unchanged.
    pub(crate) fn fold(&self, name: &str) -> String {
        if self.case_sensitive {
            name.to_owned()
        } else {
            name.to_lowercase()
        }
    }
}

/// The second factors that a pool offers (`SetUserPoolMfaConfig`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Factors {
    pub(crate) email: bool,
    pub(crate) sms: bool,
    pub(crate) software_token: bool,
}

impl Factors {
    /// The default second factors of [`EmulatorBuilder`](crate::EmulatorBuilder): codes by SMS and
    /// authenticator apps, but no codes by e-mail.
    pub(crate) const USUAL: Self = Self {
        email: false,
        sms: true,
        software_token: true,
    };

    pub(crate) const fn any(self) -> bool {
        self.email || self.sms || self.software_token
    }

    /// Returns the AWS names of the second factors that a user without a second factor can set up
    /// (`MFAS_CAN_SETUP`).
    pub(crate) fn set_up_names(self) -> Vec<&'static str> {
        [Factor::Sms, Factor::SoftwareToken, Factor::Email]
            .into_iter()
            .filter(|factor| self.offers(*factor))
            .map(Factor::name)
            .collect()
    }

    pub(crate) const fn offers(self, factor: Factor) -> bool {
        match factor {
            Factor::Email => self.email,
            Factor::Sms => self.sms,
            Factor::SoftwareToken => self.software_token,
        }
    }
}

/// The passkey settings of a pool (`WebAuthnConfiguration`). A member is `None` if it was not set.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct WebAuthn {
    /// The domain of the passkeys (`RelyingPartyId`).
    pub(crate) relying_party: Option<String>,
    pub(crate) verification: Option<UserVerification>,
    /// Whether a passkey replaces both factors of a sign-in (`FactorConfiguration`). It does so
    /// only if its authenticator has verified the user. `None` if the setting was never set.
    pub(crate) is_multi_factor: Option<bool>,
}

impl WebAuthn {
    /// Returns whether authenticators must verify the user when a passkey is used. Default:
    /// [`UserVerification::Preferred`].
    pub(crate) fn verification(&self) -> UserVerification {
        self.verification.unwrap_or(UserVerification::Preferred)
    }

    /// Returns `true` if authenticators must verify the user when a passkey is used.
    pub(crate) fn is_verification_required(&self) -> bool {
        self.verification() == UserVerification::Required
    }
}

pub(crate) const fn days(count: u64) -> Duration {
    Duration::from_secs(count * 24 * 3600)
}
