//! The changes that the pre token generation trigger makes to tokens.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use crate::model::failure::Failure;
use crate::model::request::or_default;
use crate::model::trigger::{Trigger, unrecognizable};

/// The claims that the pre token generation trigger cannot change in any token (AWS developer
/// guide, "Pre token generation Lambda trigger").
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

/// The claims that the pre token generation trigger cannot change in access tokens, in addition to
/// [`FIXED`].
const FIXED_ACCESS: [&str; 3] = ["client_id", "username", "version"];

/// The claims that the pre token generation trigger cannot change in ID tokens, in addition to
/// [`FIXED`].
const FIXED_ID: [&str; 2] = ["aud", "cognito:username"];

/// The changes to tokens that the response of the pre token generation trigger contains.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Overrides {
    #[serde(rename = "accessTokenGeneration")]
    access: Option<Changes>,
    #[serde(rename = "idTokenGeneration")]
    id: Option<Changes>,
    #[serde(default, deserialize_with = "groups", rename = "groupOverrideDetails")]
    groups: Option<Groups>,
}

/// The changes to one kind of token: `accessTokenGeneration` or `idTokenGeneration` in the response
/// of the trigger. In version 1 of the trigger, these are the changes to the ID token.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Changes {
    claims_to_add_or_override: Option<Map<String, Value>>,
    claims_to_suppress: Option<Vec<String>>,
    scopes_to_add: Option<Vec<String>>,
    scopes_to_suppress: Option<Vec<String>>,
}

/// The member `groupOverrideDetails` of the trigger's response. It replaces all claims about
/// groups. A missing member of `groupOverrideDetails` counts as empty.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Groups {
    groups_to_override: Option<Vec<String>>,
    iam_roles_to_override: Option<Vec<String>>,
    preferred_role: Option<String>,
}

/// Deserializes `groupOverrideDetails`. If the value is `null`, the claims about groups are
/// removed.
fn groups<'de, D: Deserializer<'de>>(member: D) -> Result<Option<Groups>, D::Error> {
    or_default(member).map(Some)
}

impl Overrides {
    /// Parses the changes in the response of the trigger. `trigger` is the version of the pre token
    /// generation trigger. Fails if the response is invalid.
    pub(crate) fn read(trigger: Trigger, details: &Map<String, Value>) -> Result<Self, Failure> {
        let read = Self::deserialize(details).map_err(|_| unrecognizable())?;
        if trigger != Trigger::PreTokenGeneration {
            return Ok(read);
        }
        // Version 1 changes only ID tokens, and has no parts for each kind of token.
        let changes = Changes::deserialize(details).map_err(|_| unrecognizable())?;
        let mut values = changes.claims_to_add_or_override.iter().flatten();
        if !values.all(|(_, value)| value.is_string()) {
            return Err(unrecognizable());
        }
        Ok(Self {
            access: None,
            id: Some(changes),
            groups: read.groups,
        })
    }

    /// Changes the claims of an access token as the trigger has requested. `claims` is JSON. If the
    /// trigger has requested no changes, returns `claims` unchanged.
    pub(crate) fn in_access(&self, claims: String) -> String {
        let groups = self.groups.as_ref().map(Groups::in_access);
        Self::applied(claims, self.access.as_ref(), &FIXED_ACCESS, groups)
    }

    /// Changes the claims of an ID token as the trigger has requested. `claims` is JSON. If the
    /// trigger has requested no changes, returns `claims` unchanged.
    pub(crate) fn in_id(&self, claims: String) -> String {
        let groups = self.groups.as_ref().map(Groups::in_id);
        Self::applied(claims, self.id.as_ref(), &FIXED_ID, groups)
    }

    fn applied(
        claims: String,
        changes: Option<&Changes>,
        fixed: &[&str],
        groups: Option<Vec<(&'static str, Option<Value>)>>,
    ) -> String {
        if changes.is_none() && groups.is_none() {
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
        if let Some(changes) = changes {
            let added = changes.claims_to_add_or_override.iter().flatten();
            for (name, value) in added.filter(|(name, _)| !is_fixed(name)) {
                claims.insert(name.clone(), value.clone());
            }
            let suppressed = changes.claims_to_suppress.iter().flatten();
            for name in suppressed.filter(|name| !is_fixed(name)) {
                claims.remove(name);
            }
            if let Some(Value::String(scope)) = claims.get("scope") {
                let scope = changes.scopes(scope);
                claims.insert("scope".to_owned(), json!(scope));
            }
        }
        Value::Object(claims).to_string()
    }
}

impl Changes {
    /// Returns the scopes of an access token after the changes that the trigger has requested.
    /// `scope` contains the scopes before the changes. Scopes are separated by spaces.
    fn scopes(&self, scope: &str) -> String {
        let added = self.scopes_to_add.iter().flatten().map(String::as_str);
        let mut scopes: Vec<&str> = Vec::new();
        for scope in scope.split(' ').chain(added) {
            let mut suppressed = self.scopes_to_suppress.iter().flatten();
            if suppressed.all(|other| other != scope) && !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
        scopes.join(" ")
    }
}

impl Groups {
    /// Returns the new values of the claims about groups in access tokens. `None` removes the
    /// claim.
    fn in_access(&self) -> Vec<(&'static str, Option<Value>)> {
        vec![("cognito:groups", claim(self.groups_to_override.as_ref()))]
    }

    /// Returns the new values of the claims about groups in ID tokens. `None` removes the claim.
    fn in_id(&self) -> Vec<(&'static str, Option<Value>)> {
        let mut claims = self.in_access();
        let preferred = self.preferred_role.as_ref().map(|role| json!(role));
        claims.extend([
            ("cognito:roles", claim(self.iam_roles_to_override.as_ref())),
            ("cognito:preferred_role", preferred),
        ]);
        claims
    }
}

/// Returns a list as a claim. Returns `None` if the list is missing or empty.
fn claim(list: Option<&Vec<String>>) -> Option<Value> {
    let list = list.filter(|list| !list.is_empty())?;
    Some(json!(list))
}
