//! Creates the initial pools of an emulator from the settings of its builder, from a seed document
//! ([`Seed`](crate::Seed)) or from a template.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::builder::state::Kept;
use crate::builder::{CLIENT_ID, EmulatorBuilder, POOL_ID};
use crate::emulator::Emulator;
use crate::http::instance::Instance;
use crate::model::attributes::standard::ADDRESSES;
use crate::model::aws;
use crate::model::error::StartError;
use crate::model::identity_provider::IdentityProvider;
use crate::model::options::{MfaMode, ThreatProtection, Usernames};
use crate::model::random::{Random, WarmUp};
use crate::model::request;
use crate::model::settings::{Factors, Settings};
use crate::model::webauthn::is_relying_party;
use crate::operations::test_provider;
use crate::state::log_delivery::LogDelivery;
use crate::state::pools::Pools;
use crate::state::tokens::Tokens;
use crate::state::tokens::key::{SigningKey, TEST_ACCESS_KEY, TEST_ID_KEY};

impl EmulatorBuilder {
    /// Checks the settings of the builder. If the builder has a seed document or a template, checks
    /// only the URLs of triggers, functions and log destinations. The document or template is
    /// checked when its pools are created. Fails if the builder has both.
    pub(super) fn check(&self) -> Result<(), StartError> {
        let setting = |setting, reason| Err(StartError::Setting { setting, reason });
        let settings = &self.settings;
        if settings.triggers.leave_host() {
            return setting(
                "trigger URL",
                "use an http:// URL of localhost, 127.0.0.1 or [::1]",
            );
        }
        if let Some(reason) = self.function_error {
            return setting("function", reason);
        }
        if self.has_invalid_log_target {
            return setting(
                "log delivery",
                "use a file, or an http:// URL of localhost, 127.0.0.1 or [::1]",
            );
        }
        if self.prepared.is_some() && self.template.is_some() {
            return setting("template", "use either a template or a seed");
        }
        // Seeds and templates are validated when their pools are created.
        if self.prepared.is_some() || self.template.is_some() {
            return Ok(());
        }
        if settings.check_first_factors().is_err() {
            return setting(
                "first factor",
                "codes cannot be a first factor if MFA is required; use MfaMode::Optional",
            );
        }
        // The table of AWS's model is parsed for other ids only, so that a start does not wait for it.
        let is_valid = |id: &str, usual: &str, shape| id == usual || aws::accepts(shape, id);
        if !is_valid(&settings.pool_id, POOL_ID, "UserPoolIdType") {
            return setting("user pool id", "use an id such as us-east-1_AbCdEf123");
        }
        let relying_party = settings.web_authn.relying_party.as_deref();
        if relying_party.is_some_and(|id| !is_relying_party(id)) {
            return setting(
                "relying party id",
                "use a domain such as example.com, or localhost",
            );
        }
        let mut ids = BTreeSet::new();
        for client in &self.clients {
            if !is_valid(&client.id, CLIENT_ID, "ClientIdType") {
                return setting("client id", "use 1 to 128 letters, digits, `_` and `+`");
            }
            if !ids.insert(&client.id) {
                return setting("client id", "two clients have the same id; use unique ids");
            }
        }
        Ok(())
    }

    /// Creates the pools and returns the emulator, whose server is not started yet.
    pub(super) fn finish(
        mut self,
        endpoint: String,
        ca_certificate: Option<String>,
        warm_up: WarmUp,
    ) -> Result<Emulator, StartError> {
        let hosts = self.hosts.clone();
        let kept = self.open_state()?;
        let journal = kept.journal.clone();
        let pools = self.pools(endpoint, &kept)?;
        let content = self.fill(&pools, kept)?;
        let instance = Instance::new((pools, journal), hosts, ca_certificate, content.initial);
        let first = (content.first, content.first_client);
        Ok(Emulator::new(
            Arc::new(instance),
            first,
            content.note,
            warm_up,
        ))
    }

    /// Creates the state of the emulator, without any pool.
    fn pools(&mut self, endpoint: String, kept: &Kept) -> Result<Pools, StartError> {
        let region = self.region(kept);
        let now = self.clock.now();
        let limits = self.settings.attempt_limits;
        let mut triggers = self.settings.triggers.without_targets();
        if let Some(seed) = &self.prepared {
            triggers.functions = Arc::new(seed.functions(&triggers.functions)?);
        }
        let no_pool = Settings {
            mfa: MfaMode::Optional,
            factors: Factors::USUAL,
            triggers,
            ..Settings::new(format!("{region}_"), endpoint, limits, now)
        };
        let tokens = self.tokens(&no_pool)?;
        let random = Random::new(self.seed);
        let clock = Arc::clone(&self.clock);
        let mut pools = Pools::new(clock, random, no_pool, tokens);
        pools.calls_remote_providers = self.calls_remote_providers;
        pools.enforces_quotas = self.enforces_quotas;
        pools.logs = LogDelivery::start(&self.logs);
        pools.compromised = std::mem::take(&mut self.compromised);
        if let Some(seed) = &self.prepared {
            pools.compromised.extend(seed.compromised_passwords());
        }
        pools.new_address_risk = self.new_address_risk;
        Ok(pools)
    }

    /// Returns the settings of the builder's pool. The name, the region, the endpoint, the times
    /// and the default issuer are copied from `blank`. Everything else is from the builder.
    pub(super) fn settings(&self, blank: Settings) -> Settings {
        let mut name_attributes = BTreeSet::from(ADDRESSES);
        if self.settings.usernames == Usernames::Plain {
            name_attributes.insert("preferred_username");
        }
        let factors = match self.settings.mfa {
            MfaMode::Off => Factors::default(),
            MfaMode::On | MfaMode::Optional => Factors {
                email: self.email_mfa,
                ..Factors::USUAL
            },
        };
        let providers = self.identity_providers.iter();
        let providers = providers
            .map(|(name, kind)| (name.clone(), IdentityProvider::new(*kind, blank.created)));
        let test_providers = self.test_providers.iter().map(|name| {
            // The emulator calls this provider itself, over plain HTTP at the same port.
            let endpoint = blank.endpoint.replacen("https://", "http://", 1);
            let provider = test_provider::provider(&endpoint, blank.created);
            (name.clone(), provider)
        });
        let identity_providers = providers.chain(test_providers).collect();
        Settings {
            issuer: self.issuer.clone().unwrap_or(blank.issuer),
            name: blank.name,
            region: blank.region,
            endpoint: blank.endpoint,
            created: blank.created,
            modified: blank.modified,
            factors,
            identity_providers,
            name_attributes,
            members: self.members(),
            ..self.settings.clone()
        }
    }

    /// Returns the builder's settings that `DescribeUserPool` returns unchanged (see
    /// [`Settings::members`]). The role in `SmsConfiguration` is a placeholder.
    fn members(&self) -> Map<String, Value> {
        let first = &self.settings.verified_first;
        let first = (!first.is_empty())
            .then(|| json!({ "AttributesRequireVerificationBeforeUpdate": first }));
        let devices = self.settings.devices.map(|devices| {
            json!({
                "ChallengeRequiredOnNewDevice": devices.challenge_required_on_new_device,
                "DeviceOnlyRememberedOnUserPrompt": devices.device_only_remembered_on_user_prompt,
            })
        });
        let sms = json!({ "SnsCallerArn": "arn:aws:iam::123456789012:role/sms" });
        // Threat protection needs this feature plan.
        let is_protected = self.settings.threat_protection != ThreatProtection::Off;
        let tier = is_protected.then_some("PLUS");
        request::present([
            ("SmsConfiguration", sms),
            ("UserAttributeUpdateSettings", first.into()),
            ("DeviceConfiguration", devices.into()),
            ("UserPoolTier", tier.into()),
        ])
    }

    /// Parses the signing keys. If none are set, uses the test keys. Fails if a key is not an RSA
    /// private key with at least 2048 bits.
    pub(super) fn tokens(&self, no_pool: &Settings) -> Result<Tokens, StartError> {
        let (access, id) = self
            .keys
            .as_ref()
            .map_or((TEST_ACCESS_KEY, TEST_ID_KEY), |(access, id)| {
                (access.as_str(), id.as_str())
            });
        let key = |pem, use_of| {
            SigningKey::from_pem(pem, &no_pool.pool_id).ok_or(StartError::SigningKey { use_of })
        };
        let (access, id) = (key(access, "access")?, key(id, "id")?);
        Ok(Tokens::new(access, id, no_pool.issuer.clone()))
    }
}
