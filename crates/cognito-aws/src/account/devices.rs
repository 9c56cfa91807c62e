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
use crate::send::send;

pub(crate) async fn confirm_device(
    aws: &AwsCognito,
    request: ConfirmDeviceRequest,
) -> Result<ConfirmedDevice> {
    let (device, verifier) = register(&aws.computations, request.device).await?;
    // Not idempotent: a second attempt would find the key in use, and would have another password.
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

/// Creates the device's password, and the verifier that Cognito receives.
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

pub(crate) async fn device(aws: &AwsCognito, request: DeviceRequest) -> Result<Device> {
    let output = send!(aws, GetDevice.get_device {
        access_token: request.access_token.expose(),
        device_key: request.key,
    })?;
    devices::device(output.device)
}

pub(crate) async fn list_devices(
    aws: &AwsCognito,
    request: ListDevicesRequest,
) -> Result<DevicePage> {
    let output = send!(aws, ListDevices.list_devices {
        access_token: request.access_token.expose(),
        limit: i32::from(request.page_size.as_u8()),
        set_pagination_token: request.page_token.map(String::from),
    })?;
    devices::page(output.devices, output.pagination_token)
}

pub(crate) async fn update_device_status(
    aws: &AwsCognito,
    request: UpdateDeviceStatusRequest,
) -> Result<()> {
    send!(aws, UpdateDeviceStatus.update_device_status {
        access_token: request.access_token.expose(),
        device_key: request.key,
        device_remembered_status: devices::status(request.status)?,
    })
    .map(drop)
}

pub(crate) async fn forget_device(aws: &AwsCognito, request: DeviceRequest) -> Result<()> {
    // Not idempotent: a second attempt would not find the device.
    send!(aws, ForgetDevice.forget_device {
        access_token: request.access_token.expose(),
        device_key: request.key,
    })
    .map(drop)
}
