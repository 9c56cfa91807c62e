//! `GetUser`, `DeleteUser`.

use serde_json::{Value, json};

use crate::model::failure::Answer;
use crate::state::call::Call;

/// `GetUser`.
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

/// `DeleteUser`.
pub(crate) fn delete(call: &Call<'_>) -> Answer {
    let token = call.access_token()?;
    let mut state = call.state();
    let name = call.bearer(&mut state, &token)?.username.clone();
    state.users.remove(&name);
    Ok(Value::Null)
}
