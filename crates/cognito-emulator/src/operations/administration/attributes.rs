//! `AdminUpdateUserAttributes`, `AdminDeleteUserAttributes`.

use serde::Deserialize;
use serde_json::json;

use crate::model::attributes;
use crate::model::attributes::Writer;
use crate::model::failure::Answer;
use crate::model::request;
use crate::operations::account::attributes::{erase, write};
use crate::state::call::Call;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminUpdateUserAttributes<'a> {
    username: &'a str,
    #[serde(borrow, default, deserialize_with = "request::attributes")]
    user_attributes: Vec<(&'a str, &'a str)>,
}

/// `AdminUpdateUserAttributes`.
pub(crate) fn update(call: &Call<'_>) -> Answer {
    let AdminUpdateUserAttributes {
        username,
        user_attributes: given,
    } = call.request()?;
    call.check_pool()?;
    let mut state = call.state();
    state.users.expect(username)?;
    attributes::check_update(&call.service.settings, Writer::Operator, &given)?;
    write(call, &mut state, username, &given)?;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminDeleteUserAttributes<'a> {
    username: &'a str,
    #[serde(borrow, default, deserialize_with = "request::or_default")]
    user_attribute_names: Vec<&'a str>,
}

/// `AdminDeleteUserAttributes`.
pub(crate) fn delete(call: &Call<'_>) -> Answer {
    let AdminDeleteUserAttributes {
        username,
        user_attribute_names: names,
    } = call.request()?;
    call.check_pool()?;
    let mut state = call.state();
    state.users.expect(username)?;
    attributes::check_deletion(&call.service.settings, Writer::Operator, &names)?;
    erase(call, &mut state, username, &names)?;
    Ok(json!({}))
}
