//! `AdminUpdateUserAttributes`, `AdminDeleteUserAttributes`.

use serde_json::json;

use crate::model::attributes;
use crate::model::attributes::Writer;
use crate::model::failure::Answer;
use crate::operations::account::attributes::{erase, write};
use crate::state::call::Call;

/// `AdminUpdateUserAttributes`.
pub(crate) fn update(call: &Call<'_>) -> Answer {
    let (username, given) = (call.required("Username")?, call.attributes()?);
    call.check_pool()?;
    let mut state = call.state();
    state.users.expect(username)?;
    attributes::check_update(&call.service.settings, Writer::Operator, &given)?;
    write(call, &mut state, username, &given)?;
    Ok(json!({}))
}

/// `AdminDeleteUserAttributes`.
pub(crate) fn delete(call: &Call<'_>) -> Answer {
    let username = call.required("Username")?;
    let names: Vec<&str> = call.member("UserAttributeNames")?;
    call.check_pool()?;
    let mut state = call.state();
    state.users.expect(username)?;
    attributes::check_deletion(&call.service.settings, Writer::Operator, &names)?;
    erase(call, &mut state, username, &names)?;
    Ok(json!({}))
}
