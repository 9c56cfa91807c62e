//! The IAM operations `CreateRole`, `GetRole`, `DeleteRole` and `ListInstanceProfilesForRole`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{check_document, encoded, limit_exceeded, no_role, with_role, with_roles};
use crate::model::failure::{Answer, Failure};
use crate::model::time::iso8601;
use crate::state::call::Call;
use crate::state::roles::Role;

/// The maximum number of roles of an account (IAM user guide, "IAM and AWS STS quotas").
const MOST_ROLES: usize = 1000;

/// The default maximum duration of a session with a role (`MaxSessionDuration`), in seconds.
const SESSION: u64 = 3600;

/// The characters of a random role id.
const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A tag that a request adds to a role.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag<'a> {
    key: &'a str,
    value: &'a str,
}

pub(crate) fn create(call: &Call<'_>) -> Answer {
    let name = call.required("RoleName")?;
    let trust = call.required("AssumeRolePolicyDocument")?;
    check_document(trust)?;
    let tags: Vec<Tag<'_>> = call.member("Tags")?;
    let tags = tags.iter();
    let tags = tags.map(|tag| (tag.key.to_owned(), tag.value.to_owned()));
    let session: Option<u64> = call.member("MaxSessionDuration")?;
    let text = |member: &str| call.text(member).map(ToOwned::to_owned);
    let role = Role {
        id: format!("AROA{}", call.service.random.word(17, LETTERS)),
        name: name.to_owned(),
        path: text("Path").unwrap_or_else(|| "/".to_owned()),
        created: call.now,
        trust: trust.to_owned(),
        description: text("Description"),
        session: session.unwrap_or(SESSION),
        boundary: text("PermissionsBoundary"),
        tags: tags.collect(),
        inline: BTreeMap::new(),
        attached: BTreeSet::new(),
    };
    with_roles(call, |roles| {
        let key = name.to_lowercase();
        if roles.contains_key(&key) {
            let message = format!("Role with name {name} already exists.");
            return Err(Failure::new("EntityAlreadyExists", message));
        }
        if roles.len() >= MOST_ROLES {
            let message = format!("Cannot exceed quota for RolesPerAccount: {MOST_ROLES}");
            return Err(limit_exceeded(message));
        }
        let described = description(call, &role);
        roles.insert(key, role);
        Ok(json!({ "Role": described }))
    })
}

pub(crate) fn get(call: &Call<'_>) -> Answer {
    with_role(call, |role| Ok(json!({ "Role": description(call, role) })))
}

/// Handles `DeleteRole`. Fails if the role has policies.
pub(crate) fn delete(call: &Call<'_>) -> Answer {
    let name = call.required("RoleName")?;
    with_roles(call, |roles| {
        let key = name.to_lowercase();
        let role = roles.get(&key).ok_or_else(|| no_role(name))?;
        let conflict = |message| Err(Failure::new("DeleteConflict", message));
        if !role.attached.is_empty() {
            return conflict("Cannot delete entity, must detach all policies first.");
        }
        if !role.inline.is_empty() {
            return conflict("Cannot delete entity, must delete policies first.");
        }
        roles.remove(&key);
        Ok(Value::Null)
    })
}

/// Handles `ListInstanceProfilesForRole`. The list is empty, because the emulator has no instance
/// profiles.
pub(crate) fn instance_profiles(call: &Call<'_>) -> Answer {
    with_role(call, |_| {
        Ok(json!({ "InstanceProfiles": [], "IsTruncated": false }))
    })
}

fn description(call: &Call<'_>, role: &Role) -> Value {
    let Role { path, name, .. } = role;
    let mut described = json!({
        "Arn": format!("arn:aws:iam::{}:role{path}{name}", call.account),
        "AssumeRolePolicyDocument": encoded(&role.trust),
        "CreateDate": iso8601(role.created),
        "MaxSessionDuration": role.session,
        "Path": path,
        "RoleId": role.id,
        "RoleName": name,
    });
    if let Some(description) = &role.description {
        described["Description"] = json!(description);
    }
    if let Some(boundary) = &role.boundary {
        described["PermissionsBoundary"] = json!({
            "PermissionsBoundaryArn": boundary,
            "PermissionsBoundaryType": "Policy",
        });
    }
    let tags = role.tags.iter();
    let tags = tags.map(|(key, value)| json!({ "Key": key, "Value": value }));
    let tags: Vec<_> = tags.collect();
    if !tags.is_empty() {
        described["Tags"] = json!(tags);
    }
    described
}
