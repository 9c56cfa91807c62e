//! The part of a seed with the settings of a pool.

use serde_json::{Map, Value, json};

use super::{Check, PoolSeed, fault, rejected};
use crate::model::aws;
use crate::model::error::StartError;
use crate::model::failure::Failure;
use crate::model::settings::Settings;
use crate::operations::pools::pool::{self, mfa};
use crate::operations::pools::stored::{set_logs, set_risks};
use crate::operations::pools::{domains, identity_providers, resource_servers};
use crate::state::pools::Pools;
use crate::state::service::no_client;

impl PoolSeed {
    /// Returns the settings of the pool. `path` is the position of the pool in the seed, for
    /// errors.
    pub(super) fn settings(
        &self,
        pools: &Pools,
        check: Check,
        path: &str,
    ) -> Result<Settings, StartError> {
        if !aws::accepts("UserPoolIdType", &self.id) {
            let reason = "it must look like us-east-1_AbCdEf123";
            return Err(fault(format!("{path}.id"), reason));
        }
        self.check_sections(check, path)?;
        let mut settings = pools.named(self.id.clone(), pools.clock.now());
        if let Some(issuer) = &self.issuer {
            settings.issuer.clone_from(issuer);
        }
        let mut fields = self.settings.clone();
        fields.entry("PoolName").or_insert_with(|| json!(self.id));
        let mut settings = check
            .validate_all("CreateUserPool", &fields)
            .and_then(|()| pool::read(&fields, settings))
            .map_err(rejected(format!("{path}.settings")))?;
        if let Some(fields) = &self.mfa {
            check
                .validate("SetUserPoolMfaConfig", &self.id, fields, &[])
                .and_then(|()| mfa::apply(fields, &mut settings))
                .map_err(rejected(format!("{path}.mfa")))?;
        }
        let now = settings.created;
        let settings_of = &mut settings;
        self.each("resource_servers", check, path, |fields| {
            let (id, server) = resource_servers::read(fields);
            resource_servers::add(settings_of, id, server)
        })?;
        self.each("identity_providers", check, path, |fields| {
            identity_providers::add(settings_of, fields, (None, now)).map(|_| ())
        })?;
        self.each("risk_configurations", check, path, |fields| {
            self.check_client(fields)?;
            set_risks(settings_of, fields, now)
        })?;
        self.each("domains", check, path, |fields| {
            domains::check_new(pools, fields)?;
            domains::add(settings_of, &pools.random, fields)
        })?;
        if let Some(fields) = &self.log_delivery {
            check
                .validate("SetLogDeliveryConfiguration", &self.id, fields, &[])
                .map(|()| set_logs(&mut settings, fields))
                .map_err(rejected(format!("{path}.log_delivery")))?;
        }
        Ok(settings)
    }

    /// Fails if the seed has a section that the emulator does not read, unless `ignore_unknown` is
    /// set.
    fn check_sections(&self, check: Check, path: &str) -> Result<(), StartError> {
        let sections = [
            ("branding", self.branding.is_empty()),
            ("client_sessions", self.client_sessions.is_empty()),
            ("sessions", self.sessions.is_none()),
            ("terms", self.terms.is_empty()),
            ("ui_customizations", self.ui_customizations.is_empty()),
        ];
        let given = sections.iter().find(|(_, is_missing)| !is_missing);
        match given.filter(|_| !check.ignores_unknown) {
            Some((name, _)) => {
                let reason = "the emulator does not read it: remove it, or set ignore_unknown";
                Err(fault(format!("{path}.{name}"), reason))
            }
            None => Ok(()),
        }
    }

    /// Validates each request in the field `name` of the pool, and passes it to `add`.
    fn each(
        &self,
        name: &str,
        check: Check,
        path: &str,
        mut add: impl FnMut(&Map<String, Value>) -> Result<(), Failure>,
    ) -> Result<(), StartError> {
        let (operation, list) = match name {
            "domains" => ("CreateUserPoolDomain", &self.domains),
            "identity_providers" => ("CreateIdentityProvider", &self.identity_providers),
            "resource_servers" => ("CreateResourceServer", &self.resource_servers),
            _ => ("SetRiskConfiguration", &self.risk_configurations),
        };
        for (place, fields) in list.iter().enumerate() {
            check
                .validate(operation, &self.id, fields, &[])
                .and_then(|()| add(fields))
                .map_err(rejected(format!("{path}.{name}[{place}]")))?;
        }
        Ok(())
    }

    /// Fails if a request contains the id of an app client that is not in the seed of this pool.
    fn check_client(&self, fields: &Map<String, Value>) -> Result<(), Failure> {
        let Some(id) = fields.get("ClientId").and_then(Value::as_str) else {
            return Ok(());
        };
        if self.clients.iter().any(|client| client.id == id) {
            return Ok(());
        }
        Err(no_client(id))
    }
}
