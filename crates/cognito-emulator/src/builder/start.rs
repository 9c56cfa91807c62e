//! Creates the pools of an emulator from the settings of a builder.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::SystemTime;

use serde_json::{Map, Value, json};

use crate::builder::EmulatorBuilder;
use crate::model::attributes::schema::{Definition, Schema};
use crate::model::attributes::standard::ADDRESSES;
use crate::model::aws;
use crate::model::client::Client;
use crate::model::error::StartError;
use crate::model::identity_provider::IdentityProvider;
use crate::model::options::{MfaMode, Usernames};
use crate::model::random::Random;
use crate::model::settings::{Factors, Settings};
use crate::model::webauthn::is_relying_party;
use crate::state::pools::Pools;
use crate::state::tokens::Tokens;
use crate::state::tokens::key::{SigningKey, TEST_ACCESS_KEY, TEST_ID_KEY};

impl EmulatorBuilder {
    pub(super) fn check(&self) -> Result<(), StartError> {
        let setting = |setting, reason| Err(StartError::Setting { setting, reason });
        if self.triggers.leave_host() {
            return setting("trigger URL", "it must be an http:// URL of localhost");
        }
        // A seed is validated when it is opened.
        if self.prepared.is_some() {
            return Ok(());
        }
        if self.mfa == MfaMode::On && self.first_factors.iter().any(|factor| factor.is_code()) {
            return setting("first factor", "a code cannot be one where MFA is required");
        }
        if !aws::accepts("UserPoolIdType", &self.pool_id) {
            return setting("user pool id", "it must look like us-east-1_AbCdEf123");
        }
        let relying_party = self.web_authn.relying_party.as_deref();
        if relying_party.is_some_and(|id| !is_relying_party(id)) {
            return setting(
                "relying party id",
                "it must be a domain such as example.com",
            );
        }
        let mut ids = BTreeSet::new();
        for client in &self.clients {
            if !aws::accepts("ClientIdType", &client.id) {
                return setting("client id", "it must be of letters, digits, `_` and `+`");
            }
            if !ids.insert(&client.id) {
                return setting("client id", "two clients have the same");
            }
        }
        Ok(())
    }

    /// Returns the initial pools: those of the seed, or one pool with the settings of the builder.
    pub(super) fn pools(self, endpoint: String) -> Result<Pools, StartError> {
        let region = self.pool_id.split('_').next().unwrap_or_default();
        let now = self.clock.now();
        let nowhere = Settings {
            mfa: MfaMode::Optional,
            factors: Factors::USUAL,
            ..Settings::new(format!("{region}_"), endpoint, self.attempt_limits, now)
        };
        let tokens = self.tokens(&nowhere)?;
        let random = Random::new(self.seed);
        let clock = Arc::clone(&self.clock);
        let pools = Pools::new(clock, random, nowhere.clone(), tokens);
        if let Some(seed) = &self.prepared {
            seed.open(&pools)?;
            seed.populate(&pools)?;
            return Ok(pools);
        }
        let settings = self.settings(&nowhere);
        let clients = self.clients.into_iter().map(|client| Client {
            created: now,
            modified: now,
            ..client
        });
        pools
            .add(settings, clients.collect())
            .map_err(|_| StartError::SigningKey { use_of: "access" })?;
        Ok(pools)
    }

    fn settings(&self, nowhere: &Settings) -> Settings {
        let mut schema = Schema::default();
        for name in &self.custom_attributes {
            schema.define(format!("custom:{name}"), Definition::text());
        }
        let mut name_attributes = BTreeSet::from(ADDRESSES);
        if self.usernames == Usernames::Plain {
            name_attributes.insert("preferred_username");
        }
        let (id, endpoint) = (self.pool_id.clone(), nowhere.endpoint.clone());
        let blank = Settings::new(id, endpoint, self.attempt_limits, nowhere.created);
        Settings {
            issuer: self.issuer.clone().unwrap_or_else(|| blank.issuer.clone()),
            policy: self.policy.clone(),
            mfa: self.mfa,
            factors: match self.mfa {
                MfaMode::Off => Factors::default(),
                MfaMode::On | MfaMode::Optional => Factors {
                    email: self.email_mfa,
                    ..Factors::USUAL
                },
            },
            first_factors: self.first_factors.clone(),
            verified_first: if self.verify_before_update {
                BTreeSet::from(ADDRESSES)
            } else {
                BTreeSet::new()
            },
            web_authn: self.web_authn.clone(),
            devices: self.devices,
            threat_protection: self.threat_protection,
            identity_providers: self.identity_providers(blank.created),
            resource_servers: self.resource_servers.clone(),
            triggers: self.triggers.clone(),
            usernames: self.usernames,
            name_attributes,
            case_sensitive: false,
            auto_verified: BTreeSet::from(ADDRESSES),
            schema,
            required_attributes: self.required_attributes.clone(),
            kept: self.kept(),
            ..blank
        }
    }

    fn identity_providers(&self, now: SystemTime) -> BTreeMap<String, IdentityProvider> {
        let providers = self.identity_providers.iter();
        providers
            .map(|(name, kind)| (name.clone(), IdentityProvider::new(*kind, now)))
            .collect()
    }

    /// Returns the settings that an `UpdateUserPool` must contain so that the pool does not change.
    fn kept(&self) -> Map<String, Value> {
        let mut kept = Map::new();
        let role = "arn:aws:iam::123456789012:role/sms";
        kept.insert(
            "SmsConfiguration".to_owned(),
            json!({ "SnsCallerArn": role }),
        );
        if self.verify_before_update {
            let first = json!({ "AttributesRequireVerificationBeforeUpdate": ADDRESSES });
            kept.insert("UserAttributeUpdateSettings".to_owned(), first);
        }
        if let Some(devices) = self.devices {
            let told = json!({
                "ChallengeRequiredOnNewDevice": devices.challenge_required_on_new_device,
                "DeviceOnlyRememberedOnUserPrompt": devices.device_only_remembered_on_user_prompt,
            });
            kept.insert("DeviceConfiguration".to_owned(), told);
        }
        kept
    }

    fn tokens(&self, nowhere: &Settings) -> Result<Tokens, StartError> {
        let (access, id) = self
            .keys
            .as_ref()
            .map_or((TEST_ACCESS_KEY, TEST_ID_KEY), |(access, id)| {
                (access.as_str(), id.as_str())
            });
        let key = |pem, use_of| {
            SigningKey::from_pem(pem, &nowhere.pool_id).ok_or(StartError::SigningKey { use_of })
        };
        let (access, id) = (key(access, "access")?, key(id, "id")?);
        Ok(Tokens::new(access, id, nowhere.issuer.clone()))
    }
}
