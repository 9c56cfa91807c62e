//! The part of a seed with the settings of a pool.

use serde_json::{Map, Value, json};

use super::{PoolSeed, fault, rejected, validate};
use crate::model::aws;
use crate::model::error::StartError;
use crate::model::failure::Failure;
use crate::model::settings::Settings;
use crate::operations::pools::pool::{self, mfa};
use crate::operations::pools::stored::set_risks;
use crate::operations::pools::{identity_providers, resource_servers};
use crate::state::pools::Pools;
use crate::state::service::no_client;

impl PoolSeed {
    /// Returns the settings of the pool. `path` is the position of the pool in the seed, for
    /// errors.
    pub(super) fn settings(&self, pools: &Pools, path: &str) -> Result<Settings, StartError> {
        if !aws::accepts("UserPoolIdType", &self.id) {
            let reason = "it must look like us-east-1_AbCdEf123";
            return Err(fault(format!("{path}.id"), reason));
        }
        let mut settings = pools.named(self.id.clone(), pools.clock.now());
        if let Some(issuer) = &self.issuer {
            settings.issuer.clone_from(issuer);
        }
        let mut fields = self.settings.clone();
        fields.entry("PoolName").or_insert_with(|| json!(self.id));
        let mut settings = aws::validate_strictly("CreateUserPool", &fields)
            .and_then(|()| pool::read(&fields, settings))
            .map_err(rejected(format!("{path}.settings")))?;
        if let Some(fields) = &self.mfa {
            validate("SetUserPoolMfaConfig", &self.id, fields, &[])
                .and_then(|()| mfa::apply(fields, &mut settings))
                .map_err(rejected(format!("{path}.mfa")))?;
        }
        for (place, fields) in self.resource_servers.iter().enumerate() {
            validate("CreateResourceServer", &self.id, fields, &[])
                .and_then(|()| {
                    let (id, server) = resource_servers::read(fields);
                    resource_servers::add(&mut settings, id, server)
                })
                .map_err(rejected(format!("{path}.resource_servers[{place}]")))?;
        }
        for (place, fields) in self.identity_providers.iter().enumerate() {
            let now = settings.created;
            validate("CreateIdentityProvider", &self.id, fields, &[])
                .and_then(|()| {
                    identity_providers::add(&mut settings, fields, (None, now)).map(|_| ())
                })
                .map_err(rejected(format!("{path}.identity_providers[{place}]")))?;
        }
        let now = settings.created;
        for (place, fields) in self.risk_configurations.iter().enumerate() {
            validate("SetRiskConfiguration", &self.id, fields, &[])
                .and_then(|()| self.check_client(fields))
                .and_then(|()| set_risks(&mut settings, fields, now))
                .map_err(rejected(format!("{path}.risk_configurations[{place}]")))?;
        }
        Ok(settings)
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
