//! The replica of a pool in a second region ([`Replica`]).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::failure::Failure;
use crate::model::json::pairs;
use crate::model::request;
use crate::model::settings::Settings;
use crate::model::trigger::Triggers;

/// The members of `UpdateUserPool` that can differ between the regions of a pool (developer guide,
/// "Multi-Region replication for user pools").
pub(crate) const REGIONAL: [&str; 3] = ["EmailConfiguration", "LambdaConfig", "SmsConfiguration"];

/// The members of `NotifyConfiguration` that can differ between the regions of a pool (API
/// reference of `SetRiskConfiguration`).
pub(crate) const REGIONAL_SENDER: [&str; 2] = ["From", "SourceArn"];

/// The path of `NotifyConfiguration` in a risk configuration.
const NOTIFY: [&str; 2] = ["AccountTakeoverRiskConfiguration", "NotifyConfiguration"];

/// The replica of a pool in another region: its status, and the settings that it does not share
/// with the pool.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Replica {
    /// `true` if the replica accepts sign-ins and other requests of users.
    pub(crate) is_active: bool,
    /// The settings that can differ between the regions of a pool, by their AWS names
    /// ([`REGIONAL`]).
    members: Map<String, Value>,
    triggers: Triggers,
    tags: BTreeMap<String, String>,
    logs: Vec<Value>,
    /// The values of the [`REGIONAL_SENDER`] members of each risk configuration. The key is the id
    /// of an app client, or `None` for the configuration of the whole pool.
    #[serde(with = "pairs")]
    senders: BTreeMap<Option<String>, Map<String, Value>>,
}

impl Replica {
    /// Creates an inactive replica without configurations for e-mail, SMS and logs.
    ///
    /// The triggers in the `LambdaConfig` of the pool are not copied, because each region has its
    /// own `LambdaConfig`. The triggers that are functions of this process are copied, because no
    /// request can set them.
    pub(crate) fn new(
        settings: &Settings,
        tags: BTreeMap<String, String>,
    ) -> Result<Self, Failure> {
        Ok(Self {
            is_active: false,
            members: Map::new(),
            triggers: Triggers::read(None, &settings.triggers)?,
            tags,
            logs: Vec::new(),
            senders: BTreeMap::new(),
        })
    }

    /// Updates the triggers of a replica after it was loaded from a state file or a snapshot. The
    /// URLs of Lambda functions and the timeout are those of `current`, the running emulator. The
    /// triggers that are functions of this process are copied from `before`, the triggers that the
    /// pool had before the load. `before` is `None` if the pool did not exist before the load. See
    /// [`Triggers::adapt`].
    pub(crate) fn adapt(&mut self, current: &Triggers, before: Option<&Triggers>) {
        let config = self.members.get("LambdaConfig");
        self.triggers.adapt(current, before, config);
    }

    pub(crate) const fn status(&self) -> &'static str {
        if self.is_active { "ACTIVE" } else { "INACTIVE" }
    }
}

impl Settings {
    /// Returns the replica to which these settings belong. Returns `None` if they are the settings
    /// of the pool in its primary region.
    pub(crate) fn replica(&self) -> Option<&Replica> {
        self.stored.replicas.get(&self.region)
    }

    /// Returns `true` if `arn` is the ARN of the pool or of a replica of the pool.
    pub(crate) fn has_arn(&self, arn: &str) -> bool {
        let mut replicas = self.stored.replicas.keys();
        arn == self.arn() || replicas.any(|region| arn == self.arn_in(region))
    }

    /// Returns `true` if the tokens have the same issuer in all regions (`IssuerConfiguration` with
    /// the type `UPDATED`).
    pub(crate) fn has_shared_issuer(&self) -> bool {
        let configuration = self.members.get("IssuerConfiguration");
        configuration.is_some_and(|configuration| configuration["Type"] == "UPDATED")
    }

    /// Returns the settings of the replica in a region. Returns `None` if the pool has no replica
    /// there.
    pub(crate) fn of_replica(&self, region: &str) -> Option<Self> {
        let replica = self.stored.replicas.get(region)?.clone();
        let mut settings = self.clone();
        if !self.has_shared_issuer() {
            settings.issuer = self.issuer_in(region);
        }
        region.clone_into(&mut settings.region);
        settings.members.retain(|name, _| !is_regional(name));
        settings.members.extend(replica.members);
        settings.triggers = replica.triggers;
        settings.tags = replica.tags;
        settings.stored.logs = replica.logs;
        for (client, configuration) in &mut settings.stored.risks {
            if let Some(notify) = notify_mut(configuration.members_mut()) {
                notify.retain(|name, _| !REGIONAL_SENDER.contains(&name.as_str()));
                notify.extend(replica.senders.get(client).cloned().unwrap_or_default());
            }
        }
        Some(settings)
    }

    /// Stores the changed settings of a replica. `changed` contains all settings of the pool in the
    /// region of the replica. Only those that can differ between regions are stored. The others are
    /// ignored.
    pub(crate) fn keep_regional(&mut self, changed: Self) {
        let Some(replica) = self.stored.replicas.get_mut(&changed.region) else {
            return;
        };
        replica.members = request::copy_members(&changed.members, &REGIONAL);
        replica.triggers = changed.triggers;
        replica.tags = changed.tags;
        replica.logs = changed.stored.logs;
        replica.senders.clear();
        for (client, mut configuration) in changed.stored.risks {
            if let Some(notify) = notify_mut(configuration.members_mut()) {
                let sender = request::copy_members(notify, &REGIONAL_SENDER);
                replica.senders.insert(client, sender);
            }
        }
    }

    /// Returns the issuer of the pool's replica in a region.
    ///
    /// If the host name of the pool's issuer contains the region, as in AWS, this region is
    /// replaced. Otherwise, as in most emulators, the region is inserted before the pool id.
    fn issuer_in(&self, region: &str) -> String {
        let (home, id) = (&self.region, &self.pool_id);
        let host = format!("://cognito-idp.{home}.");
        if self.issuer.contains(&host) {
            let replaced = format!("://cognito-idp.{region}.");
            return self.issuer.replacen(&host, &replaced, 1);
        }
        let base = self.issuer.strip_suffix(id.as_str());
        base.map_or_else(
            || format!("{}/{region}", self.issuer),
            |base| format!("{base}{region}/{id}"),
        )
    }
}

/// Returns `NotifyConfiguration` of a risk configuration: the settings for messages to users about
/// risks. Returns `None` if the risk configuration does not contain it.
pub(crate) fn notify_mut(members: &mut Map<String, Value>) -> Option<&mut Map<String, Value>> {
    let [outer, inner] = NOTIFY;
    members.get_mut(outer)?.get_mut(inner)?.as_object_mut()
}

fn is_regional(name: &str) -> bool {
    REGIONAL.contains(&name)
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn issuer_names_the_replica_region() {
        let id = "us-east-1_a".to_owned();
        let new = || Settings::new(id.clone(), String::new(), true, SystemTime::UNIX_EPOCH);
        for (issuer, expected) in [
            (
                "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_a",
                "https://cognito-idp.eu-west-1.amazonaws.com/us-east-1_a",
            ),
            (
                "http://127.0.0.1:9229/us-east-1_a",
                "http://127.0.0.1:9229/eu-west-1/us-east-1_a",
            ),
            ("https://example.com", "https://example.com/eu-west-1"),
        ] {
            let mut settings = new();
            issuer.clone_into(&mut settings.issuer);
            assert_eq!(settings.issuer_in("eu-west-1"), expected);
        }
    }
}
