//! `ConfirmDevice`, `GetDevice`, `ListDevices`, `UpdateDeviceStatus`, `ForgetDevice`.

use cognito_srp6a::{Subject, Verifier};
use serde_json::{Value, json};

use crate::model::device::{Device, Devices};
use crate::model::failure::{Answer, Failure};
use crate::model::form::{ANY, DEVICE_KEY, DEVICE_NAME, Form, PAGE};
use crate::model::options::DeviceConfiguration;
use crate::operations::administration::list::{limit, page, page_token};
use crate::state::call::Call;

/// `DeviceRememberedStatusType`.
const STATUSES: [&str; 2] = ["remembered", "not_remembered"];

/// `ConfirmDevice`.
pub(crate) fn confirm(call: &Call<'_>) -> Answer {
    let mut form = call.form();
    let key = form.required("DeviceKey", &DEVICE_KEY);
    let name = form.optional("DeviceName", &DEVICE_NAME);
    let secret = form.within("DeviceSecretVerifierConfig", |inner| {
        let salt = inner.optional("Salt", &ANY);
        (salt, inner.optional("PasswordVerifier", &ANY))
    });
    let token = call.access_token(form)?;
    let configuration = configuration(call)?;
    let Some((Some(salt), Some(verifier))) = secret else {
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

/// `GetDevice`. With an access token, the device is identified by its key only.
pub(crate) fn get(call: &Call<'_>) -> Answer {
    let mut form = call.form();
    let key = form.required("DeviceKey", &DEVICE_KEY);
    let token = call.access_token(form)?;
    let mut state = call.state();
    describe(&mut call.bearer(&mut state, &token)?.devices, key)
}

/// `ListDevices`.
pub(crate) fn list(call: &Call<'_>) -> Answer {
    let mut form = call.form();
    let page = Page::read(&mut form);
    let token = call.access_token(form)?;
    let mut state = call.state();
    page.of(call, &call.bearer(&mut state, &token)?.devices)
}

/// `UpdateDeviceStatus`.
pub(crate) fn update_status(call: &Call<'_>) -> Answer {
    let mut form = call.form();
    let key = form.required("DeviceKey", &DEVICE_KEY);
    let status = read_status(&mut form);
    let token = call.access_token(form)?;
    let mut state = call.state();
    remember(
        call,
        &mut call.bearer(&mut state, &token)?.devices,
        key,
        status,
    )
}

/// `ForgetDevice`.
pub(crate) fn forget(call: &Call<'_>) -> Answer {
    let mut form = call.form();
    let key = form.required("DeviceKey", &DEVICE_KEY);
    let token = call.access_token(form)?;
    let mut state = call.state();
    call.bearer(&mut state, &token)?.devices.forget(key)?;
    Ok(Value::Null)
}

/// Reads `DeviceRememberedStatus`, if it is present: whether the device is remembered.
pub(crate) fn read_status(form: &mut Form<'_>) -> Option<bool> {
    let status = form.choice("DeviceRememberedStatus", &STATUSES)?;
    Some(status == "remembered")
}

/// Returns one device.
pub(crate) fn describe(devices: &mut Devices, key: &str) -> Answer {
    Ok(json!({ "Device": devices.expect(key)?.describe() }))
}

/// Changes whether a device is remembered.
pub(crate) fn remember(
    call: &Call<'_>,
    devices: &mut Devices,
    key: &str,
    remembered: Option<bool>,
) -> Answer {
    let device = devices.expect(key)?;
    if let Some(remembered) = remembered {
        device.remembered = remembered;
        device.modified = call.now;
    }
    Ok(json!({}))
}

/// The requested page of devices.
pub(crate) struct Page<'a> {
    limit: usize,
    token: Option<&'a str>,
}

impl<'a> Page<'a> {
    pub(crate) fn read(form: &mut Form<'a>) -> Self {
        Self {
            limit: limit(form),
            token: form.optional("PaginationToken", &PAGE),
        }
    }

    pub(crate) fn of(&self, call: &Call<'_>, devices: &Devices) -> Answer {
        let after = page(call, self.token)?;
        let mut rest = devices.after(after.as_deref()).peekable();
        let shown: Vec<_> = rest.by_ref().take(self.limit).collect();
        let described: Value = shown.iter().map(|device| device.describe()).collect();
        let mut answer = json!({ "Devices": described });
        if let (Some(last), true) = (shown.last(), rest.peek().is_some()) {
            answer["PaginationToken"] = page_token(call, &last.key);
        }
        Ok(answer)
    }
}

/// Returns the pool's device settings, or an error if it has none.
fn configuration(call: &Call<'_>) -> Result<DeviceConfiguration, Failure> {
    call.service.settings.devices.ok_or_else(|| {
        Failure::invalid_parameter("Device tracking is not enabled for the user pool.")
    })
}
