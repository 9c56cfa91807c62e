//! The operations `ConfirmDevice`, `GetDevice`, `ListDevices`, `UpdateDeviceStatus` and
//! `ForgetDevice`. For operators: `AdminGetDevice`, `AdminListDevices`, `AdminUpdateDeviceStatus`
//! and `AdminForgetDevice`.

use serde_json::{Value, json};

use crate::model::device::{Device, DeviceSecret, DeviceVerifier};
use crate::model::failure::{Answer, Failure};
use crate::operations::common::invalid;
use crate::operations::page::Page;
use crate::state::call::Call;

pub(crate) fn confirm(call: &Call<'_>) -> Answer {
    let config = call.fields.get("DeviceSecretVerifierConfig");
    let secret = |name: &str| config?.get(name)?.as_str();
    let key = call.required("DeviceKey")?;
    let token = call.access_token()?;
    let Some(configuration) = call.service.settings.devices else {
        return invalid("Device tracking is not enabled for the user pool.");
    };
    let (Some(salt), Some(verifier)) = (secret("Salt"), secret("PasswordVerifier")) else {
        return invalid("Missing required parameter DeviceSecretVerifierConfig");
    };
    let mut state = call.state();
    let user = call.bearer(&mut state, &token)?;
    let new = call.service.tokens.devices.find(key, &user.sub);
    let new = new
        .filter(|_| !user.devices.is_forgotten(key))
        .ok_or_else(|| Failure::invalid_parameter("Invalid device key given."))?;
    if user.devices.find(key).is_some() {
        return Err(Failure::new(
            "DeviceKeyExistsException",
            "Device Key already exists.",
        ));
    }
    let secret = DeviceSecret {
        group_key: new.group_key,
        key: key.to_owned(),
        salt: salt.to_owned(),
        password_verifier: verifier.to_owned(),
    };
    let verifier = DeviceVerifier::try_from(secret)
        .map_err(|error| Failure::invalid_parameter(error.to_string()))?;
    let asks = configuration.device_only_remembered_on_user_prompt;
    user.devices.confirm(Device {
        key: key.to_owned(),
        name: call.text("DeviceName").map(ToOwned::to_owned),
        verifier,
        remembered: !asks,
        created: call.now,
        modified: call.now,
        authenticated: call.now,
        waiting: Vec::new(),
    });
    Ok(json!({ "UserConfirmationNecessary": asks }))
}

/// Handles `GetDevice` and `AdminGetDevice`. Fails if the user has no confirmed device with this
/// key.
pub(crate) fn get(call: &Call<'_>) -> Answer {
    let key = call.required("DeviceKey")?;
    call.with_user(|user| Ok(json!({ "Device": user.devices.expect(key)?.describe() })))
}

pub(crate) fn list(call: &Call<'_>) -> Answer {
    let user_ref = call.user_ref()?;
    let page = Page::read(call, "Limit", "PaginationToken")?;
    let mut state = call.state();
    let devices = &call.user(&mut state, &user_ref)?.devices;
    let rest = devices.after(page.after.as_deref());
    page.answer("Devices", rest.map(|it| (&it.key, it.describe())))
}

pub(crate) fn update_status(call: &Call<'_>) -> Answer {
    let key = call.required("DeviceKey")?;
    call.with_user(|user| {
        let device = user.devices.expect(key)?;
        if let Some(status) = call.text("DeviceRememberedStatus") {
            device.remembered = status == "remembered";
            device.modified = call.now;
        }
        Ok(json!({}))
    })
}

pub(crate) fn forget(call: &Call<'_>) -> Answer {
    let key = call.required("DeviceKey")?;
    call.with_user(|user| user.devices.forget(key))?;
    Ok(match call.operation {
        "ForgetDevice" => Value::Null,
        _ => json!({}),
    })
}
