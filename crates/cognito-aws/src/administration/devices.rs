//! The operations `AdminGetDevice`, `AdminListDevices`, `AdminUpdateDeviceStatus` and
//! `AdminForgetDevice`.

use cognito_core::administration::devices::{
    ListUserDevicesRequest, UpdateUserDeviceStatusRequest, UserDeviceRequest,
};
use cognito_core::device::{Device, DevicePage};

use crate::devices;
use crate::send::operations;

operations! {
    fn user_device(request: UserDeviceRequest) -> Device = send_to_pool!(
        AdminGetDevice.admin_get_device {
            username: request.username,
            device_key: request.key,
        }
    ) => |output| devices::device(output.device);

    fn list_user_devices(request: ListUserDevicesRequest) -> DevicePage = send_to_pool!(
        AdminListDevices.admin_list_devices {
            username: request.username,
            ..page(request, limit, set_pagination_token)
        }
    ) => |output| devices::page(output.devices, output.pagination_token);

    fn update_user_device_status(request: UpdateUserDeviceStatusRequest) = send_to_pool!(
        AdminUpdateDeviceStatus.admin_update_device_status {
            username: request.username,
            device_key: request.key,
            device_remembered_status: devices::status(request.status)?,
        }
    );

    // Not idempotent: a retry would not find the device.
    fn forget_user_device(request: UserDeviceRequest) = send_to_pool!(
        AdminForgetDevice.admin_forget_device {
            username: request.username,
            device_key: request.key,
        }
    );
}
