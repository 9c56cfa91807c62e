//! The settings of a pool ([`Settings`]).

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value};

use crate::model::attributes::schema::Schema;
use crate::model::failure::Failure;
use crate::model::identity_provider::IdentityProvider;
use crate::model::options::{
    DeviceConfiguration, Factor, FirstFactor, Mechanism, MfaMode, ThreatProtection,
    UserVerification, Usernames,
};
use crate::model::policy::PasswordPolicy;
use crate::model::stored::Stored;
use crate::model::trigger::Triggers;

/// The scopes that every pool has.
pub(crate) const STANDARD_SCOPES: [&str; 5] = [
    "aws.cognito.signin.user.admin",
    "email",
    "openid",
    "phone",
    "profile",
];

/// All settings of a pool. A change creates a new value, so an operation uses the same settings
/// from its start to its end.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) pool_id: String,
    pub(crate) region: String,
    pub(crate) endpoint: String,
    pub(crate) issuer: String,
    pub(crate) name: String,
    pub(crate) created: SystemTime,
    pub(crate) modified: SystemTime,
    pub(crate) policy: PasswordPolicy,
    pub(crate) mfa: MfaMode,
    pub(crate) factors: Factors,
    /// The first factors that users can choose, in addition to passwords
    /// (`AllowedFirstAuthFactors`).
    pub(crate) first_factors: BTreeSet<FirstFactor>,
    /// The address attributes whose new value takes effect only after its code is entered
    /// (`AttributesRequireVerificationBeforeUpdate`).
    pub(crate) verified_first: BTreeSet<&'static str>,
    pub(crate) usernames: Usernames,
    /// The attributes with which users sign in: `UsernameAttributes` or `AliasAttributes`.
    pub(crate) name_attributes: BTreeSet<&'static str>,
    pub(crate) case_sensitive: bool,
    /// `true` if the pool was created with `UsernameConfiguration`. `DescribeUserPool` returns the
    /// member only in this case.
    pub(crate) has_username_configuration: bool,
    /// The address attributes to whose new values a code is sent (`AutoVerifiedAttributes`).
    pub(crate) auto_verified: BTreeSet<&'static str>,
    /// How the pool remembers devices. `None` if it does not remember devices.
    pub(crate) devices: Option<DeviceConfiguration>,
    pub(crate) schema: Schema,
    pub(crate) required_attributes: BTreeSet<String>,
    /// The mechanisms of account recovery, by priority (`AccountRecoverySetting`). Empty if the
    /// setting is missing.
    pub(crate) recovery: Vec<Mechanism>,
    /// `true` if users cannot sign up (`AllowAdminCreateUserOnly`).
    pub(crate) admin_creates: bool,
    /// `true` if the pool cannot be deleted (`DeletionProtection`).
    pub(crate) is_protected: bool,
    pub(crate) tags: BTreeMap<String, String>,
    /// The members of `CreateUserPool` and `UpdateUserPool` that `DescribeUserPool` returns
    /// unchanged, by their AWS names.
    pub(crate) members: Map<String, Value>,
    /// The members of `SetUserPoolMfaConfig` that `GetUserPoolMfaConfig` returns unchanged.
    pub(crate) mfa_members: Map<String, Value>,
    pub(crate) web_authn: WebAuthn,
    /// `true` if the attempts of each user per hour are limited.
    pub(crate) attempt_limits: bool,
    pub(crate) threat_protection: ThreatProtection,
    pub(crate) identity_providers: BTreeMap<String, IdentityProvider>,
    /// Whether the pool records the sessions of its users.
    pub(crate) session_tracking: SessionTracking,
    /// The settings and objects that have no effect.
    pub(crate) stored: Stored,
    /// The resource servers, by identifier.
    pub(crate) resource_servers: BTreeMap<String, ResourceServer>,
    /// The domains of the pool, each with its settings.
    pub(crate) domains: BTreeMap<String, Map<String, Value>>,
    /// The triggers of the pool (`LambdaConfig`).
    pub(crate) triggers: Triggers,
}

/// An API with scopes (`ResourceServerType`).
#[derive(Clone, Debug)]
pub(crate) struct ResourceServer {
    pub(crate) name: String,
    /// The names of the scopes, each with its description.
    pub(crate) scopes: Vec<(String, String)>,
}

impl Settings {
    /// Creates the settings of a pool with AWS's defaults, as `CreateUserPool` does for a request
    /// with only a name.
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

    /// Returns `true` if the pool has a scope: a standard scope, or the identifier of a resource
    /// server, a slash and one of its scopes.
    pub(crate) fn has_scope(&self, scope: &str) -> bool {
        let is_custom = || {
            let (server, name) = scope.rsplit_once('/')?;
            let mut scopes = self.resource_servers.get(server)?.scopes.iter();
            scopes.find(|(known, _)| known == name)
        };
        STANDARD_SCOPES.contains(&scope) || is_custom().is_some()
    }

    /// Returns `true` if users can sign in with a code instead of a password.
    pub(crate) fn is_passwordless(&self) -> bool {
        self.first_factors.iter().any(|factor| factor.is_code())
    }

    /// Fails if codes are a first factor although every user needs a second factor.
    pub(crate) fn check_first_factors(&self) -> Result<(), Failure> {
        if self.mfa == MfaMode::On && self.is_passwordless() {
            return Err(Failure::invalid_parameter(
                "One-time passwords can't be first authentication factors when MFA is required.",
            ));
        }
        Ok(())
    }

    pub(crate) fn jwks_uri(&self) -> String {
        format!("{}/{}/.well-known/jwks.json", self.endpoint, self.pool_id)
    }

    pub(crate) fn arn(&self) -> String {
        self.arn_in(&self.region)
    }

    /// Returns the ARN of the pool's replica in a region.
    pub(crate) fn arn_in(&self, region: &str) -> String {
        let id = &self.pool_id;
        format!("arn:aws:cognito-idp:{region}:123456789012:userpool/{id}")
    }

    /// Returns `true` if authenticator apps can be a second factor.
    pub(crate) fn offers_authenticator_apps(&self) -> bool {
        self.mfa != MfaMode::Off && self.factors.software_token
    }

    /// Returns `true` if passkeys are a first factor (`AllowedFirstAuthFactors`).
    pub(crate) fn allows_passkeys(&self) -> bool {
        self.first_factors.contains(&FirstFactor::WebAuthn)
    }

    /// Returns the rules for finding users by name.
    pub(crate) fn names(&self) -> Names {
        Names {
            usernames: self.usernames,
            attributes: self.name_attributes.clone(),
            case_sensitive: self.case_sensitive,
        }
    }
}

/// The tracking of users' sessions (`SetUserPoolSessionConfiguration`). Default: disabled, with at
/// most 20 sessions per user.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SessionTracking {
    pub(crate) is_enabled: bool,
    /// The maximum number of sessions per user (`MaxPerUser`).
    pub(crate) most: usize,
}

impl SessionTracking {
    /// The default of [`most`](Self::most).
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

/// The rules for finding users by name. They do not change after the pool was created.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    pub(crate) usernames: Usernames,
    /// The attributes whose values are user names or aliases.
    pub(crate) attributes: BTreeSet<&'static str>,
    pub(crate) case_sensitive: bool,
}

impl Names {
    /// Returns a name in the form in which names are compared: lower case, unless the pool is
    /// case-sensitive.
    pub(crate) fn fold(&self, name: &str) -> String {
        if self.case_sensitive {
            name.to_owned()
        } else {
            name.to_lowercase()
        }
    }
}

/// The second factors that a pool offers (`SetUserPoolMfaConfig`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Factors {
    pub(crate) email: bool,
    pub(crate) sms: bool,
    pub(crate) software_token: bool,
}

impl Factors {
    /// Codes by SMS and authenticator apps, but no codes by e-mail: the second factors of
    /// [`EmulatorBuilder`](crate::EmulatorBuilder) by default.
    pub(crate) const USUAL: Self = Self {
        email: false,
        sms: true,
        software_token: true,
    };

    pub(crate) const fn any(self) -> bool {
        self.email || self.sms || self.software_token
    }

    /// Returns the names of the factors that a user without a factor can set up (`MFAS_CAN_SETUP`).
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

/// The passkey settings of a pool (`WebAuthnConfiguration`). `None` for a member that was not set.
#[derive(Clone, Debug, Default)]
pub(crate) struct WebAuthn {
    /// `RelyingPartyId`: the domain of the passkeys.
    pub(crate) relying_party: Option<String>,
    pub(crate) verification: Option<UserVerification>,
    /// Whether a passkey replaces both factors if its authenticator has verified the user
    /// (`FactorConfiguration`).
    pub(crate) is_multi_factor: Option<bool>,
}

impl WebAuthn {
    /// Returns whether authenticators must verify the user. Default:
    /// [`UserVerification::Preferred`].
    pub(crate) fn verification(&self) -> UserVerification {
        self.verification.unwrap_or(UserVerification::Preferred)
    }

    /// Returns `true` if authenticators must verify the user.
    pub(crate) fn is_verification_required(&self) -> bool {
        self.verification() == UserVerification::Required
    }
}

/// Converts a number of days to a duration.
pub(crate) const fn days(count: u64) -> Duration {
    Duration::from_secs(count * 24 * 3600)
}
