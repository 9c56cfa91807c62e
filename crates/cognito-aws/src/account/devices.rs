//! `ConfirmDevice`, `GetDevice`, `ListDevices`, `UpdateDeviceStatus`, `ForgetDevice`.

use aws_sdk_cognitoidentityprovider::types::DeviceSecretVerifierConfigType;
use cognito_core::account::devices::{
    ConfirmDeviceRequest, DeviceRequest, ListDevicesRequest, UpdateDeviceStatusRequest,
};
use cognito_core::device::{ConfirmedDevice, Device, DevicePage, NewDevice, RememberedDevice};
use cognito_core::secret::DevicePassword;
use cognito_core::{Operation, Result};
use cognito_srp6a::DeviceRegistration;

use crate::AwsCognito;
use crate::blocking::Computations;
use crate::devices;
use crate::error::{from_response, from_srp};
use crate::quiet::Response;

pub(super) async fn confirm(
    aws: &AwsCognito,
    request: ConfirmDeviceRequest,
) -> Result<ConfirmedDevice> {
    let (device, verifier) = register(&aws.computations, request.device).await?;
    let name = request.name.as_ref();
    // Not idempotent: a second attempt would find the key in use, and would have another password.
    let output = aws
        .client(Operation::ConfirmDevice)
        .confirm_device()
        .access_token(request.access_token.expose())
        .device_key(device.key.as_str())
        .device_secret_verifier_config(verifier)
        .set_device_name(name.map(|name| name.as_str().to_owned()))
        .send()
        .response()
        .await?;
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

pub(super) async fn device(aws: &AwsCognito, request: DeviceRequest) -> Result<Device> {
    let output = aws
        .client(Operation::GetDevice)
        .get_device()
        .access_token(request.access_token.expose())
        .device_key(request.key)
        .send()
        .response()
        .await?;
    devices::device(output.device)
}

pub(super) async fn list(aws: &AwsCognito, request: ListDevicesRequest) -> Result<DevicePage> {
    let output = aws
        .client(Operation::ListDevices)
        .list_devices()
        .access_token(request.access_token.expose())
        .limit(i32::from(request.page_size.as_u8()))
        .set_pagination_token(request.page_token.map(String::from))
        .send()
        .response()
        .await?;
    devices::page(output.devices, output.pagination_token)
}

pub(super) async fn update_status(
    aws: &AwsCognito,
    request: UpdateDeviceStatusRequest,
) -> Result<()> {
    aws.client(Operation::UpdateDeviceStatus)
        .update_device_status()
        .access_token(request.access_token.expose())
        .device_key(request.key)
        .device_remembered_status(devices::status(request.status)?)
        .send()
        .response()
        .await?;
    Ok(())
}

pub(super) async fn forget(aws: &AwsCognito, request: DeviceRequest) -> Result<()> {
    // Not idempotent: a second attempt would not find the device.
    aws.client(Operation::ForgetDevice)
        .forget_device()
        .access_token(request.access_token.expose())
        .device_key(request.key)
        .send()
        .response()
        .await?;
    Ok(())
}
