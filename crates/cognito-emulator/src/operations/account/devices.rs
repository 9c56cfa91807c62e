//! `ConfirmDevice`, `GetDevice`, `ListDevices`, `UpdateDeviceStatus`, `ForgetDevice`.

use cognito_srp6a::{Subject, Verifier};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::device::{Device, Devices};
use crate::model::failure::{Answer, Failure};
use crate::model::options::DeviceConfiguration;
use crate::operations::administration::list::{page, page_size, page_token};
use crate::state::call::Call;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ConfirmDevice<'a> {
    device_key: &'a str,
    device_name: Option<&'a str>,
    #[serde(borrow)]
    device_secret_verifier_config: Option<SecretVerifier<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SecretVerifier<'a> {
    salt: Option<&'a str>,
    password_verifier: Option<&'a str>,
}

/// `ConfirmDevice`.
pub(crate) fn confirm(call: &Call<'_>) -> Answer {
    let ConfirmDevice {
        device_key: key,
        device_name: name,
        device_secret_verifier_config: secret,
    } = call.request()?;
    let token = call.access_token()?;
    let configuration = configuration(call)?;
    let secret = secret.unwrap_or_default();
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
        name: name.map(ToOwned::to_owned),
        verifier,
        remembered: !asks,
        created: call.now,
        modified: call.now,
        authenticated: call.now,
        waiting: Vec::new(),
    });
    Ok(json!({ "UserConfirmationNecessary": asks }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetDevice<'a> {
    device_key: &'a str,
}

/// `GetDevice`. With an access token, only the key identifies the device.
pub(crate) fn get(call: &Call<'_>) -> Answer {
    let GetDevice { device_key: key } = call.request()?;
    let token = call.access_token()?;
    let mut state = call.state();
    describe(&mut call.bearer(&mut state, &token)?.devices, key)
}

/// `ListDevices`.
pub(crate) fn list(call: &Call<'_>) -> Answer {
    let page: Page<'_> = call.request()?;
    let token = call.access_token()?;
    let mut state = call.state();
    page.of(call, &call.bearer(&mut state, &token)?.devices)
}

/// `UpdateDeviceStatus`.
pub(crate) fn update_status(call: &Call<'_>) -> Answer {
    let change: StatusChange<'_> = call.request()?;
    let token = call.access_token()?;
    let mut state = call.state();
    change.apply(call, &mut call.bearer(&mut state, &token)?.devices)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ForgetDevice<'a> {
    device_key: &'a str,
}

/// `ForgetDevice`.
pub(crate) fn forget(call: &Call<'_>) -> Answer {
    let ForgetDevice { device_key: key } = call.request()?;
    let token = call.access_token()?;
    let mut state = call.state();
    call.bearer(&mut state, &token)?.devices.forget(key)?;
    Ok(Value::Null)
}

/// Returns one device.
pub(crate) fn describe(devices: &mut Devices, key: &str) -> Answer {
    Ok(json!({ "Device": devices.expect(key)?.describe() }))
}

/// A change of the status of a device.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct StatusChange<'a> {
    device_key: &'a str,
    device_remembered_status: Option<&'a str>,
}

impl StatusChange<'_> {
    pub(crate) fn apply(&self, call: &Call<'_>, devices: &mut Devices) -> Answer {
        let device = devices.expect(self.device_key)?;
        if let Some(status) = self.device_remembered_status {
            device.remembered = status == "remembered";
            device.modified = call.now;
        }
        Ok(json!({}))
    }
}

/// The parameters of a list of devices.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Page<'a> {
    limit: Option<usize>,
    pagination_token: Option<&'a str>,
}

impl Page<'_> {
    pub(crate) fn of(&self, call: &Call<'_>, devices: &Devices) -> Answer {
        let after = page(call, self.pagination_token)?;
        let mut rest = devices.after(after.as_deref()).peekable();
        let shown: Vec<_> = rest.by_ref().take(page_size(self.limit)).collect();
        let described: Value = shown.iter().map(|device| device.describe()).collect();
        let mut answer = json!({ "Devices": described });
        if let (Some(last), true) = (shown.last(), rest.peek().is_some()) {
            answer["PaginationToken"] = page_token(call, &last.key);
        }
        Ok(answer)
    }
}

/// Returns the pool's device settings. Fails if it has none.
fn configuration(call: &Call<'_>) -> Result<DeviceConfiguration, Failure> {
    call.service.settings.devices.ok_or_else(|| {
        Failure::invalid_parameter("Device tracking is not enabled for the user pool.")
    })
}
