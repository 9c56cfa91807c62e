//! The operations `DescribeSecret`, `GetResourcePolicy`, `TagResource` and `UntagResource`.

use serde_json::{Map, Value, json};

use super::write::{Tag, add_tags};
use super::{find, named, with_secret, with_secrets};
use crate::model::failure::Answer;
use crate::model::time::timestamp;
use crate::state::call::Call;
use crate::state::secrets::Secret;

/// Handles `DescribeSecret`, also for a secret whose deletion is scheduled.
pub(crate) fn describe(call: &Call<'_>) -> Answer {
    with_secrets(call, |secrets| {
        let secret = find(secrets, call.required("SecretId")?)?;
        Ok(description(secret, "VersionIdsToStages"))
    })
}

/// Returns the description of a secret, without its values. `versions` is the name of the member
/// with the staging labels.
pub(super) fn description(secret: &Secret, versions: &str) -> Value {
    let mut described = named(secret);
    let tags = secret.tags.iter();
    let tags = tags.map(|(key, value)| json!({ "Key": key, "Value": value }));
    described["Tags"] = tags.collect();
    described["CreatedDate"] = timestamp(secret.created);
    described["LastChangedDate"] = timestamp(secret.changed);
    let staged = secret.versions.iter();
    let staged = staged.filter(|version| !version.stages.is_empty());
    let staged: Map<String, Value> = staged
        .map(|version| (version.id.clone(), json!(version.stages)))
        .collect();
    if !staged.is_empty() {
        described[versions] = Value::Object(staged);
    }
    for (name, value) in [
        ("Description", secret.description.clone().map(Value::from)),
        ("KmsKeyId", secret.key_id.clone().map(Value::from)),
        ("LastAccessedDate", secret.accessed.map(timestamp)),
        ("DeletedDate", secret.deletion.map(timestamp)),
        ("OwningService", secret.owner.map(Value::from)),
    ] {
        if let Some(value) = value {
            described[name] = value;
        }
    }
    described
}

/// Handles `GetResourcePolicy`. A secret has no policy, so the response contains only the ARN
/// and the name of the secret.
pub(crate) fn policy(call: &Call<'_>) -> Answer {
    with_secret(call, |secret| Ok(named(secret)))
}

pub(crate) fn tag(call: &Call<'_>) -> Answer {
    let tags: Vec<Tag<'_>> = call.member("Tags")?;
    with_secret(call, |secret| {
        add_tags(secret, &tags)?;
        Ok(Value::Null)
    })
}

pub(crate) fn untag(call: &Call<'_>) -> Answer {
    let keys: Vec<&str> = call.member("TagKeys")?;
    with_secret(call, |secret| {
        secret.tags.retain(|key, _| !keys.contains(&key.as_str()));
        Ok(Value::Null)
    })
}
