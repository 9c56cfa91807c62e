//! The settings of a pool.

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
    /// The first factors other than a password.
    pub(crate) first_factors: BTreeSet<FirstFactor>,
    /// The addresses whose change takes effect only when their code is entered
    /// (`AttributesRequireVerificationBeforeUpdate`).
    pub(crate) verified_first: BTreeSet<&'static str>,
    pub(crate) usernames: Usernames,
    /// The attributes with which users sign in: user names (`UsernameAttributes`) or aliases
    /// (`AliasAttributes`).
    pub(crate) name_attributes: BTreeSet<&'static str>,
    pub(crate) case_sensitive: bool,
    /// `true` if the pool was created with `UsernameConfiguration`. Otherwise this member is not
    /// returned.
    pub(crate) has_username_configuration: bool,
    /// The addresses to which a code is sent when they are new (`AutoVerifiedAttributes`).
    pub(crate) auto_verified: BTreeSet<&'static str>,
    /// The way in which the pool remembers devices. `None` if the pool remembers no devices.
    pub(crate) devices: Option<DeviceConfiguration>,
    pub(crate) schema: Schema,
    pub(crate) required_attributes: BTreeSet<String>,
    /// The mechanisms of account recovery, by priority (`AccountRecoverySetting`). Empty without
    /// the setting.
    pub(crate) recovery: Vec<Mechanism>,
    /// `true` if only operators create users (`AllowAdminCreateUserOnly`).
    pub(crate) admin_creates: bool,
    /// `DeletionProtection`.
    pub(crate) is_protected: bool,
    pub(crate) tags: BTreeMap<String, String>,
    /// The settings that are stored without an effect, by their AWS names.
    pub(crate) members: Map<String, Value>,
    /// The settings of `SetUserPoolMfaConfig` that are stored without an effect.
    pub(crate) mfa_members: Map<String, Value>,
    pub(crate) web_authn: WebAuthn,
    pub(crate) attempt_limits: bool,
    pub(crate) threat_protection: ThreatProtection,
    pub(crate) identity_providers: BTreeMap<String, IdentityProvider>,
    pub(crate) session_tracking: SessionTracking,
    /// Settings of other operations that are stored without an effect.
    pub(crate) stored: Stored,
    pub(crate) resource_servers: BTreeMap<String, ResourceServer>,
    /// The pool's domains, each with its settings.
    pub(crate) domains: BTreeMap<String, Map<String, Value>>,
    /// The pool's triggers (`LambdaConfig`).
    pub(crate) triggers: Triggers,
}

/// An API whose scopes tokens can have.
#[derive(Clone, Debug)]
pub(crate) struct ResourceServer {
    pub(crate) name: String,
    /// The names of the scopes, and their descriptions.
    pub(crate) scopes: Vec<(String, String)>,
}

impl Settings {
    /// Creates the settings of a pool with AWS's defaults, like a `CreateUserPool` without
    /// settings.
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

    /// Returns `true` if a scope exists: a scope of every pool, or a scope of a resource server
    /// with the server's name as prefix.
    pub(crate) fn has_scope(&self, scope: &str) -> bool {
        let is_custom = || {
            let (server, name) = scope.rsplit_once('/')?;
            let mut scopes = self.resource_servers.get(server)?.scopes.iter();
            scopes.find(|(known, _)| known == name)
        };
        STANDARD_SCOPES.contains(&scope) || is_custom().is_some()
    }

    /// Returns `true` if users can sign in without a password.
    pub(crate) fn is_passwordless(&self) -> bool {
        self.first_factors.iter().any(|factor| factor.is_code())
    }

    /// Rejects first factors that cannot be combined with the second factors.
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

    /// Returns `true` if users can set up authenticator apps.
    pub(crate) fn offers_authenticator_apps(&self) -> bool {
        self.mfa != MfaMode::Off && self.factors.software_token
    }

    /// Returns `true` if users can sign in with a passkey (`AllowedFirstAuthFactors`).
    pub(crate) fn allows_passkeys(&self) -> bool {
        self.first_factors.contains(&FirstFactor::WebAuthn)
    }

    pub(crate) fn names(&self) -> Names {
        Names {
            usernames: self.usernames,
            attributes: self.name_attributes.clone(),
            case_sensitive: self.case_sensitive,
        }
    }
}

/// Whether a pool records the sessions of its users (`SetUserPoolSessionConfiguration`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct SessionTracking {
    pub(crate) is_enabled: bool,
    /// The maximum number of sessions of a user (`MaxPerUser`).
    pub(crate) most: usize,
}

impl SessionTracking {
    /// The default of `MaxPerUser`.
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

/// The rules for finding users by name. They never change in a pool.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    pub(crate) usernames: Usernames,
    pub(crate) attributes: BTreeSet<&'static str>,
    pub(crate) case_sensitive: bool,
}

impl Names {
    /// Returns the form in which names are compared: lower case, unless the pool is case-sensitive.
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
    /// The default second factors: codes by SMS and authenticator apps, but not codes by e-mail.
    pub(crate) const USUAL: Self = Self {
        email: false,
        sms: true,
        software_token: true,
    };

    pub(crate) const fn any(self) -> bool {
        self.email || self.sms || self.software_token
    }

    /// Returns the factors that a user without a factor can set up (`MFAS_CAN_SETUP`).
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

/// The passkey settings of a pool (`WebAuthnConfiguration`), as far as they are set.
#[derive(Clone, Debug, Default)]
pub(crate) struct WebAuthn {
    pub(crate) relying_party: Option<String>,
    pub(crate) verification: Option<UserVerification>,
    /// Whether a passkey counts as two factors, if its authenticator has verified the user
    /// (`FactorConfiguration`).
    pub(crate) is_multi_factor: Option<bool>,
}

impl WebAuthn {
    /// Returns the requirement for authenticators. Default: [`UserVerification::Preferred`].
    pub(crate) fn verification(&self) -> UserVerification {
        self.verification.unwrap_or(UserVerification::Preferred)
    }

    /// Returns `true` if authenticators must verify the user.
    pub(crate) fn is_verification_required(&self) -> bool {
        self.verification() == UserVerification::Required
    }
}

/// Converts whole days, the unit of settings, to a duration.
pub(crate) const fn days(count: u64) -> Duration {
    Duration::from_secs(count * 24 * 3600)
}
