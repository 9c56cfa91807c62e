//! `AdminUpdateUserAttributes`, `AdminDeleteUserAttributes`.

use serde_json::json;

use crate::model::attributes;
use crate::model::attributes::Writer;
use crate::model::failure::Answer;
use crate::model::form::{ATTRIBUTE_NAME, USERNAME};
use crate::operations::account::attributes::{erase, write};
use crate::state::call::Call;

/// `AdminUpdateUserAttributes`.
pub(crate) fn update(call: &Call<'_>) -> Answer {
    let mut form = call.form();
    let username = form.required("Username", &USERNAME);
    form.must_have("UserAttributes");
    let given = form.attributes("UserAttributes");
    form.texts("ClientMetadata");
    call.pool(form)?;
    let mut state = call.state();
    state.users.expect(username)?;
    attributes::check_update(&call.service.settings, Writer::Operator, &given)?;
    write(call, &mut state, username, &given)?;
    Ok(json!({}))
}

/// `AdminDeleteUserAttributes`.
pub(crate) fn delete(call: &Call<'_>) -> Answer {
    let mut form = call.form();
    let username = form.required("Username", &USERNAME);
    form.must_have("UserAttributeNames");
    let names = form.names("UserAttributeNames", &ATTRIBUTE_NAME);
    call.pool(form)?;
    let mut state = call.state();
    state.users.expect(username)?;
    attributes::check_deletion(&call.service.settings, Writer::Operator, &names)?;
    erase(call, &mut state, username, &names)?;
    Ok(json!({}))
}
