//! Devices of the signed-in user.

use crate::administration::page::{PageSize, PageToken};
use crate::device::{DeviceStatus, NewDevice};
use crate::id::{DeviceKey, DeviceName};
use crate::secret::AccessToken;

/// A request to confirm a new device, to which Cognito has assigned a key (`ConfirmDevice`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConfirmDeviceRequest {
    /// The access token of the signed-in user.
    pub access_token: AccessToken,
    /// The device, as returned by the sign-in.
    pub device: NewDevice,
    /// The name that the user chose for the device.
    pub name: Option<DeviceName>,
}

impl ConfirmDeviceRequest {
    /// Creates a request for this device.
    pub const fn new(access_token: AccessToken, device: NewDevice) -> Self {
        Self {
            access_token,
            device,
            name: None,
        }
    }
}

/// A request for one device of the signed-in user (`GetDevice`, `ForgetDevice`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DeviceRequest {
    /// The access token of the signed-in user.
    pub access_token: AccessToken,
    /// The device.
    pub key: DeviceKey,
}

impl DeviceRequest {
    /// Creates a request for this device.
    pub const fn new(access_token: AccessToken, key: DeviceKey) -> Self {
        Self { access_token, key }
    }
}

/// A request to set whether a device is remembered (`UpdateDeviceStatus`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UpdateDeviceStatusRequest {
    /// The access token of the signed-in user.
    pub access_token: AccessToken,
    /// The device.
    pub key: DeviceKey,
    /// The new status.
    pub status: DeviceStatus,
}

impl UpdateDeviceStatusRequest {
    /// Creates a request to set the status of this device.
    pub const fn new(access_token: AccessToken, key: DeviceKey, status: DeviceStatus) -> Self {
        Self {
            access_token,
            key,
            status,
        }
    }
}

/// A request for a page of the signed-in user's devices (`ListDevices`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ListDevicesRequest {
    /// The access token of the signed-in user.
    pub access_token: AccessToken,
    /// The maximum number of entries on the page.
    pub page_size: PageSize,
    /// The token of the page, or `None` for the first page.
    pub page_token: Option<PageToken>,
}

impl ListDevicesRequest {
    /// Creates a request for the first page.
    pub const fn new(access_token: AccessToken) -> Self {
        Self {
            access_token,
            page_size: PageSize::MAX,
            page_token: None,
        }
    }
}
