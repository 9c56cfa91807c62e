//! The operations `ListSecretVersionIds` and `UpdateSecretVersionStage`.

use serde_json::{Value, json};

use super::list::page;
use super::{check_owner, find, named, with_secret, with_secrets};
use crate::model::failure::{Answer, Failure};
use crate::model::time::{seconds, timestamp};
use crate::state::call::Call;
use crate::state::secrets::Version;

pub(crate) fn list(call: &Call<'_>) -> Answer {
    let includes_deprecated = call.flag("IncludeDeprecated");
    let page = page(call)?;
    with_secrets(call, |secrets| {
        let secret = find(secrets, call.required("SecretId")?)?;
        let key = |version: &Version| format!("{:020} {}", seconds(version.created), version.id);
        let versions = secret.versions.iter();
        let shown = versions.filter(|version| includes_deprecated || !version.stages.is_empty());
        let mut shown: Vec<_> = shown
            .map(|version| (key(version), version))
            .filter(|(key, _)| page.is_after(key))
            .collect();
        shown.sort_by(|(one, _), (other, _)| one.cmp(other));
        let described = shown.into_iter().map(|(key, version)| {
            let mut described = json!({
                "VersionId": version.id,
                "CreatedDate": timestamp(version.created),
            });
            if !version.stages.is_empty() {
                described["VersionStages"] = json!(version.stages);
            }
            (key, described)
        });
        let mut answer = page.answer("Versions", described)?;
        if let (Value::Object(answer), Value::Object(named)) = (&mut answer, named(secret)) {
            answer.extend(named);
        }
        Ok(answer)
    })
}

/// Handles `UpdateSecretVersionStage`. If another version has the label, `RemoveFromVersionId` must
/// name that version.
pub(crate) fn update(call: &Call<'_>) -> Answer {
    let stage = call.required("VersionStage")?;
    let (from, to) = (
        call.text("RemoveFromVersionId"),
        call.text("MoveToVersionId"),
    );
    with_secret(call, |secret| {
        check_owner(secret)?;
        for id in [from, to].into_iter().flatten() {
            if secret.version(id).is_none() {
                return Err(Failure::not_found(format!(
                    "Secrets Manager can't find the specified secret version: {id}."
                )));
            }
        }
        let holder = secret.staged(stage).map(|version| version.id.as_str());
        if holder.is_some() && holder != from && holder != to {
            return Err(Failure::invalid_parameter(format!(
                "The parameter RemoveFromVersionId must be the version that has the staging label \
                 {stage}."
            )));
        }
        match to {
            Some(to) => secret.stage(to, stage),
            None => secret.unstage(stage),
        }
        secret.changed = call.now;
        Ok(named(secret))
    })
}
