//! The operations `DeleteSecret` and `RestoreSecret`.

use serde_json::json;

use super::{check_owner, find, named, new_arn, with_secrets};
use crate::model::failure::{Answer, Failure};
use crate::model::settings::days;
use crate::model::time::timestamp;
use crate::state::call::Call;

/// The default and maximum value of `RecoveryWindowInDays`, in days (AWS API reference,
/// `DeleteSecret`).
const DEFAULT_WINDOW: u64 = 30;
const SHORTEST_WINDOW: u64 = 7;

/// Handles `DeleteSecret`. With `ForceDeleteWithoutRecovery`, a secret that does not exist is not an
/// error, as in AWS.
pub(crate) fn delete(call: &Call<'_>) -> Answer {
    let id = call.required("SecretId")?;
    let is_forced = call.flag("ForceDeleteWithoutRecovery");
    let window: Option<u64> = call.member("RecoveryWindowInDays")?;
    if is_forced && window.is_some() {
        return Err(Failure::invalid_parameter(
            "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
        ));
    }
    let window = window.unwrap_or(DEFAULT_WINDOW);
    if !(SHORTEST_WINDOW..=DEFAULT_WINDOW).contains(&window) {
        return Err(Failure::invalid_parameter(
            "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
        ));
    }
    with_secrets(call, |secrets| {
        let secret = match find(secrets, id) {
            Ok(secret) => secret,
            Err(_) if is_forced => {
                let arn = if id.starts_with("arn:") {
                    id.to_owned()
                } else {
                    new_arn(call, id)
                };
                let deleted = timestamp(call.now);
                return Ok(json!({ "ARN": arn, "Name": id, "DeletionDate": deleted }));
            }
            Err(failure) => return Err(failure),
        };
        check_owner(secret)?;
        if secret.deletion.is_some() && !is_forced {
            return super::invalid_request(
                "You can't perform this operation on the secret because it was already scheduled \
                 for deletion.",
            );
        }
        let at = if is_forced {
            call.now
        } else {
            call.now + days(window)
        };
        secret.deletion = Some(at);
        secret.changed = call.now;
        let mut answer = named(secret);
        answer["DeletionDate"] = timestamp(at);
        if is_forced {
            let name = secret.name.clone();
            secrets.remove(&name);
        }
        Ok(answer)
    })
}

/// Handles `RestoreSecret`. A secret whose deletion is not scheduled stays unchanged.
pub(crate) fn restore(call: &Call<'_>) -> Answer {
    with_secrets(call, |secrets| {
        let secret = find(secrets, call.required("SecretId")?)?;
        if secret.deletion.take().is_some() {
            secret.changed = call.now;
        }
        Ok(named(secret))
    })
}
