//! The file with the settings of a pool. It is also a seed file: the emulator can read it at its
//! start, to create the pool.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::part::{Kind, PartId, Parts};
use super::{linked, normal, terms};
use crate::failure::{Failure, Outcome};

/// The maximum length of a file in bytes. A pool with the maximum number of groups fits.
const MAX_LENGTH: u64 = 64 * 1024 * 1024;

/// The fields of a pool in a seed file of the emulator that are not settings.
const OTHER_FIELDS: [&str; 3] = ["id", "issuer", "users"];

/// The settings in a file.
pub(crate) struct PoolFile {
    /// The id of the pool that has these settings.
    pub(crate) pool_id: String,
    /// The kinds of parts, such as app clients, for which the file has a field ([`Kind::section`]).
    pub(crate) sections: BTreeSet<Kind>,
    pub(crate) parts: Parts,
}

impl PoolFile {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// Fails if the file does not have the format of `pool export`. The message contains the path
    /// of the wrong field, and no value.
    pub(crate) fn read(path: &Path) -> Outcome<Self> {
        let shown = path.display();
        let mut text = Vec::new();
        File::open(path)
            .and_then(|file| file.take(MAX_LENGTH + 1).read_to_end(&mut text))
            .map_err(|error| Failure::usage(format!("cannot read {shown}: {error}")))?;
        if text.len() as u64 > MAX_LENGTH {
            return Err(Failure::usage(format!("{shown} has more than 64 MiB")));
        }
        let document: Value = serde_json::from_slice(&text).map_err(|error| {
            let message = Failure::from(error).message;
            Failure::usage(format!("{shown}: {message}"))
        })?;
        let file = Self::parse(&document);
        file.map_err(|wrong| Failure::usage(format!("{shown}: {wrong}")))
    }

    fn parse(document: &Value) -> Result<Self, String> {
        let pools = document["pools"].as_array();
        let Some([Value::Object(pool)]) = pools.map(Vec::as_slice) else {
            return Err("`pools` must be a list with one pool".to_owned());
        };
        let sections: BTreeSet<_> = Kind::ALL
            .into_iter()
            .filter(|kind| pool.contains_key(kind.section()))
            .collect();
        let is_known = |name: &String| {
            OTHER_FIELDS.contains(&&**name) || Kind::ALL.iter().any(|kind| kind.section() == name)
        };
        if let Some(name) = pool.keys().find(|name| !is_known(name)) {
            return Err(format!("pools[0].{name} is unknown"));
        }
        let mut file = Self {
            pool_id: pool
                .get("id")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            sections,
            parts: Parts::new(),
        };
        for (name, section) in pool {
            let kind = Kind::ALL.into_iter().find(|kind| kind.section() == name);
            if let Some(kind) = kind {
                file.add_section(kind, section)?;
            }
        }
        file.move_mfa_mode()?;
        file.check_copies()?;
        Ok(file)
    }

    fn add_section(&mut self, kind: Kind, section: &Value) -> Result<(), String> {
        let name = kind.section();
        let Some(key) = kind.key() else {
            if !section.is_object() {
                return Err(format!("pools[0].{name} must be an object"));
            }
            return self.add(PartId::only(kind), section, name);
        };
        let list = section.as_array();
        let list = list.ok_or_else(|| format!("pools[0].{name} must be a list"))?;
        for (place, part) in list.iter().enumerate() {
            let path = format!("{name}[{place}]");
            let id = part[key].as_str();
            let id = match (kind, id) {
                (kind, None) if kind.is_also_of_pool() && part[key].is_null() => "",
                (_, Some(id)) if !id.is_empty() => id,
                _ => return Err(format!("pools[0].{path}.{key} must be a string")),
            };
            let has_settings = part["settings"].is_object() || part["settings"].is_null();
            if !part.is_object() || !has_settings {
                return Err(format!("pools[0].{path} must be an object"));
            }
            if kind == Kind::Terms {
                terms::check_documents(&part["Documents"])
                    .map_err(|wrong| format!("pools[0].{path}.{wrong} must be an object"))?;
            }
            self.add(PartId::new(kind, id), part, &path)?;
        }
        Ok(())
    }

    fn add(&mut self, id: PartId, part: &Value, path: &str) -> Result<(), String> {
        if names_pool(part) {
            return Err(format!(
                "pools[0].{path} has a UserPoolId: remove it, because --pool selects the pool"
            ));
        }
        let mut part = part.clone();
        if id.kind == Kind::Client {
            if part["settings"].is_null() {
                part["settings"] = json!({});
            }
            let name = &mut part["settings"]["ClientName"];
            if name.is_null() {
                *name = json!(id.key);
            }
        }
        normal::clean(id.kind, &mut part);
        match self.parts.insert(id, part) {
            Some(_) => Err(format!("pools[0].{path} is there twice")),
            None => Ok(()),
        }
    }

    /// Moves `MfaConfiguration` from the settings of the pool to `mfa`. A seed file of the emulator
    /// can have it in the settings of the pool.
    fn move_mfa_mode(&mut self) -> Result<(), String> {
        let pool = self.parts.get_mut(&PartId::only(Kind::Pool));
        let Some(mode) = pool.and_then(|pool| pool.as_object_mut()?.remove("MfaConfiguration"))
        else {
            return Ok(());
        };
        self.sections.insert(Kind::Mfa);
        let mfa = self.parts.entry(PartId::only(Kind::Mfa));
        let mfa = mfa.or_insert_with(|| json!({}));
        let known = &mut mfa["MfaConfiguration"];
        if known.is_null() {
            *known = mode;
        } else if *known != mode {
            return Err("MfaConfiguration differs between `settings` and `mfa`".to_owned());
        }
        Ok(())
    }

    /// Fails if the two values of a setting in [`linked::SHARED`] differ. AWS keeps each of these
    /// settings in the pool and in the MFA configuration.
    fn check_copies(&self) -> Result<(), String> {
        let part = |kind| self.parts.get(&PartId::only(kind));
        let (Some(pool), Some(mfa)) = (part(Kind::Pool), part(Kind::Mfa)) else {
            return Ok(());
        };
        let sms = &mfa[linked::SMS];
        for name in linked::SHARED {
            let (one, other) = (&pool[name], &sms[name]);
            if !one.is_null() && !other.is_null() && one != other {
                return Err(format!(
                    "{name} must be the same in `settings` and in `mfa.SmsMfaConfiguration`"
                ));
            }
        }
        Ok(())
    }
}

/// Returns `true` if `part` or a value in it contains the member `UserPoolId`. Tags are ignored,
/// because a tag can also have the name `UserPoolId`.
fn names_pool(part: &Value) -> bool {
    match part {
        Value::Object(members) => members.iter().any(|(name, member)| {
            name == "UserPoolId" || (name != "UserPoolTags" && names_pool(member))
        }),
        Value::Array(list) => list.iter().any(names_pool),
        _ => false,
    }
}

/// Returns the content of the settings file for a pool with these settings.
pub(crate) fn document(pool_id: &str, parts: &Parts) -> Value {
    let mut pool = Map::from_iter([("id".to_owned(), json!(pool_id))]);
    for kind in Kind::ALL {
        let mut of_kind = parts.iter().filter(|(id, _)| id.kind == kind);
        let section = match kind.key() {
            Some(_) => of_kind.map(|(_, part)| part.clone()).collect(),
            None => match of_kind.next() {
                Some((_, part)) => part.clone(),
                None if kind == Kind::Logs => json!({ "LogConfigurations": [] }),
                None => json!({}),
            },
        };
        pool.insert(kind.section().to_owned(), section);
    }
    let mut document = json!({ "ignore_unknown": true, "pools": [pool] });
    document.sort_all_objects();
    document
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(pool: &Value) -> String {
        let parsed = PoolFile::parse(&json!({ "pools": [pool] }));
        parsed.err().expect("an error")
    }

    #[test]
    fn wrong_files_are_rejected() {
        for (pool, message) in [
            (json!({ "client": [] }), "pools[0].client is unknown"),
            (json!({ "clients": {} }), "pools[0].clients must be a list"),
            (
                json!({ "settings": [] }),
                "pools[0].settings must be an object",
            ),
            (
                json!({ "groups": [{}] }),
                "pools[0].groups[0].name must be a string",
            ),
            (
                json!({ "groups": [{ "name": "a" }, { "name": "a" }] }),
                "pools[0].groups[1] is there twice",
            ),
            (
                json!({ "settings": { "MfaConfiguration": "ON" }, "mfa": { "MfaConfiguration": "OFF" } }),
                "MfaConfiguration differs between `settings` and `mfa`",
            ),
            (
                json!({ "terms": [{ "ClientId": "a", "Documents": [] }] }),
                "pools[0].terms[0].Documents must be an object",
            ),
            (
                json!({ "terms": [{ "ClientId": "a", "Documents": { "terms-of-use": "b" } }] }),
                "pools[0].terms[0].Documents.terms-of-use must be an object",
            ),
            (
                json!({ "risk_configurations": [{ "A": [{ "UserPoolId": "eu-west-1_b" }] }] }),
                "pools[0].risk_configurations[0] has a UserPoolId: remove it, because --pool \
                 selects the pool",
            ),
        ] {
            assert_eq!(wrong(&pool), message);
        }
        assert!(PoolFile::parse(&json!({ "pools": [] })).is_err());
    }

    #[test]
    fn document_is_read_back() {
        let client = PartId::new(Kind::Client, "web");
        let settings = json!({ "id": "web", "settings": { "ClientName": "shop" } });
        let parts = Parts::from([(client, settings)]);
        let file = PoolFile::parse(&document("eu-west-1_a", &parts)).expect("valid");
        assert_eq!(file.pool_id, "eu-west-1_a");
        assert_eq!(file.sections.len(), Kind::ALL.len());
        let clients = file
            .parts
            .into_iter()
            .filter(|(id, _)| id.kind == Kind::Client);
        assert_eq!(clients.collect::<Parts>(), parts);
    }
}
