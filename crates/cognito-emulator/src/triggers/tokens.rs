//! What `PreTokenGeneration` makes tokens say.

use serde_json::{Map, Value, json};

use crate::pool::Roles;
use crate::service::Call;
use crate::triggers::{Subject, Trigger, unrecognizable, user_attributes};
use crate::user::User;
use crate::wire::Failure;

/// Claims that no trigger may touch (AWS developer guide, "Pre token generation Lambda trigger").
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
/// Of each kind of token, beside these.
const FIXED_ACCESS: [&str; 3] = ["client_id", "username", "version"];
const FIXED_ID: [&str; 2] = ["aud", "cognito:username"];

/// What a trigger wants changed.
#[derive(Debug, Default)]
pub(crate) struct Overrides {
    access: Changes,
    id: Changes,
    groups: Option<Vec<String>>,
    roles: Option<Vec<String>>,
    preferred_role: Option<String>,
}

#[derive(Debug, Default)]
struct Changes {
    add: Map<String, Value>,
    suppress: Vec<String>,
    add_scopes: Vec<String>,
    suppress_scopes: Vec<String>,
}

impl Overrides {
    /// Asks the trigger, if the pool has it.
    pub(crate) fn asked(
        call: &Call<'_>,
        user: &User,
        client: &str,
        (groups, roles, scopes): (&[String], &Roles, &str),
        source: &str,
    ) -> Result<Self, Failure> {
        let request = json!({
            "userAttributes": user_attributes(user),
            "groupConfiguration": {
                "groupsToOverride": groups,
                "iamRolesToOverride": roles.all,
                "preferredRole": roles.preferred,
            },
            "scopes": scopes.split(' ').collect::<Vec<_>>(),
            "clientMetadata": call.client_metadata(),
        });
        let response = json!({ "claimsAndScopeOverrideDetails": null });
        let subject = Subject {
            username: &user.username,
            client: Some(client),
        };
        let trigger = Trigger::PreTokenGeneration;
        match call.ask(trigger, source, &subject, request, response)? {
            Some(said) => Self::read(&said),
            None => Ok(Self::default()),
        }
    }

    fn read(said: &Map<String, Value>) -> Result<Self, Failure> {
        let details = match said.get("claimsAndScopeOverrideDetails") {
            None | Some(Value::Null) => return Ok(Self::default()),
            Some(Value::Object(details)) => details,
            Some(_) => return Err(unrecognizable()),
        };
        let part = |name| Changes::read(details.get(name));
        let group = |name| {
            let told = details.get("groupOverrideDetails")?.get(name);
            told.filter(|told| !told.is_null())
        };
        Ok(Self {
            access: part("accessTokenGeneration")?,
            id: part("idTokenGeneration")?,
            groups: group("groupsToOverride").map(texts).transpose()?,
            roles: group("iamRolesToOverride").map(texts).transpose()?,
            preferred_role: group("preferredRole").map(text).transpose()?,
        })
    }

    /// The claims of an access token with what is wanted.
    pub(crate) fn in_access(&self, claims: String) -> String {
        self.applied(claims, &self.access, &FIXED_ACCESS, Vec::new())
    }

    /// The claims of an ID token with what is wanted.
    pub(crate) fn in_id(&self, claims: String) -> String {
        let roles = self.roles.as_ref().map(|roles| json!(roles));
        let preferred = self.preferred_role.as_ref().map(|role| json!(role));
        let told = [
            ("cognito:roles", roles),
            ("cognito:preferred_role", preferred),
        ];
        let told = told
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect();
        self.applied(claims, &self.id, &FIXED_ID, told)
    }

    fn applied(
        &self,
        claims: String,
        changes: &Changes,
        fixed: &[&str],
        roles: Vec<(&str, Value)>,
    ) -> String {
        if changes.is_empty() && self.groups.is_none() && roles.is_empty() {
            return claims;
        }
        let Ok(Value::Object(mut claims)) = serde_json::from_str(&claims) else {
            return claims;
        };
        let is_fixed =
            |name: &str| FIXED.contains(&name) || fixed.contains(&name) || name.starts_with("dev:");
        if let Some(groups) = &self.groups {
            claims.insert("cognito:groups".to_owned(), json!(groups));
        }
        for (name, value) in roles {
            claims.insert(name.to_owned(), value);
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

impl Changes {
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
