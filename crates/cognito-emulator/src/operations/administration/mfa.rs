//! `AdminDeleteSoftwareToken`.

use serde_json::json;

use crate::model::failure::Answer;
use crate::model::options::Factor;
use crate::model::user::Mfa;
use crate::state::call::Call;

/// `AdminDeleteSoftwareToken`.
pub(crate) fn delete_totp(call: &Call<'_>) -> Answer {
    let whom = call.whom()?;
    let mut state = call.state();
    let user = call.user(&mut state, &whom)?;
    user.mfa = Mfa {
        pending_totp: None,
        totp: None,
        totp_used: None,
        totp_enabled: false,
        preferred: user
            .mfa
            .preferred
            .filter(|factor| *factor != Factor::SoftwareToken),
        ..user.mfa
    };
    user.modified = call.now;
    Ok(json!({}))
}
