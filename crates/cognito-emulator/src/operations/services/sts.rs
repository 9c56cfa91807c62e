//! The operation `GetCallerIdentity` of STS.

use serde_json::json;

use crate::model::failure::Answer;
use crate::state::call::Call;

/// Handles `GetCallerIdentity`. The caller is the root user of the account.
pub(crate) fn caller(call: &Call<'_>) -> Answer {
    let account = call.account;
    Ok(json!({
        "Account": account,
        "Arn": format!("arn:aws:iam::{account}:root"),
        "UserId": account,
    }))
}
