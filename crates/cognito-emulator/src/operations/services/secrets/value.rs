//! The operation `GetSecretValue`.

use serde_json::json;

use super::{named, with_secret};
use crate::model::failure::{Answer, Failure};
use crate::model::time::timestamp;
use crate::state::call::Call;
use crate::state::secrets::{CURRENT, SecretValue};

/// Handles `GetSecretValue`. Without `VersionId` and `VersionStage`, returns the version
/// `AWSCURRENT`.
pub(crate) fn get(call: &Call<'_>) -> Answer {
    let (id, stage) = (call.text("VersionId"), call.text("VersionStage"));
    with_secret(call, |secret| {
        let (version, wanted) = match id {
            Some(id) => (secret.version(id), format!("VersionId: {id}")),
            None => {
                let stage = stage.unwrap_or(CURRENT);
                (secret.staged(stage), format!("staging label: {stage}"))
            }
        };
        let fits = |stages: &std::collections::BTreeSet<String>| {
            stage.is_none_or(|stage| stages.contains(stage))
        };
        let version = version.filter(|version| fits(&version.stages));
        let version = version.ok_or_else(|| {
            let message = "Secrets Manager can't find the specified secret value for ";
            Failure::not_found(format!("{message}{wanted}"))
        })?;
        let mut answer = named(secret);
        answer["VersionId"] = json!(version.id);
        answer["VersionStages"] = json!(version.stages);
        answer["CreatedDate"] = timestamp(version.created);
        match &version.value {
            SecretValue::Binary(bytes) => answer["SecretBinary"] = json!(bytes),
            SecretValue::Text(text) => answer["SecretString"] = json!(text),
        }
        secret.accessed = Some(call.now);
        Ok(answer)
    })
}
