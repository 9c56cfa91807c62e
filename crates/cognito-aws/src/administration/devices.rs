//! `AdminGetDevice`, `AdminListDevices`, `AdminUpdateDeviceStatus`, `AdminForgetDevice`.

use cognito_core::administration::devices::{
    ListUserDevicesRequest, UpdateUserDeviceStatusRequest, UserDeviceRequest,
};
use cognito_core::device::{Device, DevicePage};
use cognito_core::{Operation, Result};

use crate::AwsCognito;
use crate::devices;
use crate::quiet::Response;

pub(super) async fn device(aws: &AwsCognito, request: UserDeviceRequest) -> Result<Device> {
    let output = aws
        .client(Operation::AdminGetDevice)
        .admin_get_device()
        .user_pool_id(aws.pool().user_pool_id.as_str())
        .username(request.username)
        .device_key(request.key)
        .send()
        .response()
        .await?;
    devices::device(output.device)
}

pub(super) async fn list(aws: &AwsCognito, request: ListUserDevicesRequest) -> Result<DevicePage> {
    let output = aws
        .client(Operation::AdminListDevices)
        .admin_list_devices()
        .user_pool_id(aws.pool().user_pool_id.as_str())
        .username(request.username)
        .limit(i32::from(request.page_size.as_u8()))
        .set_pagination_token(request.page_token.map(String::from))
        .send()
        .response()
        .await?;
    devices::page(output.devices, output.pagination_token)
}

pub(super) async fn update_status(
    aws: &AwsCognito,
    request: UpdateUserDeviceStatusRequest,
) -> Result<()> {
    aws.client(Operation::AdminUpdateDeviceStatus)
        .admin_update_device_status()
        .user_pool_id(aws.pool().user_pool_id.as_str())
        .username(request.username)
        .device_key(request.key)
        .device_remembered_status(devices::status(request.status)?)
        .send()
        .response()
        .await?;
    Ok(())
}

pub(super) async fn forget(aws: &AwsCognito, request: UserDeviceRequest) -> Result<()> {
    // Not idempotent: a second attempt would not find the device.
    aws.client(Operation::AdminForgetDevice)
        .admin_forget_device()
        .user_pool_id(aws.pool().user_pool_id.as_str())
        .username(request.username)
        .device_key(request.key)
        .send()
        .response()
        .await?;
    Ok(())
}
