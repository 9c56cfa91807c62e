//! The changes that a pre token generation trigger makes to tokens.

use serde_json::{Map, Value, json};

use crate::model::failure::Failure;
use crate::model::trigger::{Trigger, unrecognizable};

/// The claims that a trigger cannot change (AWS developer guide, "Pre token generation Lambda
/// trigger").
const FIXED: [&str; 16] = [
    "acr",
    "amr",
    "at_hash",
    "auth_time",
    "azp",
    "event_id",
    "exp",
    "iat",
    "identities",
    "iss",
    "jti",
    "nbf",
    "nonce",
    "origin_jti",
    "sub",
    "token_use",
];

/// Additional claims that cannot be changed in each kind of token.
const FIXED_ACCESS: [&str; 3] = ["client_id", "username", "version"];

const FIXED_ID: [&str; 2] = ["aud", "cognito:username"];

/// The changes that a pre token generation trigger makes to tokens.
#[derive(Debug, Default)]
pub(crate) struct Overrides {
    access: Changes,
    id: Changes,
    groups: Option<Groups>,
}

#[derive(Debug, Default)]
struct Changes {
    add: Map<String, Value>,
    suppress: Vec<String>,
    add_scopes: Vec<String>,
    suppress_scopes: Vec<String>,
}

/// `groupOverrideDetails`. It replaces all group claims; a missing member is treated as empty.
#[derive(Debug, Default)]
struct Groups {
    groups: Vec<String>,
    roles: Vec<String>,
    preferred_role: Option<String>,
}

impl Overrides {
    /// Parses the changes in the response of the trigger.
    pub(crate) fn read(trigger: Trigger, details: &Map<String, Value>) -> Result<Self, Failure> {
        let groups = details.get("groupOverrideDetails");
        let groups = groups.map(Groups::read).transpose()?;
        if trigger == Trigger::PreTokenGeneration {
            return Ok(Self {
                access: Changes::default(),
                id: Changes::read_strings(details)?,
                groups,
            });
        }
        Ok(Self {
            access: Changes::read(details.get("accessTokenGeneration"))?,
            id: Changes::read(details.get("idTokenGeneration"))?,
            groups,
        })
    }

    /// Applies the changes to the claims of an access token.
    pub(crate) fn in_access(&self, claims: String) -> String {
        let groups = self.groups.as_ref().map(Groups::in_access);
        Self::applied(claims, &self.access, &FIXED_ACCESS, groups)
    }

    /// Applies the changes to the claims of an ID token.
    pub(crate) fn in_id(&self, claims: String) -> String {
        let groups = self.groups.as_ref().map(Groups::in_id);
        Self::applied(claims, &self.id, &FIXED_ID, groups)
    }

    fn applied(
        claims: String,
        changes: &Changes,
        fixed: &[&str],
        groups: Option<Vec<(&'static str, Option<Value>)>>,
    ) -> String {
        if changes.is_empty() && groups.is_none() {
            return claims;
        }
        let Ok(Value::Object(mut claims)) = serde_json::from_str(&claims) else {
            return claims;
        };
        let is_fixed =
            |name: &str| FIXED.contains(&name) || fixed.contains(&name) || name.starts_with("dev:");
        for (name, value) in groups.into_iter().flatten() {
            match value {
                Some(value) => claims.insert(name.to_owned(), value),
                None => claims.remove(name),
            };
        }
        for (name, value) in changes.add.iter().filter(|(name, _)| !is_fixed(name)) {
            claims.insert(name.clone(), value.clone());
        }
        for name in changes.suppress.iter().filter(|name| !is_fixed(name)) {
            claims.remove(name);
        }
        if let Some(Value::String(scope)) = claims.get("scope") {
            let kept = scope.split(' ').map(ToOwned::to_owned);
            let added = changes.add_scopes.iter().cloned();
            let mut scopes: Vec<String> = Vec::new();
            for one in kept.chain(added) {
                if !changes.suppress_scopes.contains(&one) && !scopes.contains(&one) {
                    scopes.push(one);
                }
            }
            claims.insert("scope".to_owned(), json!(scopes.join(" ")));
        }
        Value::Object(claims).to_string()
    }
}

impl Groups {
    fn read(told: &Value) -> Result<Self, Failure> {
        let told = match told {
            Value::Null => return Ok(Self::default()),
            Value::Object(told) => told,
            _ => return Err(unrecognizable()),
        };
        let member = |name| told.get(name).filter(|told| !told.is_null());
        let list = |name| member(name).map(texts).transpose();
        Ok(Self {
            groups: list("groupsToOverride")?.unwrap_or_default(),
            roles: list("iamRolesToOverride")?.unwrap_or_default(),
            preferred_role: member("preferredRole").map(text).transpose()?,
        })
    }

    fn in_access(&self) -> Vec<(&'static str, Option<Value>)> {
        let list = |list: &Vec<String>| (!list.is_empty()).then(|| json!(list));
        vec![("cognito:groups", list(&self.groups))]
    }

    fn in_id(&self) -> Vec<(&'static str, Option<Value>)> {
        let mut claims = self.in_access();
        let roles = (!self.roles.is_empty()).then(|| json!(self.roles));
        claims.push(("cognito:roles", roles));
        let preferred = self.preferred_role.as_ref().map(|role| json!(role));
        claims.push(("cognito:preferred_role", preferred));
        claims
    }
}

impl Changes {
    /// Parses the changes of version 1, which are strings.
    fn read_strings(details: &Map<String, Value>) -> Result<Self, Failure> {
        let told = ["claimsToAddOrOverride", "claimsToSuppress"];
        let told = told.map(|name| (name.to_owned(), details.get(name).cloned()));
        let told = told
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect();
        let changes = Self::read(Some(&Value::Object(told)))?;
        if changes.add.values().all(Value::is_string) {
            Ok(changes)
        } else {
            Err(unrecognizable())
        }
    }

    fn read(part: Option<&Value>) -> Result<Self, Failure> {
        let part = match part {
            None | Some(Value::Null) => return Ok(Self::default()),
            Some(Value::Object(part)) => part,
            Some(_) => return Err(unrecognizable()),
        };
        let list = |name| match part.get(name) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(list) => texts(list),
        };
        let add = match part.get("claimsToAddOrOverride") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(claims)) => claims.clone(),
            Some(_) => return Err(unrecognizable()),
        };
        Ok(Self {
            add,
            suppress: list("claimsToSuppress")?,
            add_scopes: list("scopesToAdd")?,
            suppress_scopes: list("scopesToSuppress")?,
        })
    }

    fn is_empty(&self) -> bool {
        self.add.is_empty()
            && self.suppress.is_empty()
            && self.add_scopes.is_empty()
            && self.suppress_scopes.is_empty()
    }
}

fn texts(list: &Value) -> Result<Vec<String>, Failure> {
    let list = list.as_array().ok_or_else(unrecognizable)?;
    list.iter().map(text).collect()
}

fn text(value: &Value) -> Result<String, Failure> {
    let text = value.as_str().ok_or_else(unrecognizable)?;
    Ok(text.to_owned())
}
