//! The operations `ConfirmDevice`, `GetDevice`, `ListDevices`, `UpdateDeviceStatus` and
//! `ForgetDevice`.

use aws_sdk_cognitoidentityprovider::types::DeviceSecretVerifierConfigType;
use cognito_core::Result;
use cognito_core::account::devices::{
    ConfirmDeviceRequest, DeviceRequest, ListDevicesRequest, UpdateDeviceStatusRequest,
};
use cognito_core::device::{ConfirmedDevice, Device, DevicePage, NewDevice, RememberedDevice};
use cognito_core::secret::DevicePassword;
use cognito_srp6a::DeviceRegistration;

use crate::AwsCognito;
use crate::blocking::Computations;
use crate::devices;
use crate::error::{from_response, from_srp};
use crate::send::{operations, send};

pub(crate) async fn confirm_device(
    aws: &AwsCognito,
    request: ConfirmDeviceRequest,
) -> Result<ConfirmedDevice> {
    let (device, verifier) = register(&aws.computations, request.device).await?;
    // Not idempotent: for a retry, the key would already be in use with the password of the first
    // attempt.
    let output = send!(aws, ConfirmDevice.confirm_device {
        access_token: request.access_token.expose(),
        device_key: device.key.as_str(),
        device_secret_verifier_config: verifier,
        set_device_name: request.name.map(String::from),
    })?;
    let mut confirmed = ConfirmedDevice::new(device);
    confirmed.user_confirmation_necessary = output.user_confirmation_necessary;
    Ok(confirmed)
}

/// Creates a password for a new device, and the SRP verifier of the password. Cognito receives only
/// the verifier.
async fn register(
    computations: &Computations,
    device: NewDevice,
) -> Result<(RememberedDevice, DeviceSecretVerifierConfigType)> {
    let registration = {
        let device = device.clone();
        let work = move || {
            DeviceRegistration::new(device.group_key.as_str(), device.key.as_str())
                .map_err(from_srp)
        };
        computations.run(work).await?
    };
    let verifier = DeviceSecretVerifierConfigType::builder()
        .salt(registration.salt)
        .password_verifier(registration.password_verifier)
        .build();
    let password = from_response(DevicePassword::new(registration.password.expose()))?;
    Ok((RememberedDevice::new(device, password), verifier))
}

operations! {
    fn device(request: DeviceRequest) -> Device = send!(
        GetDevice.get_device {
            access_token: request.access_token.expose(),
            device_key: request.key,
        }
    ) => |output| devices::device(output.device);

    fn list_devices(request: ListDevicesRequest) -> DevicePage = send!(
        ListDevices.list_devices {
            access_token: request.access_token.expose(),
            ..page(request, limit, set_pagination_token)
        }
    ) => |output| devices::page(output.devices, output.pagination_token);

    fn update_device_status(request: UpdateDeviceStatusRequest) = send!(
        UpdateDeviceStatus.update_device_status {
            access_token: request.access_token.expose(),
            device_key: request.key,
            device_remembered_status: devices::status(request.status)?,
        }
    );

    // Not idempotent: a retry would not find the device.
    fn forget_device(request: DeviceRequest) = send!(
        ForgetDevice.forget_device {
            access_token: request.access_token.expose(),
            device_key: request.key,
        }
    );
}
