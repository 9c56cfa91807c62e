//! The operations `ListUserSessions` and `RevokeUserSession`, and the same operations for operators
//! (`Admin…`).

use serde_json::{Value, json};

use crate::model::failure::{Answer, Failure};
use crate::model::user::User;
use crate::operations::common::invalid;
use crate::state::call::{Call, UserRef};
use crate::state::pool::State;

/// Handles `ListUserSessions` and `AdminListUserSessions`. The response contains all sessions of
/// the user, because there are at most 100.
pub(crate) fn list(call: &Call<'_>) -> Answer {
    let user_ref = call.user_ref()?;
    let current = current(&user_ref);
    let mut state = call.state();
    let user = with_live_sessions(call, &mut state, &user_ref)?;
    let sessions = user.sessions.iter();
    let described = sessions.map(|session| session.describe(current));
    Ok(json!({ "Sessions": described.collect::<Value>() }))
}

/// Handles `RevokeUserSession` and `AdminRevokeUserSession`. `RevokeAssociatedSessions` has no
/// effect, because the emulator does not link sessions to each other.
pub(crate) fn revoke(call: &Call<'_>) -> Answer {
    let id = call.required("SessionId")?;
    let user_ref = call.user_ref()?;
    let mut state = call.state();
    let user = with_live_sessions(call, &mut state, &user_ref)?;
    let session = user.sessions.iter().find(|session| session.id == id);
    // AWS's messages for both errors are not documented.
    let session = session.ok_or_else(|| Failure::not_found("Session does not exist."))?;
    if current(&user_ref) == Some(&session.family) {
        return invalid("The current session cannot be revoked.");
    }
    let (family, expires) = (session.family.clone(), session.expires);
    user.sessions.retain(|session| session.id != id);
    state.families.revoke(&family, expires, call.now);
    Ok(json!({}))
}

/// Finds the user of a request, removes the user's sessions whose tokens are revoked or expired, and
/// returns the user.
fn with_live_sessions<'s>(
    call: &Call<'_>,
    state: &'s mut State,
    user_ref: &UserRef<'_>,
) -> Result<&'s mut User, Failure> {
    let username = call.user(state, user_ref)?.username.clone();
    let State {
        users, families, ..
    } = state;
    let user = users.expect(&username)?;
    call.remove_ended_sessions(user, families);
    Ok(user)
}

/// Returns the `origin_jti` of the caller's access token. Returns `None` if the caller is an
/// operator, or if the token has no `origin_jti`.
fn current<'a>(user_ref: &'a UserRef<'_>) -> Option<&'a str> {
    match user_ref {
        UserRef::Bearer(token) => token.sign_in.origin_jti.as_deref(),
        UserRef::Named(_) => None,
    }
}
