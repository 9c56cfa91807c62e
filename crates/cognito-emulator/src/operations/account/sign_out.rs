//! `GlobalSignOut`.

use serde_json::json;

use crate::model::failure::Answer;
use crate::state::call::Call;

/// `GlobalSignOut`.
pub(crate) fn everywhere(call: &Call<'_>) -> Answer {
    let token = call.access_token()?;
    let mut state = call.state();
    let user = call.bearer(&mut state, &token).map_err(|failure| {
        // The operation has no UserNotFoundException.
        failure.renamed("UserNotFoundException", "NotAuthorizedException")
    })?;
    user.sign_out(call.now);
    Ok(json!({}))
}
