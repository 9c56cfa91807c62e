//! `ConfirmDevice`, `GetDevice`, `ListDevices`, `UpdateDeviceStatus`, `ForgetDevice`, and the same
//! operations for operators (`AdminGetDevice`, …).

use cognito_srp6a::{Subject, Verifier};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::device::Device;
use crate::model::failure::{Answer, Failure};
use crate::model::options::DeviceConfiguration;
use crate::operations::page::Page;
use crate::state::call::{Call, Whom};

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SecretVerifier<'a> {
    salt: Option<&'a str>,
    password_verifier: Option<&'a str>,
}

/// `ConfirmDevice`.
pub(crate) fn confirm(call: &Call<'_>) -> Answer {
    let secret: SecretVerifier<'_> = call.member("DeviceSecretVerifierConfig")?;
    let key = call.required("DeviceKey")?;
    let token = call.access_token()?;
    let configuration = configuration(call)?;
    let (Some(salt), Some(verifier)) = (secret.salt, secret.password_verifier) else {
        return Err(Failure::invalid_parameter(
            "Missing required parameter DeviceSecretVerifierConfig",
        ));
    };
    let mut state = call.state();
    let user = call.bearer(&mut state, &token)?;
    let keys = &call.service.tokens.devices;
    let new = keys
        .find(key, &user.sub)
        .filter(|_| !user.devices.is_forgotten(key))
        .ok_or_else(|| Failure::invalid_parameter("Invalid device key given."))?;
    if user.devices.find(key).is_some() {
        return Err(Failure::new(
            "DeviceKeyExistsException",
            "Device Key already exists.",
        ));
    }
    let subject = Subject::device(new.group_key, key);
    let verifier = Verifier::from_device_secret_verifier(subject, salt, verifier)
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

/// `GetDevice`, `AdminGetDevice`. With an access token, only the key identifies the device.
pub(crate) fn get(call: &Call<'_>) -> Answer {
    let (whom, key) = (call.whom()?, call.required("DeviceKey")?);
    let mut state = call.state();
    let device = call.user(&mut state, &whom)?.devices.expect(key)?;
    Ok(json!({ "Device": device.describe() }))
}

/// `ListDevices`, `AdminListDevices`.
pub(crate) fn list(call: &Call<'_>) -> Answer {
    let whom = call.whom()?;
    let page = Page::read(call, "Limit", "PaginationToken")?;
    let mut state = call.state();
    let devices = &call.user(&mut state, &whom)?.devices;
    let rest = devices.after(page.after.as_deref());
    let key = |device: &&Device| device.key.clone();
    page.answer("Devices", rest, key, |device| device.describe())
}

/// `UpdateDeviceStatus`, `AdminUpdateDeviceStatus`.
pub(crate) fn update_status(call: &Call<'_>) -> Answer {
    let (whom, key) = (call.whom()?, call.required("DeviceKey")?);
    let mut state = call.state();
    let device = call.user(&mut state, &whom)?.devices.expect(key)?;
    if let Some(status) = call.text("DeviceRememberedStatus") {
        device.remembered = status == "remembered";
        device.modified = call.now;
    }
    Ok(json!({}))
}

/// `ForgetDevice`, `AdminForgetDevice`.
pub(crate) fn forget(call: &Call<'_>) -> Answer {
    let (whom, key) = (call.whom()?, call.required("DeviceKey")?);
    let mut state = call.state();
    call.user(&mut state, &whom)?.devices.forget(key)?;
    Ok(match whom {
        Whom::Bearer(_) => Value::Null,
        Whom::Named(_) => json!({}),
    })
}

/// Returns the pool's device settings. Fails if the pool remembers no devices.
fn configuration(call: &Call<'_>) -> Result<DeviceConfiguration, Failure> {
    call.service.settings.devices.ok_or_else(|| {
        Failure::invalid_parameter("Device tracking is not enabled for the user pool.")
    })
}
