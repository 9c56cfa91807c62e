//! `AdminGetDevice`, `AdminListDevices`, `AdminUpdateDeviceStatus`, `AdminForgetDevice`.

use serde_json::json;

use crate::model::failure::Answer;
use crate::model::form::{DEVICE_KEY, USERNAME};
use crate::operations::account::devices::{Page, describe, read_status, remember};
use crate::state::call::Call;

/// `AdminGetDevice`.
pub(crate) fn get(call: &Call<'_>) -> Answer {
    let mut form = call.form();
    let username = form.required("Username", &USERNAME);
    let key = form.required("DeviceKey", &DEVICE_KEY);
    call.pool(form)?;
    describe(&mut call.state().users.expect(username)?.devices, key)
}

/// `AdminListDevices`.
pub(crate) fn list(call: &Call<'_>) -> Answer {
    let mut form = call.form();
    let username = form.required("Username", &USERNAME);
    let page = Page::read(&mut form);
    call.pool(form)?;
    page.of(call, &call.state().users.expect(username)?.devices)
}

/// `AdminUpdateDeviceStatus`.
pub(crate) fn update_status(call: &Call<'_>) -> Answer {
    let mut form = call.form();
    let username = form.required("Username", &USERNAME);
    let key = form.required("DeviceKey", &DEVICE_KEY);
    let status = read_status(&mut form);
    call.pool(form)?;
    let mut state = call.state();
    remember(
        call,
        &mut state.users.expect(username)?.devices,
        key,
        status,
    )
}

/// `AdminForgetDevice`.
pub(crate) fn forget(call: &Call<'_>) -> Answer {
    let mut form = call.form();
    let username = form.required("Username", &USERNAME);
    let key = form.required("DeviceKey", &DEVICE_KEY);
    call.pool(form)?;
    call.state().users.expect(username)?.devices.forget(key)?;
    Ok(json!({}))
}
