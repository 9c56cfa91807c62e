//! `AdminUpdateUserAttributes`, `AdminDeleteUserAttributes`.

use serde_json::json;

use crate::account::attributes::{erase, write};
use crate::attributes::{self, Writer};
use crate::form::{ATTRIBUTE_NAME, USERNAME};
use crate::service::Call;
use crate::wire::Answer;

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
