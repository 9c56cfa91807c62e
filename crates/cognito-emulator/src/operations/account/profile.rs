//! The operations `GetUser`, `DeleteUser` and `GlobalSignOut`.

use serde_json::{Value, json};

use crate::model::failure::Answer;
use crate::state::call::Call;

pub(crate) fn get(call: &Call<'_>) -> Answer {
    let token = call.access_token()?;
    let client = call.service.client(&token.client_id)?;
    let mut state = call.state();
    let user = call.bearer(&mut state, &token)?;
    let mut answer = json!({
        "Username": user.username,
        "UserAttributes": user.attribute_list(|name| client.may_read(name)),
    });
    user.describe_mfa(&mut answer);
    Ok(answer)
}

pub(crate) fn delete(call: &Call<'_>) -> Answer {
    let token = call.access_token()?;
    let mut state = call.state();
    let name = call.bearer(&mut state, &token)?.username.clone();
    state.users.remove(&name);
    Ok(Value::Null)
}

pub(crate) fn sign_out(call: &Call<'_>) -> Answer {
    let signed_out = call.with_user(|user| {
        user.sign_out(call.now);
        Ok(json!({}))
    });
    // The operation has no UserNotFoundException.
    signed_out.map_err(|failure| failure.renamed("UserNotFoundException", "NotAuthorizedException"))
}
