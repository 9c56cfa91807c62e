//! The operations `AdminGetDevice`, `AdminListDevices`, `AdminUpdateDeviceStatus` and
//! `AdminForgetDevice`.

use cognito_core::Result;
use cognito_core::administration::devices::{
    ListUserDevicesRequest, UpdateUserDeviceStatusRequest, UserDeviceRequest,
};
use cognito_core::device::{Device, DevicePage};

use crate::AwsCognito;
use crate::devices;
use crate::send::send_to_pool;

pub(crate) async fn user_device(aws: &AwsCognito, request: UserDeviceRequest) -> Result<Device> {
    let output = send_to_pool!(aws, AdminGetDevice.admin_get_device {
        username: request.username,
        device_key: request.key,
    })?;
    devices::device(output.device)
}

pub(crate) async fn list_user_devices(
    aws: &AwsCognito,
    request: ListUserDevicesRequest,
) -> Result<DevicePage> {
    let output = send_to_pool!(aws, AdminListDevices.admin_list_devices {
        username: request.username,
        limit: i32::from(request.page_size.as_u8()),
        set_pagination_token: request.page_token.map(String::from),
    })?;
    devices::page(output.devices, output.pagination_token)
}

pub(crate) async fn update_user_device_status(
    aws: &AwsCognito,
    request: UpdateUserDeviceStatusRequest,
) -> Result<()> {
    send_to_pool!(aws, AdminUpdateDeviceStatus.admin_update_device_status {
        username: request.username,
        device_key: request.key,
        device_remembered_status: devices::status(request.status)?,
    })
    .map(drop)
}

pub(crate) async fn forget_user_device(aws: &AwsCognito, request: UserDeviceRequest) -> Result<()> {
    // Not idempotent: a second attempt would not find the device.
    send_to_pool!(aws, AdminForgetDevice.admin_forget_device {
        username: request.username,
        device_key: request.key,
    })
    .map(drop)
}
