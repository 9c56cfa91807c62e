//! `AdminGetDevice`, `AdminListDevices`, `AdminUpdateDeviceStatus`, `AdminForgetDevice`.

use serde::Deserialize;
use serde_json::json;

use crate::model::failure::Answer;
use crate::model::request::ForUser;
use crate::operations::account::devices::{Page, StatusChange, describe};
use crate::state::call::Call;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminGetDevice<'a> {
    username: &'a str,
    device_key: &'a str,
}

/// `AdminGetDevice`.
pub(crate) fn get(call: &Call<'_>) -> Answer {
    let AdminGetDevice {
        username,
        device_key: key,
    } = call.request()?;
    call.check_pool()?;
    describe(&mut call.state().users.expect(username)?.devices, key)
}

/// `AdminListDevices`.
pub(crate) fn list(call: &Call<'_>) -> Answer {
    let ForUser { username } = call.request()?;
    let page: Page<'_> = call.request()?;
    call.check_pool()?;
    page.of(call, &call.state().users.expect(username)?.devices)
}

/// `AdminUpdateDeviceStatus`.
pub(crate) fn update_status(call: &Call<'_>) -> Answer {
    let ForUser { username } = call.request()?;
    let change: StatusChange<'_> = call.request()?;
    call.check_pool()?;
    let mut state = call.state();
    change.apply(call, &mut state.users.expect(username)?.devices)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdminForgetDevice<'a> {
    username: &'a str,
    device_key: &'a str,
}

/// `AdminForgetDevice`.
pub(crate) fn forget(call: &Call<'_>) -> Answer {
    let AdminForgetDevice {
        username,
        device_key: key,
    } = call.request()?;
    call.check_pool()?;
    call.state().users.expect(username)?.devices.forget(key)?;
    Ok(json!({}))
}
