//! The operations `PutRolePolicy`, `GetRolePolicy`, `DeleteRolePolicy`, `ListRolePolicies`,
//! `AttachRolePolicy`, `DetachRolePolicy` and `ListAttachedRolePolicies`.

use serde_json::{Value, json};

use super::{check_document, encoded, limit_exceeded, no_entity, with_role};
use crate::model::failure::{Answer, Failure};
use crate::state::call::Call;
use crate::state::roles::Role;

/// The maximum size of all inline policies of a role, in characters (IAM user guide, "IAM and AWS
/// STS quotas").
const MOST_INLINE: usize = 10_240;
/// The maximum number of managed policies of a role.
const MOST_ATTACHED: usize = 10;

pub(crate) fn put(call: &Call<'_>) -> Answer {
    let (name, document) = (
        call.required("PolicyName")?,
        call.required("PolicyDocument")?,
    );
    check_document(document)?;
    with_role(call, |role| {
        let others = role.inline.iter().filter(|(known, _)| *known != name);
        let size: usize = others.map(|(_, document)| size(document)).sum();
        if size + self::size(document) > MOST_INLINE {
            let message = format!(
                "Maximum policy size of {MOST_INLINE} bytes exceeded for role {}",
                role.name
            );
            return Err(limit_exceeded(message));
        }
        role.inline.insert(name.to_owned(), document.to_owned());
        Ok(Value::Null)
    })
}

/// Returns the size of a policy without white space, as AWS counts it.
fn size(document: &str) -> usize {
    document.chars().filter(|c| !c.is_whitespace()).count()
}

pub(crate) fn get(call: &Call<'_>) -> Answer {
    let name = call.required("PolicyName")?;
    with_role(call, |role| {
        let document = role.inline.get(name);
        let document = document.ok_or_else(|| no_policy(role, name))?;
        Ok(json!({
            "PolicyDocument": encoded(document),
            "PolicyName": name,
            "RoleName": role.name,
        }))
    })
}

pub(crate) fn delete(call: &Call<'_>) -> Answer {
    let name = call.required("PolicyName")?;
    with_role(call, |role| match role.inline.remove(name) {
        Some(_) => Ok(Value::Null),
        None => Err(no_policy(role, name)),
    })
}

pub(crate) fn list(call: &Call<'_>) -> Answer {
    with_role(call, |role| {
        let names: Vec<_> = role.inline.keys().collect();
        Ok(json!({ "PolicyNames": names, "IsTruncated": false }))
    })
}

pub(crate) fn attach(call: &Call<'_>) -> Answer {
    let arn = call.required("PolicyArn")?;
    with_role(call, |role| {
        role.attached.insert(arn.to_owned());
        if role.attached.len() > MOST_ATTACHED {
            role.attached.remove(arn);
            let message = format!("Cannot exceed quota for PoliciesPerRole: {MOST_ATTACHED}");
            return Err(limit_exceeded(message));
        }
        Ok(Value::Null)
    })
}

pub(crate) fn detach(call: &Call<'_>) -> Answer {
    let arn = call.required("PolicyArn")?;
    with_role(call, |role| {
        if role.attached.remove(arn) {
            return Ok(Value::Null);
        }
        Err(no_entity(format!("Policy {arn} was not found.")))
    })
}

pub(crate) fn list_attached(call: &Call<'_>) -> Answer {
    with_role(call, |role| {
        let attached = role.attached.iter().map(|arn| {
            let name = arn.rsplit('/').next().unwrap_or(arn);
            json!({ "PolicyArn": arn, "PolicyName": name })
        });
        let attached: Vec<_> = attached.collect();
        Ok(json!({ "AttachedPolicies": attached, "IsTruncated": false }))
    })
}

fn no_policy(role: &Role, name: &str) -> Failure {
    no_entity(format!(
        "The role policy with name {name} cannot be found for role {}.",
        role.name
    ))
}
